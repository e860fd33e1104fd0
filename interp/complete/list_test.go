package complete

import (
	"cmp"
	"fmt"
	"go/types"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestBest: the first of a list are those that sorting it brings there.
func TestBest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 7, 10, 11, 100, 5000} {
		list := random.Perm(size)
		want := slices.Sorted(slices.Values(list))
		want = want[:min(10, size)]
		if got := best(list, 10, cmp.Compare[int]); !slices.Equal(got, want) {
			t.Errorf("of %d: %v, want %v", size, got, want)
		}
	}
}

// TestManyNames: of a session with more names than are proposed the best are, as if all were sorted.
func TestManyNames(t *testing.T) {
	pkg := types.NewPackage("main", "main")
	recent := ""
	var all []string
	for i := range 6 * most {
		name := fmt.Sprintf("v%d", i)
		pkg.Scope().Insert(types.NewVar(0, pkg, name, types.Typ[types.Int]))
		if i%50 == 0 {
			recent += name + "\n"
		}
		all = append(all, name)
	}
	env := Env{Package: pkg, Recent: []string{recent}}
	got := Complete(env, "v", 1).Matches
	u := usageOf("", "", env.Recent)
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(u.of(b), u.of(a)), cmp.Compare(a, b)) })
	var names []string
	for _, m := range got {
		if m.Kind == kindVariable {
			names = append(names, m.Text)
		}
	}
	if len(names) < most-10 || !slices.Equal(names, all[:len(names)]) {
		t.Errorf("%d names, the first of them %v, want %v", len(names), names[:min(20, len(names))], all[:20])
	}
}
