package interp

import (
	"strings"
	"testing"
	"time"
)

// TestStale: a redefinition names the cells whose results came from what it replaces.
func TestStale(t *testing.T) {
	for _, engine := range testedEngines() {
		t.Run(engine, func(t *testing.T) { testStale(t, engine) })
	}
}

func testStale(t *testing.T, engineName string) {
	screen := newConsole(t)
	e, err := New(Options{Engine: engineName})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	cell := func(code, want string) {
		t.Helper()
		n++
		if got := transcript(t, e, screen, n, code); strings.TrimSuffix(got, "\n") != want {
			t.Errorf("In [%d]\n%s\ngot\n%s\nwant\n%s", n, code, got, want)
		}
	}
	const rerun = " (%rerun stale runs what is stale again)"
	cell("x := 1", "")
	cell("y := x * 2", "")
	cell("y + 1", "out: 3")
	cell("z := 7\nz", "out: 7")
	cell("x := 5", "stderr: stale: In [2], In [3]"+rerun)
	cell("%rerun stale", "── In [2]\n── In [3]\ndisplay: 11")
	cell("%rerun stale", "Nothing is stale.")
	cell("func f() int { return z }", "")
	cell("f() * 10", "out: 70")
	cell("z := 8\nz", "stderr: stale: In [9]"+rerun+"\nout: 8")
	cell("func f() int { return z + 1 }", "stderr: stale: In [9]"+rerun)
	cell("%rerun 9", "── In [9]\ndisplay: 90")
	cell("var total int", "")
	cell("total = y + f()", "")
	cell("total", "out: 19")
	cell("func g() int { return 1 }", "")     // nothing depended on it
	cell("func f() int { return z + 1 }", "") // the same again
	cell("x = 6", "")                         // an assignment is no redefinition
	cell("x := 10", "stderr: stale: In [2], In [3], In [14], In [15]"+rerun)
	cell("y := x * 2", "stderr: stale: In [3], In [14], In [15]"+rerun) // cell 2 again, by hand
	cell("%rerun stale", "── In [3]\n── In [14]\n── In [15]\ndisplay: 21\ndisplay: 29")
	cell("type T struct{ A int }\nfunc (t T) Get() int { return t.A }\nt := T{4}", "")
	cell("t.Get()", "out: 4")
	cell("func (t T) Get() int { return -t.A }", "stderr: stale: In [23]"+rerun)
	cell("const K = 2\nk := K + 1", "")
	cell("const K = 3", "") // to run the cell again would make K 2 again
	cell("%rerun 1000", "CompileError\n  In [27]:1:1: no cell with statements ran as In [1000]\n      1 | %rerun 1000\n        | ^")
	cell("n := 1", "")
	cell("n := n + 1\nn", "out: 2")
	cell("n := n + 1\nn", "out: 3")
	cell("q := 1 / n", "")
	cell("n := 0", "stderr: stale: In [23], In [31]"+rerun)
}

// TestLate: what a goroutine prints when another cell runs goes to the cell that started it.
func TestLate(t *testing.T) {
	for _, engineName := range testedEngines() {
		t.Run(engineName, func(t *testing.T) {
			newConsole(t)
			e, err := New(Options{Engine: engineName})
			if err != nil {
				t.Fatal(err)
			}
			first, shown := execute(t, e, 1, "import (\"fmt\"; \"os\")\ngoOn, done := make(chan bool), make(chan bool)\n"+
				"go func() { <-goOn; fmt.Println(\"late\"); fmt.Fprintln(os.Stderr, \"late error\"); defer close(done); panic(\"late panic\") }()\n"+
				"rg.Background(func() { <-goOn; fmt.Println(\"background\"); goOn <- true })")
			if shown != nil {
				t.Fatal(plain(shown.Traceback))
			}
			second, shown := execute(t, e, 2, "fmt.Println(\"now\")\ngoOn <- true\n goOn <- true\n<-done\n<-goOn")
			if shown != nil {
				t.Fatal(plain(shown.Traceback))
			}
			// What the goroutine panicked with is told when its deferred calls have run, one of which lets the second cell end.
			const panicked = "panic in a goroutine started at In [1]:3:1: late panic"
			for begin := time.Now(); !strings.Contains(first.text("stderr"), panicked) && time.Since(begin) < 10*time.Second; {
				time.Sleep(time.Millisecond)
			}
			if got := first.text("stdout"); got != "late\nbackground\n" && got != "background\nlate\n" {
				t.Errorf("stdout of the first cell: %q", got)
			}
			if got := first.text("stderr"); engineName == EngineEval && !strings.HasPrefix(got, "late error\n") || !strings.Contains(got, panicked) {
				t.Errorf("stderr of the first cell: %q", got)
			}
			if len(second.stream) > 0 {
				t.Errorf("the second cell got %q", second.stream)
			}
		})
	}
}
