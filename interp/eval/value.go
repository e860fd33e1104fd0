//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/constant"
	"go/types"
	"reflect"
	"unsafe"
)

// class is how an expression's values are passed between closures.
type class uint8

const (
	noValue class = iota
	isBool
	isInt // all integers, extended to 64 bits
	isFloat
	isComplex
	isString
	isPtr // pointers, maps, channels, functions
	isSlice
	isIface
	isMem // structs and arrays, by address
)

func classOf(t types.Type) class {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		i := u.Info()
		switch {
		case i&types.IsBoolean != 0:
			return isBool
		case i&types.IsInteger != 0:
			return isInt
		case i&types.IsFloat != 0:
			return isFloat
		case i&types.IsComplex != 0:
			return isComplex
		case i&types.IsString != 0:
			return isString
		}
		return isPtr
	case *types.Slice:
		return isSlice
	case *types.Interface:
		return isIface
	case *types.Struct, *types.Array:
		return isMem
	case *types.Tuple:
		return noValue
	}
	return isPtr
}

// value is a compiled expression: one of the functions is set, that of its class.
type value struct {
	typ   types.Type
	class class

	isNil   bool // the untyped nil
	fixed   bool // a constant; an integer one is k
	k       int64
	inFrame bool // a variable or temporary at off in the frame
	off     uintptr

	Bool    func(*frame) bool
	Int     func(*frame) int64
	Float   func(*frame) float64
	Complex func(*frame) complex128
	String  func(*frame) string
	Ptr     func(*frame) ptr
	Slice   func(*frame) slice
	Iface   func(*frame) iface
	Mem     func(*frame) ptr
	Do      func(*frame)
}

// kindOf is the kind of a basic type; untyped ones count as their defaults.
func kindOf(t types.Type) types.BasicKind {
	b, ok := t.Underlying().(*types.Basic)
	if !ok {
		return types.Invalid
	}
	switch k := b.Kind(); k {
	case types.UntypedInt:
		return types.Int
	case types.UntypedRune:
		return types.Int32
	case types.UntypedFloat:
		return types.Float64
	case types.UntypedComplex:
		return types.Complex128
	default:
		return k
	}
}

func unsigned(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsUnsigned != 0
}

// wide says whether an integer type has 64 bits.
func wide(t types.Type) bool {
	switch kindOf(t) {
	case types.Int, types.Int64, types.Uint, types.Uint64, types.Uintptr:
		return true
	}
	return false
}

func constantly[T any](v T) func(*frame) T { return func(*frame) T { return v } }

// store writes a value to a place. The place is computed before.
func (w *world) store(v value) func(fr *frame, to ptr) {
	switch v.class {
	case isBool:
		f := v.Bool
		return func(fr *frame, to ptr) { *(*bool)(to) = f(fr) }
	case isInt:
		f := v.Int
		switch kindOf(v.typ) {
		case types.Int8, types.Uint8:
			return func(fr *frame, to ptr) { *(*int8)(to) = int8(f(fr)) }
		case types.Int16, types.Uint16:
			return func(fr *frame, to ptr) { *(*int16)(to) = int16(f(fr)) }
		case types.Int32, types.Uint32:
			return func(fr *frame, to ptr) { *(*int32)(to) = int32(f(fr)) }
		}
		if v.fixed {
			k := v.k
			return func(_ *frame, to ptr) { *(*int64)(to) = k }
		}
		if v.inFrame {
			off := v.off
			return func(fr *frame, to ptr) { *(*int64)(to) = *(*int64)(at(fr, off)) }
		}
		return func(fr *frame, to ptr) { *(*int64)(to) = f(fr) }
	case isFloat:
		f := v.Float
		if kindOf(v.typ) == types.Float32 {
			return func(fr *frame, to ptr) { *(*float32)(to) = float32(f(fr)) }
		}
		return func(fr *frame, to ptr) { *(*float64)(to) = f(fr) }
	case isComplex:
		f := v.Complex
		if kindOf(v.typ) == types.Complex64 {
			return func(fr *frame, to ptr) { *(*complex64)(to) = complex64(f(fr)) }
		}
		return func(fr *frame, to ptr) { *(*complex128)(to) = f(fr) }
	case isString:
		f := v.String
		return func(fr *frame, to ptr) { *(*string)(to) = f(fr) }
	case isPtr:
		f := v.Ptr
		return func(fr *frame, to ptr) { *(*ptr)(to) = f(fr) }
	case isSlice:
		f := v.Slice
		return func(fr *frame, to ptr) { *(*slice)(to) = f(fr) }
	case isIface:
		f := v.Iface
		return func(fr *frame, to ptr) { *(*iface)(to) = f(fr) }
	case isMem:
		f, r := v.Mem, w.rtype(v.typ)
		if r.PtrBytes == 0 {
			switch r.Size {
			case 8:
				return func(fr *frame, to ptr) { *(*uint64)(to) = *(*uint64)(f(fr)) }
			case 16:
				return func(fr *frame, to ptr) { *(*[2]uint64)(to) = *(*[2]uint64)(f(fr)) }
			}
		}
		return func(fr *frame, to ptr) { typedMove(r, to, f(fr)) }
	}
	refuse("%v is not a value", v.typ)
	return nil
}

