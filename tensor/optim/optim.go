package optim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/backend"
)

// Optimizer changes parameters by their gradients.
type Optimizer interface {
	// Step moves every parameter that has a gradient.
	Step()

	// ZeroGrad drops the gradients.
	ZeroGrad()

	// Params are the parameters, in the order in which they were given.
	Params() []*tensor.Tensor

	// LR is the learning rate, and SetLR changes it.
	LR() float64
	SetLR(rate float64)

	// StateDict returns what the optimizer remembers, sharing memory with it, and LoadStateDict
	// copies that back.
	StateDict() State
	LoadStateDict(State) error
}

// NoDecay, as a weight decay, means none, where zero means the default.
const NoDecay = -1

// State is what an optimizer remembers.
type State struct {
	Steps []int // taken so far, for each parameter

	// Tensors are named by the parameter's place and PyTorch's word: "0.exp_avg".
	Tensors map[string]*tensor.Tensor

	LR float64
}

// GroupOptions are what parameters of a group have for themselves.
type GroupOptions struct {
	WeightDecay float64 // 0 means the optimizer's
	LRScale     float64 // multiplies the optimizer's rate; 0 means 1
}

// slot is one parameter and what is remembered of it.
type slot struct {
	param *tensor.Tensor
	decay float64
	scale float64 // of the learning rate
	step  int
	state []*tensor.Tensor // nil until the first step
}

// slots is what all optimizers have.
type slots struct {
	rate  float64
	names []string // of a slot's state
	wide  bool     // the state of halves is Float32
	all   []*slot
}

// LR returns the learning rate.
func (s *slots) LR() float64 { return s.rate }

// SetLR changes the learning rate.
func (s *slots) SetLR(rate float64) { s.rate = rate }

// Params returns the parameters.
func (s *slots) Params() []*tensor.Tensor {
	out := make([]*tensor.Tensor, len(s.all))
	for i, p := range s.all {
		out[i] = p.param
	}
	return out
}

// ZeroGrad drops the gradients.
func (s *slots) ZeroGrad() {
	for _, p := range s.all {
		p.param.ZeroGrad()
	}
}

func (s *slots) add(params []*tensor.Tensor, decay, scale float64) {
	if len(params) == 0 {
		panic("optim: there are no parameters; does the module keep its tensors in exported fields?")
	}
	for i, p := range params {
		if p == nil || !p.IsLeaf() || !p.DType().IsFloat() {
			panic(fmt.Sprintf("optim: parameter %d is not a floating-point leaf", i))
		}
		if slices.ContainsFunc(s.all, func(o *slot) bool { return o.param == p }) {
			panic(fmt.Sprintf("optim: parameter %d, of shape %v, is there already", i, p.Shape()))
		}
		s.all = append(s.all, &slot{param: p, decay: max(decay, 0), scale: scale})
	}
}

// each calls f for every parameter that has a gradient, with recording off, and counts its step.
func (s *slots) each(f func(p *slot, grad *tensor.Tensor)) {
	defer backend.Enter(backend.Optimizer)()
	tensor.NoGrad(func() {
		for _, p := range s.all {
			grad := p.param.BorrowGrad()
			if grad == nil {
				continue
			}
			if p.state == nil {
				p.state = make([]*tensor.Tensor, len(s.names))
			}
			p.step++
			if grad.RequiresGrad() {
				grad = grad.Detach()
			}
			f(p, grad)
			for _, t := range p.state {
				if t != nil {
					t.Keep()
				}
			}
		}
	})
}

// StateDict returns what is remembered, sharing memory.
func (s *slots) StateDict() State {
	out := State{LR: s.rate, Tensors: map[string]*tensor.Tensor{}}
	for i, p := range s.all {
		out.Steps = append(out.Steps, p.step)
		for j, t := range p.state {
			if t != nil {
				out.Tensors[fmt.Sprintf("%d.%s", i, s.names[j])] = t
			}
		}
	}
	return out
}

// LoadStateDict copies from a state that an optimizer of the same kind has given for the same
// parameters. When it doesn't fit, nothing is changed.
func (s *slots) LoadStateDict(state State) error {
	if len(state.Steps) != len(s.all) {
		return fmt.Errorf("optim: the state is of %d parameters, the optimizer has %d", len(state.Steps), len(s.all))
	}
	loaded := make([][]*tensor.Tensor, len(s.all))
	used := 0
	for i, p := range s.all {
		loaded[i] = make([]*tensor.Tensor, len(s.names))
		for j, name := range s.names {
			key := fmt.Sprintf("%d.%s", i, name)
			t := state.Tensors[key]
			if t == nil {
				continue
			}
			used++
			if !slices.Equal(t.Shape(), p.param.Shape()) {
				return fmt.Errorf("optim: %s has shape %v, its parameter %v", key, t.Shape(), p.param.Shape())
			}
			loaded[i][j] = t
		}
	}
	if used != len(state.Tensors) {
		return fmt.Errorf("optim: the state is of another kind of optimizer: this one keeps %s", strings.Join(s.names, ", "))
	}
	for i, p := range s.all {
		p.step = state.Steps[i]
		p.state = make([]*tensor.Tensor, len(s.names))
		for j, t := range loaded[i] {
			if t != nil {
				dt := p.param.DType()
				if s.wide && dt.IsHalf() {
					dt = tensor.Float32
				}
				p.state[j] = t.Detach().ToDevice(p.param.Device()).To(dt).Clone().Detach()
			}
		}
	}
	s.rate = state.LR
	return nil
}
