package optim

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor"
)

// twoParams are those of golden.py.
func twoParams() (a, b *tensor.Tensor) {
	a = tensor.FromSlice([]float64{1, -2, 0.5, 3}, 2, 2).SetRequiresGrad(true)
	b = tensor.FromSlice([]float64{0.3, -0.7}).SetRequiresGrad(true)
	return a, b
}

// lossOf is golden.py's.
func lossOf(a, b *tensor.Tensor) *tensor.Tensor {
	return a.MatMul(b).Sub(tensor.FromSlice([]float64{1, 2})).Square().Sum().Add(a.PowScalar(3).Mean())
}

var runs = map[string]struct {
	make func(p []*tensor.Tensor) Optimizer
	clip float64
}{
	"sgd": {make: func(p []*tensor.Tensor) Optimizer { return NewSGD(p, SGDOptions{LR: 0.01}) }},
	"momentum": {make: func(p []*tensor.Tensor) Optimizer {
		return NewSGD(p, SGDOptions{LR: 0.01, Momentum: 0.9, Dampening: 0.1, WeightDecay: 0.05})
	}},
	"nesterov": {make: func(p []*tensor.Tensor) Optimizer {
		return NewSGD(p, SGDOptions{LR: 0.01, Momentum: 0.9, Nesterov: true})
	}},
	"adamw": {make: func(p []*tensor.Tensor) Optimizer { return NewAdamW(p) }},
	"adamw_options": {make: func(p []*tensor.Tensor) Optimizer {
		return NewAdamW(p, AdamWOptions{LR: 0.1, Beta1: 0.8, Beta2: 0.95, Eps: 1e-6, WeightDecay: 0.2})
	}},
	"adamw_none": {make: func(p []*tensor.Tensor) Optimizer {
		return NewAdamW(p, AdamWOptions{LR: 0.1, WeightDecay: NoDecay})
	}},
	"clipped": {make: func(p []*tensor.Tensor) Optimizer { return NewSGD(p, SGDOptions{LR: 0.1}) }, clip: 1.5},
}

func TestOptimizersAgreeWithTorch(t *testing.T) {
	raw, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatal(err)
	}
	if len(fields) != len(runs)+1 { // and torch's version
		t.Errorf("%d runs here, %d golden ones", len(runs), len(fields)-1)
	}
	for name, run := range runs {
		t.Run(name, func(t *testing.T) {
			var want struct {
				Path  [][]float64
				Norms []float64
			}
			if err := json.Unmarshal(fields[name], &want); err != nil {
				t.Fatal(err)
			}
			a, b := twoParams()
			params := []*tensor.Tensor{a, b}
			opt := run.make(params)
			for step, path := range want.Path {
				lossOf(a, b).Backward()
				if run.clip > 0 {
					if norm := ClipGradNorm(params, run.clip); math.Abs(norm-want.Norms[step]) > 1e-9 {
						t.Errorf("step %d: norm %v, want %v", step, norm, want.Norms[step])
					}
				}
				opt.Step()
				opt.ZeroGrad()
				got := append(a.Float64s(), b.Float64s()...)
				for i := range path {
					if math.Abs(got[i]-path[i]) > 1e-11 {
						t.Fatalf("step %d: %v, want %v", step, got, path)
					}
				}
			}
			if a.Grad() != nil {
				t.Error("ZeroGrad left a gradient")
			}
		})
	}
}

// TestFusedAdamWAgreesWithComposed compares the backend's step with the definition, in float32 too.
func TestFusedAdamWAgreesWithComposed(t *testing.T) {
	tensor.ManualSeed(1)
	for _, dt := range []tensor.DType{tensor.Float32, tensor.Float64} {
		o := tensor.Options{DType: dt}
		p, g, m, v := o.Randn(300), o.Randn(300), o.Randn(300), o.Rand(300)
		q, n, w := p.Clone(), m.Clone(), v.Clone()
		s := NewAdamW([]*tensor.Tensor{p}).options
		step := stepOf(s, 3)
		step.Scale = 0.5
		adamW(p, g, m, v, step)
		adamWComposed(q, g, n, w, step)
		for i, pair := range [][2]*tensor.Tensor{{p, q}, {m, n}, {v, w}} {
			if d := pair[0].Sub(pair[1]).Abs().Max().Item(); d > 1e-6 {
				t.Errorf("%s: tensor %d differs by %v", dt, i, d)
			}
		}
	}
}

