//go:build go1.26 && !go1.27

package eval_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/interp/eval"
	"github.com/rustygradients/rg/interp/internal/program"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/interp/symbols"
)

// run executes a whole program; its lines are counted from one.
func run(ctx context.Context, t *testing.T, src string, out io.Writer) error {
	t.Helper()
	x, err := eval.New(eval.Options{Stdout: out, Stderr: out})
	if err != nil {
		t.Fatal(err)
	}
	p, err := program.Load("p.go", []byte(src), symbols.Importer())
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Load(p); err != nil {
		t.Fatal(err)
	}
	_, err = x.Run(ctx, p)
	return err
}

// lines are a traceback's functions and lines; of compiled functions, their names. The outermost frame,
// which calls main and init, is left out.
func lines(frames []session.Frame) string {
	var list []string
	for _, f := range frames[:len(frames)-1] {
		switch {
		case f.File != "p.go":
			list = append(list, f.Func)
		default:
			list = append(list, fmt.Sprintf("%s:%d", f.Func, f.Line))
		}
	}
	return strings.Join(list, " ")
}

// TestTraces: a panic's traceback has the function and the line of every frame, across whatever lies
// between them.
func TestTraces(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"functions": {`package main
func f(a []int) int {
	x := 1
	return a[x+4]
}
func g() int {
	for i := range 3 {
		if i == 2 {
			return f(nil)
		}
	}
	return 0
}
func main() {
	g()
}`, "f:4 g:9 main:15"},
		"methods and interfaces": {`package main
type T struct{ p *int }
func (t T) get() int { return *t.p }
type getter interface{ get() int }
type outer struct{ getter }
func main() {
	var o getter = outer{T{}}
	println(o.get())
}`, "T.get:3 main:8"},
		"a callback of compiled code": {`package main
import "sort"
func less(i, j int) bool {
	var m map[int]int
	m[i] = j
	return true
}
func sorted() {
	sort.Slice([]int{2, 1}, func(i, j int) bool {
		return less(i, j)
	})
}
func main() { sorted() }`, "less:5 sorted.func1:10 sorted:9 main:13"},
		"a compiled function that panics": {`package main
import "strings"
func main() {
	n := -1
	strings.Repeat("x", n)
}`, "strings.Repeat main:5"},
		"generics": {`package main
func pick[T any](list []T, i int) T {
	return list[i]
}
type stack[T any] struct{ items []T }
func (s *stack[T]) top() T { return pick(s.items, len(s.items)) }
func main() {
	s := &stack[string]{}
	s.top()
}`, "pick:3 stack.top:6 main:9"},
		"generics of the standard library": {`package main
import "slices"
func main() {
	slices.SortFunc([]int{2, 1}, func(a, b int) int { panic("no") })
}`, `main\.func1:4 .*main:4`},
		"closures": {`package main
func main() {
	total := 0
	add := func(n int) {
		total /= n
	}
	twice := func(f func(int), n int) {
		f(n)
		f(n - 1)
	}
	twice(add, 1)
}`, "main.func1:5 main.func2:9 main:11"},
		"a loop over a function": {`package main
func each(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}
func main() {
	a := []int{1}
	for i := range each {
		a[i]++
	}
}`, "main-range:9 each:3 main:8"},
		"loops over functions in one another": {`package main
func each(yield func(int) bool) { _ = yield(0) && yield(1) }
func main() {
	a := []int{1}
	for i := range each {
		for j := range each {
			a[i+j]++
		}
	}
}`, "main-range:7 each:2 main-range:6 each:2 main:5"},
		"deferred": {`package main
func clean() { panic("second") }
func f() {
	defer clean()
	defer func() { recover() }()
	panic("first")
}
func main() { f() }`, "clean:2 f:6 main:8"},
		"rethrown": {`package main
func f() {
	defer func() {
		if v := recover(); v != nil {
			panic(v)
		}
	}()
	panic("x")
}
func main() { f() }`, "f.func1:5 f:8 main:10"},
		"init": {`package main
var a = make([]int, 1)
func f(i int) { a[i] = 1 }
func init() { f(3) }
func main() {}`, "f:3 main.func1:4"},
		"a statement on several lines": {`package main
func two() (int, int) { return 1, 0 }
func main() {
	a, b := two()
	x := a +
		1
	println(x /
		b)
}`, "main:7"},
		"a switch and a select": {`package main
func main() {
	c := make(chan int, 1)
	c <- 0
	select {
	case v := <-c:
		switch {
		case v == 0:
			println(1 / v)
		}
	}
}`, "main:9"},
	} {
		t.Run(name, func(t *testing.T) {
			var p *session.Panic
			if err := run(t.Context(), t, c.src, io.Discard); !errors.As(err, &p) {
				t.Fatalf("got %v, want a panic", err)
			}
			if got := lines(p.Frames); got != c.want && !regexp.MustCompile("^"+c.want+"$").MatchString(got) {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestGoroutineTrace: the report of a panic in a goroutine has its frames.
func TestGoroutineTrace(t *testing.T) {
	out := make(reports, 1)
	err := run(t.Context(), t, `package main
import "sync"
func f(m map[int]int) { m[1] = 1 }
func main() {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		f(nil)
	}()
	wg.Wait()
}`, out)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case text := <-out: // it comes after the deferred call that ends the program
		for _, want := range []string{"p.go:7", "nil map", "p.go:3", "p.go:9"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %s in %s", want, text)
			}
		}
	case <-time.After(20 * time.Second):
		t.Error("no report")
	}
}

// reports passes on what is written.
type reports chan string

func (r reports) Write(b []byte) (int, error) {
	r <- string(b)
	return len(b), nil
}

// TestStackOverflow: endless recursion is a panic whose traceback has both ends of the stack.
func TestStackOverflow(t *testing.T) {
	for name, c := range map[string]struct{ src, inner, outer string }{
		"a function":  {"func f(n int) int {\n\treturn f(n+1) + 1\n}\nfunc main() {\n\tf(0)\n}", "f:3", "f:3 main:6"},
		"two methods": {"type T struct{}\nfunc (t T) a() { t.b() }\nfunc (t T) b() { t.a() }\nfunc main() { T{}.a() }", "T.b:4|T.a:3", "T.a:3 main:5"},
		"a callback": {
			"import \"sort\"\nvar s = []int{1, 2}\nfunc f() bool {\n\tsort.Slice(s, func(i, j int) bool { return f() })\n\treturn true\n}\nfunc main() { f() }",
			"f.func1:5|f:5", "f.func1:5 f:5 main:8",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var p *session.Panic
			if err := run(t.Context(), t, "package main\n"+c.src, io.Discard); !errors.As(err, &p) {
				t.Fatalf("got %v, want a panic", err)
			}
			if text := fmt.Sprint(p.Value); !strings.Contains(text, "stack overflow") {
				t.Errorf("the panic is %s", text)
			}
			got := lines(p.Frames)
			if !regexp.MustCompile("^(("+c.inner+") ){50}").MatchString(got) || !strings.HasSuffix(got, c.outer) || !strings.Contains(fmt.Sprint(p.Frames), "frames elided") {
				t.Errorf("got %s", got)
			}
		})
	}
}

// TestStops: a running program ends when its context does, wherever it is, and its deferred calls run.
func TestStops(t *testing.T) {
	for name, body := range map[string]string{
		"a loop":            "for { n++ }",
		"a counting loop":   "for i := 0; i < 1<<60; i++ { n += i }",
		"a range":           "for i := range 1<<60 { n += i }",
		"goto":              "again:\n\tn++\n\tgoto again",
		"recursion":         "var f func(int) int\n\tf = func(k int) int { if k == 0 { return 1 }; return f(k-1) + f(k-1) }\n\tn = f(200)",
		"a function's loop": "for range func(yield func() bool) { for yield() {} } { n++ }",
		"a channel":         "<-make(chan int)",
		"a select":          "select {}",
		"a callback":        "strings.Map(func(r rune) rune { for { n++ } }, \"x\")",
		"a lock":            "mu.Lock()\n\tmu.Lock()",
		"sleep":             "time.Sleep(time.Hour)",
		"a wait group":      "var wg sync.WaitGroup\n\twg.Add(1)\n\tgo func() { for { } }()\n\twg.Wait()",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
			defer cancel()
			src := "package main\nimport (\n\"strings\"\n\"sync\"\n\"time\"\n)\nvar _, _ = strings.Map, time.Sleep\nvar n int\nvar mu sync.Mutex\nfunc main() {\n\t" + body + "\n}"
			start := time.Now()
			if err := run(ctx, t, src, io.Discard); !errors.Is(err, session.ErrInterrupted) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(start); took > 20*time.Second { // a hang, not a measurement
				t.Errorf("took %v", took)
			}
		})
	}
}
