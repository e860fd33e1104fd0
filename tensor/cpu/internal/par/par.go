// Package par runs loops on a fixed pool of goroutines.
//
// The caller works too: a loop is cut into pieces, pieces are claimed from a counter, and whoever is
// free takes the next. The caller never waits for a helper that has not started, so a loop inside a
// loop, or a machine that is busy with other things, only costs speed. Nothing spins: an idle helper
// is parked on a channel.
package par

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/internal/mmap"
)

// job is one loop in progress. It is used again once nobody holds it, so that a loop costs no garbage.
type job struct {
	f     func(lo, hi int)
	n     int
	grain int
	next  atomic.Int64  // the next piece to claim
	left  atomic.Int64  // pieces not finished
	held  atomic.Int64  // by the caller, and by each entry in the queue
	done  chan struct{} // receives once, when no piece is left

	failed atomic.Bool // a piece panicked: the rest is skipped
	mu     sync.Mutex
	panic  any
}

var jobs = Spares{New: func() any { return &job{done: make(chan struct{}, 1)} }}

// release lets go of the job.
func (j *job) release() {
	if j.held.Add(-1) == 0 {
		j.f, j.panic = nil, nil
		j.failed.Store(false)
		jobs.Put(j)
	}
}

var (
	limit   atomic.Int64
	queue   = make(chan *job, 256)
	started atomic.Int64
	startMu sync.Mutex
)

// SetThreads sets how many goroutines work on one loop, the caller included, and returns the
// previous setting; 0 means GOMAXPROCS.
func SetThreads(n int) int { return int(limit.Swap(int64(max(n, 0)))) }

// Threads returns how many goroutines work on one loop at most.
func Threads() int {
	if n := int(limit.Load()); n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// For calls f with pieces of [0, n) that are grain long, except for the last, and returns when all
// are done. Pieces may run at the same time, in any order; where they begin and end does not depend
// on the number of threads. A panic in f is raised again in the caller, and so is an interrupt, for
// which the caller looks between pieces. A fault on reading a mapped file is a panic with an
// *mmap.Fault.
func For(n, grain int, f func(lo, hi int)) {
	if mmap.Active() {
		mmap.Guard(func() { run(n, grain, f) })
		return
	}
	run(n, grain, f)
}

func run(n, grain int, f func(lo, hi int)) {
	grain = max(grain, 1)
	if n <= grain {
		if n > 0 {
			f(0, n)
		}
		return
	}
	pieces := (n + grain - 1) / grain
	helpers := min(Threads(), pieces) - 1
	if helpers <= 0 {
		for lo := 0; lo < n; lo += grain {
			f(lo, min(lo+grain, n))
			backend.Poll()
		}
		return
	}
	ensure(helpers)
	j := jobs.Get().(*job)
	j.f, j.n, j.grain = f, n, grain
	j.next.Store(0)
	j.left.Store(int64(pieces))
	j.held.Store(int64(1 + helpers))
	for range helpers {
		select {
		case queue <- j:
		default: // every helper is busy; the caller does it alone
			j.release()
		}
	}
	worked := j.work(backend.Poll)
	<-j.done
	failure := j.panic
	j.release()
	if failure != nil {
		panic(failure)
	}
	if !worked { // the helpers were faster
		backend.Poll()
	}
}

// work claims pieces until none is left, calls poll after each, and reports whether there was any.
func (j *job) work(poll func()) (worked bool) {
	for {
		lo := int(j.next.Add(1)-1) * j.grain
		if lo >= j.n {
			return worked
		}
		j.piece(lo, min(lo+j.grain, j.n), poll)
		worked = true
	}
}

func (j *job) piece(lo, hi int, poll func()) {
	defer func() {
		if r := recover(); r != nil {
			j.failed.Store(true)
			j.mu.Lock()
			if j.panic == nil {
				j.panic = r
			}
			j.mu.Unlock()
		}
		if j.left.Add(-1) == 0 {
			j.done <- struct{}{}
		}
	}()
	if !j.failed.Load() {
		j.f(lo, hi)
		poll()
	}
}

// ensure starts helpers until there are n of them. They live as long as the program.
func ensure(n int) {
	if int(started.Load()) >= n {
		return
	}
	startMu.Lock()
	defer startMu.Unlock()
	for int(started.Load()) < n {
		go func() {
			debug.SetPanicOnFault(true) // piece recovers, and For's caller explains
			for j := range queue {
				j.work(func() {})
				j.release()
			}
		}()
		started.Add(1)
	}
}
