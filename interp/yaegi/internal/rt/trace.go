package rt

import (
	"bytes"
	"go/token"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// Frame is one function on the stack of a panic.
type Frame struct {
	Func string
	Pos  token.Position
	File string // of a compiled function
	Line int
}

// traces collects, for each goroutine, the functions that a panic has unwound, and the lists of
// deferred calls that are running.
type traces struct {
	mu sync.Mutex
	m  map[uint64]*trace
}

type trace struct {
	frames   []Frame
	compiled []Frame // compiled functions above the innermost cell function
	defers   []*Defers
}

func (t *traces) get(g uint64) *trace {
	if t.m == nil {
		t.m = map[uint64]*trace{}
	}
	x := t.m[g]
	if x == nil {
		x = &trace{}
		t.m[g] = x
	}
	return x
}

func (t *traces) push(g uint64, d *Defers) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.get(g)
	x.defers = append(x.defers, d)
}

func (t *traces) pop(g uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.get(g)
	x.defers = x.defers[:len(x.defers)-1]
	t.drop(g, x)
}

func (t *traces) drop(g uint64, x *trace) {
	if len(x.defers) == 0 && len(x.frames) == 0 {
		delete(t.m, g)
	}
}

func (t *traces) top(g uint64) *Defers {
	t.mu.Lock()
	defer t.mu.Unlock()
	if x := t.m[g]; x != nil && len(x.defers) > 0 {
		return x.defers[len(x.defers)-1]
	}
	return nil
}

// busy reports whether a goroutine is unwinding a panic.
func (t *traces) busy() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, x := range t.m {
		if len(x.frames) > 0 {
			return true
		}
	}
	return false
}

func (t *traces) reset(g uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if x := t.m[g]; x != nil {
		x.frames, x.compiled = nil, nil
		t.drop(g, x)
	}
}

// maxFrames bounds what is kept of a deep recursion's trace.
const maxFrames = 200

// TraceFunc records that a panic leaves a function.
func (r *Runtime) TraceFunc(n int) { r.traceFunc(n) }

func (r *Runtime) traceFunc(n int) {
	g := goid()
	r.traces.mu.Lock()
	defer r.traces.mu.Unlock()
	x := r.traces.get(g)
	callee := ""
	if len(x.frames) > 0 {
		callee = x.frames[len(x.frames)-1].Func
	}
	f, p := r.position(n, callee)
	if f == nil {
		return
	}
	if len(x.frames) == 0 {
		x.compiled = compiledFrames()
	}
	if len(x.frames) < maxFrames {
		x.frames = append(x.frames, Frame{Func: f.Name, Pos: p})
	}
}

// take returns and forgets the trace of the current goroutine.
func (r *Runtime) take() []Frame {
	g := goid()
	r.traces.mu.Lock()
	defer r.traces.mu.Unlock()
	x := r.traces.m[g]
	if x == nil {
		return nil
	}
	delete(r.traces.m, g)
	return append(x.compiled, x.frames...)
}

// compiledFrames returns the compiled functions between the panic and the interpreter.
func compiledFrames() []Frame {
	pc := make([]uintptr, 100)
	frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc)])
	var list []Frame
	panicking := false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic" || f.Function == "runtime.panicmem" || strings.HasPrefix(f.Function, "runtime.goPanic"):
			panicking = true
			list = nil
		case !panicking:
		case strings.Contains(f.Function, "/yaegi/interp."), strings.HasPrefix(f.Function, "reflect."):
			return list
		case strings.Contains(f.Function, "interp/yaegi/internal/rt."):
			return nil
		case strings.Contains(f.Function, "/interp/symbols/"):
			// what stands in for os.Exit and its like
		case !strings.HasPrefix(f.Function, "runtime."):
			list = append(list, Frame{Func: f.Function, File: f.File, Line: f.Line})
		}
		if !more {
			return nil
		}
	}
}

// goid returns the number of the current goroutine, which Go tells only in a stack dump. It is used
// where a microsecond doesn't matter: panics, blocking operations, stops.
func goid() uint64 {
	var buf [64]byte
	b := buf[:runtime.Stack(buf[:], false)]
	b = bytes.TrimPrefix(b, []byte("goroutine "))
	n, _ := strconv.ParseUint(string(b[:bytes.IndexByte(b, ' ')]), 10, 64)
	return n
}
