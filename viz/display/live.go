package display

import (
	"sync"
	"time"
)

// Interval is the least time between two updates of a Live.
const Interval = 200 * time.Millisecond

// Live is one shown thing that changes often: it redraws itself when it was told of a change and
// the last drawing is at least Interval old, or ten times as long as drawing takes, so that a picture never
// takes more than a tenth of the time of what it shows. No change is lost: a change that came too
// early is drawn when the interval has passed, and Flush draws it when the cell ends.
//
// Methods may be called from any goroutine.
type Live struct {
	draw func(final bool) any // what to show now

	mu      sync.Mutex
	handle  *Handle
	dirty   bool
	drawing bool
	next    time.Time // when drawing is allowed again
	timer   *time.Timer
	idle    *sync.Cond
}

// NewLive makes a Live of the function that renders its present state. draw is called by one
// goroutine at a time, never while Changed holds a lock; final says that no update is expected soon, so that
// the costly representations are worth their time. Nothing is shown before the first Changed.
func NewLive(draw func(final bool) any) *Live {
	l := &Live{draw: draw}
	l.idle = sync.NewCond(&l.mu)
	return l
}

// pending holds the Lives that Flush must draw: the changed ones, and those last drawn in haste.
var pending struct {
	sync.Mutex
	set map[*Live]bool
}

// Changed says that what draw returns is another thing now.
func (l *Live) Changed() {
	l.mu.Lock()
	l.dirty = true
	wait := time.Until(l.next)
	switch {
	case static():
		l.mu.Unlock()
	case l.drawing:
		l.mu.Unlock() // the drawing goroutine looks at dirty when it is done
	case wait > 0:
		l.later(wait)
		l.mu.Unlock()
	default:
		l.redraw(false) // unlocks
	}
	remember(l)
}

func static() bool {
	s, ok := publisher().(Static)
	return ok && s.Static()
}

func remember(l *Live) {
	pending.Lock()
	defer pending.Unlock()
	if pending.set == nil {
		pending.set = map[*Live]bool{}
	}
	pending.set[l] = true
}

// later starts the timer that draws a change that came too early. l.mu is held.
func (l *Live) later(wait time.Duration) {
	if l.timer != nil {
		return
	}
	l.timer = time.AfterFunc(wait, func() {
		l.mu.Lock()
		l.timer = nil
		if l.dirty && !l.drawing {
			guard(func() { l.redraw(false) }) // a panic here would end the process
			return
		}
		l.mu.Unlock()
	})
}

// redraw draws once. l.mu is held on entry and free on return.
func (l *Live) redraw(final bool) {
	l.dirty, l.drawing = false, true
	l.mu.Unlock()

	start := time.Now()
	defer func() { // also when draw panics: the cell shows that, and the Live stays usable
		cost := time.Since(start)
		l.mu.Lock()
		l.drawing = false
		wait := max(Interval, 10*cost)
		l.next = start.Add(wait)
		if l.dirty {
			l.later(wait)
		}
		l.idle.Broadcast()
		l.mu.Unlock()
	}()
	b := Render(l.draw(final))
	if l.handle == nil { // only one goroutine draws at a time
		l.handle = Open(b)
	} else {
		l.handle.Update(b)
	}
}

// Flush draws the final picture now. Later changes are drawn as before.
func (l *Live) Flush() {
	pending.Lock()
	delete(pending.set, l)
	pending.Unlock()

	l.mu.Lock()
	for l.drawing {
		l.idle.Wait()
	}
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	l.redraw(true)
}

// Flush brings every Live that changed since its last Flush up to date. The engine calls it when a cell
// ends, also when it ends by a panic or an interrupt, before it says that the cell is done.
func Flush() {
	pending.Lock()
	lives := make([]*Live, 0, len(pending.set))
	for l := range pending.set {
		lives = append(lives, l)
	}
	pending.Unlock()
	for _, l := range lives {
		guard(l.Flush)
	}
}
