package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"github.com/rustygradients/rg/internal/gpt2"
	"github.com/rustygradients/rg/internal/machine"
	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/cpu"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/optim"
)

// attention is scaled dot-product attention, causal, beside the composed form that keeps its weights.
func (b *bench) attention() {
	for _, length := range []int{256, 1024, 2048} {
		shape := []int{1, 12, length, 64}
		for _, grad := range []bool{false, true} {
			name := fmt.Sprintf("forward T=%d ×%d", length, b.threads)
			if grad {
				name = "and backward" + name[len("forward"):]
			}
			q := duration("attention", name, "ms", 1e-3)
			if !b.wanted(q) {
				continue
			}
			x := make([]*tensor.Tensor, 3)
			for i := range x {
				x[i] = tensor.Randn(shape...).SetRequiresGrad(grad)
			}
			g := tensor.Randn(shape...)
			call := func(f func() *tensor.Tensor) func() {
				return func() {
					y := f()
					if grad {
						y.Backward(g)
						for _, x := range x {
							x.ZeroGrad()
						}
					}
				}
			}
			flash := call(func() *tensor.Tensor {
				return tensor.Attention(x[0], x[1], x[2], tensor.AttentionOptions{Causal: true})
			})
			composed := call(func() *tensor.Tensor {
				y, _ := tensor.AttentionWeights(x[0], x[1], x[2], tensor.AttentionOptions{Causal: true})
				return y
			})
			least := 0.0
			if length == 1024 {
				least = 2
			}
			b.compare(q, ours("rg", b.threads, flash), beside(ours("composed", b.threads, composed), least),
				towards(b.python.side("torch", b.threads, request{"kind": "attention", "shape": shape, "grad": grad}), 1))
			if length == 1024 {
				a, c := peakBytes(flash), peakBytes(composed)
				b.add(row{Group: "attention", Name: name + ", memory", Unit: "MB", RG: a / 1e6, With: "composed", Value: c / 1e6, Ratio: c / a, Bar: 5})
			}
		}
	}
}

// peakBytes is how much memory f takes beside what is held before.
func peakBytes(f func()) float64 {
	runtime.GC()
	before := tensor.MemoryStats().Current
	peak := 0
	sampler := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-sampler:
				return
			default:
				peak = max(peak, tensor.MemoryStats().Current)
				runtime.Gosched()
			}
		}
	}()
	tensor.Scope(f)
	close(sampler)
	<-done
	return float64(max(peak-before, 1))
}

func (b *bench) convolutions() {
	for _, s := range []struct {
		name            string
		x, w            []int
		stride, padding int
	}{
		{"3×3 64→64 56²", []int{8, 64, 56, 56}, []int{64, 64, 3, 3}, 1, 1},
		{"1×1 256→64 56²", []int{8, 256, 56, 56}, []int{64, 256, 1, 1}, 1, 0},
		{"7×7 3→64 224² /2", []int{4, 3, 224, 224}, []int{64, 3, 7, 7}, 2, 3},
	} {
		for _, grad := range []bool{false, true} {
			x, w := tensor.Randn(s.x...).SetRequiresGrad(grad), tensor.Randn(s.w...).SetRequiresGrad(grad)
			o := tensor.ConvOptions{Stride: s.stride, Padding: s.padding}
			y := x.Detach().Conv2D(w.Detach(), nil, o)
			flop := 2 * float64(y.Len()) * float64(s.w[1]*s.w[2]*s.w[3])
			g := tensor.Randn(y.Shape()...)
			name := s.name + fmt.Sprintf(" ×%d", b.threads)
			if grad {
				name, flop = s.name+fmt.Sprintf(" and backward ×%d", b.threads), 3*flop
			}
			b.compare(rate("convolution", name, "GFLOP/s", flop), ours("rg", b.threads, func() {
				y := x.Conv2D(w, nil, o)
				if grad {
					y.Backward(g)
					x.ZeroGrad()
					w.ZeroGrad()
				}
			}), towards(b.python.side("torch", b.threads, request{"kind": "conv2d", "x": s.x, "w": s.w, "stride": s.stride, "padding": s.padding, "grad": grad}), 1))
		}
	}
}

// settings are a GPT and a training step of it.
type settings struct {
	gpt2.Config
	Batch   int `json:"batch"`
	Length  int `json:"length"`
	Steps   int `json:"steps"`
	Threads int `json:"threads"`
}

