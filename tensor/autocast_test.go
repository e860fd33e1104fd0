package tensor_test

import (
	"sync"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

func TestAutocast(t *testing.T) {
	x, w := tensor.Rand(4, 8), tensor.Rand(5, 8).SetRequiresGrad(true)
	for _, dt := range []tensor.DType{tensor.Float16, tensor.BFloat16} {
		w.ZeroGrad()
		tensor.Autocast(dt, func() {
			if got, on := tensor.AutocastDType(); got != dt || !on {
				t.Errorf("AutocastDType gives %s, %v", got, on)
			}
			y := x.Linear(w, nil)
			h := tensor.Options{DType: dt}.Rand(4, 5)
			image, kernel := tensor.Rand(1, 1, 4, 4), tensor.Rand(1, 1, 3, 3)
			for name, c := range map[string]struct {
				got  *tensor.Tensor
				want tensor.DType
			}{
				"linear":      {y, dt},
				"linear+bias": {x.Linear(w, tensor.Rand(5)), dt},
				"matmul":      {x.MatMul(x.T()), dt},
				"conv2d":      {image.Conv2D(kernel, nil, tensor.ConvOptions{}), dt},
				"relu":        {y.ReLU(), dt},
				"half + half": {y.Add(h), dt},
				"half + f32":  {y.Add(tensor.Rand(4, 5)), tensor.Float32},
				"softmax":     {y.Softmax(-1), tensor.Float32},
				"log_softmax": {y.LogSoftmax(-1), tensor.Float32},
				"layernorm":   {y.LayerNorm(nil, nil, 1e-5), tensor.Float32},
				"rmsnorm":     {y.RMSNorm(nil, 1e-5), tensor.Float32},
				"exp":         {y.Exp(), tensor.Float32},
				"log":         {y.Log(), tensor.Float32},
				"pow":         {y.PowScalar(3), tensor.Float32},
				"sum":         {y.Sum(), tensor.Float32},
				"mean":        {y.Mean(), tensor.Float32},
				"mse":         {y.MSE(h), tensor.Float32},
				"float64":     {x.To(tensor.Float64).MatMul(x.To(tensor.Float64).T()), tensor.Float64},
			} {
				if c.got.DType() != c.want {
					t.Errorf("%s in %s is %s, want %s", name, dt, c.got.DType(), c.want)
				}
			}
			tensor.Autocast(0, func() {
				if got := x.MatMul(x.T()).DType(); got != tensor.Float32 {
					t.Errorf("with autocast off inside, the product is %s", got)
				}
			})
			y.CrossEntropy(tensor.FromSlice([]int{0, 1, 2, 3})).Backward()
		})
		if w.Grad().DType() != tensor.Float32 {
			t.Errorf("the gradient is %s", w.Grad().DType())
		}
		half := w.Grad()
		w.ZeroGrad()
		x.Linear(w, nil).CrossEntropy(tensor.FromSlice([]int{0, 1, 2, 3})).Backward()
		if d := tensortest.Diff(half, w.Grad(), tensortest.Tolerance{Rel: 0.05, Abs: 0.01}); d != "" {
			t.Errorf("%s: %s", dt, d)
		}
	}
	if _, on := tensor.AutocastDType(); on {
		t.Error("autocast outlived its function")
	}
	fails(t, func() { tensor.Autocast(tensor.Float32, func() {}) }, "autocast", "bfloat16")
}

// Modes belong to the goroutine that set them.
func TestModesArePerGoroutine(t *testing.T) {
	x := tensor.Rand(2, 2)
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			for range 50 {
				run := func(f func()) { f() }
				want := tensor.Float32
				switch i % 3 {
				case 0:
					run, want = func(f func()) { tensor.Autocast(tensor.BFloat16, f) }, tensor.BFloat16
				case 1:
					run = func(f func()) { tensor.WithSeed(7, f) }
				}
				run(func() {
					if got := x.MatMul(x).DType(); got != want {
						t.Errorf("goroutine %d computes in %s, want %s", i, got, want)
					}
					if v := tensor.Rand(1).Item(); i%3 == 1 && v != firstOf7() {
						t.Errorf("WithSeed drew %v", v)
					}
					inner := make(chan tensor.DType)
					go func() { inner <- x.MatMul(x).DType() }()
					if got := <-inner; got != tensor.Float32 {
						t.Errorf("a goroutine inherited %s", got)
					}
				})
			}
		})
	}
	wg.Wait()
}

func firstOf7() float64 {
	return tensor.Options{Generator: tensor.NewGenerator(7)}.Rand(1).Item()
}
