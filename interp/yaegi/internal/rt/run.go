package rt

import (
	"fmt"
	"io"
	"reflect"
	"regexp"
	"runtime"
	"runtime/metrics"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rustygradients/rg/interp/symbols/exit"
)

// Run is one execution of a cell body, with the goroutines that it started.
type Run struct {
	r        *Runtime
	stopC    chan struct{}
	stopOnce sync.Once
	reason   atomic.Int32
	exit     atomic.Pointer[exit.Code] // what a goroutine gave to os.Exit
	live     atomic.Int32              // goroutines that run cell code for this run
	mu       sync.Mutex
	results  []reflect.Value

	late       func(stream, text string) // shows what is printed when another run has begun; may be nil
	background bool                      // of rg.Background
}

// Why a run was stopped.
const (
	running int32 = iota
	interrupted
	overflowed
	exited
)

// runs knows which goroutine belongs to which run.
type runs struct {
	mu      sync.Mutex
	byGo    map[uint64]*Run
	dying   map[uint64]time.Time // goroutines that are running their deferred calls
	stopped int                  // stopped runs that have live goroutines
}

// grace is how long deferred calls may go on after their goroutine was told to stop.
const grace = 50 * time.Millisecond

func (r *Runtime) current() *Run {
	g := goid()
	r.runs.mu.Lock()
	defer r.runs.mu.Unlock()
	return r.runs.byGo[g]
}

// enter makes the current goroutine part of a run, until the function that it returns is called.
func (r *Runtime) enter(run *Run) (leave func()) {
	g := goid()
	r.runs.mu.Lock()
	if r.runs.byGo == nil {
		r.runs.byGo = map[uint64]*Run{}
		r.runs.dying = map[uint64]time.Time{}
	}
	r.runs.byGo[g] = run
	r.runs.mu.Unlock()
	run.live.Add(1)
	return func() {
		r.runs.mu.Lock()
		delete(r.runs.byGo, g)
		delete(r.runs.dying, g)
		if run.live.Add(-1) == 0 && run.reason.Load() != running {
			r.runs.stopped--
			if r.runs.stopped == 0 {
				setFlag(r.StopFlag, false)
				r.setStopping(false)
			}
		}
		r.runs.mu.Unlock()
	}
}

// stopRun tells a run's goroutines to end.
func (r *Runtime) stopRun(run *Run, why int32) {
	run.stopOnce.Do(func() {
		r.runs.mu.Lock()
		run.reason.Store(why)
		if run.live.Load() > 0 {
			if r.runs.stopped++; r.runs.stopped == 1 {
				r.setStopping(true)
			}
			setFlag(r.StopFlag, true)
		}
		r.runs.mu.Unlock()
		close(run.stopC)
	})
}

// setFlag writes the variable that interpreted code reads without synchronization: a byte, of which
// it sees the old value or the new one.
//
//go:norace
//go:noinline
func setFlag(p *bool, v bool) { *p = v }

// stop is what loops and functions call while the flag is up: it ends the goroutine if its run was
// stopped. Deferred calls that run meanwhile get some time.
func (r *Runtime) stop() {
	if r.stops(goid()) {
		runtime.Goexit()
	}
}

// block waits for a blocking operation that ends by wake, or for the stop of the run.
func (run *Run) stopped() <-chan struct{} {
	if run == nil {
		return nil
	}
	return run.stopC
}

func (r *Runtime) result(i int, t *Type, x any) {
	run := r.current()
	if run == nil {
		return
	}
	run.mu.Lock()
	defer run.mu.Unlock()
	for len(run.results) <= i {
		run.results = append(run.results, reflect.Value{})
	}
	x = unwrap(x)
	if t.Boxed {
		x = Box{t, x}
	}
	if b, ok := x.(Box); ok {
		x = Present(b)
	}
	v := reflect.New(anyType).Elem()
	if t.Interface && t.Native && t.Raw == errorType {
		v = reflect.New(errorType).Elem()
	}
	if x != nil {
		if xv := reflect.ValueOf(x); xv.Type().AssignableTo(v.Type()) {
			if v.Type() == anyType && !t.Interface {
				v = xv
			} else {
				v.Set(xv)
			}
		} else {
			v = xv
		}
	} else if !t.Interface && t.Raw != nil {
		v = reflect.Zero(t.Raw)
	}
	run.results[i] = v
}

// Outcome is how a run ended.
type Outcome struct {
	Values      []reflect.Value
	Panicked    bool
	Panic       any
	Frames      []Frame
	Interrupted bool
}

// Overflow is the panic value of endless recursion.
type Overflow struct{}

func (Overflow) Error() string {
	return "stack overflow: goroutine stack exceeds 1000000000-byte limit"
}

// Execute runs a cell body on a goroutine of its own and waits until it ends, or until cancel is
// closed: then for as long as abandon more, after which the goroutine is left to itself.
func (r *Runtime) Execute(body func(), cancel <-chan struct{}, abandon time.Duration, late func(stream, text string)) Outcome {
	run := &Run{r: r, stopC: make(chan struct{}), late: late}
	r.remember(run)
	done := make(chan Outcome, 1)
	go func() {
		leave := r.enter(run)
		out := Outcome{}
		normal := false
		defer func() {
			if !normal {
				v := recover()
				if value := unwrapPanic(normalize(v)); isInterrupt(value) {
					r.take()
					out.Interrupted = true
				} else if v != nil {
					out.Panicked, out.Panic, out.Frames = true, value, r.take()
				} else { // runtime.Goexit, by a stop or by the cell
					out.Interrupted = run.reason.Load() != running
				}
			}
			leave()
			done <- out
		}()
		body()
		normal = true
	}()
	over := r.watchStack(run)
	defer over()
	select {
	case out := <-done:
		return r.finish(run, out)
	case <-cancel:
		r.stopRun(run, interrupted)
	case <-run.stopC:
	}
	limit := abandon
	if run.reason.Load() == overflowed {
		limit = 10 * time.Second // a deep stack takes time to unwind
	}
	select {
	case out := <-done:
		return r.finish(run, out)
	case <-time.After(limit):
		return r.finish(run, Outcome{Interrupted: true})
	}
}

