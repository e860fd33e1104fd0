//go:build cuda

package gpu_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/rustygradients/rg/gpu"
	"github.com/rustygradients/rg/gpu/emu"
	"github.com/rustygradients/rg/internal/gpt2"
	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/optim"
)

// These are run by gpu/check/gpu-check on a machine with a GPU, beside peer.py, whose names are the same. On the emulated driver (TestBenchmarks) their
// figures mean nothing.

// timed runs f as often as b asks, and gives the seconds of a time: what is still queued when b.Loop has stopped its clock is waited for, and counts.
func timed(b *testing.B, f func()) float64 {
	b.Helper()
	f()
	if err := gpu.Synchronize(); err != nil {
		b.Fatal(err)
	}
	n, start := 0, time.Now()
	for b.Loop() {
		f()
		if n++; n&(n-1) == 0 || n%64 == 0 { // b.Loop sees what it takes, and the queue isn't endless
			_ = gpu.Synchronize()
		}
	}
	if err := gpu.Synchronize(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start).Seconds() / float64(n)
}

// measured times f, which works with that many FLOPs and bytes.
func measured(b *testing.B, flops, bytes float64, f func()) {
	b.Helper()
	seconds := timed(b, f)
	if flops > 0 {
		b.ReportMetric(flops/seconds/1e9, "GFLOP/s")
	}
	if bytes > 0 {
		b.ReportMetric(bytes/seconds/1e9, "GB/s")
	}
}

func on(dt tensor.DType, shape ...int) *tensor.Tensor {
	return tensor.Options{Device: gpu.Device(0), DType: dt}.Randn(shape...)
}

// scale is the sizes' on a GPU, or next to nothing on the emulated driver.
func scale(n, small int) int {
	if emu.Used() {
		return small
	}
	return n
}

func BenchmarkMatMul(b *testing.B) {
	for _, c := range []struct {
		name string
		dt   tensor.DType
		tf32 bool
	}{{"float32", tensor.Float32, false}, {"tf32", tensor.Float32, true}, {"bfloat16", tensor.BFloat16, false}, {"float16", tensor.Float16, false}} {
		for _, n := range []int{1024, 8192} {
			b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) {
				gpu.AllowTF32(c.tf32)
				defer gpu.AllowTF32(false)
				n := scale(n, 64)
				x, y := on(c.dt, n, n), on(c.dt, n, n)
				measured(b, 2*float64(n*n*n), 0, func() { x.MatMul(y) })
			})
		}
	}
}

func BenchmarkLinear(b *testing.B)     { linear(b, 0) }
func BenchmarkLinearGELU(b *testing.B) { linear(b, tensor.GELUTanhActivation) }

// linear is the first layer of GPT-2's feed-forward part (124M).
func linear(b *testing.B, a tensor.Activation) {
	rows, in, out := scale(1<<14, 8), scale(768, 16), scale(3072, 64)
	for _, dt := range []tensor.DType{tensor.Float32, tensor.BFloat16} {
		x, w, bias := on(dt, rows, in), on(dt, out, in), on(dt, out)
		b.Run(dt.String(), func(b *testing.B) {
			measured(b, 2*float64(rows*in*out), 0, func() { x.LinearActivation(w, bias, a) })
		})
	}
}

