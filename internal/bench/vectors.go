package main

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/optim"
)

type fn = func(x, y *tensor.Tensor) *tensor.Tensor

func unary(f func(*tensor.Tensor) *tensor.Tensor) fn {
	return func(x, _ *tensor.Tensor) *tensor.Tensor { return f(x) }
}

// elementwiseOps are by torch's names.
var elementwiseOps = map[string]fn{
	"neg": unary((*tensor.Tensor).Neg), "abs": unary((*tensor.Tensor).Abs), "square": unary((*tensor.Tensor).Square),
	"exp": unary((*tensor.Tensor).Exp), "log": unary((*tensor.Tensor).Log), "tanh": unary((*tensor.Tensor).Tanh),
	"erf": unary((*tensor.Tensor).Erf), "sin": unary((*tensor.Tensor).Sin), "cos": unary((*tensor.Tensor).Cos),
	"sigmoid": unary((*tensor.Tensor).Sigmoid), "sqrt": unary((*tensor.Tensor).Sqrt), "rsqrt": unary((*tensor.Tensor).Rsqrt),
	"reciprocal": unary((*tensor.Tensor).Reciprocal), "relu": unary((*tensor.Tensor).ReLU), "gelu": unary((*tensor.Tensor).GELU),
	"gelu_tanh": unary((*tensor.Tensor).GELUTanh), "silu": unary((*tensor.Tensor).SiLU),
	"add": (*tensor.Tensor).Add, "sub": (*tensor.Tensor).Sub, "mul": (*tensor.Tensor).Mul, "div": (*tensor.Tensor).Div,
	"maximum": (*tensor.Tensor).Maximum, "pow": (*tensor.Tensor).Pow,
}

var binaryOps = []string{"add", "sub", "mul", "div", "maximum", "pow"}

// numbers are positive where the operation wants them so.
func numbers(op string, shape ...int) (x, y *tensor.Tensor) {
	x, y = tensor.Randn(shape...), tensor.Rand(shape...).AddScalar(0.5)
	if slices.Contains([]string{"log", "sqrt", "rsqrt", "pow"}, op) {
		x = tensor.Rand(shape...).AddScalar(0.1)
	}
	return x, y
}

// vectorMath is functions of data in the L2 cache, on one core. What a call costs beside, half a microsecond with the tensor
// made and freed, is in rg's numbers; PyTorch, where it can, writes into a tensor that is there.
func (b *bench) vectorMath() {
	const n = 32 << 10 // 128 KB each of operands and results
	bars := map[string]float64{"exp": 0.20, "gelu": 0.30}
	for _, op := range slices.Sorted(maps.Keys(elementwiseOps)) {
		f := elementwiseOps[op]
		x, y := numbers(op, n)
		with := []against{towards(b.python.side("torch", 1, request{"kind": "elementwise", "op": op, "shape": []int{n}}), 1)}
		if bar, ok := bars[op]; ok {
			with = append(with, within("the bar", bar, 1))
		}
		b.compare(duration("in cache", op+" 32 Ki", "ns/element", n*1e-9), released("rg", 1, func() *tensor.Tensor { return f(x, y) }), with...)
	}
	for _, op := range []string{"exp", "log", "sigmoid", "tanh"} {
		x, _ := numbers(op, n)
		x = x.To(tensor.Float64)
		f := elementwiseOps[op]
		b.compare(duration("in cache", op+" f64 32 Ki", "ns/element", n*1e-9), released("rg", 1, func() *tensor.Tensor { return f(x, nil) }),
			towards(b.python.side("torch", 1, request{"kind": "elementwise", "op": op, "shape": []int{n}, "dtype": "f64"}), 1))
	}
	for _, s := range []struct {
		op    string
		width int
		bar   float64
		f     fn
	}{
		{"softmax", 1024, 0.36, unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Softmax(-1) })},
		{"log_softmax", 1024, 0, unary(func(x *tensor.Tensor) *tensor.Tensor { return x.LogSoftmax(-1) })},
		{"layernorm", 768, 0.22, unary(func(x *tensor.Tensor) *tensor.Tensor { return x.LayerNorm(nil, nil, 1e-5) })},
	} {
		x := tensor.Randn(32, s.width)
		with := []against{towards(b.python.side("torch", 1, request{"kind": "elementwise", "op": s.op, "shape": x.Shape()}), 1)}
		if s.bar > 0 {
			with = append(with, within("the bar", s.bar, 1))
		}
		b.compare(duration("in cache", fmt.Sprintf("%s 32 × %d", s.op, s.width), "ns/element", float64(x.Len())*1e-9),
			released("rg", 1, func() *tensor.Tensor { return s.f(x, nil) }), with...)
	}
}

// large is how many elements an array has that fits in no cache.
const large = 32 << 20

