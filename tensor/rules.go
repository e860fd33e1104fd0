package tensor

import (
	"github.com/rustygradients/rg/tensor/backend"
)

// vjp carries the gradient of an operation's result over to one operand: the vector–Jacobian product.
// It is written with the tensor's own methods, so that it is recorded, and differentiated again, like
// anything else. It may return a gradient of the broadcast shape and of another data type: whoever calls
// it sums and converts.
type vjp func(c *call) *Tensor

// rule is how an operation is differentiated: what it saves, and one vjp for each operand. The last
// stands for all that follow; nil means that the operand has no gradient.
type rule struct {
	saves saving
	vjps  []vjp
}

func of(saves saving, vjps ...vjp) rule { return rule{saves, vjps} }

// rules is filled in by init because the vjps call operations that look rules up. The rules of the less
// common operations are beside those, in files of a family each.
var rules map[string]rule

// Operations without a gradient, and why. The test that enumerates operations reads it.
var noGradient = map[string]string{
	"not": "writes bools", "isnan": "writes bools", "and": "writes bools", "or": "writes bools", "xor": "writes bools",
	"eq": "writes bools", "ne": "writes bools", "lt": "writes bools", "le": "writes bools", "gt": "writes bools",
	"ge": "writes bools", "any": "writes bools", "all": "writes bools",
	"argmax": "writes an index", "argmin": "writes an index",
}

