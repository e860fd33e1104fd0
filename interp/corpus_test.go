package interp

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestCorpus runs the sequences of cells in testdata/corpus, each in a session of its own: "== title"
// begins one. A file "3 want" holds what cell 3 does, as transcript writes it, and "3 yaegi" what that
// engine does instead: a refusal. A cell that begins with "// interrupt 50ms" is interrupted then.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("testdata/corpus/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no corpus: ", err)
	}
	count := 0
	for _, name := range files {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		list := sequences(t, a)
		count += len(list)
		engines := testedEngines()
		if len(engines) > 1 {
			engines = []string{EngineEval, EngineYaegi} // eval, which refuses nothing, says what is wanted
		}
		for _, engine := range engines {
			t.Run(engine+"/"+strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
				screen := newConsole(t)
				stderr := os.Stderr
				os.Stderr = screen.file // what println prints is part of the outcome, in its place
				defer func() { os.Stderr = stderr }()
				for _, s := range list {
					t.Run(s.title, func(t *testing.T) { s.run(t, engine, screen) })
				}
			})
		}
		if *update {
			if err := os.WriteFile(name, txtar.Format(archive(a.Comment, list)), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	if count < 300 {
		t.Errorf("there are %d sequences", count)
	}
}

// sequence is a session's cells.
type sequence struct {
	title string
	cells []*corpusCell
}

type corpusCell struct {
	code        string
	want, yaegi *string // yaegi: where that engine does something else
}

// sequences reads an archive.
func sequences(t *testing.T, a *txtar.Archive) []*sequence {
	var list []*sequence
	var last *corpusCell
	for _, f := range a.Files {
		text := string(f.Data)
		if title, ok := strings.CutPrefix(f.Name, "== "); ok {
			list = append(list, &sequence{title: title})
			continue
		}
		s := list[len(list)-1]
		switch n := len(s.cells); f.Name {
		case fmt.Sprintf("%d want", n):
			last.want = &text
		case fmt.Sprintf("%d yaegi", n):
			last.yaegi = &text
		case fmt.Sprint(n + 1):
			last = &corpusCell{code: text}
			s.cells = append(s.cells, last)
		default:
			t.Fatalf("%q of %q is out of place", f.Name, s.title)
		}
	}
	return list
}

// archive writes sequences down.
func archive(comment []byte, list []*sequence) *txtar.Archive {
	a := &txtar.Archive{Comment: comment}
	add := func(name, text string) {
		a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(text)})
	}
	for _, s := range list {
		add("== "+s.title, "")
		for i, c := range s.cells {
			add(fmt.Sprint(i+1), c.code)
			if c.want != nil {
				add(fmt.Sprintf("%d want", i+1), *c.want)
			}
			if c.yaegi != nil {
				add(fmt.Sprintf("%d yaegi", i+1), *c.yaegi)
			}
		}
	}
	return a
}

// elided is how deep a recursion went, which is the executor's affair.
var elided = regexp.MustCompile(`\.\.\.\d+ frames elided\.\.\.`)

// cutHTML leaves out tables' second form, which is display's affair.
func cutHTML(text string) (plain string) {
	for {
		before, rest, found := strings.Cut(text, "html: <")
		if !found {
			return plain + text
		}
		_, after, _ := strings.Cut(rest, ">\n")
		for strings.HasPrefix(after, "<") {
			_, after, _ = strings.Cut(after, "\n")
		}
		plain, text = plain+before, after
	}
}

func (s *sequence) run(t *testing.T, engine string, screen *console) {
	e, err := New(Options{Engine: engine})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range s.cells {
		got := transcript(t, e, screen, i+1, c.code)
		got = elided.ReplaceAllString(cutHTML(got), "... frames elided...")
		want := c.want
		if engine == EngineYaegi && c.yaegi != nil {
			want = c.yaegi
		}
		if want != nil && got == *want {
			continue
		}
		switch {
		case !*update && want == nil:
			t.Fatalf("cell %d has no expected outcome", i+1)
		case !*update:
			t.Errorf("cell %d\n%s\ngot\n%s\nwant\n%s", i+1, c.code, got, *want)
		case engine == EngineYaegi:
			c.yaegi = &got
			if got == *c.want {
				c.yaegi = nil
			}
		default:
			c.want = &got
		}
	}
}
