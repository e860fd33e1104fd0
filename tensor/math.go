package tensor

import (
	"math"

	"github.com/rustygradients/rg/tensor/backend"
)

// The functions in this file work element by element. Those over the reals compute integers as Float32.

// Tan is the tangent.
func (t *Tensor) Tan() *Tensor { return t.higher().real(backend.Tan) }

// Asin is the inverse sine, between -π/2 and π/2; NaN outside [-1, 1].
func (t *Tensor) Asin() *Tensor { return t.higher().real(backend.Asin) }

// Acos is the inverse cosine, between 0 and π; NaN outside [-1, 1].
func (t *Tensor) Acos() *Tensor { return t.higher().real(backend.Acos) }

// Atan is the inverse tangent.
func (t *Tensor) Atan() *Tensor { return t.real(backend.Atan) }

// Sinh is the hyperbolic sine.
func (t *Tensor) Sinh() *Tensor { return t.higher().real(backend.Sinh) }

// Cosh is the hyperbolic cosine.
func (t *Tensor) Cosh() *Tensor { return t.higher().real(backend.Cosh) }

// Asinh is the inverse hyperbolic sine.
func (t *Tensor) Asinh() *Tensor { return t.real(backend.Asinh) }

// Acosh is the inverse hyperbolic cosine; NaN below 1.
func (t *Tensor) Acosh() *Tensor { return t.real(backend.Acosh) }

// Atanh is the inverse hyperbolic tangent; NaN outside [-1, 1].
func (t *Tensor) Atanh() *Tensor { return t.real(backend.Atanh) }

// Log2 is the logarithm to base 2.
func (t *Tensor) Log2() *Tensor { return t.higher().real(backend.Log2) }

// Log10 is the logarithm to base 10.
func (t *Tensor) Log10() *Tensor { return t.higher().real(backend.Log10) }

// Log1p is log(1 + x), exact for small x.
func (t *Tensor) Log1p() *Tensor { return t.higher().real(backend.Log1p) }

// Exp2 is 2 to the power of x.
func (t *Tensor) Exp2() *Tensor { return t.real(backend.Exp2) }

// Expm1 is eˣ − 1, exact for small x.
func (t *Tensor) Expm1() *Tensor { return t.higher().real(backend.Expm1) }

// Trunc rounds towards zero. Its gradient is 0.
func (t *Tensor) Trunc() *Tensor { return t.rounding(backend.Trunc) }

// Frac is x − Trunc(x), with the sign of x.
func (t *Tensor) Frac() *Tensor { return t.Sub(t.Trunc()) }

// Erfc is 1 − Erf(x), exact for large x.
func (t *Tensor) Erfc() *Tensor { return t.real(backend.Erfc) }

// ErfInv is the inverse of Erf; NaN outside [-1, 1].
func (t *Tensor) ErfInv() *Tensor { return t.higher().real(backend.ErfInv) }

// LGamma is the logarithm of |Γ(x)|.
func (t *Tensor) LGamma() *Tensor { return t.higher().real(backend.LGamma) }

// Digamma is the derivative of LGamma.
func (t *Tensor) Digamma() *Tensor { return t.higher().real(backend.Digamma) }

// Trigamma is the derivative of Digamma, torch's polygamma of order 1; see Polygamma for the next ones.
func (t *Tensor) Trigamma() *Tensor { return t.higher().real(backend.Trigamma) }

// Logit is log(x / (1 − x)), the inverse of Sigmoid.
func (t *Tensor) Logit() *Tensor {
	t = t.higher()
	out := t.Detach().inWide(func(x *Tensor) *Tensor { return x.Log().Sub(x.Neg().Log1p()) })
	return record(out, "logit", nil, t.To(out.DType()))
}

// Sinc is sin(πx) / πx, and 1 at 0, as NumPy's. Its gradient at 0 is 0.
func (t *Tensor) Sinc() *Tensor {
	return t.inWide(func(t *Tensor) *Tensor {
		x := t.Detach().MulScalar(math.Pi)
		zero := x.EqualScalar(0)
		safe := x.MaskedFill(zero, 1)
		return record(safe.Sin().Div(safe).MaskedFill(zero, 1), "sinc", nil, t)
	})
}

