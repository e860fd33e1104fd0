//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval_test

import (
	"io"
	"testing"

	"github.com/rustygradients/rg/interp/eval"
	"github.com/rustygradients/rg/interp/internal/corpus"
	"github.com/rustygradients/rg/interp/session"
)

func newExecutor(out io.Writer) (session.Executor, error) {
	return eval.New(eval.Options{Stdout: out, Stderr: out})
}

// TestCells runs the corpus with this executor.
func TestCells(t *testing.T) { corpus.Test(t, newExecutor) }

// TestPrograms runs the corpus's whole programs, and some of our own, with this executor.
func TestPrograms(t *testing.T) { corpus.TestPrograms(t, newExecutor, ".") }
