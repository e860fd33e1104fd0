//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/token"
	"go/types"
	"unsafe"
)

// address is a compiled expression for a place in memory.
type address = func(*frame) ptr

// placeKind is how a place is found. What programs are made of has kinds of its own, so that reading
// and writing it takes one call less.
type placeKind uint8

const (
	computed placeKind = iota // by addr
	framed                    // at off in the frame
	behind                    // disp bytes behind the pointer at off in the frame
	static                    // at p
	element                   // disp bytes into an element of the slice at off; its index, an int, is at index
)

// place is where a variable, a field or an element is.
type place struct {
	kind        placeKind
	off, disp   uintptr
	index, size uintptr
	p           ptr
	addr        address
}

func inFrameAt(off uintptr) place { return place{kind: framed, off: off} }
func computedAt(a address) place  { return place{kind: computed, addr: a} }
func behindAt(off uintptr) place  { return place{kind: behind, off: off} }

// deref is the place that a pointer points to.
func deref(v value) place {
	if v.inFrame {
		return behindAt(v.off)
	}
	f := v.Ptr
	return computedAt(func(fr *frame) ptr { p := f(fr); nilCheck(p); return p })
}

// through is the place that the pointer at x points to.
func (x place) through() place {
	if x.kind == framed {
		return behindAt(x.off)
	}
	f := access[ptr](x)
	return computedAt(func(fr *frame) ptr { p := f(fr); nilCheck(p); return p })
}

// plus is the place some bytes further on.
func (x place) plus(n uintptr) place {
	switch x.kind {
	case framed:
		x.off += n
	case behind, element:
		x.disp += n
	case static:
		x.p = unsafe.Add(x.p, n)
	default:
		if n != 0 {
			a := x.addr
			x.addr = func(fr *frame) ptr { return unsafe.Add(a(fr), n) }
		}
	}
	return x
}

// pointee is the address of a place behind a pointer in the frame.
func pointee(fr *frame, off, disp uintptr) ptr {
	p := *(*ptr)(at(fr, off))
	nilCheck(p)
	return unsafe.Add(p, disp)
}

// elementOf is the address of a place in a slice in the frame.
func elementOf(fr *frame, off, index, size, disp uintptr) ptr {
	s, i := (*slice)(at(fr, off)), *(*int)(at(fr, index))
	if uint(i) >= uint(s.len) {
		outOfRange(int64(i), s.len)
	}
	return unsafe.Add(s.data, uintptr(i)*size+disp)
}

func (x place) address() address {
	off, disp, index, size, p := x.off, x.disp, x.index, x.size, x.p
	switch x.kind {
	case framed:
		return func(fr *frame) ptr { return at(fr, off) }
	case behind:
		return func(fr *frame) ptr { return pointee(fr, off, disp) }
	case static:
		return func(*frame) ptr { return p }
	case element:
		return func(fr *frame) ptr { return elementOf(fr, off, index, size, disp) }
	}
	return x.addr
}

// access reads a place whose memory has the form in which values are passed.
func access[T any](x place) func(*frame) T {
	off, disp, index, size, p, a := x.off, x.disp, x.index, x.size, x.p, x.addr
	switch x.kind {
	case framed:
		return func(fr *frame) T { return *(*T)(at(fr, off)) }
	case behind:
		return func(fr *frame) T { return *(*T)(pointee(fr, off, disp)) }
	case static:
		return func(*frame) T { return *(*T)(p) }
	case element:
		return func(fr *frame) T { return *(*T)(elementOf(fr, off, index, size, disp)) }
	}
	return func(fr *frame) T { return *(*T)(a(fr)) }
}

type smallInt interface {
	int8 | int16 | int32 | uint8 | uint16 | uint32
}

// accessInt reads an integer of fewer than 64 bits.
func accessInt[T smallInt](x place) func(*frame) int64 {
	off, disp, index, size := x.off, x.disp, x.index, x.size
	switch x.kind {
	case framed:
		return func(fr *frame) int64 { return int64(*(*T)(at(fr, off))) }
	case behind:
		return func(fr *frame) int64 { return int64(*(*T)(pointee(fr, off, disp))) }
	case element:
		return func(fr *frame) int64 { return int64(*(*T)(elementOf(fr, off, index, size, disp))) }
	}
	a := x.address()
	return func(fr *frame) int64 { return int64(*(*T)(a(fr))) }
}

