//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/types"
	"math"
	"unicode/utf8"
	"unsafe"
)

// convert is the conversion T(v).
func (w *world) convert(v value, t types.Type) value {
	if v.isNil {
		return w.zero(t)
	}
	c := classOf(t)
	x := value{typ: t, class: c}
	switch {
	case c == isIface:
		return w.assignable(v, t)
	case c == isInt && v.class == isInt:
		x.Int = v.Int
		if !wide(t) {
			x.Int = wrap(kindOf(t), v.Int)
		}
		if kindOf(t) == kindOf(v.typ) {
			x.Int, x.inFrame, x.off = v.Int, v.inFrame, v.off
		}
		return x
	case c == isInt && v.class == isFloat:
		x.Int = floatToInt(v.Float, kindOf(t))
		return x
	case c == isInt && v.class == isPtr:
		f := v.Ptr
		x.Int = func(fr *frame) int64 { return int64(uintptr(f(fr))) }
		return x
	case c == isFloat:
		x.Float = toFloat(v, t)
		return x
	case c == isComplex:
		x.Complex = v.Complex
		if kindOf(t) == types.Complex64 {
			f := v.Complex
			x.Complex = func(fr *frame) complex128 { return complex128(complex64(f(fr))) }
		}
		return x
	case c == isString && v.class != isString:
		x.String = toString(v)
		return x
	case c == isSlice && v.class == isString:
		f := v.String
		if kindOf(t.Underlying().(*types.Slice).Elem()) == types.Uint8 {
			x.Slice = func(fr *frame) slice { b := []byte(f(fr)); return *(*slice)(ptr(&b)) }
		} else {
			x.Slice = func(fr *frame) slice { b := []rune(f(fr)); return *(*slice)(ptr(&b)) }
		}
		return x
	case c == isPtr && v.class == isInt:
		f := v.Int
		x.Ptr = func(fr *frame) ptr { return unsafe.Add(ptr(nil), f(fr)) }
		return x
	case c == isPtr && v.class == isSlice:
		n := int(t.Underlying().(*types.Pointer).Elem().Underlying().(*types.Array).Len())
		f := v.Slice
		x.Ptr = func(fr *frame) ptr { s := f(fr); checkLen(s.len, n); return s.data }
		return x
	case c == isMem && v.class == isSlice:
		n := int(t.Underlying().(*types.Array).Len())
		f := v.Slice
		x.Mem = func(fr *frame) ptr {
			s := f(fr)
			checkLen(s.len, n)
			if n == 0 {
				return ptr(&zeroArea)
			}
			return s.data
		}
		return x
	case c != v.class:
		refuse("the conversion of %v to %v is not supported", v.typ, t)
	}
	v.typ, v.fixed = t, false
	return v
}

func floatToInt(f func(*frame) float64, k types.BasicKind) func(*frame) int64 {
	switch k {
	case types.Uint64, types.Uint, types.Uintptr:
		return func(fr *frame) int64 { return int64(uint64(f(fr))) }
	case types.Uint32:
		return func(fr *frame) int64 { return int64(uint32(f(fr))) }
	}
	return wrap(k, func(fr *frame) int64 { return int64(f(fr)) })
}

func toFloat(v value, t types.Type) func(*frame) float64 {
	single := kindOf(t) == types.Float32
	f := v.Float
	if v.class == isInt {
		g := v.Int
		un := unsigned(v.typ)
		switch {
		case single && un:
			return func(fr *frame) float64 { return float64(float32(uint64(g(fr)))) }
		case single:
			return func(fr *frame) float64 { return float64(float32(g(fr))) }
		case un && wide(v.typ):
			return func(fr *frame) float64 { return float64(uint64(g(fr))) }
		}
		return func(fr *frame) float64 { return float64(g(fr)) }
	}
	if single {
		return func(fr *frame) float64 { return float64(float32(f(fr))) }
	}
	return f
}

func toString(v value) func(*frame) string {
	if v.class == isInt {
		f, un := v.Int, unsigned(v.typ)
		return func(fr *frame) string {
			n := f(fr)
			if n < 0 || n > math.MaxInt32 || un && uint64(n) > math.MaxInt32 {
				n = utf8.RuneError
			}
			return string(rune(n))
		}
	}
	f := v.Slice
	if kindOf(v.typ.Underlying().(*types.Slice).Elem()) == types.Uint8 {
		return func(fr *frame) string { s := f(fr); return string(*(*[]byte)(ptr(&s))) }
	}
	return func(fr *frame) string { s := f(fr); return string(*(*[]rune)(ptr(&s))) }
}

// checkLen panics as a conversion of a slice to an array of n elements does.
func checkLen(have, n int) {
	if have < n {
		panicBounds(boundsConvert, int64(n), true, have)
	}
}
