package worker

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/kernel/internal/frame"
	"github.com/rustygradients/rg/viz/display"
)

// fake is an engine that fails in the way its cells ask for.
type fake struct{}

func (fake) Info() engine.LanguageInfo { return engine.LanguageInfo{Name: "fake"} }

func (fake) Execute(ctx context.Context, cell engine.Cell, out engine.Output) error {
	switch cell.Code {
	case "panic":
		panic("in the engine")
	case "plain":
		return errors.New("a plain error")
	case "read":
		_, err := out.ReadLine("?", false)
		return fmt.Errorf("reading: %w", err)
	case "wait":
		<-ctx.Done()
		return ctx.Err()
	case "show":
		out.Display(display.Bundle{Data: map[string]any{display.MIMEPNG: []byte{1, 2, 3}}})
		out.Stream("stderr", "warning")
		out.Stream("stdout", "text")
	case "result":
		out.Result(display.Text("1"))
	case "result, then text":
		out.Result(display.Text("1"))
		out.Stream("stdout", "text")
	}
	return nil
}

func (fake) Complete(context.Context, string, int) engine.Completion { panic("no completion") }

func (fake) Inspect(context.Context, string, int, int) (display.Bundle, bool) {
	return display.Bundle{}, false
}
func (fake) IsComplete(string) (status, indent string)                     { return "invalid", "" }
func (fake) Evaluate(map[string]string) map[string]engine.Evaluation       { return nil }
func (fake) Comm(context.Context, engine.CommMessage, engine.Output) error { return nil }
func (fake) Debug(context.Context, json.RawMessage) (json.RawMessage, error) {
	return nil, engine.ErrUnsupported
}

// desk is the front's side of a worker in this process.
type desk struct {
	t      *testing.T
	conn   net.Conn
	r      *bufio.Reader
	ended  chan error
	stdout bytes.Buffer
}

func sit(t *testing.T) *desk {
	t.Helper()
	near, far := net.Pipe()
	d := &desk{t: t, conn: near, r: bufio.NewReader(near), ended: make(chan error, 1)}
	w := newWorker(far, fake{}, &d.stdout, &d.stdout)
	t.Cleanup(func() { display.SetPublisher(nil) })
	go func() { d.ended <- w.serve() }()
	if f := d.read(); f.Kind != frame.Hello || !strings.Contains(string(f.Body), `"fake"`) {
		t.Fatalf("the first word is %d %s", f.Kind, f.Body)
	}
	return d
}

func (d *desk) read() frame.Frame {
	d.t.Helper()
	f, err := frame.Read(d.r)
	if err != nil {
		d.t.Fatal(err)
	}
	return f
}

func (d *desk) write(kind frame.Kind, id uint64, v any) {
	d.t.Helper()
	f, err := frame.New(kind, id, v)
	if err != nil {
		d.t.Fatal(err)
	}
	buf, err := frame.Append(nil, f)
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.conn.Write(buf); err != nil {
		d.t.Fatal(err)
	}
}

// outcome reads the Done of a turn.
func (d *desk) outcome(id uint64) frame.Outcome {
	d.t.Helper()
	f := d.read()
	if f.Kind != frame.Done || f.ID != id {
		d.t.Fatalf("got frame %d of %d, want Done of %d", f.Kind, f.ID, id)
	}
	var o frame.Outcome
	if err := json.Unmarshal(f.Body, &o); err != nil {
		d.t.Fatal(err)
	}
	return o
}

func TestFailuresHaveNames(t *testing.T) {
	d := sit(t)
	for i, c := range []struct{ code, name, value string }{
		{"panic", "EnginePanic", "in the engine"},
		{"plain", "Error", "a plain error"},
		{"read", engine.NameNoInput, "allow_stdin"},
	} {
		id := uint64(i + 1)
		d.write(frame.Execute, id, frame.Cell{Code: c.code})
		e := d.outcome(id).Error
		if e == nil || e.Name != c.name || !strings.Contains(e.Value, c.value) {
			t.Errorf("%s: %+v", c.code, e)
		}
	}
	d.write(frame.Execute, 9, frame.Cell{Code: "fine"})
	if e := d.outcome(9).Error; e != nil {
		t.Errorf("a cell after failures: %v", e)
	}
}

func TestInterruptEndsItsTurnOnly(t *testing.T) {
	d := sit(t)
	d.write(frame.Interrupt, 7, nil) // of no one
	d.write(frame.Execute, 7, frame.Cell{Code: "wait"})
	d.write(frame.Execute, 8, frame.Cell{Code: "fine"}) // of another shell: it doesn't wait for 7
	if e := d.outcome(8).Error; e != nil {
		t.Errorf("the other turn: %+v", e)
	}
	d.write(frame.Interrupt, 7, nil)
	if e := d.outcome(7).Error; e == nil || e.Name != engine.NameInterrupted {
		t.Errorf("the interrupted turn: %+v", e)
	}
}

