package tensor

import "math"

// The activations in this file are composed of other operations, element by element, and so are their
// gradients. See also ReLU, GELU, SiLU, Sigmoid and Tanh.

// negatives takes x where it is positive, and f of the others. f sees no positive number, so that what
// overflows there can't spoil the gradient.
func (t *Tensor) negatives(f func(x *Tensor) *Tensor) *Tensor {
	return t.inWide(func(x *Tensor) *Tensor {
		positive := x.GreaterScalar(0)
		return Where(positive, x, f(x.MaskedFill(positive, 0)))
	})
}

// inWide computes f, of several steps, so that the halves are rounded once.
func (t *Tensor) inWide(f func(x *Tensor) *Tensor) *Tensor {
	return f(t.wide()).To(floating(t.DType()))
}

// LeakyReLU is x where it is positive, and slope·x elsewhere.
func (t *Tensor) LeakyReLU(slope float64) *Tensor {
	return t.negatives(func(x *Tensor) *Tensor { return x.MulScalar(slope) })
}

// PReLU is LeakyReLU with a learned slope: a scalar or one element for all channels, or (C,) for the C
// channels along axis 1 (He et al. 2015).
func (t *Tensor) PReLU(weight *Tensor) *Tensor {
	sameDevice("prelu", t, weight)
	w := weight
	switch {
	case weight.Len() == 1:
		w = weight.Reshape()
	case t.Rank() < 2 || weight.Rank() != 1 || weight.Dim(0) != t.Dim(1):
		fail("prelu", []*Tensor{t, weight}, "the weight has one element, or one for each channel along axis 1")
	default:
		w = weight.Reshape(channelShape(t.Rank(), weight.Len())...)
	}
	return t.negatives(func(x *Tensor) *Tensor { return x.Mul(w) })
}

// channelShape is (1, C, 1, …).
func channelShape(rank, channels int) []int {
	shape := make([]int, rank)
	for i := range shape {
		shape[i] = 1
	}
	shape[1] = channels
	return shape
}

// ELU is x where it is positive, and alpha·(eˣ − 1) elsewhere (Clevert et al. 2015).
func (t *Tensor) ELU(alpha float64) *Tensor {
	return t.negatives(func(x *Tensor) *Tensor { return x.Expm1().MulScalar(alpha) })
}

// CELU is ELU with a continuous slope: alpha·(e^(x/alpha) − 1) where x isn't positive (Barron 2017).
func (t *Tensor) CELU(alpha float64) *Tensor {
	return t.negatives(func(x *Tensor) *Tensor { return x.DivScalar(alpha).Expm1().MulScalar(alpha) })
}

// SELU is a scaled ELU whose constants keep mean 0 and variance 1 (Klambauer et al. 2017).
func (t *Tensor) SELU() *Tensor {
	const alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
	return t.inWide(func(x *Tensor) *Tensor { return x.ELU(alpha).MulScalar(scale) })
}

// Softplus is log(1 + eˣ), a smooth ReLU, without overflow. PyTorch's beta is x.MulScalar(beta).Softplus()
// .DivScalar(beta).
func (t *Tensor) Softplus() *Tensor { return t.reals().Neg().LogSigmoid().Neg() }

// LogSigmoid is the logarithm of Sigmoid without underflow: min(x, 0) − log(1 + e^−|x|).
func (t *Tensor) LogSigmoid() *Tensor {
	return t.inWide(func(x *Tensor) *Tensor {
		// |x| by Where has slope -1 at 0, so that the two halves make up the gradient ½ there.
		negative := x.LessEqualScalar(0)
		size := Where(negative, x, x.Neg()) // −|x|
		low := Where(negative, x, x.scalar("logsigmoid", 0, x.DType()))
		return low.Sub(size.Exp().Log1p())
	})
}

// Mish is x·tanh(softplus(x)) (Misra 2019).
func (t *Tensor) Mish() *Tensor {
	return t.inWide(func(x *Tensor) *Tensor { return x.Mul(x.Softplus().Tanh()) })
}

// Softsign is x / (1 + |x|).
func (t *Tensor) Softsign() *Tensor {
	return t.inWide(func(x *Tensor) *Tensor { return x.Div(x.Abs().AddScalar(1)) })
}

// Tanhshrink is x − tanh x.
func (t *Tensor) Tanhshrink() *Tensor {
	return t.inWide(func(x *Tensor) *Tensor { return x.Sub(x.Tanh()) })
}

