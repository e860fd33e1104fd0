package prof

import (
	"sync/atomic"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/internal/goroutine"
)

// tracer implements backend.Tracer.
type tracer struct {
	recent atomic.Pointer[traced] // what was asked for last; there is seldom a second backend
}

var theTracer = &tracer{}

// Trace implements backend.Tracer.
func (t *tracer) Trace(b backend.Backend) backend.Backend {
	if w := t.recent.Load(); w != nil && w.inner == b {
		return w
	}
	if w, ok := b.(*traced); ok {
		return w
	}
	w := &traced{inner: b}
	t.recent.Store(w)
	return w
}

// Enter implements backend.Tracer.
func (*tracer) Enter(p backend.Phase) func() { return enter(p.String(), p) }

// Freed implements backend.Tracer.
func (*tracer) Freed(s backend.Storage) { freed(s) }

// inherit is the phase of a span that stays in that of the span around it.
const inherit = Phase(0xFF)

// stacks hold the spans that goroutines are in. A goroutine in none has no entry.
var (
	stacks = map[uintptr][]level{}
	ids    uint64
)

// level is a span that a goroutine is in.
type level struct {
	id    uint64
	phase Phase
}

// enter begins a span on the calling goroutine in all profiles, and returns what ends it.
func enter(name string, phase Phase) (leave func()) {
	g := goroutine.ID()
	mu.Lock()
	defer mu.Unlock()
	now, named := clock(), phase == inherit
	stack := stacks[g]
	if phase == inherit && len(stack) > 0 {
		phase = stack[len(stack)-1].phase
	}
	ids++
	id := ids
	for _, p := range active {
		p.spans = append(p.spans, openSpan{
			Span: Span{Name: name, Named: named, Goroutine: p.lane(g), Depth: len(stack), Start: p.since(now)},
			id:   id,
		})
	}
	stacks[g] = append(stack, level{id, phase})
	return func() { leaveSpan(g, id) }
}

func leaveSpan(g uintptr, id uint64) {
	mu.Lock()
	defer mu.Unlock()
	now := clock()
	stack := stacks[g]
	for len(stack) > 0 { // what was entered after it and never left ends with it
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if top.id == id {
			break
		}
	}
	if len(stack) == 0 {
		delete(stacks, g)
	} else {
		stacks[g] = stack
	}
	for _, p := range active {
		for i := len(p.spans) - 1; i >= 0; i-- {
			if s := &p.spans[i]; s.id == id {
				s.id, s.Duration = 0, p.since(now)-s.Start
				break
			}
		}
	}
}

// note puts an operation of the calling goroutine into all profiles.
func note(e *event) {
	g := goroutine.ID()
	mu.Lock()
	stack := stacks[g]
	e.phase = inherit
	if len(stack) > 0 {
		e.phase = stack[len(stack)-1].phase
	}
	if e.phase == inherit {
		e.phase = Forward
		if !tensor.GradEnabled() {
			e.phase = Other
		}
	}
	for _, p := range active {
		p.add(e, g)
	}
	mu.Unlock()
}
