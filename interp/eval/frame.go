//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/token"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
	"weak"
)

// thread is what a goroutine has while it runs cells' code.
type thread struct {
	run   *run
	g     atomic.Uintptr // the goroutine's identity
	free  []*frame       // of each function, by its number
	top   *frame         // the innermost activation
	depth int

	collections uint32 // as they were when it forgot

	spare   *spare
	dying   bool // the goroutine was told to end and runs deferred calls
	graceOf int64

	unsettled int32 // panics that are on their way past deferred calls

	carried *panicking // what a frame has just passed on, for the next to recognise

	registers registers // of a call of compiled code that is about to begin
}

// frame is an activation's header. Parameters, results, variables and temporaries lie behind it.
type frame struct {
	th     *thread
	fn     *function
	caller *frame
	next   *frame // in the list of free frames
	env    []ptr  // captured variables
	target ptr    // of a native function that isn't fixed: what to call
	defers []deferred
	panic  *panicking // which a recover in this function stops
	pos    token.Pos
	label  int32
}

const headerSize = unsafe.Sizeof(frame{})

func at(fr *frame, off uintptr) ptr { return unsafe.Add(ptr(fr), off) }

type slot struct {
	off uintptr
	typ *rtype
}

// function is compiled code. Its frames are laid out while it is compiled.
type function struct {
	name      string
	id        int
	fset      *token.FileSet
	ins, outs []slot // ins begins with the receiver
	size      uintptr
	layout    *layout // nil if there is nothing to say
	frameType *rtype
	body      func(*frame)
	target    ptr  // of a native function: what it calls
	native    bool // compiled by Go
	hidden    bool // of no interest in a traceback
	yields    bool // the body of a loop over a function: its first captured word is the *iteratorState
}

// layout is what is known of a function's slots.
type layout struct {
	slots     []slot     // that have pointers, until the layout ends
	lifetimes []lifetime // of slots that are not read everywhere
}

// itsLayout returns the layout, to add to.
func (f *function) itsLayout() *layout {
	if f.layout == nil {
		f.layout = &layout{}
	}
	return f.layout
}

var functionCount atomic.Int64

func newFunction(name string, fset *token.FileSet) *function {
	return &function{name: name, id: int(functionCount.Add(1)), fset: fset, size: headerSize}
}

// room reserves memory in the function's frames.
func (f *function) room(t *rtype) slot {
	a := uintptr(t.Align)
	f.size = (f.size + a - 1) &^ (a - 1)
	s := slot{f.size, t}
	f.size += max(t.Size, 1) // the address of an empty slot must not be that of the next object
	if t.PtrBytes > 0 {
		l := f.itsLayout()
		l.slots = append(l.slots, s)
	}
	return s
}

// seal ends the layout. The type of a frame is no more than what the collector reads of a type: it is
// freed with the function, which each of its frames points to.
func (f *function) seal() {
	f.size = (f.size + wordSize - 1) &^ (wordSize - 1)
	m := newMask(f.size)
	m.add(0, reflect.TypeFor[frame]())
	if l := f.layout; l != nil {
		for _, s := range l.slots {
			m.add(s.off, typeOf(s.typ))
		}
		l.slots = nil
		if len(l.lifetimes) == 0 {
			f.layout = nil
		}
	}
	f.frameType = &rtype{Size: f.size, PtrBytes: m.end, Align: uint8(wordSize), FAlign: uint8(wordSize), Kind: uint8(reflect.Struct), GCData: &m.bits[0]}
}

// enter takes a frame for a call.
func (f *function) enter(th *thread) *frame {
	if fr := f.take(th); fr != nil {
		return fr
	}
	return f.newFrame(th)
}

// take takes a free frame, if there is one. It is a function of its own because it can be inlined.
func (f *function) take(th *thread) *frame {
	if f.id >= len(th.free) {
		return nil
	}
	p := &th.free[f.id]
	fr := *p
	if fr != nil {
		*p = fr.next
	}
	return fr
}

func (f *function) newFrame(th *thread) *frame {
	if f.id >= len(th.free) {
		free := make([]*frame, int(functionCount.Load())+64)
		copy(free, th.free)
		th.free = free
	}
	fr := (*frame)(newObject(f.frameType))
	fr.th, fr.fn = th, f
	return fr
}

// leave gives a frame back. It is mostly the one that was taken last, and so still linked to the next.
func (f *function) leave(fr *frame) {
	free := &fr.th.free[f.id]
	if fr.next != *free {
		fr.next = *free
	}
	*free = fr
}

// maxDepth is how deep calls may nest. A call back from compiled code takes the stack of several.
const (
	maxDepth      = 400_000
	compiledDepth = 4
)

// Overflow is the panic value of endless recursion.
type Overflow struct{}

func (Overflow) Error() string {
	return "stack overflow: goroutine stack exceeds 1000000000-byte limit"
}

