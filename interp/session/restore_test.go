package session

import (
	"strings"
	"testing"
)

// TestRestoreGroup: what was declared in a group comes back by itself, on its line.
func TestRestoreGroup(t *testing.T) {
	for _, code := range []string{
		"type (\n\tA struct{ X int }\n\tB []A\n)\nfunc (b B) Len() int { return len(b) }",
		"type (A struct{ X int }; B []A)\nfunc (b B) Len() int { return len(b) }",
		"x := 1\ntype (\n      A struct{ X int } // of six blanks\n\n\tB []A\n)\nfunc (b B) Len() int { return len(b) }",
		"type (\n\tA = struct{ X int }\n\tB [\n\t]A\n)\nfunc (b B) Len() int { return len(b) }",
		"type typeof int\ntype (\n\ttypes struct{ X typeof }\n\tB []types\n)\nfunc (b B) Len() int { return len(b) }",
	} {
		s := newSession()
		tell(s, 1, code, map[string]bool{})
		want := s.checked.Pkg.Scope().Lookup("B")
		again := newSession()
		p, err := again.Restore(s.Declarations())
		if err != nil {
			t.Errorf("%s\n%v\n%s", code, err, strings.Join(s.Declarations(), "---\n"))
			continue
		}
		p.Commit()
		got := again.checked.Pkg.Scope().Lookup("B")
		if got == nil || got.Type().Underlying().String() != want.Type().Underlying().String() {
			t.Errorf("%s\nB is %v\n%s", code, got, strings.Join(s.Declarations(), "---\n"))
			continue
		}
		if at, was := again.Fset().Position(got.Pos()), s.Fset().Position(want.Pos()); at.Line != was.Line || at.Filename != was.Filename {
			t.Errorf("%s\nB is at %v and was at %v", code, at, was)
		}
	}
}

// TestWork: a cell has itself checked and what it touches, however much there is.
func TestWork(t *testing.T) {
	s := newSession()
	n := 0
	run := func(code string) int {
		n++
		before := s.checker.Count
		c, err := s.Parse(n, code)
		if err != nil {
			t.Fatal(code, err)
		}
		p, err := s.Plan(c, PlanOptions{})
		if err != nil {
			t.Fatal(code, err)
		}
		p.Commit()
		return s.checker.Count - before
	}
	run("base := 1\nfunc double(n int) int { return 2 * n }\nfunc twice() int { return double(base) }")
	for i := range 300 {
		name := string(rune('a'+i%26)) + strings.Repeat("x", i/26)
		for _, code := range []string{
			"v" + name + " := 3", "func f" + name + "(n int) int { return n + v" + name + " }",
			"type T" + name + " struct{ A int }\nfunc (t T" + name + ") M() int { return f" + name + "(t.A) }",
			"p" + name + " := T" + name + "{1}\np" + name + ".M()", "base + len(\"a\")",
			"base := " + "2", "func double(n int) int { return n + n }", "v" + name + " := \"text\"", "v" + name + " := 4",
		} {
			if work := run(code); work > 40 {
				t.Fatalf("cell %d, %q, has %d declarations checked", n, code, work)
			}
		}
	}
}
