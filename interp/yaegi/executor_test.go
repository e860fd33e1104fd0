package yaegi

import (
	"flag"
	"io"
	"os"
	"testing"

	"github.com/rustygradients/rg/interp/internal/corpus"
	"github.com/rustygradients/rg/interp/session"
)

var trace = flag.Bool("trace", false, "print the lowered source of every cell")

func newExecutor(out io.Writer) (session.Executor, error) {
	opts := Options{Stdout: out, Stderr: out}
	if *trace {
		opts.Trace = os.Stderr
	}
	return New(opts)
}

// TestCells runs the corpus with this executor.
func TestCells(t *testing.T) { corpus.Test(t, newExecutor) }
