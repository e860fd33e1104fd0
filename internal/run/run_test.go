package run

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rustygradients/rg/internal/notebook"
	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/viz/display"
)

// script is an engine whose cells name a function that plays them.
type script map[string]func(ctx context.Context, cell engine.Cell, out engine.Output) error

func (s script) Info() engine.LanguageInfo {
	return engine.LanguageInfo{Name: "go", Version: "1.26", MIMEType: "text/x-go", FileExtension: ".go"}
}

func (s script) Execute(ctx context.Context, cell engine.Cell, out engine.Output) error {
	return s[cell.Code](ctx, cell, out)
}

func (s script) Complete(context.Context, string, int) engine.Completion { return engine.Completion{} }

func (s script) Inspect(context.Context, string, int, int) (display.Bundle, bool) {
	return display.Bundle{}, false
}
func (s script) IsComplete(string) (string, string) { return "complete", "" }

func (s script) Evaluate(map[string]string) map[string]engine.Evaluation { return nil }

func (s script) Comm(context.Context, engine.CommMessage, engine.Output) error { return nil }

func (s script) Debug(context.Context, json.RawMessage) (json.RawMessage, error) {
	return nil, engine.ErrUnsupported
}

func cells(sources ...string) *notebook.Notebook {
	nb := notebook.New()
	for _, src := range sources {
		nb.Cells = append(nb.Cells, &notebook.Cell{Type: notebook.Code, Source: src})
	}
	return nb
}

// check runs the notebook and compares the outputs of each cell.
func check(t *testing.T, s script, nb *notebook.Notebook, opts Options, want ...[]*notebook.Output) (Result, error) {
	t.Helper()
	res, err := Notebook(t.Context(), s, nb, opts)
	for i, outs := range want {
		if diff := cmp.Diff(outs, nb.Cells[i].Outputs); diff != "" {
			t.Errorf("cell %d: want (-), got (+):\n%s", i+1, diff)
		}
	}
	if _, err := nb.Encode(); err != nil {
		t.Errorf("the notebook can't be written: %v", err)
	}
	return res, err
}

func stream(name, text string) *notebook.Output {
	return &notebook.Output{Type: notebook.Stream, Name: name, Text: text}
}

func shown(text string) *notebook.Output {
	return &notebook.Output{
		Type: notebook.DisplayData, Data: map[string]any{"text/plain": text}, Metadata: map[string]any{},
	}
}

type outs = []*notebook.Output

func TestStreamsAreMerged(t *testing.T) {
	s := script{"a": func(_ context.Context, _ engine.Cell, out engine.Output) error {
		out.Stream("stdout", "one\n")
		out.Stream("stdout", "two\n")
		out.Stream("stderr", "oops")
		out.Stream("stdout", "")
		out.Stream("stderr", "!")
		out.Display(display.Text("d"))
		out.Stream("stderr", "10%\r20%\r30%\nab\bc")
		return nil
	}}
	_, err := check(t, s, cells("a"), Options{}, outs{
		stream("stdout", "one\ntwo\n"), stream("stderr", "oops!"), shown("d"), stream("stderr", "30%\nac"),
	})
	if err != nil {
		t.Error(err)
	}
}

func TestResultsAndCounts(t *testing.T) {
	var numbers []int
	s := script{"x": func(_ context.Context, cell engine.Cell, out engine.Output) error {
		numbers = append(numbers, cell.Number)
		out.Result(display.Bundle{
			Data: map[string]any{
				"text/plain": "4", "image/png": []byte{1, 2, 3}, "application/json": map[string]int{"a": 1},
				"text/odd": 7,
			},
			Metadata: map[string]any{"image/png": map[string]int{"width": 5}},
		})
		return nil
	}}
	nb := cells("x", " \n", "x", "x")
	nb.Cells[1].Outputs = outs{stream("stdout", "old")}
	nb.Cells[2].Metadata = map[string]any{"tags": []any{"skip-execution"}}
	nb.Cells[2].ExecutionCount = 9
	nb.Cells = append(nb.Cells, &notebook.Cell{Type: notebook.Markdown, Source: "x"})
	result := func(n int) outs {
		return outs{{
			Type: notebook.ExecuteResult, ExecutionCount: n,
			Data: map[string]any{
				"text/plain": "4", "image/png": "AQID", "text/odd": "7",
				"application/json": map[string]any{"a": json.Number("1")},
			},
			Metadata: map[string]any{"image/png": map[string]any{"width": json.Number("5")}},
		}}
	}
	res, err := check(t, s, nb, Options{}, result(1), nil, nil, result(2))
	var states []CellState
	for _, c := range res.Cells {
		states = append(states, c.State)
	}
	if err != nil || res.Ran != 2 || res.Failed != 0 || !cmp.Equal(states, []CellState{Passed, Skipped, Passed}) || res.Cells[2].Cell != 4 || res.Cells[2].Count != 2 {
		t.Errorf("result %+v, %v", res, err)
	}
	if diff := cmp.Diff([]int{1, 2}, numbers); diff != "" {
		t.Error(diff)
	}
	if got := []int{nb.Cells[0].ExecutionCount, nb.Cells[1].ExecutionCount, nb.Cells[2].ExecutionCount}; !cmp.Equal(got, []int{1, 0, 9}) {
		t.Errorf("counts = %v; a skipped cell keeps its own", got)
	}
	if info := nb.Metadata["language_info"].(map[string]any); info["name"] != "go" || info["file_extension"] != ".go" {
		t.Errorf("language_info = %v", info)
	}
}

