//go:build cuda

package tensor_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/rustygradients/rg/gpu"
	"github.com/rustygradients/rg/gpu/cuda"
	"github.com/rustygradients/rg/gpu/emu"
	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// cudaDevice opens the GPU, which is the emulated one unless RG_LIBCUDA names a driver.
func cudaDevice(t *testing.T) (tensor.Device, *cuda.Backend) {
	t.Helper()
	if err := emu.Use(); err != nil {
		t.Fatal(err)
	}
	d, err := gpu.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := cuda.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	return d, b.(*cuda.Backend)
}

// Every operation of the tables gives on CUDA what torch gives, with its gradients, and copies nothing to the host but single numbers.
func TestGoldensOnCUDA(t *testing.T) {
	device, b := cudaDevice(t)
	counted := emu.Used()
	ops := map[string]fn{}
	for name, f := range goldenOps {
		ops[name] = f
	}
	for _, c := range opCases() {
		ops[c.golden] = c.f
	}
	tol := tensortest.Tolerance{Rel: 2e-5, Abs: 5e-6}
	for _, c := range goldens() {
		t.Run(c.Name, func(t *testing.T) {
			var xs ts
			for _, g := range c.Inputs {
				xs = append(xs, g.tensor(tensor.Float32).ToDevice(device))
				if !g.Int {
					xs[len(xs)-1].SetRequiresGrad(true)
				}
			}
			before := b.Count()
			out := ops[c.Name](xs...)
			if out.RequiresGrad() {
				w := make([]float32, out.Len())
				for i := range w {
					w[i] = 0.5 + float32(7919*i%101)/101
				}
				out.Backward(tensor.FromSlice(w).Reshape(out.Shape()...).ToDevice(device))
			}
			after := b.Count()
			if bytes, copies := after.Downloaded-before.Downloaded, after.Downloads-before.Downloads; counted && bytes > 8*copies {
				t.Errorf("elements were copied to the host: %d bytes in %d copies", bytes, copies)
			}
			if d := tensortest.Diff(out, c.Output.tensor(tensor.Float64), tol); d != "" {
				t.Errorf("result: %s", d)
			}
			for i, g := range c.Grads {
				if got := xs[i].Grad(); g != nil && got == nil {
					t.Errorf("gradient %d: there is none", i)
				} else if g != nil {
					if d := tensortest.Diff(got, g.tensor(tensor.Float64), tol); d != "" {
						t.Errorf("gradient %d: %s", i, d)
					}
				}
			}
		})
	}
}

// Every operation that torch's OpInfo database has samples of gives on CUDA what torch gives, and copies nothing to the host but single
// numbers.
func TestOpInfoOnCUDA(t *testing.T) {
	device, b := cudaDevice(t)
	f, counted := readOpinfo(t), emu.Used()
	f.place = func(x *tensor.Tensor) *tensor.Tensor { return x.ToDevice(device) }
	f.looser = map[string]looser{"nn.functional.scaled_dot_product_attention": {
		tensor.Float32, tensortest.Tolerance{Rel: 1e-4, Abs: 3e-5}, "of scores up to a hundred the softmax cancels",
	}}
	copied := map[string]int{}
	f.watch = func(op string, run func()) {
		before := b.Count()
		run()
		after := b.Count()
		if counted && after.Downloaded-before.Downloaded > 8*(after.Downloads-before.Downloads) {
			copied[op]++
		}
	}
	for i, s := range f.samples {
		if opinfoOps[s.Op] == nil {
			continue
		}
		t.Run(s.Op+"/"+strconv.Itoa(i), func(t *testing.T) { opinfoCheck(t, f, s) })
	}
	for op, n := range copied {
		t.Errorf("%s: elements were copied to the host in %d samples", op, n)
	}
}

// The gradients of pooling, which only a device that pools at once has rules for.
func TestPoolGradientsOnCUDA(t *testing.T) {
	device, _ := cudaDevice(t)
	used := tensor.CountRules(func() {
		for _, c := range gradCases() {
			if !strings.Contains(c.op, "Pool") {
				continue
			}
			there := func(xs ...*tensor.Tensor) *tensor.Tensor {
				moved := make(ts, len(xs))
				for i, x := range xs {
					moved[i] = x.ToDevice(device)
				}
				return c.f(moved...).ToDevice(tensor.CPU)
			}
			if err := tensortest.GradCheck(there, c.inputs...); err != nil {
				t.Errorf("%s: %v", c.op, err)
			}
			if !c.once {
				if err := tensortest.GradGradCheck(there, c.inputs...); err != nil {
					t.Errorf("%s: %v", c.op, err)
				}
			}
		}
	})
	for _, rule := range []string{"maxpool", "maxpoolgrad", "avgpool", "avgpoolgrad"} {
		if used[rule] == 0 {
			t.Errorf("no gradient check applies the rule %s", rule)
		}
	}
}

