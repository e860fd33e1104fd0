package randprog

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Program is a random program.
type Program struct {
	Seed  uint64
	Decls string
	Main  string // a function without parameters
}

// imports are what every program may use.
const imports = `import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

var (
	_ = cmp.Compare[int]
	_ = json.Marshal
	_ = errors.New
	_ iter.Seq[int]
	_ = maps.Keys[map[int]int]
	_ = slices.Sort[[]int]
	_ = sort.Ints
	_ = strconv.Itoa
	_ = strings.Repeat
	_ sync.Mutex
	_ atomic.Int64
)
`

// New writes the program of a seed.
func New(seed uint64) *Program {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), tag: fmt.Sprint(seed)}
	g.program()
	return &Program{Seed: seed, Decls: g.out.String(), Main: "main" + g.tag}
}

// Source is the program as a file of package main.
func (p *Program) Source() string {
	return fmt.Sprintf("package main\n\n%s\n%s\nfunc main() { %s() }\n", imports, p.Decls, p.Main)
}

// Mark begins a program's output in a bundle's; the seed and a line end follow.
const Mark = "\x01program "

// Bundle is many programs as one file of package main, which runs them one after the other.
func Bundle(list []*Program) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package main\n\n%s\nfunc main() {\n", imports)
	for _, p := range list {
		fmt.Fprintf(&b, "\tfmt.Println(%q)\n\t%s()\n", fmt.Sprint(Mark, p.Seed), p.Main)
	}
	b.WriteString("}\n")
	for _, p := range list {
		b.WriteString(p.Decls)
	}
	return b.String()
}

// Outputs takes a bundle's output apart, by seed.
func Outputs(text string) map[string]string {
	out := map[string]string{}
	for _, part := range strings.Split(text, Mark)[1:] {
		seed, rest, _ := strings.Cut(part, "\n")
		out[seed] = rest
	}
	return out
}

// generator writes one program.
type generator struct {
	*rand.Rand
	tag string // of every name at package level

	out    strings.Builder
	indent int
	names  int

	types   []*typ   // declared ones
	ifaces  []*typ   // interfaces among them
	funcs   []*fun   // declared functions without effects
	generic []*fun   // generic functions, by their signature for an instance
	scope   []*local // variables in reach
	pure    bool     // in a function without effects
	depth   int      // of nested statements
	budget  int      // statements still to write
	risky   bool     // the statement may have one operation that panics
	ret     *typ     // result type of the function being written, nil outside
	loop    bool     // break and continue are allowed
	labels  []string // of loops around
	forms   []func() // statements with declarations of their own
}

// local is a variable, or a parameter.
type local struct {
	name string
	typ  *typ
	ro   bool // not to be assigned to
}

// fun is a function that expressions may call.
type fun struct {
	name   string
	params []*typ
	result *typ
}

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func pick[T any](g *generator, list []T) T { return list[g.IntN(len(list))] }

// name makes a new name.
func (g *generator) name(prefix string) string {
	g.names++
	return fmt.Sprintf("%s%d", prefix, g.names)
}

// top makes a new name at package level.
func (g *generator) top(prefix string) string { return g.name(prefix + g.tag + "x") }

func (g *generator) line(format string, args ...any) {
	for range g.indent {
		g.out.WriteByte('\t')
	}
	fmt.Fprintf(&g.out, format, args...)
	g.out.WriteByte('\n')
}

func (g *generator) open(format string, args ...any) {
	g.line(format+" {", args...)
	g.indent++
}

func (g *generator) close(rest string) {
	g.indent--
	g.line("}%s", rest)
}

// program writes declarations, then the function that runs it.
func (g *generator) program() {
	for range 1 + g.IntN(3) {
		g.typeDecl()
	}
	for range g.IntN(3) {
		g.funcDecl()
	}
	if g.chance(25) {
		g.genericDecl()
	}
	g.formDecls()
	var globals []*local
	for range g.IntN(3) {
		t := g.anyType(1)
		v := &local{name: g.top("g"), typ: t}
		g.line("var %s %s = %s", v.name, t, g.literal(t, 2))
		globals = append(globals, v)
	}
	g.scope = globals
	g.open("func main%s()", g.tag)
	g.open("defer func()")
	g.open("if r := recover(); r != nil")
	g.line(`fmt.Println("panic:", r)`)
	g.open("if e, ok := r.(error); ok")
	g.line(`fmt.Printf("%%T %%v\n", e, e)`)
	g.close("")
	g.close("")
	g.close("()")
	g.budget = 3 + g.IntN(9)
	g.block(func() {
		for g.budget > 0 {
			g.stmt()
		}
		g.dump()
	})
	g.close("")
}

// dump prints all variables in reach.
func (g *generator) dump() {
	for _, v := range g.scope {
		g.line(`fmt.Printf("%s %s\n", %s)`, v.name, g.verb(v.typ), g.printable(v.name, v.typ))
	}
}

// block writes statements in a scope of their own.
func (g *generator) block(f func()) {
	n := len(g.scope)
	g.depth++
	f()
	g.depth--
	g.scope = g.scope[:n]
}
