package yaegi

import (
	"strings"
	"testing"

	"github.com/rustygradients/rg/interp/internal/corpus"
)

// TestPrograms runs the corpus's whole programs with this executor.
func TestPrograms(t *testing.T) { corpus.TestPrograms(t, newExecutor) }

// TestAllOrNothing checks that a program that is refused changes nothing.
func TestAllOrNothing(t *testing.T) {
	nb := corpus.NewNotebook(t, newExecutor)
	if got := nb.Run("x := 1\nfunc f() int { return x }\nf()"); got != "= 1\n" {
		t.Fatal(got)
	}
	if got := nb.Run("import \"unsafe\"\nfunc f() int { return int(*(*int)(unsafe.Add(unsafe.Pointer(&x), 8))) }\nf()"); !strings.Contains(got, "unsafe.Add is not supported by this engine") {
		t.Fatal(got)
	}
	if got := nb.Run("x++\nf()"); got != "= 2\n" {
		t.Fatal(got)
	}
	v, ok := nb.X.Variable("x")
	if !ok || v.Int() != 2 {
		t.Fatal("x is ", v)
	}
	if _, ok := nb.X.Variable("nothing"); ok {
		t.Fatal("a variable that nobody declared")
	}
}
