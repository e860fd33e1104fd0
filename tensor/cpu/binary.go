package cpu

import (
	"fmt"
	"math"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Binary computes dst = x op y, element by element. x and y have the same type, which is also dst's,
// except that comparisons write Bool, and so do And, Or and Xor, which see anything but zero as
// true. Add of two Bools is Or, Mul is And.
func (*Backend) Binary(op backend.BinaryOp, dst, x, y backend.View) error {
	if err := owned(dst, x, y); err != nil {
		return err
	}
	dd, xd, yd := dst.Storage.DType(), x.Storage.DType(), y.Storage.DType()
	if xd != yd && !(xd.IsHalf() && yd == dtype.Float32) {
		return fmt.Errorf("cpu: %s of %s and %s: cast one to the other first", op, xd, yd)
	}
	want := xd
	if op.IsComparison() || isLogic(op) {
		want = dtype.Bool
	}
	if dd != want {
		return fmt.Errorf("cpu: %s of %s writes %s, not %s", op, xd, want, dd)
	}
	if xd == yd && op != backend.Pow {
		f := asm.Best.Binary(op, xd)
		if want == dtype.Bool {
			f = asm.Best.Compare(op, xd)
		}
		if runBinary(f, 1, dst, x, y) {
			return nil
		}
	}
	switch xd {
	case dtype.Float32, dtype.Float16, dtype.BFloat16:
		if want == dtype.Bool {
			return compare[float32](op, dst, x, y)
		}
		return arith(op, dst, x, y, binary32)
	case dtype.Float64:
		if want == dtype.Bool {
			return compare[float64](op, dst, x, y)
		}
		return arith(op, dst, x, y, binary64)
	case dtype.Int64:
		if want == dtype.Bool {
			return compare[int64](op, dst, x, y)
		}
		return arithInt[int64](op, dst, x, y)
	case dtype.Int32:
		if want == dtype.Bool {
			return compare[int32](op, dst, x, y)
		}
		return arithInt[int32](op, dst, x, y)
	case dtype.Int8:
		if want == dtype.Bool {
			return compare[int8](op, dst, x, y)
		}
		return arithInt[int8](op, dst, x, y)
	case dtype.Uint8:
		if want == dtype.Bool {
			return compare[uint8](op, dst, x, y)
		}
		return arithInt[uint8](op, dst, x, y)
	case dtype.Bool:
		switch op { // arithmetic on one bit
		case backend.Add, backend.Maximum:
			op = backend.Or
		case backend.Mul, backend.Minimum:
			op = backend.And
		}
		if op.IsComparison() || isLogic(op) {
			return compare[uint8](op, dst, x, y)
		}
	}
	return errDType(op, xd)
}

func isLogic(op backend.BinaryOp) bool {
	return op == backend.And || op == backend.Or || op == backend.Xor
}

// binaryKernel computes dst[i] = x[i] op y[i]. All are as long; dst may be x or y.
type binaryKernel[T number] func(dst, x, y []T)

func arith[T number](op backend.BinaryOp, dst, x, y backend.View, kernel func(backend.BinaryOp) binaryKernel[T]) error {
	d, a, b := newOperand[T](dst), newOperand[T](x), newOperand[T](y)
	f := kernel(op)
	var constant binaryKernel[T]
	if op == backend.Pow && b.constant() && d.n > 0 {
		if constant = powConst(b.first()); constant != nil {
			f = constant
		}
	}
	if f == nil {
		return errDType(op, x.Storage.DType())
	}
	cost := 1
	switch op {
	case backend.Pow, backend.Mod, backend.Atan2, backend.Hypot, backend.FMod, backend.FloorDiv:
		cost = 16
	}
	if k := asm.Best.Binary(op, x.Storage.DType()); op == backend.Pow && k != nil && constant == nil {
		if dst.Storage.DType() == y.Storage.DType() && runBinary(k, 8, dst, x, y) {
			return nil
		}
	}
	each(d.n, d.contiguous() && a.contiguous() && b.contiguous(), cost, func(lo, hi int, s *scratch) {
		to := d.room(lo, hi, typed[T](s, 0))
		f(to, a.load(lo, hi, typed[T](s, 1)), b.load(lo, hi, typed[T](s, 2)))
		d.store(lo, to)
	})
	return nil
}

// arithInt is arith for integers, which have operands that no result fits.
func arithInt[T int64 | int32 | int8 | uint8](op backend.BinaryOp, dst, x, y backend.View) error {
	switch op {
	case backend.Div, backend.Mod, backend.FMod, backend.FloorDiv:
		if some(y, func(v T) bool { return v == 0 }) {
			return fmt.Errorf("cpu: %s: integer division by zero", op)
		}
	}
	return arith(op, dst, x, y, binaryInt[T])
}

// some reports whether f holds for any element.
func some[T elem](v backend.View, f func(T) bool) bool {
	o := newOperand[T](v)
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	for lo := 0; lo < o.n; lo += block {
		for _, e := range o.load(lo, min(lo+block, o.n), typed[T](s, 0)) {
			if f(e) {
				return true
			}
		}
	}
	return false
}

// binaryNumber returns the kernels that are written alike for every number.
func binaryNumber[T number](op backend.BinaryOp) binaryKernel[T] {
	switch op {
	case backend.Add:
		return add[T]
	case backend.Sub:
		return sub[T]
	case backend.Mul:
		return mul[T]
	case backend.Div:
		return div[T]
	case backend.Maximum:
		return maximum[T]
	case backend.Minimum:
		return minimum[T]
	}
	return nil
}

func add[T number](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] + y[i]
	}
}

func sub[T number](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] - y[i]
	}
}

func mul[T number](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] * y[i]
	}
}

func div[T number](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] / y[i]
	}
}

