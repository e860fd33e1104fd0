//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval_test

import (
	"flag"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/rustygradients/rg/interp/internal/corpus"
)

var (
	redefinitions = flag.Int("redefine.n", 400, "how often a type is defined again in one session")
	redefineForms = flag.Int("redefine.forms", 0, "how many forms of it there are; 0 means that each is new")
)

// TestRedefine defines a type with methods again and again. Memory stays in bounds.
func TestRedefine(t *testing.T) {
	nb := corpus.NewNotebook(t, newExecutor)
	if got := nb.Run("import \"fmt\"\nvar last any"); got != "" {
		t.Fatal(got)
	}
	var after runtime.MemStats
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&after)
		return after.HeapAlloc
	}
	n := *redefinitions
	warm := n / 5
	var before uint64
	for i := range n {
		if i == warm {
			before = heap()
		}
		k := i
		if *redefineForms > 0 {
			k = i % *redefineForms
		}
		def := fmt.Sprintf("type T struct { A%d int; Next *T }\nfunc (t T) String() string { return fmt.Sprint(\"T\", t.A%d) }\nfunc (t *T) Put(n int) { t.A%d = n }", k, k, k)
		if got := nb.Run(def); strings.Contains(got, "!") {
			t.Fatal(i, got)
		}
		got := nb.Run("x := T{}; x.Put(7); last = x; fmt.Println(x, fmt.Stringer(&x).String());")
		if got != "T7 T7\n" {
			t.Fatal(i, got)
		}
	}
	grown := float64(heap()) - float64(before)
	each := grown / float64(n-warm) / 1024
	t.Logf("%.1f KB each, %.0f MB in all", each, float64(after.HeapAlloc)/(1<<20))
	if each > 16 {
		t.Errorf("a redefinition keeps %.1f KB", each)
	}
}
