//go:build cuda

package cuda_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/rustygradients/rg/gpu/cuda"
	"github.com/rustygradients/rg/gpu/emu"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// far32 is how many elements the second row of a far view lies behind the first: more than 32 bits count.
const far32 = 1 << 31

// Where elements lie is computed in 64 bits: views whose rows are more than 2³¹ elements apart give what dense ones do.
func TestFarStrides(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes 4.3 GB, and some seconds")
	}
	t.Setenv("RG_EMU_MEMORY", "6000000000")
	b := open(t)
	if b.Memory().Limit < 6e9 {
		t.Skip("it takes 4.3 GB")
	}
	const slot, slots = 16384, 8
	wide, err := b.Alloc(dtype.Float16, far32+slot*slots)
	if err != nil {
		t.Fatal(err)
	}
	defer b.ReleaseMemory()
	defer wide.Free()
	at := func(i int, shape ...int) backend.View { // of the far ones
		l := backend.Contiguous(shape...)
		l.Stride[0], l.Offset = far32, i*slot
		return backend.View{Storage: wide, Layout: l}
	}
	dense := func(shape ...int) backend.View {
		s, err := b.Alloc(dtype.Float16, backend.Contiguous(shape...).Len())
		if err != nil {
			t.Fatal(err)
		}
		return backend.View{Storage: s, Layout: backend.Contiguous(shape...)}
	}
	turned := func(v backend.View) backend.View {
		r := v.Layout.Rank()
		v.Layout.Shape[r-1], v.Layout.Shape[r-2] = v.Layout.Shape[r-2], v.Layout.Shape[r-1]
		v.Layout.Stride[r-1], v.Layout.Stride[r-2] = v.Layout.Stride[r-2], v.Layout.Stride[r-1]
		return v
	}
	index, cond := vector(t, b, dtype.Int64, 2*100), vector(t, b, dtype.Bool, 2*100)
	index.Layout, cond.Layout = backend.Contiguous(2, 100), backend.Contiguous(2, 100)
	lse := vector(t, b, dtype.Float32, 2*70)
	lse.Layout = backend.Contiguous(1, 2, 70)
	heads := func(v backend.View) backend.View { // (2, 70, d) as (1, 2, 70, d)
		l := v.Layout
		v.Layout = backend.Layout{Shape: append([]int{1}, l.Shape...), Stride: append([]int{0}, l.Stride...), Offset: l.Offset}
		return v
	}
	attend := backend.Attention{Scale: 0.1, Causal: true}
	for name, c := range map[string]struct {
		dst, x, y []int
		f         func(dst, x, y backend.View) error
	}{
		"copy":      {[]int{2, 100}, []int{2, 100}, nil, func(dst, x, _ backend.View) error { return b.Copy(dst, x) }},
		"transpose": {[]int{2, 40, 50}, []int{2, 50, 40}, nil, func(dst, x, _ backend.View) error { return b.Copy(dst, turned(x)) }},
		"fill":      {[]int{2, 100}, nil, nil, func(dst, _, _ backend.View) error { return b.Fill(dst, 3) }},
		"exp":       {[]int{2, 100}, []int{2, 100}, nil, func(dst, x, _ backend.View) error { return b.Unary(backend.Exp, dst, x) }},
		"add":       {[]int{2, 99}, []int{2, 99}, []int{2, 99}, func(dst, x, y backend.View) error { return b.Binary(backend.Add, dst, x, y) }},
		"swiglu":    {[]int{2, 100}, []int{2, 100}, []int{2, 100}, func(dst, x, y backend.View) error { return b.SwiGLU(dst, x, y) }},
		"where":     {[]int{2, 100}, []int{2, 100}, []int{2, 100}, func(dst, x, y backend.View) error { return b.Where(dst, cond, x, y) }},
		"dropout": {[]int{2, 100}, []int{2, 100}, nil, func(dst, x, _ backend.View) error {
			return b.Dropout(dst, x, backend.Dropout{Keep: 0.5, Scale: 2, Seed: 1})
		}},
		"random": {[]int{2, 100}, nil, nil, func(dst, _, _ backend.View) error {
			return b.Random(dst, backend.Distribution{Kind: backend.Normal, B: 1}, 1, 0)
		}},
		"sum of columns": {[]int{1, 100}, []int{2, 100}, nil, func(dst, x, _ backend.View) error { return b.Reduce(backend.Sum, dst, x, 0) }},
		"sum of rows":    {[]int{2, 1}, []int{2, 100}, nil, func(dst, x, _ backend.View) error { return b.Reduce(backend.Sum, dst, x, 1) }},
		"softmax":        {[]int{2, 100}, []int{2, 100}, nil, func(dst, x, _ backend.View) error { return b.Softmax(dst, x) }},
		"norm":           {[]int{2, 100}, []int{2, 100}, nil, func(dst, x, _ backend.View) error { return b.Norm(dst, x, 1e-5) }},
		"gather":         {[]int{2, 100}, []int{2, 100}, nil, func(dst, x, _ backend.View) error { return b.Gather(dst, x, index, 0) }},
		"scatter":        {[]int{2, 100}, []int{2, 100}, nil, func(dst, x, _ backend.View) error { return b.Scatter(dst, x, index, 0) }},
		"matmul": {[]int{2, 70}, []int{2, 100}, []int{2, 70, 100}, func(dst, x, y backend.View) error {
			y.Layout.Shape, y.Layout.Stride = y.Layout.Shape[1:], y.Layout.Stride[1:]
			if dst.Storage == wide { // products are dense
				out := dense(2, 70)
				if err := b.MatMul(out, x, turned(y)); err != nil {
					return err
				}
				return b.Copy(dst, out)
			}
			return b.MatMul(dst, x, turned(y))
		}},
		"attention": {[]int{2, 70, 24}, []int{2, 70, 24}, []int{2, 70, 24}, func(dst, x, y backend.View) error {
			return b.Attention(heads(dst), lse, heads(x), heads(y), heads(y), attend)
		}},
		"attention, 64 columns": {[]int{2, 70, 64}, []int{2, 70, 64}, []int{2, 70, 64}, func(dst, x, y backend.View) error {
			return b.Attention(heads(dst), lse, heads(x), heads(y), heads(y), attend)
		}},
	} {
		run := func(laid func(i int, shape ...int) backend.View) []byte {
			t.Helper()
			var views [3]backend.View
			for i, shape := range [][]int{c.dst, c.x, c.y} {
				if shape == nil {
					continue
				}
				views[i] = laid(i, shape...)
				values := dense(shape...)
				if err := b.Random(values, backend.Distribution{Kind: backend.Normal, B: 1}, uint64(i), 0); err != nil {
					t.Fatal(err)
				}
				if err := b.Copy(views[i], values); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.f(views[0], views[1], views[2]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			out := dense(c.dst...)
			if err := b.Copy(out, views[0]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			raw := make([]byte, 2*out.Storage.Len())
			if err := b.Download(raw, out.Storage); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			return raw
		}
		got := run(at)
		want := run(func(_ int, shape ...int) backend.View { return dense(shape...) })
		if !bytes.Equal(got, want) {
			t.Errorf("%s: rows that are far apart give something else", name)
		}
	}
}

// What a kernel or a launch can't count is an error: sizes of no memory, by steps of 0.
func TestSizesBeyondInt32(t *testing.T) {
	b := open(t)
	one := vector(t, b, dtype.Float32, 1)
	fake := func(shape ...int) backend.View {
		return backend.View{Storage: one.Storage, Layout: backend.Layout{Shape: shape, Stride: make([]int, len(shape))}}
	}
	how := backend.Conv{Stride: [2]int{1, 1 << 30}, Dilation: [2]int{1, 1}, Groups: 1}
	for name, err := range map[string]error{
		"a sequence":   b.Conv2D(fake(1, 1, 1, 3), fake(1, 1, 1, far32+9), fake(1, 1, 1, 1), how),
		"an image":     b.Conv2D(fake(1, 1, 1, 3), fake(1, 1, 1<<16, 1<<16), fake(1, 1, 1, 1), how),
		"matrices":     b.Cholesky(fake(far32, 1, 1)),
		"groups":       b.Conv2D(fake(1, 70000, 1, 1), fake(1, 70000, 1, 1), fake(70000, 1, 1, 1), backend.Conv{Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 70000}),
		"an axis":      b.Fill(backend.View{Storage: one.Storage, Layout: backend.Layout{Shape: []int{2, far32}, Stride: []int{far32 * 3, 2}}}, 0),
		"heads' tiles": b.Attention(fake(1<<20, 1<<12, 1, 1), fake(1<<20, 1<<12, 1), fake(1<<20, 1<<12, 1, 1), fake(1<<20, 1<<12, 1, 1), fake(1<<20, 1<<12, 1, 1), backend.Attention{Scale: 1}),
	} {
		if err == nil || !strings.Contains(err.Error(), " on cuda:0: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := b.Synchronize(); err != nil {
		t.Error(err)
	}
}

// Elements are counted in 64 bits: of more than 2³¹ all are written, and all are looked at.
func TestManyElements(t *testing.T) {
	if emu.Used() && os.Getenv("RG_EMU_MEMORY") == "" {
		t.Skip("it takes the emulated driver minutes, and RG_EMU_MEMORY=6000000000")
	}
	b := open(t)
	if b.Memory().Limit < 6e9 {
		t.Skip("it takes 2.2 GB")
	}
	const n = far32 + 100
	defer b.ReleaseMemory()
	bytes := vector(t, b, dtype.Uint8, n)
	defer bytes.Storage.Free()
	last := bytes
	last.Layout = backend.Layout{Shape: []int{1}, Stride: []int{1}, Offset: n - 1}
	if err := b.Fill(last, 2); err != nil {
		t.Fatal(err)
	}
	place := vector(t, b, dtype.Int64, 1)
	if err := b.Reduce(backend.ArgMax, place, bytes, 0); err != nil {
		t.Fatal(err)
	}
	if got := int64At(t, b, place); got != n-1 {
		t.Errorf("the largest is at %d, want %d", got, n-1)
	}
}

func int64At(t *testing.T, b *cuda.Backend, v backend.View) int {
	t.Helper()
	raw := make([]byte, 8)
	if err := b.Download(raw, v.Storage); err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := range raw {
		n |= int(raw[i]) << (8 * i)
	}
	return n
}
