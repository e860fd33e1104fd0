//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/token"
	"go/types"
)

// wrap cuts an integer to its type's size.
func wrap(k types.BasicKind, f func(*frame) int64) func(*frame) int64 {
	switch k {
	case types.Int8:
		return func(fr *frame) int64 { return int64(int8(f(fr))) }
	case types.Int16:
		return func(fr *frame) int64 { return int64(int16(f(fr))) }
	case types.Int32:
		return func(fr *frame) int64 { return int64(int32(f(fr))) }
	case types.Uint8:
		return func(fr *frame) int64 { return int64(uint8(f(fr))) }
	case types.Uint16:
		return func(fr *frame) int64 { return int64(uint16(f(fr))) }
	case types.Uint32:
		return func(fr *frame) int64 { return int64(uint32(f(fr))) }
	}
	return f
}

// binary is x op y, of operands of one type but for shifts.
func (w *world) binary(op token.Token, t types.Type, x, y value) value {
	switch op {
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		return value{typ: t, class: isBool, Bool: w.compare(op, x, y)}
	case token.LAND:
		a, b := x.Bool, y.Bool
		return value{typ: t, class: isBool, Bool: func(fr *frame) bool { return a(fr) && b(fr) }}
	case token.LOR:
		a, b := x.Bool, y.Bool
		return value{typ: t, class: isBool, Bool: func(fr *frame) bool { return a(fr) || b(fr) }}
	case token.SHL, token.SHR:
		return value{typ: t, class: isInt, Int: shift(op, t, x, y)}
	}
	v := value{typ: t, class: classOf(t)}
	switch v.class {
	case isInt:
		v.Int = integer(op, t, x, y)
	case isFloat:
		v.Float = float(op, t, x, y)
	case isComplex:
		v.Complex = complexOp(op, t, x.Complex, y.Complex)
	case isString:
		a, b := x.String, y.String
		v.String = func(fr *frame) string { return a(fr) + b(fr) }
	default:
		refuse("%v of %v is not supported", op, t)
	}
	return v
}

func integer(op token.Token, t types.Type, x, y value) func(*frame) int64 {
	a, b, c := x.Int, y.Int, y.k
	un, k := unsigned(t), kindOf(t)
	xo, yo := intOperand(x), intOperand(y)
	switch op {
	case token.ADD:
		return wrap(k, add(xo, yo))
	case token.SUB:
		return wrap(k, subtract(xo, yo))
	case token.MUL:
		return wrap(k, multiply(xo, yo))
	case token.QUO:
		if un {
			return func(fr *frame) int64 { return int64(uint64(a(fr)) / uint64(b(fr))) }
		}
		if y.fixed && c > 0 {
			return func(fr *frame) int64 { return a(fr) / c }
		}
		return wrap(k, func(fr *frame) int64 { return a(fr) / b(fr) })
	case token.REM:
		if un {
			return func(fr *frame) int64 { return int64(uint64(a(fr)) % uint64(b(fr))) }
		}
		if y.fixed && c > 0 {
			return func(fr *frame) int64 { return a(fr) % c }
		}
		return func(fr *frame) int64 { return a(fr) % b(fr) }
	case token.AND:
		if y.fixed {
			return func(fr *frame) int64 { return a(fr) & c }
		}
		return func(fr *frame) int64 { return a(fr) & b(fr) }
	case token.OR:
		return func(fr *frame) int64 { return a(fr) | b(fr) }
	case token.XOR:
		return func(fr *frame) int64 { return a(fr) ^ b(fr) }
	case token.AND_NOT:
		return func(fr *frame) int64 { return a(fr) &^ b(fr) }
	}
	refuse("operator %v is not supported", op)
	return nil
}

func shift(op token.Token, t types.Type, x, y value) func(*frame) int64 {
	a, b := x.Int, y.Int
	un := unsigned(t)
	if y.fixed {
		n := uint64(y.k)
		switch {
		case op == token.SHL:
			return wrap(kindOf(t), func(fr *frame) int64 { return a(fr) << n })
		case un:
			return func(fr *frame) int64 { return int64(uint64(a(fr)) >> n) }
		}
		return func(fr *frame) int64 { return a(fr) >> n }
	}
	count := func(fr *frame) uint64 { return uint64(b(fr)) }
	if !unsigned(y.typ) {
		count = func(fr *frame) uint64 {
			n := b(fr)
			_ = 1 << n // panics on a negative count
			return uint64(n)
		}
	}
	switch {
	case op == token.SHL:
		return wrap(kindOf(t), func(fr *frame) int64 { v := a(fr); return v << count(fr) })
	case un:
		return func(fr *frame) int64 { v := a(fr); return int64(uint64(v) >> count(fr)) }
	}
	return func(fr *frame) int64 { v := a(fr); return v >> count(fr) }
}

