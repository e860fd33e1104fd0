package interp

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/rustygradients/rg/interp/eval"
	"github.com/rustygradients/rg/interp/session"
)

// TestFallback: where eval can't run, cells run with yaegi, and one line says so.
func TestFallback(t *testing.T) {
	newEval = func(eval.Options) (session.Executor, error) {
		return nil, fmt.Errorf("%w: the layout is another", eval.ErrUnavailable)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr := os.Stderr
	os.Stderr = w
	defer func() { newEval, os.Stderr = eval.New, stderr }()
	for range 2 {
		x, err := maker(EngineEval)()
		if err != nil {
			t.Fatal(err)
		}
		if name := fmt.Sprintf("%T", x); !strings.Contains(name, "yaegi") {
			t.Errorf("the executor is a %s", name)
		}
	}
	w.Close()
	said, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if want := "the eval engine is not available here: the layout is another; cells run with the yaegi engine\n"; string(said) != want {
		t.Errorf("said %q, want %q", said, want)
	}
}