// Steps that are too small for a BFloat16 add up in its master, from which it is rounded, and a state brings the master back.
func TestMasterWeights(t *testing.T) {
	start := tensor.FromSlice([]float32{1, -2, 0.5}).To(tensor.BFloat16)
	grads := tensor.FromSlice([]float32{1, 0.25, -3})
	run := func(p *tensor.Tensor, opt *AdamW, steps int) {
		for range steps {
			p.SetGrad(grads.To(p.DType()))
			opt.Step()
		}
	}
	o := AdamWOptions{LR: 1e-4}
	wide := start.To(tensor.Float32).SetRequiresGrad(true)
	run(wide, NewAdamW([]*tensor.Tensor{wide}, o), 60)

	plain := start.Clone().SetRequiresGrad(true)
	run(plain, NewAdamW([]*tensor.Tensor{plain}, o), 60)
	if plain.At(0) != 1 {
		t.Errorf("a step of 1e-4 moved 1 to %v in bfloat16", plain.At(0))
	}

	o.MasterWeights = true
	half := start.Clone().SetRequiresGrad(true)
	opt := NewAdamW([]*tensor.Tensor{half}, o)
	run(half, opt, 30)
	resumedHalf := half.Detach().Clone().SetRequiresGrad(true)
	resumed := NewAdamW([]*tensor.Tensor{resumedHalf}, o)
	if err := resumed.LoadStateDict(opt.StateDict()); err != nil {
		t.Fatal(err)
	}
	run(half, opt, 30)
	run(resumedHalf, resumed, 30)
	other := half.Detach().Clone().SetRequiresGrad(true)
	late := NewAdamW([]*tensor.Tensor{other}, o)
	without := opt.StateDict()
	delete(without.Tensors, "0.master_param")
	if err := late.LoadStateDict(without); err != nil {
		t.Fatal(err)
	}
	run(other, late, 1)
	if master := late.StateDict().Tensors["0.master_param"]; master == nil || master.DType() != tensor.Float32 {
		t.Error("from a state without a master none was made")
	}
	if master := opt.StateDict().Tensors["0.master_param"]; !master.Equals(wide.Detach()) {
		t.Errorf("the master is %v, and without halves %v", master, wide)
	}
	if want := wide.Detach().To(tensor.BFloat16); !half.Equals(want) || !resumedHalf.Equals(want) {
		t.Errorf("%v, resumed %v, want %v", half, resumedHalf, want)
	}
}

func TestResumeFromState(t *testing.T) {
	for name, run := range runs {
		t.Run(name, func(t *testing.T) {
			train := func(opt Optimizer, a, b *tensor.Tensor) {
				for range 3 {
					lossOf(a, b).Backward()
					opt.Step()
					opt.ZeroGrad()
				}
			}
			a, b := twoParams()
			opt := run.make([]*tensor.Tensor{a, b})
			train(opt, a, b)

			c, d := a.Detach().Clone().SetRequiresGrad(true), b.Detach().Clone().SetRequiresGrad(true)
			resumed := run.make([]*tensor.Tensor{c, d})
			resumed.SetLR(99) // the state brings the rate too
			if err := resumed.LoadStateDict(opt.StateDict()); err != nil {
				t.Fatal(err)
			}
			train(opt, a, b)
			train(resumed, c, d)
			if !a.Equals(c) || !b.Equals(d) {
				t.Errorf("resumed, %v and %v; straight on, %v and %v", c, d, a, b)
			}
		})
	}
}

