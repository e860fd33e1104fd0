package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
)

// matrix makes a random rows×cols matrix that lies in memory in one of several ways. Everything
// around it is NaN, so that reading past an edge shows.
func matrix(rng *rand.Rand, rows, cols int, kind string) Matrix[float32] {
	m := Matrix[float32]{Row: cols, Col: 1}
	switch kind {
	case "padded":
		m.Row += 3
		m.Offset = 5
	case "transposed":
		m.Row, m.Col = 1, rows
	case "transposed padded":
		m.Row, m.Col, m.Offset = 1, rows+2, 7
	case "stepped":
		m.Row, m.Col = 2*cols*3+1, 3
	case "broadcast":
		m.Row = 0
	case "reversed":
		m.Row, m.Offset = -cols, max(rows-1, 0)*cols
	}
	size := m.Offset + 1
	for i := range rows {
		size = max(size, m.Offset+i*m.Row+max(cols-1, 0)*m.Col+1)
	}
	m.Data = make([]float32, size)
	for i := range m.Data {
		m.Data[i] = float32(math.NaN())
	}
	for i := range rows {
		for j := range cols {
			m.Data[m.Offset+i*m.Row+j*m.Col] = rng.Float32() - 0.5
		}
	}
	return m
}

var kinds = []string{"plain", "padded", "transposed", "transposed padded", "stepped", "broadcast", "reversed"}

// TestFloat32AgreesWithAny compares the fast path with the reference, for each instruction set.
func TestFloat32AgreesWithAny(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	sizes := [][3]int{
		{1, 1, 1},
		{1, 100, 70},
		{100, 1, 70},
		{1, 1, 1000},
		{2, 40, 65},
		{3, 5, 1},
		{17, 33, 1},
		{14, 32, 16},
		{15, 33, 17},
		{13, 31, 5},
		{64, 64, 64},
		{113, 97, 50},
		{29, 16, 385},
		{30, 200, 400},
		{130, 1100, 3},
		{7, 3100, 4},
		{0, 5, 3},
		{5, 0, 3},
		{5, 4, 0},
		{120, 48, 800},
	}
	for range 30 {
		sizes = append(sizes, [3]int{1 + rng.IntN(60), 1 + rng.IntN(80), 1 + rng.IntN(90)})
	}
	for _, set := range asm.Sets() {
		t.Run(set.Name, func(t *testing.T) {
			for i, s := range sizes {
				m, n, k := s[0], s[1], s[2]
				for j := range kinds {
					ka, kb := kinds[j], kinds[(i+2*j)%len(kinds)]
					batch := make([]Problem[float32], 1+i%3)
					for b := range batch {
						batch[b] = Problem[float32]{M: m, N: n, K: k, A: matrix(rng, m, k, ka), B: matrix(rng, k, n, kb)}
						batch[b].C = make([]float32, m*n)
						for x := range batch[b].C {
							batch[b].C[x] = float32(math.NaN())
						}
					}
					float32With(set, batch)
					for b := range batch {
						check(t, fmt.Sprintf("%v, A %s, B %s", s, ka, kb), &batch[b])
						if t.Failed() {
							return
						}
					}
				}
			}
		})
	}
}

func check(t *testing.T, name string, p *Problem[float32]) {
	t.Helper()
	want := *p
	want.C = make([]float32, len(p.C))
	Any([]Problem[float32]{want})
	for i := range want.C {
		if d := math.Abs(float64(p.C[i] - want.C[i])); !(d <= 2e-6*math.Sqrt(float64(p.K+1))) {
			t.Errorf("%s: element (%d, %d) is %v, want %v", name, i/p.N, i%p.N, p.C[i], want.C[i])
			return
		}
	}
}
