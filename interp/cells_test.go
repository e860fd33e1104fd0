package interp

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/rustygradients/rg/interp/eval"
	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/viz/display"
)

var update = flag.Bool("update", false, "write what cells do into testdata")

// TestCells runs the notebooks in testdata/cells, cell by cell. A cell is followed by what it is to
// do: a file "3 want" holds what it prints, then its value after "out: ", then its error; "3 starts"
// the beginning of that; "3 any" is for cells whose output isn't fixed. "3 eval" follows
// where that engine runs what yaegi refuses.
func TestCells(t *testing.T) {
	files, err := filepath.Glob("testdata/cells/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data: ", err)
	}
	for _, engine := range testedEngines() {
		for _, name := range files {
			t.Run(engine+"/"+strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { testNotebook(t, name, engine) })
		}
	}
}

// testedEngines lists the engines that run here.
func testedEngines() []string {
	if _, err := eval.New(eval.Options{}); err != nil {
		return []string{EngineYaegi}
	}
	return Engines()
}

func testNotebook(t *testing.T, name, engine string) {
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	screen := newConsole(t)
	e, err := New(Options{Engine: engine})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i, f := range a.Files {
		if _, kind, expected := strings.Cut(f.Name, " "); expected {
			if n == 0 || f.Name != fmt.Sprintf("%d %s", n, kind) {
				t.Fatalf("%s follows cell %d", f.Name, n)
			}
			continue
		}
		n++
		got := transcript(t, e, screen, n, string(f.Data))
		if i+1 >= len(a.Files) {
			t.Fatalf("cell %d has no expected outcome", n)
		}
		want := &a.Files[i+1]
		if engine == EngineEval && i+2 < len(a.Files) && a.Files[i+2].Name == fmt.Sprintf("%d eval", n) {
			want = &a.Files[i+2]
		}
		ok := false
		switch want.Name {
		case fmt.Sprintf("%d want", n), fmt.Sprintf("%d eval", n):
			ok = got == string(want.Data)
		case fmt.Sprintf("%d starts", n):
			ok = strings.HasPrefix(got, strings.TrimSuffix(string(want.Data), "\n"))
		case fmt.Sprintf("%d any", n):
			ok = true
		default:
			t.Fatalf("cell %d is followed by %s", n, want.Name)
		}
		if !ok && *update {
			want.Data = []byte(got)
		} else if !ok {
			t.Errorf("cell %d\n%s\ngot\n%s\nwant\n%s", n, f.Data, got, want.Data)
		}
	}
	if *update {
		if err := os.WriteFile(name, txtar.Format(a), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// transcript runs a cell and writes down what a person would see of it.
func transcript(t *testing.T, e *Engine, screen *console, n int, code string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if rest, ok := strings.CutPrefix(code, "// interrupt "); ok {
		word, _, _ := strings.Cut(rest, "\n")
		d, err := time.ParseDuration(word)
		if err != nil {
			t.Fatal(err)
		}
		interruptAfter(e, d, cancel)
		defer func() { e.atWork = nil }()
	}
	out := &recorder{}
	err := e.Execute(ctx, engine.Cell{Number: n, Code: code}, out)
	var b strings.Builder
	b.WriteString(out.stream["stdout"])
	for line := range strings.Lines(out.stream["stderr"]) {
		b.WriteString("stderr: " + line)
	}
	b.WriteString(screen.text(t))
	show := func(what string, list []display.Bundle) {
		for _, r := range list {
			b.WriteString(what + ": " + r.Plain() + "\n")
			if h, ok := r.Data[display.MIMEHTML]; ok {
				fmt.Fprintf(&b, "html: %v\n", h)
			}
		}
	}
	show("display", out.shown)
	show("out", out.result)
	show("page", out.pages)
	if out.rewritten != "" {
		b.WriteString("rewritten:\n" + out.rewritten + "\n")
	}
	var shown *engine.Error
	if errors.As(err, &shown) {
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s\n", shown.Name)
		for line := range strings.SplitSeq(plain(shown.Traceback), "\n") {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	if s := b.String(); s != "" && !strings.HasSuffix(s, "\n") {
		return s + "\n" // txtar has no unfinished lines
	}
	return b.String()
}

// console stands in for the process's standard output, as the worker process has one.
type console struct {
	file *os.File
	read int64
}

func newConsole(t *testing.T) *console {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = f
	t.Cleanup(func() {
		os.Stdout = stdout
		f.Close()
	})
	return &console{file: f}
}

// text returns what was printed since the last call.
func (c *console) text(t *testing.T) string {
	t.Helper()
	b, err := io.ReadAll(io.NewSectionReader(c.file, c.read, 1<<30))
	if err != nil {
		t.Fatal(err)
	}
	c.read += int64(len(b))
	return string(b)
}

// BenchmarkCell is a trivial cell end to end, in an empty session and in a long one.
func BenchmarkCell(b *testing.B) {
	for _, functions := range []int{0, 100} {
		for _, code := range []string{"1 + 1", "x := 1\nx"} {
			b.Run(fmt.Sprintf("functions=%d/%s", functions, code[:1]), func(b *testing.B) {
				e, err := New(Options{})
				if err != nil {
					b.Fatal(err)
				}
				n := 0
				run := func(code string) {
					n++
					if err := e.Execute(b.Context(), engine.Cell{Number: n, Code: code}, &recorder{}); err != nil {
						b.Fatal(err)
					}
				}
				run("import \"fmt\"")
				for i := range functions {
					run(fmt.Sprintf("type T%d struct{ A, B int }\nfunc (t T%d) Sum() int { return t.A + t.B }\nfunc f%d(xs []int) string {\n\tout := \"\"\n\tfor _, x := range xs {\n\t\tout += fmt.Sprint(x, T%d{x, 1}.Sum())\n\t}\n\treturn out\n}", i, i, i, i))
				}
				for b.Loop() {
					run(code)
				}
			})
		}
	}
}

// BenchmarkStart is what a fresh worker costs up to the end of its first cell.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		e, err := New(Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := e.Execute(b.Context(), engine.Cell{Number: 1, Code: "import \"fmt\"\nfmt.Sprint(1)"}, &recorder{}); err != nil {
			b.Fatal(err)
		}
	}
}

// interruptAfter cancels a while after the code of the next cell has begun to run: compiling it takes long
// on a busy machine.
func interruptAfter(e *Engine, d time.Duration, cancel context.CancelFunc) {
	e.atWork = func() { time.AfterFunc(d, cancel) }
}

// TestInterrupt: a cell ends within moments of being told to, and everything stays usable.
func TestInterrupt(t *testing.T) {
	for _, engine := range testedEngines() {
		t.Run(engine, func(t *testing.T) { testInterrupt(t, engine) })
	}
}

func testInterrupt(t *testing.T, engineName string) {
	e, err := New(Options{Engine: engineName})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := execute(t, e, 1, "import \"time\"\nn := 0\ninc := func() int { n++; return n }\nfunc spin() { for { n++ } }\n_ = time.Second"); err != nil {
		t.Fatal(plain(err.Traceback))
	}
	for i, code := range []string{
		"for {}", "for { n++ }", "for { inc() }", "spin()", "time.Sleep(time.Hour)", "select {}", "<-make(chan int)",
		"var f func(int) int\nf = func(k int) int { time.Sleep(time.Millisecond); return f(k + 1) }\nf(0)",
		"defer func() { recover() }()\nfor {}",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		interruptAfter(e, 30*time.Millisecond, cancel)
		start := time.Now()
		err := e.Execute(ctx, engine.Cell{Number: 2 + i, Code: code}, &recorder{})
		e.atWork = nil
		var shown *engine.Error
		if !errors.As(err, &shown) || shown.Name != engine.NameInterrupted {
			t.Errorf("%s: got %v", code, err)
		}
		if took := time.Since(start); took > 10*time.Second { // a hang, not a measurement
			t.Errorf("%s: ended after %v", code, took)
		}
		if _, err := execute(t, e, 100+i, "before := n\ninc() == before + 1"); err != nil {
			t.Errorf("after %s: %s", code, plain(err.Traceback))
		}
	}
	out, shown := execute(t, e, 200, "n > 0")
	if shown != nil || len(out.result) != 1 || out.result[0].Plain() != "true" {
		t.Error("what an interrupted cell had counted is gone")
	}
}

// TestInterruptTensors: a cell in compiled tensor code ends as soon, in a long operation too, and
// what computes elsewhere goes on. (Not a goroutine of another cell: yaegi moves the variables that it reads when
// the next cell is loaded, which the race detector sees.)
func TestInterruptTensors(t *testing.T) {
	for _, engine := range testedEngines() {
		t.Run(engine, func(t *testing.T) { testInterruptTensors(t, engine) })
	}
}

func testInterruptTensors(t *testing.T, engineName string) {
	e, err := New(Options{Engine: engineName})
	if err != nil {
		t.Fatal(err)
	}
	before := "x := tensor.Rand(1200, 1200)\nw := tensor.Rand(40, 40).SetRequiresGrad(true)"
	if _, err := execute(t, e, 1, before); err != nil {
		t.Fatal(plain(err.Traceback))
	}
	stop, steps := make(chan struct{}), make(chan int)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				steps <- n
				return
			default:
				tensor.Ones(10).AddScalar(1)
			}
		}
	}()
	for i, code := range []string{
		"y := x\nfor { y = y.MatMul(x).MulScalar(1e-3) }",
		"tensor.Jacobian(func(v []*tensor.Tensor) *tensor.Tensor { return v[0].MatMul(w) }, tensor.Rand(400, 40))",
		"_ = tensor.Try(func() { tensor.Rand(300, 300).LogSumExp(0, 1) })\nfor { _ = tensor.Try(func() { x.MatMul(x) }) }",
		"tensor.NoGrad(func() { for { w.Exp() } })",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		interruptAfter(e, 50*time.Millisecond, cancel)
		start := time.Now()
		err := e.Execute(ctx, engine.Cell{Number: 2 + i, Code: code}, &recorder{})
		e.atWork = nil
		var shown *engine.Error
		if !errors.As(err, &shown) || shown.Name != engine.NameInterrupted {
			t.Errorf("%s: got %v", code, err)
		}
		if took := time.Since(start); took > 10*time.Second { // a hang, not a measurement
			t.Errorf("%s: ended after %v", code, took)
		}
		if out, err := execute(t, e, 100+i, "w.Sum().RequiresGrad() && tensor.GradEnabled()"); err != nil || out.result[0].Plain() != "true" {
			t.Errorf("after %s: %v", code, err)
		}
	}
	close(stop)
	if n := <-steps; n < 10 {
		t.Errorf("a goroutine outside made %d steps meanwhile", n)
	}
}

