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

// gptStep returns a training step of the GPT of notebooks/02-char-gpt.ipynb.
func gptStep() func() {
	const layers, heads, width, context, batch, vocab = 4, 4, 128, 64, 16, 63
	tensor.ManualSeed(1)
	type block struct {
		Norm1, Norm2 *nn.LayerNorm
		Attention    *nn.CausalSelfAttention
		MLP          *nn.FeedForward
	}
	m := struct {
		Tokens, Positions *nn.Embedding
		Blocks            []block
		Norm              *nn.LayerNorm
		Head              *nn.Linear
	}{
		Tokens: nn.NewEmbedding(vocab, width), Positions: nn.NewEmbedding(context, width),
		Norm: nn.NewLayerNorm(width), Head: nn.NewLinear(width, vocab, nn.LinearOptions{NoBias: true}),
	}
	for range layers {
		m.Blocks = append(m.Blocks, block{
			nn.NewLayerNorm(width), nn.NewLayerNorm(width), nn.NewCausalSelfAttention(width, heads), nn.NewFeedForward(width),
		})
	}
	params := nn.Parameters(&m)
	opt := optim.NewAdamW(params)
	tokens, next := tensor.RandInt(0, vocab, batch, context), tensor.RandInt(0, vocab, batch, context)
	return func() {
		x := m.Tokens.Forward(tokens).Add(m.Positions.Forward(tensor.Arange(0, context, 1))) // (B, T, C)
		for _, b := range m.Blocks {
			x = x.Add(b.Attention.Forward(b.Norm1.Forward(x))) // (B, T, C)
			x = x.Add(b.MLP.Forward(b.Norm2.Forward(x)))       // (B, T, C)
		}
		nn.CrossEntropy(m.Head.Forward(m.Norm.Forward(x)), next).Backward()
		optim.ClipGradNorm(params, 1)
		opt.Step()
		opt.ZeroGrad()
	}
}

// BenchmarkOverhead times a training step with the profiler off and on, in turns so that both meet the
// same disturbances, and writes the ratio of the medians.
func BenchmarkOverhead(b *testing.B) {
	for _, model := range []struct {
		name string
		step func() func()
	}{
		{"gpt", gptStep},
		{"mlp/batch=64/width=64/layers=2", func() func() { return trainingStep(64, 64, 2) }},
		{"mlp/batch=512/width=128/layers=4", func() func() { return trainingStep(512, 128, 4) }},
		{"mlp/batch=2048/width=128/layers=4", func() func() { return trainingStep(2048, 128, 4) }},
	} {
		b.Run(model.name, func(b *testing.B) {
			step := model.step()
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
