package kernel

import "sync"

// maxWaiting bounds the bytes of requests that wait their turn. A client that sends more is not read
// on until there is room; control has a connection of its own.
const maxWaiting = 16 << 20

// queue holds the requests that wait their turn: cells and comm messages.
type queue struct {
	mu     sync.Mutex
	cond   *sync.Cond // items or closed changed
	items  []*request
	size   int
	closed bool
}

// size is about what a request takes in memory.
func (r *request) size() int {
	n := 2<<10 + len(r.RawHeader) + len(r.Parent) + len(r.Metadata) + len(r.Content)
	for _, b := range r.Buffers {
		n += len(b)
	}
	return n
}

// push adds a request, once there is room for it; it reports false when the session is ending.
func (q *queue) push(r *request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) > 0 && q.size+r.size() > maxWaiting && !q.closed {
		q.cond.Wait()
	}
	if q.closed {
		return false
	}
	q.items = append(q.items, r)
	q.size += r.size()
	q.cond.Broadcast()
	return true
}

// next waits for a request; nil means that the queue is closed.
func (q *queue) next() *request {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 {
		if q.closed {
			return nil
		}
		q.cond.Wait()
	}
	r := q.items[0]
	q.items[0] = nil
	q.items = q.items[1:]
	q.size -= r.size()
	q.cond.Broadcast()
	return r
}

// takeCells removes the cells that wait, and nothing else.
func (q *queue) takeCells() []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	var cells, rest []*request
	for _, r := range q.items {
		if r.Header.Type == "execute_request" {
			cells = append(cells, r)
			q.size -= r.size()
		} else {
			rest = append(rest, r)
		}
	}
	q.items = rest
	q.cond.Broadcast()
	return cells
}

// close ends the queue and returns what still waited in it.
func (q *queue) close() []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	rest := q.items
	q.items, q.size, q.closed = nil, 0, true
	q.cond.Broadcast()
	return rest
}
