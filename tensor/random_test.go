package tensor_test

import (
	"fmt"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/cpu"
)

// TestRandomAtAnyThreadCount: a seed gives the same numbers at any thread count, on every device, and
// whether they are drawn into a contiguous tensor or not.
func TestRandomAtAnyThreadCount(t *testing.T) {
	draw := func(device tensor.Device) map[string]*tensor.Tensor {
		out := map[string]*tensor.Tensor{}
		tensor.WithSeed(42, func() {
			for _, dt := range dtypes {
				o := tensor.Options{DType: dt, Device: device}
				if dt.IsFloat() {
					out["rand "+dt.String()] = o.Rand(100, 1003)
					out["randn "+dt.String()] = o.Randn(7, 12345)
					out["dropout "+dt.String()] = o.Ones(100_001).Dropout(0.3)
				}
				if dt != tensor.Bool {
					out["randint "+dt.String()] = o.RandInt(0, 100, 50_001)
				}
				out["bernoulli "+dt.String()] = o.Bernoulli(0.3, 50_001)
			}
			o := tensor.Options{Device: device}
			out["perm"] = o.Perm(5000)
			out["multinomial"] = o.Rand(20, 50).Multinomial(300)
		})
		return out
	}
	defer cpu.SetThreads(cpu.SetThreads(1))
	want := draw(tensor.CPU)
	check := func(name string, got map[string]*tensor.Tensor) {
		for op, w := range want {
			if !got[op].ToDevice(tensor.CPU).Equals(w) {
				t.Errorf("%s differs with %s", op, name)
			}
		}
	}
	for _, n := range []int{2, 3, 16} {
		cpu.SetThreads(n)
		check(fmt.Sprintf("%d threads", n), draw(tensor.CPU))
	}
	for op, got := range draw(other) {
		// Whole tensors go through the same definition; the reference rounds once more where it converts.
		if op == "perm" || got.DType() == tensor.Int64 {
			if !got.ToDevice(tensor.CPU).Equals(want[op]) {
				t.Errorf("%s differs on the reference device", op)
			}
		}
	}
	if want["rand float16"].Max().Item() >= 1 || want["rand bfloat16"].Max().Item() >= 1 {
		t.Error("a half drawn from [0, 1) is 1")
	}
}
