package randprog

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"github.com/rustygradients/rg/interp/symbols"
)

// TestValid: the programs type-check, and a seed always gives the same one.
func TestValid(t *testing.T) {
	imp := symbols.Importer()
	for seed := range uint64(300) {
		src := New(seed).Source()
		if src != New(seed).Source() {
			t.Fatalf("seed %d gives two programs", seed)
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "p.go", src, 0)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		cfg := types.Config{Importer: imp}
		if _, err := cfg.Check("main", fset, []*ast.File{f}, nil); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}
