package tensortest

import (
	"fmt"
	"math"

	"github.com/rustygradients/rg/tensor"
)

// GradCheck compares the gradients of f with central differences, at Float64 inputs, and returns what
// is wrong. f may return any shape: its elements are weighed by fixed random numbers and summed. It must
// be smooth near the inputs and give the same result each time.
func GradCheck(f func(x ...*tensor.Tensor) *tensor.Tensor, inputs ...*tensor.Tensor) error {
	xs := make([]*tensor.Tensor, len(inputs))
	for i, x := range inputs {
		if x.DType() != tensor.Float64 {
			return fmt.Errorf("input %d is %s; gradients are checked in float64", i, x.DType())
		}
		xs[i] = x.Detach().Clone().SetRequiresGrad(true)
	}
	var weights *tensor.Tensor
	loss := func() *tensor.Tensor {
		y := f(xs...)
		if weights == nil {
			// Away from zero, so that no element goes unseen.
			o := tensor.Options{DType: tensor.Float64, Generator: tensor.NewGenerator(1)}
			weights = o.Uniform(0.5, 1.5, y.Shape()...)
		}
		return y.Mul(weights).Sum()
	}
	grads := tensor.Grad([]*tensor.Tensor{loss()}, xs)
	const h = 1e-6
	tol := Tolerance{Rel: 1e-5, Abs: 1e-6}
	for i, x := range xs {
		if grads[i] == nil {
			return fmt.Errorf("input %d has no gradient", i)
		}
		if got, want := fmt.Sprint(grads[i].Shape(), grads[i].DType()), fmt.Sprint(x.Shape(), x.DType()); got != want {
			return fmt.Errorf("input %d has shape and type %s, its gradient %s", i, want, got)
		}
		flat := x.Detach().View(-1)
		got := grads[i].Float64s()
		for j := range got {
			at := flat.At(j)
			var side [2]float64
			for k, step := range []float64{h, -h} {
				flat.Set(at+step, j)
				tensor.NoGrad(func() { side[k] = loss().Item() })
			}
			flat.Set(at, j)
			want := (side[0] - side[1]) / (2 * h)
			if !tol.Close(got[j], want) || math.IsNaN(got[j]) {
				return fmt.Errorf("input %d, element %d: the gradient is %v, the central difference %v", i, j, got[j], want)
			}
		}
	}
	return nil
}

// GradGradCheck is GradCheck of f's gradients: it checks that the backward pass can be differentiated.
func GradGradCheck(f func(x ...*tensor.Tensor) *tensor.Tensor, inputs ...*tensor.Tensor) error {
	err := GradCheck(func(xs ...*tensor.Tensor) (sum *tensor.Tensor) {
		// Central differences are taken inside NoGrad, where the inner pass needs the record all the same.
		tensor.EnableGrad(func() { sum = gradSum(f, xs) })
		return sum
	}, inputs...)
	if err != nil {
		return fmt.Errorf("second order: %w", err)
	}
	return nil
}

// gradSum makes one number of f's gradients.
func gradSum(f func(x ...*tensor.Tensor) *tensor.Tensor, xs []*tensor.Tensor) *tensor.Tensor {
	y := f(xs...)
	// Squared, so that a linear f has second derivatives to look at too.
	o := tensor.Options{DType: tensor.Float64, Generator: tensor.NewGenerator(2)}
	loss := y.Square().Mul(o.Uniform(0.5, 1.5, y.Shape()...)).Sum()
	sum := tensor.Options{DType: tensor.Float64}.Scalar(0)
	for _, x := range xs {
		sum = sum.Add(x.Square().Sum()) // so that every input has a gradient, even if its second derivative is 0
	}
	for i, g := range tensor.Grad([]*tensor.Tensor{loss}, xs, tensor.BackwardOptions{CreateGraph: true}) {
		if g == nil {
			continue
		}
		w := tensor.Options{DType: tensor.Float64, Generator: tensor.NewGenerator(uint64(3 + i))}
		sum = sum.Add(g.Mul(w.Uniform(0.5, 1.5, g.Shape()...)).Sum())
	}
	return sum
}