func init() {
	pass := func(c *call) *Tensor { return c.g }
	zero := func(c *call) *Tensor { return ZerosLike(c.g) }

	moreRules(map[string]rule{
		// Functions of one operand x, with result y.
		"neg":        of(nothing, func(c *call) *Tensor { return c.g.Neg() }),
		"abs":        of(first, func(c *call) *Tensor { return c.g.Mul(c.in(0).Sign()) }),
		"sign":       of(nothing, zero),
		"floor":      of(nothing, zero),
		"ceil":       of(nothing, zero),
		"round":      of(nothing, zero),
		"square":     of(first, func(c *call) *Tensor { return c.g.Mul(c.in(0)).MulScalar(2) }),
		"exp":        of(output, func(c *call) *Tensor { return c.g.Mul(c.out()) }),
		"log":        of(first, func(c *call) *Tensor { return c.g.Div(c.in(0)) }),
		"sqrt":       of(output, func(c *call) *Tensor { return c.g.Div(c.out()).MulScalar(0.5) }),
		"rsqrt":      of(output, func(c *call) *Tensor { return c.g.Mul(c.out().PowScalar(3)).MulScalar(-0.5) }),
		"reciprocal": of(output, func(c *call) *Tensor { return c.g.Mul(c.out().Square()).Neg() }),
		"sin":        of(first, func(c *call) *Tensor { return c.g.Mul(c.in(0).Cos()) }),
		"cos":        of(first, func(c *call) *Tensor { return c.g.Mul(c.in(0).Sin()).Neg() }),
		"tanh":       of(output, func(c *call) *Tensor { return c.g.Mul(c.out().Square().RSubScalar(1)) }),
		"sigmoid":    of(output, func(c *call) *Tensor { return c.g.Mul(c.out()).Mul(c.out().RSubScalar(1)) }),
		"relu":       of(output, func(c *call) *Tensor { return c.only(c.out().LessEqualScalar(0).LogicalNot()) }), // NaN lets it through
		"erf":        of(first, func(c *call) *Tensor { return c.g.Mul(c.in(0).Square().Neg().Exp()).MulScalar(twoOverRtPi) }),
		"gelu":       of(first, activationVJP),
		"gelu_tanh":  of(first, activationVJP),
		"silu":       of(first, activationVJP),

		// Two operands x and y, broadcast.
		"add": of(nothing, pass),
		"sub": of(nothing, pass, func(c *call) *Tensor { return c.g.Neg() }),
		"mul": of(both, func(c *call) *Tensor { return c.g.Mul(c.in(1)) }, func(c *call) *Tensor { return c.g.Mul(c.in(0)) }),
		"div": of(both,
			func(c *call) *Tensor { return c.g.Div(c.in(1)) },
			func(c *call) *Tensor { return c.g.Mul(c.in(0)).Div(c.in(1).Square()).Neg() }),
		"pow": of(both|output, powBase, powExponent),
		"mod": of(both, pass, func(c *call) *Tensor { return c.g.Mul(c.in(0).Div(c.in(1)).Floor()).Neg() }),
		"maximum": of(both,
			func(c *call) *Tensor { return c.winner(c.in(0), c.in(1)) },
			func(c *call) *Tensor { return c.winner(c.in(1), c.in(0)) }),
		"minimum": of(both,
			func(c *call) *Tensor { return c.winner(c.in(1), c.in(0)) },
			func(c *call) *Tensor { return c.winner(c.in(0), c.in(1)) }),
		"where": of(first, nil,
			func(c *call) *Tensor { return c.only(c.in(0)) },
			func(c *call) *Tensor { return c.only(c.in(0).LogicalNot()) }),

		// A tensor and a number v.
		"add_scalar": of(nothing, pass),
		"sub_scalar": of(nothing, pass),
		"mul_scalar": of(nothing, func(c *call) *Tensor { return c.g.MulScalar(c.v()) }),
		"div_scalar": of(nothing, func(c *call) *Tensor { return c.g.DivScalar(c.v()) }),
		"mod_scalar": of(nothing, pass),
		"pow_scalar": of(first, func(c *call) *Tensor {
			if c.v() == 0 {
				return ZerosLike(c.g)
			}
			return c.g.Mul(c.in(0).PowScalar(c.v() - 1)).MulScalar(c.v())
		}),
		"maximum_scalar": of(first, func(c *call) *Tensor { return c.only(c.in(0).GreaterEqualScalar(c.v())) }),
		"minimum_scalar": of(first, func(c *call) *Tensor { return c.only(c.in(0).LessEqualScalar(c.v())) }),

		// Reductions along axes, which the recorded result keeps with size 1.
		"sum":  of(nothing, func(c *call) *Tensor { return c.g.Expand(c.shape()...) }),
		"prod": of(first, prodVJP),
		"max":  of(first|output, func(c *call) *Tensor { return extremeVJP(c) }),
		"min":  of(first|output, func(c *call) *Tensor { return extremeVJP(c) }),

		// The same elements, elsewhere.
		"clone":    of(nothing, pass),
		"to":       of(nothing, pass),
		"todevice": of(first, func(c *call) *Tensor { return c.g.ToDevice(c.in(0).Device()) }),
		"reshape":  of(nothing, func(c *call) *Tensor { return c.g.Reshape(c.shape()...) }),
		"expand":   of(nothing, pass),
		"permute":  of(nothing, func(c *call) *Tensor { return c.g.Permute(inverse(c.node.attr.([]int))...) }),
		"slice":    of(nothing, func(c *call) *Tensor { return c.g.embedIn(c.shape(), c.node.attr.(*cut)) }),
		"embed":    of(nothing, func(c *call) *Tensor { return c.g.slice(c.node.attr.([]span)) }),
		"cat":      of(nothing, func(c *call) *Tensor { return c.g.slice(c.node.attr.([][]span)[c.i]) }),
		"unfold":   of(nothing, func(c *call) *Tensor { return c.g.fold(c.shape(), c.node.attr.(window)) }),
		"fold":     of(nothing, func(c *call) *Tensor { return c.g.unfold("fold", c.node.attr.(window)) }),
		"gather": of(second, func(c *call) *Tensor {
			zeros := alloc("gather", c.g.backend(), c.g.DType(), c.shape()).Fill(0)
			return zeros.addAt(c.node.attr.(int), c.in(1), c.g)
		}, nil),
		"scatteradd": of(second, pass, nil, func(c *call) *Tensor {
			axis := c.node.attr.(int)
			return c.g.cropTo(c.in(1).layout.Shape, axis).gather("gather", axis, c.in(1))
		}),

		// Products and what is fused.
		"matmul": of(both,
			func(c *call) *Tensor { return productLike(c.in(0), c.g, c.in(1).Transpose(-2, -1)) },
			func(c *call) *Tensor { return productLike(c.in(1), c.in(0).Transpose(-2, -1), c.g) }),
		"softmax":     of(output, func(c *call) *Tensor { return softmaxGrad(c.out(), c.g) }),
		"log_softmax": of(output, func(c *call) *Tensor { return logSoftmaxGrad(c.out(), c.g) }),
		"norm":        of(first|output, func(c *call) *Tensor { return normGrad(c.in(0), c.out(), c.g, c.v()) }),
	})
}

