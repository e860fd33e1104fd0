//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/token"
	"go/types"
)

// operand is an operand of arithmetic on words or floats. A constant and a variable in the frame are
// read where they are used, which saves a call.
type operand[T int64 | uint64 | float64] struct {
	fixed, framed bool
	k             T
	off           uintptr
	f             func(*frame) T
}

func intOperand(v value) operand[int64] {
	return operand[int64]{fixed: v.fixed, framed: v.inFrame && wide(v.typ), k: v.k, off: v.off, f: v.Int}
}

func floatOperand(v value) operand[float64] {
	x := operand[float64]{framed: v.inFrame && kindOf(v.typ) == types.Float64, off: v.off, f: v.Float}
	if v.fixed {
		x.fixed, x.k = true, v.Float(nil)
	}
	return x
}

func add[T number](x, y operand[T]) func(*frame) T {
	a, b, o, p, k := x.f, y.f, x.off, y.off, y.k
	switch {
	case x.framed && y.fixed:
		return func(fr *frame) T { return *(*T)(at(fr, o)) + k }
	case x.framed && y.framed:
		return func(fr *frame) T { return *(*T)(at(fr, o)) + *(*T)(at(fr, p)) }
	case x.framed:
		return func(fr *frame) T { v := b(fr); return *(*T)(at(fr, o)) + v }
	case y.fixed:
		return func(fr *frame) T { return a(fr) + k }
	case y.framed:
		return func(fr *frame) T { return a(fr) + *(*T)(at(fr, p)) }
	}
	return func(fr *frame) T { return a(fr) + b(fr) }
}

func subtract[T number](x, y operand[T]) func(*frame) T {
	a, b, o, p, k := x.f, y.f, x.off, y.off, y.k
	switch {
	case x.framed && y.fixed:
		return func(fr *frame) T { return *(*T)(at(fr, o)) - k }
	case x.framed && y.framed:
		return func(fr *frame) T { return *(*T)(at(fr, o)) - *(*T)(at(fr, p)) }
	case x.framed:
		return func(fr *frame) T { v := b(fr); return *(*T)(at(fr, o)) - v }
	case y.fixed:
		return func(fr *frame) T { return a(fr) - k }
	case y.framed:
		return func(fr *frame) T { return a(fr) - *(*T)(at(fr, p)) }
	}
	return func(fr *frame) T { return a(fr) - b(fr) }
}

func multiply[T number](x, y operand[T]) func(*frame) T {
	a, b, o, p, k := x.f, y.f, x.off, y.off, y.k
	switch {
	case x.framed && y.fixed:
		return func(fr *frame) T { return *(*T)(at(fr, o)) * k }
	case x.framed && y.framed:
		return func(fr *frame) T { return *(*T)(at(fr, o)) * *(*T)(at(fr, p)) }
	case x.framed:
		return func(fr *frame) T { v := b(fr); return *(*T)(at(fr, o)) * v }
	case y.fixed:
		return func(fr *frame) T { return a(fr) * k }
	case y.framed:
		return func(fr *frame) T { return a(fr) * *(*T)(at(fr, p)) }
	}
	return func(fr *frame) T { return a(fr) * b(fr) }
}

func divide(x, y operand[float64]) func(*frame) float64 {
	a, b, o, p := x.f, y.f, x.off, y.off
	switch {
	case x.framed && y.framed:
		return func(fr *frame) float64 { return *(*float64)(at(fr, o)) / *(*float64)(at(fr, p)) }
	case y.framed:
		return func(fr *frame) float64 { return a(fr) / *(*float64)(at(fr, p)) }
	}
	return func(fr *frame) float64 { return a(fr) / b(fr) }
}

// ordered compares numbers.
func ordered[T int64 | uint64 | float64](op token.Token, x, y operand[T]) func(*frame) bool {
	switch {
	case x.framed && y.fixed:
		return framedAndFixed(op, x.off, y.k)
	case x.framed && y.framed:
		return framedAndFramed[T](op, x.off, y.off)
	case y.fixed:
		return anyAndFixed(op, x.f, y.k)
	}
	return anyAndAny(op, x.f, y.f)
}

func framedAndFixed[T int64 | uint64 | float64](op token.Token, o uintptr, k T) func(*frame) bool {
	switch op {
	case token.EQL:
		return func(fr *frame) bool { return *(*T)(at(fr, o)) == k }
	case token.NEQ:
		return func(fr *frame) bool { return *(*T)(at(fr, o)) != k }
	case token.LSS:
		return func(fr *frame) bool { return *(*T)(at(fr, o)) < k }
	case token.LEQ:
		return func(fr *frame) bool { return *(*T)(at(fr, o)) <= k }
	case token.GTR:
		return func(fr *frame) bool { return *(*T)(at(fr, o)) > k }
	}
	return func(fr *frame) bool { return *(*T)(at(fr, o)) >= k }
}

func framedAndFramed[T int64 | uint64 | float64](op token.Token, o, p uintptr) func(*frame) bool {
	switch op {
	case token.EQL:
		return func(fr *frame) bool { return *(*T)(at(fr, o)) == *(*T)(at(fr, p)) }
	case token.NEQ:
		return func(fr *frame) bool { return *(*T)(at(fr, o)) != *(*T)(at(fr, p)) }
	case token.LSS:
		return func(fr *frame) bool { return *(*T)(at(fr, o)) < *(*T)(at(fr, p)) }
	case token.LEQ:
		return func(fr *frame) bool { return *(*T)(at(fr, o)) <= *(*T)(at(fr, p)) }
	case token.GTR:
		return func(fr *frame) bool { return *(*T)(at(fr, o)) > *(*T)(at(fr, p)) }
	}
	return func(fr *frame) bool { return *(*T)(at(fr, o)) >= *(*T)(at(fr, p)) }
}

func anyAndFixed[T int64 | uint64 | float64](op token.Token, a func(*frame) T, k T) func(*frame) bool {
	switch op {
	case token.EQL:
		return func(fr *frame) bool { return a(fr) == k }
	case token.NEQ:
		return func(fr *frame) bool { return a(fr) != k }
	case token.LSS:
		return func(fr *frame) bool { return a(fr) < k }
	case token.LEQ:
		return func(fr *frame) bool { return a(fr) <= k }
	case token.GTR:
		return func(fr *frame) bool { return a(fr) > k }
	}
	return func(fr *frame) bool { return a(fr) >= k }
}

func anyAndAny[T int64 | uint64 | float64 | string](op token.Token, a, b func(*frame) T) func(*frame) bool {
	switch op {
	case token.EQL:
		return func(fr *frame) bool { return a(fr) == b(fr) }
	case token.NEQ:
		return func(fr *frame) bool { return a(fr) != b(fr) }
	case token.LSS:
		return func(fr *frame) bool { return a(fr) < b(fr) }
	case token.LEQ:
		return func(fr *frame) bool { return a(fr) <= b(fr) }
	case token.GTR:
		return func(fr *frame) bool { return a(fr) > b(fr) }
	}
	return func(fr *frame) bool { return a(fr) >= b(fr) }
}
