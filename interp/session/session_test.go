package session

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/rustygradients/rg/interp/check"
	"github.com/rustygradients/rg/interp/symbols"
)

var update = flag.Bool("update", false, "write what sessions do into testdata")

func newSession() *Session {
	o := Options{Importer: symbols.Importer(), Named: symbols.Named, Names: symbols.Names}
	for _, i := range symbols.Preloaded() {
		o.Preloaded = append(o.Preloaded, check.Import{Name: i.Name, Path: i.Path})
	}
	return New(o)
}

// TestSession runs the cells of each file in testdata and compares what the executor would be told:
// "+" a fresh declaration, "=" one under another name, "-" one that is there no more, "!" a note or
// an error, ">" the statements, "result" their value's type.
func TestSession(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data: ", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			s := newSession()
			var out txtar.Archive
			out.Comment = a.Comment
			n := 0
			live := map[string]bool{}
			for _, f := range a.Files {
				if strings.HasSuffix(f.Name, "want") {
					continue
				}
				n++
				got := []byte(tell(s, n, string(f.Data), live))
				want := txtar.File{Name: fmt.Sprintf("%d want", n), Data: got}
				out.Files = append(out.Files, txtar.File{Name: fmt.Sprint(n), Data: f.Data}, want)
				for _, w := range a.Files {
					if w.Name == want.Name && !bytes.Equal(w.Data, got) && !*update {
						t.Errorf("cell %d\n%s\ngot\n%s\nwant\n%s", n, f.Data, got, w.Data)
					}
				}
			}
			if *update {
				if err := os.WriteFile(name, txtar.Format(&out), 0o666); err != nil {
					t.Fatal(err)
				}
			} else if want, got := txtar.Format(a), txtar.Format(&out); len(want) != len(got) {
				t.Error("cells without an expected outcome; run with -update and read it")
			}
		})
	}
}

// tell runs one cell and describes what came of it.
func tell(s *Session, n int, code string, live map[string]bool) string {
	var b strings.Builder
	c, err := s.Parse(n, code)
	var p *Plan
	if err == nil {
		p, err = s.Plan(c, PlanOptions{})
	}
	if err != nil {
		for _, line := range strings.Split(err.Error(), "\n") {
			fmt.Fprintf(&b, "! %s\n", line)
		}
		return b.String()
	}
	p.Commit()
	for _, note := range p.Notes {
		fmt.Fprintf(&b, "! note: %s\n", note)
	}
	now := map[string]bool{}
	for _, d := range p.Program.All() {
		now[d.Name] = true
		switch {
		case d.Fresh:
			fmt.Fprintf(&b, "+ %s\n", source(d.Node))
		case d.Was != "":
			fmt.Fprintf(&b, "= %s was %s\n", source(d.Node), d.Was)
		}
	}
	var gone []string
	for name := range live {
		if !now[name] {
			gone = append(gone, name)
		}
		delete(live, name)
	}
	sort.Strings(gone)
	for _, name := range gone {
		fmt.Fprintf(&b, "- %s\n", name)
	}
	for name := range now {
		live[name] = true
	}
	if len(p.Program.Released) > 0 {
		fmt.Fprintf(&b, "released %s\n", strings.Join(p.Program.Released, " "))
	}
	if p.Program.Body != nil {
		for _, stmt := range p.Program.Body.Body.List {
			fmt.Fprintf(&b, "> %s\n", source(stmt))
		}
	}
	if r := p.Program.Result; r != nil {
		fmt.Fprintf(&b, "result %s\n", p.Program.Info.TypeOf(r.X))
	}
	return b.String()
}

func source(n ast.Node) string {
	var b strings.Builder
	if err := format.Node(&b, token.NewFileSet(), n); err != nil {
		return err.Error()
	}
	return strings.ReplaceAll(strings.Join(strings.Fields(b.String()), " "), "{ }", "{}")
}

// TestTouches: what a cell does to a large session is as much as it touches.
func TestTouches(t *testing.T) {
	s := newSession()
	live := map[string]bool{}
	for n := range 300 {
		tell(s, n+1, fmt.Sprintf("type P%d struct{ A int }\nfunc (p P%d) Get() int { return f%d() }\nfunc f%d() int { return %d }\nv%d := P%d{}", n, n, n, n, n, n, n), live)
	}
	for _, tt := range []struct {
		code    string
		entries int
	}{
		{"func f7() int { return 0 }", 5}, // the old and the new, its caller, and that one's type and variable
		{"v8 := 1", 2},
		{"func g() int { return v9.Get() }", 1},
		{"v9", 0},
	} {
		c, err := s.Parse(1000, tt.code)
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Plan(c, PlanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		x := p.edit
		if got := len(x.removed) + 2*len(x.replaced) + len(x.added) + len(x.checked); got != tt.entries || x.anew != nil {
			t.Errorf("%s: %d entries of %d are touched, want %d", tt.code, got, s.entries.count, tt.entries)
		}
		p.Commit()
	}
}
