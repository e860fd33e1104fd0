package nn

import (
	"fmt"
	"math"

	"github.com/rustygradients/rg/tensor"
)

// The functions of this file overwrite t with random numbers of the global generator (see
// tensor.ManualSeed), and return it.

// InitUniform draws from [lo, hi).
func InitUniform(t *tensor.Tensor, lo, hi float64) *tensor.Tensor {
	return overwrite(t, like(t).Uniform(lo, hi, t.Shape()...))
}

// InitNormal draws from a normal distribution.
func InitNormal(t *tensor.Tensor, mean, std float64) *tensor.Tensor {
	return overwrite(t, like(t).Normal(mean, std, t.Shape()...))
}

// InitConstant fills t with one value.
func InitConstant(t *tensor.Tensor, v float64) *tensor.Tensor {
	tensor.NoGrad(func() { t.Fill(v) })
	return t
}

// InitXavierUniform keeps the variance of signals and gradients alike: U(−a, a) with
// a = √(6/(fan in + fan out)) (Glorot and Bengio 2010).
func InitXavierUniform(t *tensor.Tensor) *tensor.Tensor {
	in, out := fans(t)
	a := math.Sqrt(6 / (in + out))
	return InitUniform(t, -a, a)
}

// InitXavierNormal is InitXavierUniform with a normal distribution, σ = √(2/(fan in + fan out)).
func InitXavierNormal(t *tensor.Tensor) *tensor.Tensor {
	in, out := fans(t)
	return InitNormal(t, 0, math.Sqrt(2/(in+out)))
}

// InitKaimingUniform keeps the variance through ReLUs: U(−a, a) with a = √(6/fan in) (He et al. 2015).
func InitKaimingUniform(t *tensor.Tensor) *tensor.Tensor {
	in, _ := fans(t)
	a := math.Sqrt(6 / in)
	return InitUniform(t, -a, a)
}

// InitKaimingNormal is InitKaimingUniform with a normal distribution, σ = √(2/fan in).
func InitKaimingNormal(t *tensor.Tensor) *tensor.Tensor {
	in, _ := fans(t)
	return InitNormal(t, 0, math.Sqrt(2/in))
}

// fans counts the inputs of an output of a weight (out, in, …), and the outputs of an input.
func fans(t *tensor.Tensor) (in, out float64) {
	if t.Rank() < 2 {
		panic(fmt.Sprintf("nn: the fans of shape %v are not defined; a weight has at least 2 axes, (out, in, …)", t.Shape()))
	}
	window := 1
	for a := 2; a < t.Rank(); a++ {
		window *= t.Dim(a)
	}
	return float64(t.Dim(1) * window), float64(t.Dim(0) * window)
}

func like(t *tensor.Tensor) tensor.Options {
	return tensor.Options{DType: t.DType(), Device: t.Device()}
}

func overwrite(t, with *tensor.Tensor) *tensor.Tensor {
	tensor.NoGrad(func() { t.CopyFrom(with) })
	return t
}

// uniformFan is PyTorch's default for Linear and Conv2D, and for their biases: U(−1/√n, 1/√n).
func uniformFan(n int, shape ...int) *tensor.Tensor {
	a := 1 / math.Sqrt(float64(max(n, 1)))
	return param(tensor.Uniform(-a, a, shape...))
}

// option returns the one option given, or the zero value. Constructors take options last and at most
// once.
func option[T any](constructor string, options []T) T {
	var zero T
	switch len(options) {
	case 0:
		return zero
	case 1:
		return options[0]
	}
	panic(fmt.Sprintf("nn: %s takes one %T, not %d", constructor, zero, len(options)))
}