func TestLoadStateDictErrors(t *testing.T) {
	a, b := twoParams()
	adam := NewAdamW([]*tensor.Tensor{a, b})
	lossOf(a, b).Backward()
	adam.Step()
	wide := tensor.Ones(3, 3).SetRequiresGrad(true)
	for name, test := range map[string]struct {
		opt  Optimizer
		want string
	}{
		"count": {NewAdamW([]*tensor.Tensor{a}), "of 2 parameters"},
		"kind":  {NewSGD([]*tensor.Tensor{a, b}, SGDOptions{Momentum: 0.9}), "another kind"},
		"shape": {NewAdamW([]*tensor.Tensor{wide, b}), "has shape [2 2]"},
	} {
		if err := test.opt.LoadStateDict(adam.StateDict()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGroups(t *testing.T) {
	a, b := twoParams()
	opt := NewAdamW([]*tensor.Tensor{a}, AdamWOptions{LR: 0.1, WeightDecay: 0.5})
	opt.AddGroup([]*tensor.Tensor{b}, GroupOptions{WeightDecay: NoDecay, LRScale: 0.5})
	a.SetGrad(tensor.ZerosLike(a.Detach()))
	b.SetGrad(tensor.ZerosLike(b.Detach()))
	opt.Step()
	if got := a.At(0, 0); math.Abs(got-0.95) > 1e-12 {
		t.Errorf("decayed to %v, want 0.95", got)
	}
	if got := b.At(0); got != 0.3 {
		t.Errorf("a parameter without decay moved to %v", got)
	}
}

func TestSchedules(t *testing.T) {
	for _, test := range []struct {
		name string
		s    Schedule
		at   map[int]float64
	}{
		{"constant", Constant{Rate: 2}, map[int]float64{0: 2, 100: 2}},
		{"warmup", Constant{Rate: 2, Warmup: 3}, map[int]float64{0: 0.5, 1: 1, 3: 2, 9: 2}},
		{"cosine", Cosine{Peak: 3, Floor: 1, Warmup: 1, Steps: 5}, map[int]float64{0: 1.5, 1: 3, 3: 2, 5: 1, 99: 1}},
		{"linear", Linear{Peak: 3, Floor: 1, Steps: 4}, map[int]float64{0: 3, 1: 2.5, 4: 1, 99: 1}},
		{"no steps", Cosine{Peak: 3, Floor: 1}, map[int]float64{0: 1}},
	} {
		for step, want := range test.at {
			if got := test.s.At(step); math.Abs(got-want) > 1e-12 {
				t.Errorf("%s at step %d is %v, want %v", test.name, step, got, want)
			}
		}
	}
}

func TestClipLeavesSmallGradients(t *testing.T) {
	p := tensor.Zeros(2).SetRequiresGrad(true)
	p.SetGrad(tensor.Of(3, 4))
	if norm := ClipGradNorm([]*tensor.Tensor{p}, 10); norm != 5 {
		t.Errorf("norm %v, want 5", norm)
	}
	if !p.Grad().Equals(tensor.Of(3, 4)) {
		t.Errorf("the gradient became %v", p.Grad())
	}
	if got := GradNorm([]*tensor.Tensor{tensor.Zeros(1)}); got != 0 {
		t.Errorf("the norm of no gradient is %v", got)
	}
}

func TestMistakesPanic(t *testing.T) {
	a, _ := twoParams()
	for name, f := range map[string]func(){
		"none":     func() { NewAdamW(nil) },
		"twice":    func() { NewSGD([]*tensor.Tensor{a, a}) },
		"computed": func() { NewSGD([]*tensor.Tensor{a.Neg()}) },
		"nesterov": func() { NewSGD([]*tensor.Tensor{a}, SGDOptions{Nesterov: true}) },
		"options":  func() { NewSGD([]*tensor.Tensor{a}, SGDOptions{}, SGDOptions{}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}