func TestUpdateReachesEveryOutputOfTheID(t *testing.T) {
	put := func(id, text string) func(context.Context, engine.Cell, engine.Output) error {
		return func(_ context.Context, _ engine.Cell, out engine.Output) error {
			b := display.Text(text)
			b.ID = id
			out.Display(b)
			return nil
		}
	}
	s := script{
		"first":  put("id", "1"),
		"other":  put("", "o"),
		"second": put("id", "2"), // a second display of the id changes the first too
		"update": func(_ context.Context, _ engine.Cell, out engine.Output) error {
			b := display.Text("3")
			b.ID = "id"
			out.Update(b)
			b.ID = "unknown"
			out.Update(b)
			out.Update(display.Text("no id"))
			return nil
		},
	}
	_, err := check(t, s, cells("first", "other", "second"), Options{}, outs{shown("2")}, outs{shown("o")}, outs{shown("2")})
	if err != nil {
		t.Error(err)
	}
	_, err = check(t, s, cells("first", "other", "second", "update"), Options{},
		outs{shown("3")}, outs{shown("o")}, outs{shown("3")}, nil)
	if err != nil {
		t.Error(err)
	}
}

func TestClear(t *testing.T) {
	withID := display.Bundle{Data: map[string]any{"text/plain": "a"}, ID: "id"}
	s := script{
		"now": func(_ context.Context, _ engine.Cell, out engine.Output) error {
			out.Stream("stdout", "gone")
			out.Display(withID)
			out.Clear(false)
			return nil
		},
		"wait": func(_ context.Context, _ engine.Cell, out engine.Output) error {
			out.Stream("stdout", "gone")
			out.Clear(true)
			out.Stream("stdout", "kept")
			out.Stream("stdout", " too")
			return nil
		},
		"wait in vain": func(_ context.Context, _ engine.Cell, out engine.Output) error {
			out.Stream("stdout", "stays")
			out.Clear(true)
			return nil
		},
		"wait and show": func(_ context.Context, _ engine.Cell, out engine.Output) error {
			out.Display(display.Text("gone"))
			out.Clear(true)
			out.Display(withID)
			return nil
		},
		"update": func(_ context.Context, _ engine.Cell, out engine.Output) error {
			out.Update(display.Bundle{Data: map[string]any{"text/plain": "b"}, ID: "id"})
			return nil
		},
	}
	_, err := check(t, s, cells("now", "wait", "wait in vain", "wait and show", "update"), Options{},
		nil, outs{stream("stdout", "kept too")}, outs{stream("stdout", "stays")}, outs{shown("b")}, nil)
	if err != nil {
		t.Error(err)
	}
}

func fail(_ context.Context, _ engine.Cell, out engine.Output) error {
	out.Stream("stdout", "before\n")
	return &engine.Error{Name: "Panic", Value: "no", Traceback: []string{"In [1]:1", "panic: no"}}
}

func ok(_ context.Context, _ engine.Cell, out engine.Output) error {
	out.Stream("stdout", "ok")
	return nil
}

func TestErrors(t *testing.T) {
	failure := &notebook.Output{
		Type: notebook.ErrorOutput, ErrorName: "Panic", ErrorValue: "no", Traceback: []string{"In [1]:1", "panic: no"},
	}
	failed := outs{stream("stdout", "before\n"), failure}
	s := script{"fail": fail, "ok": ok, "odd": func(context.Context, engine.Cell, engine.Output) error {
		return errors.New("pipe closed")
	}}

	nb := cells("fail", "ok")
	nb.Cells[1].Outputs = outs{stream("stdout", "from last week")}
	nb.Cells[1].ExecutionCount = 5
	res, err := check(t, s, nb, Options{}, failed, nil)
	var cellErr *CellError
	if !errors.As(err, &cellErr) || cellErr.Cell != 1 || cellErr.Count != 1 || counted(res) != [2]int{1, 1} {
		t.Errorf("%+v, %v", res, err)
	}
	if nb.Cells[1].ExecutionCount != 0 {
		t.Error("a cell that did not run kept its execution count")
	}

	res, err = check(t, s, cells("fail", "ok"), Options{AllowErrors: true}, failed, outs{stream("stdout", "ok")})
	if err != nil || counted(res) != [2]int{2, 1} {
		t.Errorf("allowed: %+v, %v", res, err)
	}

	nb = cells("fail", "ok")
	nb.Cells[0].Metadata = map[string]any{"tags": []any{"raises-exception"}}
	if _, err = check(t, s, nb, Options{}, failed, outs{stream("stdout", "ok")}); err != nil {
		t.Errorf("tagged: %v", err)
	}

	_, err = check(t, s, cells("odd"), Options{}, outs{{
		Type: notebook.ErrorOutput, ErrorName: "EngineError", ErrorValue: "pipe closed",
		Traceback: []string{"EngineError: pipe closed"},
	}})
	if err == nil || !strings.Contains(err.Error(), "pipe closed") {
		t.Errorf("odd error: %v", err)
	}
}

