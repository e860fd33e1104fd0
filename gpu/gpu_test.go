//go:build cuda

package gpu_test

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rustygradients/rg/gpu"
	"github.com/rustygradients/rg/gpu/cuda"
	"github.com/rustygradients/rg/gpu/emu"
	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/data"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/optim"
	"github.com/rustygradients/rg/tensor/prof"
)

func TestDevices(t *testing.T) {
	devices := gpu.Devices()
	if len(devices) == 0 || !gpu.Available() {
		t.Fatal(gpu.Status())
	}
	d := devices[0]
	if d.Device != gpu.Device(0) || d.Name == "" || d.Memory == 0 || d.SMs == 0 || !strings.Contains(gpu.Status(), d.Name) {
		t.Errorf("%+v; %s", d, gpu.Status())
	}
	if _, err := gpu.Open(99); err == nil || !strings.Contains(err.Error(), "no GPU 99") {
		t.Errorf("opening the hundredth: %v", err)
	}
}

// digitLosses trains a network on a device.
func digitLosses(device tensor.Device, steps int, each func(step int)) []float64 {
	train, _ := data.Digits()
	tensor.ManualSeed(1)
	restore := tensor.SetDefaultDevice(device)
	model := nn.NewMLP(64, 32, 10)
	restore()
	images, digits := train.X.To(device), train.Y.To(device)
	opt := optim.NewAdamW(nn.Parameters(model), optim.AdamWOptions{LR: 1e-2})
	losses := make([]float64, steps)
	for step := range steps {
		from := step * 16 % (train.Len() - 16)
		loss := nn.CrossEntropy(model.Forward(images.Narrow(0, from, 16)), digits.Narrow(0, from, 16))
		loss.Backward()
		opt.Step()
		opt.ZeroGrad()
		losses[step] = loss.Item()
		if each != nil {
			each(step)
		}
	}
	return losses
}

// A network learns as it does on the CPU, and its steps leave no memory behind.
func TestTraining(t *testing.T) {
	device := gpu.Device(0)
	steps := 1000
	if testing.Short() {
		steps = 60
	}
	var early, late tensor.Memory
	got := digitLosses(device, steps, func(step int) {
		if step == 20 || step == steps-1 {
			runtime.GC() // what nobody holds comes back when cleanups have run
			time.Sleep(50 * time.Millisecond)
			early, late = late, tensor.MemoryStats(device)
		}
	})
	held := func(m tensor.Memory) int { return m.Current + m.Pooled } // what the driver has given
	if late.Current > early.Current+early.Current/10+1<<16 || held(late) > 2*held(early) {
		t.Errorf("after 20 steps %+v, at the end %+v", early, late)
	}
	want := digitLosses(tensor.CPU, steps, nil)
	for i := range min(steps, 60) { // later the roundings of two machines have grown apart
		if d := math.Abs(got[i] - want[i]); d > 1e-3*(1+want[i]) {
			t.Fatalf("step %d: loss %v, on the CPU %v", i, got[i], want[i])
		}
	}
	t.Logf("report: after %d training steps tensors have %d bytes (after 20, %d) of the %d that the driver has given (%d); the loss is %.4f, on the CPU %.4f",
		steps, late.Current, early.Current, held(late), held(early), got[steps-1], want[steps-1])
	if last := got[steps-1]; last > got[0]/2 {
		t.Errorf("the loss went from %v to %v", got[0], last)
	}
}

// A step of AdamW is one launch for all parameters of a data type, with what the CPU computes.
func TestAdamWTogether(t *testing.T) {
	device := gpu.Device(0)
	b, err := cuda.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	count := b.(*cuda.Backend).Count
	step := func(device tensor.Device) []*tensor.Tensor {
		tensor.ManualSeed(3)
		var params []*tensor.Tensor
		for i := range 20 {
			dt := tensor.Float32
			if i%2 == 1 {
				dt = tensor.BFloat16
			}
			p := tensor.Randn(3+i, 7*i+1)
			g := tensor.Randn(7*i+1, 3+i).T() // not contiguous
			p = p.To(dt).ToDevice(device).SetRequiresGrad(true)
			p.SetGrad(g.To(dt).ToDevice(device))
			params = append(params, p)
		}
		opt := optim.NewAdamW(params, optim.AdamWOptions{LR: 0.1, MasterWeights: true})
		opt.Step() // makes the state
		before := count()
		opt.Step()
		if n := count().Launches - before.Launches; emu.Used() && device != tensor.CPU && n > 2+len(params) { // and the copies of gradients
			t.Errorf("a step of %d parameters took %d launches", len(params), n)
		}
		return params
	}
	got, want := step(device), step(tensor.CPU)
	for i := range got {
		limit := 1e-5
		if want[i].DType() == tensor.BFloat16 {
			limit = 1.0 / 64
		}
		if d := got[i].Detach().ToDevice(tensor.CPU).To(tensor.Float32).Sub(want[i].Detach().To(tensor.Float32)).Abs().Max().Item(); d > limit {
			t.Errorf("parameter %d, %s: %v from the CPU's", i, want[i].DType(), d)
		}
	}
}

