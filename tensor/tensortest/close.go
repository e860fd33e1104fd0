package tensortest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/rustygradients/rg/tensor"
)

// Tolerance bounds a difference: |got − want| ≤ Abs + Rel·|want|.
type Tolerance struct{ Rel, Abs float64 }

// Default tolerances for a data type: torch.testing.assert_close's.
func Default(dt tensor.DType) Tolerance {
	switch dt {
	case tensor.Float64:
		return Tolerance{1e-7, 1e-7}
	case tensor.Float32:
		return Tolerance{1.3e-6, 1e-5}
	case tensor.BFloat16:
		return Tolerance{1.6e-2, 1e-5}
	case tensor.Float16:
		return Tolerance{1e-3, 1e-5}
	}
	return Tolerance{}
}

// Close reports whether two numbers are within the tolerance. NaN is close to NaN, and an infinity to
// itself.
func (tol Tolerance) Close(got, want float64) bool {
	switch {
	case got == want:
		return true
	case math.IsNaN(got) || math.IsNaN(want):
		return math.IsNaN(got) && math.IsNaN(want)
	case math.IsInf(got, 0) || math.IsInf(want, 0):
		return false
	}
	return math.Abs(got-want) <= tol.Abs+tol.Rel*math.Abs(want)
}

// AllClose reports whether two tensors agree in shape and, within the tolerance, in every element.
func AllClose(got, want *tensor.Tensor, tol Tolerance) bool { return Diff(got, want, tol) == "" }

// Diff says how two tensors differ by more than the tolerance, or nothing.
func Diff(got, want *tensor.Tensor, tol Tolerance) string {
	switch {
	case got == nil || want == nil:
		if got == want {
			return ""
		}
		return fmt.Sprintf("got %v, want %v", got, want)
	case !slices.Equal(got.Shape(), want.Shape()):
		return fmt.Sprintf("got shape %v, want %v", got.Shape(), want.Shape())
	}
	g, w := got.Float64s(), want.Float64s()
	bad, worst := 0, -1
	for i := range g {
		if !tol.Close(g[i], w[i]) {
			if bad++; worst < 0 || math.Abs(g[i]-w[i]) > math.Abs(g[worst]-w[worst]) {
				worst = i
			}
		}
	}
	if bad == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d elements differ; the worst is number %d (row-major, shape %v): got %v, want %v",
		bad, len(g), worst, got.Shape(), g[worst], w[worst])
}

// AssertClose fails the test when two tensors differ by more than the data type's default tolerance.
func AssertClose(t testing.TB, got, want *tensor.Tensor) {
	t.Helper()
	if d := Diff(got, want, Default(want.DType())); d != "" {
		t.Error(d)
	}
}