func hang(ctx context.Context, _ engine.Cell, out engine.Output) error {
	out.Stream("stdout", "started")
	<-ctx.Done()
	return &engine.Error{Name: engine.NameInterrupted, Value: "interrupted", Traceback: []string{"at line 1"}}
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := check(t, script{"hang": hang}, cells("hang"), Options{Timeout: time.Second}, outs{
			stream("stdout", "started"),
			{
				Type: notebook.ErrorOutput, ErrorName: NameTimeout, ErrorValue: "the cell did not end within 1s",
				Traceback: []string{"at line 1", "CellTimeout: the cell did not end within 1s"},
			},
		})
		if err == nil || !strings.Contains(err.Error(), "within 1s") {
			t.Errorf("error = %v", err)
		}
		if d := time.Since(start); d != time.Second {
			t.Errorf("took %v", d)
		}
	})
}

func TestStuckCellIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := script{"stuck": func(_ context.Context, _ engine.Cell, out engine.Output) error {
			<-release
			out.Stream("stdout", "too late")
			return nil
		}}
		nb := cells("stuck", "stuck")
		res, err := Notebook(t.Context(), s, nb, Options{Timeout: time.Second, AllowErrors: true})
		if !errors.Is(err, ErrStuck) || res.Ran != 1 {
			t.Errorf("%+v, %v", res, err)
		}
		close(release)
		synctest.Wait()
		if n := len(nb.Cells[0].Outputs); n != 1 {
			t.Errorf("%d outputs: the abandoned cell wrote into the caller's notebook", n)
		}
	})
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := script{"hang": func(ctx context.Context, cell engine.Cell, out engine.Output) error {
		cancel()
		return hang(ctx, cell, out)
	}}
	nb := cells("hang", "hang")
	res, err := Notebook(ctx, s, nb, Options{AllowErrors: true})
	if !errors.Is(err, ErrInterrupted) || res.Ran != 1 {
		t.Errorf("%+v, %v", res, err)
	}
	if _, err := Notebook(ctx, s, cells("hang"), Options{}); !errors.Is(err, ErrInterrupted) {
		t.Errorf("a cancelled context ran a cell: %v", err)
	}
}

func TestInputIsRefused(t *testing.T) {
	s := script{"ask": func(_ context.Context, _ engine.Cell, out engine.Output) error {
		_, err := out.ReadLine("name? ", false)
		return err
	}}
	_, err := Notebook(t.Context(), s, cells("ask"), Options{})
	if err == nil || !strings.Contains(err.Error(), engine.ErrNoInput.Error()) {
		t.Errorf("error = %v", err)
	}
}

// Goroutines of a cell go on printing when the cell has ended, and after the run.
func TestLateOutput(t *testing.T) {
	var wg sync.WaitGroup
	stop := make(chan struct{})
	s := script{
		"start": func(_ context.Context, _ engine.Cell, out engine.Output) error {
			for range 4 {
				wg.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
							out.Stream("stdout", "x")
							out.Display(display.Bundle{Data: map[string]any{"text/plain": "y"}, ID: "id"})
							out.Clear(true)
						}
					}
				})
			}
			return nil
		},
		"ok": ok,
	}
	nb := cells("start", "ok")
	if _, err := Notebook(t.Context(), s, nb, Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := nb.Encode(); err != nil { // with -race: nothing may still write
		t.Error(err)
	}
	close(stop)
	wg.Wait()
}

func TestProgress(t *testing.T) {
	var got [][2]int
	opts := Options{Progress: func(done, total int) { got = append(got, [2]int{done, total}) }}
	if _, err := Notebook(t.Context(), script{"ok": ok}, cells("ok", "", "ok"), opts); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][2]int{{0, 2}, {1, 2}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOverwrite(t *testing.T) {
	for in, want := range map[string]string{
		"":                "",
		"plain\n":         "plain\n",
		"a\rb":            "b",
		"a\rb\nc\rd\re":   "b\ne",
		"dos\r\nline\r\n": "dos\r\nline\r\n",
		"50%\r":           "50%\r",
		"ab\b\b\b\bc":     "c",
		"é\bx\n\by":       "x\ny",
	} {
		if got := overwrite(in); got != want {
			t.Errorf("overwrite(%q) = %q, want %q", in, got, want)
		}
	}
}

// counted is how many cells ran, and how many of them failed.
func counted(r Result) [2]int { return [2]int{r.Ran, r.Failed} }
