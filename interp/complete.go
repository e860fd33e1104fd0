package interp

import (
	"context"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/complete"
	"github.com/rustygradients/rg/interp/symbols"
	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

// Complete implements engine.Engine. It answers from a snapshot, also while a cell runs.
func (e *Engine) Complete(_ context.Context, code string, pos int) (c engine.Completion) {
	e.look(func(env complete.Env) { c = complete.Complete(env, code, pos) })
	return c
}

// Inspect implements engine.Engine. It answers from a snapshot, also while a cell runs.
func (e *Engine) Inspect(_ context.Context, code string, pos, detail int) (b display.Bundle, found bool) {
	e.look(func(env complete.Env) { b, found = complete.Inspect(env, code, pos, detail) })
	return b, found
}

// look shows f what the session knows.
func (e *Engine) look(f func(complete.Env)) {
	snap := e.current().Snapshot()
	env := complete.Env{Package: snap.Pkg, Source: snap.Source, Importer: snap.Importer, Recent: snap.Recent}
	for _, i := range snap.Imports {
		if i.Name == cell.Host {
			continue
		}
		env.Imports = append(env.Imports, symbols.Import{Name: i.Name, Path: i.Path})
	}
	for _, m := range magics {
		if m.name[0] != '%' {
			continue // one types them faster than one chooses them
		}
		env.Magics = append(env.Magics, complete.Magic{Name: m.name, Help: m.help})
	}
	snap.Locked(func() { f(env) })
}
