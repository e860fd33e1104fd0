package main

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/rustygradients/rg/tensor"
)

// product is an x (m, k) times y (k, n); tx and ty say that an operand is the transposed view of what is stored.
type product struct {
	m, k, n int
	tx, ty  bool
	dtype   string
}

func square(n int) product { return product{m: n, k: n, n: n, dtype: "f32"} }

func (p product) flop() float64 { return 2 * float64(p.m) * float64(p.k) * float64(p.n) }

func (p product) request(kind string) request {
	return request{"kind": kind, "dtype": p.dtype, "x": []int{p.m, p.k}, "y": []int{p.k, p.n}, "tx": p.tx, "ty": p.ty}
}

var dtypes = map[string]tensor.DType{"f32": tensor.Float32, "f64": tensor.Float64, "bf16": tensor.BFloat16}

func (p product) operands() (x, y *tensor.Tensor) {
	x, y = operand(p.dtype, p.m, p.k, p.tx), operand(p.dtype, p.k, p.n, p.ty)
	return x, y
}

func operand(dtype string, rows, cols int, transposed bool) *tensor.Tensor {
	if transposed {
		return operand(dtype, cols, rows, false).T()
	}
	return tensor.Randn(rows, cols).To(dtypes[dtype])
}

// ours is the product by rg.
func (p product) ours(threads int) side {
	x, y := p.operands()
	return ours("rg", threads, func() { x.MatMul(y) })
}

func (b *bench) products() {
	for _, n := range []int{1024, 2048} {
		b.each(func(threads int, suffix string) {
			p := square(n)
			least := 0.88
			if threads > 1 {
				least = 0.85
			}
			b.compare(rate("matmul", fmt.Sprintf("f32 %d³%s", n, suffix), "GFLOP/s", p.flop()), p.ours(threads),
				beside(peak(threads, p.flop()), least),
				beside(b.python.side("OpenBLAS", threads, p.request("openblas")), 1),
				towards(b.python.side("torch", threads, p.request("matmul")), 1))
		})
	}
	p := square(512)
	b.compare(rate("matmul", "f32 512³ ×1", "GFLOP/s", p.flop()), p.ours(1),
		beside(naiveProduct(p), 20), towards(gonumProduct(p), 1))

	// Narrower and wider numbers, beside our own float32.
	for _, dtype := range []string{"f64", "bf16"} {
		b.each(func(threads int, suffix string) {
			p := square(1024)
			p.dtype = dtype
			with := []against{towards(b.python.side("torch", threads, p.request("matmul")), 1)}
			if dtype == "bf16" {
				with = append(with, beside(square(1024).ours(threads), 1.6))
			}
			b.compare(rate("matmul", dtype+" 1024³"+suffix, "GFLOP/s", p.flop()), p.ours(threads), with...)
		})
	}

	// A row times a matrix reads it once: memory is what bounds it.
	b.each(func(threads int, suffix string) {
		for _, transposed := range []bool{false, true} {
			p := product{m: 1, k: 8192, n: 8192, ty: transposed, dtype: "f32"}
			name := "f32 gemv 8192²"
			if transposed {
				name += " transposed"
			}
			b.compare(rate("matmul", name+suffix, "GB/s", 4*8192*8192), p.ours(threads),
				beside(read(threads, 4*8192*8192), 0.85),
				towards(b.python.side("torch", threads, p.request("matmul")), 1))
		}
	})

	// The products of a GPT-2 124M step, B=4, T=64: forward, and both of the backward pass.
	for _, s := range []struct {
		name string
		k, n int
	}{{"qkv", 768, 2304}, {"up", 768, 3072}, {"down", 3072, 768}, {"head", 768, 50257}} {
		for _, p := range []struct {
			name string
			product
		}{
			{"", product{m: 256, k: s.k, n: s.n, ty: true}},
			{" dx", product{m: 256, k: s.n, n: s.k}},
			{" dw", product{m: s.n, k: 256, n: s.k, tx: true}},
		} {
			p.dtype = "f32"
			b.compare(rate("matmul", fmt.Sprintf("GPT-2 %s%s ×%d", s.name, p.name, b.threads), "GFLOP/s", p.flop()), p.ours(b.threads),
				towards(b.python.side("torch", b.threads, p.request("matmul")), 1))
		}
	}
}

// oddProducts compares sizes that fit no tile with the nearest that does: the rate should be like.
func (b *bench) oddProducts() {
	for _, s := range []struct {
		name      string
		odd, nice product
	}{
		{"prime 1009³", square(1009), square(1008)},
		{"prime 509³", square(509), square(512)},
		{"prime 251³", square(251), square(256)},
		{"prime 127³", square(127), square(128)},
		{"prime 61³", square(61), square(64)},
		{"transposed", product{m: 1024, k: 1024, n: 1024, tx: true, ty: true}, square(1024)},
		{"tall 4099×67×67", product{m: 4099, k: 67, n: 67}, product{m: 4096, k: 64, n: 64}},
		{"K=1", product{m: 1021, k: 1, n: 1021}, product{m: 1024, k: 1, n: 1024}},
		{"1×N", product{m: 1, k: 1021, n: 1021}, product{m: 1, k: 1024, n: 1024}},
		{"N×1", product{m: 1021, k: 1021, n: 1}, product{m: 1024, k: 1024, n: 1}},
	} {
		s.odd.dtype, s.nice.dtype = "f32", "f32"
		// The nice side's time, scaled to the work of the odd one.
		q := rate("odd sizes", s.name+" ×1", "GFLOP/s", s.odd.flop())
		nice := s.nice.ours(1)
		scale := s.odd.flop() / s.nice.flop()
		scaled := side{name: fmt.Sprintf("%d×%d×%d", s.nice.m, s.nice.k, s.nice.n), sample: scaledSample(nice, scale)}
		b.compare(q, s.odd.ours(1), beside(scaled, 0.75), towards(b.python.side("torch", 1, s.odd.request("matmul")), 1))
	}
	// A view that begins off the alignment of the storage.
	x, y := tensor.Randn(1025, 1025).Slice("1:, 1:"), tensor.Randn(1025, 1025).Slice("1:, 1:")
	b.compare(rate("odd sizes", "offset views 1024³ ×1", "GFLOP/s", square(1024).flop()),
		ours("rg", 1, func() { x.MatMul(y) }), beside(square(1024).ours(1), 0.75))
}

// naiveProduct is what one writes first: rows of B added up, in the order that suits the memory.
func naiveProduct(p product) side {
	a, b, c := make([]float32, p.m*p.k), make([]float32, p.k*p.n), make([]float32, p.m*p.n)
	for i := range a {
		a[i] = float32(i%7) - 3
	}
	for i := range b {
		b[i] = float32(i%5) - 2
	}
	return ours("naive Go", 1, func() {
		clear(c)
		for i := range p.m {
			for k := range p.k {
				v := a[i*p.k+k]
				for j := range p.n {
					c[i*p.n+j] += v * b[k*p.n+j]
				}
			}
		}
	})
}

// gonumProduct is gonum's, in float64, the only type that its matrices have.
func gonumProduct(p product) side {
	x, y, z := mat.NewDense(p.m, p.k, nil), mat.NewDense(p.k, p.n, nil), mat.NewDense(p.m, p.n, nil)
	for i := range p.m {
		for j := range p.k {
			x.Set(i, j, float64((i+j)%7)-3)
		}
	}
	for i := range p.k {
		for j := range p.n {
			y.Set(i, j, float64((i+j)%5)-2)
		}
	}
	return ours("gonum (f64)", 1, func() { z.Mul(x, y) })
}
