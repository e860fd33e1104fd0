package cpu

import (
	"fmt"
	"sync"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/dtype"
)

// product is a product to time: (m, k) × (k, n), and which operands are transposed views, as in BLAS.
type product struct {
	name    string
	m, n, k int
	layout  string // NN, NT, TN or TT
}

func square(n int) product { return product{fmt.Sprint(n), n, n, n, "NN"} }

// squares are of nice sizes and, beside them, primes.
var squares = []product{square(16), square(31), square(32), square(64), square(127), square(128), square(256), square(509), square(512), square(1021), square(1024), square(2048)}

// edges are shapes that packing suits badly, each after a nice neighbour.
var edges = []product{
	{"tall/2048x16", 2048, 16, 2048, "NN"},
	{"tall/2048x13", 2048, 13, 2048, "NN"},
	{"wide/16x2048", 16, 2048, 2048, "NN"},
	{"wide/13x2048", 13, 2048, 2048, "NN"},
	{"outer/k=8", 2048, 2048, 8, "NN"},
	{"outer/k=1", 2048, 2048, 1, "NN"},
	{"1024/NT", 1024, 1024, 1024, "NT"},
	{"1024/TN", 1024, 1024, 1024, "TN"},
	{"1024/TT", 1024, 1024, 1024, "TT"},
}

// linear is the products of a layer on m tokens: y = x·Wᵀ, dx = dy·W, dW = dyᵀ·x, W being (out, in).
func linear(name string, m, in, out int) []product {
	return []product{
		{fmt.Sprintf("%s/%dx%d/forward", name, in, out), m, out, in, "NT"},
		{fmt.Sprintf("%s/%dx%d/dx", name, in, out), m, in, out, "NN"},
		{fmt.Sprintf("%s/%dx%d/dw", name, in, out), out, in, m, "TN"},
	}
}

// gpt2 is what a training step of GPT-2 124M multiplies at B=4, T=64.
var gpt2 = concat(
	linear("gpt2", 256, 768, 2304), linear("gpt2", 256, 768, 768), linear("gpt2", 256, 768, 3072),
	linear("gpt2", 256, 3072, 768), linear("gpt2", 256, 768, 50257))

// charGPT is the notebook's model: 16 sequences of 64, 128 wide.
var charGPT = concat(
	linear("char", 1024, 128, 384), linear("char", 1024, 128, 128), linear("char", 1024, 128, 512),
	linear("char", 1024, 512, 128), linear("char", 1024, 128, 65))

