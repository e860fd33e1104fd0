//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval_test

import (
	"testing"

	"github.com/rustygradients/rg/interp/eval"
	"github.com/rustygradients/rg/interp/internal/gate"
	"github.com/rustygradients/rg/interp/session"
)

// TestGate runs the toolchain's own test programs with this executor.
func TestGate(t *testing.T) {
	gate.Test(t, func() (session.Executor, error) { return eval.New(eval.Options{Unsafe: true}) })
}
