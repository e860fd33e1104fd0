package rt

import (
	"io"
	"slices"
)

// lateWriter writes to a standard stream, but what a goroutine prints when its cell has ended and
// another one runs goes where that cell's output goes.
type lateWriter struct {
	r      *Runtime
	stream string
	to     io.Writer
}

// Late returns such a writer.
func (r *Runtime) Late(stream string, to io.Writer) io.Writer { return lateWriter{r, stream, to} }

func (w lateWriter) Write(b []byte) (int, error) {
	if run := w.r.current(); run != nil && run.isLate() {
		run.late(w.stream, string(b))
		return len(b), nil
	}
	return w.to.Write(b)
}

func (run *Run) isLate() bool {
	return run.late != nil && (run.background || run != run.r.latest.Load())
}

// remember makes a run the latest, and keeps those that have goroutines, for StopAll.
func (r *Runtime) remember(run *Run) {
	r.latest.Store(run)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = slices.DeleteFunc(r.kept, func(run *Run) bool { return run.live.Load() == 0 })
	r.kept = append(r.kept, run)
}

// StopAll tells the goroutines of all cells to end, but for those that rg.Background has started.
func (r *Runtime) StopAll() {
	r.mu.Lock()
	kept := r.kept
	r.kept = nil
	r.mu.Unlock()
	for _, run := range kept {
		r.stopRun(run, interrupted)
	}
}

// background is rg.Background: the goroutine belongs to the cell, but not to its run, so that an
// interrupt doesn't end it.
func (r *Runtime) background(f func()) {
	own := &Run{r: r, stopC: make(chan struct{}), background: true}
	if run := r.current(); run != nil {
		own.late = run.late
	}
	r.start(own, "rg.Background", f)
}
