package backend

import "sync/atomic"

// Interrupted is what an operation panics with when the interrupt hook asks it to stop. It is no
// *tensor.Error and tensor.Try lets it pass: it must unwind to whoever set the hook.
type Interrupted struct{}

func (Interrupted) Error() string { return "interrupted" }

// Interrupted tells it from other errors for those who don't know this package.
func (Interrupted) Interrupted() {}

var interrupt atomic.Pointer[func() bool]

// SetInterrupt installs the hook that is asked before each operation, and by long operations while
// they run, whether to stop. It is called often and from several goroutines: an atomic load is what
// it should cost. Nil removes it.
func SetInterrupt(hook func() bool) {
	if hook == nil {
		interrupt.Store(nil)
		return
	}
	interrupt.Store(&hook)
}

// Poll panics with Interrupted when the hook says so. Call it on the goroutine that runs the
// operation, never on a helper.
func Poll() {
	if hook := interrupt.Load(); hook != nil && (*hook)() {
		panic(Interrupted{})
	}
}