func BenchmarkMemory(b *testing.B) {
	rows, columns := scale(1<<15, 8), scale(1<<12, 64) // 512 MB of float32
	x := on(tensor.Float32, rows, columns)
	w, bias := on(tensor.Float32, columns), on(tensor.Float32, columns)
	positive := x.GreaterScalar(0)
	order := tensor.RandInt(0, rows, rows).To(gpu.Device(0))
	classes := tensor.RandInt(0, columns, rows).To(gpu.Device(0))
	size := 4 * float64(rows*columns)
	for _, c := range []struct {
		name   string
		passes float64
		f      func()
	}{
		{"copy", 2, func() { x.Clone() }},
		{"add", 3, func() { x.Add(x) }},
		{"relu", 2, func() { x.ReLU() }},
		{"gelu", 2, func() { x.GELU() }},
		{"sum", 1, func() { x.Sum() }},
		{"softmax", 2, func() { x.Softmax(-1) }},
		{"layernorm", 2, func() { x.LayerNorm(w, bias, 1e-5) }},
		{"rmsnorm", 2, func() { x.RMSNorm(w, 1e-5) }},
		{"transpose", 2, func() { x.T().Contiguous() }},
		{"cast", 1.5, func() { x.To(tensor.BFloat16) }},
		{"exp", 2, func() { x.Exp() }},
		{"silu", 2, func() { x.SiLU() }},
		{"where", 3.25, func() { tensor.Where(positive, x, x) }},
		{"random", 1, func() { tensor.Options{Device: gpu.Device(0)}.Randn(rows, columns) }},
		{"columns", 1, func() { x.Sum(0) }},
		{"argmax", 1, func() { x.ArgMax(-1) }},
		{"crossentropy", 1, func() { x.CrossEntropy(classes) }},
		{"gather", 2, func() { x.IndexSelect(0, order) }},
		{"cumsum", 2, func() { x.CumSum(-1) }},
		{"cummax", 4, func() { x.CumMax(-1) }}, // and indices
	} {
		b.Run(c.name, func(b *testing.B) { measured(b, 0, c.passes*size, c.f) })
	}
}

// What is differentiated, forward and backward.
func BenchmarkBoth(b *testing.B) {
	rows, columns := scale(1<<15, 8), scale(1<<12, 64)
	x := on(tensor.Float32, rows, columns).SetRequiresGrad(true)
	w, bias := on(tensor.Float32, columns).SetRequiresGrad(true), on(tensor.Float32, columns).SetRequiresGrad(true)
	g, gate := on(tensor.Float32, rows, columns), on(tensor.Float32, rows, columns).SetRequiresGrad(true)
	classes := tensor.RandInt(0, columns, rows).To(gpu.Device(0))
	size := 4 * float64(rows*columns)
	for _, c := range []struct {
		name   string
		passes float64
		f      func() *tensor.Tensor
	}{
		{"gelu", 5, func() *tensor.Tensor { return x.GELU() }},
		{"softmax", 5, func() *tensor.Tensor { return x.Softmax(-1) }},
		{"layernorm", 5, func() *tensor.Tensor { return x.LayerNorm(w, bias, 1e-5) }},
		{"crossentropy", 3, func() *tensor.Tensor { return x.CrossEntropy(classes) }},
		{"dropout", 4, func() *tensor.Tensor { return x.Dropout(0.1) }},
		{"swiglu", 8, func() *tensor.Tensor { return x.SwiGLU(gate) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			measured(b, 0, c.passes*size, func() {
				if y := c.f(); y.Rank() == 0 {
					y.Backward()
				} else {
					y.Backward(g)
				}
				x.ZeroGrad()
				w.ZeroGrad()
				bias.ZeroGrad()
				gate.ZeroGrad()
			})
		})
	}
	vocabulary, width := scale(50257, 100), scale(768, 16)
	table := on(tensor.Float32, vocabulary, width).SetRequiresGrad(true)
	tokens := tensor.RandInt(0, vocabulary, scale(1<<14, 32)).To(gpu.Device(0))
	gradient := on(tensor.Float32, tokens.Len(), width)
	b.Run("embedding", func(b *testing.B) {
		measured(b, 0, 4*float64(4*gradient.Len()+table.Len()), func() {
			table.Embedding(tokens).Backward(gradient)
			table.ZeroGrad()
		})
	})
	heads, length := scale(32, 2), scale(2048, 8)
	queries, turned := on(tensor.BFloat16, 4, heads, length, 128).SetRequiresGrad(true), on(tensor.BFloat16, 4, heads, length, 128)
	b.Run("rope", func(b *testing.B) {
		measured(b, 0, 2*4*float64(queries.Len()), func() {
			queries.RoPE(nil, tensor.RoPEOptions{}).Backward(turned)
			queries.ZeroGrad()
		})
	})
	images, size4 := scale(64, 1), scale(112, 8)
	image := on(tensor.Float32, images, scale(64, 2), size4, size4).SetRequiresGrad(true)
	pooled := on(tensor.Float32, images, scale(64, 2), size4/2, size4/2)
	for _, c := range []struct {
		name  string
		bytes float64 // a pixel
		f     func() *tensor.Tensor
	}{
		{"maxpool", 4 + 3 + 3 + 4, func() *tensor.Tensor { return image.MaxPool2D(tensor.PoolOptions{Kernel: 2}) }},
		{"avgpool", 4 + 1 + 1 + 4, func() *tensor.Tensor { return image.AvgPool2D(tensor.PoolOptions{Kernel: 2}) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			measured(b, 0, c.bytes*float64(image.Len()), func() {
				c.f().Backward(pooled)
				image.ZeroGrad()
			})
		})
	}
}

