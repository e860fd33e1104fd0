package tensor

import (
	"math"
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// binary runs an element-wise function of two operands, which are broadcast and converted to the
// data type they are computed in.
func (t *Tensor) binary(op backend.BinaryOp, y *Tensor, compute, result DType) *Tensor {
	backend.Poll()
	name := op.String()
	shape := broadcast(name, t, y)
	x := t.To(compute)
	y = y.To(compute)
	out := x.like(name, result, shape)
	must(x.backend().Binary(op, out.v(), x.stretched(shape), y.stretched(shape)), name, t, y)
	return record(out, name, nil, x, y)
}

// stretched is the view broadcast to a shape that fits.
func (t *Tensor) stretched(shape []int) backend.View {
	if slices.Equal(shape, t.layout.Shape) {
		return t.v()
	}
	return backend.View{Storage: t.data.Storage, Layout: stretch(t.layout, shape)}
}

func stretch(l backend.Layout, shape []int) backend.Layout {
	pad := len(shape) - len(l.Shape)
	out := backend.Layout{Shape: shape, Stride: make([]int, len(shape)), Offset: l.Offset}
	for i, d := range l.Shape {
		if d == shape[pad+i] {
			out.Stride[pad+i] = l.Stride[i]
		}
	}
	return out
}

// arithmetic is binary in the promoted type; of two bools, what logic makes of the operation.
func (t *Tensor) arithmetic(op backend.BinaryOp, y *Tensor) *Tensor {
	sameDevice(op.String(), t, y)
	dt := resultType(t, y)
	if dt == Bool {
		switch op {
		case backend.Add, backend.Maximum:
			op = backend.Or
		case backend.Mul, backend.Minimum:
			op = backend.And
		default:
			failTypes(op.String(), []*Tensor{t, y}, "not for bools; convert one with To")
		}
	}
	return t.binary(op, y, dt, dt)
}

// Add is x + y.
func (t *Tensor) Add(y *Tensor) *Tensor { return t.arithmetic(backend.Add, y) }

// Sub is x - y.
func (t *Tensor) Sub(y *Tensor) *Tensor { return t.arithmetic(backend.Sub, y) }

// Mul is x · y, element by element.
func (t *Tensor) Mul(y *Tensor) *Tensor { return t.arithmetic(backend.Mul, y) }

// Div is x / y. Integers divide as Float32.
func (t *Tensor) Div(y *Tensor) *Tensor {
	sameDevice("div", t, y)
	dt := floating(resultType(t, y))
	return t.binary(backend.Div, y, dt, dt)
}

// Pow is x to the power of y.
func (t *Tensor) Pow(y *Tensor) *Tensor { return t.higher().arithmetic(backend.Pow, y.higher()) }

// Mod is the remainder of x / y with the sign of y, as Python's %.
func (t *Tensor) Mod(y *Tensor) *Tensor { return t.arithmetic(backend.Mod, y) }

// Maximum is the larger of x and y; NaN if either is. Equals share the gradient.
func (t *Tensor) Maximum(y *Tensor) *Tensor { return t.arithmetic(backend.Maximum, y) }

// Minimum is the smaller of x and y; NaN if either is. Equals share the gradient.
func (t *Tensor) Minimum(y *Tensor) *Tensor { return t.arithmetic(backend.Minimum, y) }

// operand makes a rank-0 tensor of a Go number, to compute with x: in x's data type, or in Float32 if
// that can't hold it.
func (t *Tensor) operand(op string, v float64) *Tensor {
	dt := t.DType()
	whole := v == math.Trunc(v) && !math.IsInf(v, 0)
	switch {
	case dt.IsFloat():
	case !whole:
		dt = Float32
	case dt == Bool && v != 0 && v != 1:
		dt = Int64
	}
	return t.scalar(op, v, dt)
}

// withScalar is an operation with a number, recorded under a name of its own so that the number needs
// no gradient.
func (t *Tensor) withScalar(op backend.BinaryOp, v float64) *Tensor {
	backend.Poll()
	name := op.String()
	s := t.operand(name, v)
	dt := resultType(t, s)
	if op == backend.Div {
		dt = floating(dt)
	}
	if dt == Bool { // numbers that happen to be 0 or 1 are numbers still
		dt = Int64
	}
	x := t.To(dt)
	if dt.IsHalf() && op <= backend.Div {
		s = t.scalar(name, v, Float32) // a number keeps its digits, as in PyTorch: 60000·1e-8 is no 0
	} else {
		s = s.To(dt)
	}
	out := x.like(name, dt, x.layout.Shape)
	must(x.backend().Binary(op, out.v(), x.v(), s.stretched(x.layout.Shape)), name, t)
	return record(out, name+"_scalar", v, x)
}

// AddScalar is x + v. A number takes part in x's data type; with integers, a fraction makes Float32.
func (t *Tensor) AddScalar(v float64) *Tensor { return t.withScalar(backend.Add, v) }

// SubScalar is x - v.
func (t *Tensor) SubScalar(v float64) *Tensor { return t.withScalar(backend.Sub, v) }

// RSubScalar is v - x.
func (t *Tensor) RSubScalar(v float64) *Tensor { return t.Neg().AddScalar(v) }

// MulScalar is x · v.
func (t *Tensor) MulScalar(v float64) *Tensor { return t.withScalar(backend.Mul, v) }

// DivScalar is x / v.
func (t *Tensor) DivScalar(v float64) *Tensor { return t.withScalar(backend.Div, v) }

// RDivScalar is v / x.
func (t *Tensor) RDivScalar(v float64) *Tensor { return t.Reciprocal().MulScalar(v) }

// PowScalar is x to the power of v.
func (t *Tensor) PowScalar(v float64) *Tensor {
	t = t.higher()
	if t.DType().IsFloat() {
		switch v {
		case 0.5:
			return t.Sqrt()
		case 2:
			return t.Square()
		}
	} else if v < 0 && v == math.Trunc(v) {
		failTypes("pow", []*Tensor{t}, "an integer to the power of %v is no integer; convert with To", v)
	}
	return t.withScalar(backend.Pow, v)
}

// ModScalar is the remainder of x / v with the sign of v.
func (t *Tensor) ModScalar(v float64) *Tensor { return t.withScalar(backend.Mod, v) }

// ClampMin is the larger of x and v. Where x is v the gradient is whole, as in PyTorch.
func (t *Tensor) ClampMin(v float64) *Tensor { return t.withScalar(backend.Maximum, v) }

// ClampMax is the smaller of x and v.
func (t *Tensor) ClampMax(v float64) *Tensor { return t.withScalar(backend.Minimum, v) }

// Clamp keeps x between lo and hi.
func (t *Tensor) Clamp(lo, hi float64) *Tensor { return t.ClampMin(lo).ClampMax(hi) }

func (t *Tensor) compare(op backend.BinaryOp, y *Tensor) *Tensor {
	sameDevice(op.String(), t, y)
	return t.binary(op, y, resultType(t, y), Bool)
}

// Equal is true where x == y. It is the element-wise comparison; AllClose compares whole tensors.
func (t *Tensor) Equal(y *Tensor) *Tensor { return t.compare(backend.Equal, y) }

// NotEqual is true where x != y.
func (t *Tensor) NotEqual(y *Tensor) *Tensor { return t.compare(backend.NotEqual, y) }

// Less is true where x < y.
func (t *Tensor) Less(y *Tensor) *Tensor { return t.compare(backend.Less, y) }

// LessEqual is true where x <= y.
func (t *Tensor) LessEqual(y *Tensor) *Tensor { return t.compare(backend.LessEqual, y) }

// Greater is true where x > y.
func (t *Tensor) Greater(y *Tensor) *Tensor { return t.compare(backend.Greater, y) }

// GreaterEqual is true where x >= y.
func (t *Tensor) GreaterEqual(y *Tensor) *Tensor { return t.compare(backend.GreaterEqual, y) }

func (t *Tensor) compareScalar(op backend.BinaryOp, v float64) *Tensor {
	return t.compare(op, t.operand(op.String(), v))
}

// EqualScalar is true where x == v.
func (t *Tensor) EqualScalar(v float64) *Tensor { return t.compareScalar(backend.Equal, v) }

// NotEqualScalar is true where x != v.
func (t *Tensor) NotEqualScalar(v float64) *Tensor { return t.compareScalar(backend.NotEqual, v) }

// LessScalar is true where x < v.
func (t *Tensor) LessScalar(v float64) *Tensor { return t.compareScalar(backend.Less, v) }

// LessEqualScalar is true where x <= v.
func (t *Tensor) LessEqualScalar(v float64) *Tensor { return t.compareScalar(backend.LessEqual, v) }

// GreaterScalar is true where x > v.
func (t *Tensor) GreaterScalar(v float64) *Tensor { return t.compareScalar(backend.Greater, v) }

// GreaterEqualScalar is true where x >= v.
func (t *Tensor) GreaterEqualScalar(v float64) *Tensor {
	return t.compareScalar(backend.GreaterEqual, v)
}

func (t *Tensor) logic(op backend.BinaryOp, y *Tensor) *Tensor {
	sameDevice(op.String(), t, y)
	return t.binary(op, y, Bool, Bool)
}

// LogicalAnd is true where both are non-zero.
func (t *Tensor) LogicalAnd(y *Tensor) *Tensor { return t.logic(backend.And, y) }

// LogicalOr is true where either is non-zero.
func (t *Tensor) LogicalOr(y *Tensor) *Tensor { return t.logic(backend.Or, y) }

// LogicalXor is true where one is non-zero and the other is not.
func (t *Tensor) LogicalXor(y *Tensor) *Tensor { return t.logic(backend.Xor, y) }

// Where takes the elements of x where cond is true, and those of y where it is false. The three are
// broadcast.
func Where(cond, x, y *Tensor) *Tensor {
	sameDevice("where", cond, x, y)
	if cond.DType() != Bool {
		failTypes("where", []*Tensor{cond, x, y}, "the condition must be bool; compare, or convert with To")
	}
	backend.Poll()
	shape := broadcast("where", cond, x, y)
	dt := resultType(x, y)
	x, y = x.To(dt), y.To(dt)
	out := x.like("where", dt, shape)
	must(x.backend().Where(out.v(), cond.stretched(shape), x.stretched(shape), y.stretched(shape)), "where", cond, x, y)
	return record(out, "where", nil, cond, x, y)
}

// MaskedFill puts v where the mask is true. The mask is broadcast.
func (t *Tensor) MaskedFill(mask *Tensor, v float64) *Tensor {
	if t.DType() == Bool {
		return Where(mask, t.scalar("maskedfill", v, Bool), t)
	}
	return Where(mask, t.operand("maskedfill", v), t)
}
