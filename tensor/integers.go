package tensor

import "github.com/rustygradients/rg/tensor/backend"

// The functions of this file are of whole numbers, and have no gradient.

// GCD is the greatest common divisor of integers, element by element; it isn't negative.
func (t *Tensor) GCD(y *Tensor) *Tensor { return t.whole(backend.GCD, y) }

// LCM is the least common multiple of integers, element by element; it isn't negative.
func (t *Tensor) LCM(y *Tensor) *Tensor {
	sameDevice("lcm", t, y)
	dt := resultType(t, y)
	if !dt.IsInt() {
		failTypes("lcm", []*Tensor{t, y}, "takes whole numbers; convert with To")
	}
	a, b := t.To(Int64), y.To(Int64)
	divisor := a.GCD(b)
	out := a.FloorDivide(Where(divisor.EqualScalar(0), OnesLike(divisor), divisor)).Mul(b).Abs().To(dt)
	if dt == Int8 { // C computes these in 32 bits, and so doesn't see them overflow
		return out
	}
	return out.Abs() // where it overflows, too
}

// LeftShift is x·2ʸ of integers, without what overflows: the bits moved up. From the type's width on it is 0.
func (t *Tensor) LeftShift(y *Tensor) *Tensor { return t.whole(backend.LeftShift, y) }

// RightShift is x/2ʸ of integers, rounded down: the bits moved down, with the sign.
func (t *Tensor) RightShift(y *Tensor) *Tensor { return t.whole(backend.RightShift, y) }

// whole is a function of integers in the promoted type, in which the result wraps.
func (t *Tensor) whole(op backend.BinaryOp, y *Tensor) *Tensor {
	sameDevice(op.String(), t, y)
	dt := resultType(t, y)
	if !dt.IsInt() {
		failTypes(op.String(), []*Tensor{t, y}, "takes whole numbers; convert with To")
	}
	return t.binary(op, y, dt, dt)
}

// IsIn is true where x is one of the elements of y, of whatever shape.
func (t *Tensor) IsIn(y *Tensor) *Tensor {
	const op = "isin"
	sameDevice(op, t, y)
	backend.Poll()
	dt := resultType(t, y)
	x, set, as := t.Detach().To(dt), y.Detach().To(dt).Reshape(-1), Int64
	if dt.IsFloat() {
		as = Float64
	}
	if sorts(t) && y.Len() > 0 { // in order, where x would be is x
		x, set = x.To(as), set.To(as).Sort(SortOptions{})
		at := set.search(op, x.Reshape(-1), SearchOptions{}).ClampMax(float64(set.Len() - 1))
		return set.pick(op, 0, at).Reshape(x.layout.Shape...).Equal(x)
	}
	out := hostSlice[bool](op, t)
	if as == Float64 {
		isIn(out, x.Float64s(), set.Float64s())
	} else {
		isIn(out, x.Int64s(), set.Int64s())
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