func float(op token.Token, t types.Type, x, y value) func(*frame) float64 {
	a, b := floatOperand(x), floatOperand(y)
	var f func(*frame) float64
	switch op {
	case token.ADD:
		f = add(a, b)
	case token.SUB:
		f = subtract(a, b)
	case token.MUL:
		f = multiply(a, b)
	default:
		f = divide(a, b)
	}
	if kindOf(t) == types.Float32 {
		return func(fr *frame) float64 { return float64(float32(f(fr))) }
	}
	return f
}

func complexOp(op token.Token, t types.Type, a, b func(*frame) complex128) func(*frame) complex128 {
	if kindOf(t) == types.Complex64 {
		return func(fr *frame) complex128 {
			x, y := complex64(a(fr)), complex64(b(fr))
			switch op {
			case token.ADD:
				return complex128(x + y)
			case token.SUB:
				return complex128(x - y)
			case token.MUL:
				return complex128(x * y)
			}
			return complex128(x / y)
		}
	}
	switch op {
	case token.ADD:
		return func(fr *frame) complex128 { return a(fr) + b(fr) }
	case token.SUB:
		return func(fr *frame) complex128 { return a(fr) - b(fr) }
	case token.MUL:
		return func(fr *frame) complex128 { return a(fr) * b(fr) }
	}
	return func(fr *frame) complex128 { return a(fr) / b(fr) }
}

func (w *world) compare(op token.Token, x, y value) func(*frame) bool {
	if x.isNil && y.isNil {
		return constantly(op == token.EQL)
	}
	if x.isNil {
		x, y = y, x
	}
	var f func(*frame) bool
	switch {
	case y.isNil:
		f = isZero(x)
	case x.class == isIface || y.class == isIface:
		if x.class != isIface {
			x = w.assignable(x, anyType)
		}
		if y.class != isIface {
			y = w.assignable(y, anyType)
		}
		a, b := asAny(x), asAny(y)
		f = func(fr *frame) bool { return a(fr) == b(fr) }
	default:
		switch x.class {
		case isBool:
			a, b := x.Bool, y.Bool
			f = func(fr *frame) bool { return a(fr) == b(fr) }
		case isInt:
			if unsigned(x.typ) && wide(x.typ) && op != token.EQL && op != token.NEQ {
				return ordered(op, unsignedOperand(x), unsignedOperand(y))
			}
			return ordered(op, intOperand(x), intOperand(y))
		case isFloat:
			return ordered(op, floatOperand(x), floatOperand(y))
		case isString:
			return anyAndAny(op, x.String, y.String)
		case isComplex:
			a, b := x.Complex, y.Complex
			f = func(fr *frame) bool { return a(fr) == b(fr) }
		case isPtr:
			a, b := x.Ptr, y.Ptr
			f = func(fr *frame) bool { return a(fr) == b(fr) }
		case isMem:
			a, b, r := x.Mem, y.Mem, w.rtype(x.typ)
			if hasBlank(x.typ) {
				f = func(fr *frame) bool { return equal(r, a(fr), b(fr)) }
			} else {
				f = func(fr *frame) bool { return r.Equal(a(fr), b(fr)) }
			}
		}
	}
	if f == nil {
		refuse("comparing %v is not supported", x.typ)
	}
	if op == token.NEQ {
		return func(fr *frame) bool { return !f(fr) }
	}
	return f
}

func isZero(x value) func(*frame) bool {
	switch x.class {
	case isPtr:
		a := x.Ptr
		return func(fr *frame) bool { return a(fr) == nil }
	case isSlice:
		a := x.Slice
		return func(fr *frame) bool { return a(fr).data == nil }
	case isIface:
		a := x.Iface
		return func(fr *frame) bool { return a(fr).tab == nil }
	}
	return nil
}

func unsignedOperand(v value) operand[uint64] {
	f := v.Int
	return operand[uint64]{fixed: v.fixed, framed: v.inFrame, k: uint64(v.k), off: v.off, f: func(fr *frame) uint64 { return uint64(f(fr)) }}
}
