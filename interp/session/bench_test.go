package session

import (
	"fmt"
	"testing"
)

// BenchmarkPlan is the front half of a trivial cell, in a session of n functions.
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{0, 100} {
		b.Run(fmt.Sprintf("functions=%d", n), func(b *testing.B) {
			s := newSession()
			run := func(number int, code string) {
				c, err := s.Parse(number, code)
				if err != nil {
					b.Fatal(err)
				}
				p, err := s.Plan(c, PlanOptions{})
				if err != nil {
					b.Fatal(err)
				}
				p.Commit()
			}
			run(0, "import (\"fmt\"; \"strings\")\nbase := 1")
			for i := range n {
				run(i+1, fmt.Sprintf("type T%d struct{ A, B int }\nfunc (t T%d) Sum() int { return t.A + t.B + base }\nfunc f%d(xs []int) string {\n\tvar out []string\n\tfor _, x := range xs {\n\t\tout = append(out, fmt.Sprint(x, T%d{x, 1}.Sum()))\n\t}\n\treturn strings.Join(out, \",\")\n}", i, i, i, i))
			}
			number := n
			for b.Loop() {
				number++
				run(number, "x := base + 1\nx")
			}
		})
	}
}
