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
				sum += g.Square().Sum().Item()
			}
		}
	})
	return math.Sqrt(sum)
}
