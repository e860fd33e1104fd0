package optim

import (
	"math"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/backend"
)

// AdamWOptions are for NewAdamW.
type AdamWOptions struct {
	LR          float64 // default 1e-3
	Beta1       float64 // default 0.9
	Beta2       float64 // default 0.999
	Eps         float64 // default 1e-8
	WeightDecay float64 // default 0.01, as in PyTorch; NoDecay for none

	// MasterWeights steps Float16 and BFloat16 parameters in Float32, of which they are the rounded values (Micikevicius et al. 2018,
	// section 3.1): steps too small for a half add up. It takes 12 bytes a parameter beside the parameter, and without it 4.
	MasterWeights bool
}

// AdamW is Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019).
type AdamW struct {
	slots
	options AdamWOptions
}

// NewAdamW makes an AdamW for parameters.
func NewAdamW(params []*tensor.Tensor, options ...AdamWOptions) *AdamW {
	o := option("NewAdamW", options)
	o.LR = orDefault(o.LR, 1e-3)
	o.Beta1, o.Beta2 = orDefault(o.Beta1, 0.9), orDefault(o.Beta2, 0.999)
	o.Eps, o.WeightDecay = orDefault(o.Eps, 1e-8), orDefault(o.WeightDecay, 0.01)
	a := &AdamW{options: o, slots: slots{rate: o.LR, names: []string{"exp_avg", "exp_avg_sq"}}}
	if o.MasterWeights {
		a.names, a.wide = append(a.names, "master_param"), true
	}
	a.add(params, o.WeightDecay, 1)
	return a
}

// AddGroup adds parameters with options of their own, as biases and norms, which are seldom decayed.
func (a *AdamW) AddGroup(params []*tensor.Tensor, o GroupOptions) {
	a.add(params, orDefault(o.WeightDecay, a.options.WeightDecay), orDefault(o.LRScale, 1))
}

// Step moves every parameter that has a gradient, all of a device at once where it can.
func (a *AdamW) Step() {
	o := a.options
	lists := map[backend.AdamListBackend][]adamParam{}
	a.each(func(p *slot, g *tensor.Tensor) {
		master := a.wide && p.param.DType().IsHalf()
		if master && p.state[2] == nil { // a state that was loaded may have had none
			p.state[2] = p.param.Detach().To(tensor.Float32)
		}
		if p.state[0] == nil {
			weight := p.param.Detach()
			if master {
				weight = p.state[2]
			}
			p.state[0], p.state[1] = tensor.ZerosLike(weight), tensor.ZerosLike(weight)
		}
		s := stepOf(o, p.step)
		s.Rate, s.Decay = a.rate*p.scale, p.decay
		one := adamParam{param: p.param, grad: g.Contiguous(), m: p.state[0], v: p.state[1], step: s}
		if master {
			one.master = p.state[2]
		}
		if b, ok := backend.As[backend.AdamListBackend](p.param.Backend()); ok && p.param.IsContiguous() && g.DType() == p.param.DType() {
			lists[b] = append(lists[b], one)
			return
		}
		one.alone()
	})
	defer backend.Enter(backend.Optimizer)()
	for b, list := range lists {
		stepTogether(b, list)
	}
}

// adamParam is what a step works on; master is nil where the parameter is stepped itself.
type adamParam struct {
	param, grad, m, v, master *tensor.Tensor
	step                      backend.AdamStep
}

// stepTogether makes the steps of a device's parameters in one call.
func stepTogether(b backend.AdamListBackend, list []adamParam) {
	views := make([]backend.AdamParam, len(list))
	for i, p := range list {
		views[i] = backend.AdamParam{
			Param: p.param.BackendView(), Grad: p.grad.BackendView(), M: p.m.BackendView(), V: p.v.BackendView(), Step: p.step,
		}
		if p.master != nil {
			views[i].Master = p.master.BackendView()
		}
	}
	if err := b.AdamWList(views); err != nil {
		panic(&tensor.Error{Op: "adamw", Hint: err.Error(), Err: err})
	}
	for _, p := range list {
		for _, t := range []*tensor.Tensor{p.param, p.m, p.v, p.master} {
			if t != nil {
				t.MarkWritten()
			}
		}
	}
}

// alone makes one parameter's step.
func (p adamParam) alone() {
	if p.master == nil {
		adamW(p.param, p.grad, p.m, p.v, p.step)
		return
	}
	adamW(p.master, p.grad.To(tensor.Float32), p.m, p.v, p.step)
	p.param.CopyFrom(p.master)
}

// stepOf makes the numbers of a step, the first being 1.
func stepOf(o AdamWOptions, step int) backend.AdamStep {
	return backend.AdamStep{
		Rate: o.LR, Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps, Decay: max(o.WeightDecay, 0),
		Correction1: 1 - math.Pow(o.Beta1, float64(step)),
		Correction2: 1 - math.Pow(o.Beta2, float64(step)),
		Scale:       1,
	}
}

// adamW makes one step, by the backend's fused operation if there is one.
func adamW(p, g, m, v *tensor.Tensor, s backend.AdamStep) {
	if b, ok := backend.As[backend.AdamBackend](p.Backend()); ok && p.IsContiguous() && g.DType() == p.DType() {
		if b.AdamW(p.BackendView(), g.BackendView(), m.BackendView(), v.BackendView(), s) == nil {
			for _, t := range []*tensor.Tensor{p, m, v} {
				t.MarkWritten()
			}
			return
		}
		// The backend lacks the data type; it has changed nothing.
	}
	adamWComposed(p, g, m, v, s)
}

// adamWComposed is the definition, in the order of PyTorch's.
func adamWComposed(p, g, m, v *tensor.Tensor, s backend.AdamStep) {
	if s.Scale != 1 {
		g = g.MulScalar(s.Scale)
	}
	p.MulScalarInPlace(1 - s.Rate*s.Decay)
	m.MulScalarInPlace(s.Beta1).AddScaledInPlace(g, 1-s.Beta1)
	v.MulScalarInPlace(s.Beta2).AddScaledInPlace(g.Square(), 1-s.Beta2)
	denominator := v.Sqrt().DivScalar(math.Sqrt(s.Correction2)).AddScalar(s.Eps)
	p.AddScaledInPlace(m.Div(denominator), -s.Rate/s.Correction1)
}
