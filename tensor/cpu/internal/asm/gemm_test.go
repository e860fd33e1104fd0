package asm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestTiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, set := range Sets() {
		try := func(tile SizedTile, cols int) {
			for _, k := range []int{0, 1, 2, 3, 4, 5, 8, 31, 64} {
				for _, transposed := range []bool{false, true} {
					for add := range 2 {
						t.Run(fmt.Sprintf("%s/%dx%d/k=%d/transposed=%v/add=%d", set.Name, tile.Rows, cols, k, transposed, add), func(t *testing.T) {
							aRow, aCol := k+3, 1
							if transposed {
								aRow, aCol = 1, tile.Rows+2
							}
							bRow, cRow := cols+5, cols+7
							a, b, c := random(rng, (k+3)*(tile.Rows+2)), random(rng, (k+1)*bRow), random(rng, tile.Rows*cRow)
							want := slices.Clone(c)
							tileGo(tile.Rows, cols, k, &a[0], 4*aRow, 4*aCol, &b[0], 4*bRow, &want[0], 4*cRow, add)
							tile.F(k, &a[0], 4*aRow, 4*aCol, &b[0], 4*bRow, &c[0], 4*cRow, add)
							for i := range c {
								if !close32(c[i], want[i], k) {
									t.Fatalf("row %d column %d is %v, want %v", i/cRow, i%cRow, c[i], want[i])
								}
							}
						})
					}
				}
			}
		}
		for _, tile := range set.Tiles {
			try(tile, set.Cols)
		}
		for _, tile := range set.NarrowTiles {
			try(tile, set.Cols/2)
		}
	}
}

func TestTransposeDotAxpy(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, set := range Sets() {
		t.Run(set.Name, func(t *testing.T) {
			for _, blocks := range []int{1, 2, 5} {
				const dstRow = 11
				srcRow := 8*blocks + 3
				src := random(rng, 8*srcRow)
				got, want := make([]float32, 8*blocks*dstRow), make([]float32, 8*blocks*dstRow)
				transpose8Go(blocks, &want[0], 4*dstRow, &src[0], 4*srcRow)
				set.Transpose8(blocks, &got[0], 4*dstRow, &src[0], 4*srcRow)
				if !slices.Equal(got, want) {
					t.Errorf("the transpose of %d blocks is wrong", blocks)
				}
			}
			for _, n := range []int{32, 64, 320} {
				x, y := random(rng, n), random(rng, n)
				if got, want := set.Dot(n, &x[0], &y[0]), sdotGo(n, &x[0], &y[0]); !close32(got, want, n) {
					t.Errorf("dot of %d: %v, want %v", n, got, want)
				}
				want := slices.Clone(y)
				saxpyGo(n, 0.7, &x[0], &want[0])
				set.Axpy(n, 0.7, &x[0], &y[0])
				for i := range y {
					if !close32(y[i], want[i], 1) {
						t.Fatalf("axpy of %d: element %d is %v, want %v", n, i, y[i], want[i])
					}
				}
			}
			if set.Dot(0, &make([]float32, 1)[0], &make([]float32, 1)[0]) != 0 {
				t.Error("the dot product of nothing is not 0")
			}
		})
	}
}