// TestInput: fmt.Scan and rg.Input read what the person at the front end types.
func TestInput(t *testing.T) {
	e, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := &recorder{input: []string{"3 4", "Jo", "x"}}
	code := "import \"fmt\"\nvar a, b int\nfmt.Scan(&a, &b)\nname := rg.Input(\"Name? \")\nsecret := rg.Password(\"Secret? \")\nfmt.Sprint(a+b, name, secret)"
	if err := e.Execute(t.Context(), engine.Cell{Number: 1, Code: code}, out); err != nil {
		t.Fatal(err)
	}
	if got := out.result[0].Plain(); got != "7Jox" {
		t.Error(got)
	}
	var shown *engine.Error
	err = e.Execute(t.Context(), engine.Cell{Number: 2, Code: "rg.Input(\"more\")"}, out)
	if !errors.As(err, &shown) || shown.Name != engine.NameNoInput {
		t.Error("without anyone to answer:", err)
	}
}

// TestCompleteWhileRunning: completion answers beside a running cell.
func TestCompleteWhileRunning(t *testing.T) {
	e, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := execute(t, e, 1, "alpha := 1"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		code := "import \"time\"\nbeta := 2\ntime.Sleep(300 * time.Millisecond)"
		done <- e.Execute(t.Context(), engine.Cell{Number: 2, Code: code}, &recorder{})
	}()
	deadline := time.Now().Add(5 * time.Second)
	for {
		c := e.Complete(t.Context(), "bet", 3)
		if len(c.Matches) > 0 && c.Matches[0].Text == "beta" {
			break
		}
		if time.Now().After(deadline) {
			t.Error("a variable of the running cell is not proposed:", c.Matches)
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}

	// Beside cells that come and go, with the race detector looking on.
	stop := make(chan bool)
	go func() {
		defer close(stop)
		for i := range 50 {
			code := []string{"alpha + 1", "alpha := 1", "func f() int { return alpha }"}[i%3]
			if err := e.Execute(t.Context(), engine.Cell{Number: 10 + i, Code: code}, &recorder{}); err != nil {
				t.Error(err)
			}
		}
	}()
	for running := true; running; {
		select {
		case <-stop:
			running = false
		default:
			e.Complete(t.Context(), "alp", 3)
			e.Inspect(t.Context(), "f", 1, 1)
		}
	}
}

// TestRelease: a value is let go of when its variable was defined again and nothing refers to it.
func TestRelease(t *testing.T) {
	e, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	heap := func() int64 { // other tests have left something there
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	execute(t, e, 1, "func use(b []byte) int { return len(b) }")
	before := heap()
	for i := range 5 {
		_, err := execute(t, e, 2+i, "big := make([]byte, 50<<20)\nuse(big)")
		if err != nil {
			t.Fatal(plain(err.Traceback))
		}
	}
	if grown := heap() - before; grown > 150<<20 {
		t.Errorf("five buffers of 50 MB, of which one is left, take %d MB", grown>>20)
	}
}
