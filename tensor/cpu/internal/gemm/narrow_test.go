package gemm

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
)

// tall returns a set whose panels of A are 14 rows high, as AVX-512's are, with tiles half as wide that are lower.
func tall() *asm.Set {
	tile := func(rows int) asm.SizedTile {
		return asm.SizedTile{Rows: rows, F: func(n, k int, a *byte, aRow, aCol, aStep int, b *byte, bRow int, c *byte, cRow, width, add int, _, _ uintptr) {
			for t := range n {
				for i := range rows {
					for j := range width / 4 {
						to := at[float32](c, (t*rows+i)*cRow+4*j)
						if add == 0 {
							*to = 0
						}
						for p := range k {
							*to += *at[float32](a, t*aStep+i*aRow+p*aCol) * *at[float32](b, p*bRow+4*j)
						}
					}
				}
			}
		}}
	}
	sets := asm.Sets()
	set := *sets[len(sets)-1]
	set.F32.Cols = 8
	set.F32.Sizes = []asm.SizedTile{tile(14), tile(8), tile(4), tile(2), tile(1)}
	set.F32.Narrow = []asm.SizedTile{tile(6), tile(4), tile(2), tile(1)}
	return &set
}

// The last columns are computed by tiles that are lower than the panels are high.
func TestNarrow(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	set := tall()
	for _, m := range []int{1, 13, 14, 15, 29, 30, 41, 130} {
		for _, n := range []int{1, 4, 5, 57, 60, 61, 99} {
			for _, k := range []int{3, 300, 1100} {
				size := [3]int{m, n, k}
				a, b := random(rng, m, k, 1, "plain"), random(rng, k, n, 1, "plain")
				want := batch[float64, float64](a, b, size, func(v float32) float64 { return float64(v) })
				Any(*want)
				blockAgrees(t, set, fmt.Sprint(size), want, batch[float32, float32](a, b, size, func(v float32) float32 { return v }), 0, 1e-7)
			}
		}
	}
}
