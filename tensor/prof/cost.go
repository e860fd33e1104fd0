package prof

import "github.com/rustygradients/rg/tensor/backend"

// cost is the arithmetic of an operation, and the bytes that it must at least read and write.
//
// FLOPs are counted as in the definitions that package tensor composes its operations from: one
// for each addition, subtraction, multiplication, division, root, and each value of an elementary
// function (exp, tanh, erf, the logistic function), as is usual for models. Comparisons, choices,
// copies, conversions, indices, random numbers and anything on integers count none. A fused
// operation counts what its definition does, not what an implementation saves or adds.
//
// Bytes are those of the operands' distinct elements, read once, and of the result, written once; an
// axis along which an operand is broadcast counts once.
type cost struct{ flops, bytes int64 }

// moved is the cost of an operation that computes nothing.
func moved(bytes int64) cost { return cost{bytes: bytes} }

// size is the bytes of a view's distinct elements.
func size(v backend.View) int64 {
	n := int64(v.Storage.DType().Size())
	for i, d := range v.Layout.Shape {
		if d == 0 || v.Layout.Stride[i] != 0 {
			n *= int64(d)
		}
	}
	return n
}

// count is a view's number of elements.
func count(v backend.View) int64 { return int64(v.Layout.Len()) }

// arithmetic is n if v's elements are floats.
func arithmetic(v backend.View, n int64) int64 {
	if !v.Storage.DType().IsFloat() {
		return 0
	}
	return n
}

// perElement is the cost of an operation that takes n FLOPs for each element of its result.
func perElement(n int64, dst backend.View, operands ...backend.View) cost {
	c := cost{flops: arithmetic(operands[0], n*count(dst)), bytes: size(dst)}
	for _, o := range operands {
		c.bytes += size(o)
	}
	return c
}

func unaryCost(op backend.UnaryOp, dst, x backend.View) cost {
	switch op {
	case backend.Sign, backend.ReLU, backend.Floor, backend.Ceil, backend.Round, backend.Not, backend.IsNaN, backend.Abs:
		return perElement(0, dst, x) // chosen or cut off, not computed
	}
	return perElement(1, dst, x)
}

func binaryCost(op backend.BinaryOp, dst, x, y backend.View) cost {
	switch op {
	case backend.Add, backend.Sub, backend.Mul, backend.Div, backend.Pow, backend.Mod:
		return perElement(1, dst, x, y)
	}
	return perElement(0, dst, x, y)
}

// reduceCost: a sum of n numbers takes n − 1 additions.
func reduceCost(op backend.ReduceOp, dst, x backend.View) cost {
	c := cost{bytes: size(dst) + size(x)}
	if op == backend.Sum || op == backend.Prod {
		c.flops = arithmetic(x, max(count(x)-count(dst), 0))
	}
	return c
}

// matmulCost is 2·m·n·k for each matrix of the batch: a multiplication and an addition for each of k.
func matmulCost(dst, x, y backend.View) cost {
	k := int64(x.Layout.Shape[x.Layout.Rank()-1])
	return cost{flops: arithmetic(x, 2*count(dst)*k), bytes: size(dst) + size(x) + size(y)}
}

// scatterCost: each element of src is read, and added to one of dst, which is read and written.
func scatterCost(dst, src, idx backend.View) cost {
	touched := min(count(dst), count(src)) * int64(dst.Storage.DType().Size())
	return cost{flops: arithmetic(dst, count(src)), bytes: size(src) + size(idx) + 2*touched}
}

// convCost is a multiplication and an addition for each element of the result and each of a filter.
func convCost(result, weight backend.View, moved ...backend.View) cost {
	filter := int64(1)
	for _, d := range weight.Layout.Shape[1:] {
		filter *= int64(d)
	}
	c := cost{flops: arithmetic(result, 2*count(result)*filter)}
	for _, v := range moved {
		c.bytes += size(v)
	}
	return c
}

// pairs is how many queries see how many keys, in all: a causal query sees those up to its own.
func pairs(q, k backend.View, o backend.Attention) int64 {
	r := q.Layout.Rank()
	t, s := q.Layout.Shape[r-2], k.Layout.Shape[r-2]
	seen := t * s
	if o.Causal {
		near := min(t, s)
		seen = near*(near+1)/2 + (t-near)*s
	}
	heads := 1
	for _, n := range q.Layout.Shape[:r-2] {
		heads *= n
	}
	return int64(heads) * int64(seen)
}

// lengths is those of a query, which is a key's, and of a value.
func lengths(q, v backend.View) (d, e int64) {
	return int64(q.Layout.Shape[q.Layout.Rank()-1]), int64(v.Layout.Shape[v.Layout.Rank()-1])
}

// attentionCost counts for each pair the product q·k, its scaling, 4 of softmax, and the value's part of the result.
func attentionCost(dst, lse, q, k, v backend.View, o backend.Attention) cost {
	d, e := lengths(q, v)
	return cost{
		flops: arithmetic(q, pairs(q, k, o)*(2*d+2*e+5)),
		bytes: size(dst) + size(lse) + size(q) + size(k) + size(v),
	}
}

// attentionGradCost counts for each pair the gradients of value and weight, 4 of softmax's gradient, the scaling, and
// the gradients of query and key.
func attentionGradCost(q, k, v, dst, lse, g backend.View, o backend.Attention) cost {
	d, e := lengths(q, v)
	return cost{
		flops: arithmetic(q, pairs(q, k, o)*(4*d+4*e+5)),
		bytes: 2*(size(q)+size(k)+size(v)) + size(dst) + size(lse) + size(g),
	}
}

// ropeCost counts the four products, the difference and the sum of each pair.
func ropeCost(dst, x, cos, sin backend.View) cost {
	return cost{flops: arithmetic(x, 6*count(cos)), bytes: size(dst) + size(x) + size(cos) + size(sin)}
}

// adamCost counts the definition's steps: the decay of the parameter 1, the moments 3 and 4, the
// denominator 3, the quotient, its scaling and its subtraction 3. All four operands are read, and
// all but the gradient are written.
func adamCost(param, grad, m, v backend.View) cost {
	return cost{
		flops: arithmetic(param, 14*count(param)),
		bytes: 2*size(param) + size(grad) + 2*size(m) + 2*size(v),
	}
}

// activationFLOPs are per element, counted in the compositions of tensor/unary.go, and the gradients'
// names.
var activationFLOPs = [...]struct {
	forward, backward int64
	grad              string
}{
	backend.GELU:     {5, 11, "gelu_grad"},
	backend.GELUTanh: {9, 17, "gelu_tanh_grad"},
	backend.SiLU:     {2, 6, "silu_grad"},
}

// epilogueFLOPs are an element's, at a product's end.
var epilogueFLOPs = [...]int64{
	backend.EpilogueReLU:     1,
	backend.EpilogueGELU:     activationFLOPs[backend.GELU].forward,
	backend.EpilogueGELUTanh: activationFLOPs[backend.GELUTanh].forward,
}