// Closures over a value or a local would keep its type, and with that all that the checker knows of
// the program, for as long as the code lives. They take what they need of it.

func dropping[T any](f func(*frame) T) func(*frame) { return func(fr *frame) { f(fr) } }

// effect evaluates a value and drops it.
func effect(v value) func(*frame) {
	switch v.class {
	case isBool:
		return dropping(v.Bool)
	case isInt:
		return dropping(v.Int)
	case isFloat:
		return dropping(v.Float)
	case isComplex:
		return dropping(v.Complex)
	case isString:
		return dropping(v.String)
	case isPtr:
		return dropping(v.Ptr)
	case isSlice:
		return dropping(v.Slice)
	case isIface:
		return dropping(v.Iface)
	case isMem:
		return dropping(v.Mem)
	}
	return v.Do
}

func following[T any](pre func(*frame), f func(*frame) T) func(*frame) T {
	return func(fr *frame) T { pre(fr); return f(fr) }
}

// before runs something ahead of a value.
func before(pre func(*frame), v value) value {
	x := value{typ: v.typ, class: v.class}
	switch v.class {
	case isBool:
		x.Bool = following(pre, v.Bool)
	case isInt:
		x.Int = following(pre, v.Int)
	case isFloat:
		x.Float = following(pre, v.Float)
	case isComplex:
		x.Complex = following(pre, v.Complex)
	case isString:
		x.String = following(pre, v.String)
	case isPtr:
		x.Ptr = following(pre, v.Ptr)
	case isSlice:
		x.Slice = following(pre, v.Slice)
	case isIface:
		x.Iface = following(pre, v.Iface)
	case isMem:
		x.Mem = following(pre, v.Mem)
	default:
		x.Do = pre
		if do := v.Do; do != nil {
			x.Do = func(fr *frame) { pre(fr); do(fr) }
		}
	}
	return x
}

// zero is a type's zero value.
func (w *world) zero(t types.Type) value {
	p := newObject(w.rtype(t))
	v := load(t, place{kind: static, p: p})
	if v.class == isInt || v.class == isPtr {
		v.fixed = true
	}
	return v
}

// constant is a constant of a type.
func (w *world) constant(c constant.Value, t types.Type) value {
	v := value{typ: t, class: classOf(t), fixed: true}
	switch v.class {
	case isBool:
		v.Bool = constantly(constant.BoolVal(c))
	case isInt:
		c = constant.ToInt(c)
		if i, ok := constant.Int64Val(c); ok {
			v.k = i
		} else if u, ok := constant.Uint64Val(c); ok {
			v.k = int64(u)
		}
		v.Int = constantly(v.k)
	case isFloat:
		if kindOf(t) == types.Float32 {
			f, _ := constant.Float32Val(constant.ToFloat(c))
			v.Float = constantly(float64(f))
		} else {
			f, _ := constant.Float64Val(constant.ToFloat(c))
			v.Float = constantly(f)
		}
	case isComplex:
		c = constant.ToComplex(c)
		re, _ := constant.Float64Val(constant.Real(c))
		im, _ := constant.Float64Val(constant.Imag(c))
		z := complex(re, im)
		if kindOf(t) == types.Complex64 {
			z = complex128(complex64(z))
		}
		v.Complex = constantly(z)
	case isString:
		v.String = constantly(constant.StringVal(c))
	case isIface:
		kinds := map[constant.Kind]types.BasicKind{constant.Bool: types.Bool, constant.String: types.String, constant.Int: types.Int, constant.Float: types.Float64, constant.Complex: types.Complex128}
		return w.assignable(w.constant(c, types.Typ[kinds[c.Kind()]]), t)
	case isPtr: // unsafe.Pointer(uintptr constant)
		i, _ := constant.Int64Val(constant.ToInt(c))
		v.Ptr = constantly(unsafe.Add(ptr(nil), i))
	default:
		refuse("a constant of type %v is not supported", t)
	}
	return v
}

