package interp

import (
	"context"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

// Complete implements engine.Engine.
func (e *Engine) Complete(context.Context, string, int) engine.Completion { return engine.Completion{} }

// Inspect implements engine.Engine.
func (e *Engine) Inspect(context.Context, string, int, int) (display.Bundle, bool) {
	return display.Bundle{}, false
}
