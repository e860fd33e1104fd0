package nn

import "github.com/rustygradients/rg/tensor"

// Linear is x·Wᵀ + b.
type Linear struct {
	Weight *tensor.Tensor // (out, in)
	Bias   *tensor.Tensor // (out,), or nil
}

// LinearOptions are for NewLinear.
type LinearOptions struct {
	NoBias bool
}

// NewLinear makes a Linear with PyTorch's initialisation, U(−1/√in, 1/√in).
func NewLinear(in, out int, options ...LinearOptions) *Linear {
	l := &Linear{Weight: uniformFan(in, out, in)}
	if !option("NewLinear", options).NoBias {
		l.Bias = uniformFan(in, out)
	}
	return l
}

// Forward maps (…, in) to (…, out).
func (l *Linear) Forward(x *tensor.Tensor) *tensor.Tensor { return l.activated(x, 0) }

// activated is an activation of Forward, in one operation.
func (l *Linear) activated(x *tensor.Tensor, a tensor.Activation) *tensor.Tensor {
	return observed(l, x.LinearActivation(l.Weight, l.Bias, a))
}

// Embedding is a table of vectors.
type Embedding struct {
	Weight *tensor.Tensor // (count, dim)
}

// NewEmbedding makes count vectors of dim numbers from the standard normal distribution.
func NewEmbedding(count, dim int) *Embedding {
	return &Embedding{Weight: param(tensor.Randn(count, dim))}
}

// Forward looks up whole numbers: (…) gives (…, dim).
func (e *Embedding) Forward(idx *tensor.Tensor) *tensor.Tensor {
	return observed(e, e.Weight.Embedding(idx))
}