// RadToDeg converts angles.
func (t *Tensor) RadToDeg() *Tensor { return t.MulScalar(180 / math.Pi) }

// DegToRad converts angles.
func (t *Tensor) DegToRad() *Tensor { return t.MulScalar(math.Pi / 180) }

// IsInf is true where x is infinite.
func (t *Tensor) IsInf() *Tensor {
	if !t.DType().IsFloat() {
		return ZerosLike(t).To(Bool)
	}
	return t.Detach().Abs().EqualScalar(inf)
}

// IsFinite is true where x is neither infinite nor NaN.
func (t *Tensor) IsFinite() *Tensor {
	if !t.DType().IsFloat() {
		return OnesLike(t).To(Bool)
	}
	return t.Detach().Abs().LessScalar(inf)
}

// SignBit is true where x is negative, −0 included.
func (t *Tensor) SignBit() *Tensor {
	x := t.Detach().To(floating(t.DType()))
	return OnesLike(x).binary(backend.CopySign, x, x.DType(), x.DType()).LessScalar(0)
}

// NaNToNumOptions are for NaNToNum.
type NaNToNumOptions struct {
	NaN    float64 // put in the place of NaN
	PosInf float64 // of ∞; 0 means the largest finite number of the data type
	NegInf float64 // of −∞; 0 means the least
}

// NaNToNum replaces what isn't finite by numbers. Gradients flow through the others only.
func (t *Tensor) NaNToNum(o NaNToNumOptions) *Tensor {
	if !t.DType().IsFloat() {
		return t
	}
	largest := map[DType]float64{
		Float32: math.MaxFloat32, Float64: math.MaxFloat64, Float16: 65504, BFloat16: 0x1.FEp127,
	}[t.DType()]
	if o.PosInf == 0 {
		o.PosInf = largest
	}
	if o.NegInf == 0 {
		o.NegInf = -largest
	}
	x := t.MaskedFill(t.Detach().IsNaN(), o.NaN)
	x = x.MaskedFill(t.Detach().EqualScalar(inf), o.PosInf)
	return x.MaskedFill(t.Detach().EqualScalar(-inf), o.NegInf)
}

// CloseOptions are for IsClose and AllClose.
type CloseOptions struct {
	Rel, Abs float64 // tolerances; both 0 means 1e-5 and 1e-8, as in PyTorch
	EqualNaN bool    // NaN is close to NaN
}

// IsClose is true where |x − y| ≤ Abs + Rel·|y|. Infinities are close to themselves.
func (t *Tensor) IsClose(y *Tensor, o CloseOptions) *Tensor {
	sameDevice("isclose", t, y)
	if o.Rel == 0 && o.Abs == 0 {
		o.Rel, o.Abs = 1e-5, 1e-8
	}
	dt := resultType(t, y)
	equal := t.Equal(y)
	switch {
	case dt == Bool:
		return equal
	case dt.IsInt():
		dt = Float64 // in which differences don't overflow
	}
	x := t.Detach().To(dt)
	y = y.Detach().To(dt)
	near := x.Sub(y).Abs().LessEqual(y.Abs().MulScalar(o.Rel).AddScalar(o.Abs)).LogicalAnd(y.IsFinite())
	near = near.LogicalOr(equal)
	if o.EqualNaN {
		near = near.LogicalOr(x.IsNaN().LogicalAnd(y.IsNaN()))
	}
	return near
}

// AllClose reports whether every element is close; see IsClose.
func (t *Tensor) AllClose(y *Tensor, o CloseOptions) bool { return t.IsClose(y, o).All().Bool() }

// fractional is arithmetic over the reals.
func (t *Tensor) fractional(op backend.BinaryOp, y *Tensor) *Tensor {
	sameDevice(op.String(), t, y)
	dt := floating(resultType(t, y))
	return t.binary(op, y, dt, dt)
}

// Atan2 is the angle of the point with ordinate t and abscissa x, between -π and π.
func (t *Tensor) Atan2(x *Tensor) *Tensor { return t.fractional(backend.Atan2, x) }

