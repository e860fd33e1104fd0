package tensortest

import (
	"fmt"
	"math"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
)

// dropout compares with x times what Distribution draws, exactly: also where numbers of the generator and of elements don't begin together, with the
// probabilities that are hardest to compare with, and for elements that 0 doesn't make 0.
func (s suite) dropout(t *testing.T, b backend.DropoutBackend) {
	for _, dt := range floats {
		for _, shape := range [][]int{{0}, {1}, {7}, {3, 0, 2}, {2, 3, 4}, {9, 67}, {2, 1, 3, 2}, {3, 1031}, {5, 1024}} {
			for i, l := range layouts {
				d := backend.Dropout{Keep: []float64{0.9, 1.0 / 3, math.Nextafter(0, 1), math.Nextafter(1, 0), 0.5}[i%5], Seed: uint64(i), Offset: math.MaxUint32 - 5}
				d.Scale = dt.Round(1 / max(d.Keep, 1e-3))
				view, size := l.make(shape)
				values := numbers(dt, size, 70)
				copy(values, []float64{math.Inf(1), math.NaN(), math.Inf(-1)})
				x := backend.View{Storage: upload(t, s.b, dt, values), Layout: view}
				dst := s.destination(t, dt, shape, layouts[0])
				if err := b.Dropout(dst.got, x, d); err != nil {
					t.Fatal(err)
				}
				if dst.got.Layout.Len() == 0 {
					continue
				}
				draw := backend.Distribution{Kind: backend.Bernoulli, A: d.Keep}
				var want []float64
				for _, row := range elements(x, values) {
					for _, v := range row {
						want = append(want, dt.Round(v*(draw.Draw(d.Seed, d.Offset, len(want), dt)*d.Scale)))
					}
				}
				got := s.download(t, dst.got)
				for j, w := range want {
					if !(Tolerance{}).Close(got[j], w) {
						t.Fatalf("%s: element %d: got %v, want %v", fmt.Sprintf("%s %v %s, keep %v", dt, shape, l.name, d.Keep), j, got[j], w)
					}
				}
				s.cases.Add(1)
			}
		}
	}
}
