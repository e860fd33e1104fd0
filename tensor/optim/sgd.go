package optim

import "github.com/rustygradients/rg/tensor"

// SGDOptions are for NewSGD.
type SGDOptions struct {
	LR          float64 // default 1e-3
	Momentum    float64
	Dampening   float64 // of what enters the momentum
	Nesterov    bool    // look ahead (Sutskever et al. 2013); needs momentum, and no dampening
	WeightDecay float64 // added to the gradient: L2
}

// SGD is stochastic gradient descent, with momentum as PyTorch defines it: v ← μ·v + g, p ← p − lr·v.
type SGD struct {
	slots
	options SGDOptions
}

// NewSGD makes an SGD for parameters.
func NewSGD(params []*tensor.Tensor, options ...SGDOptions) *SGD {
	o := option("NewSGD", options)
	if o.Nesterov && (o.Momentum <= 0 || o.Dampening != 0) {
		panic("optim: Nesterov needs momentum, and no dampening")
	}
	s := &SGD{options: o, slots: slots{rate: orDefault(o.LR, 1e-3), names: []string{"momentum_buffer"}}}
	s.add(params, o.WeightDecay, 1)
	return s
}

// AddGroup adds parameters with options of their own.
func (s *SGD) AddGroup(params []*tensor.Tensor, o GroupOptions) {
	s.add(params, orDefault(o.WeightDecay, s.options.WeightDecay), orDefault(o.LRScale, 1))
}

// Step moves every parameter that has a gradient.
func (s *SGD) Step() {
	o := s.options
	s.each(func(p *slot, g *tensor.Tensor) {
		if p.decay > 0 {
			g = g.Add(p.param.Detach().MulScalar(p.decay))
		}
		if o.Momentum != 0 {
			switch v := p.state[0]; {
			case v == nil: // the first gradient is not dampened
				p.state[0] = g.Clone()
			default:
				v.MulScalarInPlace(o.Momentum).AddScaledInPlace(g, 1-o.Dampening)
			}
			if o.Nesterov {
				g = g.Add(p.state[0].MulScalar(o.Momentum))
			} else {
				g = p.state[0]
			}
		}
		p.param.AddScaledInPlace(g, -s.rate*p.scale)
	})
}

// option returns the one option given, or the zero value.
func option[T any](constructor string, options []T) T {
	var zero T
	switch len(options) {
	case 0:
		return zero
	case 1:
		return options[0]
	}
	panic("optim: " + constructor + " takes options at most once")
}

func orDefault(v, otherwise float64) float64 {
	if v == 0 {
		return otherwise
	}
	return v
}