// Hypot is √(x² + y²) without overflow.
func (t *Tensor) Hypot(y *Tensor) *Tensor { return t.fractional(backend.Hypot, y) }

// CopySign is the size of x with the sign of y. y has no gradient.
func (t *Tensor) CopySign(y *Tensor) *Tensor { return t.fractional(backend.CopySign, y.Detach()) }

// FMod is the remainder of x / y with the sign of x, as C's; see Mod for Python's.
func (t *Tensor) FMod(y *Tensor) *Tensor { return t.arithmetic(backend.FMod, y) }

// FModScalar is the remainder of x / v with the sign of x.
func (t *Tensor) FModScalar(v float64) *Tensor { return t.FMod(t.operand("fmod", v)) }

// FloorDivide is x / y rounded down, as Python's //. Its gradient is 0. Integers divided by 0 are an error.
func (t *Tensor) FloorDivide(y *Tensor) *Tensor { return t.arithmetic(backend.FloorDiv, y) }

// FloorDivideScalar is x / v rounded down.
func (t *Tensor) FloorDivideScalar(v float64) *Tensor {
	return t.FloorDivide(t.operand("floordiv", v))
}

// BitwiseAnd is x & y, of integers or bools.
func (t *Tensor) BitwiseAnd(y *Tensor) *Tensor { return t.bitwise(backend.BitAnd, backend.And, y) }

// BitwiseOr is x | y, of integers or bools.
func (t *Tensor) BitwiseOr(y *Tensor) *Tensor { return t.bitwise(backend.BitOr, backend.Or, y) }

// BitwiseXor is x ^ y, of integers or bools.
func (t *Tensor) BitwiseXor(y *Tensor) *Tensor { return t.bitwise(backend.BitXor, backend.Xor, y) }

// BitwiseNot inverts every bit of integers, and bools.
func (t *Tensor) BitwiseNot() *Tensor {
	if t.DType() == Bool {
		return t.LogicalNot()
	}
	return t.BitwiseXor(t.scalar("bitxor", -1, t.DType()))
}

func (t *Tensor) bitwise(op, ofBools backend.BinaryOp, y *Tensor) *Tensor {
	sameDevice(op.String(), t, y)
	switch dt := resultType(t, y); {
	case dt == Bool:
		return t.binary(ofBools, y, Bool, Bool)
	case dt.IsFloat():
		failTypes(op.String(), []*Tensor{t, y}, "floats have no bits to combine; convert with To")
		return nil
	default:
		return t.binary(op, y, dt, dt)
	}
}

// LogAddExp is log(eˣ + eʸ) without overflow.
func (t *Tensor) LogAddExp(y *Tensor) *Tensor {
	sameDevice("logaddexp", t, y)
	shape := broadcast("logaddexp", t, y)
	return Stack(0, t.Expand(shape...), y.Expand(shape...)).LogSumExp(0)
}

// XLogY is x·log y, and 0 where x is 0, whatever y is but NaN.
func (t *Tensor) XLogY(y *Tensor) *Tensor {
	sameDevice("xlogy", t, y)
	dt := floating(resultType(t, y))
	x, y := t.To(dt), y.To(dt)
	zero := x.Detach().EqualScalar(0).LogicalAnd(y.Detach().IsNaN().LogicalNot())
	out := x.Detach().wide().Mul(y.Detach().wide().Log()).MaskedFill(zero, 0).To(dt)
	return record(out, "xlogy", nil, x, y)
}

// Heaviside is 0 where x is negative, 1 where it is positive, and y where it is 0. It has no gradient.
func (t *Tensor) Heaviside(y *Tensor) *Tensor {
	sameDevice("heaviside", t, y)
	x := t.Detach()
	return Where(x.EqualScalar(0), y.Detach(), x.GreaterScalar(0).To(resultType(t, y)))
}

// promoted computes f, of several steps, of operands that it converts to their common data type. The halves are
// rounded once, at the end.
func promoted(f func(x ...*Tensor) *Tensor, operands ...*Tensor) *Tensor {
	dt := commonType(operands)
	if !dt.IsFloat() {
		return f(operands...)
	}
	x := make([]*Tensor, len(operands))
	for i, t := range operands {
		x[i] = t.To(dt).wide()
	}
	return f(x...).To(dt)
}

