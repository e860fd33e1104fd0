package viz

import (
	"testing"

	"github.com/rustygradients/rg/tensor"
)

// Tensors of any kind are data: views, whole numbers, bools, and those that require gradients.
func TestTensorsAreData(t *testing.T) {
	x := tensor.Randn(4, 6).SetRequiresGrad(true)
	y := x.Square() // recorded
	for name, draw := range map[string]func() *Figure{
		"leaf":       func() *Figure { return HeatMap(x) },
		"recorded":   func() *Figure { return HeatMap(y) },
		"view":       func() *Figure { return HeatMap(x.T().Slice("::2, 1:")) },
		"bool":       func() *Figure { return HeatMap(x.GreaterScalar(0)) },
		"scalar":     func() *Figure { return HeatMap(y.Sum()) },
		"batch of 1": func() *Figure { return HeatMap(x.Unsqueeze(0)) },
		"ints":       func() *Figure { return ConfusionMatrix(tensor.FromSlice([]int{0, 1}), x.Narrow(0, 0, 2).ArgMax(1)) },
		"line":       func() *Figure { return Line(nil, y) },
		"histogram":  func() *Figure { return Histogram(y) },
		"images":     func() *Figure { return ImageGrid(tensor.Rand(2, 3, 5, 4)) },
		"double":     func() *Figure { return Histogram(x.Detach().To(tensor.Float64)) },
		"empty":      func() *Figure { return HeatMap(tensor.Zeros(0, 3)) },
		"none":       func() *Figure { return ImageGrid(tensor.Zeros(0, 64)) },
	} {
		t.Run(name, func(t *testing.T) { checkFigure(t, draw()) })
	}
}

func TestNilTensor(t *testing.T) {
	defer func() {
		if e, ok := recover().(*Error); !ok || e.Error() != "viz.HeatMap: the matrix is a nil *tensor.Tensor" {
			t.Errorf("panicked with %v", e)
		}
	}()
	var x *tensor.Tensor
	HeatMap(x)
}
