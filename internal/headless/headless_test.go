package headless

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/internal/notebook"
	"github.com/rustygradients/rg/internal/run"
	"github.com/rustygradients/rg/kernel/engine"
	"github.com/rustygradients/rg/kernel/worker"
	"github.com/rustygradients/rg/viz/display"
)

// The tests' own binary is the worker, with an engine that understands a few words.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		if err := worker.Main(func() (engine.Engine, error) { return words{}, nil }); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

type words struct{}

func (words) Info() engine.LanguageInfo { return engine.LanguageInfo{Name: "go", Version: "1.26"} }

func (words) Execute(ctx context.Context, cell engine.Cell, out engine.Output) error {
	switch cell.Code {
	case "print":
		fmt.Println("printed by the process")
		out.Stream("stdout", "and by the engine\n")
	case "show":
		out.Display(display.Bundle{
			Data:     map[string]any{"text/plain": "p", "image/png": []byte{1, 2, 3}, "application/json": []int{1}},
			Metadata: map[string]any{"image/png": map[string]any{"width": 7}}, ID: "d",
		})
	case "update":
		out.Update(display.Bundle{Data: map[string]any{"text/plain": "new"}, ID: "d"})
	case "result":
		out.Result(display.Text("42"))
	case "where":
		dir, err := os.Getwd()
		out.Result(display.Text(dir))
		return err
	case "fail":
		return &engine.Error{Name: "Panic", Value: "no", Traceback: []string{"\x1b[31mIn [1]:1\x1b[0m", "panic: no"}}
	case "read":
		_, err := out.ReadLine("? ", false)
		return err
	case "die":
		os.Exit(3)
	case "hang":
		<-ctx.Done()
		return ctx.Err()
	default:
		return errors.New("what?")
	}
	return nil
}
func (words) Complete(context.Context, string, int) engine.Completion { return engine.Completion{} }
func (words) Inspect(context.Context, string, int, int) (display.Bundle, bool) {
	return display.Bundle{}, false
}

func (words) IsComplete(string) (string, string)                            { return "complete", "" }
func (words) Evaluate(map[string]string) map[string]engine.Evaluation       { return nil }
func (words) Comm(context.Context, engine.CommMessage, engine.Output) error { return nil }
func (words) Debug(context.Context, json.RawMessage) (json.RawMessage, error) {
	return nil, engine.ErrUnsupported
}

// write puts a notebook of these cells into a new folder.
func write(t *testing.T, cells ...string) string {
	t.Helper()
	nb := notebook.New()
	nb.Cells = append(nb.Cells, &notebook.Cell{Type: notebook.Markdown, Source: "# Title"})
	for _, src := range cells {
		nb.Cells = append(nb.Cells, &notebook.Cell{Type: notebook.Code, Source: src})
	}
	path := filepath.Join(t.TempDir(), "nb.ipynb")
	if err := notebook.WriteFile(path, nb); err != nil {
		t.Fatal(err)
	}
	return path
}

// execute is rgkernel run: plan, load, run.
func execute(ctx context.Context, t *testing.T, path string, plan run.PlanOptions, opts run.Options) (stdout, stderr string, err error) {
	t.Helper()
	targets, err := run.Plan([]string{path}, plan)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	r := Runner{Options: opts, Stdout: &out, Stderr: &errs}
	jobs, err := r.Load(targets)
	if err != nil {
		t.Fatal(err)
	}
	err = r.Run(ctx, jobs)
	return out.String(), errs.String(), err
}

