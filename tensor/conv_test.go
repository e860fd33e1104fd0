package tensor_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/cpu"
	"github.com/rustygradients/rg/tensor/tensortest"
)

var convShapes = []struct {
	x, w []int
	o    tensor.ConvOptions
}{
	{[]int{2, 3, 7, 6}, []int{4, 3, 3, 3}, tensor.ConvOptions{Padding: 1}},
	{[]int{1, 2, 9, 11}, []int{4, 2, 3, 2}, tensor.ConvOptions{Stride: 2, Padding: 2, Dilation: 2}},
	{[]int{3, 4, 5, 5}, []int{6, 4, 1, 1}, tensor.ConvOptions{}},                                 // the image is its columns
	{[]int{2, 4, 5, 5}, []int{6, 4, 1, 1}, tensor.ConvOptions{Stride: 2}},                        //
	{[]int{2, 6, 8, 8}, []int{4, 3, 3, 3}, tensor.ConvOptions{Groups: 2, Strides: [2]int{1, 2}}}, //
	{[]int{2, 5, 8, 8}, []int{5, 1, 3, 3}, tensor.ConvOptions{Groups: 5, Padding: 1}},            // depthwise
	{[]int{1, 40, 50, 50}, []int{8, 40, 3, 3}, tensor.ConvOptions{Padding: 1}},                   // several chunks
	{[]int{2, 1, 1, 3}, []int{2, 1, 1, 7}, tensor.ConvOptions{Paddings: [2]int{0, 9}}},           // mostly padding
	{[]int{0, 2, 5, 5}, []int{3, 2, 3, 3}, tensor.ConvOptions{}},                                 // no images
	{[]int{2, 2, 5, 5}, []int{0, 2, 3, 3}, tensor.ConvOptions{}},                                 // no filters
	{[]int{3, 2, 12, 9}, []int{3, 2, 4, 5}, tensor.ConvOptions{Paddings: [2]int{3, 1}, Dilations: [2]int{1, 2}, Strides: [2]int{3, 1}}},
}

// The CPU's convolution agrees with the reference backend's composition, with its gradients.
func TestConvAgreesWithItsComposition(t *testing.T) {
	for _, dt := range []tensor.DType{tensor.Float32, tensor.Float64} {
		for _, c := range convShapes {
			t.Run(fmt.Sprintf("%s/%v/%v", dt, c.x, c.w), func(t *testing.T) {
				gen := tensor.Options{Generator: tensor.NewGenerator(3), DType: dt}
				x, w := gen.Randn(c.x...), gen.Randn(c.w...)
				var g *tensor.Tensor
				var results [2][]*tensor.Tensor
				for i, device := range []tensor.Device{tensor.CPU, other} {
					in := []*tensor.Tensor{x.ToDevice(device).Detach().SetRequiresGrad(true), w.ToDevice(device).Detach().SetRequiresGrad(true)}
					y := in[0].Conv2D(in[1], nil, c.o)
					if g == nil {
						g = gen.Randn(y.Shape()...)
					}
					grads := tensor.Grad([]*tensor.Tensor{y}, in, tensor.BackwardOptions{Gradients: []*tensor.Tensor{g.ToDevice(device)}})
					for _, r := range append([]*tensor.Tensor{y.Detach()}, grads...) {
						results[i] = append(results[i], r.ToDevice(tensor.CPU))
					}
				}
				tol := tensortest.Tolerance{Rel: 1e-4, Abs: 2e-4}
				if dt == tensor.Float64 {
					tol = tensortest.Tolerance{Rel: 1e-10, Abs: 1e-11}
				}
				for i, what := range []string{"result", "images", "weight"} {
					if d := tensortest.Diff(results[0][i], results[1][i], tol); d != "" {
						t.Errorf("%s: %s", what, d)
					}
				}
			})
		}
	}
}

func TestConvDoesNotDependOnThreads(t *testing.T) {
	defer cpu.SetThreads(cpu.SetThreads(1))
	x, w := tensor.Randn(3, 8, 30, 30).SetRequiresGrad(true), tensor.Randn(8, 8, 3, 3).SetRequiresGrad(true)
	run := func() (out [][]float32) {
		y := x.Conv2D(w, nil, tensor.ConvOptions{Padding: 1})
		for _, r := range append(tensor.Grad([]*tensor.Tensor{y.Square().Sum()}, []*tensor.Tensor{x, w}), y.Detach()) {
			out = append(out, r.Float32s())
		}
		return out
	}
	one := run()
	cpu.SetThreads(3)
	for i, three := range run() {
		if !slices.Equal(one[i], three) {
			t.Errorf("%d: three threads give other numbers than one", i)
		}
	}
}

func TestConvTwiceDifferentiated(t *testing.T) {
	gen := tensor.Options{DType: tensor.Float64, Generator: tensor.NewGenerator(2)}
	for wrt := range 2 {
		err := tensortest.GradCheck(func(x ...*tensor.Tensor) *tensor.Tensor {
			var g *tensor.Tensor
			tensor.EnableGrad(func() {
				y := x[0].Conv2D(x[1], nil, tensor.ConvOptions{Groups: 2, Padding: 1, Stride: 2})
				g = tensor.Grad([]*tensor.Tensor{y.Square().Sum()}, x[wrt:wrt+1], tensor.BackwardOptions{CreateGraph: true})[0]
			})
			return g
		}, gen.Randn(1, 4, 4, 5), gen.Randn(2, 2, 3, 3))
		if err != nil {
			t.Error(err)
		}
	}
}

// Operands of two data types are computed in the wider one, as in a product.
func TestConvOfTwoTypes(t *testing.T) {
	wide := tensor.Options{DType: tensor.Float64, Generator: tensor.NewGenerator(1)}
	x, w := wide.Randn(2, 3, 5, 5), wide.Randn(3, 3, 2, 2)
	for name, f := range map[string]func(x, w *tensor.Tensor) *tensor.Tensor{
		"conv2d":          func(x, w *tensor.Tensor) *tensor.Tensor { return x.Conv2D(w, nil, tensor.ConvOptions{}) },
		"convtranspose2d": func(x, w *tensor.Tensor) *tensor.Tensor { return x.ConvTranspose2D(w, nil, tensor.ConvOptions{}) },
	} {
		want := f(x.To(tensor.Float32).To(tensor.Float64), w)
		if d := tensortest.Diff(f(x.To(tensor.Float32), w), want, tensortest.Tolerance{}); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
