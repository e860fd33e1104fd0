package cpu

import (
	"fmt"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/dtype"
)

// BenchmarkMatMul times square products, transposed ones, and the naive i-k-j loop, in GFLOP/s.
func BenchmarkMatMul(b *testing.B) {
	defer SetThreads(SetThreads(0))
	square := func(n int) [3]int { return [3]int{n, n, n} }
	for _, test := range []struct {
		name    string
		size    [3]int // m, k, n
		x, y    string
		threads int
	}{
		{"f32/64/threads=1", square(64), "contiguous", "contiguous", 1},
		{"f32/256/threads=1", square(256), "contiguous", "contiguous", 1},
		{"f32/1024/threads=1", square(1024), "contiguous", "contiguous", 1},
		{"f32/1024/threads=2", square(1024), "contiguous", "contiguous", 2},
		{"f32/1024/x=transposed/threads=1", square(1024), "transposed", "contiguous", 1},
		{"f32/1024/y=transposed/threads=1", square(1024), "contiguous", "transposed", 1},
		{"f32/linear=64x768x3072/threads=2", [3]int{64, 768, 3072}, "contiguous", "transposed", 2},
		{"f32/gemv=768x3072/threads=2", [3]int{1, 768, 3072}, "contiguous", "transposed", 2},
	} {
		b.Run(test.name, func(b *testing.B) {
			SetThreads(test.threads)
			m, k, n := test.size[0], test.size[1], test.size[2]
			x, y := filled(b, test.x, m, k), filled(b, test.y, k, n)
			d := makeView(b, dtype.Float32, "contiguous", []int{m, n})
			for b.Loop() {
				if err := theBackend.MatMul(d, x, y); err != nil {
					b.Fatal(err)
				}
			}
			gflops(b, m*n*k)
			b.ReportMetric(0, "ns/op")
		})
	}
	for _, n := range []int{64, 256, 1024} {
		b.Run(fmt.Sprintf("naive/%d/threads=1", n), func(b *testing.B) {
			x, y, c := make([]float32, n*n), make([]float32, n*n), make([]float32, n*n)
			for b.Loop() {
				naive(n, x, y, c)
			}
			gflops(b, n*n*n)
			b.ReportMetric(0, "ns/op")
		})
	}
	b.Logf("instruction set: %s", asm.Best.Name)
}

func filled(b *testing.B, kind string, shape ...int) backend.View {
	v := makeView(b, dtype.Float32, kind, shape)
	if err := theBackend.Random(v, backend.Distribution{Kind: backend.Uniform, A: -1, B: 1}, 1, 0); err != nil {
		b.Fatal(err)
	}
	return v
}

func gflops(b *testing.B, multiplications int) {
	b.ReportMetric(2*float64(multiplications)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

// naive is the loop that everything is compared with.
func naive(n int, x, y, c []float32) {
	clear(c)
	for i := range n {
		row := c[i*n : (i+1)*n]
		for k := range n {
			a := x[i*n+k]
			for j, v := range y[k*n : (k+1)*n] {
				row[j] += a * v
			}
		}
	}
}
