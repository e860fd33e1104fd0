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
	"github.com/rustygradients/rg/viz"
)

// TestQuickstart is the quickstart as a compiled program: what its cells say must also be true where no
// notebook is at hand.
func TestQuickstart(t *testing.T) {
	t.Run("tensors", func(t *testing.T) {
		a := tensor.Of(0, 1, 2, 3, 4, 5).Reshape(2, 3)
		if got := a.MatMul(a.T()).Float64s(); fmt.Sprint(got) != "[5 14 14 50]" {
			t.Errorf("a × aᵀ is %v", got)
		}
		if got := a.Sub(a.Mean(0)).Float64s(); fmt.Sprint(got) != "[-1.5 -1.5 -1.5 1.5 1.5 1.5]" {
			t.Errorf("a without its columns' means is %v", got)
		}
		if err := tensor.Try(func() { a.MatMul(a) }); err == nil {
			t.Error("(2, 3) × (2, 3) is no mistake")
		}
	})

	t.Run("gradients", func(t *testing.T) {
		x := tensor.Scalar(2).SetRequiresGrad(true)
		x.Square().Mul(x.Sin()).Backward()
		byHand := 2*2*math.Sin(2) + 2*2*math.Cos(2)
		if got := x.Grad().Item(); math.Abs(got-byHand) > 1e-5 {
			t.Errorf("derivative is %v, by hand %v", got, byHand)
		}
		xs := tensor.Linspace(-6, 6, 200).SetRequiresGrad(true)
		ys := xs.Square().Mul(xs.Sin())
		ys.Sum().Backward()
		f := viz.Line(xs, tensor.Stack(0, ys.Detach(), xs.Grad()), viz.PlotOptions{Names: []string{"f", "f′"}})
		if len(f.SVG()) == 0 {
			t.Error("no picture")
		}
	})

	t.Run("digits", func(t *testing.T) {
		train, test := data.Digits()
		tensor.ManualSeed(1)
		model := nn.NewMLP(64, 128, 128, 10)
		if before := nn.Accuracy(model.Forward(test.X), test.Y); before > 0.3 {
			t.Errorf("untrained, %.0f %% are right", 100*before)
		}

		const epochs = 40
		start := time.Now()
		batches := data.NewLoader(train, data.LoaderOptions{BatchSize: 32, Shuffle: true, DropLast: true})
		opt := optim.NewAdamW(nn.Parameters(model), optim.AdamWOptions{LR: 1e-3})
		for range epochs {
			for batches.Next() {
				images, digits := batches.Batch() // (32, 64), (32)
				loss := nn.CrossEntropy(model.Forward(images), digits)
				loss.Backward()
				opt.Step()
				opt.ZeroGrad()
			}
		}
		accuracy := nn.Accuracy(model.Forward(test.X), test.Y)
		t.Logf("%.1f %% right after %v", 100*accuracy, time.Since(start))
		if accuracy < 0.95 {
			t.Errorf("%.1f %% are right, want 95", 100*accuracy)
		}

		guesses := model.Forward(test.X).ArgMax(1)
		truth, read := test.Y.Ints(), guesses.Ints()
		var wrong []int
		for i := range truth {
			if truth[i] != read[i] {
				wrong = append(wrong, i)
			}
		}
		images, _ := test.Get(wrong)
		for _, f := range []*viz.Figure{viz.ConfusionMatrix(test.Y, guesses), viz.ImageGrid(images)} {
			if len(f.SVG()) == 0 || len(f.PNG()) == 0 {
				t.Error("no picture")
			}
		}
	})
}
