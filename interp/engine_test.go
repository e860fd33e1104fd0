package interp

import (
	"context"
	"encoding/json"
	"errors"
	"go/constant"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/rg"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

// recorder is an Output that remembers.
type recorder struct {
	mu     sync.Mutex
	stream map[string]string
	result []display.Bundle
	shown  []display.Bundle
	pages  []display.Bundle
	comms  []engine.CommMessage

	rewritten string
	input     []string // lines that a person will type
}

// text is what has come on a stream so far.
func (o *recorder) text(stream string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.stream[stream]
}

func (o *recorder) Stream(name, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stream == nil {
		o.stream = map[string]string{}
	}
	o.stream[name] += text
}

func (o *recorder) Display(b display.Bundle) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.shown = append(o.shown, b)
}

func (o *recorder) Update(display.Bundle)     {}
func (o *recorder) Clear(bool)                {}
func (o *recorder) Page(b display.Bundle)     { o.pages = append(o.pages, b) }
func (o *recorder) Rewrite(code string)       { o.rewritten = code }
func (o *recorder) Result(b display.Bundle)   { o.result = append(o.result, b) }
func (o *recorder) Comm(m engine.CommMessage) { o.comms = append(o.comms, m) }
func (o *recorder) ReadLine(string, bool) (string, error) {
	if len(o.input) == 0 {
		return "", engine.ErrNoInput
	}
	line := o.input[0]
	o.input = o.input[1:]
	return line, nil
}

// plain takes the colours out of a traceback.
func plain(lines []string) string {
	s := strings.Join(lines, "\n")
	for _, c := range []string{red, bold, cyan, dim, reset} {
		s = strings.ReplaceAll(s, c, "")
	}
	return s
}

// constants is an executor that knows the values of constant expressions and nothing else.
type constants struct {
	loaded []*check.Program
	err    error // what the next Run returns
	refuse error // what the next Load returns
}

func (x *constants) Load(p *check.Program) error {
	x.loaded = append(x.loaded, p)
	return x.refuse
}

func (x *constants) Run(_ context.Context, p *check.Program) ([]reflect.Value, error) {
	if x.err != nil || p.Result == nil {
		return nil, x.err
	}
	switch v := p.Info.Types[p.Result.X].Value; {
	case v == nil:
		return []reflect.Value{reflect.ValueOf((*int)(nil))}, nil
	case v.Kind() == constant.String:
		return []reflect.Value{reflect.ValueOf(constant.StringVal(v))}, nil
	default:
		n, _ := constant.Int64Val(v)
		return []reflect.Value{reflect.ValueOf(int(n))}, nil
	}
}

func (x *constants) Call(_ context.Context, f func()) error {
	f()
	return nil
}

func (x *constants) Variable(string) (reflect.Value, bool) { return reflect.ValueOf(7), true }