// Lerp is x + w·(end − x), from x at w = 0 to end at 1.
func (t *Tensor) Lerp(end *Tensor, w float64) *Tensor {
	sameDevice("lerp", t, end)
	return promoted(func(x ...*Tensor) *Tensor { return x[0].Add(x[1].Sub(x[0]).MulScalar(w)) }, t.reals(), end.reals())
}

// LerpTensor is Lerp with a weight for each element, broadcast.
func (t *Tensor) LerpTensor(end, w *Tensor) *Tensor {
	sameDevice("lerp", t, end, w)
	return promoted(func(x ...*Tensor) *Tensor { return x[0].Add(x[1].Sub(x[0]).Mul(x[2])) }, t.reals(), end.reals(), w)
}

// AddCMul is x + v·a·b.
func (t *Tensor) AddCMul(a, b *Tensor, v float64) *Tensor {
	sameDevice("addcmul", t, a, b)
	return promoted(func(x ...*Tensor) *Tensor { return x[0].Add(x[1].Mul(x[2]).MulScalar(v)) }, t, a, b)
}

// AddCDiv is x + v·a/b.
func (t *Tensor) AddCDiv(a, b *Tensor, v float64) *Tensor {
	sameDevice("addcdiv", t, a, b)
	return promoted(func(x ...*Tensor) *Tensor { return x[0].Add(x[1].Div(x[2]).MulScalar(v)) }, t, a, b)
}

// ClampTensor keeps x between the elements of lo and hi, broadcast; nil is no bound. Where lo is above hi,
// hi wins. The gradient goes to x where it is within the bounds, and to the bound elsewhere.
func (t *Tensor) ClampTensor(lo, hi *Tensor) *Tensor {
	x := t
	if lo != nil {
		x = x.Maximum(lo)
	}
	if hi != nil {
		x = x.Minimum(hi)
	}
	return x
}

