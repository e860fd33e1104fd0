package complete

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/rustygradients/rg/interp/symbols"
)

func init() { recovered = func(r any) { panic(r) } }

// session is what a few cells have left behind.
const session = `package main

import (
	"image"
	"strings"
)

// Point is a place in the plane.
type Point struct {
	X, Y float64 // the coordinates
	name string
}

// Norm is the distance from the origin.
func (p Point) Norm() float64 { return p.X + p.Y }

func (p *Point) move(dx float64) { p.X += dx }

// Circle is a point with a size.
type Circle struct {
	*Point
	Radius float64
	image.Rectangle
}

type Shape interface {
	Area() float64
	Norm() float64
}

type List[T any] struct {
	Head T
	Tail *List[T]
}

func (l *List[T]) Push(v T) {}

// Double returns twice n.
//
// It overflows silently.
func Double(n int) int { return 2 * n }

func pair() (Point, error) { return Point{}, nil }

var (
	origin  Point
	circle  *Circle
	numbers []float64
	byName  map[string]*Point
	builder strings.Builder
	words   = []string{"a"}
	_hidden int
)

type Pointꞏ1 struct{ Old int }

var former Pointꞏ1

const limit = 10
`

// testEnv returns an environment with the session above and a few imports.
func testEnv(t testing.TB) Env {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "session", session, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	config := types.Config{Importer: symbols.Importer()}
	pkg, err := config.Check("main", fset, []*ast.File{f}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Env{
		Package: pkg,
		Imports: append(symbols.Preloaded(), symbols.Import{Path: "fmt"}, symbols.Import{Name: "str", Path: "strings"}, symbols.Import{Path: "gonum.org/v1/gonum/mat"}),
		Source:  sourceOf(session),
		Magics:  []Magic{{"%time", "time a statement"}, {"%reset", "forget everything"}, {"%%time", "time the cell"}},
	}
}

// sourceOf finds declarations in a text by a word that they contain, which is enough for a test.
func sourceOf(text string) func(string) string {
	return func(name string) string {
		var want string
		switch recv, method, ok := strings.Cut(name, "."); {
		case ok:
			want = recv + ") " + method + "("
		default:
			want = " " + name
		}
		for _, para := range strings.Split(text, "\n\n") {
			for line := range strings.Lines(para) {
				if strings.HasPrefix(line, "//") || !strings.Contains(line, want) {
					continue
				}
				return para
			}
		}
		return ""
	}
}

// cursor takes the mark out of a text and returns where it was, in code points.
func cursor(t testing.TB, marked string) (code string, pos int) {
	t.Helper()
	before, after, ok := strings.Cut(marked, "|")
	if !ok || strings.Contains(after, "|") {
		t.Fatalf("one cursor mark, please: %q", marked)
	}
	return before + after, len([]rune(before))
}
