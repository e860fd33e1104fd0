package tensor

import (
	"github.com/rustygradients/rg/tensor/backend"
)

// reduce folds the axes away, or keeps them with size 1. The record's attribute is the axes.
func (t *Tensor) reduce(op backend.ReduceOp, dt DType, axes []int, keep bool) *Tensor {
	backend.Poll()
	name := op.String()
	axes = t.axes(name, axes)
	t.finite(name)
	if op == backend.Max || op == backend.Min || op == backend.ArgMax || op == backend.ArgMin {
		for _, a := range axes {
			if t.layout.Shape[a] == 0 {
				fail(name, []*Tensor{t}, "there is no %s of nothing: axis %d is empty", name, a)
			}
		}
	}
	kept := keptShape(t.layout.Shape, axes)
	out := t.like(name, dt, kept)
	must(t.backend().Reduce(op, out.v(), t.v(), axes...), name, t)
	out = record(out, name, axes, t)
	if keep {
		return out
	}
	return out.Reshape(droppedShape(t.layout.Shape, axes)...)
}

// summed is the type that sums are made in: Int64 for integers and bools.
func (t *Tensor) summed() *Tensor {
	if t.DType().IsFloat() {
		return t.higher()
	}
	return t.To(Int64)
}

// Sum adds the elements along the axes, or all of them. Integers and bools add up to Int64.
func (t *Tensor) Sum(axes ...int) *Tensor { return t.sum(axes, false) }

// SumKeepDim is Sum that leaves the axes with size 1.
func (t *Tensor) SumKeepDim(axes ...int) *Tensor { return t.sum(axes, true) }

func (t *Tensor) sum(axes []int, keep bool) *Tensor {
	x := t.summed()
	return x.reduce(backend.Sum, x.DType(), axes, keep)
}

// Prod multiplies the elements along the axes, or all of them.
func (t *Tensor) Prod(axes ...int) *Tensor {
	x := t.summed()
	return x.reduce(backend.Prod, x.DType(), axes, false)
}

// ProdKeepDim is Prod that leaves the axes with size 1.
func (t *Tensor) ProdKeepDim(axes ...int) *Tensor {
	x := t.summed()
	return x.reduce(backend.Prod, x.DType(), axes, true)
}

// Mean is the arithmetic mean along the axes, or of all. Integers and bools have a Float32 mean, so
// that pred.Equal(labels).Mean() is an accuracy.
func (t *Tensor) Mean(axes ...int) *Tensor { return t.mean(axes, false) }

// MeanKeepDim is Mean that leaves the axes with size 1.
func (t *Tensor) MeanKeepDim(axes ...int) *Tensor { return t.mean(axes, true) }

func (t *Tensor) mean(axes []int, keep bool) *Tensor {
	t = t.higher()
	x := t.wide()
	return x.sum(axes, keep).DivScalar(float64(x.count(axes))).To(floating(t.DType()))
}

// wide is t in the type that functions of several steps compute in, so that the halves are rounded
// once, at the end: Float32 for them, and for integers and bools.
func (t *Tensor) wide() *Tensor {
	if t.DType() == Float64 {
		return t
	}
	return t.To(Float32)
}

// count is how many elements are folded into one.
func (t *Tensor) count(axes []int) int {
	n := 1
	for _, a := range t.axes("mean", axes) {
		n *= t.layout.Shape[a]
	}
	return n
}

// Max is the largest element along the axes, or of all; NaN if there is one. Equals share the
// gradient, as in torch.amax.
func (t *Tensor) Max(axes ...int) *Tensor { return t.reduce(backend.Max, t.DType(), axes, false) }

// MaxKeepDim is Max that leaves the axes with size 1.
func (t *Tensor) MaxKeepDim(axes ...int) *Tensor { return t.reduce(backend.Max, t.DType(), axes, true) }

// Min is the smallest element along the axes, or of all; NaN if there is one.
func (t *Tensor) Min(axes ...int) *Tensor { return t.reduce(backend.Min, t.DType(), axes, false) }

// MinKeepDim is Min that leaves the axes with size 1.
func (t *Tensor) MinKeepDim(axes ...int) *Tensor { return t.reduce(backend.Min, t.DType(), axes, true) }

