package rt

import (
	"go/token"
	"io"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
)

// Runtime is what the lowered programs of one session call.
type Runtime struct {
	Stdout io.Writer
	Stderr io.Writer

	// Wrapper returns yaegi's wrapper type for a compiled interface type, given as "path.Name".
	Wrapper func(name string) (reflect.Type, bool)

	// StopFlag is the interpreter's variable that loops look at.
	StopFlag *bool

	mu    sync.RWMutex
	types []*Type
	funcs []*Func
	pos   []token.Position
	slots []slot

	adapters sync.Map // adapterKey → reflect.Value
	runs     runs
	latest   atomic.Pointer[Run]
	kept     []*Run // that may have goroutines
	traces   traces
}

// Func is a function of a cell, for tracebacks.
type Func struct {
	Name   string
	Pos    token.Position
	Marked bool // at holds positions within the function
	Calls  []Call
	at     *int
}

// Call is a position at which a function calls others.
type Call struct {
	Pos int
	To  []string // their names
	Any bool     // functions that are not known are among them
}

func (c Call) calls(name string) bool { return c.Any || slices.Contains(c.To, name) }

type slot struct {
	ptr reflect.Value
	get func() any
}

// New returns an empty runtime.
func New() *Runtime {
	return &Runtime{pos: make([]token.Position, 1)} // number 0 means no position
}

// FirstFunc returns the number that the next unit's first function gets.
func (r *Runtime) FirstFunc() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.funcs)
}

// AddPos stores a position and returns its number.
func (r *Runtime) AddPos(p token.Position) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.pos); n > 0 && r.pos[n-1] == p {
		return n - 1
	}
	r.pos = append(r.pos, p)
	return len(r.pos) - 1
}

// NewSlot reserves the number of a variable.
func (r *Runtime) NewSlot() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slots = append(r.slots, slot{})
	return len(r.slots) - 1
}

// AddUnit makes the functions and types of a unit known, before it is evaluated.
func (r *Runtime) AddUnit(types []*Type, funcs []*Func) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range types {
		for len(r.types) <= t.N {
			r.types = append(r.types, nil)
		}
		r.types[t.N] = t
	}
	r.funcs = append(r.funcs, funcs...)
}

// Slot returns the value of a variable, settable where the interpreter gave its address.
func (r *Runtime) Slot(n int, t *Type) (reflect.Value, bool) {
	r.mu.RLock()
	if n < 0 || n >= len(r.slots) {
		r.mu.RUnlock()
		return reflect.Value{}, false
	}
	s := r.slots[n]
	r.mu.RUnlock()
	switch {
	case s.get != nil:
		v := reflect.New(anyType).Elem()
		if x := s.get(); x != nil {
			v.Set(reflect.ValueOf(unwrap(x)))
		}
		return v, true
	case s.ptr.IsValid():
		v := s.ptr.Elem()
		if t.Boxed {
			return reflect.ValueOf(Present(Box{t, v.Interface()})), true
		}
		return v, true
	}
	return reflect.Value{}, false
}

// Release lets go of the value of a variable that nothing can reach any more.
func (r *Runtime) Release(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n < 0 || n >= len(r.slots) {
		return
	}
	if p := r.slots[n].ptr; p.IsValid() {
		p.Elem().SetZero()
	}
	r.slots[n] = slot{}
}

var (
	anyType   = reflect.TypeFor[any]()
	errorType = reflect.TypeFor[error]()
)

func (r *Runtime) setSlot(n int, p any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slots[n].ptr = reflect.ValueOf(p)
}

func (r *Runtime) setGetter(n int, f func() any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slots[n].get = f
}

func (r *Runtime) typeAt(n int) *Type {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.types[n]
}

func (r *Runtime) setAt(n int, p *int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.funcs[n].at = p
}

// position returns where a function was when a panic left it. callee is the function that it had
// called, or "" for the innermost one: a recursive function's variable speaks of its innermost
// activation, the others stand where they call.
func (r *Runtime) position(n int, callee string) (f *Func, p token.Position) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if n < 0 || n >= len(r.funcs) {
		return nil, token.Position{}
	}
	f = r.funcs[n]
	if f.at == nil {
		return f, f.Pos
	}
	at := peek(f.at)
	if at <= 0 || at >= len(r.pos) {
		return f, f.Pos
	}
	if callee != "" && !slices.ContainsFunc(f.Calls, func(c Call) bool { return c.Pos == at && c.calls(callee) }) {
		for _, c := range f.Calls {
			if c.calls(callee) {
				at = c.Pos
				break
			}
		}
	}
	return f, r.pos[at]
}

// peek reads a variable that interpreted code writes without synchronization.
//
//go:norace
//go:noinline
func peek(p *int) int { return *p }

// Exports returns the symbols of the package "rt", for yaegi.
func (r *Runtime) Exports() map[string]reflect.Value {
	v := reflect.ValueOf
	return map[string]reflect.Value{
		"Type": v((*Type)(nil)), "Box": v((*Box)(nil)), "Cases": v((*Cases)(nil)), "Defers": v((*Defers)(nil)),
		"TypeAt": v(r.typeAt), "SetRaw": v(setRaw), "SetMethod": v(setMethod), "SetSlot": v(r.setSlot),
		"SetGetter": v(r.setGetter), "At": v(r.setAt), "Result": v(r.result),

		"B": v(makeBox), "Open": v(unwrap), "As": v(r.as), "AsOK": v(r.asOK), "RawValue": v(rawValue), "RawSlice": v(rawSlice),
		"Eq": v(equal), "Find": v(r.find), "NewCases": v(newCases), "Switch": v(r.switchCase),
		"Wrap": v(r.wrap), "WrapError": v(wrapError),

		"Panic": v(doPanic), "NilPanic": v(nilPanic), "IndexPanic": v(indexPanic), "SlicePanic": v(slicePanic), "ArrayPanic": v(arrayPanic), "RangePanic": v(rangePanic),
		"NewDefers": v(r.newDefers), "Recover": v(r.recover), "Stop": v(r.stop), "Go": v(r.goStmt), "Goexit": v(goexit),
		"Clear": v(clearValue), "Print": v(r.print), "Println": v(r.println),

		"Send": v(r.send), "Receive": v(r.receive), "ReceiveInto": v(r.receiveInto), "Select": v(r.selectCases),
		"SendCase": v(sendCase), "RecvCase": v(recvCase), "Case": v((*Case)(nil)),
		"Sleep": v(r.sleep), "Background": v(r.background), "MutexLock": v(r.mutexLock), "RWMutexLock": v(r.rwMutexLock), "RWMutexRLock": v(r.rwMutexRLock),
		"WaitGroupWait": v(r.waitGroupWait), "WaitGroupGo": v(r.waitGroupGo), "CondWait": v(r.condWait),

		"ErrorsAs": v(r.errorsAs), "FmtPrintf": v(r.fmtPrintf), "Sprintf": v(sprintf),
		"Fprintf": v(fprintf), "Errorf": v(errorf), "Appendf": v(appendf), "DeepEqual": v(deepEqual),
	}
}
