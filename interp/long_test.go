package interp

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/rustygradients/rg/interp/eval"
	"github.com/rustygradients/rg/kernel/engine"
)

var (
	longN      = flag.Int("long.n", 1000, "how many cells of each kind a long session has")
	longKind   = flag.String("long.kind", "", "the kind of cells, if it is to be one alone")
	longEngine = flag.String("long.engine", "", "what runs them; the default is the default")
)

// longKinds are what a long session is made of. A notebook's author runs a hundred cells again and
// again; some kinds are those of a program that makes up a new name for each cell. A type is there for good
// (decision 15).
var longKinds = []struct {
	name  string
	bytes int64 // that a cell may leave; 0 means 3 kB
	code  func(i int) string
}{
	{"expressions", 0, func(i int) string { return fmt.Sprintf("x*%d + len(name)", i) }},
	{"loops", 0, func(i int) string {
		return fmt.Sprintf("for i := range 3 {\n\tif i > %d {\n\t\tfmt.Println(i, x)\n\t}\n}", i)
	}},
	{"a variable again", 0, func(i int) string { return fmt.Sprintf("y := x + %d\ny * 2", i) }},
	{"a function again", 0, func(i int) string { return fmt.Sprintf("func f(a int) int { return a*x + %d }\nf(2)", i) }},
	{"a hundred cells, all again", 0, func(i int) string {
		switch k := i % 100; k % 4 {
		case 0:
			return fmt.Sprintf("v%d := x + %d", k, i)
		case 1:
			return fmt.Sprintf("func g%d(a int) int { return a*v%d + %d }", k, k-1, i)
		case 2:
			return fmt.Sprintf("g%d(v%d)", k-1, k-2)
		default:
			return fmt.Sprintf("for j := range 3 {\n\tv%d += j\n}", k-3)
		}
	}},
	{"new variables", 0, func(i int) string { return fmt.Sprintf("w%d := x + %d", i, i) }},
	{"new functions", 0, func(i int) string { return fmt.Sprintf("func h%d(a int) int { return a*x + %d }", i, i) }},
	{"new types with a method", 3500, func(i int) string {
		return fmt.Sprintf("type T%d struct{ A int }\nfunc (t T%d) Double() int { return 2 * t.A }", i, i)
	}},
	{"a mix", 0, mix},
}

// mix is what a person writes: of twenty cells eight look at something, six run a cell again that was
// changed, and six define something new, one of them a type.
func mix(i int) string {
	switch n := i / 20; i % 20 {
	case 0:
		return fmt.Sprintf("data%d := []float64{1, 2, %d}", n, i)
	case 1:
		return fmt.Sprintf("len(data%d)", n)
	case 2:
		return fmt.Sprintf("func mean%d(xs []float64) (m float64) {\n\tfor _, x := range xs {\n\t\tm += x\n\t}\n\treturn m / float64(len(xs))\n}", n)
	case 3, 9:
		return fmt.Sprintf("fmt.Sprintf(\"%%.2f\", mean%d(data%d))", n, n)
	case 4:
		return fmt.Sprintf("rate := 0.1 * %d", i)
	case 5:
		return fmt.Sprintf("func step(v float64) float64 { return v - rate*v/%d }", i+1)
	case 6:
		return fmt.Sprintf("type Point%d struct{ X, Y float64 }\nfunc (p Point%d) Norm() float64 { return p.X*p.X + p.Y*p.Y }", n, n)
	case 7:
		return fmt.Sprintf("p%d := Point%d{3, step(%d)}", n, n, i)
	case 8:
		return fmt.Sprintf("p%d.Norm()", n)
	case 10:
		return fmt.Sprintf("for i := range data%d {\n\tdata%d[i] = step(data%d[i])\n}", n, n, n)
	case 11:
		return fmt.Sprintf("rate = %d", i)
	case 12:
		return fmt.Sprintf("result := mean%d(data%d)\nresult", n, n)
	case 13:
		return fmt.Sprintf("func mean%d(xs []float64) float64 { return xs[0] + %d }", n, i)
	case 14:
		return fmt.Sprintf("total%d, count%d := 0.0, len(data%d)", n, n, n)
	case 15:
		return fmt.Sprintf("total%d += float64(count%d)\ntotal%d", n, n, n)
	case 16:
		return "x, name = x+1, name"
	case 17:
		return fmt.Sprintf("result := step(float64(x)) + %d", i)
	case 18:
		return "fmt.Sprint(result, rate)"
	default:
		return fmt.Sprintf("p%d", n)
	}
}

