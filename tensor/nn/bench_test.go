package nn_test

import (
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/optim"
)

// BenchmarkGPTStep times one training step of a small GPT: 4 layers, 256 wide, 8 sequences of 64.
func BenchmarkGPTStep(b *testing.B) {
	tensor.ManualSeed(1)
	g := newGPT(512, 64, 256, 8, 4)
	opt := optim.NewAdamW(nn.Parameters(g))
	idx := tensor.RandInt(0, 512, 8, 64)
	for b.Loop() {
		nn.CrossEntropy(g.Forward(idx), idx).Backward()
		opt.Step()
		opt.ZeroGrad()
	}
	// 6 operations for each parameter and token (Kaplan et al. 2020).
	flops := 6 * float64(nn.NumParameters(g)) * 8 * 64
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
