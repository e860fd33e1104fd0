//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"fmt"
	"go/types"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

type methodName struct{ pkg, name string }

// methodNames are the names that entries share.
var methodNames = map[methodName]*methodName{}

func (k methodName) shared() *methodName {
	p := methodNames[k]
	if p == nil {
		p = &methodName{strings.Clone(k.pkg), strings.Clone(k.name)}
		methodNames[*p] = p
	}
	return p
}

// method finds a method of a fabricated type, or returns nil.
func (d *descriptor) method(k methodName) *methodEntry {
	e := d.entries.Load()
	for e != nil && *e.name != k {
		e = e.next.Load()
	}
	return e
}

// add and remove change the list while others may be reading it.
func (d *descriptor) add(e *methodEntry) {
	e.next.Store(d.entries.Load())
	d.entries.Store(e)
}

func (d *descriptor) remove(k methodName) {
	at := &d.entries
	for e := at.Load(); e != nil; e = at.Load() {
		if *e.name == k {
			at.Store(e.next.Load())
			return
		}
		at = &e.next
	}
}

// findMethod finds a method of a fabricated type; nil if the type is compiled.
func findMethod(t *rtype, k methodName) *methodEntry {
	if d := descriptorOf(t); d != nil {
		return d.method(k)
	}
	return nil
}

// methodEntry is one method of one type: an entry in its table, and what it stands for, which a
// later cell may change.
type methodEntry struct {
	name    *methodName
	bound   atomic.Pointer[binding]
	next    atomic.Pointer[methodEntry] // of the type
	nameOff int32
	mtype   int32
	byWord  int32 // code that takes an interface's data word
	byValue int32 // code that takes the receiver
}

// binding is a function and the way to its receiver from an interface's data word.
type binding struct {
	fn   *function
	recv func(word, dst ptr)
	copy receiverCopy
}

// receiverCopy are the ways to a receiver that calls know without asking recv.
type receiverCopy uint8

const (
	byRecv receiverCopy = iota
	isWord              // it is the word
	isOne               // the word points to it: one machine word without a pointer
	isTwo               // or two
)

// copyOf is how a receiver is copied that an interface's data word points to.
func copyOf(r *rtype) receiverCopy {
	switch {
	case r.PtrBytes > 0:
	case r.Size == 8:
		return isOne
	case r.Size == 16:
		return isTwo
	}
	return byRecv
}

// methodStub is what the stub of a method takes: a makeFuncImpl, and the method value that it calls.
type methodStub struct {
	impl      makeFuncImpl
	thunkCode uintptr
	thunkRecv *methodEntry
}

// called is a method as compiled code calls it: with an interface's data word as receiver, or, as reflect's
// Method.Func has it, with the receiver itself.
func (e *methodEntry) calledByWord(args []reflect.Value) []reflect.Value {
	return e.called(args[0].UnsafePointer(), args)
}

func (e *methodEntry) calledByValue(args []reflect.Value) []reflect.Value {
	return e.called(addressable(args[0]).Addr().UnsafePointer(), args)
}

func (e *methodEntry) called(word ptr, args []reflect.Value) []reflect.Value {
	b := e.bound.Load()
	return callIn(b.fn, nil, func(dst ptr) { b.recv(word, dst) }, args[1:])
}

// wordCode and valueCode are the code of these method values.
var wordCode, valueCode = func() (uintptr, uintptr) {
	f, g := (&methodEntry{}).calledByWord, (&methodEntry{}).calledByValue
	return **(**uintptr)(ptr(&f)), **(**uintptr)(ptr(&g))
}()

// native makes the stub of a method whose receiver compiled code hands over as a value of a type.
func (e *methodEntry) native(ft reflect.Type, recv reflect.Type) int32 {
	in := []reflect.Type{recv}
	for i := range ft.NumIn() {
		in = append(in, ft.In(i))
	}
	var out []reflect.Type
	for i := range ft.NumOut() {
		out = append(out, ft.Out(i))
	}
	m := &methodStub{impl: protoImpl(reflect.FuncOf(in, out, ft.IsVariadic())), thunkCode: valueCode, thunkRecv: e}
	if recv == reflect.TypeFor[unsafe.Pointer]() {
		m.thunkCode = wordCode
	}
	m.impl.call = ptr(&m.thunkCode)
	stub, err := newStub(ptr(m))
	if err != nil {
		refuse("%v", err)
	}
	return addReflectOff(stub)
}