// load reads a value from a place.
func load(t types.Type, x place) value {
	v := value{typ: t, class: classOf(t), inFrame: x.kind == framed, off: x.off}
	switch v.class {
	case isBool:
		v.Bool = access[bool](x)
	case isInt:
		switch kindOf(t) {
		case types.Int8:
			v.Int = accessInt[int8](x)
		case types.Int16:
			v.Int = accessInt[int16](x)
		case types.Int32:
			v.Int = accessInt[int32](x)
		case types.Uint8:
			v.Int = accessInt[uint8](x)
		case types.Uint16:
			v.Int = accessInt[uint16](x)
		case types.Uint32:
			v.Int = accessInt[uint32](x)
		default:
			v.Int = access[int64](x)
		}
	case isFloat:
		if kindOf(t) == types.Float32 {
			f := access[float32](x)
			v.Float = func(fr *frame) float64 { return float64(f(fr)) }
		} else {
			v.Float = access[float64](x)
		}
	case isComplex:
		if kindOf(t) == types.Complex64 {
			f := access[complex64](x)
			v.Complex = func(fr *frame) complex128 { return complex128(f(fr)) }
		} else {
			v.Complex = access[complex128](x)
		}
	case isString:
		v.String = access[string](x)
	case isPtr:
		v.Ptr = access[ptr](x)
	case isSlice:
		v.Slice = access[slice](x)
	case isIface:
		v.Iface = access[iface](x)
	case isMem:
		v.Mem = x.address()
		if x.kind == computed {
			a := x.addr
			v.Mem = func(fr *frame) ptr { p := a(fr); nilCheck(p); return p }
		}
	}
	return v
}

// inFrame reads a value from the frame.
func inFrame(t types.Type, off uintptr) value { return load(t, inFrameAt(off)) }

// write assigns to a place, after the value was computed.
func write[T any](x place, f func(*frame) T) func(*frame) {
	off, disp, index, size, p, a := x.off, x.disp, x.index, x.size, x.p, x.addr
	switch x.kind {
	case framed:
		return func(fr *frame) { *(*T)(at(fr, off)) = f(fr) }
	case behind:
		return func(fr *frame) { v := f(fr); *(*T)(pointee(fr, off, disp)) = v }
	case static:
		return func(fr *frame) { *(*T)(p) = f(fr) }
	case element:
		return func(fr *frame) { v := f(fr); *(*T)(elementOf(fr, off, index, size, disp)) = v }
	}
	return func(fr *frame) { v := f(fr); *(*T)(a(fr)) = v }
}

func writeInt[T int8 | int16 | int32](x place, f func(*frame) int64) func(*frame) {
	off, disp, index, size := x.off, x.disp, x.index, x.size
	switch x.kind {
	case framed:
		return func(fr *frame) { *(*T)(at(fr, off)) = T(f(fr)) }
	case behind:
		return func(fr *frame) { v := f(fr); *(*T)(pointee(fr, off, disp)) = T(v) }
	case element:
		return func(fr *frame) { v := f(fr); *(*T)(elementOf(fr, off, index, size, disp)) = T(v) }
	}
	a := x.address()
	return func(fr *frame) { v := f(fr); *(*T)(a(fr)) = T(v) }
}

// set assigns a value to a place.
func (w *world) set(x place, v value) func(*frame) {
	switch v.class {
	case isBool:
		return write(x, v.Bool)
	case isInt:
		switch kindOf(v.typ) {
		case types.Int8, types.Uint8:
			return writeInt[int8](x, v.Int)
		case types.Int16, types.Uint16:
			return writeInt[int16](x, v.Int)
		case types.Int32, types.Uint32:
			return writeInt[int32](x, v.Int)
		}
		if off := x.off; x.kind == framed {
			switch k, from := v.k, v.off; {
			case v.fixed:
				return func(fr *frame) { *(*int64)(at(fr, off)) = k }
			case v.inFrame:
				return func(fr *frame) { *(*int64)(at(fr, off)) = *(*int64)(at(fr, from)) }
			}
		}
		return write(x, v.Int)
	case isFloat:
		if f := v.Float; kindOf(v.typ) == types.Float32 {
			return write(x, func(fr *frame) float32 { return float32(f(fr)) })
		}
		return write(x, v.Float)
	case isString:
		return write(x, v.String)
	case isPtr:
		return write(x, v.Ptr)
	case isSlice:
		return write(x, v.Slice)
	case isIface:
		return write(x, v.Iface)
	case isMem:
		f, r, a := v.Mem, w.rtype(v.typ), x.address()
		if x.kind == framed {
			put := w.store(v)
			return func(fr *frame) { put(fr, a(fr)) }
		}
		return func(fr *frame) { v := f(fr); typedMove(r, a(fr), v) }
	}
	put, a := w.store(v), x.address()
	return func(fr *frame) { put(fr, a(fr)) }
}

