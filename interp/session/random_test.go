package session

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/rustygradients/rg/interp/check"
)

// pool are cells that get in each other's way.
var pool = []string{
	"x := 1", "x := \"s\"", "x := []int{1}", "x, y := 1, 2.5", "var x any = 3", "y := x", "x := x", "y := f",
	"func f() int { return 1 }", "func f() string { return \"s\" }", "func f(n int) int { return n }",
	"func g() int { return f() }", "func g() any { return x }", "func x() {}", "func h(p P) int { return p.A }",
	"type P struct{ A int }", "type P struct{ A, B int }", "type P struct{ A string }", "type P []int", "type P = int",
	"type Q struct{ P; n int }", "type Q struct{ p *P; q []Q }", "type Q[T any] struct{ v T }", "type R interface{ Get() P }",
	"func (p P) Get() P { return p }", "func (p P) Get() P { return *new(P) }", "func (p *P) Set() { *p = P{} }", "func (q Q) Len() int { return q.n }",
	"p := P{}", "var q Q", "qs := []Q{}", "r := R(P{})", "p.A", "q.P.A + p.Get().A", "type P struct{ A int }\nfunc (p P) Get() P { return p }\np := P{1}",
	"const N = 3", "const N = 4", "const (\n\tM = iota\n\tN\n)", "type A [N]int", "var a A", "type W struct{ a A; p P }\nvar w W", "func n() int { return N + M }",
	"import \"math\"\nfunc root() float64 { return math.Sqrt(2) }", "math := 3", "import math \"strings\"\nmath.ToUpper(\"a\")", "func math() {}",
	"data := 1", "func load() { _ = display.Text }", "display := display.Text", "import \"encoding/binary\"\no := binary.LittleEndian", "o.Uint16(nil)",
	"len := len(\"abc\")", "type error struct{}", "var e error", "func fail() error { panic(0) }", "P := 5", "N := N + 1", "f := f()", "Q := 1",
	"func Map[T any](xs []T) []T { return xs }\nps := Map([]P{})", "m := map[string]func(P) Q{}", "ps := Map([]int{1})",
}

// TestRandomCells runs cells in random order and looks at what the executor is told: whether it can
// be true.
func TestRandomCells(t *testing.T) {
	sequences := 150
	if testing.Short() {
		sequences = 20
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range sequences {
		s := newSession()
		known := map[string]token.Token{} // to the executor, with kinds
		var history []string
		for n := 1; n <= 25; n++ {
			code := pool[r.IntN(len(pool))]
			history = append(history, code)
			c, err := s.Parse(n, code)
			if err != nil {
				t.Fatal(code, err)
			}
			p, err := s.Plan(c, PlanOptions{})
			if err != nil {
				continue
			}
			if problem := implausible(p.Program, known); problem != "" {
				t.Fatalf("%s\nafter\n%q", problem, history)
			}
			p.Commit()
			known = map[string]token.Token{}
			for _, d := range p.Program.All() {
				known[d.Name] = d.Kind
			}
		}
	}
}

// TestBeside runs cells in random order in two sessions: one that checks what a cell changes alone, and one
// that checks everything together each time. Both tell the executor the same. What a session keeps of its declarations'
// text is as if it were written anew.
func TestBeside(t *testing.T) {
	sequences := 60
	if testing.Short() {
		sequences = 20
	}
	r := rand.New(rand.NewPCG(3, 4))
	alone := 0
	for range sequences {
		quick, slow := newSession(), newSession()
		slow.together = true
		quickLive, slowLive := map[string]bool{}, map[string]bool{}
		var history []string
		// What nothing depends on makes the part that a cell touches the smaller one.
		for n := 1; n <= 12; n++ {
			code := fmt.Sprintf("calm%d := %d\nfunc still%d() int { return calm%d }", n, n, n, n)
			tell(quick, n, code, quickLive)
			tell(slow, n, code, slowLive)
		}
		for n := 13; n <= 40; n++ {
			code := pool[r.IntN(len(pool))]
			history = append(history, code)
			if r.IntN(8) == 0 { // a plan that comes to nothing leaves nothing behind
				code := pool[r.IntN(len(pool))]
				history = append(history, "not "+code)
				for _, s := range []*Session{quick, slow} {
					if c, err := s.Parse(0, code); err == nil {
						_, _ = s.Plan(c, PlanOptions{})
					}
				}
			}
			got, want := lines(tell(quick, n, code, quickLive)), lines(tell(slow, n, code, slowLive))
			if got != want {
				t.Fatalf("alone\n%s\ntogether\n%s\nafter\n%q", got, want, history)
			}
			declared, pieces := quick.Declarations(), quick.pieces
			quick.pieces, quick.declared = nil, nil
			if anew := quick.Declarations(); !slices.Equal(declared, anew) {
				t.Fatalf("declarations\n%q\nwritten anew\n%q\nafter\n%q", declared, anew, history)
			}
			quick.pieces = pieces
			if quick.trial != nil && len(quick.trial.touched) > 0 {
				alone++
			}
		}
	}
	if alone < sequences {
		t.Errorf("a change was checked alone %d times only", alone)
	}
}

// lines sorts the lines of a text, with the numbers of private names taken out. When a former version goes
// that nothing needs any more is left aside: a cell that touches nothing doesn't look for those.
func lines(text string) string {
	list := slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return strings.HasPrefix(l, "- ") && check.Private(l) })
	slices.Sort(list)
	return check.Plain(strings.Join(list, "\n"))
}

// implausible says what is wrong with a program, given what the executor knows.
func implausible(p *check.Program, known map[string]token.Token) string {
	byName := map[string]*check.Decl{}
	for _, d := range p.All() {
		if byName[d.Name] != nil && d.Name != "_" {
			return d.Name + " is declared twice"
		}
		byName[d.Name] = d
		for _, n := range d.Names {
			byName[n] = d
		}
		was := d.Was
		if was == "" {
			was = d.Name
		}
		if kind, ok := known[was]; !d.Fresh && (!ok || kind != d.Kind) {
			return d.Name + " is not fresh, and nobody knows " + was
		}
	}
	problem := ""
	for _, d := range p.All() {
		if d.Fresh {
			continue
		}
		ast.Inspect(d.Node, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			obj := p.Info.Uses[id]
			if obj == nil || obj.Parent() != p.Pkg.Scope() {
				return true
			}
			if on := byName[obj.Name()]; on != nil && on != d && on.Fresh {
				problem = d.Name + " is not fresh, but " + on.Name + " is, which it is made of"
			}
			return true
		})
	}
	check := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok {
				if tv, ok := p.Info.Types[e]; ok && tv.Type == types.Typ[types.Invalid] {
					problem = "an expression without a type"
				}
			}
			return true
		})
	}
	for _, d := range p.All() {
		check(d.Node)
	}
	if p.Body != nil {
		check(p.Body)
	}
	return problem
}
