package symbols

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// preferred says which package a name means first that several have.
var preferred = map[string]string{
	"rand":     "math/rand/v2",
	"template": "text/template",
	"draw":     "image/draw",
	"scanner":  "text/scanner",
	"pprof":    "runtime/pprof",
}

var named = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	for _, path := range paths {
		m[Name(path)] = append(m[Name(path)], path)
	}
	for name, list := range m {
		slices.SortFunc(list, func(a, b string) int {
			likely := func(p string) int {
				first, _, _ := strings.Cut(p, "/")
				switch {
				case p == preferred[name]:
					return 0
				case !strings.Contains(first, "."):
					return 1 // the standard library
				}
				return 2
			}
			return cmp.Or(cmp.Compare(likely(a), likely(b)), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
		})
	}
	return m
})

// Named returns the paths of the packages that have a name, the one that is most likely meant first.
func Named(name string) []string { return slices.Clone(named()[name]) }

// Names returns the names of all packages that cells can import, in no order.
func Names() []string {
	list := make([]string, 0, len(named()))
	for name := range named() {
		list = append(list, name)
	}
	return list
}