// storeFrame writes a value to a place in the frame.
func (w *world) storeFrame(off uintptr, v value) func(fr *frame) { return w.set(inFrameAt(off), v) }

type number interface{ int64 | float64 }

// addTo is x += y, after y was computed.
func addTo[T number](x place, f func(*frame) T) func(*frame) {
	off, disp, index, size, p := x.off, x.disp, x.index, x.size, x.p
	switch x.kind {
	case framed:
		return func(fr *frame) { v := f(fr); *(*T)(at(fr, off)) += v }
	case behind:
		return func(fr *frame) { v := f(fr); *(*T)(pointee(fr, off, disp)) += v }
	case static:
		return func(fr *frame) { v := f(fr); *(*T)(p) += v }
	case element:
		return func(fr *frame) { v := f(fr); *(*T)(elementOf(fr, off, index, size, disp)) += v }
	}
	a := x.addr
	return func(fr *frame) { p := (*T)(a(fr)); v := f(fr); *p += v }
}

// subtractFrom is x -= y.
func subtractFrom[T number](x place, f func(*frame) T) func(*frame) {
	off, disp, index, size, p := x.off, x.disp, x.index, x.size, x.p
	switch x.kind {
	case framed:
		return func(fr *frame) { v := f(fr); *(*T)(at(fr, off)) -= v }
	case behind:
		return func(fr *frame) { v := f(fr); *(*T)(pointee(fr, off, disp)) -= v }
	case static:
		return func(fr *frame) { v := f(fr); *(*T)(p) -= v }
	case element:
		return func(fr *frame) { v := f(fr); *(*T)(elementOf(fr, off, index, size, disp)) -= v }
	}
	a := x.addr
	return func(fr *frame) { p := (*T)(a(fr)); v := f(fr); *p -= v }
}

// multiplyBy is x *= y.
func multiplyBy[T number](x place, f func(*frame) T) func(*frame) {
	if off := x.off; x.kind == framed {
		return func(fr *frame) { v := f(fr); *(*T)(at(fr, off)) *= v }
	}
	a := x.address()
	return func(fr *frame) { p := (*T)(a(fr)); v := f(fr); *p *= v }
}

// updatePlace is op= on words and floats; nil for what has no code of its own.
func updatePlace(x place, t types.Type, op token.Token, y value) func(*frame) {
	switch {
	case classOf(t) == isInt && wide(t):
		if x.kind == framed && (y.fixed || y.inFrame && wide(y.typ)) {
			if f := updateFramed(x.off, op, y); f != nil {
				return f
			}
		}
		return updateNumber(x, op, y.Int)
	case classOf(t) == isFloat && kindOf(t) == types.Float64:
		return updateNumber(x, op, y.Float)
	}
	return nil
}

func updateNumber[T number](x place, op token.Token, f func(*frame) T) func(*frame) {
	switch op {
	case token.ADD:
		return addTo(x, f)
	case token.SUB:
		return subtractFrom(x, f)
	case token.MUL:
		return multiplyBy(x, f)
	}
	return nil
}

// updateFramed is += and -= of a constant or a variable, on a variable.
func updateFramed(off uintptr, op token.Token, y value) func(*frame) {
	k, o := y.k, y.off
	switch {
	case op == token.SUB && y.fixed:
		return func(fr *frame) { *(*int64)(at(fr, off)) -= k }
	case op == token.ADD && y.fixed:
		return func(fr *frame) { *(*int64)(at(fr, off)) += k }
	case op == token.ADD:
		return func(fr *frame) { *(*int64)(at(fr, off)) += *(*int64)(at(fr, o)) }
	}
	return nil
}
