//go:build cuda

package cuda_test

import (
	"reflect"
	"testing"

	"github.com/rustygradients/rg/gpu/cuda"
	"github.com/rustygradients/rg/gpu/emu"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// operations are calls of all methods of the backend that compute on views, by the methods' names.
func operations(t *testing.T, b *cuda.Backend) map[string]func() error {
	shaped := func(v backend.View, shape ...int) backend.View {
		return backend.View{Storage: v.Storage, Layout: backend.Contiguous(shape...)}
	}
	ones := func(dt dtype.DType, shape ...int) backend.View {
		return shaped(vector(t, b, dt, backend.Contiguous(shape...).Len()), shape...)
	}
	const n = 4096
	x, y, row := ones(dtype.Float32, n), ones(dtype.Float32, n), ones(dtype.Float32, 64)
	cos := ones(dtype.Float32, 64, 16)
	index, cond := ones(dtype.Int64, n), ones(dtype.Bool, n)
	x2, y2 := shaped(x, 64, 64), shaped(y, 64, 64)
	x4, y4, weight := shaped(x, 1, 1, 64, 64), shaped(y, 1, 1, 64, 64), ones(dtype.Float32, 1, 1, 1, 1)
	dq, dk, dv, lse := ones(dtype.Float32, 1, 1, 64, 64), ones(dtype.Float32, 1, 1, 64, 64), ones(dtype.Float32, 1, 1, 64, 64), shaped(row, 1, 1, 64)
	targets, lse64 := shaped(index, 64), ones(dtype.Float64, 64)
	conv := backend.Conv{Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1}
	pool := backend.Pool{Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}}
	half, places := ones(dtype.Float32, 1, 1, 32, 32), ones(dtype.Int64, 1, 1, 32, 32)
	wide := func(shape ...int) backend.View { return ones(dtype.Float64, shape...) }
	end := backend.Epilogue{Bias: row, Activation: backend.EpilogueGELU, Before: ones(dtype.Float32, 64, 64)}
	step := backend.AdamStep{Correction1: 1, Correction2: 1}
	return map[string]func() error{
		"Activation":     func() error { return b.Activation(backend.GELU, y, x) },
		"ActivationGrad": func() error { return b.ActivationGrad(backend.GELU, y, x, x) },
		"AdamW":          func() error { return b.AdamW(y, x, ones(dtype.Float32, n), ones(dtype.Float32, n), step) },
		"AdamWList": func() error {
			return b.AdamWList([]backend.AdamParam{{Param: y, Grad: x, M: ones(dtype.Float32, n), V: ones(dtype.Float32, n), Step: step}})
		},
		"ArgSort":       func() error { return b.ArgSort(index, x, backend.Ascending) },
		"Attention":     func() error { return b.Attention(y4, lse, x4, x4, x4, backend.Attention{Scale: 1}) },
		"AttentionGrad": func() error { return b.AttentionGrad(dq, dk, dv, x4, x4, x4, y4, lse, x4, backend.Attention{Scale: 1}) },
		"AvgPool":       func() error { return b.AvgPool(half, x4, pool) },
		"AvgPoolGrad":   func() error { return b.AvgPoolGrad(y4, half, pool) },
		"Binary":        func() error { return b.Binary(backend.Add, y, x, x) },
		"CTC": func() error {
			return b.CTC(wide(2), wide(5, 2, 3), wide(5, 2, 3), ones(dtype.Int64, 2, 1), ones(dtype.Int64, 2, 2), backend.CTC{})
		},
		"Cholesky":         func() error { return b.Cholesky(wide(3, 8, 8)) },
		"Conv2D":           func() error { return b.Conv2D(y4, x4, weight, conv) },
		"Conv2DInputGrad":  func() error { return b.Conv2DInputGrad(y4, weight, x4, conv) },
		"Conv2DWeightGrad": func() error { return b.Conv2DWeightGrad(ones(dtype.Float32, 1, 1, 1, 1), x4, x4, conv) },
		"Copy":             func() error { return b.Copy(y, x) },
		"CrossEntropy":     func() error { return b.CrossEntropy(ones(dtype.Float32, 64), lse64, x2, targets) },
		"CrossEntropyGrad": func() error { return b.CrossEntropyGrad(y2, x2, targets, lse64, row) },
		"DFT":              func() error { return b.DFT(wide(3, 16, 2), wide(3, 16, 2), backend.ForwardDFT) },
		"Dropout":          func() error { return b.Dropout(y, x, backend.Dropout{Keep: 0.5, Scale: 2}) },
		"EigH":             func() error { return b.EigH(wide(3, 8), wide(3, 8, 8), wide(3, 8, 8)) },
		"Eliminate":        func() error { return b.Eliminate(wide(3, 8, 9), wide(3, 3)) },
		"Fill":             func() error { return b.Fill(y, 1) },
		"Gather":           func() error { return b.Gather(y, x, index, 0) },
		"LU":               func() error { return b.LU(wide(3, 8, 9), ones(dtype.Int64, 3, 8)) },
		"LayerNorm":        func() error { return b.LayerNorm(y2, x2, row, row, backend.LayerNorm{Eps: 1e-5}) },
		"LayerNormGrad": func() error {
			return b.LayerNormGrad(y2, ones(dtype.Float32, 64), ones(dtype.Float32, 64), x2, row, x2, backend.LayerNorm{Eps: 1e-5})
		},
		"LogSoftmax":     func() error { return b.LogSoftmax(y2, x2) },
		"LogSoftmaxGrad": func() error { return b.LogSoftmaxGrad(y2, x2, x2) },
		"MatMul":         func() error { return b.MatMul(y2, x2, x2) },
		"MatMulEpilogue": func() error { return b.MatMulEpilogue(y2, x2, x2, end) },
		"MaxPool":        func() error { return b.MaxPool(half, places, x4, pool) },
		"MaxPoolGrad":    func() error { return b.MaxPoolGrad(y4, places, half, pool) },
		"Norm":           func() error { return b.Norm(y2, x2, 1e-5) },
		"NormGrad":       func() error { return b.NormGrad(y2, x2, x2, 1e-5) },
		"QR":             func() error { return b.QR(wide(3, 9, 8), wide(3, 9, 8)) },
		"Random":         func() error { return b.Random(y, backend.Distribution{Kind: backend.Normal, B: 1}, 1, 2) },
		"Reduce":         func() error { return b.Reduce(backend.Sum, ones(dtype.Float32, 1), x, 0) },
		"RoPE":           func() error { return b.RoPE(y2, x2, cos, cos, backend.RoPE{}) },
		"SVD":            func() error { return b.SVD(wide(3, 8, 9), wide(3, 8), wide(3, 8, 8), wide(3, 8, 9)) },
		"Scan":           func() error { return b.Scan(backend.CumSum, y2, x2) },
		"Scatter":        func() error { return b.Scatter(y, x, index, 0) },
		"ScatterAdd":     func() error { return b.ScatterAdd(y, x, index, 0) },
		"ScatterReduce":  func() error { return b.ScatterReduce(backend.Max, wide(n), wide(n), index, 0) },
		"SearchSorted":   func() error { return b.SearchSorted(index, wide(10), wide(n), backend.Before) },
		"Softmax":        func() error { return b.Softmax(y2, x2) },
		"SoftmaxGrad":    func() error { return b.SoftmaxGrad(y2, x2, x2) },
		"SwiGLU":         func() error { return b.SwiGLU(y, x, x) },
		"SwiGLUGrad":     func() error { return b.SwiGLUGrad(y, ones(dtype.Float32, n), x, x, x) },
		"Unary":          func() error { return b.Unary(backend.Exp, y, x) },
		"Where":          func() error { return b.Where(y, cond, x, x) },
	}
}

