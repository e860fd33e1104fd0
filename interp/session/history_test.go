package session

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// scanned is a history without indexes: each turn looks at every cell.
type scanned []*scannedRun

type scannedRun struct {
	*ran
	stale bool
}

func (h scanned) after(now *ran, gone map[identity]bool, live func(definition) bool) scanned {
	hit := func(ids []identity, set map[identity]bool) bool {
		return slices.ContainsFunc(ids, func(id identity) bool { return set[id] })
	}
	tainted := map[identity]bool{}
	var next scanned
	for _, r := range h {
		ended := slices.ContainsFunc(r.defines, func(d definition) bool { return gone[d.id] })
		if now != nil && r.replacedBy(now) || ended && !slices.ContainsFunc(r.defines, live) {
			continue
		}
		if hit(r.reads, gone) || hit(r.reads, tainted) {
			r.stale = true
			for _, id := range r.writes {
				tainted[id] = true
			}
		}
		next = append(next, r)
	}
	if now != nil {
		next = append(next, &scannedRun{ran: now})
	}
	return next[max(0, len(next)-remembered):]
}

func (h scanned) String() string {
	var b []byte
	for _, r := range h {
		b = fmt.Appendf(b, "%d %v\n", r.Number, r.stale)
	}
	return string(b)
}

func (h *history) String() string {
	var b []byte
	for _, r := range h.list {
		if r != nil {
			b = fmt.Appendf(b, "%d %v\n", r.Number, slices.Contains(h.stale, r))
		}
	}
	return string(b)
}

// TestHistory: what is found by indexes is what a look at every cell finds.
func TestHistory(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 0))
		n, cells := 300, 40
		if seed == 0 {
			n, cells = 3*remembered, 2*remembered // some are forgotten
		}
		ids := func() []identity {
			var list []identity
			for range random.IntN(4) {
				list = append(list, identity(random.IntN(30)))
			}
			slices.Sort(list)
			return slices.Compact(list)
		}
		var plain scanned
		h, none := newHistory(), turn{}
		for i := range n {
			gone := map[identity]bool{}
			if random.IntN(4) == 0 {
				for _, id := range ids() {
					gone[id] = true
				}
			}
			dead := identity(random.IntN(3))
			live := func(d definition) bool { return !gone[d.id] && d.id%3 != dead }
			var now *ran
			if random.IntN(5) > 0 {
				now = &ran{Ran: Ran{Number: i, Code: strconv.Itoa(random.IntN(cells))}, reads: ids(), writes: ids()}
				if random.IntN(2) == 0 {
					now.ID = "id" + now.Code
				}
				for _, id := range ids() {
					now.defines = append(now.defines, definition{id: id})
				}
			}
			plain = plain.after(now, gone, live)
			turn := h.turn(now, gone, live)
			list := h.after(turn)
			h.make(turn)
			if got, want := h.String(), plain.String(); got != want {
				t.Fatalf("seed %d, cell %d: got\n%s\nwant\n%s", seed, i, got, want)
			}
			if got := h.after(none); !slices.Equal(got, list) {
				t.Fatalf("%v are stale after a turn of which %v was said", got, list)
			}
		}
		if len(h.list) > 2*remembered+32 || len(h.byCode) > remembered || h.count > remembered {
			t.Errorf("seed %d: the history has grown: %d places, %d texts, %d cells", seed, len(h.list), len(h.byCode), h.count)
		}
	}
}
