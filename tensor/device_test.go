package tensor_test

import (
	"testing"

	"github.com/rustygradients/rg/tensor"
)

func TestDefaultDevice(t *testing.T) {
	if d := tensor.Zeros(2).Device(); d != tensor.CPU {
		t.Fatalf("tensors begin on %s", d)
	}
	here := tensor.Ones(2)
	restore := tensor.SetDefaultDevice("reference")
	there := tensor.Ones(2)
	inner := tensor.SetDefaultDevice(tensor.CPU)
	back := tensor.Ones(2)
	inner()
	again := tensor.Randn(3, 2)
	restore()
	for name, c := range map[string]struct {
		x    *tensor.Tensor
		want tensor.Device
	}{
		"before": {here, tensor.CPU}, "after": {there, "reference"}, "within": {back, tensor.CPU}, "restored": {again, "reference"},
		"at the end": {tensor.FromSlice([]float32{1}), tensor.CPU}, "named": {tensor.Options{Device: "reference"}.Zeros(1), "reference"},
		"an operation's": {there.Add(there), "reference"},
	} {
		if c.x.Device() != c.want {
			t.Errorf("%s: on %s, not %s", name, c.x.Device(), c.want)
		}
	}
	if err := tensor.Try(func() { tensor.SetDefaultDevice("nowhere") }); err == nil {
		t.Error("an unknown device is no error")
	}
	if d := tensor.DefaultDevice(); d != tensor.CPU {
		t.Errorf("it is %s", d)
	}
}
