package tensor_test

import (
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

var doubles = tensor.Options{DType: tensor.Float64}

// twoToThree is (x₀·y, x₁², y): derivatives are known.
func twoToThree(x []*tensor.Tensor) *tensor.Tensor {
	return tensor.Stack(0, x[0].Select(0, 0).Mul(x[1]), x[0].Select(0, 1).Square(), x[1])
}

func TestJacobian(t *testing.T) {
	x, y := doubles.FromSlice([]float64{2, 3}), doubles.FromSlice(5.0)
	j := tensor.Jacobian(twoToThree, x, y)
	tensortest.AssertClose(t, j[0], doubles.FromSlice([][]float64{{5, 0}, {0, 6}, {0, 0}}))
	tensortest.AssertClose(t, j[1], doubles.FromSlice([]float64{2, 0, 1}))
	if x.RequiresGrad() || j[0].RequiresGrad() {
		t.Error("plain inputs give derivatives with a graph")
	}
	// Of an input that the result doesn't depend on, and of a constant.
	j = tensor.Jacobian(func(x []*tensor.Tensor) *tensor.Tensor { return x[0].MulScalar(2) }, x, y)
	tensortest.AssertClose(t, j[0], doubles.FromSlice([][]float64{{2, 0}, {0, 2}}))
	tensortest.AssertClose(t, j[1], doubles.Zeros(2))
	j = tensor.Jacobian(func(x []*tensor.Tensor) *tensor.Tensor { return doubles.Ones(2, 2) }, x)
	tensortest.AssertClose(t, j[0], doubles.Zeros(2, 2, 2))
	if got := tensor.Jacobian(func(x []*tensor.Tensor) *tensor.Tensor { return x[0] }, doubles.Zeros(0))[0].Shape(); len(got) != 2 || got[0] != 0 {
		t.Errorf("the Jacobian of nothing is %v", got)
	}

	// Differentiable where an input requires grad: d/dx Σ J² of sin is Σ −2·cos·sin.
	z := doubles.FromSlice([]float64{0.3, 0.8}).SetRequiresGrad(true)
	tensor.Jacobian(func(x []*tensor.Tensor) *tensor.Tensor { return x[0].Sin() }, z)[0].Square().Sum().Backward()
	tensortest.AssertClose(t, z.Grad(), z.Detach().Sin().Mul(z.Detach().Cos()).MulScalar(-2))

	// f's parameters are left alone.
	w := doubles.Ones(2).SetRequiresGrad(true)
	tensor.Jacobian(func(x []*tensor.Tensor) *tensor.Tensor { return x[0].Mul(w) }, x)
	if w.Grad() != nil {
		t.Error("a parameter has a gradient")
	}
	fails(t, func() { tensor.Jacobian(twoToThree) }, "jacobian", "no inputs")
	fails(t, func() { tensor.Jacobian(twoToThree, tensor.Arange(0, 2, 1)) }, "input 0", "floating-point")
	fails(t, func() { tensor.Jacobian(func([]*tensor.Tensor) *tensor.Tensor { return nil }, x) }, "nil")
}

func TestHessian(t *testing.T) {
	x, y := doubles.FromSlice([]float64{2, 3}), doubles.FromSlice(5.0)
	cube := func(x []*tensor.Tensor) *tensor.Tensor { return x[0].PowScalar(3).Sum().Mul(x[1]) }
	h := tensor.Hessian(cube, x, y) // of y·Σx³
	tensortest.AssertClose(t, h[0][0], doubles.FromSlice([][]float64{{60, 0}, {0, 90}}))
	tensortest.AssertClose(t, h[0][1], doubles.FromSlice([]float64{12, 27}))
	tensortest.AssertClose(t, h[1][0], doubles.FromSlice([]float64{12, 27}))
	tensortest.AssertClose(t, h[1][1], doubles.FromSlice(0.0))
	linear := tensor.Hessian(func(x []*tensor.Tensor) *tensor.Tensor { return x[0].Sum() }, x)
	tensortest.AssertClose(t, linear[0][0], doubles.Zeros(2, 2))
	fails(t, func() { tensor.Hessian(twoToThree, x, y) }, "hessian", "scalar")
}

// u·(J·v) = (uᵀ·J)·v, and both agree with the Jacobian.
func TestJVPAndVJP(t *testing.T) {
	tensor.ManualSeed(4)
	f := func(x []*tensor.Tensor) *tensor.Tensor { return x[0].MatMul(x[1]).Softmax(-1).Mul(x[0].Exp().Sum()) }
	x, y := doubles.Randn(2, 3), doubles.Randn(3, 4)
	dx, dy, u := doubles.Randn(2, 3), doubles.Randn(3, 4), doubles.Randn(2, 4)
	value, tangent := tensor.JVP(f, ts{x, y}, ts{dx, dy})
	again, grads := tensor.VJP(f, ts{x, y}, u)
	tensortest.AssertClose(t, value, f(ts{x, y}))
	tensortest.AssertClose(t, again, value)
	tensortest.AssertClose(t, u.Mul(tangent).Sum(), grads[0].Mul(dx).Sum().Add(grads[1].Mul(dy).Sum()))
	j := tensor.Jacobian(f, x, y)
	want := j[0].Reshape(2, 4, 6).MatMul(dx.Reshape(6)).Add(j[1].Reshape(2, 4, 12).MatMul(dy.Reshape(12)))
	tensortest.AssertClose(t, tangent, want)

	_, grads = tensor.VJP(func(x []*tensor.Tensor) *tensor.Tensor { return x[0].Square().Sum() }, ts{x}, nil)
	tensortest.AssertClose(t, grads[0], x.MulScalar(2))
	_, none := tensor.JVP(func(x []*tensor.Tensor) *tensor.Tensor { return doubles.Ones(3) }, ts{x}, ts{dx})
	tensortest.AssertClose(t, none, doubles.Zeros(3))
	fails(t, func() { tensor.JVP(f, ts{x, y}, ts{dx}) }, "1 tangents for 2 inputs")
	fails(t, func() { tensor.JVP(f, ts{x, y}, ts{dx, dx}) }, "tangent of input 1")
	fails(t, func() { tensor.VJP(f, ts{x, y}, nil) }, "scalar")
}
