package kernel

import (
	"encoding/json"
	"slices"
	"sync"

	"github.com/rustygradients/rg/kernel/internal/frame"
	"github.com/rustygradients/rg/kernel/internal/wire"
)

// rememberedTurns is how many cells back a goroutine's late output still finds its cell.
const rememberedTurns = 4096

// turns knows to which request each turn of a worker belongs. Output of a goroutine that outlives
// its cell goes to that cell; output of unknown origin to the one that began last.
type turns struct {
	mu       sync.Mutex
	requests map[uint64]*request
	order    []uint64
	latest   *request
	active   []*turn // one a shell at most, in the order in which they began
}

// turn is a cell or comm message whose turn it is. What it holds is guarded by turns.
type turn struct {
	request *request
	stop    bool // it is to be interrupted once it runs
	warned  bool // the person was told that it doesn't end

	number uint64 // of the call to the worker; 0: not yet
	worker *link  // on which it runs
	count  int    // execution_count
	shown
}

// shown is what a turn's request is to hear of at its end.
type shown struct {
	text    string // of its result
	secret  bool   // it asked for a password: its result is not to be kept
	payload []any  // of its reply
}

// prepare announces a turn: from now on it can be interrupted.
func (t *turns) prepare(r *request) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := &turn{request: r}
	t.active = append(t.active, u)
	return u
}

// begin gives a turn its number.
func (t *turns) begin(u *turn, number uint64, count int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := u.request
	// Only what addresses an answer is kept, not the code and the buffers.
	r = &request{Message: &wire.Message{Identities: r.Identities, Header: r.Header, RawHeader: r.RawHeader}, from: r.from}
	t.requests[number] = r
	t.order = append(t.order, number)
	if len(t.order) > rememberedTurns {
		delete(t.requests, t.order[0])
		t.order = t.order[1:]
	}
	t.latest, u.number, u.count = r, number, count
}

// start sends a turn on its way, and an interrupt after it if one has come already.
func (t *turns) start(u *turn, l *link, call func() (<-chan frame.Frame, error)) (<-chan frame.Frame, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u.worker = l
	done, err := call()
	if err == nil && u.stop {
		l.send(frame.Frame{Kind: frame.Interrupt, ID: u.number})
	}
	return done, err
}

// interrupt asks the worker to end the turns that run or are about to, and returns them.
func (t *turns) interrupt() []*turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, u := range t.active {
		u.stop = true
		if u.worker != nil {
			u.worker.send(frame.Frame{Kind: frame.Interrupt, ID: u.number})
		}
	}
	return slices.Clone(t.active)
}

// end ends a u. What is printed from now on belongs to the one that still runs, if one does.
func (t *turns) end(u *turn) {
	t.mu.Lock()
	l := u.worker
	t.active = slices.DeleteFunc(t.active, func(other *turn) bool { return other == u })
	var next *turn
	if n := len(t.active); n > 0 && t.active[n-1].worker == l {
		next = t.active[n-1]
	}
	t.mu.Unlock()
	if l != nil && next != nil {
		l.begin(next.number)
	}
}

func (t *turns) shown(u *turn) shown {
	t.mu.Lock()
	defer t.mu.Unlock()
	return u.shown
}

// request returns the request that a turn belongs to, or nil.
func (t *turns) request(number uint64) *request {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r := t.requests[number]; r != nil {
		return r
	}
	return t.latest
}

// parent returns the header that a turn's output has as its parent.
func (t *turns) parent(number uint64) json.RawMessage {
	if r := t.request(number); r != nil {
		return r.RawHeader
	}
	return nil
}

// warn reports whether a turn still runs and the person has not been told before.
func (t *turns) warn(u *turn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if u.warned || u.worker == nil || !slices.Contains(t.active, u) {
		return false
	}
	u.warned = true
	return true
}

// note changes what is known of a running turn; of one that has ended, nothing.
func (t *turns) note(number uint64, change func(*turn)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, u := range t.active {
		if u.number == number {
			change(u)
		}
	}
}

// result notes a result's text and returns its cell's execution_count.
func (t *turns) result(number uint64, text string, latest int) int {
	t.note(number, func(u *turn) { u.text, latest = text, u.count })
	return latest
}

// secret notes that a cell has asked for a password.
func (t *turns) secret(number uint64) {
	t.note(number, func(u *turn) { u.secret = true })
}

// page has a bundle shown in the pager when the turn ends.
func (t *turns) page(number uint64, b *frame.Bundle) {
	t.pay(number, map[string]any{"source": "page", "data": orObject(b.Data), "start": 0})
}

// rewrite has a cell's text replaced when the turn ends.
func (t *turns) rewrite(number uint64, code string) {
	t.pay(number, map[string]any{"source": "set_next_input", "text": code, "replace": true})
}

func (t *turns) pay(number uint64, item map[string]any) {
	t.note(number, func(u *turn) { u.payload = append(u.payload, item) })
}
