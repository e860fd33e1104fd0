package kernel

import (
	"encoding/json"
	"sync"

	"github.com/rustygradients/rg/kernel/internal/frame"
	"github.com/rustygradients/rg/kernel/internal/wire"
)

// rememberedTurns is how many cells back a goroutine's late output still finds its cell.
const rememberedTurns = 4096

// turns knows to which request each turn of a worker belongs. Output of a goroutine that outlives
// its cell goes to that cell; output of unknown origin to the one that ran last.
type turns struct {
	mu       sync.Mutex
	requests map[uint64]*request
	order    []uint64
	latest   *request

	current *request // whose turn it is; nil: no one's
	stop    bool     // it is to be interrupted once it runs
	running uint64   // 0: none
	worker  *link    // on which it runs
	warned  bool     // the person was told that it doesn't end
	count   int      // execution_count of the running cell
	text    string   // of its result
	payload []any    // of its reply
}

// prepare announces a turn: from now on it can be interrupted.
func (t *turns) prepare(r *request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current, t.stop, t.warned = r, false, false
}

// begin tells which request a turn is for.
func (t *turns) begin(turn uint64, r *request, count int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// Only what addresses an answer is kept, not the code and the buffers.
	r = &request{Message: &wire.Message{Identities: r.Identities, Header: r.Header, RawHeader: r.RawHeader}, from: r.from}
	t.requests[turn] = r
	t.order = append(t.order, turn)
	if len(t.order) > rememberedTurns {
		delete(t.requests, t.order[0])
		t.order = t.order[1:]
	}
	t.latest, t.count, t.text, t.payload = r, count, "", nil
}

// start sends the turn on its way, and an interrupt after it if one has come already.
func (t *turns) start(turn uint64, l *link, call func() (<-chan frame.Frame, error)) (<-chan frame.Frame, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running, t.worker = turn, l
	done, err := call()
	if err == nil && t.stop {
		l.send(frame.Frame{Kind: frame.Interrupt, ID: turn})
	}
	return done, err
}

// interrupt asks the worker to end the turn that runs or is about to, and returns whose it is.
func (t *turns) interrupt() *request {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stop = true
	if t.running != 0 {
		t.worker.send(frame.Frame{Kind: frame.Interrupt, ID: t.running})
	}
	return t.current
}

// end ends the running turn and returns the text of its result and the payload of its reply.
func (t *turns) end() (result string, payload []any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current, t.running, t.worker = nil, 0, nil
	return t.text, t.payload
}

// request returns the request that a turn belongs to, or nil.
func (t *turns) request(turn uint64) *request {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r := t.requests[turn]; r != nil {
		return r
	}
	return t.latest
}

// parent returns the header that a turn's output has as its parent.
func (t *turns) parent(turn uint64) json.RawMessage {
	if r := t.request(turn); r != nil {
		return r.RawHeader
	}
	return nil
}

// warn reports whether a request's turn still runs and the person has not been told before.
func (t *turns) warn(r *request) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running == 0 || t.current != r || t.warned {
		return false
	}
	t.warned = true
	return true
}

// result notes a result's text and returns its cell's execution_count.
func (t *turns) result(turn uint64, text string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if turn == t.running {
		t.text = text
	}
	return t.count
}

// page has a bundle shown in the pager when the turn ends.
func (t *turns) page(turn uint64, b *frame.Bundle) {
	t.pay(turn, map[string]any{"source": "page", "data": orObject(b.Data), "start": 0})
}

// rewrite has a cell's text replaced when the turn ends.
func (t *turns) rewrite(turn uint64, code string) {
	t.pay(turn, map[string]any{"source": "set_next_input", "text": code, "replace": true})
}

func (t *turns) pay(turn uint64, item map[string]any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if turn == t.running {
		t.payload = append(t.payload, item)
	}
}
