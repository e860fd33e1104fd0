package tensor

import (
	"math"

	"github.com/rustygradients/rg/tensor/backend"
)

var inf = math.Inf(1)

// lastAxis applies f, which works along the last axis, along another.
func (t *Tensor) lastAxis(op string, axis int, f func(*Tensor) *Tensor) *Tensor {
	if t.scalarAxis(axis) {
		return t.Reshape(1).lastAxis(op, 0, f).Reshape()
	}
	axis = t.axis(op, axis)
	t = t.higher()
	t = t.To(floating(t.DType()))
	if last := t.Rank() - 1; axis != last {
		return f(t.Transpose(axis, last)).Transpose(axis, last)
	}
	return f(t)
}

// Softmax is eˣ / Σ eˣ along an axis.
func (t *Tensor) Softmax(axis int) *Tensor { return t.lastAxis("softmax", axis, (*Tensor).softmax) }

// LogSoftmax is the logarithm of Softmax, computed without under- or overflow.
func (t *Tensor) LogSoftmax(axis int) *Tensor {
	return t.lastAxis("log_softmax", axis, (*Tensor).logSoftmax)
}

func (t *Tensor) softmax() *Tensor {
	var out *Tensor
	if b, ok := backend.As[backend.SoftmaxBackend](t.backend()); ok {
		backend.Poll()
		out = t.like("softmax", t.DType(), t.layout.Shape)
		must(b.Softmax(out.v(), t.v()), "softmax", t)
	} else if t.Len() == 0 {
		out = t.like("softmax", t.DType(), t.layout.Shape)
	} else {
		NoGrad(func() {
			e := t.Sub(t.MaxKeepDim(-1)).Exp()
			out = e.DivInPlace(e.SumKeepDim(-1))
		})
	}
	return record(out, "softmax", nil, t)
}

func (t *Tensor) logSoftmax() *Tensor {
	var out *Tensor
	if b, ok := backend.As[backend.SoftmaxBackend](t.backend()); ok {
		backend.Poll()
		out = t.like("log_softmax", t.DType(), t.layout.Shape)
		must(b.LogSoftmax(out.v(), t.v()), "log_softmax", t)
	} else if t.Len() == 0 {
		out = t.like("log_softmax", t.DType(), t.layout.Shape)
	} else {
		NoGrad(func() {
			d := t.Sub(t.MaxKeepDim(-1))
			out = d.SubInPlace(d.Exp().SumKeepDim(-1).Log())
		})
	}
	return record(out, "log_softmax", nil, t)
}

// softmaxGrad is y·(g − Σ g·y).
func softmaxGrad(y, g *Tensor) *Tensor {
	if b, ok := backend.As[backend.SoftmaxGradBackend](y.backend()); ok && !GradEnabled() {
		backend.Poll()
		out := y.like("softmax", y.DType(), y.layout.Shape)
		must(b.SoftmaxGrad(out.v(), y.v(), g.v()), "softmax", y, g)
		return out
	}
	gy := g.Mul(y)
	return gy.Sub(y.Mul(gy.SumKeepDim(-1)))
}

// logSoftmaxGrad is g − eʸ·Σ g.
func logSoftmaxGrad(y, g *Tensor) *Tensor {
	if b, ok := backend.As[backend.SoftmaxGradBackend](y.backend()); ok && !GradEnabled() {
		backend.Poll()
		out := y.like("log_softmax", y.DType(), y.layout.Shape)
		must(b.LogSoftmaxGrad(out.v(), y.v(), g.v()), "log_softmax", y, g)
		return out
	}
	return g.Sub(y.Exp().Mul(g.SumKeepDim(-1)))
}

// LayerNorm normalises the last axis to mean 0 and variance 1, then multiplies by weight and adds
// bias, which have the size of that axis, or are nil (Ba et al. 2016).
func (t *Tensor) LayerNorm(weight, bias *Tensor, eps float64) *Tensor {
	if t.Rank() == 0 {
		fail("layernorm", []*Tensor{t}, "a scalar has no axis to normalise")
	}
	t = t.higher()
	x := t.To(floating(t.DType()))
	if out := x.layerNorm(weight, bias, backend.LayerNorm{Eps: eps}); out != nil {
		return out
	}
	out := x.norm(eps)
	if weight != nil {
		out = out.Mul(weight)
	}
	switch {
	case bias != nil && weight != nil:
		out = out.addFresh(bias)
	case bias != nil: // the rule of norm has saved its result
		out = out.Add(bias)
	}
	return out
}

func (t *Tensor) norm(eps float64) *Tensor {
	var out *Tensor
	if b, ok := backend.As[backend.NormBackend](t.backend()); ok {
		backend.Poll()
		out = t.like("norm", t.DType(), t.layout.Shape)
		must(b.Norm(out.v(), t.v(), eps), "norm", t)
	} else {
		NoGrad(func() {
			d := t.Sub(t.MeanKeepDim(-1))
			out = d.MulInPlace(rstd(t, eps))
		})
	}
	return record(out, "norm", eps, t)
}

// rstd is 1/√(variance + eps) along the last axis; eps is inside the root, as in Ba et al. 2016, eq. 4.
func rstd(x *Tensor, eps float64) *Tensor {
	return x.Variance(VarOptions{Axes: []int{-1}, KeepDim: true}).AddScalar(eps).Rsqrt()
}

// normGrad is rstd·(g − mean(g) − y·mean(g·y)).
func normGrad(x, y, g *Tensor, eps float64) *Tensor {
	if b, ok := backend.As[backend.NormBackend](x.backend()); ok && !GradEnabled() {
		backend.Poll()
		out := x.like("norm", x.DType(), x.layout.Shape)
		must(b.NormGrad(out.v(), x.v(), g.v(), eps), "norm", x, g)
		return out
	}
	inner := g.Sub(g.MeanKeepDim(-1)).Sub(y.Mul(g.Mul(y).MeanKeepDim(-1)))
	return inner.Mul(rstd(x, eps))
}

// RMSNorm divides by the root of the mean square of the last axis, then multiplies by weight, which may
// be nil (Zhang and Sennrich 2019).
func (t *Tensor) RMSNorm(weight *Tensor, eps float64) *Tensor {
	t = t.higher()
	x := t.wide()
	if out := x.layerNorm(weight, nil, backend.LayerNorm{Eps: eps, Uncentered: true}); out != nil && x.DType() == t.DType() {
		return out
	}
	out := x.Mul(x.Square().MeanKeepDim(-1).AddScalar(eps).Rsqrt())
	dt := floating(t.DType())
	if weight != nil {
		out, dt = out.Mul(weight), promoteTypes(dt, weight.DType())
	}
	return out.To(dt)
}
