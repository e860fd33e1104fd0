package tensor_test

import (
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// The backend's SwiGLU and its gradients are those of a product with SiLU: broadcast, transposed, and long enough for several blocks.
func TestSwiGLUAgreesWithItsComposition(t *testing.T) {
	tolerances := map[tensor.DType]tensortest.Tolerance{
		tensor.Float32: {Rel: 2e-5, Abs: 2e-5}, tensor.Float64: {Rel: 1e-12, Abs: 1e-12}, tensor.Float16: {Rel: 0.01, Abs: 0.01}, tensor.BFloat16: {Rel: 0.06, Abs: 0.06},
	}
	for dt, tol := range tolerances {
		gen := tensor.Options{Generator: tensor.NewGenerator(3), DType: dt}
		for _, in := range [][2]*tensor.Tensor{
			{gen.Randn(9, 1031), gen.Randn(9, 1031)},
			{gen.Randn(40, 60).T(), gen.Randn(60, 40)},
			{gen.Randn(5, 1, 7), gen.Randn(6, 1)},
			{gen.Randn(), gen.Randn(3)},
			{gen.Randn(3, 0), gen.Randn(1, 1)},
		} {
			var results [2][]*tensor.Tensor
			for i, f := range []func(x, gate *tensor.Tensor) *tensor.Tensor{(*tensor.Tensor).SwiGLU, tensor.ComposedSwiGLU} {
				x, gate := in[0].Detach().SetRequiresGrad(true), in[1].Detach().SetRequiresGrad(true)
				y := f(x, gate)
				g := tensor.Options{Generator: tensor.NewGenerator(4), DType: dt}.Randn(y.Shape()...)
				grads := tensor.Grad([]*tensor.Tensor{y}, []*tensor.Tensor{x, gate}, tensor.BackwardOptions{Gradients: []*tensor.Tensor{g}})
				results[i] = append([]*tensor.Tensor{y.Detach()}, grads...)
			}
			for i, what := range []string{"result", "gradient of x", "gradient of the gate"} {
				if d := tensortest.Diff(results[0][i], results[1][i], tol); d != "" {
					t.Errorf("%s %v, %v: %s: %s", dt, in[0].Shape(), in[1].Shape(), what, d)
				}
			}
		}
	}
}
