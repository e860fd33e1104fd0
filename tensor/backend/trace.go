package backend

import (
	"sync/atomic"
	"time"
)

// Tracer is told what backends do while it is set: package prof's profiler is one.
type Tracer interface {
	// Trace returns b, or something in its place that reports what b does. It is called before every
	// operation and returns the same for the same b. A type that stands in for a backend has a method
	// Unwrap() Backend, and those of every optional interface, whether b has them or not: As tells.
	Trace(b Backend) Backend

	// Enter begins a phase of the calling goroutine; leave ends it.
	Enter(p Phase) (leave func())
}

// TimerBackend is a backend that computes in the background, and tells when. A tracer asks it; it is no part of what tensors call.
type TimerBackend interface {
	// Mark puts a mark behind what is queued.
	Mark() (Mark, error)

	// Passed waits for marks, and gives how long ago the device passed each. The marks are used up.
	Passed(marks []Mark) ([]time.Duration, error)
}

// Mark is a place in what a device has queued.
type Mark any

// Phase is the part of a training step that an operation belongs to.
type Phase uint8

// The phases.
const (
	Forward   Phase = iota // the rest
	Backward               // inside a backward pass
	Optimizer              // inside an optimizer's step, or the clipping of gradients
	Other                  // outside both, and not recorded for a backward pass: evaluation, sampling
)

func (p Phase) String() string {
	return [...]string{"forward", "backward", "optimizer", "other"}[p]
}

var tracer atomic.Pointer[Tracer]

// SetTracer installs the tracer; nil removes it. Without one, tracing costs an atomic load an
// operation.
func SetTracer(t Tracer) {
	if t == nil {
		tracer.Store(nil)
		return
	}
	tracer.Store(&t)
}

// Traced returns what to call in place of b: b itself unless there is a tracer.
func Traced(b Backend) Backend {
	if t := tracer.Load(); t != nil {
		return (*t).Trace(b)
	}
	return b
}

// Enter begins a phase of the calling goroutine and returns what ends it.
func Enter(p Phase) (leave func()) {
	if t := tracer.Load(); t != nil {
		return (*t).Enter(p)
	}
	return nothing
}

func nothing() {}

// As returns b as an optional interface if it has that. Assert by As and not by a type assertion: what
// a tracer puts in place of a backend has the methods of all of them.
func As[T any](b Backend) (T, bool) {
	if w, ok := b.(interface{ Unwrap() Backend }); ok {
		inner, has := w.Unwrap().(T)
		if traced, ok := b.(T); ok && has {
			return traced, true
		}
		return inner, has
	}
	t, ok := b.(T)
	return t, ok
}