func TestRunInAWorker(t *testing.T) {
	path := write(t, "print", "show", "update", "result", "where")
	dir := filepath.Join(t.TempDir(), "new", "folder")
	stdout, stderr, err := execute(t.Context(), t, path, run.PlanOptions{Output: dir, HTML: true}, run.Options{})
	if err != nil {
		t.Fatal(err, stderr)
	}
	nb, err := notebook.ReadFile(filepath.Join(dir, "nb.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	out := func(i int) *notebook.Output { return nb.Cells[i].Outputs[0] }
	if got := out(1).Text; got != "printed by the process\nand by the engine\n" {
		t.Errorf("stdout = %q", got)
	}
	if d := out(2).Data; d["text/plain"] != "new" {
		t.Errorf("an update from a later cell did not arrive: %v", d)
	}
	if got := out(4).Data["text/plain"]; got != "42" || out(4).Type != notebook.ExecuteResult {
		t.Errorf("result = %+v", out(4))
	}
	if here, _ := filepath.EvalSymlinks(filepath.Dir(path)); out(5).Data["text/plain"] != here {
		t.Errorf("cells ran in %v, want the notebook's folder %s", out(5).Data["text/plain"], here)
	}
	if spec, _ := nb.Metadata["kernelspec"].(map[string]any); spec["name"] != "rg" {
		t.Errorf("kernelspec = %v", spec)
	}
	page, err := os.ReadFile(filepath.Join(dir, "nb.html"))
	if err != nil || !bytes.Contains(page, []byte("<title>Title</title>")) {
		t.Errorf("report: %v, %.100s", err, page)
	}
	if !strings.Contains(stdout, "5 cells") || !strings.Contains(stdout, filepath.Join(dir, "nb.html")) || stderr != "" {
		t.Errorf("stdout %q, stderr %q", stdout, stderr)
	}
}

func TestBundlesSurviveTheWorker(t *testing.T) {
	path := write(t, "show")
	if _, _, err := execute(t.Context(), t, path, run.PlanOptions{InPlace: true}, run.Options{}); err != nil {
		t.Fatal(err)
	}
	nb, err := notebook.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	o := nb.Cells[1].Outputs[0]
	list, _ := o.Data["application/json"].([]any)
	if o.Data["image/png"] != "AQID" || len(list) != 1 || list[0] != json.Number("1") {
		t.Errorf("data = %v", o.Data)
	}
	if m, _ := o.Metadata["image/png"].(map[string]any); m["width"] != json.Number("7") {
		t.Errorf("metadata = %v", o.Metadata)
	}
}

func TestFailedCell(t *testing.T) {
	path := write(t, "fail", "result")
	out := filepath.Join(t.TempDir(), "out.ipynb")
	_, stderr, err := execute(t.Context(), t, path, run.PlanOptions{Output: out}, run.Options{})
	if err == nil || !strings.Contains(err.Error(), "In [1] (cell 2) failed: Panic: no") {
		t.Errorf("error = %v", err)
	}
	if stderr != "In [1]:1\npanic: no\n" {
		t.Errorf("stderr = %q", stderr)
	}
	nb, err := notebook.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if nb.Cells[1].Outputs[0].Type != notebook.ErrorOutput || len(nb.Cells[2].Outputs) != 0 {
		t.Errorf("outputs %+v, %+v", nb.Cells[1].Outputs, nb.Cells[2].Outputs)
	}

	before, _ := os.ReadFile(path)
	_, _, err = execute(t.Context(), t, path, run.PlanOptions{InPlace: true}, run.Options{})
	after, _ := os.ReadFile(path)
	if err == nil || !bytes.Equal(before, after) {
		t.Errorf("in place: error %v, changed %v", err, !bytes.Equal(before, after))
	}

	if _, _, err = execute(t.Context(), t, path, run.PlanOptions{Output: out}, run.Options{AllowErrors: true}); err != nil {
		t.Errorf("allowed: %v", err)
	}
}

func TestWorkerDeathIsACellsError(t *testing.T) {
	path := write(t, "die", "result", "read")
	out := filepath.Join(t.TempDir(), "out.ipynb")
	if _, _, err := execute(t.Context(), t, path, run.PlanOptions{Output: out}, run.Options{AllowErrors: true}); err != nil {
		t.Fatal(err)
	}
	nb, err := notebook.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if o := nb.Cells[1].Outputs[0]; o.ErrorName != engine.NameWorkerDied || !strings.Contains(o.ErrorValue, "exit status 3") {
		t.Errorf("output = %+v", o)
	}
	if o := nb.Cells[2].Outputs[0]; o.Data["text/plain"] != "42" {
		t.Errorf("after the death: %+v", o)
	}
	if o := nb.Cells[3].Outputs[0]; o.ErrorName != engine.NameNoInput {
		t.Errorf("input: %+v", o)
	}
}

func TestTimeout(t *testing.T) {
	path := write(t, "hang")
	out := filepath.Join(t.TempDir(), "out.ipynb")
	_, _, err := execute(t.Context(), t, path, run.PlanOptions{Output: out}, run.Options{Timeout: 50 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "within 50ms") {
		t.Errorf("error = %v", err)
	}
}

func TestInterruptedRunWritesNothing(t *testing.T) {
	path := write(t, "hang")
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, _, err := execute(ctx, t, path, run.PlanOptions{Output: dir, HTML: true}, run.Options{})
	if !errors.Is(err, run.ErrInterrupted) {
		t.Errorf("error = %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("wrote %v", entries)
	}
}

func TestLoadErrors(t *testing.T) {
	python := filepath.Join(t.TempDir(), "py.ipynb")
	text := `{"nbformat":4,"nbformat_minor":5,"cells":[],"metadata":{"kernelspec":{"name":"python3","display_name":"P","language":"python"}}}`
	if err := os.WriteFile(python, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var r Runner
	if _, err := r.Load([]run.Target{{Notebook: python}}); err == nil || !strings.Contains(err.Error(), "written in python") {
		t.Errorf("error = %v", err)
	}
	if _, err := r.Load([]run.Target{{Notebook: "none.ipynb"}}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error = %v", err)
	}
}
