//go:build cuda

package gpu_test

import (
	"fmt"
	"testing"

	"github.com/rustygradients/rg/gpu"
	"github.com/rustygradients/rg/gpu/emu"
	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/optim"
)

// These are run by gpu/check/gpu-check on a machine with a GPU, beside peer.py, whose names are the same. On the emulated driver their
// figures mean nothing.

// measured runs f, which works with that many FLOPs and bytes.
func measured(b *testing.B, flops, bytes float64, f func()) {
	b.Helper()
	f()
	if err := gpu.Synchronize(); err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		f()
		if n++; n%64 == 0 { // the queue isn't endless
			_ = gpu.Synchronize()
		}
	}
	if err := gpu.Synchronize(); err != nil {
		b.Fatal(err)
	}
	seconds := b.Elapsed().Seconds() / float64(n)
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

func BenchmarkMemory(b *testing.B) {
	rows, columns := scale(1<<15, 8), scale(1<<12, 64) // 512 MB of float32
	x := on(tensor.Float32, rows, columns)
	w, bias := on(tensor.Float32, columns), on(tensor.Float32, columns)
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
	} {
		b.Run(c.name, func(b *testing.B) { measured(b, 0, c.passes*size, c.f) })
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
	x, w := on(tensor.Float32, n, c, size, size), on(tensor.Float32, c, c, 3, 3)
	b.Run("forward/float32/3x3", func(b *testing.B) {
		measured(b, 2*9*float64(n*c*c*size*size), 0, func() { x.Conv2D(w, nil, tensor.ConvOptions{Padding: 1}) })
	})
}

func BenchmarkSort(b *testing.B) {
	x := on(tensor.Float32, scale(1<<24, 1<<11))
	b.Run("float32", func(b *testing.B) { measured(b, 0, 12*float64(x.Len()), func() { x.ArgSort(tensor.SortOptions{}) }) })
}