// maximum keeps NaN from either side, as max does.
func maximum[T number](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = max(x[i], y[i])
	}
}

func minimum[T number](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = min(x[i], y[i])
	}
}

func binaryFloat[T float32 | float64](op backend.BinaryOp) binaryKernel[T] {
	switch op {
	case backend.Pow:
		return func(dst, x, y []T) {
			for i := range dst {
				dst[i] = T(math.Pow(float64(x[i]), float64(y[i])))
			}
		}
	case backend.Mod:
		return func(dst, x, y []T) {
			for i := range dst {
				dst[i] = T(floatMod(float64(x[i]), float64(y[i])))
			}
		}
	}
	if f := binaryMath(op); f != nil {
		return func(dst, x, y []T) {
			for i := range dst {
				dst[i] = T(f(float64(x[i]), float64(y[i])))
			}
		}
	}
	return binaryNumber[T](op)
}

// floatMod is the remainder with the sign of the divisor.
func floatMod(x, y float64) float64 {
	m := math.Mod(x, y)
	if m != 0 && (m < 0) != (y < 0) {
		m += y
	}
	return m
}

func binaryInt[T int64 | int32 | int8 | uint8](op backend.BinaryOp) binaryKernel[T] {
	if f := asm.Best.Binary(op, typeOf[T]()); f != nil {
		return onSlices2[T](f)
	}
	return binaryIntGo[T](op)
}

func binaryIntGo[T int64 | int32 | int8 | uint8](op backend.BinaryOp) binaryKernel[T] {
	switch op {
	case backend.Pow:
		return func(dst, x, y []T) {
			for i := range dst {
				dst[i] = intPow(x[i], y[i])
			}
		}
	case backend.Mod:
		return func(dst, x, y []T) {
			for i := range dst {
				m := x[i] % y[i]
				if m != 0 && (m < 0) != (y[i] < 0) {
					m += y[i]
				}
				dst[i] = m
			}
		}
	}
	if f := intMath[T](op); f != nil {
		return f
	}
	return binaryNumber[T](op)
}

// intPow cuts negative powers to whole numbers, as PyTorch: they are 0 but of ±1.
func intPow[T int64 | int32 | int8 | uint8](x, n T) T {
	if n < 0 {
		switch {
		case x == 1, x+1 == 0 && n&1 == 0:
			return 1
		case x+1 == 0:
			return x
		}
		return 0
	}
	p := T(1)
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			p *= x
		}
		x *= x
	}
	return p
}

// powConst returns the kernel for an exponent that is a few multiplications, or nil.
func powConst[T number](y T) binaryKernel[T] {
	switch float64(y) {
	case 1:
		return func(dst, x, _ []T) { copy(dst, x) }
	case 2:
		return func(dst, x, _ []T) { mul(dst, x, x) }
	case 3:
		return func(dst, x, _ []T) {
			for i, v := range x {
				dst[i] = v * v * v
			}
		}
	}
	return nil
}

// compare computes the operations that write Bool.
func compare[T number](op backend.BinaryOp, dst, x, y backend.View) error {
	f := compareKernel[T](op)
	if k := asm.Best.Compare(op, typeOf[T]()); k != nil && !isLogic(op) {
		f = func(dst []uint8, x, y []T) {
			if len(dst) > 0 {
				k(len(dst), first(dst), first(x), first(y), 1, 1)
			}
		}
	}
	if f == nil {
		return errDType(op, x.Storage.DType())
	}
	d, a, b := newOperand[uint8](dst), newOperand[T](x), newOperand[T](y)
	each(d.n, d.contiguous() && a.contiguous() && b.contiguous(), 1, func(lo, hi int, s *scratch) {
		to := d.room(lo, hi, typed[uint8](s, 0))
		as := a.load(lo, hi, typed[T](s, 1))
		bs := b.load(lo, hi, typed[T](s, 2))
		f(to, as[:len(to)], bs[:len(to)])
		d.store(lo, to)
	})
	return nil
}

func compareKernel[T number](op backend.BinaryOp) func(dst []uint8, x, y []T) {
	switch op {
	case backend.Equal:
		return func(dst []uint8, x, y []T) {
			for i := range dst {
				dst[i] = truth[uint8](x[i] == y[i])
			}
		}
	case backend.NotEqual:
		return func(dst []uint8, x, y []T) {
			for i := range dst {
				dst[i] = truth[uint8](x[i] != y[i])
			}
		}
	case backend.Less:
		return func(dst []uint8, x, y []T) {
			for i := range dst {
				dst[i] = truth[uint8](x[i] < y[i])
			}
		}
	case backend.LessEqual:
		return func(dst []uint8, x, y []T) {
			for i := range dst {
				dst[i] = truth[uint8](x[i] <= y[i])
			}
		}
	case backend.Greater:
		return func(dst []uint8, x, y []T) {
			for i := range dst {
				dst[i] = truth[uint8](x[i] > y[i])
			}
		}
	case backend.GreaterEqual:
		return func(dst []uint8, x, y []T) {
			for i := range dst {
				dst[i] = truth[uint8](x[i] >= y[i])
			}
		}
	case backend.And:
		return func(dst []uint8, x, y []T) {
			for i := range dst {
				dst[i] = truth[uint8](x[i] != 0 && y[i] != 0)
			}
		}
	case backend.Or:
		return func(dst []uint8, x, y []T) {
			for i := range dst {
				dst[i] = truth[uint8](x[i] != 0 || y[i] != 0)
			}
		}
	case backend.Xor:
		return func(dst []uint8, x, y []T) {
			for i := range dst {
				dst[i] = truth[uint8]((x[i] != 0) != (y[i] != 0))
			}
		}
	}
	return nil
}