// The same numbers are drawn as on the CPU, and only single ones come to the host.
func TestMultinomialOnCUDA(t *testing.T) {
	device, b := cudaDevice(t)
	weights := tensor.Options{Generator: tensor.NewGenerator(5)}.Rand(3, 40).ClampMin(0.3).SubScalar(0.3)
	for name, draw := range map[string]func(o tensor.Options, w *tensor.Tensor) *tensor.Tensor{
		"with replacement": func(o tensor.Options, w *tensor.Tensor) *tensor.Tensor { return o.Multinomial(w, 50) },
		"distinct":         func(o tensor.Options, w *tensor.Tensor) *tensor.Tensor { return o.MultinomialDistinct(w, 12) },
	} {
		want := draw(tensor.Options{Generator: tensor.NewGenerator(6)}, weights)
		there, before := weights.ToDevice(device), b.Count()
		got := draw(tensor.Options{Generator: tensor.NewGenerator(6)}, there)
		after := b.Count()
		if d := tensortest.Diff(got, want, tensortest.Tolerance{}); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if emu.Used() && after.Downloaded-before.Downloaded > 8*(after.Downloads-before.Downloads) {
			t.Errorf("%s: elements were copied to the host", name)
		}
		for _, bad := range []float64{-1, math.NaN(), math.Inf(1)} {
			if err := tensor.Try(func() { draw(tensor.Options{}, tensor.FromSlice([]float64{1, bad}).ToDevice(device)) }); err == nil {
				t.Errorf("%s: a weight of %v is no error", name, bad)
			}
		}
	}
}

// Tensors that a Scope has freed, and operands of two devices, are errors that say what to do.
func TestMisuseOnCUDA(t *testing.T) {
	device, _ := cudaDevice(t)
	var inside *tensor.Tensor
	tensor.Scope(func() { inside = tensor.Options{Device: device}.Ones(64, 64) })
	here, there := tensor.Ones(64, 64), tensor.Ones(64, 64).ToDevice(device)
	for name, c := range map[string]struct {
		f    func()
		want string
	}{
		"freed, added":      {func() { inside.AddScalar(1) }, "Keep"},
		"freed, multiplied": {func() { inside.MatMul(there) }, "Keep"},
		"freed, read":       {func() { inside.Float32s() }, "Keep"},
		"freed, printed":    {func() { _ = inside.Sum().String() }, "Keep"},
		"add":               {func() { here.Add(there) }, "ToDevice"},
		"matmul":            {func() { there.MatMul(here) }, "ToDevice"},
		"where":             {func() { tensor.Where(here.GreaterScalar(0), there, there) }, "ToDevice"},
		"cat":               {func() { tensor.Cat(0, here, there) }, "ToDevice"},
		"index":             {func() { there.IndexSelect(0, tensor.Of(0).To(tensor.Int64)) }, "ToDevice"},
		"attention":         {func() { tensor.Attention(here, there, there, tensor.AttentionOptions{}) }, "ToDevice"},
		"in place":          {func() { there.AddInPlace(here) }, "ToDevice"},
		"setgrad":           {func() { there.Clone().SetRequiresGrad(true).SetGrad(here) }, "ToDevice"},
		"backward":          {func() { there.Clone().SetRequiresGrad(true).MulScalar(2).Backward(here) }, "ToDevice"},
	} {
		if err := tensor.Try(c.f); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What LinearActivation computes in one operation is what it composes: its results and gradients, first and second.
func TestLinearActivationOnCUDA(t *testing.T) {
	device, _ := cudaDevice(t)
	checkLinearActivation(t, device)
	for _, c := range []gradCase{
		linearActivation(tensor.ReLUActivation), linearActivation(tensor.GELUActivation), linearActivation(tensor.GELUTanhActivation),
	} {
		there := func(xs ...*tensor.Tensor) *tensor.Tensor {
			return c.f(xs[0].ToDevice(device), xs[1].ToDevice(device), xs[2].ToDevice(device)).ToDevice(tensor.CPU)
		}
		if err := tensortest.GradCheck(there, c.inputs...); err != nil {
			t.Error(err)
		}
		if err := tensortest.GradGradCheck(there, c.inputs...); err != nil {
			t.Error(err)
		}
	}
}

// A product, its bias and an activation are one launch, and take the memory of their result; what lies between is kept where gradients of GELU need it.
// Copies to halves under Autocast aside, a bias of float32 costs none.
func TestLinearLaunchesOnCUDA(t *testing.T) {
	device, b := cudaDevice(t)
	if !emu.Used() {
		t.Skip("only the emulated driver counts launches")
	}
	for _, dt := range []tensor.DType{tensor.Float32, tensor.Float64, tensor.Float16, tensor.BFloat16} {
		o := tensor.Options{DType: dt, Device: device}
		x, w, bias := o.Rand(2, 33, 24), o.Rand(70, 24), o.Rand(70)
		for a := range tensor.GELUTanhActivation + 1 {
			for _, grad := range []bool{false, true} {
				w.SetRequiresGrad(grad)
				before := b.Count()
				y := x.LinearActivation(w, bias, a)
				after := b.Count()
				if got := after.Launches - before.Launches; got != 1 {
					t.Errorf("%s, %s, gradients %t: %d launches", dt, a, grad, got)
				}
				y.Release()
			}
		}
		w.SetRequiresGrad(false)
		if wide := bias.To(tensor.Float32); dt.IsHalf() {
			before := b.Count().Launches
			tensor.Autocast(dt, func() { x.LinearActivation(w, wide, tensor.GELUActivation) })
			if got := b.Count().Launches - before; got != 1 {
				t.Errorf("%s with a bias of float32: %d launches", dt, got)
			}
		}
	}
}
