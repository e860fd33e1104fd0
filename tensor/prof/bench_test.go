package prof_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/optim"
	"github.com/rustygradients/rg/tensor/prof"
)

// trainingStep returns a training step of a stack of perceptrons and norms, as in a GPT without its
// attention.
func trainingStep(batch, width, layers int) func() {
	tensor.ManualSeed(1)
	var blocks []nn.Layer
	for range layers {
		blocks = append(blocks, nn.NewLayerNorm(width), nn.NewLinear(width, 4*width), nn.GELU{}, nn.NewLinear(4*width, width))
	}
	m := nn.NewSequential(append(blocks, nn.NewLinear(width, 64))...)
	opt := optim.NewAdamW(nn.Parameters(m))
	x, y := tensor.Randn(batch, width), tensor.RandInt(0, 64, batch)
	return func() {
		opt.ZeroGrad()
		nn.CrossEntropy(m.Forward(x), y).Backward()
		opt.Step()
	}
}

// BenchmarkOverhead times a training step with the profiler off and on, in turns so that both meet the
// same disturbances, and writes the ratio of the medians.
func BenchmarkOverhead(b *testing.B) {
	for _, size := range []struct{ batch, width, layers int }{{64, 64, 2}, {512, 128, 4}, {2048, 128, 4}} {
		b.Run(fmt.Sprintf("batch=%d/width=%d/layers=%d", size.batch, size.width, size.layers), func(b *testing.B) {
			step := trainingStep(size.batch, size.width, size.layers)
			var off, on []time.Duration
			timed := func(f func()) time.Duration {
				start := time.Now()
				f()
				return time.Since(start)
			}
			step()
			ops := 0
			const turn = 5 // steps in each
			for b.Loop() {
				for range turn {
					off = append(off, timed(step))
				}
				prof.Start()
				for range turn {
					on = append(on, timed(step))
				}
				ops = prof.Stop().Len() / turn
			}
			slices.Sort(off)
			slices.Sort(on)
			without, with := off[len(off)/2], on[len(on)/2]
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(without.Nanoseconds())/1e3, "µs/off")
			b.ReportMetric(float64(with.Nanoseconds())/1e3, "µs/on")
			b.ReportMetric(float64(ops), "ops")
			b.ReportMetric(float64(with)/float64(without), "on/off")
		})
	}
}

// BenchmarkOperation is what noting costs: an addition of a few numbers, and one whose result is large
// enough for its memory to be followed.
func BenchmarkOperation(b *testing.B) {
	for _, n := range []int{8, 1024} {
		x, y := tensor.Ones(n), tensor.Ones(n)
		b.Run(fmt.Sprintf("add=%d/off", n), func(b *testing.B) {
			for b.Loop() {
				x.Add(y)
			}
		})
		b.Run(fmt.Sprintf("add=%d/on", n), func(b *testing.B) {
			prof.Start()
			defer prof.Stop()
			for b.Loop() {
				x.Add(y)
			}
		})
	}
}
