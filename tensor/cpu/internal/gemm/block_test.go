package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
)

// Blocks agree with Any, alone and added to what is there, and leave what is between the rows of C.
func TestBlock(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, set := range asm.Sets() {
		for _, size := range [][3]int{{1, 1, 1}, {1, 70, 40}, {64, 512, 64}, {512, 64, 64}, {3, 33, 50}, {70, 1, 9}, {13, 47, 800}, {5, 4, 0}, {0, 3, 4}, {4, 0, 3}} {
			for _, ka := range kinds {
				for _, kb := range kinds {
					a, b := random(rng, size[0], size[2], 1, ka), random(rng, size[2], size[1], 1, kb)
					want := batch[float64, float64](a, b, size, func(v float32) float64 { return float64(v) })
					Any(*want)
					f32 := batch[float32, float32](a, b, size, func(v float32) float32 { return v })
					for add := range 2 {
						name := fmt.Sprintf("%s %v %s × %s, add %d", set.Name, size, ka, kb, add)
						blockAgrees(t, set, name, want, f32, add, 1e-7)
						blockAgrees(t, set, name, want, want, add, 1e-15)
					}
				}
			}
		}
	}
}

func blockAgrees[T float32 | float64](t *testing.T, set *asm.Set, name string, want *Batch[float64, float64], p *Batch[T, T], add int, eps float64) {
	t.Helper()
	const gap, there = 3, 2
	row := p.N + gap
	c := make([]T, p.M*row+1)
	fill(c, there)
	block := Block[T]{M: p.M, N: p.N, K: p.K, A: p.A, B: p.B, C: c, Row: row, Add: add}
	block.with(set)
	for i := range p.M {
		for j := range row {
			w := float64(there)
			if j < p.N {
				w = float64(there*add) + want.C[i*p.N+j]
			}
			if got := float64(c[i*row+j]); !(math.Abs(got-w) <= eps*(2+math.Sqrt(float64(p.K)))*2) {
				t.Fatalf("%s: element (%d, %d) is %v, want %v", name, i, j, got, w)
			}
		}
	}
}
