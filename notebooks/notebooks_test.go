package notebooks

import (
	"testing"

	"github.com/rustygradients/rg/internal/notebook"
	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/interp/symbols"
)

func TestCellsTypeCheck(t *testing.T) {
	nb, err := notebook.ReadFile("01-quickstart.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	o := session.Options{Importer: symbols.Importer(), Paths: symbols.Paths()}
	for _, i := range symbols.Preloaded() {
		o.Preloaded = append(o.Preloaded, check.Import{Name: i.Name, Path: i.Path})
	}
	s := session.New(o)
	n := 0
	for _, c := range nb.Cells {
		if c.Type != notebook.Code {
			continue
		}
		n++
		parsed, err := s.Parse(n, c.Source)
		if err != nil {
			t.Fatalf("cell %q: %v", c.ID, err)
		}
		plan, err := s.Plan(parsed, session.PlanOptions{})
		if err != nil {
			t.Fatalf("cell %q: %v", c.ID, err)
		}
		plan.Commit()
	}
	_ = cell.Parse
}
