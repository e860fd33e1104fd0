package kernel

import "sync"

// queue holds the requests that wait their turn: cells and comm messages.
type queue struct {
	mu     sync.Mutex
	cond   *sync.Cond
	items  []*request
	closed bool
}

// push adds a request; it reports false when the session is ending.
func (q *queue) push(r *request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.items = append(q.items, r)
	q.cond.Signal()
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
		} else {
			rest = append(rest, r)
		}
	}
	q.items = rest
	return cells
}

// close ends the queue and returns what still waited in it.
func (q *queue) close() []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	rest := q.items
	q.items, q.closed = nil, true
	q.cond.Broadcast()
	return rest
}
