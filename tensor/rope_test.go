package tensor_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// Positions with more axes than what they turn broadcast it.
func TestRoPEBroadcasts(t *testing.T) {
	for _, dim := range []int{0, 4} {
		x, positions := tensor.Randn(4, 6), tensor.RandInt(0, 9, 3, 4)
		o := tensor.RoPEOptions{Dim: dim}
		in := x.Detach().SetRequiresGrad(true)
		y := in.RoPE(positions, o)
		tensortest.AssertClose(t, y, x.Expand(3, 4, 6).Contiguous().RoPE(positions, o))
		y.Sum().Backward()
		if !slices.Equal(in.Grad().Shape(), x.Shape()) {
			t.Errorf("the gradient's shape is %v", in.Grad().Shape())
		}
	}
}

// The backend's RoPE and its gradient are those of the composition: whole rows and parts, neighbours and halves, heads that are
// views, and angles that are broadcast.
func TestRoPEAgreesWithItsComposition(t *testing.T) {
	tolerances := map[tensor.DType]tensortest.Tolerance{
		tensor.Float32: {Rel: 1e-5, Abs: 1e-6}, tensor.Float64: {Rel: 1e-13, Abs: 1e-13}, tensor.Float16: {Rel: 4e-3, Abs: 4e-3}, tensor.BFloat16: {Rel: 0.03, Abs: 0.03},
	}
	for dt, tol := range tolerances {
		for _, shapes := range [][2][]int{{{2, 5, 3, 16}, {5, 8}}, {{2, 3, 5, 16}, {5, 4}}, {{4, 6}, {4, 2}}, {{2, 4, 6}, {2, 1, 3}}, {{0, 3, 4}, {3, 2}}, {{3, 6}, {3, 0}}} {
			for mode := range 4 {
				o := backend.RoPE{Interleaved: mode%2 == 1, Inverse: mode/2 == 1}
				t.Run(fmt.Sprintf("%s/%v/%+v", dt, shapes, o), func(t *testing.T) {
					gen := tensor.Options{Generator: tensor.NewGenerator(1), DType: dt}
					x, cos, sin := gen.Randn(shapes[0]...), gen.Randn(shapes[1]...), gen.Randn(shapes[1]...)
					if len(shapes[0]) == 4 && shapes[0][1] == 5 {
						x = x.Transpose(1, 2) // (B, T, h, d) to (B, h, T, d)
					}
					var results [2][]*tensor.Tensor
					for i, f := range []func(x, cos, sin *tensor.Tensor, o backend.RoPE) *tensor.Tensor{tensor.FusedRoPE, tensor.ComposedRoPE} {
						in := x.Detach().SetRequiresGrad(true)
						y := f(in, cos, sin, o)
						g := tensor.Options{Generator: tensor.NewGenerator(2), DType: dt}.Randn(y.Shape()...)
						grad := tensor.Grad([]*tensor.Tensor{y}, []*tensor.Tensor{in}, tensor.BackwardOptions{Gradients: []*tensor.Tensor{g}})
						results[i] = []*tensor.Tensor{y.Detach(), grad[0]}
					}
					for i, what := range []string{"result", "gradient"} {
						if d := tensortest.Diff(results[0][i], results[1][i], tol); d != "" {
							t.Errorf("%s: %s", what, d)
						}
					}
				})
			}
		}
	}
}
