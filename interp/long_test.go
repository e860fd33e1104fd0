package interp

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/rustygradients/rg/kernel/engine"
)

var longN = flag.Int("long.n", 1000, "how many cells of each kind a long session has")

// longKinds are what a long session is made of. A notebook's author runs a hundred cells again and
// again; the last two kinds are those of a program that makes up a new name for each cell.
var longKinds = []struct {
	name  string
	grows bool // each cell adds a declaration
	code  func(i int) string
}{
	{"expressions", false, func(i int) string { return fmt.Sprintf("x*%d + len(name)", i) }},
	{"loops", false, func(i int) string {
		return fmt.Sprintf("for i := range 3 {\n\tif i > %d {\n\t\tfmt.Println(i, x)\n\t}\n}", i)
	}},
	{"a variable again", false, func(i int) string { return fmt.Sprintf("y := x + %d\ny * 2", i) }},
	{"a function again", false, func(i int) string { return fmt.Sprintf("func f(a int) int { return a*x + %d }\nf(2)", i) }},
	{"a hundred cells, all again", false, func(i int) string {
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
	{"new variables", true, func(i int) string { return fmt.Sprintf("w%d := x + %d", i, i) }},
	{"new functions", true, func(i int) string { return fmt.Sprintf("func h%d(a int) int { return a*x + %d }", i, i) }},
}

// TestLongSession: what a cell leaves behind is small, and the last cells of a long session take no
// longer than the first. Time is looked at for hangs alone; the figures are printed.
func TestLongSession(t *testing.T) {
	for _, k := range longKinds {
		t.Run(k.name, func(t *testing.T) {
			e, err := New(Options{})
			if err != nil {
				t.Fatal(err)
			}
			run := func(number int, code string) {
				if err := e.Execute(t.Context(), engine.Cell{Number: number, Code: code}, &recorder{}); err != nil {
					t.Fatalf("%s: %v", code, err)
				}
			}
			run(1, "import \"fmt\"\nx, name := 3, \"rg\"\n_ = fmt.Sprint(1)")
			n := *longN
			if k.grows {
				n /= 5
			}
			cells := func(from, to int) time.Duration {
				start := time.Now()
				for i := from; i < to; i++ {
					run(2+i, k.code(i))
				}
				return time.Since(start) / time.Duration(to-from)
			}
			// What a session has once, and the thousand cells whose outcomes it remembers, come first.
			warm := 200
			newConsole(t)
			cells(0, warm)
			before := heapInUse()
			tenth := n / 10
			first := cells(warm, warm+tenth)
			cells(warm+tenth, warm+n-tenth)
			last := cells(warm+n-tenth, warm+n)
			bytes := (heapInUse() - before) / int64(n)
			t.Logf("%d cells: %d bytes a cell, %v a cell at first, %v at last", n, bytes, first, last)
			if bytes > 3<<10 && !k.grows {
				t.Errorf("a cell leaves %d bytes behind", bytes)
			}
			if last > 5*first+5*time.Millisecond && !k.grows {
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
	return int64(m.HeapAlloc)
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
