package tensortest

import (
	"fmt"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
)

// rope compares with (a·cos − b·sin, b·cos + a·sin), pair by pair: of all of a row, of a part and of nothing, neighbours and halves, there and
// back, with angles that are broadcast, into storage beside and in place.
func (s suite) rope(t *testing.T, b backend.RoPEBackend) {
	for _, dt := range floats {
		for _, shape := range [][]int{{1, 2}, {3, 0}, {0, 3, 4}, {2, 3, 6}, {2, 3, 5, 16}, {3, 2, 150}, {2, 1030}} {
			for i, l := range layouts {
				for mode := range 4 {
					o := backend.RoPE{Interleaved: mode%2 == 1, Inverse: mode/2 == 1}
					last := len(shape) - 1
					half := []int{shape[last] / 2, shape[last] / 4, 0}[i%3]
					what := fmt.Sprintf("%s %v %s, %d pairs, %+v", dt, shape, l.name, half, o)
					view, size := l.make(shape)
					values := numbers(dt, size, 60)
					x := backend.View{Storage: upload(t, s.b, dt, values), Layout: view}
					angles := append(append([]int{}, shape[:last]...), half)
					layout, size := layouts[(i+mode+6)%len(layouts)].make(angles)
					c, sn := numbers(dt, size, 61), numbers(dt, size, 62)
					cos := backend.View{Storage: upload(t, s.b, dt, c), Layout: layout}
					sin := backend.View{Storage: upload(t, s.b, dt, sn), Layout: layout}
					var want [][]float64
					cosines, sines := elements(cos, c), elements(sin, sn)
					for r, row := range elements(x, values) {
						y := append([]float64{}, row...)
						for i := range half {
							p, q := i, i+half
							if o.Interleaved {
								p, q = 2*i, 2*i+1
							}
							c, s := cosines[r][i], sines[r][i]
							if o.Inverse {
								s = -s
							}
							y[p], y[q] = row[p]*c-row[q]*s, row[q]*c+row[p]*s
						}
						want = append(want, y)
					}
					dst := s.destination(t, dt, shape, layouts[0]).got
					if err := b.RoPE(dst, x, cos, sin, o); err != nil {
						t.Fatalf("%s: %v", what, err)
					}
					s.wantRows(t, what, dst, want)
					if i == 0 { // in place
						if err := b.RoPE(x, x, cos, sin, o); err != nil {
							t.Fatalf("%s: %v", what, err)
						}
						s.wantRows(t, what+", in place", x, want)
					}
				}
			}
		}
	}
}
