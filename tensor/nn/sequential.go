package nn

import "github.com/rustygradients/rg/tensor"

// Sequential applies layers one after another: nn.Sequential{nn.NewLinear(2, 8), nn.ReLU{}, …}.
type Sequential []Layer

// NewSequential makes a Sequential of the layers.
func NewSequential(layers ...Layer) Sequential { return layers }

// Forward passes x through every layer. A Linear and the ReLU, GELU or GELUTanh after it are one operation.
func (s Sequential) Forward(x *tensor.Tensor) *tensor.Tensor {
	for i := 0; i < len(s); i++ {
		if l, ok := s[i].(*Linear); ok && i+1 < len(s) {
			if a := activationOf(s[i+1]); a != 0 {
				x = l.activated(x, a)
				i++
				continue
			}
		}
		x = s[i].Forward(x)
	}
	return x
}

// activationOf is what a layer that has nothing else applies.
func activationOf(l Layer) tensor.Activation {
	switch l.(type) {
	case ReLU:
		return tensor.ReLUActivation
	case GELU:
		return tensor.GELUActivation
	case GELUTanh:
		return tensor.GELUTanhActivation
	}
	return 0
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
