// Package corpus has notebooks that every executor must run alike: sequences of cells, each with
// what it prints, its value and its error.
//
//	func TestCells(t *testing.T) { corpus.Test(t, newExecutor) }
package corpus

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/internal/program"
	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/interp/symbols"
	"github.com/rustygradients/rg/viz/display"
)

var update = flag.Bool("update", false, "write into the corpus what cells do, and what `go run` makes of whole programs")

// New makes an executor whose cells print to out.
type New = func(out io.Writer) (session.Executor, error)

// Notebook runs cells as the engine does.
type Notebook struct {
	t       *testing.T
	session *session.Session
	X       session.Executor
	out     output
	n       int
	tells   string // what a cell's output is awaited to have
}

// output is written by goroutines that outlive their cell, too.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func (o *output) reset() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Reset()
}

// panicked begins the report of a goroutine's panic. It is written when the deferred calls have run, one of which may let the cell end before.
const panicked = "panic in a goroutine"

// NewNotebook begins a session.
func NewNotebook(t *testing.T, newExecutor New) *Notebook {
	o := session.Options{Importer: symbols.Importer(), Named: symbols.Named, Names: symbols.Names}
	for _, i := range symbols.Preloaded() {
		o.Preloaded = append(o.Preloaded, check.Import{Name: i.Name, Path: i.Path})
	}
	nb := &Notebook{t: t, session: session.New(o)}
	x, err := newExecutor(&nb.out)
	if err != nil {
		t.Fatal(err)
	}
	nb.X = x
	return nb
}

// Run runs one cell and tells what came of it: output, "= value", "! error".
func (nb *Notebook) Run(code string) string {
	nb.n++
	nb.out.reset()
	err := nb.execute(code)
	for begin := time.Now(); !strings.Contains(nb.out.String(), nb.tells) && time.Since(begin) < 10*time.Second; {
		time.Sleep(time.Millisecond)
	}
	text := nb.out.String()
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	var p *session.Panic
	switch {
	case err == nil:
	case errors.As(err, &p):
		text += fmt.Sprintf("! panic: %v\n", p.Value)
		if slices.ContainsFunc(p.Frames, func(f session.Frame) bool { return f.Elided > 0 }) {
			break // what is kept of a deep recursion is the executor's affair
		}
		for _, f := range p.Frames {
			if !strings.HasPrefix(f.File, "In ") {
				text += fmt.Sprintf("!   %s\n", f.Func)
				continue
			}
			text += fmt.Sprintf("!   %s %s:%d:%d\n", f.Func, f.File, f.Line, f.Column)
		}
	default:
		for line := range strings.Lines(strings.TrimSpace(err.Error())) {
			text += "! " + strings.TrimSuffix(line, "\n") + "\n"
		}
	}
	return text
}

func (nb *Notebook) execute(code string) error {
	c, err := nb.session.Parse(nb.n, code)
	if err != nil {
		return err
	}
	plan, err := nb.session.Plan(c, session.PlanOptions{})
	if err != nil {
		return err
	}
	if err := nb.X.Load(plan.Program); err != nil {
		return err
	}
	plan.Commit()
	if plan.Program.Body == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if rest, ok := strings.CutPrefix(code, "// interrupt "); ok {
		word, _, _ := strings.Cut(rest, "\n")
		d, err := time.ParseDuration(word)
		if err != nil {
			nb.t.Fatal(err)
		}
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, d)
		defer stop()
		start := time.Now()
		defer func() {
			if took := time.Since(start); took > d+10*time.Second { // a hang, not a measurement
				nb.t.Errorf("cell %d took %v to stop", nb.n, took-d)
			}
		}()
	}
	values, err := nb.X.Run(ctx, plan.Program)
	if err != nil {
		return err
	}
	for _, v := range values {
		if !v.IsValid() {
			fmt.Fprintln(&nb.out, "= invalid")
			continue
		}
		fmt.Fprintln(&nb.out, "=", display.Render(v.Interface()).Plain())
	}
	return nil
}

//go:embed testdata/cells
var cells embed.FS

// Test runs the notebooks and compares what each cell does.
func Test(t *testing.T, newExecutor New) {
	files, err := fs.Glob(cells, "testdata/cells/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no notebooks: ", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(path.Base(name), ".txtar"), func(t *testing.T) {
			data, err := cells.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			a := txtar.Parse(data)
			nb := NewNotebook(t, newExecutor)
			out := txtar.Archive{Comment: a.Comment}
			want := map[string]string{}
			for _, f := range a.Files {
				want[f.Name] = string(f.Data)
			}
			for _, f := range a.Files {
				if strings.HasSuffix(f.Name, "want") {
					continue
				}
				if f.Name == "new session" {
					nb = NewNotebook(t, newExecutor)
					out.Files = append(out.Files, f)
					continue
				}
				nb.tells = ""
				if strings.Contains(want[f.Name+" want"], panicked) {
					nb.tells = panicked
				}
				got := nb.Run(string(f.Data))
				if w := want[f.Name+" want"]; w != got && !*update {
					t.Errorf("cell %s\n%s\ngot\n%s\nwant\n%s", f.Name, f.Data, got, w)
				}
				out.Files = append(out.Files, f, txtar.File{Name: f.Name + " want", Data: []byte(got)})
			}
			if *update {
				if err := os.WriteFile(filepath.Join("..", "internal", "corpus", filepath.FromSlash(name)), txtar.Format(&out), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestPrograms runs whole programs and compares what they print with what `go run` prints, which is
// in the .out files; -update writes them. Folders with more programs can be given.
func TestPrograms(t *testing.T, newExecutor New, more ...string) {
	for _, dir := range append([]string{filepath.Join("..", "internal", "corpus")}, more...) {
		testPrograms(t, newExecutor, dir)
	}
}

func testPrograms(t *testing.T, newExecutor New, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "testdata", "programs", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal("no programs: ", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".go"), func(t *testing.T) {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(name, ".go") + ".out"
			if *update {
				out, err := exec.CommandContext(t.Context(), "go", "run", name).CombinedOutput()
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, out, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			p, err := program.Load(filepath.Base(name), src, symbols.Importer())
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			x, err := newExecutor(&out)
			if err != nil {
				t.Fatal(err)
			}
			if err := x.Load(p); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			if _, err := x.Run(ctx, p); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(out.Bytes(), want) {
				t.Errorf("got\n%s\nwant\n%s", out.Bytes(), want)
			}
		})
	}
}
