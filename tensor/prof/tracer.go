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
	known  []*traced              // one for each backend; mu guards it
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
	mu.Lock()
	defer mu.Unlock()
	w := t.of(b)
	t.recent.Store(w)
	return w
}

// of finds what stands in for b, or makes it; mu is held.
func (t *tracer) of(b backend.Backend) *traced {
	for _, w := range t.known {
		if w.inner == b {
			return w
		}
	}
	w := &traced{inner: b}
	w.counts, _ = b.(backend.MemoryBackend)
	w.timer, _ = b.(backend.TimerBackend)
	t.known = append(t.known, w)
	weigh(clock(), w)
	return w
}

// Enter implements backend.Tracer.
func (*tracer) Enter(p backend.Phase) func() { return enter(p.String(), p) }

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
	here.goroutine = 0
	now, named := clock(), phase == inherit
	stack := stacks[g]
	if phase == inherit && len(stack) > 0 {
		phase = stack[len(stack)-1].phase
	}
	ids++
	id := ids
	for _, p := range active {
		p.spans = append(p.spans, openSpan{
			Span: Span{Name: name, Named: named, Goroutine: p.lanes.of(g), Depth: len(stack), Start: p.since(now)},
			id:   id,
		})
	}
	stacks[g] = append(stack, level{id, phase})
	weigh(now, theTracer.known...)
	return func() { leaveSpan(g, id) }
}

func leaveSpan(g uintptr, id uint64) {
	mu.Lock()
	defer mu.Unlock()
	here.goroutine = 0
	now := clock()
	weigh(now, theTracer.known...)
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

// here is the goroutine that was noted last, and the phase that its spans put it in: most programs
// compute on one. mu guards it.
var here struct {
	goroutine uintptr
	phase     Phase
}

// phaseOf is the phase of an operation of goroutine g, the running one; mu is held.
func phaseOf(g uintptr) Phase {
	if here.goroutine != g {
		here.goroutine, here.phase = g, inherit
		if stack := stacks[g]; len(stack) > 0 {
			here.phase = stack[len(stack)-1].phase
		}
	}
	switch {
	case here.phase != inherit:
		return here.phase
	case !tensor.GradEnabled():
		return Other
	}
	return Forward
}

// note puts an operation of the calling goroutine into all profiles; mu is held.
func note(e *event) {
	g := goroutine.ID()
	e.phase = phaseOf(g)
	for _, p := range active {
		p.add(e, g)
	}
}
