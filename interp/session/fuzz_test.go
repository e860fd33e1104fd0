package session

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// FuzzPlan plans cells, separated by "----", in one session: whatever they are, each is planned or
// refused, soon, and what was there before is there still.
func FuzzPlan(f *testing.F) {
	for _, code := range pool {
		f.Add(code)
	}
	f.Add(strings.Join(pool, "\n----\n"))
	for _, a := range []string{"../testdata/corpus/session.txtar", "../testdata/corpus/spec1.txtar", "../testdata/corpus/more.txtar"} {
		if archive, err := txtar.ParseFile(a); err == nil {
			for _, file := range archive.Files {
				f.Add(string(file.Data))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := newSession()
		plan := func(n int, code string) bool {
			c, err := s.Parse(n, code)
			if err != nil {
				return false
			}
			p, err := s.Plan(c, PlanOptions{})
			if err != nil {
				return false
			}
			p.Commit()
			return true
		}
		if !plan(1, "const kept1 = 1\ntype kept2 struct{ A int }\nfunc kept3() int { return kept1 }") {
			t.Fatal("the first cell doesn't check")
		}
		start := time.Now()
		for i, code := range strings.Split(text, "----") {
			plan(2+i, code)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
		if !strings.Contains(text, "kept") && !plan(1000, "_ = kept2{kept1}.A + kept3()") && !shadows(text) {
			t.Error("what was there before is there no more")
		}
	})
}

// shadows says whether a text may give one of the names another meaning that the last cell uses.
func shadows(text string) bool {
	return strings.Contains(text, "int") || strings.Contains(text, "type")
}