func BenchmarkAttention(b *testing.B) {
	for _, dt := range []tensor.DType{tensor.Float32, tensor.BFloat16} {
		for _, d := range []int{64, 128} {
			heads, length := scale(32, 2), scale(2048, 40)
			q := on(dt, 4, heads, length, d).SetRequiresGrad(true)
			k, v := on(dt, 4, heads, length, d).SetRequiresGrad(true), on(dt, 4, heads, length, d).SetRequiresGrad(true)
			flops := 2 * 4 * float64(heads*length*length*d) // half of 4·T·S·d, of 4 batches
			attend := func() *tensor.Tensor { return tensor.Attention(q, k, v, tensor.AttentionOptions{Causal: true}) }
			b.Run(fmt.Sprintf("forward/%s/%d", dt, d), func(b *testing.B) {
				measured(b, flops, 0, func() { tensor.NoGrad(func() { attend() }) })
			})
			b.Run(fmt.Sprintf("both/%s/%d", dt, d), func(b *testing.B) {
				measured(b, 3.5*flops, 0, func() {
					attend().Sum().Backward()
					q.ZeroGrad()
					k.ZeroGrad()
					v.ZeroGrad()
				})
			})
		}
	}
}

// The parameters of GPT-2 (124M): many, and most of them small.
func BenchmarkAdamW(b *testing.B) {
	width, layers := scale(768, 16), scale(12, 2)
	for _, c := range []struct {
		name  string
		dt    tensor.DType
		bytes float64 // a parameter: read and written
	}{{"float32", tensor.Float32, 28}, {"bfloat16", tensor.BFloat16, 2 + 2 + 3*8}} {
		b.Run(c.name, func(b *testing.B) {
			var params []*tensor.Tensor
			n := 0
			add := func(shape ...int) {
				p := on(c.dt, shape...).SetRequiresGrad(true)
				p.SetGrad(on(c.dt, shape...))
				params = append(params, p)
				n += p.Len()
			}
			add(scale(50257, 100), width)
			add(scale(1024, 10), width)
			for range layers {
				for _, columns := range []int{3, 1, 4} {
					add(width, columns*width)
					add(columns * width)
					add(width)
				}
				add(4*width, width)
			}
			opt := optim.NewAdamW(params, optim.AdamWOptions{MasterWeights: true})
			measured(b, 0, c.bytes*float64(n), opt.Step)
		})
	}
}

func BenchmarkConv(b *testing.B) {
	n, c, size := scale(32, 1), scale(128, 4), scale(56, 8)
	x, w := on(tensor.Float32, n, c, size, size).SetRequiresGrad(true), on(tensor.Float32, c, c, 3, 3).SetRequiresGrad(true)
	g := on(tensor.Float32, n, c, size, size)
	flops := 2 * 9 * float64(n*c*c*size*size)
	convolve := func() *tensor.Tensor { return x.Conv2D(w, nil, tensor.ConvOptions{Padding: 1}) }
	b.Run("forward/float32/3x3", func(b *testing.B) { measured(b, flops, 0, func() { tensor.NoGrad(func() { convolve() }) }) })
	b.Run("both/float32/3x3", func(b *testing.B) {
		measured(b, 3*flops, 0, func() {
			convolve().Backward(g)
			x.ZeroGrad()
			w.ZeroGrad()
		})
	})
}

