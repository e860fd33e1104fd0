package rt

import (
	"sync"
	"time"
)

func (r *Runtime) sleep(d time.Duration) {
	if d <= 0 {
		time.Sleep(d)
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.current().stopped():
		r.end()
	}
}

// lock takes a lock by trying, first eagerly, then ever less often, so that a stop is noticed.
func (r *Runtime) lock(try func() bool) {
	if try() {
		return
	}
	stop := r.current().stopped()
	wait := 10 * time.Microsecond
	t := time.NewTimer(wait)
	defer t.Stop()
	for {
		select {
		case <-stop:
			r.end()
		case <-t.C:
		}
		if try() {
			return
		}
		wait = min(wait*3/2, 2*time.Millisecond)
		t.Reset(wait)
	}
}

func (r *Runtime) mutexLock(m *sync.Mutex)      { r.lock(m.TryLock) }
func (r *Runtime) rwMutexLock(m *sync.RWMutex)  { r.lock(m.TryLock) }
func (r *Runtime) rwMutexRLock(m *sync.RWMutex) { r.lock(m.TryRLock) }

func (r *Runtime) waitGroupWait(w *sync.WaitGroup) {
	done := make(chan struct{})
	go func() {
		w.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-r.current().stopped():
		r.end()
	}
}

func (r *Runtime) waitGroupGo(w *sync.WaitGroup, f func()) {
	w.Add(1)
	r.goStmt(0, func() {
		defer w.Done()
		f()
	})
}

func (r *Runtime) condWait(c *sync.Cond) {
	var mu sync.Mutex
	abandoned := false
	done := make(chan struct{})
	go func() {
		c.Wait()
		mu.Lock()
		defer mu.Unlock()
		if abandoned {
			c.L.Unlock()
			return
		}
		close(done)
	}()
	select {
	case <-done:
	case <-r.current().stopped():
		mu.Lock()
		select {
		case <-done:
		default:
			abandoned = true
		}
		mu.Unlock()
		c.L.Lock() // deferred calls expect to hold the lock
		r.end()
	}
}
