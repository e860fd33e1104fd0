package notebooks

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/data"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/optim"
)

func TestQuick(t *testing.T) {
	train, test := data.Digits()
	for _, hidden := range []int{64, 128, 256} {
		for _, lr := range []float64{2e-3, 5e-3} {
			tensor.ManualSeed(1)
			model := nn.NewMLP(64, hidden, hidden, 10)
			opt := optim.NewAdamW(nn.Parameters(model), optim.AdamWOptions{LR: lr})
			batches := data.NewLoader(train, data.LoaderOptions{BatchSize: 64, Shuffle: true, Seed: 1})
			const epochs = 60
			start := time.Now()
			step := 0
			for range epochs {
				for batches.Next() {
					x, y := batches.Batch()
					loss := nn.CrossEntropy(model.Forward(x), y)
					loss.Backward()
					opt.Step()
					opt.ZeroGrad()
					step++
				}
				if step%230 == 0 {
					fmt.Print(" ", math.Round(1000*nn.Accuracy(model.Forward(test.X), test.Y))/10)
				}
			}
			fmt.Println(hidden, lr, nn.Accuracy(model.Forward(test.X), test.Y), time.Since(start), step)
		}
	}
}
