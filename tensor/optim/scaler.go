package optim

import (
	"math"

	"github.com/rustygradients/rg/tensor"
)

// GradScalerOptions are for NewGradScaler. Zeros mean PyTorch's defaults.
type GradScalerOptions struct {
	Scale    float64 // the first factor; 65536
	Growth   float64 // multiplies it after Interval steps that were taken; 2
	Backoff  float64 // multiplies it after a step that was not; 0.5
	Interval int     // 2000
}

// GradScaler keeps the small gradients of Float16 from becoming zeros: it scales the loss up before the
// backward pass and the gradients down after, and leaves out the steps where some are infinite or NaN
// (Micikevicius et al. 2018, section 3.2). BFloat16 has Float32's range and needs none.
//
//	var loss *tensor.Tensor
//	tensor.Autocast(tensor.Float16, func() { loss = model.Forward(x).CrossEntropy(y) })
//	scaler.Scale(loss).Backward()
//	scaler.Step(opt)
//	scaler.Update()
type GradScaler struct {
	options  GradScalerOptions
	scale    float64
	taken    int // steps since the scale changed
	overflow bool
	unscaled map[Optimizer]bool // since the last Update: whether all its gradients were finite
}

// NewGradScaler makes a scaler.
func NewGradScaler(o GradScalerOptions) *GradScaler {
	defaults := []struct {
		v         *float64
		otherwise float64
	}{{&o.Scale, 65536}, {&o.Growth, 2}, {&o.Backoff, 0.5}}
	for _, d := range defaults {
		if *d.v == 0 {
			*d.v = d.otherwise
		}
	}
	if o.Interval == 0 {
		o.Interval = 2000
	}
	if o.Scale < 0 || o.Growth < 1 || o.Backoff < 0 || o.Backoff >= 1 || o.Interval < 0 {
		panic("optim: a gradient scaler's growth is at least 1, its backoff between 0 and 1, and nothing is negative")
	}
	return &GradScaler{options: o, scale: o.Scale, unscaled: map[Optimizer]bool{}}
}

// Scale multiplies a loss by the present factor.
func (s *GradScaler) Scale(loss *tensor.Tensor) *tensor.Tensor {
	if loss.DType().IsHalf() {
		loss = loss.To(tensor.Float32)
	}
	return loss.MulScalar(s.scale)
}

// Factor is the present factor.
func (s *GradScaler) Factor() float64 { return s.scale }

// Unscale divides the gradients of the optimizer's parameters by the factor, to clip them before Step. It
// reports whether all are finite.
func (s *GradScaler) Unscale(opt Optimizer) bool {
	if finite, done := s.unscaled[opt]; done {
		return finite
	}
	finite := true
	tensor.NoGrad(func() {
		there := perDevice{(*tensor.Tensor).Maximum, nil}
		for _, p := range opt.Params() {
			g := p.BorrowGrad()
			if g == nil || g.Len() == 0 {
				continue
			}
			g.MulScalarInPlace(1 / s.scale)
			there.take(g.Abs().Max()) // the sum of squares could overflow where the elements don't
		}
		for _, t := range there.all {
			if largest := t.Item(); math.IsInf(largest, 0) || math.IsNaN(largest) {
				finite = false
			}
		}
	})
	s.unscaled[opt] = finite
	s.overflow = s.overflow || !finite
	return finite
}

// Step divides the gradients by the factor, unless Unscale has done so, and lets the optimizer make a step
// if all of them are finite. It reports whether it did.
func (s *GradScaler) Step(opt Optimizer) bool {
	finite := s.Unscale(opt)
	if finite {
		opt.Step()
	}
	return finite
}

// Update adapts the factor. It is called once an iteration, after all Steps.
func (s *GradScaler) Update() {
	switch {
	case s.overflow:
		s.scale *= s.options.Backoff
		s.taken = 0
	case len(s.unscaled) > 0:
		if s.taken++; s.taken == s.options.Interval {
			s.scale *= s.options.Growth
			s.taken = 0
		}
	}
	s.overflow = false
	clear(s.unscaled)
}

// State is the factor and the steps since it changed, to be given to SetState later.
func (s *GradScaler) State() (factor float64, steps int) { return s.scale, s.taken }

// SetState continues where State was called.
func (s *GradScaler) SetState(factor float64, steps int) { s.scale, s.taken = factor, steps }
