//go:build cuda

package cuda

import (
	"time"

	"gorgonia.org/cu"

	"github.com/rustygradients/rg/tensor/backend"
)

var _ backend.TimerBackend = (*Backend)(nil)

// mark is an event on the stream.
type mark struct {
	event      cu.Event
	generation int64 // of the context that it belongs to
}

// Mark records an event, one that was used before if there is one.
func (b *Backend) Mark() (backend.Mark, error) {
	b.marksMu.Lock()
	var m *mark
	if n := len(b.marks); n > 0 {
		m, b.marks = b.marks[n-1], b.marks[:n-1]
	}
	b.marksMu.Unlock()
	err := b.do("mark", func() (err error) {
		if generation := b.generation.Load(); m == nil || m.generation != generation {
			m = &mark{generation: generation}
			if m.event, err = cu.MakeEvent(cu.DefaultEvent); err != nil {
				return err
			}
		}
		return m.event.Record(b.stream)
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Passed measures from each event to one that is recorded now.
func (b *Backend) Passed(marks []backend.Mark) ([]time.Duration, error) {
	last, err := b.Mark()
	if err != nil {
		return nil, err
	}
	ago := make([]time.Duration, len(marks))
	now := last.(*mark)
	err = b.do("mark", func() error {
		if err := now.event.Synchronize(); err != nil {
			return err
		}
		for i, m := range marks {
			if m.(*mark).generation != b.generation.Load() {
				return errLost
			}
			milliseconds, err := m.(*mark).event.Elapsed(now.event)
			if err != nil {
				return err
			}
			ago[i] = time.Duration(milliseconds * float64(time.Millisecond))
		}
		return nil
	})
	b.marksMu.Lock()
	defer b.marksMu.Unlock()
	b.marks = append(b.marks, now)
	for _, m := range marks {
		b.marks = append(b.marks, m.(*mark))
	}
	return ago, err
}