// ArgMax is the Int64 index of the largest element along one axis; without one, the index into the
// flattened tensor. The first of equals wins.
func (t *Tensor) ArgMax(axis ...int) *Tensor { return t.arg(backend.ArgMax, axis, false) }

// ArgMaxKeepDim is ArgMax that leaves the axis with size 1.
func (t *Tensor) ArgMaxKeepDim(axis int) *Tensor { return t.arg(backend.ArgMax, []int{axis}, true) }

// ArgMin is the Int64 index of the smallest element; see ArgMax.
func (t *Tensor) ArgMin(axis ...int) *Tensor { return t.arg(backend.ArgMin, axis, false) }

// ArgMinKeepDim is ArgMin that leaves the axis with size 1.
func (t *Tensor) ArgMinKeepDim(axis int) *Tensor { return t.arg(backend.ArgMin, []int{axis}, true) }

func (t *Tensor) arg(op backend.ReduceOp, axis []int, keep bool) *Tensor {
	switch len(axis) {
	case 0:
		return t.Reshape(-1).reduce(op, Int64, []int{0}, false)
	case 1:
		if t.scalarAxis(axis[0]) {
			return t.Reshape(1).reduce(op, Int64, []int{0}, false)
		}
		return t.reduce(op, Int64, axis, keep)
	}
	fail(op.String(), []*Tensor{t}, "takes one axis, not %d", len(axis))
	return nil
}

// Any is true where some element along the axes is non-zero.
func (t *Tensor) Any(axes ...int) *Tensor { return t.To(Bool).reduce(backend.Any, Bool, axes, false) }

// All is true where every element along the axes is non-zero.
func (t *Tensor) All(axes ...int) *Tensor { return t.To(Bool).reduce(backend.All, Bool, axes, false) }

// VarOptions are for Variance.
type VarOptions struct {
	Axes       []int // none means all
	Correction int   // subtracted from the count: 0 for the population's variance, 1 for the sample's
	KeepDim    bool
}

// Variance is the mean square distance from the mean.
func (t *Tensor) Variance(o VarOptions) *Tensor {
	t = t.higher()
	x := t.wide()
	d := x.Sub(x.MeanKeepDim(o.Axes...))
	v := d.Square().sum(o.Axes, o.KeepDim).DivScalar(float64(max(x.count(o.Axes)-o.Correction, 0)))
	return v.To(floating(t.DType()))
}

// Var is the sample variance (divided by n-1, as in PyTorch) along the axes, or of all.
func (t *Tensor) Var(axes ...int) *Tensor { return t.Variance(VarOptions{Axes: axes, Correction: 1}) }

// VarKeepDim is Var that leaves the axes with size 1.
func (t *Tensor) VarKeepDim(axes ...int) *Tensor {
	return t.Variance(VarOptions{Axes: axes, Correction: 1, KeepDim: true})
}

// Std is the square root of Var.
func (t *Tensor) Std(axes ...int) *Tensor {
	return t.higher().inWide(func(x *Tensor) *Tensor { return x.Var(axes...).Sqrt() })
}

// StdKeepDim is Std that leaves the axes with size 1.
func (t *Tensor) StdKeepDim(axes ...int) *Tensor {
	return t.higher().inWide(func(x *Tensor) *Tensor { return x.VarKeepDim(axes...).Sqrt() })
}

// LogSumExp is log Σ eˣ along the axes, or of all, without overflow.
func (t *Tensor) LogSumExp(axes ...int) *Tensor {
	return t.LogSumExpKeepDim(axes...).Reshape(droppedShape(t.layout.Shape, t.axes("logsumexp", axes))...)
}

// LogSumExpKeepDim is LogSumExp that leaves the axes with size 1.
func (t *Tensor) LogSumExpKeepDim(axes ...int) *Tensor {
	t = t.higher()
	x := t.wide()
	if kept := keptShape(x.layout.Shape, t.axes("logsumexp", axes)); x.Len() == 0 && product(kept) > 0 {
		return Options{DType: floating(t.DType()), Device: t.Device()}.Full(-inf, kept...) // the logarithm of no sum
	}
	m := x.Detach().MaxKeepDim(axes...)
	// An infinite maximum would make ∞ − ∞ of itself.
	m = m.MaskedFill(m.Abs().EqualScalar(inf), 0)
	return x.Sub(m).Exp().SumKeepDim(axes...).Log().Add(m).To(floating(t.DType()))
}