// No operation brings elements to the host, or any from there but AdamWList its table of addresses: only Upload and Download do. The list has all.
func TestNoHostCopies(t *testing.T) {
	if !emu.Used() {
		t.Skip("only the emulated driver counts copies")
	}
	b := open(t)
	list := operations(t, b)
	of := reflect.TypeOf(b)
	for i := range of.NumMethod() {
		m := of.Method(i)
		for k := range m.Type.NumIn() {
			in := m.Type.In(k)
			if (in == reflect.TypeFor[backend.View]() || in == reflect.TypeFor[[]backend.AdamParam]()) && list[m.Name] == nil {
				t.Errorf("%s isn't tried", m.Name)
				break
			}
		}
	}
	for name, call := range list {
		before := b.Count()
		if err := call(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		after, uploads := b.Count(), 0
		if name == "AdamWList" {
			uploads = 1
		}
		if after.Downloads != before.Downloads || after.Uploads != before.Uploads+uploads {
			t.Errorf("%s: %d downloads, %d uploads", name, after.Downloads-before.Downloads, after.Uploads-before.Uploads)
		}
		if after.Launches == before.Launches {
			t.Errorf("%s: nothing was launched", name)
		}
	}
	if err := b.Synchronize(); err != nil {
		t.Error(err)
	}
}
