package optim_test

import (
	"fmt"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/optim"
)

// A line is fitted to points on y = 2x + 1.
func ExampleNewAdamW() {
	w, b := tensor.Zeros(1).SetRequiresGrad(true), tensor.Zeros(1).SetRequiresGrad(true)
	opt := optim.NewAdamW([]*tensor.Tensor{w, b}, optim.AdamWOptions{LR: 0.1, WeightDecay: optim.NoDecay})
	x := tensor.Of(-1, 0, 1, 2)
	y := tensor.Of(-1, 1, 3, 5)
	for range 300 {
		x.Mul(w).Add(b).MSE(y).Backward()
		opt.Step()
		opt.ZeroGrad()
	}
	fmt.Printf("%.2f %.2f\n", w.Item(), b.Item())
	// Output: 2.00 1.00
}

func ExampleCosine() {
	schedule := optim.Cosine{Peak: 1, Floor: 0.1, Warmup: 4, Steps: 20}
	for _, step := range []int{0, 2, 4, 12, 20} {
		fmt.Printf("%d: %.2f\n", step, schedule.At(step))
	}
	// Output:
	// 0: 0.20
	// 2: 0.60
	// 4: 1.00
	// 12: 0.55
	// 20: 0.10
}
