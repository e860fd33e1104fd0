package nn

import "github.com/rustygradients/rg/tensor"

// Sequential applies layers one after another: nn.Sequential{nn.NewLinear(2, 8), nn.ReLU{}, …}.
type Sequential []Layer

// NewSequential makes a Sequential of the layers.
func NewSequential(layers ...Layer) Sequential { return layers }

// Forward passes x through every layer.
func (s Sequential) Forward(x *tensor.Tensor) *tensor.Tensor {
	for _, l := range s {
		x = l.Forward(x)
	}
	return x
}

// NewMLP makes a multilayer perceptron: linear layers of those sizes with ReLU between them.
// NewMLP(64, 32, 10) maps 64 numbers to 32 and those to 10.
func NewMLP(sizes ...int) Sequential {
	if len(sizes) < 2 {
		panic("nn: an MLP has at least two sizes, in and out")
	}
	var s Sequential
	for i := range sizes[1:] {
		if i > 0 {
			s = append(s, ReLU{})
		}
		s = append(s, NewLinear(sizes[i], sizes[i+1]))
	}
	return s
}

// Flatten makes (N, a, b, …) into (N, a·b·…).
type Flatten struct{}

// Forward keeps the first axis and merges the others.
func (Flatten) Forward(x *tensor.Tensor) *tensor.Tensor { return x.Flatten(1, -1) }