func concat(lists ...[]product) []product {
	var all []product
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// run times the product on so many threads, in GFLOP/s.
func (p product) run(b *testing.B, dt dtype.DType, threads int) {
	b.Run(fmt.Sprintf("%s/%s/threads=%d", dt, p.name, threads), func(b *testing.B) {
		defer SetThreads(SetThreads(threads))
		kind := map[byte]string{'N': "contiguous", 'T': "transposed"}
		x, y := randomView(b, dt, kind[p.layout[0]], p.m, p.k), randomView(b, dt, kind[p.layout[1]], p.k, p.n)
		d := makeView(b, dt, "contiguous", []int{p.m, p.n})
		b.ReportAllocs()
		for b.Loop() {
			if err := theBackend.MatMul(d, x, y); err != nil {
				b.Fatal(err)
			}
		}
		gflops(b, p.m*p.n*p.k)
		b.ReportMetric(0, "ns/op")
	})
}

func randomView(b *testing.B, dt dtype.DType, kind string, shape ...int) backend.View {
	v := makeView(b, dt, kind, shape)
	if err := theBackend.Copy(v, filled(b, "contiguous", shape...)); err != nil {
		b.Fatal(err)
	}
	return v
}

func gflops(b *testing.B, multiplications int) {
	b.ReportMetric(2*float64(multiplications)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

// BenchmarkPeak measures the processor: multiply-adds in registers, and reading memory.
func BenchmarkPeak(b *testing.B) {
	probe := asm.Best.Probe
	if probe.FMA == nil {
		b.Skip("no assembly")
	}
	const turns = 1 << 20
	memory := make([]byte, 256<<20)
	for i := range memory {
		memory[i] = 1
	}
	for threads := 1; threads <= 2; threads++ {
		b.Run(fmt.Sprintf("fma/threads=%d", threads), func(b *testing.B) {
			for b.Loop() {
				inParallel(threads, func(int) { probe.FMA(turns) })
			}
			b.ReportMetric(float64(threads*turns*probe.FMAFlops)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			b.ReportMetric(0, "ns/op")
		})
		b.Run(fmt.Sprintf("read/threads=%d", threads), func(b *testing.B) {
			n := len(memory) / threads
			for b.Loop() {
				inParallel(threads, func(i int) { probe.Read(n, &memory[i*n]) })
			}
			b.ReportMetric(float64(len(memory))*float64(b.N)/b.Elapsed().Seconds()/1e9, "GB/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func inParallel(n int, f func(i int)) {
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() { f(i) })
	}
	wait.Wait()
}

// BenchmarkMatMul times products.
func BenchmarkMatMul(b *testing.B) {
	for threads := 1; threads <= 2; threads++ {
		for _, p := range concat(squares, edges) {
			p.run(b, dtype.Float32, threads)
		}
		for _, p := range []product{square(64), square(1024), square(1021)} {
			for _, dt := range []dtype.DType{dtype.Float64, dtype.BFloat16, dtype.Float16} {
				p.run(b, dt, threads)
			}
		}
	}
	for _, p := range concat(gpt2, charGPT) {
		p.run(b, dtype.Float32, 2)
	}
	b.Logf("instruction set: %s", asm.Best.Name)
}

// BenchmarkMatMulVector times products with a vector, which are as fast as the matrix can be read.
func BenchmarkMatMulVector(b *testing.B) {
	for threads := 1; threads <= 2; threads++ {
		for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64, dtype.BFloat16, dtype.Float16} {
			for _, p := range []product{
				{"row/NN", 1, 8192, 8192, "NN"},
				{"row/NT", 1, 8192, 8192, "NT"},
				{"column/NN", 8192, 1, 8192, "NN"},
				{"column/TN", 8192, 1, 8192, "TN"},
				{"row/cached/NT", 1, 256, 256, "NT"},
				{"row/prime/NT", 1, 8191, 8179, "NT"},
			} {
				b.Run(fmt.Sprintf("%s/%s/threads=%d", dt, p.name, threads), func(b *testing.B) {
					defer SetThreads(SetThreads(threads))
					kind := map[byte]string{'N': "contiguous", 'T': "transposed"}
					x, y := randomView(b, dt, kind[p.layout[0]], p.m, p.k), randomView(b, dt, kind[p.layout[1]], p.k, p.n)
					d := makeView(b, dt, "contiguous", []int{p.m, p.n})
					b.ReportAllocs()
					for b.Loop() {
						if err := theBackend.MatMul(d, x, y); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(p.k*max(p.m, p.n)*dt.Size())*float64(b.N)/b.Elapsed().Seconds()/1e9, "GB/s")
					b.ReportMetric(0, "ns/op")
				})
			}
		}
	}
}

// BenchmarkNaive times the i-k-j loop that everything is compared with.
func BenchmarkNaive(b *testing.B) {
	for _, n := range []int{64, 256, 1024} {
		b.Run(fmt.Sprintf("f32/%d/threads=1", n), func(b *testing.B) {
			x, y, c := make([]float32, n*n), make([]float32, n*n), make([]float32, n*n)
			for b.Loop() {
				naive(n, x, y, c)
			}
			gflops(b, n*n*n)
			b.ReportMetric(0, "ns/op")
		})
	}
}

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
