package tensor

import "github.com/rustygradients/rg/tensor/backend"

// unary runs an element-wise function of the backend.
func (t *Tensor) unary(op backend.UnaryOp, dt DType) *Tensor {
	t.exists()
	backend.Poll()
	out := t.like(op.String(), dt, t.layout.Shape)
	must(t.backend().Unary(op, out.v(), t.v()), op.String(), t)
	return record(out, op.String(), nil, t)
}

// real is unary for functions over the reals: integers are computed as Float32.
func (t *Tensor) real(op backend.UnaryOp) *Tensor {
	switch op {
	case backend.Sqrt, backend.Sin, backend.Cos, backend.Tanh, backend.Sigmoid, backend.Erf, backend.Atan:
	default: // Autocast doesn't trust halves with what is steep
		t = t.higher()
	}
	t = t.To(floating(t.DType()))
	return t.unary(op, t.DType())
}

// reals is an operand of a function over the reals: integers and bools are Float32, and Autocast gives it no halves.
func (t *Tensor) reals() *Tensor {
	t = t.higher()
	return t.To(floating(t.DType()))
}

// number is unary for functions that integers have too.
func (t *Tensor) number(op backend.UnaryOp) *Tensor {
	if t.DType() == Bool {
		failTypes(op.String(), []*Tensor{t}, "not for bool; convert with To, or use LogicalNot")
	}
	return t.unary(op, t.DType())
}

// rounding is unary for functions that leave integers as they are.
func (t *Tensor) rounding(op backend.UnaryOp) *Tensor {
	if !t.DType().IsFloat() {
		return t
	}
	return t.unary(op, t.DType())
}

// Neg is -x.
func (t *Tensor) Neg() *Tensor { return t.number(backend.Neg) }

// Abs is |x|; its gradient at 0 is 0.
func (t *Tensor) Abs() *Tensor { return t.number(backend.Abs) }

// Sign is -1, 0 or 1; of a bool, the bool.
func (t *Tensor) Sign() *Tensor {
	if t.DType() == Bool {
		return t
	}
	return t.number(backend.Sign)
}

// Square is x². Bools are numbers.
func (t *Tensor) Square() *Tensor {
	if t.DType() == Bool {
		t = t.To(Int64)
	}
	return t.number(backend.Square)
}

// Exp is eˣ.
func (t *Tensor) Exp() *Tensor { return t.real(backend.Exp) }

// Log is the natural logarithm.
func (t *Tensor) Log() *Tensor { return t.real(backend.Log) }

// Sqrt is the square root.
func (t *Tensor) Sqrt() *Tensor { return t.real(backend.Sqrt) }

// Rsqrt is 1/√x.
func (t *Tensor) Rsqrt() *Tensor { return t.real(backend.Rsqrt) }

// Reciprocal is 1/x.
func (t *Tensor) Reciprocal() *Tensor { return t.real(backend.Reciprocal) }

// Sin is the sine.
func (t *Tensor) Sin() *Tensor { return t.real(backend.Sin) }

// Cos is the cosine.
func (t *Tensor) Cos() *Tensor { return t.real(backend.Cos) }

// Tanh is the hyperbolic tangent.
func (t *Tensor) Tanh() *Tensor { return t.real(backend.Tanh) }

// Sigmoid is 1 / (1 + e⁻ˣ).
func (t *Tensor) Sigmoid() *Tensor { return t.real(backend.Sigmoid) }

// ReLU is max(x, 0); its gradient at 0 is 0.
func (t *Tensor) ReLU() *Tensor { return t.number(backend.ReLU) }

// Erf is the error function.
func (t *Tensor) Erf() *Tensor { return t.real(backend.Erf) }

// Floor rounds down. Its gradient is 0, as that of Ceil, Round and Sign.
func (t *Tensor) Floor() *Tensor { return t.rounding(backend.Floor) }

// Ceil rounds up.
func (t *Tensor) Ceil() *Tensor { return t.rounding(backend.Ceil) }

