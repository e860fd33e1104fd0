package kernel_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rustygradients/rg/kernel"
	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

// transcript is an Output that writes down what it is given, one entry a call; text is merged.
type transcript struct {
	mu      sync.Mutex
	entries []string
	answer  string // of ReadLine
}

func (tr *transcript) add(format string, args ...any) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.entries = append(tr.entries, fmt.Sprintf(format, args...))
}

func (tr *transcript) Stream(name, text string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if n := len(tr.entries); n > 0 && strings.HasPrefix(tr.entries[n-1], name+" ") {
		tr.entries[n-1] += text
		return
	}
	tr.entries = append(tr.entries, name+" "+text)
}
func (tr *transcript) Display(b display.Bundle)  { tr.add("display %s%s", b.ID, b.Plain()) }
func (tr *transcript) Update(b display.Bundle)   { tr.add("update %s%s", b.ID, b.Plain()) }
func (tr *transcript) Result(b display.Bundle)   { tr.add("result %s", b.Plain()) }
func (tr *transcript) Page(b display.Bundle)     { tr.add("page %s", b.Plain()) }
func (tr *transcript) Rewrite(code string)       { tr.add("rewrite %s", code) }
func (tr *transcript) Clear(wait bool)           { tr.add("clear %v", wait) }
func (tr *transcript) Comm(m engine.CommMessage) { tr.add("%s %s %v", m.Type, m.ID, m.Buffers) }
func (tr *transcript) ReadLine(p string, hide bool) (string, error) {
	tr.add("asked %s %v", p, hide)
	if tr.answer == "" {
		return "", errors.New("no one is there")
	}
	return tr.answer, nil
}

func (tr *transcript) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return strings.Join(tr.entries, "|")
}

func startWorker(t *testing.T, opts kernel.WorkerOptions) *kernel.Worker {
	t.Helper()
	opts.Command = os.Args[:1]
	opts.Env = append(opts.Env, role+"=worker")
	w, err := kernel.StartWorker(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func TestWorkerAsAnEngine(t *testing.T) {
	w := startWorker(t, kernel.WorkerOptions{AllowStdin: true})
	if w.Info().Name != "script" {
		t.Errorf("info = %+v", w.Info())
	}
	for _, tc := range []struct{ code, want string }{
		{"print a\nraw b\neprint c\ndisplay d\nprint e", "stdout a\nb\n|stderr c\n|display d|stdout e\n"},
		{"update i new", "display ifirst|update inew"},
		{"clear wait\nclear\npage p\nresult r", "clear true|clear false|page p|result r"},
		{"comm comm_open c", "comm_open c [[1 2 3]]"},
		{"password q?", "asked q? true|result typed"},
	} {
		out := &transcript{answer: "typed"}
		if err := w.Execute(t.Context(), engine.Cell{Number: 1, Code: tc.code}, out); err != nil {
			t.Errorf("%q: %v", tc.code, err)
		}
		if got := out.String(); got != tc.want {
			t.Errorf("%q showed\n%q, want\n%q", tc.code, got, tc.want)
		}
	}

	out := &transcript{}
	if err := w.Execute(t.Context(), engine.Cell{Code: "input q?"}, out); err == nil || !strings.Contains(err.Error(), "no one is there") {
		t.Errorf("refused input: %v", err)
	}
	err := w.Comm(t.Context(), engine.CommMessage{Type: "comm_open", ID: "x", TargetName: "other"}, out)
	if err == nil || !strings.Contains(err.Error(), "no comm target") {
		t.Errorf("comm: %v", err)
	}

	if c := w.Complete(t.Context(), "pri", 3); c.Start != 0 || len(c.Matches) != 1 || c.Matches[0].Text != "print" {
		t.Errorf("completion = %+v", c)
	}
	if b, ok := w.Inspect(t.Context(), "print", 2, 1); !ok || b.Plain() != "print: a command (detail 1, at 2)" {
		t.Errorf("inspection = %+v, %v", b, ok)
	}
	if _, ok := w.Inspect(t.Context(), "nothing", 0, 0); ok {
		t.Error("nothing was described")
	}
	if status, indent := w.IsComplete("a\\"); status != "incomplete" || indent != "  " {
		t.Errorf("IsComplete = %q, %q", status, indent)
	}
	if err := w.Execute(t.Context(), engine.Cell{Code: "set x 5"}, out); err != nil {
		t.Fatal(err)
	}
	values := w.Evaluate(map[string]string{"a": "x", "b": "y"})
	if values["a"].Bundle.Plain() != "5" || values["b"].Err == nil {
		t.Errorf("values = %+v", values)
	}
	if _, err := w.Debug(t.Context(), []byte(`{}`)); err == nil {
		t.Error("the script has no debugger")
	}
}

func TestWorkerInterruptAndDeath(t *testing.T) {
	w := startWorker(t, kernel.WorkerOptions{})
	var out transcript
	var failed *engine.Error

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := w.Execute(ctx, engine.Cell{Number: 1, Code: "sleep 1h"}, &out)
	if !errors.As(err, &failed) || failed.Name != engine.NameInterrupted {
		t.Errorf("interrupt: %v", err)
	}

	err = w.Execute(t.Context(), engine.Cell{Number: 2, Code: "input q"}, &out)
	if !errors.As(err, &failed) || failed.Name != engine.NameNoInput {
		t.Errorf("input: %v", err)
	}

	if err := w.Execute(t.Context(), engine.Cell{Number: 3, Code: "set x 1\nfunc f"}, &out); err != nil {
		t.Fatal(err)
	}
	err = w.Execute(t.Context(), engine.Cell{Number: 4, Code: "crash mutex"}, &out)
	if !errors.As(err, &failed) || failed.Name != engine.NameWorkerDied || !strings.Contains(failed.Value, "unlock of unlocked mutex") ||
		!strings.Contains(strings.Join(failed.Traceback, "\n"), "variables are gone: x") {
		t.Errorf("death: %+v", failed)
	}
	out = transcript{}
	if err := w.Execute(t.Context(), engine.Cell{Number: 5, Code: "print on"}, &out); err != nil || out.String() != "stdout on\n" {
		t.Errorf("after the death: %v, %s", err, out.String())
	}

	// Between cells: what happened is said under the cell that ran last.
	if err := w.Execute(t.Context(), engine.Cell{Number: 6, Code: "crash later"}, &out); err != nil {
		t.Fatal(err)
	}
	for range 250 {
		if strings.Contains(out.String(), "A fresh worker is running") {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("a death between cells was not reported: %s", out.String())
}

func TestWorkerThatDoesNotStart(t *testing.T) {
	_, err := kernel.StartWorker(t.Context(), kernel.WorkerOptions{Command: []string{os.Args[0], "-no-such-flag"}})
	if err == nil || !strings.Contains(err.Error(), "before it was ready") || !strings.Contains(err.Error(), "no-such-flag") {
		t.Errorf("error = %v", err)
	}
	if _, err := kernel.StartWorker(t.Context(), kernel.WorkerOptions{Command: []string{"/no/such/program"}}); err == nil {
		t.Error("a program that isn't there was started")
	}
}
