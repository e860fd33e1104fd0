package tensortest

import (
	"math"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
)

// swiGLU compares with x·gate·σ(gate) and its derivatives.
func (s suite) swiGLU(t *testing.T, b backend.SwiGLUBackend) {
	t.Run("Forward", func(t *testing.T) {
		s.rowwiseGrad(t, b.SwiGLU, func(x, gate []float64) []float64 {
			return collect(len(x), func(i int) float64 { return x[i] * activation(backend.SiLU, gate[i]) })
		})
	})
	// beside is a place for the gradient that isn't looked at.
	beside := func(dst backend.View) backend.View {
		return backend.View{Storage: upload(t, s.b, dst.Storage.DType(), make([]float64, dst.Layout.Len())), Layout: backend.Contiguous(dst.Layout.Shape...)}
	}
	t.Run("Grad", func(t *testing.T) {
		s.rows(t, 3, func(dst backend.View, x []backend.View) error {
			return b.SwiGLUGrad(dst, beside(dst), x[0], x[1], x[2])
		},
			func(x [][]float64) []float64 {
				return collect(len(x[0]), func(i int) float64 { return x[2][i] * activation(backend.SiLU, x[1][i]) })
			})
	})
	t.Run("GateGrad", func(t *testing.T) {
		s.rows(t, 3, func(dst backend.View, x []backend.View) error {
			return b.SwiGLUGrad(beside(dst), dst, x[0], x[1], x[2])
		},
			func(x [][]float64) []float64 {
				return collect(len(x[0]), func(i int) float64 {
					sigma := 1 / (1 + math.Exp(-x[1][i]))
					return x[2][i] * x[0][i] * sigma * (1 + x[1][i]*(1-sigma))
				})
			})
	})
}
