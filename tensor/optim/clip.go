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
		there := perDevice{(*tensor.Tensor).Add, nil}
		for _, p := range params {
			switch g := p.BorrowGrad(); {
			case g == nil:
			case g.Device() == tensor.CPU:
				sum += sumOfSquares(g)
			default:
				there.take(g.Square().Sum())
			}
		}
		for _, t := range there.all {
			sum += t.Item()
		}
	})
	return math.Sqrt(sum)
}

// perDevice folds scalars on their devices, in float64, so that each device is waited for once and not for every parameter.
type perDevice struct {
	fold func(x, y *tensor.Tensor) *tensor.Tensor
	all  map[tensor.Device]*tensor.Tensor
}

func (p *perDevice) take(x *tensor.Tensor) {
	if p.all == nil {
		p.all = map[tensor.Device]*tensor.Tensor{}
	}
	x = x.To(tensor.Float64)
	if before := p.all[x.Device()]; before != nil {
		x = p.fold(before, x)
	}
	p.all[x.Device()] = x
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