// elementwise is operations on arrays that fit in no cache: moving them is all there is to do.
func (b *bench) elementwise() {
	for _, op := range slices.Sorted(maps.Keys(elementwiseOps)) {
		f := elementwiseOps[op]
		arrays := 2
		if slices.Contains(binaryOps, op) {
			arrays = 3
		}
		q := rate("in memory", fmt.Sprintf("%s ×%d", op, b.threads), "GB/s", 4*large*float64(arrays))
		if !b.wanted(q) {
			continue
		}
		x, y := numbers(op, large)
		b.compare(q, ours("rg", b.threads, func() { f(x, y) }),
			beside(copied(b.threads, 4*large*float64(arrays)), 0.85),
			towards(b.python.side("torch", b.threads, request{"kind": "elementwise", "op": op, "shape": []int{large}}), 1))
	}
}

// reductions read everything and write little.
func (b *bench) reductions() {
	for _, s := range []struct {
		op string
		f  func(x *tensor.Tensor)
	}{
		{"sum_all", func(x *tensor.Tensor) { x.Sum() }},
		{"sum_last", func(x *tensor.Tensor) { x.Sum(-1) }},
		{"sum_first", func(x *tensor.Tensor) { x.Sum(0) }},
		{"mean_last", func(x *tensor.Tensor) { x.Mean(-1) }},
		{"max_last", func(x *tensor.Tensor) { x.Max(-1) }},
		{"argmax_last", func(x *tensor.Tensor) { x.ArgMax(-1) }},
	} {
		b.each(func(threads int, suffix string) {
			q := rate("reductions", s.op+suffix, "GB/s", 4*8192*2048)
			if !b.wanted(q) {
				return
			}
			x := tensor.Randn(8192, 2048)
			b.compare(q, ours("rg", threads, func() { s.f(x) }),
				beside(read(threads, 4*8192*2048), 0),
				towards(b.python.side("torch", threads, request{"kind": "elementwise", "op": s.op, "shape": x.Shape()}), 1))
		})
	}
}

// layouts are copies that change the order of elements.
func (b *bench) layouts() {
	for _, s := range []struct {
		op    string
		shape []int
		f     func(x *tensor.Tensor)
	}{
		{"transpose", []int{4096, 4096}, func(x *tensor.Tensor) { x.T().Contiguous() }},
		{"permute", []int{64, 512, 12, 64}, func(x *tensor.Tensor) { x.Permute(0, 2, 1, 3).Contiguous() }},
		{"cast_bf16", []int{4096, 4096}, func(x *tensor.Tensor) { x.To(tensor.BFloat16) }},
	} {
		x := tensor.Randn(s.shape...)
		bytes := 8 * float64(x.Len())
		if s.op == "cast_bf16" {
			bytes = 6 * float64(x.Len())
		}
		b.compare(rate("layouts", fmt.Sprintf("%s %v ×%d", s.op, s.shape, b.threads), "GB/s", bytes),
			ours("rg", b.threads, func() { s.f(x) }),
			beside(copied(b.threads, bytes), 0),
			towards(b.python.side("torch", b.threads, request{"kind": "elementwise", "op": s.op, "shape": s.shape}), 1))
	}
}

// fused answers what the project that rg re-imagines announced: softmax, ReLU and an addition, fused.
func (b *bench) fused() {
	const rows, width = 512, 1024
	x := tensor.Randn(rows, width)
	b.compare(duration("fused", fmt.Sprintf("softmax(relu(x+x)) %d×%d ×1", rows, width), "ns/element", rows*width*1e-9),
		ours("rg", 1, func() { x.Add(x).ReLU().Softmax(-1) }),
		beside(naiveSoftmaxReLUAdd(rows, width), 1),
		towards(b.python.side("torch", 1, request{"kind": "elementwise", "op": "softmax_relu_add", "shape": x.Shape()}), 1))

	p := tensor.Randn(1 << 20).SetRequiresGrad(true)
	p.Sum().Backward()
	opt := optim.NewAdamW([]*tensor.Tensor{p})
	b.compare(rate("fused", "AdamW 1 Mi ×1", "GB/s", 7*4*(1<<20)), ours("rg", 1, opt.Step),
		beside(copied(1, 7*4*(1<<20)), 0))

	logits, classes := tensor.Randn(256, 50257), tensor.RandInt(0, 50257, 256)
	b.compare(rate("fused", fmt.Sprintf("cross-entropy 256×50257 ×%d", b.threads), "GB/s", 4*256*50257),
		ours("rg", b.threads, func() { nn.CrossEntropy(logits, classes) }), beside(read(b.threads, 4*256*50257), 0))
}

func naiveSoftmaxReLUAdd(rows, width int) side {
	x, out := make([]float32, rows*width), make([]float32, rows*width)
	for i := range x {
		x[i] = float32(rand.NormFloat64())
	}
	return ours("naive Go", 1, func() {
		for r := range rows {
			row, y := x[r*width:(r+1)*width], out[r*width:(r+1)*width]
			largest := float32(0)
			for i, v := range row {
				y[i] = max(v+v, 0)
				largest = max(largest, y[i])
			}
			sum := float32(0)
			for i, v := range y {
				y[i] = float32(math.Exp(float64(v - largest)))
				sum += y[i]
			}
			for i := range y {
				y[i] /= sum
			}
		}
	})
}