// TestLongSession: what a cell leaves behind is small, and the last tenth of the cells of a long session
// takes no longer than the first. Time is looked at for hangs alone; the figures are printed.
func TestLongSession(t *testing.T) {
	for _, k := range longKinds {
		t.Run(k.name, func(t *testing.T) {
			if *longKind != "" && *longKind != k.name {
				t.Skip()
			}
			e, err := New(Options{Engine: *longEngine})
			if err != nil {
				t.Fatal(err)
			}
			run := func(number int, code string) {
				if err := e.Execute(t.Context(), engine.Cell{Number: number, Code: code}, &recorder{}); err != nil {
					t.Fatalf("%s: %v", code, err)
				}
			}
			run(1, "import \"fmt\"\nx, name := 3, \"rg\"\n_ = fmt.Sprint(1)")
			newConsole(t)
			cells := func(from, to int) (median time.Duration) {
				times := make([]time.Duration, 0, to-from)
				for i := from; i < to; i++ {
					start := time.Now()
					run(2+i, k.code(i))
					times = append(times, time.Since(start))
				}
				slices.Sort(times)
				return times[len(times)/2]
			}
			// What a session has once, and the thousand cells whose outcomes it remembers, come first.
			n, warm := *longN, 200
			cells(0, warm)
			before := heapInUse()
			tenth := n / 10
			first := cells(warm, warm+tenth)
			cells(warm+tenth, warm+n-tenth)
			last := cells(warm+n-tenth, warm+n)
			bytes := (heapInUse() - before) / int64(n)
			t.Logf("%d cells: %d bytes a cell, %d µs a cell at first, %d µs at last", n, bytes, first.Microseconds(), last.Microseconds())
			if bytes > cmp.Or(k.bytes, 3<<10) && *longEngine == "" {
				t.Errorf("a cell leaves %d bytes behind", bytes)
			}
			if last > 5*first+5*time.Millisecond {
				t.Errorf("the first cells took %v each, the last %v", first, last)
			}
			runtime.KeepAlive(e)
		})
	}
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) + int64(eval.LastingBytes())
}

// twenty is a cell of twenty lines, as notebooks have them.
const twenty = `import "fmt"
type point struct{ x, y float64 }
func (p point) add(q point) point { return point{p.x + q.x, p.y + q.y} }
func mean(ps []point) (m point) {
	for _, p := range ps {
		m = m.add(p)
	}
	n := float64(len(ps))
	return point{m.x / n, m.y / n}
}
var ps []point
for i := range 10 {
	ps = append(ps, point{float64(i), float64(i * i)})
}
byX := map[int]point{}
for _, p := range ps {
	byX[int(p.x)] = p
}
m := mean(ps)
text := fmt.Sprintf("%.2f %.2f of %d", m.x, m.y, len(byX))
text`

// BenchmarkTwentyLines is a cell of twenty lines from its text to its value, changed each time so
// that nothing of it is known already.
func BenchmarkTwentyLines(b *testing.B) {
	for _, name := range Engines() {
		b.Run(name, func(b *testing.B) {
			e, err := New(Options{Engine: name})
			if err != nil {
				b.Fatal(err)
			}
			i := 0
			for b.Loop() {
				i++
				code := fmt.Sprintf("%s + \"%d\"", twenty, i)
				if err := e.Execute(context.Background(), engine.Cell{Number: i, Code: code}, &recorder{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkNew is the start of an engine in a process that has none yet, but for reading its binary.
func BenchmarkNew(b *testing.B) {
	for _, name := range Engines() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := New(Options{Engine: name}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