// RuntimeError implements runtime.Error.
func (Overflow) RuntimeError() {}

// call runs the function on its frame.
func (f *function) call(fr *frame) {
	th := fr.th
	if th.depth >= maxDepth || attention.Load() != 0 {
		th.pause()
	}
	th.depth++
	caller := th.top
	if fr.caller != caller {
		fr.caller = caller
	}
	th.top = fr
	f.body(fr)
	th.top = caller
	th.depth--
}

// pause is where a function entry ends: in too deep a recursion, or because it is told to.
func (th *thread) pause() {
	if th.depth >= maxDepth {
		panic(Overflow{})
	}
	th.attend()
}

// threads finds the thread of a goroutine.
var threads sync.Map // uintptr → *thread

// spareThreads are those of goroutines that have ended, each with its frames, until the collector's next round: a sync.Pool would keep
// them for two.
var spareThreads sync.Pool // of *spare

type spare struct{ thread weak.Pointer[thread] }

func spareThread() *thread {
	if s, ok := spareThreads.Get().(*spare); ok {
		if th := s.thread.Value(); th != nil {
			return th
		}
	}
	th := &thread{}
	th.spare = &spare{weak.Make(th)}
	return th
}

// startThread makes the current goroutine a thread of a run, until endThread.
func startThread(r *run) (g uintptr, th *thread) {
	th = spareThread()
	th.run, th.top, th.depth, th.dying, th.carried = r, nil, 0, false, nil
	g = goroutine()
	th.g.Store(g)
	threads.Store(g, th)
	r.enter()
	return g, th
}

func endThread(g uintptr, th *thread) {
	threads.Delete(g)
	recentThread.CompareAndSwap(th, nil)
	th.g.Store(0)
	th.settle()
	r := th.run
	th.run, th.top, th.carried = nil, nil, nil
	if !th.dying {
		spareThreads.Put(th.spare)
	}
	r.leave()
}

// recentThread is the one that was looked up last, which mostly is looked up next.
var recentThread atomic.Pointer[thread]

// currentThread is the thread of this goroutine, if it is one.
func currentThread() *thread {
	g := goroutine()
	if th := recentThread.Load(); th != nil && th.g.Load() == g {
		return th
	}
	t, ok := threads.Load(g)
	if !ok {
		return nil
	}
	th := t.(*thread)
	recentThread.Store(th)
	return th
}

// callIn runs a function for compiled code that calls by reflection.
func callIn(f *function, env []ptr, recv func(dst ptr), args []reflect.Value) []reflect.Value {
	var out []reflect.Value
	callFrom(f, env, func(fr *frame) {
		ins := f.ins
		if recv != nil {
			recv(at(fr, ins[0].off))
			ins = ins[1:]
		}
		for i, a := range args {
			reflect.NewAt(typeOf(ins[i].typ), at(fr, ins[i].off)).Elem().Set(a)
		}
	}, func(fr *frame) {
		out = make([]reflect.Value, len(f.outs))
		for i, s := range f.outs {
			v := reflect.New(typeOf(s.typ)).Elem()
			typedMove(s.typ, v.Addr().UnsafePointer(), at(fr, s.off))
			out[i] = v
		}
	})
	return out
}

// callFrom runs a function for compiled code. put writes the arguments to its frame, get reads the
// results.
func callFrom(f *function, env []ptr, put, get func(*frame)) {
	th := currentThread()
	if th == nil {
		g, t := startThread(strayRun())
		th = t
		defer endThread(g, th)
	}
	depth, top := th.depth, th.top
	th.depth += compiledDepth
	th.carried = nil
	normal := false
	defer func() {
		if normal {
			return
		}
		// Compiled code is left as it was entered, but the panic keeps the frames that it has passed:
		// the innermost call catches it and panics again. (Were all to do that, the stack would hold a
		// panic within a panic for each.)
		if th.carried != nil {
			th.depth, th.top = depth, top
			return
		}
		v := recover()
		var p *panicking
		if v != nil {
			p = th.caught(v)
		}
		th.depth, th.top = depth, top
		if p != nil {
			th.carried = p
			panic(v)
		}
	}()
	fr := f.enter(th)
	put(fr)
	fr.env = env
	if top != nil && top.panic != nil && (top.fn.name == "" || strings.HasPrefix(top.fn.name, "reflect.")) {
		fr.panic = top.panic // reflection, and a method value that it made, is no call in between
	}
	f.call(fr)
	fr.panic = nil
	get(fr)
	f.leave(fr)
	th.depth = depth
	normal = true
}

// move copies the results of a call into the slots of another frame.
func moveResults(to *frame, outs []slot, from *frame, f *function) {
	for i, s := range outs {
		typedMove(s.typ, at(to, s.off), at(from, f.outs[i].off))
	}
}