// v is the number that the operation was recorded with.
func (c *call) v() float64 { return c.node.attr.(float64) }

// only is the gradient where cond is true, and 0 elsewhere, whatever the gradient is there.
func (c *call) only(cond *Tensor) *Tensor {
	return Where(cond, c.g, c.g.scalar("where", 0, c.g.DType()))
}

// winner is the gradient where x > y or one is NaN, half of it where they are equal, and 0 elsewhere.
func (c *call) winner(x, y *Tensor) *Tensor {
	g := Where(x.Equal(y), c.g.MulScalar(0.5), c.g)
	return g.MaskedFill(x.Less(y), 0)
}

func activationVJP(c *call) *Tensor {
	return activationGrad(c.node.attr.(backend.Activation), c.in(0), c.g)
}

// powBase is g·y·x^(y−1), and 0 where y is 0 although x^(y−1) may be infinite.
func powBase(c *call) *Tensor {
	x, y := c.in(0), c.in(1)
	slope := y.Mul(x.Pow(y.AddScalar(-1)))
	return c.g.Mul(slope.MaskedFill(y.EqualScalar(0), 0))
}

// powExponent is g·xʸ·log x, and 0 where x is 0 and y isn't negative, the limit from the right.
func powExponent(c *call) *Tensor {
	x, y := c.in(0), c.in(1)
	flat := x.EqualScalar(0).LogicalAnd(y.GreaterEqualScalar(0))
	return c.g.Mul(c.out()).Mul(x.MaskedFill(flat, 1).Log())
}

// prodVJP multiplies the other elements: the product over x, unless a zero hides it. With one zero
// along the axes only that element has a gradient; with two, none has. Second derivatives through zeros
// are taken as 0.
func prodVJP(c *call) *Tensor {
	x, axes := c.in(0), c.node.attr.([]int)
	isZero := x.EqualScalar(0)
	zeros := isZero.SumKeepDim(axes...)
	rest := x.MaskedFill(isZero, 1)
	product := rest.ProdKeepDim(axes...)
	others := Where(isZero,
		Where(zeros.EqualScalar(1), product, product.scalar("prod", 0, x.DType())),
		Where(zeros.EqualScalar(0), product.Div(rest), product.scalar("prod", 0, x.DType())))
	return c.g.Mul(others)
}

// extremeVJP shares the gradient among the elements equal to the extreme.
func extremeVJP(c *call) *Tensor {
	hit := c.in(0).Equal(c.out()).To(c.g.DType())
	return c.g.Div(hit.SumKeepDim(c.node.attr.([]int)...)).Mul(hit)
}

// inverse is the permutation that undoes another.
func inverse(order []int) []int {
	out := make([]int, len(order))
	for i, a := range order {
		out[a] = i
	}
	return out
}

// productLike is a·b, laid out as the operand x whose gradient it is: transposed if x is a transposed
// view, as a linear layer's weight is, so that the gradient of the weight itself comes out contiguous.
func productLike(x, a, b *Tensor) *Tensor {
	if s := x.layout.Stride[x.Rank()-2:]; s[0] == 1 && s[1] > 1 {
		return b.Transpose(-2, -1).matmul(a.Transpose(-2, -1)).Transpose(-2, -1)
	}
	return a.matmul(b)
}
