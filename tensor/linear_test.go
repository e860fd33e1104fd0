package tensor_test

import (
	"fmt"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// activated is Linear and then an activation.
func activated(x, w, b *tensor.Tensor, a tensor.Activation) *tensor.Tensor {
	y := x.Linear(w, b)
	switch a {
	case tensor.ReLUActivation:
		return y.ReLU()
	case tensor.GELUActivation:
		return y.GELU()
	case tensor.GELUTanhActivation:
		return y.GELUTanh()
	}
	return y
}

// checkLinearActivation compares LinearActivation with Linear and an activation on a device: results and gradients, with a graph and without, through a
// checkpoint, with and without a bias, and with one of float32 under Autocast.
func checkLinearActivation(t *testing.T, device tensor.Device) {
	tolerances := map[tensor.DType]tensortest.Tolerance{ // gradients are sums
		tensor.Float32: {Rel: 1e-5, Abs: 1e-5}, tensor.Float64: {Rel: 1e-13, Abs: 1e-13}, tensor.Float16: {Rel: 4e-3, Abs: 4e-3}, tensor.BFloat16: {Rel: 0.03, Abs: 0.03},
	}
	for dt, tol := range tolerances {
		for _, shape := range [][]int{{7}, {5, 7}, {2, 3, 7}, {70, 24}, {0, 3}} {
			for a := range tensor.GELUTanhActivation + 1 {
				for _, kind := range []string{"no bias", "bias", "autocast"} {
					if kind == "autocast" && (!dt.IsHalf() || len(shape) == 1) {
						continue
					}
					t.Run(fmt.Sprintf("%s/%v/%s/%s", dt, shape, a, kind), func(t *testing.T) {
						gen := tensor.Options{Generator: tensor.NewGenerator(1), DType: dt, Device: device}
						if kind == "autocast" {
							gen.DType = tensor.Float32
						}
						const out = 9
						in := ts{gen.Randn(shape...), gen.Randn(out, shape[len(shape)-1])}
						if kind != "no bias" {
							in = append(in, gen.Randn(out))
						}
						for _, x := range in {
							x.SetRequiresGrad(true)
						}
						run := func(f func(x, w, b *tensor.Tensor, a tensor.Activation) *tensor.Tensor) (results ts) {
							var y *tensor.Tensor
							call := func() {
								var b *tensor.Tensor
								if len(in) > 2 {
									b = in[2]
								}
								y = f(in[0], in[1], b, a)
							}
							if kind == "autocast" {
								tensor.Autocast(dt, call)
							} else {
								call()
							}
							if y.DType() != dt {
								t.Errorf("the result is of %s", y.DType())
							}
							grads := ts{}
							if y.RequiresGrad() {
								g := tensor.Options{Generator: tensor.NewGenerator(2), DType: dt, Device: device}.Randn(y.Shape()...)
								grads = tensor.Grad(ts{y}, in, tensor.BackwardOptions{Gradients: ts{g}})
							}
							return append(ts{y.Detach()}, grads...)
						}
						want := run(activated)
						ways := map[string]func(x, w, b *tensor.Tensor, a tensor.Activation) *tensor.Tensor{
							"with a graph": (*tensor.Tensor).LinearActivation,
							"without": func(x, w, b *tensor.Tensor, a tensor.Activation) (y *tensor.Tensor) {
								tensor.NoGrad(func() { y = x.LinearActivation(w, b, a) })
								return y
							},
							"through a checkpoint": func(x, w, b *tensor.Tensor, a tensor.Activation) *tensor.Tensor {
								return tensor.Checkpoint(func(in []*tensor.Tensor) *tensor.Tensor { return in[0].LinearActivation(w, b, a) }, x)
							},
						}
						for way, f := range ways {
							for i, got := range run(f) {
								if d := tensortest.Diff(got, want[i], tol); d != "" {
									t.Errorf("%s, result %d: %s", way, i, d)
								}
							}
						}
					})
				}
			}
		}
	}
}

func TestLinearActivation(t *testing.T) {
	checkLinearActivation(t, tensor.CPU)
	x, w := tensor.Rand(2, 3), tensor.Rand(4, 3)
	fails(t, func() { x.LinearActivation(w, nil, 77) }, "linear", "77")
	fails(t, func() { x.LinearActivation(w.T(), nil, tensor.GELUActivation) }, "linear", "(out, in)")
	whole := tensor.OnesLike(x).To(tensor.Int64)
	tensortest.AssertClose(t, whole.LinearActivation(whole, nil, tensor.GELUActivation), whole.MatMul(whole.T()).GELU())
}

// Nothing is kept of what lies between, but where Backward needs it.
func TestLinearActivationMemory(t *testing.T) {
	const rows, n = 256, 512
	x, w, b := tensor.Rand(rows, 64), tensor.Rand(n, 64).SetRequiresGrad(true), tensor.Rand(n)
	for a, kept := range map[tensor.Activation]int{tensor.ReLUActivation: 0, tensor.GELUActivation: 1} {
		for _, grad := range []bool{false, true} {
			var y *tensor.Tensor
			before := tensor.MemoryStats().Current
			call := func() { y = x.LinearActivation(w, b, a) }
			want := rows * n * 4
			if grad {
				call()
				want *= 1 + kept
			} else {
				tensor.NoGrad(call)
			}
			if got := tensor.MemoryStats().Current - before; got > want+4096 {
				t.Errorf("%s, gradients %t: %d bytes, want %d", a, grad, got, want)
			}
			if grad {
				y.Sum().Backward()
			}
			y.Release()
			if got := tensor.MemoryStats().Current - before; kept > 0 && grad && got > 2*n*64*4 {
				t.Errorf("%s: %d bytes after Backward", a, got)
			}
			w.ZeroGrad()
		}
	}
}
