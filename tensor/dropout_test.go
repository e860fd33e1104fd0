package tensor_test

import (
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// The backend's dropout is the composition of a mask and a product, element for element, and so is its gradient.
func TestDropoutAgreesWithItsComposition(t *testing.T) {
	for _, dt := range []tensor.DType{tensor.Float32, tensor.Float64, tensor.Float16, tensor.BFloat16} {
		for _, x := range []*tensor.Tensor{
			tensor.Options{DType: dt}.Randn(70, 1001), tensor.Options{DType: dt}.Randn(33, 7).T(), tensor.Options{DType: dt}.Randn(5).Expand(3, 5), tensor.Options{DType: dt}.Zeros(3, 0),
		} {
			d := backend.Dropout{Keep: 0.7, Scale: dt.Round(1 / 0.7), Seed: 5, Offset: 11}
			in := x.Detach().SetRequiresGrad(true)
			composed, fused := tensor.Dropout(in, d)
			if !fused.Detach().Equals(composed.Detach()) {
				t.Errorf("%s %v: the results differ", dt, x.Shape())
			}
			g := tensor.Options{DType: dt}.Randn(x.Shape()...)
			var grads [2]*tensor.Tensor
			for i, y := range []*tensor.Tensor{composed, fused} {
				grads[i] = tensor.Grad([]*tensor.Tensor{y}, []*tensor.Tensor{in}, tensor.BackwardOptions{Gradients: []*tensor.Tensor{g}})[0]
			}
			if d := tensortest.Diff(grads[1], grads[0], tensortest.Tolerance{}); d != "" {
				t.Errorf("%s %v: the gradients: %s", dt, x.Shape(), d)
			}
		}
	}
}

// A word is compared with a whole number as the generator compares a fraction with a probability.
func TestDropoutBelow(t *testing.T) {
	for _, keep := range []float64{0, 5e-324, 0x1p-53, 0x1.8p-53, 0x1p-52, 0.1, 1.0 / 3, 0.5, 1 - 0x1p-53, 1} {
		below := backend.Dropout{Keep: keep}.Below()
		for _, u := range []uint64{0, 1, 2, below - 1, below, below + 1, 1<<53 - 1} {
			u &= 1<<53 - 1
			draw := backend.Distribution{Kind: backend.Bernoulli, A: keep}.Of(u<<11|5, 0, tensor.Float64)[0]
			if kept := u < below; kept != (draw == 1) {
				t.Errorf("keep %v: %d is kept: %t", keep, u, kept)
			}
		}
	}
}
