package tensortest

import (
	"fmt"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// matMulEpilogue compares with a product, a sum and an activation in float64: of odd sizes and of none, batched, in every layout of operands and
// bias, every activation with and without a bias and what was before it, and a bias of float32 beside halves.
func (s suite) matMulEpilogue(t *testing.T, b backend.MatMulEpilogueBackend) {
	turn := 0
	for _, dt := range floats {
		for _, shape := range [][4]int{{1, 0, 5, 3}, {1, 3, 0, 5}, {1, 1, 1, 1}, {1, 70, 33, 65}, {3, 5, 7, 9}, {2, 7, 8, 64}, {1, 136, 40, 130}} {
			for i := range layouts {
				batch, m, k, n := shape[0], shape[1], shape[2], shape[3]
				view := func(dt dtype.DType, nth int, seed uint64, shape ...int) (backend.View, []float64) {
					l := layouts[(i+nth)%len(layouts)]
					laid, size := l.make(shape)
					values := numbers(dt, size, seed)
					return backend.View{Storage: upload(t, s.b, dt, values), Layout: laid}, values
				}
				x, xs := view(dt, 0, 80, batch, m, k)
				y, ys := view(dt, 1, 81, batch, k, n)
				// 3, 4, 5, 7, 11 and 13 have no common divisors: each meets each.
				biasType := dt
				if dt.IsHalf() && turn%7 > 3 {
					biasType = dtype.Float32
				}
				bias, shift := view(biasType, 2, 82, n)
				e := backend.Epilogue{Activation: backend.EpilogueActivation(turn % 4)}
				if turn%5 > 0 {
					e.Bias = bias
				}
				if turn%3 > 0 {
					e.Before = s.destination(t, dt, []int{batch, m, n}, layouts[turn%13/9]).got // contiguous, or from an odd place on
				}
				dst := s.destination(t, dt, []int{batch, m, n}, layouts[turn%11/8])
				turn++
				if err := b.MatMulEpilogue(dst.got, x, y, e); err != nil {
					t.Fatal(err)
				}
				s.cases.Add(1)
				if dst.got.Layout.Len() == 0 {
					continue
				}
				at := func(v backend.View, values []float64, index ...int) float64 {
					place := v.Layout.Offset
					for axis, i := range index {
						place += i * v.Layout.Stride[axis]
					}
					return values[place]
				}
				where := fmt.Sprintf("%s %v %s, %s", dt, shape, layouts[i].name, e.Activation)
				got := s.download(t, dst.got)[dst.got.Layout.Offset:]
				var before []float64
				if e.Before.Storage != nil {
					before = s.download(t, e.Before)[e.Before.Layout.Offset:]
				}
				for z := range batch {
					for r := range m {
						for c := range n {
							sum, sizes := 0.0, 0.0
							if e.Bias.Storage != nil {
								sum = dt.Round(at(bias, shift, c))
							}
							for j := range k {
								p := at(x, xs, z, r, j) * at(y, ys, z, j, c)
								sum, sizes = sum+p, sizes+max(p, -p)
							}
							tol := tolerance(dt)
							tol.Abs += tol.Rel * (sizes + 1)
							nth := (z*m+r)*n + c
							if before != nil {
								if g := before[nth]; !tol.Close(g, dt.Round(sum)) {
									t.Fatalf("%s: element %d, %d, %d before: got %v, want %v", where, z, r, c, g, dt.Round(sum))
								}
								// The activation is of what was before it, whatever rounding that took, and no closer than its own.
								sum, tol = before[nth], fusedTolerance(dt)
							}
							tol.Abs *= 1.2 // no slope is steeper
							if g, want := got[nth], dt.Round(epilogue(e.Activation, sum)); !tol.Close(g, want) {
								t.Fatalf("%s: element %d, %d, %d: got %v, want %v", where, z, r, c, g, want)
							}
						}
					}
				}
			}
		}
	}
}

func epilogue(a backend.EpilogueActivation, x float64) float64 {
	switch a {
	case backend.EpilogueReLU:
		return max(x, 0)
	case backend.EpilogueGELU:
		return activation(backend.GELU, x)
	case backend.EpilogueGELUTanh:
		return activation(backend.GELUTanh, x)
	}
	return x
}