func (r *Runtime) finish(run *Run, out Outcome) Outcome {
	// The goroutines of a stopped run are gone, as a rule, before the next cell is loaded.
	for range 50 {
		if run.reason.Load() == running || run.live.Load() == 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	// A goroutine that panics now is about to report it; the report belongs to this cell.
	for range 50 {
		if out.Interrupted || !r.traces.busy() {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if out.Interrupted && run.reason.Load() == overflowed {
		out.Interrupted, out.Panicked, out.Panic = false, true, Overflow{}
	}
	if code := run.exit.Load(); code != nil {
		out.Interrupted, out.Panicked, out.Panic = false, true, *code
	}
	run.mu.Lock()
	out.Values = run.results
	run.mu.Unlock()
	return out
}

func unwrapPanic(v any) any {
	if b, ok := unwrap(v).(Box); ok {
		return Present(b)
	}
	return v
}

// stackLimit is how much memory the stacks of a run may take before it is stopped for endless
// recursion. Go would end the process at 1 GB for one goroutine.
const stackLimit = 256 << 20

const stackMetric = "/memory/classes/heap/stacks:bytes"

func stackBytes() uint64 {
	s := []metrics.Sample{{Name: stackMetric}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// watchStack stops a run whose stacks grow without end. Depth can't be counted in cells for free,
// but the memory of all stacks is known. When it has grown, a look at the stacks tells whether a
// goroutine of this run is deep: many goroutines, or another session's recursion, are no overflow.
func (r *Runtime) watchStack(run *Run) (end func()) {
	quit := make(chan struct{})
	go func() {
		base := stackBytes()
		t := time.NewTicker(5 * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-quit:
				return
			case <-t.C:
				n := stackBytes()
				if n < base {
					base = n
				}
				if n <= base+stackLimit {
					continue
				}
				if r.deep(run) {
					r.stopRun(run, overflowed)
					return
				}
				base += stackLimit / 2
			}
		}
	}()
	return func() { close(quit) }
}

// deepStack is how many frames a stack of endless recursion has at least when it takes stackLimit.
const deepStack = 50_000

var (
	goroutineHead = regexp.MustCompile(`(?m)^goroutine (\d+) `)
	elidedFrames  = regexp.MustCompile(`(?m)^\.\.\.(\d+) frames elided\.\.\.$`)
)

// deep reports whether a goroutine of the run has more than deepStack frames.
func (r *Runtime) deep(run *Run) bool {
	text := make([]byte, 1<<20)
	n := runtime.Stack(text, true)
	for n == len(text) && n < 64<<20 {
		text = make([]byte, 4*n)
		n = runtime.Stack(text, true)
	}
	text = text[:n]
	heads := goroutineHead.FindAllSubmatchIndex(text, -1)
	r.runs.mu.Lock()
	defer r.runs.mu.Unlock()
	for i, h := range heads {
		end := len(text)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		id, _ := strconv.ParseUint(string(text[h[2]:h[3]]), 10, 64)
		if elided := elidedFrames.FindSubmatch(text[h[1]:end]); elided != nil && r.runs.byGo[id] == run {
			if frames, _ := strconv.Atoi(string(elided[1])); frames > deepStack {
				return true
			}
		}
	}
	return false
}

// goStmt starts a goroutine for a cell. A panic in it is reported and ends only it.
func (r *Runtime) goStmt(pos int, f func()) {
	run := r.current()
	if run == nil {
		run = &Run{r: r, stopC: make(chan struct{})}
	}
	if run.reason.Load() != running {
		return
	}
	r.mu.RLock()
	where := r.pos[pos]
	r.mu.RUnlock()
	r.start(run, "a goroutine started at "+where.String(), f)
}

// start runs a function on a goroutine of a run.
func (r *Runtime) start(run *Run, where string, f func()) {
	go func() {
		leave := r.enter(run)
		defer leave()
		defer func() {
			if v := recover(); v != nil {
				if code, ok := v.(exit.Code); ok {
					r.take()
					run.exit.Store(&code)
					r.stopRun(run, exited)
					return
				}
				if isInterrupt(unwrapPanic(normalize(v))) {
					r.take()
					return
				}
				r.report(run, where, normalize(v))
			}
		}()
		f()
	}()
}

func (r *Runtime) report(run *Run, where string, v any) {
	text := fmt.Sprintf("panic in %s: %v\n", where, unwrapPanic(v)) // fmt catches what a method of the value panics with
	for _, f := range r.take() {
		if f.Pos.IsValid() {
			text += fmt.Sprintf("\t%s\n\t\t%s\n", f.Func, f.Pos)
		}
	}
	if run.isLate() {
		run.late("stderr", text)
		return
	}
	_, _ = io.WriteString(r.Stderr, text)
}

func goexit() { runtime.Goexit() }
