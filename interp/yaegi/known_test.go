package yaegi

import (
	"strings"
	"testing"

	"github.com/rustygradients/rg/interp/internal/corpus"
)

// TestKnown: what is known to come out wrong is refused, with a way out; what is near it runs.
func TestKnown(t *testing.T) {
	for name, c := range map[string]struct{ cell, refusal, want string }{
		"recover that is called": {
			cell:    "func try() any { return recover() }\nfunc f() { defer func() { try() }(); panic(1) }\nf()",
			refusal: "try calls recover and is called without defer",
		},
		"recover that is deferred": {
			cell: "func try() { recover() }\nfunc f() int { defer try(); panic(1) }\nf()",
			want: "= 0\n",
		},
		"methods by reflection": {
			cell:    "import \"reflect\"\ntype T int\nfunc (T) M() {}\nreflect.TypeOf(T(1)).NumMethod()",
			refusal: "reflect's NumMethod",
		},
		"methods of compiled types": {
			cell: "import (\"reflect\"; \"time\")\nreflect.TypeOf(time.Second).NumMethod() > 3",
			want: "= true\n",
		},
		"a place found by the other variable": {
			cell:    "i, x := 1, []int{1, 2}\nfor i, x[i] = range []int{9} {\n}",
			refusal: "in a range clause",
		},
		"places that are not": {
			cell: "var i int\nx := []int{1, 2}\nfor i, x[1] = range []int{9} {\n}\ni + x[1]",
			want: "= 9\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := corpus.NewNotebook(t, newExecutor).Run(c.cell)
			switch {
			case c.refusal == "" && got != c.want:
				t.Errorf("got %s, want %s", got, c.want)
			case c.refusal != "" && (!strings.Contains(got, c.refusal) || !strings.Contains(got, "--engine eval")):
				t.Errorf("got %s, want a refusal: %s", got, c.refusal)
			}
		})
	}
}
