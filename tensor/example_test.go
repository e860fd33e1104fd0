package tensor_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/rustygradients/rg/tensor"
)

func Example() {
	tensor.ManualSeed(1)
	w := tensor.Randn(3, 1).SetRequiresGrad(true)
	x := tensor.Randn(100, 3)                                          // (100, 3)
	y := x.MatMul(tensor.FromSlice([]float32{1, -2, 3}).Reshape(3, 1)) // (100, 1)
	for range 200 {
		w.ZeroGrad()
		loss := x.MatMul(w).MSE(y)
		loss.Backward()
		tensor.NoGrad(func() { w.AddScaledInPlace(w.Grad(), -0.1) })
	}
	fmt.Println(w.Detach().MulScalar(100).Round().DivScalar(100))
	// Output:
	// [[ 1.],
	//  [-2.],
	//  [ 3.]]
	// float32 (3, 1)
}

func ExampleTensor_Slice() {
	x := tensor.Arange(0, 12, 1).Reshape(3, 4)
	fmt.Println(x.Slice("1:, ::-2"))
	// Output:
	// [[ 7,  5],
	//  [11,  9]]
	// int64 (2, 2)
}

func ExampleTry() {
	err := tensor.Try(func() { tensor.Zeros(2, 3).MatMul(tensor.Zeros(4, 5)) })
	fmt.Println(err)
	// Output: matmul: (2, 3) × (4, 5): inner sizes 3 and 4 differ; transpose one?
}

func ExampleGrad() {
	x := tensor.Scalar(2).SetRequiresGrad(true)
	y := x.PowScalar(3)
	first := tensor.Grad([]*tensor.Tensor{y}, []*tensor.Tensor{x}, tensor.BackwardOptions{CreateGraph: true})[0]
	second := tensor.Grad([]*tensor.Tensor{first}, []*tensor.Tensor{x})[0]
	fmt.Println(first.Item(), second.Item())
	// Output: 12 12
}

func ExampleTensor_CrossEntropy() {
	logits := tensor.FromSlice([][]float32{{2, 0, 0}, {0, 3, 0}}).SetRequiresGrad(true)
	labels := tensor.FromSlice([]int{0, 1})
	loss := logits.CrossEntropy(labels)
	loss.Backward()
	accuracy := logits.ArgMax(1).Equal(labels).Mean()
	fmt.Printf("%.4f %v\n", loss.Item(), accuracy.Item())
	// Output: 0.1672 1
}

func ExampleSave() {
	path := filepath.Join(os.TempDir(), "rg-example.safetensors")
	defer os.Remove(path)
	err := tensor.Save(path, map[string]*tensor.Tensor{"weight": tensor.Arange(0, 6, 1).Reshape(2, 3)})
	if err != nil {
		fmt.Println(err)
		return
	}
	loaded, err := tensor.Load(path)
	fmt.Println(loaded["weight"], err)
	// Output:
	// [[0, 1, 2],
	//  [3, 4, 5]]
	// int64 (2, 3) <nil>
}
