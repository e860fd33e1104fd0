package optim_test

import (
	"math"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/optim"
)

// Gradients that Float16 holds no more arrive through the scaler.
func TestGradScalerSavesSmallGradients(t *testing.T) {
	x := tensor.Ones(1, 1)
	run := func(s *optim.GradScaler) float64 {
		w := tensor.Ones(1, 1).SetRequiresGrad(true)
		opt := optim.NewSGD([]*tensor.Tensor{w}, optim.SGDOptions{LR: 1e8})
		var loss *tensor.Tensor
		tensor.Autocast(tensor.Float16, func() { loss = x.MatMul(w).To(tensor.Float32).MulScalar(1e-9).Sum() })
		if s == nil {
			loss.Backward()
			opt.Step()
		} else {
			s.Scale(loss).Backward()
			if !s.Step(opt) {
				t.Error("the step was left out")
			}
			s.Update()
		}
		return w.Item()
	}
	if got := run(nil); got != 1 {
		t.Errorf("without a scaler w is %v", got)
	}
	if got := run(optim.NewGradScaler(optim.GradScalerOptions{})); math.Abs(got-0.9) > 0.01 {
		t.Errorf("with a scaler w is %v, want 0.9", got)
	}
}

func TestGradScalerAdapts(t *testing.T) {
	w := tensor.Ones(2).SetRequiresGrad(true)
	opt := optim.NewSGD([]*tensor.Tensor{w}, optim.SGDOptions{LR: 1})
	s := optim.NewGradScaler(optim.GradScalerOptions{Scale: 8, Interval: 2})
	step := func(g ...float64) bool {
		w.SetGrad(tensor.Of(g...))
		defer s.Update()
		return s.Step(opt)
	}
	for i, c := range []struct {
		g     float64
		taken bool
		scale float64
	}{
		{8, true, 8},
		{8, true, 16},
		{math.Inf(1), false, 8},
		{math.NaN(), false, 4},
		{4, true, 4},
		{math.Inf(-1), false, 2},
		{2, true, 2},
		{2, true, 4},
	} {
		before := w.At(0)
		taken := step(c.g, 0)
		if taken != c.taken || s.Factor() != c.scale {
			t.Errorf("step %d: taken %v, scale %v", i, taken, s.Factor())
		}
		if moved := before - w.At(0); taken && moved != 1 || !taken && moved != 0 {
			t.Errorf("step %d moved w by %v", i, moved)
		}
	}
	factor, steps := s.State()
	o := optim.NewGradScaler(optim.GradScalerOptions{})
	o.SetState(factor, steps)
	if o.Factor() != 4 {
		t.Errorf("the state gives %v", o.Factor())
	}
	// Unscale before clipping doesn't happen again in Step, and an Update without a Step changes nothing.
	w.SetGrad(tensor.Of(4, 8))
	if !s.Unscale(opt) || w.Grad().At(1) != 2 || !s.Step(opt) || w.Grad().At(1) != 2 {
		t.Errorf("unscaled twice: %v", w.Grad())
	}
	s.Update()
	s.Update()
	if got := s.Scale(tensor.Options{DType: tensor.Float16}.Full(60000, 1)); got.DType() != tensor.Float32 || got.Item() != 60000*s.Factor() {
		t.Errorf("a scaled half is %v", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("a backoff of 2 was accepted")
		}
	}()
	optim.NewGradScaler(optim.GradScalerOptions{Backoff: 2})
}

func TestOptimizersKeepTheirStateInScopes(t *testing.T) {
	w := tensor.Rand(64, 64).SetRequiresGrad(true)
	for _, opt := range []optim.Optimizer{
		optim.NewAdamW([]*tensor.Tensor{w}, optim.AdamWOptions{LR: 0.1}), optim.NewSGD([]*tensor.Tensor{w}, optim.SGDOptions{LR: 0.1, Momentum: 0.9}),
	} {
		if len(opt.Params()) != 1 || opt.Params()[0] != w {
			t.Error("Params")
		}
		for range 3 {
			tensor.Scope(func() {
				opt.ZeroGrad()
				w.Square().Sum().Backward()
				opt.Step()
			})
		}
	}
}
