package rt

import (
	"sync"
	"sync/atomic"
	"time"
)

// stopping is the runtimes that have goroutines of a stopped run. Compiled code that works for long asks
// Stopped, which costs an atomic load while there are none.
var stopping struct {
	sync.Map // *Runtime → struct{}
	n        atomic.Int32
}

// setStopping is called with r.runs.mu held when the first stopped run appears and the last is gone.
func (r *Runtime) setStopping(on bool) {
	if on {
		stopping.Store(r, struct{}{})
		stopping.n.Add(1)
	} else {
		stopping.Delete(r)
		stopping.n.Add(-1)
	}
}

// Stopped reports whether the running goroutine belongs to a run that was stopped. Its deferred calls
// get some time in which it doesn't say so.
func Stopped() (stopped bool) {
	if stopping.n.Load() == 0 {
		return false
	}
	g := goid()
	stopping.Range(func(r, _ any) bool {
		stopped = r.(*Runtime).stops(g)
		return !stopped
	})
	return stopped
}

// stops reports whether a goroutine is to end now, and counts the time that its deferred calls have from
// the first time that it says so.
func (r *Runtime) stops(g uint64) bool {
	r.runs.mu.Lock()
	defer r.runs.mu.Unlock()
	run := r.runs.byGo[g]
	if run == nil || run.reason.Load() == running {
		return false
	}
	since, dying := r.runs.dying[g]
	if !dying {
		r.runs.dying[g] = time.Now()
	}
	return !dying || time.Since(since) >= grace
}

// isInterrupt recognises what compiled code panics with when it has found Stopped: an error that says
// it is an interrupt.
func isInterrupt(v any) bool {
	_, ok := v.(interface{ Interrupted() })
	return ok
}
