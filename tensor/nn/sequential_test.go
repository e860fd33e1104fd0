package nn_test

import (
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// A Sequential is its layers one after another, wherever activations stand, and so are its gradients.
func TestSequentialIsItsLayers(t *testing.T) {
	tensor.ManualSeed(1)
	first, last := nn.NewLinear(6, 5), nn.NewLinear(5, 4, nn.LinearOptions{NoBias: true})
	for name, layers := range map[string]nn.Sequential{
		"relu": {first, nn.ReLU{}, last}, "gelu": {first, nn.GELU{}, last}, "gelu_tanh": {first, nn.GELUTanh{}, last, nn.GELU{}},
		"silu": {first, nn.SiLU{}, last, nn.ReLU{}}, "pointer": {first, &nn.ReLU{}, last}, "no linear": {nn.ReLU{}, nn.GELU{}}, "twice": {first, nn.GELU{}, nn.GELU{}},
		"none": {first, last}, "nested": {nn.Sequential{first}, nn.ReLU{}},
	} {
		x := tensor.Randn(3, 6).SetRequiresGrad(true)
		var results [2][]*tensor.Tensor
		for i := range results {
			y := x
			if i == 0 {
				y = layers.Forward(x)
			} else {
				for _, l := range layers {
					y = l.Forward(y)
				}
			}
			results[i] = append(tensor.Grad([]*tensor.Tensor{y.Square().Sum()}, []*tensor.Tensor{x}), y.Detach())
		}
		for i, got := range results[0] {
			if d := tensortest.Diff(got, results[1][i], tensortest.Tolerance{Rel: 1e-6, Abs: 1e-6}); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
	}
}
