package cpu

import (
	"math/rand/v2"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Permuted copies agree with copying element by element: all orders of the axes, sizes round those of tiles.
func TestPermutedCopies(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	orders := [][]int{{1, 0}, {0, 2, 1}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}, {1, 0, 2}, {0, 2, 1, 3}, {0, 2, 3, 1}, {3, 2, 1, 0}, {1, 3, 0, 2}}
	sizes := []int{1, 3, 4, 7, 8, 9, 31, 32, 33, 40, 65}
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64, dtype.BFloat16, dtype.Int8} {
		for _, order := range orders {
			for range 25 {
				rank := len(order)
				shape := make([]int, rank)
				for a := range shape {
					shape[a] = sizes[rng.IntN(len(sizes))]
					if rank > 2 {
						shape[a] = min(shape[a], 33)
					}
				}
				x := makeView(t, dt, []string{"contiguous", "offset"}[rng.IntN(2)], shape)
				raw := x.Storage.(*Storage).Bytes()
				for i := range raw {
					raw[i] = byte(rng.IntN(256))
				}
				permuted := backend.Layout{Shape: make([]int, rank), Stride: make([]int, rank), Offset: x.Layout.Offset}
				for i, a := range order {
					permuted.Shape[i], permuted.Stride[i] = shape[a], x.Layout.Stride[a]
				}
				d := makeView(t, dt, []string{"contiguous", "offset", "transposed"}[rng.IntN(3)], permuted.Shape)
				ok(t, theBackend.Copy(d, backend.View{Storage: x.Storage, Layout: permuted}))
				size := dt.Size()
				for i := range permuted.Len() {
					from, to := at(permuted, i)*size, at(d.Layout, i)*size
					if got, want := d.Storage.(*Storage).Bytes()[to:to+size], raw[from:from+size]; string(got) != string(want) {
						t.Fatalf("%s %v in order %v: element %d is wrong", dt, shape, order, i)
					}
				}
			}
		}
	}
}