func BenchmarkSort(b *testing.B) {
	x := on(tensor.Float32, scale(1<<24, 1<<11))
	b.Run("float32", func(b *testing.B) { measured(b, 0, 12*float64(x.Len()), func() { x.ArgSort(tensor.SortOptions{}) }) })
	edges := tensor.Options{DType: tensor.Float64}.Arange(0, float64(scale(1<<12, 64)), 1).To(gpu.Device(0))
	values := on(tensor.Float64, scale(1<<24, 1<<11))
	b.Run("searchsorted", func(b *testing.B) {
		measured(b, 0, 16*float64(values.Len()), func() { edges.SearchSorted(values, tensor.SearchOptions{}) })
	})
}

// Many small matrices, of float32 as PyTorch's, which are computed in float64.
func BenchmarkMatrices(b *testing.B) {
	batch, n := scale(512, 2), scale(64, 6)
	x := on(tensor.Float32, batch, n, n)
	right := on(tensor.Float32, batch, n, 1)
	positive := x.MatMul(x.Transpose(-1, -2)).Add(tensor.Options{Device: gpu.Device(0)}.Eye(n))
	cube := float64(batch) * float64(n*n*n)
	for _, c := range []struct {
		name  string
		flops float64 // of n³
		f     func()
	}{
		{"solve", 2, func() { x.Solve(right) }},
		{"cholesky", 1. / 3, func() { positive.Cholesky() }},
		{"lu", 2. / 3, func() { x.LU() }},
		{"qr", 4, func() { x.QR() }},
		{"eigh", 9, func() { positive.EigH() }},
		{"svd", 21, func() { x.SVD() }},
	} {
		b.Run(c.name, func(b *testing.B) { measured(b, c.flops*cube, 0, c.f) })
	}
}

func BenchmarkCTC(b *testing.B) {
	steps, batch, classes, length := scale(256, 6), scale(64, 2), scale(64, 5), scale(64, 2)
	logp := on(tensor.Float32, steps, batch, classes).LogSoftmax(-1).Detach().SetRequiresGrad(true)
	labels := tensor.RandInt(1, classes, batch, length).To(gpu.Device(0))
	b.Run("float32", func(b *testing.B) {
		measured(b, 0, 8*float64(logp.Len()), func() {
			logp.CTC(labels, tensor.CTCOptions{}).Backward()
			logp.ZeroGrad()
		})
	})
}

func BenchmarkFourier(b *testing.B) {
	for _, n := range []int{1 << 12, 1000} {
		rows := scale(1<<12, 2)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x := on(tensor.Float32, rows, scale(n, n/100))
			measured(b, 0, 12*float64(x.Len()), func() { x.RFFT(tensor.FFTOptions{}) })
		})
	}
}

// A step of training GPT-2.
func BenchmarkGPT2(b *testing.B) {
	config, batch, length := gpt2.Small, 16, gpt2.Small.Context
	config.Vocab = 50304 // a multiple of 64, as is usual: rows of halves begin at multiples of 128 bytes
	if tensor.MemoryStats(gpu.Device(0)).Limit < 40e9 {
		batch = 4
	}
	if emu.Used() {
		config, batch, length = gpt2.Config{Vocab: 96, Layers: 2, Heads: 2, Width: 128, Context: 24}, 1, 24
	}
	b.Run("train", func(b *testing.B) {
		t := newTrainer(config, batch, length, gpu.Device(0))
		seconds := timed(b, func() { tensor.Scope(func() { t.step() }) })
		b.ReportMetric(float64(batch*length)/seconds, "tokens/s")
	})
}
