package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/optim"
)

// AdamW's numbers, which train.py is told.
var adamW = optim.AdamWOptions{LR: 3e-3, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, WeightDecay: 0.1}

// limit is the length that a step's gradient is clipped to.
const limit = 1.0

func schedule(steps int) optim.Cosine {
	return optim.Cosine{Peak: adamW.LR, Floor: adamW.LR / 10, Warmup: 50, Steps: steps}
}

// run is what came of one training.
type run struct {
	Name       string    `json:"name"`
	Losses     []float64 `json:"validation_losses"` // every interval steps, and after the last
	Seconds    float64   `json:"seconds"`           // of all steps, evaluation apart
	MedianStep float64   `json:"median_step_seconds"`
}

func (r run) loss() float64      { return r.Losses[len(r.Losses)-1] }
func (r run) rate() float64      { return 1 / r.MedianStep }
func (r run) mean(n int) float64 { return float64(n) / r.Seconds }

// experiment is everything that both trainings begin with.
type experiment struct {
	model          *GPT
	batches, judge *tensor.Tensor // (steps, B, T+1), (B′, T+1) Uint8
	steps          int
	interval       int // steps between evaluations
}

func newExperiment(c *corpus, steps int) *experiment {
	tensor.ManualSeed(1)
	return &experiment{
		model:    NewGPT(len(c.alphabet)),
		batches:  stretches(c.learn, steps, batch, 1),
		judge:    stretches(c.judge, 1, 64, 2).Select(0, 0),
		steps:    steps,
		interval: max(steps/10, 1),
	}
}

// save writes what the other side needs to begin alike.
func (e *experiment) save(path string) error {
	all := map[string]*tensor.Tensor{"batches": e.batches, "judge": e.judge}
	for name, t := range nn.StateDict(e.model) {
		all["model."+name] = t
	}
	rates := make([]float64, e.steps)
	for i := range rates {
		rates[i] = schedule(e.steps).At(i)
	}
	all["rates"] = tensor.FromSlice(rates)
	return tensor.Save(path, all)
}

// train runs the Go half.
func (e *experiment) train() run {
	params := nn.Parameters(e.model)
	opt := optim.NewAdamW(params, adamW)
	rates := schedule(e.steps)
	out := run{Name: "rg"}
	times := make([]float64, e.steps)
	for step := range e.steps {
		start := time.Now()
		x, y := pair(e.batches.Select(0, step)) // (B, T), (B, T)
		loss := nn.CrossEntropy(e.model.Forward(x), y)
		loss.Backward()
		optim.ClipGradNorm(params, limit)
		opt.SetLR(rates.At(step))
		opt.Step()
		opt.ZeroGrad()
		times[step] = time.Since(start).Seconds()
		if (step+1)%e.interval == 0 || step == e.steps-1 {
			out.Losses = append(out.Losses, e.evaluate())
			fmt.Fprintf(os.Stderr, "rg     step %4d  validation loss %.4f\n", step+1, out.loss())
		}
	}
	for _, t := range times {
		out.Seconds += t
	}
	slices.Sort(times)
	out.MedianStep = times[len(times)/2]
	return out
}

func (e *experiment) evaluate() (loss float64) {
	tensor.NoGrad(func() {
		x, y := pair(e.judge)
		loss = nn.CrossEntropy(e.model.Forward(x), y).Item()
	})
	return loss
}
