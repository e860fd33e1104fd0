package tensor

import (
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// The operations in this file write into t. They are not recorded, so a tensor that requires grad is
// changed inside NoGrad; a backward pass that saved the old elements fails and says so.

// writing checks that t may be written to, and counts the write.
func (t *Tensor) writing(op string) {
	backend.Poll()
	if t.RequiresGrad() && GradEnabled() {
		fail(op, []*Tensor{t}, "a tensor that requires grad is changed in place only inside tensor.NoGrad(func() { … })")
	}
	if t.overlaps() {
		fail(op, []*Tensor{t}, "several elements of this broadcast view share memory; write to a Clone of it")
	}
	t.data.version.Add(1)
}

// Fill sets every element to v, and returns t.
func (t *Tensor) Fill(v float64) *Tensor {
	t.writing("fill")
	must(t.backend().Fill(t.v(), v), "fill", t)
	return t
}

// Zero sets every element to 0, and returns t.
func (t *Tensor) Zero() *Tensor { return t.Fill(0) }

// CopyFrom copies the elements of y, broadcast and converted, into t, and returns t.
func (t *Tensor) CopyFrom(y *Tensor) *Tensor {
	t.inPlace("copyfrom", y, func(dst, y backend.View) error { return t.backend().Copy(dst, y) })
	return t
}

// AddInPlace adds y to t, and returns t. y is broadcast and converted, as in all of these.
func (t *Tensor) AddInPlace(y *Tensor) *Tensor { return t.binaryInPlace(backend.Add, y) }

// SubInPlace subtracts y from t, and returns t.
func (t *Tensor) SubInPlace(y *Tensor) *Tensor { return t.binaryInPlace(backend.Sub, y) }

// MulInPlace multiplies t by y, and returns t.
func (t *Tensor) MulInPlace(y *Tensor) *Tensor { return t.binaryInPlace(backend.Mul, y) }

// DivInPlace divides t by y, and returns t.
func (t *Tensor) DivInPlace(y *Tensor) *Tensor { return t.binaryInPlace(backend.Div, y) }

// AddScalarInPlace adds v to t, and returns t.
func (t *Tensor) AddScalarInPlace(v float64) *Tensor {
	return t.AddInPlace(t.scalar("add", v, t.DType()))
}

// MulScalarInPlace multiplies t by v, and returns t.
func (t *Tensor) MulScalarInPlace(v float64) *Tensor {
	return t.MulInPlace(t.scalar("mul", v, t.DType()))
}

// AddScaledInPlace adds v·y to t, and returns t: p.AddScaledInPlace(grad, -rate).
func (t *Tensor) AddScaledInPlace(y *Tensor, v float64) *Tensor {
	return t.AddInPlace(y.Detach().MulScalar(v))
}

func (t *Tensor) binaryInPlace(op backend.BinaryOp, y *Tensor) *Tensor {
	if op == backend.Div && !t.DType().IsFloat() {
		failTypes("div", []*Tensor{t, y}, "integers can't hold the quotient; convert t with To first")
	}
	t.inPlace(op.String(), y, func(dst, y backend.View) error { return t.backend().Binary(op, dst, dst, y) })
	return t
}

func (t *Tensor) inPlace(op string, y *Tensor, do func(dst, y backend.View) error) {
	sameDevice(op, t, y)
	if y.RequiresGrad() && GradEnabled() {
		fail(op, []*Tensor{t, y}, "writing in place would lose the gradient of y; use the operation that returns a new tensor, or Detach y")
	}
	if shape := broadcast(op, t, y); !slices.Equal(shape, t.layout.Shape) {
		fail(op, []*Tensor{t, y}, "y doesn't broadcast to the shape of what is written")
	}
	t.writing(op)
	y = y.Detach().To(t.DType())
	// A backend reads and writes the same view or apart, never a half-shifted one.
	if y.data == t.data && !sameLayout(y.layout, t.layout) {
		y = y.Clone()
	}
	must(do(t.v(), y.stretched(t.layout.Shape)), op, t, y)
}

func sameLayout(a, b backend.Layout) bool {
	return a.Offset == b.Offset && slices.Equal(a.Shape, b.Shape) && slices.Equal(a.Stride, b.Stride)
}
