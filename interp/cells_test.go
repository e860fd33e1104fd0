package interp

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/kernel/engine"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what cells do into testdata")

// TestCells runs the notebooks in testdata/cells, cell by cell. A cell is followed by what it is to
// do: a file "3 want" holds what it prints, then its value after "out: ", then its error; "3 starts"
// the beginning of that; "3 any" is for cells whose output isn't fixed.
func TestCells(t *testing.T) {
	files, err := filepath.Glob("testdata/cells/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data: ", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { testNotebook(t, name) })
	}
}

func testNotebook(t *testing.T, name string) {
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	screen := newConsole(t)
	e, err := New(Options{})
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
		ok := false
		switch want.Name {
		case fmt.Sprintf("%d want", n):
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
	out := &recorder{}
	err := e.Execute(ctx, engine.Cell{Number: n, Code: code}, out)
	var b strings.Builder
	b.WriteString(out.stream["stdout"])
	for line := range strings.Lines(out.stream["stderr"]) {
		b.WriteString("stderr: " + line)
	}
	b.WriteString(screen.text(t))
	for _, r := range out.result {
		b.WriteString("out: " + r.Plain() + "\n")
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