func init() {
	const ln2, ln10 = math.Ln2, math.Ln10
	zero := func(c *call) *Tensor { return ZerosLike(c.g) }
	// square is 1 ± x² of the operand.
	square := func(c *call, sign float64) *Tensor { return c.in(0).Square().MulScalar(sign).AddScalar(1) }
	// apart is 1 − x² as a product, which keeps its digits near ±1.
	apart := func(c *call) *Tensor { return c.in(0).RSubScalar(1).Mul(c.in(0).AddScalar(1)) }

	moreRules(map[string]rule{
		"tan":      of(output, func(c *call) *Tensor { return c.g.Mul(c.out().Square().AddScalar(1)) }),
		"asin":     of(first, func(c *call) *Tensor { return c.g.Mul(apart(c).Rsqrt()) }),
		"acos":     of(first, func(c *call) *Tensor { return c.g.Mul(apart(c).Rsqrt()).Neg() }),
		"atan":     of(first, func(c *call) *Tensor { return c.g.Div(square(c, 1)) }),
		"sinh":     of(first, func(c *call) *Tensor { return c.g.Mul(c.in(0).Cosh()) }),
		"cosh":     of(first, func(c *call) *Tensor { return c.g.Mul(c.in(0).Sinh()) }),
		"asinh":    of(first, func(c *call) *Tensor { return c.g.Mul(square(c, 1).Rsqrt()) }),
		"acosh":    of(first, func(c *call) *Tensor { return c.g.Mul(c.in(0).Square().SubScalar(1).Rsqrt()) }),
		"atanh":    of(first, func(c *call) *Tensor { return c.g.Div(apart(c)) }),
		"log2":     of(first, func(c *call) *Tensor { return c.g.Div(c.in(0).MulScalar(ln2)) }),
		"log10":    of(first, func(c *call) *Tensor { return c.g.Div(c.in(0).MulScalar(ln10)) }),
		"log1p":    of(first, func(c *call) *Tensor { return c.g.Div(c.in(0).AddScalar(1)) }),
		"exp2":     of(output, func(c *call) *Tensor { return c.g.Mul(c.out()).MulScalar(ln2) }),
		"expm1":    of(output, func(c *call) *Tensor { return c.g.Mul(c.out().AddScalar(1)) }),
		"trunc":    of(nothing, zero),
		"floordiv": of(nothing, zero),
		"erfc":     of(first, func(c *call) *Tensor { return c.g.Mul(c.in(0).Square().Neg().Exp()).MulScalar(-twoOverRtPi) }),
		"erfinv":   of(output, func(c *call) *Tensor { return c.g.Mul(c.out().Square().Exp()).MulScalar(1 / twoOverRtPi) }),
		"lgamma":   of(first, func(c *call) *Tensor { return c.g.Mul(c.in(0).Digamma()) }),
		"digamma":  of(first, func(c *call) *Tensor { return c.g.Mul(c.in(0).Trigamma()) }),

		"atan2": of(both,
			func(c *call) *Tensor { return c.g.Mul(c.in(1)).Mul(recipRadius(c)) },
			func(c *call) *Tensor { return c.g.Mul(c.in(0)).Mul(recipRadius(c)).Neg() }),
		"hypot": of(both|output,
			func(c *call) *Tensor { return c.g.Mul(c.in(0)).Div(c.out()) },
			func(c *call) *Tensor { return c.g.Mul(c.in(1)).Div(c.out()) }),
		"fmod": of(both,
			func(c *call) *Tensor { return c.g },
			func(c *call) *Tensor { return c.g.Mul(c.in(0).Div(c.in(1)).Trunc()).Neg() }),
		"copysign": of(both, func(c *call) *Tensor {
			x := c.in(0).Detach() // NaN where x is infinite, as in PyTorch
			return c.g.Mul(x.CopySign(c.in(1)).Div(x).MaskedFill(x.EqualScalar(0), 0))
		}, nil),
		"sinc": of(first, func(c *call) *Tensor {
			// (cos z − sin z/z)/z for z = πx; near 0, where that loses its digits, the series −z/3·(1 − z²/10 + z⁴/280).
			x := c.in(0).MulScalar(math.Pi)
			near := x.Detach().Abs().LessScalar(0.1)
			z := x.MaskedFill(near, 1)
			far := z.Cos().Sub(z.Sin().Div(z)).Div(z)
			z = Where(near, x, x.scalar("sinc", 0, x.DType())).Square()
			series := z.MulScalar(1.0 / 280).AddScalar(-1.0 / 10).Mul(z).AddScalar(1).Mul(x).MulScalar(-1.0 / 3)
			return c.g.Mul(Where(near, series, far)).MulScalar(math.Pi)
		}),
		"logit": of(first, func(c *call) *Tensor {
			x := c.in(0)
			slope := x.Mul(x.RSubScalar(1)).Reciprocal().Abs()
			return c.g.Mul(slope.MaskedFill(x.Detach().LessScalar(0).LogicalOr(x.Detach().GreaterScalar(1)), math.NaN()))
		}),
		"xlogy": of(both,
			func(c *call) *Tensor { return c.g.Mul(c.in(0).NotEqualScalar(0).To(c.g.DType()).XLogY(c.in(1))) },
			func(c *call) *Tensor { return c.g.Mul(c.in(0)).Div(c.in(1)) }),
	})
	for _, op := range []string{"bitand", "bitor", "bitxor", "gcd", "leftshift", "rightshift"} {
		noGradient[op] = "of integers"
	}
}

// recipRadius is 1/(x² + y²), and 0 at the origin.
func recipRadius(c *call) *Tensor {
	square := c.in(0).Square().Add(c.in(1).Square())
	return square.Reciprocal().MaskedFill(square.Detach().EqualScalar(0), 0)
}

// moreRules adds rules from the file that holds the operations.
func moreRules(more map[string]rule) {
	if rules == nil {
		rules = map[string]rule{}
	}
	for op, r := range more {
		if _, ok := rules[op]; ok {
			panic("tensor: two rules for " + op)
		}
		rules[op] = r
	}
}
