package headless

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rustygradients/rg/internal/compare"
	"github.com/rustygradients/rg/internal/notebook"
	"github.com/rustygradients/rg/internal/run"
	"github.com/rustygradients/rg/kernel/engine"
)

// echo is an engine in this process: a cell's first line is what to do, the rest is printed.
type echo struct {
	words
	meet *sync.WaitGroup // cells that say "meet" wait for one another
}

func (e echo) Execute(ctx context.Context, cell engine.Cell, out engine.Output) error {
	verb, text, _ := strings.Cut(cell.Code, "\n")
	out.Stream("stdout", text)
	switch verb {
	case "fail":
		return &engine.Error{Name: "Panic", Value: "no", Traceback: []string{"\x1b[31mpanic: no\x1b[0m \x00"}}
	case "meet":
		e.meet.Done()
		e.meet.Wait()
	case "hang":
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

// executed is a code cell that was saved with what it printed.
func executed(src, printed string, tags ...any) *notebook.Cell {
	c := &notebook.Cell{Type: notebook.Code, Source: src, ExecutionCount: 1, Metadata: map[string]any{}}
	if printed != "" {
		c.Outputs = []*notebook.Output{{Type: notebook.Stream, Name: "stdout", Text: printed}}
	}
	if len(tags) > 0 {
		c.Metadata["tags"] = tags
	}
	return c
}

// checkRun runs notebooks of these cells in one folder and returns all that is said.
func checkRun(t *testing.T, r *Runner, plan run.PlanOptions, books ...[]*notebook.Cell) (stdout, stderr string, err error) {
	t.Helper()
	t.Chdir(t.TempDir())
	var names []string
	for i, cells := range books {
		nb := notebook.New()
		nb.Cells = cells
		name := fmt.Sprintf("nb%d.ipynb", i+1)
		if err := notebook.WriteFile(name, nb); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	targets, err := run.Plan(names, plan)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	r.Stdout, r.Stderr = &out, &errs
	if r.Start == nil {
		r.Start = func(context.Context, string) (engine.Engine, func(), error) { return echo{}, func() {}, nil }
	}
	jobs, err := r.Load(targets)
	if err != nil {
		t.Fatal(err)
	}
	err = r.Run(t.Context(), jobs)
	return out.String(), errs.String(), err
}

func TestCheck(t *testing.T) {
	failed := executed("fail", "", "raises-exception")
	failed.Outputs = []*notebook.Output{{Type: notebook.ErrorOutput, ErrorName: "Panic", ErrorValue: "no", Traceback: []string{"elsewhere"}}}
	other := executed("fail", "", "nbval-raises-exception")
	other.Outputs = []*notebook.Output{{Type: notebook.ErrorOutput, ErrorName: "Panic", ErrorValue: "yes"}}
	fresh := executed("say\nnew\n", "")
	fresh.ExecutionCount = 0
	odd := executed("say\nx\n", "x\n")
	odd.ExecutionCount = 0
	rules, err := compare.ParseRules("regex: \\d+ms\nreplace: TIME\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		cell *notebook.Cell
		want string // "" for as saved
	}{
		{"same", executed("say\na\n", "a\n"), ""},
		{"differs", executed("say\na\n", "b\n"), "nb1.ipynb: In [1] (cell 1)\n    stdout differs:\n    -b\n    +a\n"},
		{"sanitized", executed("say\nin 12ms\n", "in 9ms\n"), ""},
		{"ignored", executed("say\na\n", "b\n", "nbval-ignore-output"), ""},
		{"ignored by comment", executed("say\n// NBVAL_IGNORE_OUTPUT\n", "b\n"), ""},
		{"skipped", executed("fail", "", "nbval-skip"), ""},
		{"skipped as nbclient does", executed("fail", "", "skip-execution"), ""},
		{"fails", executed("fail", ""), "the cell failed: Panic: no"},
		{"fails as meant", failed, ""},
		{"fails otherwise", other, "-yes ␄\n    +no ␄"},
		{"should fail", executed("say\na\n", "", "nbval-raises-exception"), "stdout was not there"},
		{"had not run", fresh, ""},
		{"had not run, with outputs", odd, "without having run"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stdout, stderr, err := checkRun(t, &Runner{Check: &Check{Rules: rules}}, run.PlanOptions{Check: true}, []*notebook.Cell{tt.cell, executed("say\nend\n", "end\n")})
			if tt.want == "" {
				if err != nil || !strings.HasSuffix(stdout, "all as saved\n") || strings.Count(stdout, "\n") != 1 || stderr != "" {
					t.Errorf("%v: %s%s", err, stdout, stderr)
				}
				return
			}
			var ce *CheckError
			if !errors.As(err, &ce) || ce.Cells != 1 || !strings.Contains(stdout, tt.want) || !strings.Contains(stdout, "1 not as saved\n") {
				t.Errorf("%v: %s", err, stdout)
			}
			if entries, _ := os.ReadDir("."); len(entries) != 1 {
				t.Errorf("wrote %v", entries)
			}
		})
	}
}

func TestJUnit(t *testing.T) {
	r := &Runner{JUnit: filepath.Join("reports", "junit.xml"), Check: &Check{}}
	_, _, err := checkRun(t, r, run.PlanOptions{Check: true},
		[]*notebook.Cell{{Type: notebook.Markdown, Source: "x"}, executed("say\na\n", "a\n"), executed("say\na\x01<\n", "b\n"), executed("x", "", "nbval-skip"), executed("fail", "")},
		[]*notebook.Cell{executed("say\na\n", "a\n")})
	var ce *CheckError
	if !errors.As(err, &ce) {
		t.Errorf("error %v", err)
	}
	text, err := os.ReadFile(r.JUnit)
	if err != nil {
		t.Fatal(err)
	}
	var got testSuites
	if err := xml.Unmarshal(text, &got); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if got.Tests != 5 || got.Failures != 2 || got.Skipped != 1 || got.Errors != 0 || len(got.Suites) != 2 {
		t.Errorf("%s", text)
	}
	c := got.Suites[0].Cases
	if c[0].Class != "nb1" || c[0].Name != "cell 2" || c[1].Failure == nil || !strings.Contains(c[1].Failure.Text, "+a") || c[2].Skipped == nil ||
		c[3].Failure == nil || c[3].Failure.Type != "Panic" || strings.Contains(c[3].Failure.Text, "\x1b") {
		t.Errorf("%s", text)
	}

	// Without a check the first failure ends the notebook.
	r = &Runner{JUnit: "junit.xml"}
	_, _, err = checkRun(t, r, run.PlanOptions{}, []*notebook.Cell{executed("fail", ""), executed("say\na", "")})
	text, _ = os.ReadFile(r.JUnit)
	got = testSuites{}
	if e := xml.Unmarshal(text, &got); e != nil || err == nil || got.Failures != 1 || got.Skipped != 1 {
		t.Errorf("%v, %v\n%s", e, err, text)
	}
	// A worker that doesn't start is in it too.
	r = &Runner{JUnit: "junit.xml", Start: func(context.Context, string) (engine.Engine, func(), error) {
		return nil, nil, errors.New("no worker")
	}}
	_, _, err = checkRun(t, r, run.PlanOptions{}, []*notebook.Cell{executed("say", "")})
	text, _ = os.ReadFile(r.JUnit)
	if err == nil || !bytes.Contains(text, []byte(`message="no worker"`)) {
		t.Errorf("%v\n%s", err, text)
	}
}

// Notebooks run at the same time: each has a cell that waits for the others'.
func TestJobs(t *testing.T) {
	var meet sync.WaitGroup
	meet.Add(3)
	r := &Runner{Jobs: 3, Start: func(context.Context, string) (engine.Engine, func(), error) { return echo{meet: &meet}, func() {}, nil }}
	one := func() []*notebook.Cell { return []*notebook.Cell{executed("meet\nhere\n", "")} }
	stdout, stderr, err := checkRun(t, r, run.PlanOptions{Output: "out"}, one(), one(), append(one(), executed("fail", "")))
	if err == nil || !strings.Contains(err.Error(), "nb3.ipynb: In [2] (cell 2) failed") {
		t.Errorf("error %v, %s", err, stderr)
	}
	for _, name := range []string{"nb1", "nb2", "nb3"} {
		if !strings.Contains(stdout, name+".ipynb: ") {
			t.Errorf("stdout %q", stdout)
		}
		nb, err := notebook.ReadFile(filepath.Join("out", name+".ipynb"))
		if err != nil || nb.Cells[0].Outputs[0].Text != "here\n" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An interrupt ends all notebooks, and what is not finished is not written.
func TestInterruptedJobs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	var books []run.Target
	for i := range 4 {
		nb := notebook.New()
		nb.Cells = []*notebook.Cell{executed("hang", "")}
		path := filepath.Join(dir, fmt.Sprintf("%d.ipynb", i))
		if err := notebook.WriteFile(path, nb); err != nil {
			t.Fatal(err)
		}
		books = append(books, run.Target{Notebook: path, Executed: path})
	}
	var out, errs bytes.Buffer
	r := &Runner{Jobs: 2, JUnit: filepath.Join(dir, "junit.xml"), Stdout: &out, Stderr: &errs}
	r.Start = func(context.Context, string) (engine.Engine, func(), error) {
		time.AfterFunc(50*time.Millisecond, cancel)
		return echo{}, func() {}, nil
	}
	jobs, err := r.Load(books)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(books[0].Notebook)
	if err := r.Run(ctx, jobs); !errors.Is(err, run.ErrInterrupted) {
		t.Errorf("error %v", err)
	}
	after, _ := os.ReadFile(books[0].Notebook)
	if entries, _ := os.ReadDir(dir); len(entries) != 4 || !bytes.Equal(before, after) || out.Len() > 0 {
		t.Errorf("%v, %s", entries, &out)
	}
}

func TestParameters(t *testing.T) {
	r := &Runner{Parameters: []run.Parameter{{Name: "n", Value: "5"}}}
	_, _, err := checkRun(t, r, run.PlanOptions{}, []*notebook.Cell{executed("n := 3", "", "parameters"), executed("say", "")})
	if err != nil {
		t.Fatal(err)
	}
	nb, err := notebook.ReadFile("nb1.executed.ipynb")
	if err != nil || len(nb.Cells) != 3 || nb.Cells[1].Source != "// Parameters\nn = 5" || nb.Cells[1].ExecutionCount != 2 {
		t.Errorf("%v, %+v", err, nb.Cells[1])
	}
	r.Parameters[0].Name = "m"
	targets, _ := run.Plan([]string{"nb1.ipynb"}, run.PlanOptions{})
	if _, err := r.Load(targets); err == nil || !strings.Contains(err.Error(), "nb1.ipynb: no parameter m: there are n") {
		t.Errorf("error %v", err)
	}
}
