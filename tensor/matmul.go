package tensor

import (
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// MatMul is the matrix product of the last two axes, (…, m, k) × (…, k, n) → (…, m, n), with the axes
// in front broadcast. A vector on the left is a row, on the right a column, and its axis drops from
// the result, as in torch.matmul.
func (t *Tensor) MatMul(y *Tensor) *Tensor {
	sameDevice("matmul", t, y)
	if t.Rank() == 0 || y.Rank() == 0 {
		fail("matmul", []*Tensor{t, y}, "scalars have no matrix product; use Mul")
	}
	if t.Dim(-1) != y.Dim(max(-2, -y.Rank())) {
		hint := ""
		switch {
		case y.Rank() > 1 && t.Dim(-1) == y.Dim(-1),
			t.Rank() > 1 && y.Rank() > 1 && t.Dim(-2) == y.Dim(-2),
			t.Rank() == 2 && y.Rank() == 2:
			hint = "; transpose one?"
		}
		fail("matmul", []*Tensor{t, y}, "inner sizes %d and %d differ%s", t.Dim(-1), y.Dim(max(-2, -y.Rank())), hint)
	}
	t, y = t.lower(), y.lower()
	dt := resultType(t, y)
	if t.DType().IsFloat() != y.DType().IsFloat() || dt == Bool {
		failTypes("matmul", []*Tensor{t, y}, "convert one with To, so that both are floats or both integers")
	}
	// The product always has axes, so a scalar's special place in promotion can't arise.
	x := t.To(dt)
	y = y.To(dt)
	switch {
	case x.Rank() == 1 && y.Rank() == 1:
		return x.Unsqueeze(0).matmul(y.Unsqueeze(1)).Reshape()
	case x.Rank() == 1:
		return x.Unsqueeze(0).MatMul(y).squeezeAt(-2)
	case y.Rank() == 1:
		return x.MatMul(y.Unsqueeze(1)).squeezeAt(-1)
	case x.Rank() > 2 && y.Rank() == 2:
		// One large product is faster than a batch of small ones, and its gradient needs no sum over the
		// batch.
		out := append(slices.Clone(x.layout.Shape[:x.Rank()-1]), y.Dim(1))
		return x.Reshape(product(x.layout.Shape[:x.Rank()-1]), x.Dim(-1)).matmul(y).Reshape(out...)
	}
	return x.matmul(y)
}

func (t *Tensor) squeezeAt(axis int) *Tensor {
	return t.Reshape(droppedShape(t.layout.Shape, []int{t.axis("matmul", axis)})...)
}

// matmul multiplies operands of at least rank 2 and of one data type.
func (t *Tensor) matmul(y *Tensor) *Tensor { return t.matmulBy(t.backend().MatMul, y) }

// matmulBy is matmul by an operation of the backend's.
func (t *Tensor) matmulBy(multiply func(dst, x, y backend.View) error, y *Tensor) *Tensor {
	backend.Poll()
	t.finite("matmul")
	y.finite("matmul")
	m, k, n := t.Dim(-2), t.Dim(-1), y.Dim(-1)
	xb, yb := t.layout.Shape[:t.Rank()-2], y.layout.Shape[:y.Rank()-2]
	batch, ok := broadcastShapes(xb, yb)
	if !ok {
		fail("matmul", []*Tensor{t, y}, "the axes before the last two don't broadcast")
	}
	out := t.like("matmul", t.DType(), append(slices.Clone(batch), m, n))
	xv := t.stretched(append(slices.Clone(batch), m, k))
	yv := y.stretched(append(slices.Clone(batch), k, n))
	must(multiply(out.v(), xv, yv), "matmul", t, y)
	return record(out, "matmul", nil, t, y)
}

// Dot is the inner product of two vectors.
func (t *Tensor) Dot(y *Tensor) *Tensor {
	if t.Rank() != 1 || y.Rank() != 1 {
		fail("dot", []*Tensor{t, y}, "takes two vectors; use MatMul for the rest")
	}
	return t.MatMul(y)
}
