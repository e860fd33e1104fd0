package gemm

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
)

// tall returns a set whose panels of A are 14 rows high, as AVX-512's are, with tiles half as wide that are lower.
func tall() *asm.Set {
	tile := asm.TileGo[float32]
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