// Attention of halves is computed in halves by tensor cores on a GPU where heads fit, and in float32 where not, and is, with its gradients, near the CPU's.
func TestHalfAttention(t *testing.T) {
	for _, d := range []int{64, 24} {
		attend := func(device tensor.Device, dt tensor.DType) []*tensor.Tensor {
			tensor.ManualSeed(4)
			var x []*tensor.Tensor
			for _, heads := range []int{4, 2, 2} {
				x = append(x, tensor.Randn(2, 70, heads, d).To(tensor.BFloat16).To(dt).ToDevice(device).Transpose(1, 2).Detach().SetRequiresGrad(true))
			}
			out := tensor.Attention(x[0], x[1], x[2], tensor.AttentionOptions{Causal: true})
			out.To(tensor.Float32).Square().Sum().Backward()
			return []*tensor.Tensor{out, x[0].Grad(), x[1].Grad(), x[2].Grad()}
		}
		got, want := attend(gpu.Device(0), tensor.BFloat16), attend(tensor.CPU, tensor.Float32)
		for i := range got {
			if got[i].DType() != tensor.BFloat16 {
				t.Errorf("heads of %d, tensor %d is %s", d, i, got[i].DType())
			}
			diff := got[i].Detach().ToDevice(tensor.CPU).To(tensor.Float32).Sub(want[i].Detach())
			if d2, w := diff.Square().Sum().Item(), want[i].Detach().Square().Sum().Item(); !(d2 < w/2500) { // 2 %
				t.Errorf("heads of %d, tensor %d: the difference is %v of %v", d, i, math.Sqrt(d2), math.Sqrt(w))
			}
		}
	}
}

// A profile has the operations with times of the device, without waiting for each.
func TestProfile(t *testing.T) {
	device := gpu.Device(0)
	x := tensor.Randn(64, 64).To(device).SetRequiresGrad(true)
	p := prof.Run(func() { x.MatMul(x).ReLU().Sum().Backward() })
	found := map[string]prof.Op{}
	var last time.Duration
	for _, op := range p.Ops() {
		found[op.Name+" "+op.Phase.String()] = op
		if op.Name != "alloc" && op.Start < last {
			t.Errorf("%s began at %v, before what was queued before it ended at %v", op.Name, op.Start, last)
		}
		if op.Name != "alloc" {
			last = op.Start
		}
	}
	for _, name := range []string{"matmul forward", "relu forward", "sum forward", "matmul backward"} {
		if op, ok := found[name]; !ok || op.Duration <= 0 || op.Duration > p.Wall() {
			t.Errorf("%s: %+v in %v", name, op, p.Wall())
		}
	}
}

// The benchmarks run, here at next to no size; PyTorch's have their names, and each family of kernels in docs/kernels.md says which are its own.
func TestBenchmarks(t *testing.T) {
	page, err := os.ReadFile("../docs/kernels.md")
	if !emu.Used() || errors.Is(err, fs.ErrNotExist) {
		t.Skip("gpu-check runs them")
	}
	text, err := exec.Command(os.Args[0], "-test.run", "^$", "-test.bench", ".", "-test.benchtime", "1x").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	names := map[string]bool{} // and whether the page has it
	for _, m := range regexp.MustCompile(`(?m)^Benchmark(\S+?)(-\d+)?\s+1\s.*(?:GB|GFLOP|tokens)/s$`).FindAllStringSubmatch(string(text), -1) {
		names[m[1]] = false
	}
	for _, line := range regexp.MustCompile(`(?m)^\|.*\.cu.*\|$`).FindAllString(string(page), -1) {
		cells := strings.Split(line, "|")
		own := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[len(cells)-3], -1)
		if len(own) == 0 {
			t.Errorf("no benchmark: %s", cells[1])
		}
		for _, m := range own {
			found := false
			for name := range names {
				if name == m[1] || strings.HasPrefix(name, m[1]+"/") {
					names[name], found = true, true
				}
			}
			if !found {
				t.Errorf("%s: there is no benchmark %s", cells[1], m[1])
			}
		}
	}
	peer, err := os.ReadFile("check/peer.py")
	if err != nil {
		t.Fatal(err)
	}
	for name, listed := range names {
		family, rest, _ := strings.Cut(name, "/")
		if !listed {
			t.Errorf("docs/kernels.md has no %s", name)
		}
		if !strings.Contains(string(peer), `"`+name+`"`) && !(strings.Contains(string(peer), `f"`+family+`/`) && strings.Contains(string(peer), `"`+rest+`"`)) &&
			!slices.Contains([]string{"MatMul", "Attention", "AdamW", "Fourier"}, family) {
			t.Errorf("peer.py has no %s", name)
		}
	}
}
