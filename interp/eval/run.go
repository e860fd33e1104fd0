//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"fmt"
	"go/ast"
	"io"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rustygradients/rg/interp/symbols/exit"
)

// attention is how many stopped runs have goroutines that still run. Loops and functions look at it.
var attention atomic.Int32

// run is one execution of a cell's body, with the goroutines that it starts.
type run struct {
	stderr  io.Writer
	stopC   chan struct{}
	mu      sync.Mutex
	stopped bool
	live    int

	late       func(stream, text string) // shows what is printed when another run has begun; may be nil
	background bool                      // of rg.Background

	panicking atomic.Int32              // how many panics are on their way in its goroutines
	exit      atomic.Pointer[exit.Code] // what a goroutine gave to os.Exit
}

// latest is the run that calls from elsewhere belong to.
var latest atomic.Pointer[run]

func newRun(stderr io.Writer) *run { return &run{stderr: stderr, stopC: make(chan struct{})} }

// strayRun is the run of a goroutine that compiled code has started.
func strayRun() *run {
	r := latest.Load()
	if r == nil || r.ended() {
		return newRun(io.Discard)
	}
	return r
}

func (r *run) enter() {
	r.mu.Lock()
	r.live++
	if r.stopped && r.live == 1 {
		attention.Add(1)
	}
	r.mu.Unlock()
}

func (r *run) leave() {
	r.mu.Lock()
	r.live--
	if r.stopped && r.live == 0 {
		attention.Add(-1)
	}
	r.mu.Unlock()
}

func (r *run) lives() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.live > 0
}

func (r *run) ended() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopped
}

// stop tells the run's goroutines to end.
func (r *run) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return
	}
	r.stopped = true
	if r.live > 0 {
		attention.Add(1)
	}
	close(r.stopC)
}

// grace is how long deferred calls may go on after their goroutine was told to end.
const grace = 50 * time.Millisecond

// attend ends the goroutine if its run was stopped.
func (th *thread) attend() {
	if th.mustEnd() {
		runtime.Goexit()
	}
}

// mustEnd says whether the goroutine is to end now. From the first time that it says so deferred
// calls have some time.
func (th *thread) mustEnd() bool {
	if !th.run.ended() {
		return false
	}
	now := time.Now().UnixNano()
	if !th.dying {
		th.dying, th.graceOf = true, now
		return true
	}
	return now-th.graceOf >= int64(grace)
}

// Stopped reports whether the running goroutine belongs to a run that was stopped. Compiled code that
// works for long asks it, and panics with an error that says that it is an interrupt.
func Stopped() bool {
	if attention.Load() == 0 {
		return false
	}
	th, ok := threads.Load(goroutine())
	return ok && th.(*thread).mustEnd()
}

// isInterrupt recognises such a panic.
func isInterrupt(v any) bool {
	_, ok := v.(interface{ Interrupted() })
	return ok
}

// outcome is how a body ended.
type outcome struct {
	values      []reflect.Value
	panic       *panicking
	interrupted bool
}

// execute runs a body on a goroutine of its own. When cancel is closed it waits a little longer for
// the goroutine to end, then leaves it to itself.
func (r *run) execute(body func(*thread) []reflect.Value, cancel <-chan struct{}) outcome {
	done := make(chan outcome, 1)
	go func() {
		g, th := startThread(r)
		out := outcome{interrupted: true}
		defer func() {
			endThread(g, th)
			if out.interrupted && !r.ended() {
				out = outcome{} // it called runtime.Goexit itself
			}
			done <- out
		}()
		defer func() {
			if v := recover(); v != nil && !isInterrupt(v) {
				out = outcome{panic: th.caught(v)}
			}
		}()
		out = outcome{values: body(th)}
	}()
	select {
	case out := <-done:
		r.awaitReports()
		return r.finish(out)
	case <-cancel:
	case <-r.stopC:
	}
	r.stop()
	for range abandonSteps {
		select {
		case out := <-done:
			return r.finish(out)
		case <-time.After(time.Millisecond):
		}
	}
	return r.finish(outcome{interrupted: true})
}

// awaitReports waits a little for goroutines that are about to report a panic: what they deferred may
// be what let the body end, and the report belongs to this cell.
func (r *run) awaitReports() {
	for range 50 {
		if r.panicking.Load() == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// abandonSteps is how many milliseconds a stopped body may stay in a compiled function that blocks. They are waited for one by
// one: where the machine is too busy to run the body, each takes longer.
const abandonSteps = 36

func (r *run) finish(out outcome) outcome {
	if code := r.exit.Load(); code != nil {
		return outcome{panic: &panicking{value: *code}}
	}
	return out
}

func readResults(fr *frame, results []slot) []reflect.Value {
	var list []reflect.Value
	for _, s := range results {
		v := reflect.New(typeOf(s.typ))
		typedMove(s.typ, v.UnsafePointer(), at(fr, s.off))
		list = append(list, v.Elem())
	}
	return list
}

// goStmt starts a goroutine. A panic in it is reported and ends only it.
func (c *compiler) goStmt(s *ast.GoStmt) stmt {
	later := c.postpone(s.Call)
	where := c.u.fset.Position(s.Pos())
	return func(fr *frame) control {
		f := later(fr)
		r := fr.th.run
		go func() {
			g, th := startThread(r)
			defer endThread(g, th)
			defer func() {
				v := recover()
				if v == nil || isInterrupt(v) {
					return
				}
				if code, ok := v.(exit.Code); ok {
					r.exit.Store(&code)
					r.stop()
					return
				}
				report(r, "a goroutine started at "+where.String(), th.caught(v))
			}()
			f(th, nil)
		}()
		return onward
	}
}

func report(r *run, where string, p *panicking) {
	var b strings.Builder
	fmt.Fprintf(&b, "panic in %s: %v\n", where, p.value) // fmt catches what a method of the value panics with
	for _, f := range p.trace {
		if f.Elided > 0 {
			fmt.Fprintf(&b, "\t%s\n", f)
		}
		if f.Line > 0 {
			fmt.Fprintf(&b, "\t%s\n\t\t%s:%d:%d\n", f.Func, f.File, f.Line, f.Column)
		}
	}
	if r.isLate() {
		r.late("stderr", b.String())
		return
	}
	// There is nobody to tell that the report can't be written.
	_, _ = io.WriteString(r.stderr, b.String())
}
