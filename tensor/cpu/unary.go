package cpu

import (
	"fmt"
	"math"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Unary computes dst = op(x), element by element. Not and IsNaN write Bool; the others write x's
// own type. Functions with fractional results (Exp, Sin, …) take floating point only.
func (*Backend) Unary(op backend.UnaryOp, dst, x backend.View) error {
	if err := owned(dst, x); err != nil {
		return err
	}
	dd, xd := dst.Storage.DType(), x.Storage.DType()
	want := xd
	if op == backend.Not || op == backend.IsNaN {
		want = dtype.Bool
	}
	if dd != want {
		return fmt.Errorf("cpu: %s of %s writes %s, not %s", op, xd, want, dd)
	}
	if runUnary(asm.Best.Unary(op, xd), 2, dst, x) {
		return nil
	}
	switch xd {
	case dtype.Float32, dtype.Float16, dtype.BFloat16:
		if want == dtype.Bool {
			return unaryTest[float32](op, dst, x)
		}
		return unaryMap(op, dst, x, unary32(op))
	case dtype.Float64:
		if want == dtype.Bool {
			return unaryTest[float64](op, dst, x)
		}
		return unaryMap(op, dst, x, unary64(op))
	case dtype.Int64:
		if want == dtype.Bool {
			return unaryTest[int64](op, dst, x)
		}
		return unaryMap(op, dst, x, unaryInt[int64](op))
	case dtype.Int32:
		if want == dtype.Bool {
			return unaryTest[int32](op, dst, x)
		}
		return unaryMap(op, dst, x, unaryInt[int32](op))
	case dtype.Int8:
		if want == dtype.Bool {
			return unaryTest[int8](op, dst, x)
		}
		return unaryMap(op, dst, x, unaryInt[int8](op))
	case dtype.Uint8:
		if want == dtype.Bool {
			return unaryTest[uint8](op, dst, x)
		}
		return unaryMap(op, dst, x, unaryInt[uint8](op))
	case dtype.Bool:
		if want == dtype.Bool && (op == backend.Not || op == backend.IsNaN) {
			return unaryTest[uint8](op, dst, x)
		}
	}
	return errDType(op, xd)
}

// unaryKernel computes dst[i] = f(x[i]). Both are as long, and may be the same.
type unaryKernel[T number] func(dst, x []T)

func unaryMap[T number](op backend.UnaryOp, dst, x backend.View, f unaryKernel[T]) error {
	if f == nil {
		return errDType(op, x.Storage.DType())
	}
	cost := 1
	switch op { // what a loop in Go takes
	case backend.Exp, backend.Log, backend.Sin, backend.Cos, backend.Tanh, backend.Sigmoid, backend.Erf:
		cost = 8
	default:
		if unaryMath(op) != nil {
			cost = 16
		}
	}
	d, s := newOperand[T](dst), newOperand[T](x)
	each(d.n, d.contiguous() && s.contiguous(), cost, func(lo, hi int, b *scratch) {
		to := d.room(lo, hi, typed[T](b, 0))
		f(to, s.load(lo, hi, typed[T](b, 1)))
		d.store(lo, to)
	})
	return nil
}

// unaryTest computes the operations that write Bool.
func unaryTest[T number](op backend.UnaryOp, dst, x backend.View) error {
	d, s := newOperand[uint8](dst), newOperand[T](x)
	each(d.n, d.contiguous() && s.contiguous(), 1, func(lo, hi int, b *scratch) {
		to := d.room(lo, hi, typed[uint8](b, 0))
		from := s.load(lo, hi, typed[T](b, 1))[:len(to)]
		if op == backend.Not {
			for i, v := range from {
				to[i] = truth[uint8](v == 0)
			}
		} else {
			for i, v := range from {
				to[i] = truth[uint8](v != v) // NaN is what differs from itself
			}
		}
		d.store(lo, to)
	})
	return nil
}

// unary32 returns the kernel for float32. Without a routine of package asm, the transcendental functions are computed
// in float64 and rounded once.
func unary32(op backend.UnaryOp) unaryKernel[float32] {
	if f := asm.Best.Unary(op, dtype.Float32); f != nil {
		return onSlices[float32](f)
	}
	return unary32Go(op)
}

func unary32Go(op backend.UnaryOp) unaryKernel[float32] {
	if f := unaryPlain[float32](op); f != nil {
		return f
	}
	f := unaryFunc(op)
	if f == nil {
		return nil
	}
	return func(dst, x []float32) {
		dst = dst[:len(x)]
		for i, v := range x {
			dst[i] = float32(f(float64(v)))
		}
	}
}

func unary64(op backend.UnaryOp) unaryKernel[float64] {
	if f := asm.Best.Unary(op, dtype.Float64); f != nil {
		return onSlices[float64](f)
	}
	if f := unaryPlain[float64](op); f != nil {
		return f
	}
	f := unaryFunc(op)
	if f == nil {
		return nil
	}
	return func(dst, x []float64) {
		dst = dst[:len(x)]
		for i, v := range x {
			dst[i] = f(v)
		}
	}
}

// unaryPlain returns the operations that are a few instructions.
func unaryPlain[T float32 | float64](op backend.UnaryOp) unaryKernel[T] {
	switch op {
	case backend.Reciprocal:
		return func(dst, x []T) {
			dst = dst[:len(x)]
			for i, v := range x {
				dst[i] = 1 / v
			}
		}
	case backend.Sqrt:
		return func(dst, x []T) {
			dst = dst[:len(x)]
			for i, v := range x {
				dst[i] = T(math.Sqrt(float64(v)))
			}
		}
	case backend.Rsqrt:
		return func(dst, x []T) {
			dst = dst[:len(x)]
			for i, v := range x {
				dst[i] = T(1 / math.Sqrt(float64(v)))
			}
		}
	case backend.Neg: // not 0-v, which loses the sign of zero
		return func(dst, x []T) {
			dst = dst[:len(x)]
			for i, v := range x {
				dst[i] = -v
			}
		}
	case backend.Abs:
		return func(dst, x []T) {
			dst = dst[:len(x)]
			for i, v := range x {
				dst[i] = T(math.Abs(float64(v)))
			}
		}
	}
	return unaryNumber[T](op)
}

// unaryNumber returns the operations that are written alike for every number.
func unaryNumber[T number](op backend.UnaryOp) unaryKernel[T] {
	switch op {
	case backend.Square:
		return func(dst, x []T) {
			dst = dst[:len(x)]
			for i, v := range x {
				dst[i] = v * v
			}
		}
	case backend.ReLU:
		return func(dst, x []T) {
			dst = dst[:len(x)]
			for i, v := range x {
				if v < 0 { // false for NaN, which stays
					v = 0
				}
				dst[i] = v
			}
		}
	case backend.Sign:
		return func(dst, x []T) {
			dst = dst[:len(x)]
			for i, v := range x {
				dst[i] = truth[T](v > 0) - truth[T](v < 0)
			}
		}
	}
	return nil
}

func unaryInt[T int64 | int32 | int8 | uint8](op backend.UnaryOp) unaryKernel[T] {
	switch op {
	case backend.Neg:
		return func(dst, x []T) {
			dst = dst[:len(x)]
			for i, v := range x {
				dst[i] = -v
			}
		}
	case backend.Abs:
		return func(dst, x []T) {
			dst = dst[:len(x)]
			for i, v := range x {
				if v < 0 {
					v = -v
				}
				dst[i] = v
			}
		}
	case backend.Floor, backend.Ceil, backend.Round:
		return func(dst, x []T) { copy(dst, x) }
	}
	return unaryNumber[T](op)
}

// unaryFunc returns the function of one number behind an operation.
func unaryFunc(op backend.UnaryOp) func(float64) float64 {
	switch op {
	case backend.Exp:
		return math.Exp
	case backend.Log:
		return math.Log
	case backend.Sin:
		return math.Sin
	case backend.Cos:
		return math.Cos
	case backend.Tanh:
		return math.Tanh
	case backend.Sigmoid:
		return sigmoid
	case backend.Erf:
		return math.Erf
	case backend.Floor:
		return math.Floor
	case backend.Ceil:
		return math.Ceil
	case backend.Round:
		return math.RoundToEven
	}
	return unaryMath(op)
}

// sigmoid is 1/(1+e⁻ˣ), written so that the exponential does not overflow.
func sigmoid(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}
