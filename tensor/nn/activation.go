package nn

import "github.com/rustygradients/rg/tensor"

// The activations have no parameters; their zero values are ready for a Sequential.
type (
	ReLU     struct{} // ReLU is max(x, 0)
	GELU     struct{} // GELU is x·Φ(x), exact
	GELUTanh struct{} // GELUTanh is GELU's tanh approximation, as in GPT-2
	SiLU     struct{} // SiLU is x·σ(x)
	Tanh     struct{} // Tanh is the hyperbolic tangent
	Sigmoid  struct{} // Sigmoid is 1/(1 + e⁻ˣ)
)

// Forward applies the function to each element.
func (ReLU) Forward(x *tensor.Tensor) *tensor.Tensor { return x.ReLU() }

// Forward applies the function to each element.
func (GELU) Forward(x *tensor.Tensor) *tensor.Tensor { return x.GELU() }

// Forward applies the function to each element.
func (GELUTanh) Forward(x *tensor.Tensor) *tensor.Tensor { return x.GELUTanh() }

// Forward applies the function to each element.
func (SiLU) Forward(x *tensor.Tensor) *tensor.Tensor { return x.SiLU() }

// Forward applies the function to each element.
func (Tanh) Forward(x *tensor.Tensor) *tensor.Tensor { return x.Tanh() }

// Forward applies the function to each element.
func (Sigmoid) Forward(x *tensor.Tensor) *tensor.Tensor { return x.Sigmoid() }

// Dropout zeroes elements with probability P in training, and scales the others so that the mean stays
// (Srivastava et al. 2014). In evaluation it does nothing.
type Dropout struct {
	P float64

	mode Mode
}

// NewDropout makes a Dropout in training mode.
func NewDropout(p float64) *Dropout { return &Dropout{P: p} }

// SetMode turns dropout on or off.
func (d *Dropout) SetMode(m Mode) { d.mode = m }

// Rate is the probability in the present mode: P or 0.
func (d *Dropout) Rate() float64 {
	if d == nil || d.mode == Evaluation {
		return 0
	}
	return d.P
}

// Forward drops elements of x.
func (d *Dropout) Forward(x *tensor.Tensor) *tensor.Tensor {
	if p := d.Rate(); p > 0 {
		return x.Dropout(p)
	}
	return x
}