// resolve finds the function behind a method and the way to its receiver.
func (w *world) resolve(e *methodEntry, of *rtype, t types.Type, s *types.Selection) {
	index := s.Index()
	f := s.Obj().(*types.Func)
	var steps []func(ptr) ptr
	cur := t
	for _, i := range index[:len(index)-1] {
		if el, ok := elem(cur); ok {
			cur = el
			steps = append(steps, func(a ptr) ptr { p := *(*ptr)(a); nilCheck(p); return p })
		}
		off := w.reflect(cur).Field(i).Offset
		cur = cur.Underlying().(*types.Struct).Field(i).Type()
		steps = append(steps, func(a ptr) ptr { return unsafe.Add(a, off) })
	}
	direct := of.TFlag&flagDirect != 0
	walk := func(word ptr) ptr {
		a := word
		if direct {
			b := new(ptr)
			*b = word
			a = ptr(b)
		}
		for _, s := range steps {
			a = s(a)
		}
		return a
	}
	b := &binding{}
	if isInterface(cur) {
		b.fn = w.interfaceMethod(cur, f)
		b.recv = func(word, dst ptr) { *(*iface)(dst) = *(*iface)(walk(word)) }
		e.bound.Store(b)
		return
	}
	isPtr := isPointer(cur)
	wantsPtr := pointerReceiver(f)
	recvType := cur
	switch {
	case wantsPtr && !isPtr:
		recvType = types.NewPointer(cur)
	case !wantsPtr && isPtr:
		recvType, _ = elem(cur)
	}
	b.fn = w.method(recvType, f)
	r := b.fn.ins[0].typ
	switch {
	case wantsPtr && isPtr && len(steps) == 0 && direct:
		b.recv, b.copy = func(word, dst ptr) { *(*ptr)(dst) = word }, isWord
	case wantsPtr && isPtr:
		b.recv = func(word, dst ptr) { *(*ptr)(dst) = *(*ptr)(walk(word)) }
	case wantsPtr:
		b.recv = func(word, dst ptr) { *(*ptr)(dst) = walk(word) }
	case isPtr && len(steps) == 0:
		method := e.name
		b.recv = func(p, dst ptr) {
			if p == nil {
				name, _, _ := strings.Cut(typeOf(r).Name(), "[")
				panic(plainError(fmt.Sprintf("value method %v.%s called using nil *%s pointer", typeOf(r), method.name, name)))
			}
			typedMove(r, dst, p)
		}
	case isPtr:
		b.recv = func(word, dst ptr) {
			p := *(*ptr)(walk(word))
			nilCheck(p)
			typedMove(r, dst, p)
		}
	case len(steps) == 0 && !direct:
		b.recv, b.copy = func(word, dst ptr) { typedMove(r, dst, word) }, copyOf(r)
	default:
		b.recv = func(word, dst ptr) { typedMove(r, dst, walk(word)) }
	}
	e.bound.Store(b)
}

// method is the function of a method whose receiver is of the type.
func (w *world) method(recv types.Type, f *types.Func) *function {
	n := namedOf(recv)
	if n == nil {
		refuse("%v has no method %s", recv, f.Name())
	}
	targs := typeList(n.TypeArgs())
	if fn := w.known(f, targs); fn != nil {
		return fn
	}
	if src, ok := w.sourceOf(f); ok {
		return w.function(f, src, targs)
	}
	r := w.reflect(recv)
	k := nativeKey{rt(r), f.Name()}
	if m, ok := nativeMethods.Load(k); ok {
		return m.(*function)
	}
	if v, ok := w.replace[r.String()+"."+f.Name()]; ok {
		return nativeMethod(r.String()+"."+f.Name(), v)
	}
	m, ok := r.MethodByName(f.Name())
	if !ok {
		refuse("the method %s of %v is not available in cells", f.Name(), recv)
	}
	fn := nativeMethod(r.String()+"."+f.Name(), m.Func)
	nativeMethods.Store(k, fn)
	return fn
}

type nativeKey struct {
	recv *rtype
	name string
}

var nativeMethods sync.Map // nativeKey → *function

// site is what a call of an interface's method has found for a type that came by. The sites of a call
// are a list, latest first.
type site struct {
	tab   ptr
	entry *methodEntry // nil for a compiled type
	next  *site
	count int
}

// maxSites is how many types a call remembers before it begins anew.
const maxSites = 8

