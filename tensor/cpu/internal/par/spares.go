package par

import "sync"

// Spares keeps what loops work with, buffers mostly, for the next that ask: a sync.Pool that the garbage collector
// doesn't empty, because the pool of tensors' memory runs it with every training step. It never holds more than were
// in use at once.
type Spares struct {
	New func() any // makes one where none is spare

	mu    sync.Mutex
	spare []any
}

// Get returns a spare one, or a new one.
func (s *Spares) Get() any {
	s.mu.Lock()
	last := len(s.spare) - 1
	if last < 0 {
		s.mu.Unlock()
		return s.New()
	}
	x := s.spare[last]
	s.spare[last], s.spare = nil, s.spare[:last]
	s.mu.Unlock()
	return x
}

// Put gives one back.
func (s *Spares) Put(x any) {
	s.mu.Lock()
	s.spare = append(s.spare, x)
	s.mu.Unlock()
}
