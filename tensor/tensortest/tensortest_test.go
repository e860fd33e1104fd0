package tensortest_test

import (
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/cpu"
	"github.com/rustygradients/rg/tensor/tensortest"
)

func TestCPUConforms(t *testing.T) { tensortest.Conformance(t, cpu.Default()) }

func TestGradCheckFindsFaults(t *testing.T) {
	x := tensor.Options{DType: tensor.Float64}.Uniform(1, 2, 3)
	wrong := func(x ...*tensor.Tensor) *tensor.Tensor { return x[0].Mul(x[0].Detach()) } // half of x²'s gradient
	if err := tensortest.GradCheck(wrong, x); err == nil || !strings.Contains(err.Error(), "central difference") {
		t.Errorf("a wrong gradient was passed: %v", err)
	}
	missing := func(x ...*tensor.Tensor) *tensor.Tensor { return x[0] }
	if err := tensortest.GradCheck(missing, x, x); err == nil || !strings.Contains(err.Error(), "input 1 has no gradient") {
		t.Errorf("a missing gradient was passed: %v", err)
	}
	if err := tensortest.GradCheck(missing, x.To(tensor.Float32)); err == nil {
		t.Error("float32 was accepted")
	}
}

func TestDiff(t *testing.T) {
	a := tensor.Of(1, 2, 3)
	tol := tensortest.Tolerance{Abs: 0.1}
	for _, c := range []struct {
		b    *tensor.Tensor
		same bool
	}{
		{tensor.Of(1, 2.05, 3), true},
		{tensor.Of(1, 2.2, 3), false},
		{tensor.Of(1, 2), false},
		{nil, false},
	} {
		if got := tensortest.AllClose(a, c.b, tol); got != c.same {
			t.Errorf("AllClose(%v, %v) = %v", a, c.b, got)
		}
	}
}
