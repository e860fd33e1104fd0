package yaegi

import (
	"os"
	"testing"

	"github.com/rustygradients/rg/interp/internal/gate"
	"github.com/rustygradients/rg/interp/session"
)

// TestGate runs the toolchain's own test programs with this executor.
func TestGate(t *testing.T) {
	gate.Test(t, func() (session.Executor, error) {
		opts := Options{}
		if *trace {
			opts.Trace = os.Stderr
		}
		return New(opts)
	})
}
