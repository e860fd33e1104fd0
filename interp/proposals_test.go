package interp

import (
	"flag"
	"fmt"
	"go/ast"
	"go/token"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rustygradients/rg/internal/notebook"
	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/session"
)

var (
	proposalSeed = flag.Uint64("proposals.seed", 1, "which positions TestProposals draws")
	proposalAll  = flag.Bool("proposals.all", false, "TestProposals looks at every position and lists what is missed")
)

// TestProposals draws 200 places in the shipped notebooks where a name is used that could be known,
// puts the cursor after its first one to three letters (or right after a dot), and asks whether what
// was really written is among the first five proposals. The cells before are the session. It asks
// twice: with nothing after the cursor, as when a cell is written, and with the rest of the cell there.
func TestProposals(t *testing.T) {
	const places, first, atLeast = 200, 5, 0.90
	files, err := filepath.Glob("../notebooks/*.ipynb")
	if err != nil || len(files) == 0 {
		t.Fatal("no notebooks: ", err)
	}
	random := rand.New(rand.NewPCG(*proposalSeed, 0))
	var drawn []place
	for _, f := range files {
		drawn = append(drawn, placesIn(t, f, random)...)
	}
	random.Shuffle(len(drawn), func(i, j int) { drawn[i], drawn[j] = drawn[j], drawn[i] })
	if len(drawn) < places {
		t.Fatalf("there are %d places only", len(drawn))
	}
	if !*proposalAll {
		drawn = drawn[:places]
	}
	sort.SliceStable(drawn, func(i, j int) bool { return drawn[i].session.order < drawn[j].session.order })
	for _, mode := range []string{"writing", "editing"} {
		hits, selectors, selectorHits := 0, 0, 0
		var times []time.Duration
		for _, p := range drawn {
			code := p.code
			if mode == "writing" {
				code = code[:p.start+p.typed]
			}
			start := time.Now()
			c := p.session.engine.Complete(t.Context(), code, utf8.RuneCountInString(p.code[:p.start+p.typed]))
			times = append(times, time.Since(start))
			at := len(c.Matches)
			var got []string
			for i, m := range c.Matches {
				if m.Text == p.name {
					at = min(at, i)
				}
				got = append(got, m.Text)
			}
			hit := at < min(first, len(c.Matches))
			if hit {
				hits++
			} else if *proposalAll || testing.Verbose() {
				t.Logf("%s %-8s %s: %q is number %d of %d: %v", p.session.name, mode, p.where(), p.name, at+1, len(got), got[:min(len(got), first)])
			}
			if p.selector {
				selectors++
				if hit {
					selectorHits++
				}
			}
		}
		slices.Sort(times)
		share := float64(hits) / float64(len(drawn))
		t.Logf("%s: %.1f %% of %d within the first %d (after a dot %d of %d, others %d of %d); half within %v, the slowest %v", mode,
			100*share, len(drawn), first, selectorHits, selectors, hits-selectorHits, len(drawn)-selectors, times[len(times)/2], times[len(times)-1])
		if share < atLeast {
			t.Errorf("%s: %.1f %% within the first %d, less than %.0f %%", mode, 100*share, first, 100*atLeast)
		}
	}
}

// place is a use of a name in a cell, with the cursor after its first typed bytes.
type place struct {
	session  *written
	code     string
	start    int
	name     string
	typed    int
	selector bool
}

// written is a session as it was when a cell was written.
type written struct {
	engine *Engine
	name   string
	order  int
}

func (p place) where() string {
	line := strings.LastIndexByte(p.code[:p.start], '\n') + 1
	return strings.TrimSpace(p.code[line:p.start+p.typed]) + "|"
}

// placesIn goes through a notebook without running it.
func placesIn(t *testing.T, file string, random *rand.Rand) []place {
	t.Helper()
	nb, err := notebook.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var code []string
	for _, c := range nb.Cells {
		if c.Type == notebook.Code {
			code = append(code, c.Source)
		}
	}
	var list []place
	for n := range code {
		e, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range code[:n+1] {
			c, plan := planned(t, e, i+1, text)
			if i == n {
				s := &written{engine: e, name: fmt.Sprintf("%s [%d]", filepath.Base(file), n+1), order: n}
				list = append(list, usesIn(c, plan, s, random)...)
				break
			}
			plan.Commit()
		}
	}
	return list
}

func planned(t *testing.T, e *Engine, number int, code string) (*cell.Cell, *session.Plan) {
	t.Helper()
	c, err := e.session.Parse(number, code)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := e.session.Plan(c, session.PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c, plan
}

// usesIn lists the names that a cell uses and doesn't declare at that very place.
func usesIn(c *cell.Cell, plan *session.Plan, s *written, random *rand.Rand) []place {
	used := map[token.Pos]bool{}
	for id := range plan.Program.Info.Uses {
		used[id.Pos()] = true
	}
	for _, id := range check.Defined(c.Stmts) {
		delete(used, id.Pos())
	}
	var list []place
	seen := map[int]bool{}
	visit := func(n ast.Node, selector bool) {
		id, ok := n.(*ast.Ident)
		if !ok || !used[id.Pos()] {
			return
		}
		p := place{session: s, code: c.Code, start: c.File.Offset(id.Pos()), name: id.Name, selector: selector}
		if seen[p.start] {
			return
		}
		seen[p.start] = true
		letters := 1 + random.IntN(3)
		if selector {
			letters = random.IntN(4)
		}
		for range letters {
			_, size := utf8.DecodeRuneInString(p.name[p.typed:])
			p.typed += size
		}
		if p.typed < len(p.name) { // else there is nothing to complete
			list = append(list, p)
		}
	}
	for n := range c.Nodes() {
		ast.Inspect(n, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				visit(sel.Sel, true)
			}
			visit(n, false)
			return true
		})
	}
	return list
}
