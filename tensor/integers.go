package tensor

import "github.com/rustygradients/rg/tensor/backend"

// The functions of this file are of whole numbers, and have no gradient. They are computed on the CPU.

// GCD is the greatest common divisor of integers, element by element; it isn't negative.
func (t *Tensor) GCD(y *Tensor) *Tensor { return t.whole("gcd", y, gcd) }

// LCM is the least common multiple of integers, element by element; it isn't negative.
func (t *Tensor) LCM(y *Tensor) *Tensor {
	out := t.whole("lcm", y, func(a, b int64) int64 {
		if a == 0 || b == 0 {
			return 0
		}
		return max(a/gcd(a, b)*b, -(a / gcd(a, b) * b))
	})
	if out.DType() == Int8 { // C computes these in 32 bits, and so doesn't see them overflow
		return out
	}
	return out.Abs() // where it overflows, too
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}

// LeftShift is x·2ʸ of integers, without what overflows: the bits moved up. From the type's width on it is 0.
func (t *Tensor) LeftShift(y *Tensor) *Tensor {
	return t.whole("leftshift", y, func(a, b int64) int64 {
		if b < 0 {
			return 0
		}
		return a << b
	})
}

// RightShift is x/2ʸ of integers, rounded down: the bits moved down, with the sign.
func (t *Tensor) RightShift(y *Tensor) *Tensor {
	return t.whole("rightshift", y, func(a, b int64) int64 {
		if b < 0 {
			b = 63
		}
		return a >> b
	})
}

// whole applies f to integers in the promoted type, in which the result wraps.
func (t *Tensor) whole(op string, y *Tensor, f func(a, b int64) int64) *Tensor {
	sameDevice(op, t, y)
	dt := resultType(t, y)
	if !dt.IsInt() {
		failTypes(op, []*Tensor{t, y}, "takes whole numbers; convert with To")
	}
	backend.Poll()
	shape := broadcast(op, t, y)
	checkShape(op, shape)
	out := t.like(op, dt, shape) // what is too large is refused here
	a, b := t.Expand(shape...).Int64s(), y.Expand(shape...).Int64s()
	for i := range a {
		a[i] = f(a[i], b[i])
	}
	return out.CopyFrom(t.index(a).Reshape(shape...))
}

// IsIn is true where x is one of the elements of y, of whatever shape.
func (t *Tensor) IsIn(y *Tensor) *Tensor {
	sameDevice("isin", t, y)
	backend.Poll()
	dt := resultType(t, y)
	out := hostSlice[bool]("isin", t)
	if dt.IsFloat() {
		isIn(out, t.To(dt).Float64s(), y.To(dt).Float64s())
	} else {
		isIn(out, t.Int64s(), y.Int64s())
	}
	return Options{Device: t.Device()}.FromSlice(out).Reshape(t.layout.Shape...)
}

func isIn[T int64 | float64](out []bool, xs, set []T) {
	has := make(map[T]bool, len(set))
	for _, v := range set {
		has[v] = true
	}
	for i, x := range xs {
		out[i] = has[x]
	}
}
