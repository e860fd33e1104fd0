package optim

import (
	"math"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/backend"
)

// ClipGradNorm scales the gradients of the parameters down so that all of them, as one vector, are no
// longer than limit, and returns the length that they had (Pascanu et al. 2013). With a limit of
// +Inf it only measures.
func ClipGradNorm(params []*tensor.Tensor, limit float64) float64 {
	defer backend.Enter(backend.Optimizer)()
	norm := GradNorm(params)
	// PyTorch's small number keeps a norm of 0 from dividing.
	if scale := limit / (norm + 1e-6); scale < 1 || math.IsNaN(scale) {
		tensor.NoGrad(func() {
			for _, p := range params {
				if g := p.BorrowGrad(); g != nil {
					g.MulScalarInPlace(scale)
				}
			}
		})
	}
	return norm
}

// GradNorm is the length of the gradients of all parameters, as one vector.
func GradNorm(params []*tensor.Tensor) float64 {
	sum := 0.0
	tensor.NoGrad(func() {
		for _, p := range params {
			if g := p.BorrowGrad(); g != nil {
				sum += sumOfSquares(g)
			}
		}
	})
	return math.Sqrt(sum)
}

// sumOfSquares works in parts whose squares stay in a cache.
func sumOfSquares(g *tensor.Tensor) float64 {
	const part = 1 << 18
	sum, flat := 0.0, g.Reshape(-1)
	for at, n := 0, flat.Len(); at < n; at += part {
		squares := flat.Narrow(0, at, min(part, n-at)).Square()
		sum += squares.Sum().Item()
		squares.Release()
	}
	return sum
}
