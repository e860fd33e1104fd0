package tensor_test

import (
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// notInHalves are the cases that rounding the inputs, or a step in between, changes too much to compare.
var notInHalves = map[string]string{
	"eigh":                "the matrices have close eigenvalues, and their vectors turn far for little",
	"polygamma_5":         "it is above float16's range",
	"grid_sample_corners": "a place rounds onto an element, where the slope changes",
	"matrix_rank":         "a product rounded to a half has full rank",
}

// TestGoldensInAutocast runs the goldens' operations on float32 inputs inside Autocast.
func TestGoldensInAutocast(t *testing.T) {
	tabled := map[string]fn{}
	for _, c := range opCases() {
		tabled[c.golden] = c.f
	}
	for dt, eps := range map[tensor.DType]float64{tensor.Float16: 1.0 / 1024, tensor.BFloat16: 1.0 / 128} {
		for _, c := range goldens() {
			if notInHalves[c.Name] != "" {
				continue
			}
			t.Run(c.Name+"/"+dt.String(), func(t *testing.T) {
				f := goldenOps[c.Name]
				if f == nil {
					f = tabled[c.Name]
				}
				var xs ts
				for _, g := range c.Inputs {
					x := g.tensor(tensor.Float32)
					xs = append(xs, x.SetRequiresGrad(!g.Int))
				}
				var out *tensor.Tensor
				tensor.Autocast(dt, func() { out = f(xs...) })
				tol := tensortest.Tolerance{Rel: 20 * eps, Abs: 20 * eps}
				if d := tensortest.Diff(out.To(tensor.Float64), c.Output.tensor(tensor.Float64), tol); d != "" {
					t.Errorf("result: %s", d)
				}
				if out.RequiresGrad() {
					out.Sum().Backward()
				}
				for i, x := range xs {
					if g := x.Grad(); g != nil && g.DType() != tensor.Float32 {
						t.Errorf("gradient %d is %s", i, g.DType())
					}
				}
			})
		}
	}
}

// TestGoldensInHalves runs the goldens' operations in float16 and bfloat16 on the goldens' inputs, rounded
// to that type, and holds results and gradients against the same in float64.
func TestGoldensInHalves(t *testing.T) {
	tabled := map[string]fn{}
	for _, c := range opCases() {
		tabled[c.golden] = c.f
	}
	for dt, eps := range map[tensor.DType]float64{tensor.Float16: 1.0 / 1024, tensor.BFloat16: 1.0 / 128} {
		for _, c := range goldens() {
			if notInHalves[c.Name] != "" {
				continue
			}
			t.Run(c.Name+"/"+dt.String(), func(t *testing.T) {
				run := func(in tensor.DType) (out *tensor.Tensor, grads ts) {
					var xs ts
					for _, g := range c.Inputs {
						x := g.tensor(dt)
						if !g.Int {
							x = x.To(in).SetRequiresGrad(true)
						}
						xs = append(xs, x)
					}
					f := goldenOps[c.Name]
					if f == nil {
						f = tabled[c.Name]
					}
					out = f(xs...)
					if out.RequiresGrad() {
						out.Sum().Backward()
					}
					for _, x := range xs {
						grads = append(grads, x.Grad())
					}
					return out, grads
				}
				got, gotGrads := run(dt)
				want, wantGrads := run(tensor.Float64)
				if want.DType() == tensor.Float64 && got.DType() != dt {
					t.Errorf("the result is %s", got.DType())
				}
				tol := tensortest.Tolerance{Rel: 8 * eps, Abs: 8 * eps}
				if d := tensortest.Diff(got.To(tensor.Float64), want.To(tensor.Float64), tol); d != "" {
					t.Errorf("result: %s", d)
				}
				for i, w := range wantGrads {
					switch g := gotGrads[i]; {
					case (g == nil) != (w == nil):
						t.Errorf("gradient %d: one has none", i)
					case w != nil:
						if d := tensortest.Diff(g.To(tensor.Float64), w, tensortest.Tolerance{Rel: 20 * eps, Abs: 20 * eps}); d != "" {
							t.Errorf("gradient %d: %s", i, d)
						}
					}
				}
			})
		}
	}
}