// emptyInterface says whether an interface type has no methods.
func emptyInterface(t types.Type) bool { return t.Underlying().(*types.Interface).NumMethods() == 0 }

func toAny(i iface, empty bool) any {
	if !empty {
		i.tab = ptr(tabType(i.tab))
	}
	return *(*any)(ptr(&i))
}

func fromAny(a any) iface { return *(*iface)(ptr(&a)) }

// asAny reads an interface value as an any.
func asAny(v value) func(*frame) any {
	f := v.Iface
	if emptyInterface(v.typ) {
		return func(fr *frame) any { i := f(fr); return *(*any)(ptr(&i)) }
	}
	return func(fr *frame) any { return toAny(f(fr), false) }
}

// zeroArea is where values of no size are.
var zeroArea [8]byte

// assignable converts a value to a type that it is assignable to.
func (w *world) assignable(v value, t types.Type) value {
	if v.isNil {
		return w.zero(t)
	}
	if v.class == noValue {
		return v
	}
	if classOf(t) != isIface {
		if classOf(t) != v.class {
			refuse("%v as %v is not supported", v.typ, t)
		}
		v.typ = t
		return v
	}
	if v.class == isIface {
		return w.ifaceToIface(v, t)
	}
	return w.box(v, t)
}

func (w *world) ifaceToIface(v value, t types.Type) value {
	it := w.reflect(t)
	f, from := v.Iface, emptyInterface(v.typ)
	switch {
	case w.reflect(v.typ) == it, from && emptyInterface(t):
		v.typ = t
		return v
	case emptyInterface(t):
		return value{typ: t, class: isIface, Iface: func(fr *frame) iface {
			i := f(fr)
			i.tab = ptr(tabType(i.tab))
			return i
		}}
	}
	return value{typ: t, class: isIface, Iface: func(fr *frame) iface {
		i := f(fr)
		if i.tab == nil {
			return iface{}
		}
		c := (*rtype)(i.tab)
		if !from {
			c = tabType(i.tab)
		}
		i.tab = itabFor(it, c)
		return i
	}}
}

// box puts a value into an interface.
func (w *world) box(v value, t types.Type) value {
	r := w.rtype(v.typ)
	tab := ptr(r)
	if !emptyInterface(t) {
		it := w.reflect(t)
		w.flush()
		if tab = itabFor(it, r); tab == nil {
			return w.boxLater(v, t, it)
		}
	}
	x := value{typ: t, class: isIface}
	if r.TFlag&flagDirect != 0 {
		switch {
		case v.class == isPtr:
			f := v.Ptr
			x.Iface = func(fr *frame) iface { return iface{tab, f(fr)} }
		default:
			f := v.Mem
			x.Iface = func(fr *frame) iface { return iface{tab, *(*ptr)(f(fr))} }
		}
		return x
	}
	put := w.store(v)
	if v.fixed {
		m := newObject(r)
		put(nil, m)
		x.Iface = constantly(iface{tab, m})
		return x
	}
	if v.class == isInt && wide(v.typ) {
		f := v.Int
		x.Iface = func(fr *frame) iface {
			n := f(fr)
			if uint64(n) < uint64(len(smallInts)) {
				return iface{tab, ptr(&smallInts[n])}
			}
			p := newObject(r)
			*(*int64)(p) = n
			return iface{tab, p}
		}
		return x
	}
	x.Iface = func(fr *frame) iface {
		m := newObject(r)
		put(fr, m)
		return iface{tab, m}
	}
	return x
}

var smallInts = func() (a [256]int64) {
	for i := range a {
		a[i] = int64(i)
	}
	return a
}()

// boxLater boxes a value of a type whose methods are not complete while this is compiled.
func (w *world) boxLater(v value, t types.Type, it reflect.Type) value {
	r := w.rtype(v.typ)
	box := w.box(v, anyType).Iface
	return value{typ: t, class: isIface, Iface: func(fr *frame) iface {
		i := box(fr)
		i.tab = itabFor(it, r)
		if i.tab == nil {
			panic("eval: " + typeOf(r).String() + " does not implement " + it.String())
		}
		return i
	}}
}

var anyType = types.Universe.Lookup("any").Type().Underlying()