func TestInterruptWhileWaitingForALine(t *testing.T) {
	d := sit(t)
	d.write(frame.Execute, 1, frame.Cell{Code: "read", AllowStdin: true})
	if f := d.read(); f.Kind != frame.Input {
		t.Fatalf("got frame %d, want Input", f.Kind)
	}
	d.write(frame.Interrupt, 1, nil)
	if f := d.read(); f.Kind != frame.Forget {
		t.Fatalf("got frame %d, want Forget", f.Kind)
	}
	if e := d.outcome(1).Error; e == nil || e.Name != engine.NameInterrupted {
		t.Errorf("the turn: %+v", e)
	}
}

func TestOutputWaitsForItsPlace(t *testing.T) {
	d := sit(t)
	d.write(frame.Execute, 1, frame.Cell{Code: "show"})
	for _, want := range []string{`"image/png":"AQID"`, `"text":"warning"`} {
		f := d.read()
		if f.Kind != frame.Show || !strings.Contains(string(f.Body), want) {
			t.Fatalf("got frame %d %s, want %s", f.Kind, f.Body, want)
		}
		if d.stdout.Len() > 0 {
			t.Error("text was printed before the output above it had its place")
		}
		d.write(frame.Ack, f.ID, nil)
	}
	d.outcome(1)
	if got := d.stdout.String(); got != "text" {
		t.Errorf("printed %q", got)
	}
}

// TestResultIsNotWaitedFor: a result holds up nothing but what is printed after it.
func TestResultIsNotWaitedFor(t *testing.T) {
	d := sit(t)
	d.write(frame.Execute, 1, frame.Cell{Code: "result"})
	if f := d.read(); f.Kind != frame.Show || f.ID != 0 || !strings.Contains(string(f.Body), `"type":"result"`) {
		t.Fatalf("got frame %d %s", f.Kind, f.Body)
	}
	d.outcome(1)

	d.write(frame.Execute, 2, frame.Cell{Code: "result, then text"})
	d.read()
	f := d.read()
	if f.Kind != frame.Show || f.ID == 0 || !strings.Contains(string(f.Body), `"type":"nothing"`) {
		t.Fatalf("got frame %d %s", f.Kind, f.Body)
	}
	if d.stdout.Len() > 0 {
		t.Error("text was printed before the result above it had its place")
	}
	d.write(frame.Ack, f.ID, nil)
	d.outcome(2)
	if got := d.stdout.String(); got != "text" {
		t.Errorf("printed %q", got)
	}
}

func TestAnswers(t *testing.T) {
	d := sit(t)
	for i, c := range []struct {
		kind frame.Kind
		body any
		want string
	}{
		{frame.IsComplete, frame.Query{Code: "x"}, `{"status":"invalid"}`},
		{frame.Inspect, frame.Query{Code: "x"}, `{}`},
		{frame.Complete, frame.Query{Code: "x"}, `{"failure":"EnginePanic: no completion"}`},
		{frame.Complete, []int{1}, `"failure":`},
		{frame.Debug, map[string]string{}, `"failure":"not supported`},
	} {
		d.write(c.kind, uint64(i), c.body)
		if f := d.read(); f.Kind != frame.Answer || f.ID != uint64(i) || !strings.Contains(string(f.Body), c.want) {
			t.Errorf("got frame %d of %d: %s, want %s", f.Kind, f.ID, f.Body, c.want)
		}
	}
}

func TestEnd(t *testing.T) {
	d := sit(t)
	d.write(frame.Shutdown, 0, nil)
	if err := <-d.ended; err != nil {
		t.Errorf("after Shutdown: %v", err)
	}
	d = sit(t)
	_ = d.conn.Close()
	if err := <-d.ended; err != nil {
		t.Errorf("after the front's end: %v", err)
	}
	d = sit(t)
	if _, err := d.conn.Write(bytes.Repeat([]byte{0xff}, 20)); err != nil {
		t.Fatal(err)
	}
	if err := <-d.ended; err == nil {
		t.Error("nonsense from the front is no error")
	}
}

func TestByHand(t *testing.T) {
	t.Setenv(frame.Environment, "")
	if err := Main(func() (engine.Engine, error) { return fake{}, nil }); !errors.Is(err, errByHand) {
		t.Errorf("got %v", err)
	}
}
