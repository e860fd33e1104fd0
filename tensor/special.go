package tensor

import (
	"math"

	"github.com/rustygradients/rg/tensor/backend"
)

// Polygamma is derivative n of Digamma: Digamma itself for 0, Trigamma for 1, and beyond these (−1)ⁿ⁺¹·n!·ζ(n+1, x), by Hurwitz's
// zeta function.
func (t *Tensor) Polygamma(n int) *Tensor {
	const op = "polygamma"
	switch {
	case n < 0 || n > 1000:
		fail(op, []*Tensor{t}, "there is no derivative number %d; give 0 to 1000", n)
	case n == 0:
		return t.Digamma()
	case n == 1:
		return t.Trigamma()
	}
	x := t.higher().To(floating(t.DType()))
	lg, _ := math.Lgamma(float64(n + 1))
	factor := math.Exp(lg)
	if n%2 == 0 {
		factor = -factor
	}
	wide := x.Detach().To(Float64) // the factor and the function are far from 1
	zeta := wide.scalar(op, float64(n+1), Float64).binary(backend.Zeta, wide, Float64, Float64)
	pole := wide.LessEqualScalar(0).LogicalAnd(wide.Equal(wide.Trunc()))
	return record(zeta.MulScalar(factor).MaskedFill(pole, inf).To(x.DType()), op, n, x)
}

// MultiGammaLn is the logarithm of the multivariate gamma function of dimension p, for x above (p−1)/2.
func (t *Tensor) MultiGammaLn(p int) *Tensor {
	if p < 1 || p > 1000 {
		fail("multigammaln", []*Tensor{t}, "the dimension is %d; give 1 to 1000", p)
	}
	x := t.To(floating(t.DType()))
	var sum *Tensor
	for i := range p {
		term := x.SubScalar(float64(i) / 2).LGamma()
		if sum == nil {
			sum = term
		} else {
			sum = sum.Add(term)
		}
	}
	return sum.AddScalar(float64(p*(p-1)) / 4 * math.Log(math.Pi))
}

// Entr is −x·log x, 0 at 0, and −∞ where x is negative.
func (t *Tensor) Entr() *Tensor {
	x := t.To(floating(t.DType()))
	d := x.Detach()
	return record(d.XLogY(d).Neg().MaskedFill(d.LessScalar(0), -inf), "entr", nil, x)
}

// XLog1pY is x·log(1 + y), and 0 where x is 0, whatever y is but NaN.
func (t *Tensor) XLog1pY(y *Tensor) *Tensor {
	sameDevice("xlog1py", t, y)
	zero := t.Detach().EqualScalar(0).LogicalAnd(y.Detach().IsNaN().LogicalNot())
	return t.Mul(Where(zero, y.scalar("xlog1py", 0, y.DType()), y).Log1p())
}

// NDTR is the standard normal distribution function Φ(x).
func (t *Tensor) NDTR() *Tensor { return t.MulScalar(-invSqrt2).Erfc().MulScalar(0.5) }

// NDTRI is the inverse of NDTR; NaN outside [0, 1].
func (t *Tensor) NDTRI() *Tensor {
	return t.reals().MulScalar(2).SubScalar(1).ErfInv().MulScalar(math.Sqrt2)
}

// LogAddExp2 is log₂(2ˣ + 2ʸ) without overflow.
func (t *Tensor) LogAddExp2(y *Tensor) *Tensor {
	sameDevice("logaddexp2", t, y)
	return promoted(func(x ...*Tensor) *Tensor {
		return x[0].MulScalar(math.Ln2).LogAddExp(x[1].MulScalar(math.Ln2)).DivScalar(math.Ln2)
	}, t, y)
}

// LDExp is x·2ʸ.
func (t *Tensor) LDExp(y *Tensor) *Tensor {
	sameDevice("ldexp", t, y)
	return t.Mul(y.To(floating(y.DType())).Exp2())
}

// IsPosInf is true where x is ∞.
func (t *Tensor) IsPosInf() *Tensor {
	return t.Detach().IsInf().LogicalAnd(t.Detach().GreaterScalar(0))
}

// IsNegInf is true where x is −∞.
func (t *Tensor) IsNegInf() *Tensor { return t.Detach().IsInf().LogicalAnd(t.Detach().LessScalar(0)) }

func init() {
	noGradient["zeta"] = "Polygamma has it"
	moreRules(map[string]rule{
		"entr":      of(first, func(c *call) *Tensor { return c.g.Mul(c.in(0).Log().AddScalar(1)).Neg() }), // NaN below 0
		"trigamma":  of(first, func(c *call) *Tensor { return c.g.Mul(c.in(0).Polygamma(2)) }),
		"polygamma": of(first, func(c *call) *Tensor { return c.g.Mul(c.in(0).Polygamma(c.node.attr.(int) + 1)) }),
	})
}