// Round rounds to the nearest whole number, halves to the even one.
func (t *Tensor) Round() *Tensor { return t.rounding(backend.Round) }

// LogicalNot is true where x is zero or false.
func (t *Tensor) LogicalNot() *Tensor { return t.To(Bool).unary(backend.Not, Bool) }

// IsNaN is true where x is not a number.
func (t *Tensor) IsNaN() *Tensor { return t.unary(backend.IsNaN, Bool) }

// GELU is x·Φ(x) with the exact normal distribution (Hendrycks and Gimpel 2016).
func (t *Tensor) GELU() *Tensor { return t.activation(backend.GELU) }

// GELUTanh is GELU's tanh approximation, the one in GPT-2.
func (t *Tensor) GELUTanh() *Tensor { return t.activation(backend.GELUTanh) }

// SiLU is x·σ(x), also called swish.
func (t *Tensor) SiLU() *Tensor { return t.activation(backend.SiLU) }

func (t *Tensor) activation(a backend.Activation) *Tensor {
	t = t.To(floating(t.DType()))
	var out *Tensor
	if b, ok := backend.As[backend.ActivationBackend](t.backend()); ok {
		backend.Poll()
		out = t.like(a.String(), t.DType(), t.layout.Shape)
		must(b.Activation(a, out.v(), t.v()), a.String(), t)
	} else {
		NoGrad(func() { out = t.composedActivation(a) })
	}
	return record(out, a.String(), a, t)
}

const (
	sqrt2OverPi = 0.7978845608028653558798921198687637369517
	geluCubic   = 0.044715
	invSqrt2    = 0.7071067811865475244008443621048490392848
	invSqrt2Pi  = 0.3989422804014326779399460599343818684759
	twoOverRtPi = 1.1283791670955125738961589031215451716881
)

func (t *Tensor) composedActivation(a backend.Activation) *Tensor {
	switch a {
	case backend.GELU:
		return t.MulScalar(invSqrt2).Erf().AddScalar(1).Mul(t).MulScalar(0.5)
	case backend.GELUTanh:
		inner := t.Square().Mul(t).MulScalar(geluCubic).Add(t).MulScalar(sqrt2OverPi)
		return inner.Tanh().AddScalar(1).Mul(t).MulScalar(0.5)
	default:
		return t.Mul(t.Sigmoid())
	}
}

// activationGrad is g·f′(x).
func activationGrad(a backend.Activation, x, g *Tensor) *Tensor {
	if b, ok := backend.As[backend.ActivationBackend](x.backend()); ok && !GradEnabled() {
		backend.Poll()
		out := x.like(a.String(), x.DType(), x.layout.Shape)
		must(b.ActivationGrad(a, out.v(), x.v(), g.v()), a.String(), x, g)
		return out
	}
	switch a {
	case backend.GELU: // Φ(x) + x·φ(x)
		cdf := x.MulScalar(invSqrt2).Erf().AddScalar(1).MulScalar(0.5)
		pdf := x.Square().MulScalar(-0.5).Exp().MulScalar(invSqrt2Pi)
		return cdf.Add(x.Mul(pdf)).Mul(g)
	case backend.GELUTanh: // ½(1 + tanh u) + ½x(1 − tanh² u)·u′
		square := x.Square()
		tanh := square.MulScalar(geluCubic).AddScalar(1).Mul(x).MulScalar(sqrt2OverPi).Tanh()
		slope := square.MulScalar(3 * geluCubic).AddScalar(1).MulScalar(sqrt2OverPi)
		right := tanh.Square().RSubScalar(1).Mul(x).Mul(slope)
		return tanh.AddScalar(1).Add(right).MulScalar(0.5).Mul(g)
	default: // σ(x)·(1 + x·(1 − σ(x)))
		s := x.Sigmoid()
		return s.RSubScalar(1).Mul(x).AddScalar(1).Mul(s).Mul(g)
	}
}
