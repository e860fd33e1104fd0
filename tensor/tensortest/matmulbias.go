package tensortest

import (
	"fmt"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
)

// matMulBias compares with a product and a sum in float64: of odd sizes and of none, batched, in every layout of operands and bias.
func (s suite) matMulBias(t *testing.T, b backend.MatMulBiasBackend) {
	for _, dt := range floats {
		for _, shape := range [][4]int{{1, 0, 5, 3}, {1, 3, 0, 5}, {1, 1, 1, 1}, {1, 70, 33, 65}, {3, 5, 7, 9}, {1, 136, 40, 130}} {
			for i, l := range layouts {
				batch, m, k, n := shape[0], shape[1], shape[2], shape[3]
				view := func(l layout, seed uint64, shape ...int) (backend.View, []float64) {
					laid, size := l.make(shape)
					values := numbers(dt, size, seed)
					return backend.View{Storage: upload(t, s.b, dt, values), Layout: laid}, values
				}
				x, xs := view(l, 80, batch, m, k)
				y, ys := view(layouts[(i+1)%len(layouts)], 81, batch, k, n)
				bias, shift := view(layouts[(i+2)%len(layouts)], 82, n)
				dst := s.destination(t, dt, []int{batch, m, n}, layouts[0])
				if err := b.MatMulBias(dst.got, x, y, bias); err != nil {
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
				got := s.download(t, dst.got)
				for z := range batch {
					for r := range m {
						for c := range n {
							sum, sizes := at(bias, shift, c), 0.0
							for j := range k {
								p := at(x, xs, z, r, j) * at(y, ys, z, j, c)
								sum, sizes = sum+p, sizes+max(p, -p)
							}
							tol := tolerance(dt)
							tol.Abs += tol.Rel * (sizes + 1)
							if g := got[(z*m+r)*n+c]; !tol.Close(g, dt.Round(sum)) {
								t.Fatalf("%s: element %d, %d, %d: got %v, want %v", fmt.Sprintf("%s %v %s", dt, shape, l.name), z, r, c, g, dt.Round(sum))
							}
						}
					}
				}
			}
		}
	}
}