// Hardtanh keeps x between lo and hi. Unlike Clamp's, its gradient is 0 at the bounds, as in PyTorch.
func (t *Tensor) Hardtanh(lo, hi float64) *Tensor {
	if lo > hi {
		fail("hardtanh", []*Tensor{t}, "the lower bound %v is above the upper %v", lo, hi)
	}
	if t.DType() == Uint8 && lo < 0 {
		failTypes("hardtanh", []*Tensor{t}, "uint8 holds no bound of %v; convert with To", lo)
	}
	// Of integers the bounds are cut to whole numbers, as in PyTorch. NaN stays, and has no gradient.
	if t.DType() == Bool {
		t = t.To(Int64)
	}
	low, high := t.scalar("hardtanh", lo, t.DType()), t.scalar("hardtanh", hi, t.DType())
	x := t.Detach()
	inside := x.Greater(low).LogicalAnd(x.Less(high))
	return Where(inside, t, Where(x.LessEqual(low), low, Where(x.GreaterEqual(high), high, x)))
}

// ReLU6 is ReLU up to 6.
func (t *Tensor) ReLU6() *Tensor { return t.Hardtanh(0, 6) }

// Hardsigmoid is ReLU6(x + 3) / 6.
func (t *Tensor) Hardsigmoid() *Tensor {
	return t.inWide(func(x *Tensor) *Tensor { return x.AddScalar(3).ReLU6().DivScalar(6) })
}

// Hardswish is x·ReLU6(x + 3) / 6 (Howard et al. 2019).
func (t *Tensor) Hardswish() *Tensor {
	return t.inWide(func(x *Tensor) *Tensor {
		low, high := x.Detach().LessEqualScalar(-3), x.Detach().GreaterEqualScalar(3)
		middle := x.MaskedFill(low.LogicalOr(high), 0)
		inside := middle.Mul(middle.AddScalar(3)).DivScalar(6)
		return Where(high, x, Where(low, x.Detach().MulScalar(0), inside)) // −∞ gives NaN, as in PyTorch
	})
}

// Hardshrink is x where |x| > lambda, and 0 elsewhere.
func (t *Tensor) Hardshrink(lambda float64) *Tensor {
	return t.MaskedFill(t.Detach().Abs().LessEqualScalar(lambda), 0)
}

// Softshrink moves x towards 0 by lambda, and no further.
func (t *Tensor) Softshrink(lambda float64) *Tensor {
	x := t.To(floating(t.DType()))
	above, below := x.GreaterScalar(lambda), x.LessScalar(-lambda)
	zero := x.Detach().MulScalar(0) // NaN stays
	return Where(above, x.SubScalar(lambda), Where(below, x.AddScalar(lambda), zero))
}

// Threshold is x where it is above the threshold, and v elsewhere.
func (t *Tensor) Threshold(threshold, v float64) *Tensor {
	return t.MaskedFill(t.Detach().LessEqualScalar(threshold), v)
}

// GLU halves an axis and gates the first half by the second: a·σ(b) (Dauphin et al. 2017).
func (t *Tensor) GLU(axis int) *Tensor {
	n := t.Dim(axis)
	if n%2 != 0 {
		fail("glu", []*Tensor{t}, "axis %d of size %d can't be halved", axis, n)
	}
	return t.inWide(func(x *Tensor) *Tensor {
		return x.Narrow(axis, 0, n/2).Mul(x.Narrow(axis, n/2, n/2).Sigmoid())
	})
}

// Softmin is Softmax of −x.
func (t *Tensor) Softmin(axis int) *Tensor { return t.reals().Neg().Softmax(axis) }

// GumbelSoftmax draws from the relaxed categorical distribution with the logits t: softmax((t + G) / tau)
// with Gumbel noise G (Jang et al. 2017). Take OneHot of its ArgMax for hard samples.
func (t *Tensor) GumbelSoftmax(tau float64, axis int) *Tensor {
	if !(tau > 0) {
		fail("gumbelsoftmax", []*Tensor{t}, "the temperature is %v; it must be above 0", tau)
	}
	x := t.To(floating(t.DType()))
	u := Options{DType: x.DType(), Device: x.Device()}.Uniform(math.SmallestNonzeroFloat32, 1, x.layout.Shape...)
	noise := u.ClampMin(1e-30).Log().Neg().ClampMin(1e-30).Log().Neg()
	return x.Add(noise).DivScalar(tau).Softmax(axis)
}
