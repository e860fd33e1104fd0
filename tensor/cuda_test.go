//go:build cuda

package tensor_test

import (
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