func newTestEngine(t *testing.T) (*Engine, *constants) {
	t.Helper()
	x := &constants{}
	e, err := New(Options{NewExecutor: func() (session.Executor, error) { return x, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return e, x
}

// execute runs a cell and returns its error as a person sees it, without colours.
func execute(t *testing.T, e *Engine, n int, code string) (*recorder, *engine.Error) {
	t.Helper()
	out := &recorder{}
	err := e.Execute(t.Context(), engine.Cell{Number: n, Code: code}, out)
	if err == nil {
		return out, nil
	}
	var shown *engine.Error
	if !errors.As(err, &shown) {
		t.Fatalf("Execute returned a %T: %v", err, err)
	}
	return out, shown
}

func TestResult(t *testing.T) {
	e, _ := newTestEngine(t)
	for i, tt := range []struct{ code, want string }{
		{"6 * 7", "42"},
		{`"a" + "b"`, "ab"},
		{"6 * 7;", ""},
		{"x := 1", ""},
		{"func(a int) string { return \"\" }", "func(a int) string"},
		{"type P struct{}\nvar p *P\np", "(*P)(nil)"},
	} {
		out, err := execute(t, e, i+1, tt.code)
		if err != nil {
			t.Fatal(tt.code, err)
		}
		got := ""
		if len(out.result) > 0 {
			got = out.result[0].Plain()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.code, got, tt.want)
		}
	}
}

func TestCompileError(t *testing.T) {
	e, x := newTestEngine(t)
	_, err := execute(t, e, 7, "total := 1\n\tz := totla + rand.Nothing(2)\ntype T struct{}\nvar t T = 3")
	if err == nil || err.Name != "CompileError" {
		t.Fatal("got", err)
	}
	want := `In [7]:2:7: undefined: totla
    2 | 	z := totla + rand.Nothing(2)
      | 	     ^
    did you mean total?

In [7]:2:15: undefined: rand
    2 | 	z := totla + rand.Nothing(2)
      | 	             ^
    rand is not imported: add import "math/rand/v2" (or "math/rand", "crypto/rand")

In [7]:4:11: cannot use 3 (untyped int constant) as T value in variable declaration
    4 | var t T = 3
      |           ^`
	if got := plain(err.Traceback); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if len(x.loaded) > 0 {
		t.Error("a cell that doesn't type-check reached the executor")
	}
	if _, err := execute(t, e, 8, "total"); err == nil {
		t.Error("a failed cell left a variable behind")
	}
}

func TestPanic(t *testing.T) {
	e, x := newTestEngine(t)
	x.err = &session.Panic{Value: "boo", Frames: []session.Frame{
		{Func: "train", File: "In [1]", Line: 2, Column: 2},
		{Func: "main", File: "In [1]", Line: 4, Column: 1},
	}}
	_, err := execute(t, e, 1, "func train() {\n\tpanic(\"boo\")\n}\ntrain()")
	want := `panic: boo

In [1]:2:2 in train
    2 | 	panic("boo")
      | 	^

In [1]:4:1
    4 | train()
      | ^`
	if err == nil || err.Name != "Panic" || err.Value != "boo" || plain(err.Traceback) != want {
		t.Fatalf("got %v\n%s", err, plain(err.Traceback))
	}
}

// TestRepeatedFunction: the same function, typed again, is the one that is there; a traceback leads
// to where its author sees it last.
func TestRepeatedFunction(t *testing.T) {
	e, x := newTestEngine(t)
	const f = "func f() {\n\tpanic(1)\n}"
	execute(t, e, 1, f)
	execute(t, e, 2, "\n\n"+f)
	if last := x.loaded[1].All(); len(last) != 1 || last[0].Fresh {
		t.Fatal("the same text made another function")
	}
	x.err = &session.Panic{Value: 1, Frames: []session.Frame{{Func: "f", File: "In [1]", Line: 2, Column: 2}}}
	if _, err := execute(t, e, 3, "f()"); !strings.Contains(plain(err.Traceback), "In [2]:4:2 in f") {
		t.Error(plain(err.Traceback))
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		err  error
		name string
	}{
		{session.ErrInterrupted, engine.NameInterrupted},
		{&session.Panic{Value: engine.ErrNoInput}, engine.NameNoInput},
		{errors.New("other"), "Error"},
	} {
		e, x := newTestEngine(t)
		x.err = tt.err
		if _, err := execute(t, e, 1, "x := 1"); err == nil || err.Name != tt.name || len(err.Traceback) == 0 {
			t.Errorf("%v became %v", tt.err, err)
		}
		x.err = nil
		if _, err := execute(t, e, 2, "x"); err != nil {
			t.Errorf("after %v the variable is gone: %v", tt.err, err)
		}
	}
}

func TestRefusedCellChangesNothing(t *testing.T) {
	e, x := newTestEngine(t)
	x.refuse = errors.New("no complex numbers today")
	if _, err := execute(t, e, 1, "x := 1"); err == nil || err.Name != "Unsupported" {
		t.Fatal(err)
	}
	x.refuse = nil
	if _, err := execute(t, e, 2, "x"); err == nil {
		t.Error("a cell that the executor refused left a variable")
	}
}

func TestMagics(t *testing.T) {
	e, _ := newTestEngine(t)
	execute(t, e, 1, "b := 1\na := 2.5\nfunc f() int { return b }")
	out, _ := execute(t, e, 2, "%who")
	if got := out.stream["stdout"]; got != "Variable  Type     Shape  Size\na         float64          8 B\nb         int              8 B\n" {
		t.Errorf("%%who wrote %q", got)
	}
	out, _ = execute(t, e, 3, "%whos")
	if got, want := out.stream["stdout"], "Variable  Type     Shape  Size  Value\na         float64          8 B  7\nb         int              8 B  7\n"; got != want {
		t.Errorf("%%whos wrote\n%s", got)
	}
	out, _ = execute(t, e, 4, "%time 1 + 2")
	if len(out.result) != 1 || !strings.HasPrefix(out.stream["stdout"], "time: ") {
		t.Errorf("%%time: %v %v", out.result, out.stream)
	}
	if _, err := execute(t, e, 5, "%whoo"); err == nil || !strings.Contains(plain(err.Traceback), "did you mean %who?") {
		t.Error(err)
	}
	out, _ = execute(t, e, 6, "%reset b\na")
	if got := out.stream["stderr"]; !strings.Contains(got, "note: f (In [1]) no longer type-checks and is set aside: undefined: b") {
		t.Errorf("resetting b: %q", got)
	}
	if _, err := execute(t, e, 7, "%reset nope"); err == nil {
		t.Error("a name that isn't there was reset")
	}
	if _, err := execute(t, e, 8, "%reset\nc := 1"); err != nil {
		t.Fatal(err)
	}
	out, _ = execute(t, e, 9, "%who")
	if got := out.stream["stdout"]; got != "Variable  Type  Shape  Size\nc         int           8 B\n" {
		t.Errorf("after %%reset: %q", got)
	}
}

func TestEvaluate(t *testing.T) {
	e, _ := newTestEngine(t)
	execute(t, e, 1, "const k = 3")
	got := e.Evaluate(map[string]string{"a": "k * 2", "b": "nope", "c": "x := 1", "d": ""})
	if b := got["a"]; b.Err != nil || b.Bundle.Plain() != "6" {
		t.Error(got["a"])
	}
	for _, name := range []string{"b", "c", "d"} {
		if got[name].Err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestStateRestore(t *testing.T) {
	e, _ := newTestEngine(t)
	execute(t, e, 3, "import m \"math\"\nx := 2\ntype T struct {\n\tA int\n}\nfunc (t T) Get() int { return t.A }; y := 3")
	execute(t, e, 4, "const K = 5\nfunc root() float64 { return m.Sqrt(K) }\nfunc needsX() int { return x }")
	state := e.State()
	if got := strings.Join(state.Variables, " "); got != "x y" {
		t.Error("variables:", got)
	}
	fresh, x := newTestEngine(t)
	if err := fresh.Restore(state); err != nil {
		t.Fatal(err)
	}
	if p := x.loaded[0]; p.Body != nil || len(p.Decls) != 4 {
		t.Errorf("restoring declared %d things", len(p.Decls))
	}
	if _, err := execute(t, fresh, 5, "K + int(root()) + T{}.Get()"); err != nil {
		t.Error(plain(err.Traceback))
	}
	if _, err := execute(t, fresh, 6, "needsX()"); err == nil || !strings.Contains(plain(err.Traceback), "waits for x") {
		t.Error("a function of a lost variable:", err)
	}
	if _, err := execute(t, fresh, 7, "x := 1\nneedsX()"); err != nil {
		t.Error(plain(err.Traceback))
	}
	// Positions are those of the original cell.
	_, err := execute(t, fresh, 8, "func (t T) Get() int { return t.A }\nfunc root() {}\nK = 3")
	if err == nil || !strings.Contains(err.Value, "In [8]:3:1") {
		t.Error(err)
	}
}

func TestComm(t *testing.T) {
	e, _ := newTestEngine(t)
	rg.RegisterComm("echo", func(c *rg.Comm, _ rg.CommMessage) {
		c.OnMessage(func(m rg.CommMessage) { c.Send(m.Data) })
	})
	out := &recorder{}
	for _, m := range []engine.CommMessage{
		{Type: "comm_open", ID: "1", TargetName: "echo"},
		{Type: "comm_msg", ID: "1", Data: json.RawMessage(`{"x":1}`)},
		{Type: "comm_close", ID: "1"},
		{Type: "comm_msg", ID: "1"},
		{Type: "comm_open", ID: "2", TargetName: "nope"},
	} {
		if err := e.Comm(t.Context(), m, out); err != nil {
			t.Fatal(err)
		}
	}
	want := []engine.CommMessage{{Type: "comm_msg", ID: "1", Data: json.RawMessage(`{"x":1}`)}, {Type: "comm_close", ID: "2"}}
	if !reflect.DeepEqual(out.comms, want) {
		t.Error("sent", out.comms)
	}
}

func TestQuestions(t *testing.T) {
	e, _ := newTestEngine(t)
	execute(t, e, 1, "x := 1\n// Point is a place.\ntype Point struct{ East, North int }")
	for code, want := range map[string]string{"?Point": "type Point", "  Point? ": "type Point", "??Point": "is a place", "Point??": "is a place"} {
		out, err := execute(t, e, 2, code)
		if err != nil || len(out.pages) != 1 || !strings.Contains(out.pages[0].Plain(), want) {
			t.Errorf("%q: %v, %v", code, out.pages, err)
		}
		if status, _ := e.IsComplete(code); status != "complete" {
			t.Errorf("%q is %s", code, status)
		}
	}
	for _, code := range []string{"?nowhere", "nowhere.Sub?"} {
		if _, err := execute(t, e, 3, code); err == nil || !strings.Contains(err.Value, "nothing is known of") {
			t.Errorf("%q: %v", code, err)
		}
	}
}

func TestCompleteAndInspect(t *testing.T) {
	e, _ := newTestEngine(t)
	execute(t, e, 1, "import str \"strings\"\n// Point is a place.\ntype Point struct{ East, North int }\norigin := Point{}\nvar _ = str.ToUpper")
	var got []string
	for _, m := range e.Complete(t.Context(), "origin.", 7).Matches {
		got = append(got, m.Text)
	}
	if s := strings.Join(got, " "); !strings.Contains(s, "East") || !strings.Contains(s, "North") {
		t.Errorf("origin. is completed by %q", s)
	}
	if c := e.Complete(t.Context(), "str.ToUp", 8); len(c.Matches) == 0 || c.Start != 4 {
		t.Errorf("str.ToUp is completed by %v", c)
	}
	b, ok := e.Inspect(t.Context(), "Point", 2, 1)
	if !ok || !strings.Contains(b.Plain(), "is a place") {
		t.Errorf("Point is described as %q", b.Plain())
	}
}
