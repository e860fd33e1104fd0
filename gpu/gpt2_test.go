//go:build cuda

package gpu_test

import (
	"flag"
	"math"
	"testing"
	"time"

	"github.com/rustygradients/rg/gpu"
	"github.com/rustygradients/rg/internal/gpt2"
	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/optim"
)

// trainer trains a GPT-2 on one batch, in bfloat16 by Autocast.
type trainer struct {
	model *gpt2.Model
	opt   *optim.AdamW
	x, y  *tensor.Tensor // (B, T)
}

func newTrainer(c gpt2.Config, batch, length int, device tensor.Device) *trainer {
	tensor.ManualSeed(6)
	defer tensor.SetDefaultDevice(device)()
	model := gpt2.New(c)
	tokens := tensor.RandInt(0, c.Vocab, batch, length+1)
	return &trainer{
		model, optim.NewAdamW(nn.Parameters(model), optim.AdamWOptions{LR: 1e-3, WeightDecay: 0.1}),
		tokens.Narrow(1, 0, length).Contiguous(), tokens.Narrow(1, 1, length).Contiguous(),
	}
}

// step returns the loss, on the device.
func (t *trainer) step() (loss *tensor.Tensor) {
	tensor.Autocast(tensor.BFloat16, func() { loss = nn.CrossEntropy(t.model.Forward(t.x), t.y) })
	loss.Backward()
	t.opt.Step()
	t.opt.ZeroGrad()
	return loss
}

// What BenchmarkGPT2 trains learns on a GPU as on the CPU: its heads are those that tensor cores take.
func TestGPT2(t *testing.T) {
	config := gpt2.Config{Vocab: 96, Layers: 2, Heads: 2, Width: 128, Context: 24}
	there, here := newTrainer(config, 1, 24, gpu.Device(0)), newTrainer(config, 1, 24, tensor.CPU)
	var first, last, want float64
	for step := range 5 {
		var got float64
		got, want = there.step().Item(), here.step().Item()
		if !(math.Abs(got-want) < 0.01*want) {
			t.Errorf("step %d: loss %v, on the CPU %v", step, got, want)
		}
		if last = got; step == 0 {
			first = got
		}
	}
	t.Logf("report: a small GPT-2 in bfloat16: after 5 steps the loss is %.4f (at first %.4f), on the CPU %.4f", last, first, want)
	if !(math.Abs(first-math.Log(96)) < 0.2 && last < 0.8*first) {
		t.Errorf("the loss went from %v to %v", first, last)
	}
}

// What is queued counts, also what is when the clock of b.Loop stops.
func TestTimed(t *testing.T) {
	benchtime := flag.Lookup("test.benchtime").Value.String()
	if err := flag.Set("test.benchtime", "20x"); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = flag.Set("test.benchtime", benchtime) }()
	x := on(tensor.Float32, scale(4096, 96), scale(4096, 96))
	f := func() { x.MatMul(x) }
	var mean float64
	testing.Benchmark(func(b *testing.B) { mean = timed(b, f) })
	least := math.Inf(1) // of one that is waited for
	for range 20 {
		start := time.Now()
		f()
		if err := gpu.Synchronize(); err != nil {
			t.Fatal(err)
		}
		least = min(least, time.Since(start).Seconds())
	}
	if mean < least/2 {
		t.Errorf("%v seconds a product, one by one at least %v", mean, least)
	}
}