// dispatch finds a method of the type behind an itab.
func dispatch(cache *atomic.Pointer[site], tab ptr, k methodName) *site {
	s := &site{tab: tab, entry: findMethod(tabType(tab), k)}
	if old := cache.Load(); old != nil && old.count < maxSites {
		s.next, s.count = old, old.count+1
	}
	cache.Store(s)
	return s
}

// methodIndex is the place of a method in the itabs of an interface type.
func methodIndex(t *types.Interface, name string) int {
	i := 0
	for m := range t.Methods() {
		if m.Name() < name {
			i++
		}
	}
	return i
}

// interfaceMethod is a function whose first parameter is an interface value, the rest those of the
// method that it calls.
func (w *world) interfaceMethod(it types.Type, f *types.Func) *function {
	sig := f.Signature()
	fn := newFunction(f.Name(), nil)
	fn.hidden = true
	fn.ins = append(fn.ins, slot{})
	for v := range sig.Params().Variables() {
		fn.ins = append(fn.ins, fn.room(w.rtype(v.Type())))
	}
	for v := range sig.Results().Variables() {
		fn.outs = append(fn.outs, fn.room(w.rtype(v.Type())))
	}
	fn.ins[0] = fn.room(w.rtype(it))
	fn.seal()
	var cache atomic.Pointer[site]
	k := methodName{methodPkg(f), f.Name()}
	foreign := foreignMethod(w.funcType(sig))
	fun := itabFun(it.Underlying().(*types.Interface), f.Name())
	fn.body = func(fr *frame) {
		i := *(*iface)(at(fr, fn.ins[0].off))
		nf := enterMethod(fr.th, i, &cache, k, foreign, fun)
		g := nf.fn
		for j := 1; j < len(fn.ins); j++ {
			typedMove(fn.ins[j].typ, at(nf, g.ins[j].off), at(fr, fn.ins[j].off))
		}
		nf.panic = fr.panic
		g.call(nf)
		nf.panic = nil
		moveResults(fr, fn.outs, nf, g)
		g.leave(nf)
	}
	return fn
}

// itabFun is where an itab has the code of a method.
func itabFun(t *types.Interface, name string) uintptr {
	return unsafe.Offsetof(itab{}.Fun) + uintptr(methodIndex(t, name))*8
}

// enterMethod takes a frame for the method that an interface value has, with the receiver in it.
func enterMethod(th *thread, i iface, cache *atomic.Pointer[site], k methodName, foreign *function, fun uintptr) *frame {
	if i.tab == nil {
		nilCheck(nil)
	}
	s := cache.Load()
	for s != nil && s.tab != i.tab {
		s = s.next
	}
	if s == nil {
		s = dispatch(cache, i.tab, k)
	}
	if s.entry == nil {
		nf := foreign.enter(th)
		nf.target = unsafe.Add(i.tab, fun)
		*(*ptr)(at(nf, foreign.ins[0].off)) = i.data
		return nf
	}
	b := s.entry.bound.Load()
	nf := b.fn.take(th)
	if nf == nil {
		nf = b.fn.newFrame(th)
	}
	to := at(nf, b.fn.ins[0].off)
	switch b.copy {
	case isWord:
		*(*ptr)(to) = i.data
	case isOne:
		*(*uint64)(to) = *(*uint64)(i.data)
	case isTwo:
		*(*[2]uint64)(to) = *(*[2]uint64)(i.data)
	default:
		b.recv(i.data, to)
	}
	return nf
}

type itabKey struct {
	inter reflect.Type
	typ   *rtype
}

var itabs sync.Map // itabKey → ptr

// itabFor makes the itab of a type for an interface with methods; nil if it doesn't implement it.
func itabFor(it reflect.Type, t *rtype) ptr {
	k := itabKey{it, t}
	if p, ok := itabs.Load(k); ok {
		return p.(ptr)
	}
	ct := typeOf(t)
	if !ct.Implements(it) {
		return nil // a later cell may add what is missing
	}
	v := reflect.New(it)
	v.Elem().Set(reflect.Zero(ct))
	p := *(*ptr)(v.UnsafePointer())
	itabs.Store(k, p)
	return p
}

// plainError is an error of the runtime whose text says nothing of that.
type plainError string

func (e plainError) Error() string { return string(e) }

// RuntimeError implements runtime.Error.
func (e plainError) RuntimeError() {}
