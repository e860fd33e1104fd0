package yaegi

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/interp/symbols"
	"github.com/rustygradients/rg/interp/yaegi/internal/program"
)

// TestPrograms runs whole programs and compares what they print with what `go run` prints, which is
// in the .out files.
func TestPrograms(t *testing.T) {
	files, err := filepath.Glob("testdata/programs/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs: ", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".go"), func(t *testing.T) {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(strings.TrimSuffix(name, ".go") + ".out")
			if err != nil {
				t.Fatal(err)
			}
			p, err := program.Load(filepath.Base(name), src, symbols.Importer())
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			x, err := New(Options{Stdout: &out, Stderr: &out})
			if err != nil {
				t.Fatal(err)
			}
			if err := x.Load(p); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
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

// TestAllOrNothing checks that a program that is refused changes nothing.
func TestAllOrNothing(t *testing.T) {
	nb := newNotebook(t)
	if got := nb.run("x := 1\nfunc f() int { return x }\nf()"); got != "= 1\n" {
		t.Fatal(got)
	}
	if got := nb.run("import \"unsafe\"\nfunc f() int { return int(*(*int)(unsafe.Add(unsafe.Pointer(&x), 8))) }\nf()"); !strings.Contains(got, "unsafe.Add is not supported by this engine") {
		t.Fatal(got)
	}
	if got := nb.run("x++\nf()"); got != "= 2\n" {
		t.Fatal(got)
	}
	v, ok := nb.x.Variable("x")
	if !ok || v.Int() != 2 {
		t.Fatal("x is ", v)
	}
	if _, ok := nb.x.Variable("nothing"); ok {
		t.Fatal("a variable that nobody declared")
	}
}
