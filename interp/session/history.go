package session

import (
	"cmp"
	"slices"
)

// remembered is how many cells that ran a session knows.
const remembered = 1000

// history is the last of the cells that ran, found by what a later cell asks of them: which it is
// again, which have defined what goes, which have read that. A cell costs what it concerns,
// however many are remembered.
type history struct {
	list     []*ran // in the order in which they ran; nil where one was
	first    int    // before it there are none
	count    int
	byID     map[string]*ran
	byCode   map[string]map[*ran]bool
	definers map[identity]map[*ran]bool // by what they define
	readers  map[identity]map[*ran]bool // by what they read
	stale    []*ran                     // by number
}

func newHistory() *history {
	return &history{
		byID: map[string]*ran{}, byCode: map[string]map[*ran]bool{},
		definers: map[identity]map[*ran]bool{}, readers: map[identity]map[*ran]bool{},
	}
}

// turn is what becomes of a history when a cell is committed.
type turn struct {
	now     *ran          // the cell; nil where it ran no statements
	removed map[*ran]bool // run again by it, or all that they defined is defined by others
	stale   []*ran        // what they have read is gone; some were stale before
}

// turn says what a cell makes of the history that put an end to the entries in gone.
func (h *history) turn(now *ran, gone map[identity]bool, live func(definition) bool) turn {
	t := turn{now: now, removed: map[*ran]bool{}}
	if now != nil {
		if r := h.byID[now.ID]; r != nil && now.ID != "" {
			t.removed[r] = true
		}
		for r := range h.byCode[now.Code] {
			if r.replacedBy(now) {
				t.removed[r] = true
			}
		}
	}
	for id := range gone {
		for r := range h.definers[id] {
			if !slices.ContainsFunc(r.defines, live) {
				t.removed[r] = true
			}
		}
	}
	// What a stale cell has written makes those stale that read it after that cell.
	found := map[*ran]bool{}
	add := func(id identity, after int) {
		for r := range h.readers[id] {
			if r.at > after && !t.removed[r] && !found[r] {
				found[r] = true
				i, _ := slices.BinarySearchFunc(t.stale, r, func(a, b *ran) int { return cmp.Compare(a.at, b.at) })
				t.stale = slices.Insert(t.stale, i, r)
			}
		}
	}
	for id := range gone {
		add(id, -1)
	}
	for i := 0; i < len(t.stale); { // those added stand behind it
		r := t.stale[i]
		for _, id := range r.writes {
			add(id, r.at)
		}
		i++
	}
	return t
}

// after lists the cells that are stale when a turn is made, by number.
func (h *history) after(t turn) []Ran {
	list := slices.Clone(h.stale)
	if len(t.removed) > 0 {
		list = slices.DeleteFunc(list, func(r *ran) bool { return t.removed[r] })
	}
	for _, r := range t.stale {
		list = byNumber(list, r)
	}
	out := make([]Ran, len(list))
	for i, r := range list {
		out[i] = r.Ran
	}
	return out
}

// byNumber puts a cell among others, if it isn't there.
func byNumber(list []*ran, r *ran) []*ran {
	i, found := slices.BinarySearchFunc(list, r, compareNumbers)
	if found {
		return list
	}
	return slices.Insert(list, i, r)
}

func compareNumbers(a, b *ran) int {
	return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.at, b.at))
}

// make makes a turn.
func (h *history) make(t turn) {
	for r := range t.removed {
		h.remove(r)
	}
	for _, r := range t.stale {
		h.stale = byNumber(h.stale, r)
	}
	if t.now != nil {
		h.add(t.now)
	}
}

func (h *history) add(r *ran) {
	for h.count >= remembered {
		h.remove(h.list[h.first])
	}
	if len(h.list) > 2*h.count+16 {
		h.pack()
	}
	r.at = len(h.list)
	h.list = append(h.list, r)
	h.count++
	if r.ID != "" {
		h.byID[r.ID] = r
	}
	enter(h.byCode, r.Code, r)
	for _, d := range r.defines {
		enter(h.definers, d.id, r)
	}
	for _, id := range r.reads {
		enter(h.readers, id, r)
	}
}

func (h *history) remove(r *ran) {
	h.list[r.at] = nil
	h.count--
	for h.first < len(h.list) && h.list[h.first] == nil {
		h.first++
	}
	if h.byID[r.ID] == r {
		delete(h.byID, r.ID)
	}
	leave(h.byCode, r.Code, r)
	for _, d := range r.defines {
		leave(h.definers, d.id, r)
	}
	for _, id := range r.reads {
		leave(h.readers, id, r)
	}
	if i, found := slices.BinarySearchFunc(h.stale, r, compareNumbers); found {
		h.stale = slices.Delete(h.stale, i, i+1)
	}
}

// pack closes the gaps.
func (h *history) pack() {
	list := make([]*ran, 0, 2*h.count+16)
	for _, r := range h.list[h.first:] {
		if r != nil {
			r.at = len(list)
			list = append(list, r)
		}
	}
	h.list, h.first = list, 0
}

func enter[K comparable](in map[K]map[*ran]bool, k K, r *ran) {
	if in[k] == nil {
		in[k] = map[*ran]bool{}
	}
	in[k][r] = true
}

func leave[K comparable](in map[K]map[*ran]bool, k K, r *ran) {
	delete(in[k], r)
	if len(in[k]) == 0 {
		delete(in, k)
	}
}
