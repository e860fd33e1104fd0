package prof

import (
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/internal/goroutine"
)

// A device that computes in the background is not waited for: marks are queued round each operation, and when the device passed them is
// asked for many at a time.

// moment is when an operation was called, and the mark before it.
type moment struct {
	host int64 // by clock
	mark backend.Mark
}

// queued is an operation whose times are not known yet.
type queued struct {
	event     event
	goroutine uintptr
	from, to  backend.Mark
}

// longestQueue is after how many operations their times are asked for. A mark is a few hundred bytes of the driver's.
const longestQueue = 1 << 12

func (b *traced) begin() moment {
	m := moment{host: clock()}
	if b.timer != nil {
		m.mark, _ = b.timer.Mark() // without it the operation goes unmeasured; what is wrong comes to light with the operation
	}
	return m
}

// enqueue notes an operation before the mark that it puts now, and after from.
func (b *traced) enqueue(e event, from backend.Mark) error {
	to, err := b.timer.Mark()
	if err != nil || from == nil {
		return err
	}
	g := goroutine.ID()
	mu.Lock()
	e.phase, e.background = phaseOf(g), true
	b.queue = append(b.queue, queued{e, g, from, to})
	full := len(b.queue) >= longestQueue
	mu.Unlock()
	if full {
		b.resolve()
	}
	return nil
}

// resolve waits for what is queued, and puts it into all profiles with the times that it took on the device. mu is not held.
func (b *traced) resolve() {
	mu.Lock()
	list := b.queue
	b.queue = nil
	mu.Unlock()
	if len(list) == 0 {
		return
	}
	marks := make([]backend.Mark, 0, 2*len(list))
	for _, q := range list {
		marks = append(marks, q.from, q.to)
	}
	ago, err := b.timer.Passed(marks)
	now := clock()
	if err != nil {
		return // the device failed, which whoever waits for a result is told
	}
	mu.Lock()
	defer mu.Unlock()
	for i, q := range list {
		// The device can't have begun before it was asked to: its clock and ours differ by what it takes to ask.
		q.event.start = max(now-int64(ago[2*i]), q.event.start)
		q.event.end = max(now-int64(ago[2*i+1]), q.event.start)
		for _, p := range active {
			p.add(&q.event, q.goroutine)
		}
	}
}

// resolveAll does so for all devices.
func resolveAll() {
	mu.Lock()
	known := theTracer.known
	mu.Unlock()
	for _, b := range known {
		b.resolve()
	}
}