// half is what one side says of its training.
type half struct {
	Seconds    float64 `json:"seconds"` // of a step, the median
	Peak       float64 `json:"peak"`    // bytes that the process had in memory at most
	Before     float64 `json:"before"`  // and before the first step
	Parameters int     `json:"parameters"`
	Loss       float64 `json:"loss"`
	Garbage    float64 `json:"garbage"` // bytes allocated on Go's heap a step
	Fresh      float64 `json:"fresh"`   // how much storage a step takes that the pool has none for
}

var models = []struct {
	name string
	settings
}{
	{"GPT-2 124M B=4 T=64", settings{Config: gpt2.Small, Batch: 4, Length: 64, Steps: 12}},
	{"char-GPT 0.8M B=16 T=64", settings{Config: gpt2.Config{Vocab: 63, Layers: 4, Heads: 4, Width: 128, Context: 64}, Batch: 16, Length: 64, Steps: 150}},
}

// training runs a training step of whole models, each side in a process of its own.
func (b *bench) training() {
	for _, m := range models {
		q := duration("training step", fmt.Sprintf("%s ×%d", m.name, b.threads), "ms", 1e-3)
		if !b.wanted(q) {
			continue
		}
		m.Threads = b.threads
		line, _ := json.Marshal(m.settings)
		ours, err := runHalf(exec.Command(os.Args[0], "-step", string(line)))
		if err != nil {
			b.add(row{Group: q.group, Name: q.name, Unit: q.unit, Note: err.Error()})
			continue
		}
		var theirs half
		note := "no Python was named by -python"
		if b.python != nil {
			if theirs, err = runHalf(b.python.command("step", string(line))); err != nil {
				note = err.Error()
			} else {
				note = ""
			}
		}
		if note == "" && theirs.Parameters != ours.Parameters {
			note = fmt.Sprintf("%d parameters here and %d there", ours.Parameters, theirs.Parameters)
		}
		rg, other := q.of(ours.Seconds), q.of(theirs.Seconds)
		b.add(row{Group: q.group, Name: q.name, Unit: q.unit, RG: rg, With: "torch", Value: other, Ratio: q.ratio(rg, other), Bar: 1, Note: note})
		b.add(row{
			Group: q.group, Name: q.name + ", peak memory", Unit: "MB", RG: ours.Peak / 1e6, With: "torch", Value: theirs.Peak / 1e6,
			Ratio: theirs.Peak / ours.Peak, Bar: 1, Note: note,
		})
		b.add(row{Group: q.group, Name: q.name + ", garbage", Unit: "MB", RG: ours.Garbage / 1e6, With: "the bar", Value: 1, Ratio: 1e6 / max(ours.Garbage, 1), Bar: 1})
		b.add(row{Group: q.group, Name: q.name + ", fresh storage", Unit: "allocations", RG: ours.Fresh, With: "the bar", Ratio: 1 / (1 + ours.Fresh), Bar: 1})
	}
}

func runHalf(cmd *exec.Cmd) (h half, err error) {
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return h, fmt.Errorf("%s: %w", cmd.Path, err)
	}
	return h, json.Unmarshal(out, &h)
}

// trainHalf is rg's side of a row of training, in a process of its own.
func trainHalf(line string) error {
	var s settings
	if err := json.Unmarshal([]byte(line), &s); err != nil {
		return err
	}
	cpu.SetThreads(s.Threads)
	tensor.ManualSeed(1)
	model := gpt2.New(s.Config)
	h := half{Parameters: nn.NumParameters(model)}
	opt := optim.NewAdamW(nn.Parameters(model), optim.AdamWOptions{LR: 1e-4})
	tokens := tensor.RandInt(0, s.Vocab, s.Batch, s.Length+1)
	x, y := tokens.Narrow(1, 0, s.Length), tokens.Narrow(1, 1, s.Length)
	h.Before = float64(machine.PeakMemory())
	var times, garbage, fresh []float64
	for range s.Steps {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		pool := tensor.MemoryStats()
		start := time.Now()
		opt.ZeroGrad()
		loss := nn.CrossEntropy(model.Forward(x), y)
		loss.Backward()
		opt.Step()
		h.Loss = loss.Item()
		times = append(times, time.Since(start).Seconds())
		runtime.ReadMemStats(&after)
		now := tensor.MemoryStats()
		garbage = append(garbage, float64(after.TotalAlloc-before.TotalAlloc))
		fresh = append(fresh, float64(now.Allocs-now.Reused-pool.Allocs+pool.Reused))
	}
	h.Seconds, h.Garbage, h.Fresh = median(times[1:]), median(garbage[1:]), slices.Max(fresh[len(fresh)/2:])
	h.Peak = float64(machine.PeakMemory())
	return json.NewEncoder(os.Stdout).Encode(h)
}
