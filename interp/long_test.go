package interp

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

// longCells are what a long session is made of: the i-th cell of each kind.
var longCells = []struct {
	name string
	code func(i int) string
}{
	{"expression", func(i int) string { return fmt.Sprintf("x*%d + len(name)", i) }},
	{"print", func(i int) string {
		return fmt.Sprintf("for i := range 3 {\n\tif i > %d {\n\t\tfmt.Println(i, x)\n\t}\n}", i)
	}},
	{"the same variable", func(i int) string { return fmt.Sprintf("y := x + %d\ny * 2", i) }},
	{"another variable", func(i int) string { return fmt.Sprintf("v%d := x + %d", i, i) }},
	{"the same function", func(i int) string { return fmt.Sprintf("func f(a int) int { return a*x + %d }\nf(2)", i) }},
	{"another function", func(i int) string { return fmt.Sprintf("func f%d(a int) int { return a*x + %d }", i, i) }},
}

func TestLong0(t *testing.T) {
	for _, c := range longCells {
		e, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := execute(t, e, 1, "import \"fmt\"\nx, name := 3, \"rg\""); err != nil {
			t.Fatal(plain(err.Traceback))
		}
		heap := func() int64 {
			runtime.GC()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return int64(m.HeapAlloc)
		}
		n := 3000
		before := heap()
		start := time.Now()
		for i := range n {
			if _, err := execute(t, e, 2+i, c.code(i)); err != nil {
				t.Fatal(plain(err.Traceback))
			}
			if i == n/10 || i == n-1 {
				t.Logf("%s: %d cells: %v", c.name, i, time.Since(start))
			}
		}
		t.Logf("%s: %d bytes a cell", c.name, (heap()-before)/int64(n))
		runtime.KeepAlive(e)
	}
}
