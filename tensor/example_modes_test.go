package tensor_test

import (
	"fmt"
	"strings"

	"github.com/rustygradients/rg/tensor"
)

func ExampleAutocast() {
	x, w := tensor.Ones(2, 3), tensor.Ones(4, 3).SetRequiresGrad(true)
	var loss *tensor.Tensor
	tensor.Autocast(tensor.BFloat16, func() {
		y := x.Linear(w, nil) // (2, 4)
		loss = y.Softmax(-1).Sum()
		fmt.Println(y.DType(), loss.DType())
	})
	loss.Backward()
	fmt.Println(w.Grad().DType())
	// Output:
	// bfloat16 float32
	// float32
}

func ExampleCheckpoint() {
	x := tensor.Of(1, 2).SetRequiresGrad(true)
	block := func(x []*tensor.Tensor) *tensor.Tensor { return x[0].Square().Square() }
	tensor.Checkpoint(block, x).Sum().Backward() // computes the block twice, and keeps nothing of it between
	fmt.Println(x.Grad())
	// Output: [ 4., 32.] float32 (2,)
}

func ExampleHessian() {
	f := func(x []*tensor.Tensor) *tensor.Tensor { return x[0].PowScalar(3).Sum() }
	fmt.Println(tensor.Hessian(f, tensor.Of(3, 5))[0][0])
	// Output:
	// [[18.,  0.],
	//  [ 0., 30.]]
	// float32 (2, 2)
}

func ExampleJVP() {
	f := func(x []*tensor.Tensor) *tensor.Tensor { return x[0].Square() }
	y, moves := tensor.JVP(f, []*tensor.Tensor{tensor.Of(1, 2, 3)}, []*tensor.Tensor{tensor.Of(1, 0, 1)})
	fmt.Println(y)
	fmt.Println(moves)
	// Output:
	// [1., 4., 9.] float32 (3,)
	// [2., 0., 6.] float32 (3,)
}

func ExampleScope() {
	best := tensor.Scalar(0)
	for seed := range 3 {
		tensor.Scope(func() { // what a round makes is freed at its end
			x := tensor.Full(float64(seed), 1000, 1000)
			best = best.Maximum(x.Mean()).Keep()
		})
	}
	fmt.Println(best)
	// Output: 2. float32 ()
}

func ExampleDetectAnomaly() {
	err := tensor.Try(func() {
		tensor.DetectAnomaly(func() { _ = tensor.Of(1, -1).Sqrt().Mul(tensor.Of(2, 2)) })
	})
	what, _, _ := strings.Cut(err.Error(), " at ") // file and line follow
	fmt.Println(what)
	// Output: sqrt: (2,): made the first NaN
}

func ExampleWithSeed() {
	draw := func() (x float64) {
		tensor.WithSeed(7, func() { x = tensor.Rand(1).Item() })
		return x
	}
	fmt.Println(draw() == draw())
	// Output: true
}
