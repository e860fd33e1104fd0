package complete

import (
	"strings"
	"sync"

	"github.com/rustygradients/rg/interp/symbols"
)

// preferred says which package a name means that several have.
var preferred = map[string]string{
	"rand":     "math/rand/v2",
	"template": "text/template",
	"draw":     "image/draw",
	"scanner":  "text/scanner",
	"pprof":    "runtime/pprof",
}

// stdByName returns the packages of the standard library by the names that they declare. Of several
// with one name the shortest path wins, unless preferred says otherwise.
var stdByName = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for _, path := range symbols.Paths() {
		if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
			continue
		}
		name := symbols.Name(path)
		if old, ok := m[name]; !ok || len(path) < len(old) {
			m[name] = path
		}
	}
	for name, path := range preferred {
		if _, ok := m[name]; ok {
			m[name] = path
		}
	}
	return m
})
