package tensor

import (
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// Activation names what LinearActivation applies; the zero value is nothing.
type Activation = backend.EpilogueActivation

// The activations that LinearActivation applies: see ReLU, GELU and GELUTanh.
const (
	ReLUActivation     = backend.EpilogueReLU
	GELUActivation     = backend.EpilogueGELU
	GELUTanhActivation = backend.EpilogueGELUTanh
)

// Linear is x·Wᵀ + b: x (…, in), weight (out, in), bias (out,) or nil → (…, out).
func (t *Tensor) Linear(weight, bias *Tensor) *Tensor { return t.LinearActivation(weight, bias, 0) }

// LinearActivation is an activation of Linear: x.LinearActivation(w, b, tensor.GELUActivation) is x.Linear(w, b).GELU(), with the same gradients, and
// keeps nothing of what lies between but for Backward. On a GPU it is one operation.
func (t *Tensor) LinearActivation(weight, bias *Tensor, a Activation) *Tensor {
	if weight.Rank() != 2 || t.Rank() == 0 || t.Dim(-1) != weight.Dim(1) {
		fail("linear", []*Tensor{t, weight}, "the weight is (out, in), and in is the input's last axis")
	}
	if a > GELUTanhActivation {
		fail("linear", []*Tensor{t, weight}, "there is no activation %d", uint8(a))
	}
	if bias == nil && a == backend.EpilogueNone {
		return t.MatMul(weight.T())
	}
	if out := t.affine(weight, bias, a); out != nil {
		return out
	}
	y := t.MatMul(weight.T())
	switch {
	case bias != nil && y.DType().IsHalf():
		y = y.addFresh(bias.lower())
	case bias != nil:
		y = y.addFresh(bias)
	}
	if a == backend.EpilogueNone {
		return y
	}
	defer y.Release()
	switch a {
	case ReLUActivation:
		return y.ReLU()
	case GELUActivation:
		return y.GELU()
	}
	return y.GELUTanh()
}

// affine is LinearActivation in one operation of the backend's, or nil where that isn't for these operands. The graph is that of a product, a sum and an
// activation: only a smooth one needs what was before it, so only then is that kept, until Backward. Anomaly mode looks at each by itself.
func (t *Tensor) affine(weight, bias *Tensor, a Activation) *Tensor {
	b, ok := backend.As[backend.MatMulEpilogueBackend](t.backend())
	x, w := t.lower(), weight.lower()
	n := weight.Dim(0)
	if !ok || mode().anomaly || !x.DType().IsFloat() || x.DType() != w.DType() || x.Device() != w.Device() {
		return nil
	}
	e := backend.Epilogue{Activation: a}
	recorded := GradEnabled() && (x.RequiresGrad() || w.RequiresGrad())
	if bias != nil {
		// Autocast would round a bias of float32 as the epilogue does.
		if bias.DType() != x.DType() && (bias.DType() != Float32 || mode().autocast != x.DType()) || !slices.Equal(bias.layout.Shape, []int{n}) ||
			x.Device() != bias.Device() {
			return nil
		}
		e.Bias = bias.v()
		recorded = recorded || GradEnabled() && bias.RequiresGrad()
	}
	shape := append(slices.Clone(x.layout.Shape[:x.Rank()-1]), n)
	if x.Rank() != 2 {
		x = x.Reshape(product(shape[:len(shape)-1]), x.Dim(-1))
	}
	smooth := backend.GELU
	if a == GELUTanhActivation {
		smooth = backend.GELUTanh
	}
	var out *Tensor
	y := x.matmulBy(func(dst, x, y backend.View) error {
		if recorded && a >= GELUActivation {
			out = t.like(a.String(), x.Storage.DType(), dst.Layout.Shape)
			dst, e.Before = out.v(), dst
		}
		return b.MatMulEpilogue(dst, x, y, e)
	}, w.T())
	if bias != nil {
		y = record(y.Detach(), "add", nil, y, bias)
	}
	switch {
	case out != nil:
		record(out, smooth.String(), smooth, y)
		y.Release()
		y = out
	case a == ReLUActivation:
		y = record(y.Detach(), "relu", nil, y)
	}
	return y.Reshape(shape...)
}
