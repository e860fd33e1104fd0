package symbols

import (
	"go/token"
	"go/types"
	"testing"
)

// BenchmarkImport reads a package and what it needs from nothing, as the first cell of a process does.
func BenchmarkImport(b *testing.B) {
	for _, path := range []string{"fmt", "net/http", "gonum.org/v1/gonum/mat", "gonum.org/v1/plot/plotter"} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				im := &importer{fset: token.NewFileSet(), packages: map[string]*types.Package{}}
				if _, err := im.Import(path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
