package complete

import (
	"sync"
	"testing"
)

// TestConcurrent has the race detector look at requests that share an Env, as they do while a cell runs.
func TestConcurrent(t *testing.T) {
	env := testEnv(t)
	marked := []string{"origin.|", "tensor.|", "x := circle\nx.No|", "builder.|", "func (p *Point) f() { p.| }", "byName[\"a\"].|", "var s Shape\ns.|", "l := List[Point]{}\nl.Head.|"}
	type request struct {
		code string
		pos  int
	}
	requests := make([]request, len(marked))
	for i, m := range marked {
		requests[i].code, requests[i].pos = cursor(t, m)
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range requests {
				r := requests[(i+j)%len(requests)]
				if c := Complete(env, r.code, r.pos); len(c.Matches) == 0 {
					t.Errorf("nothing for %q", r.code)
				}
				Inspect(env, r.code, r.pos-1, 1)
			}
		})
	}
	wg.Wait()
}
