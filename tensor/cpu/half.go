package cpu

import (
	"fmt"
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Halves are stored in two bytes and computed in float32. Element-wise kernels widen and round a block
// at a time, in operand; what reads its operands more than once, as products and reductions do, works on
// float32 copies made here.

// widen loads a run of halves.
func (o *operand[T]) widen(dst []T, at, stride int) {
	f := any(dst).([]float32)
	if k := asm.Best.Cast(o.dt, dtype.Float32); k != nil && stride == 1 && len(f) > 0 {
		k(len(f), first(f), first(o.half[at:]))
		return
	}
	if stride == 1 {
		dtype.Widen(o.dt, f, o.half[at:at+len(f)])
		return
	}
	for i := range f {
		dtype.Widen(o.dt, f[i:i+1], o.half[at:at+1])
		at += stride
	}
}

// narrow stores a run of halves.
func (o *operand[T]) narrow(src []T, at, stride int) {
	f := any(src).([]float32)
	if k := asm.Best.Cast(dtype.Float32, o.dt); k != nil && stride == 1 && len(f) > 0 {
		k(len(f), first(o.half[at:]), first(f))
		return
	}
	if stride == 1 {
		dtype.Narrow(o.dt, o.half[at:at+len(f)], f)
		return
	}
	for i := range f {
		dtype.Narrow(o.dt, o.half[at:at+1], f[i:i+1])
		at += stride
	}
}

// isHalf reports whether the views hold halves, all of them.
func isHalf(views ...backend.View) bool {
	return !slices.ContainsFunc(views, func(v backend.View) bool { return !v.Storage.DType().IsHalf() })
}

// inFloat32 runs f on float32 copies of those views that hold halves, and rounds what it leaves in the
// destination, whose copy begins with dst's own elements. The operands are of one data type.
func inFloat32(dst backend.View, f func(dst backend.View, ins []backend.View) error, ins ...backend.View) error {
	for _, v := range ins {
		if a, b := v.Storage.DType(), ins[0].Storage.DType(); a != b {
			return fmt.Errorf("cpu: data types differ: %s and %s", a, b)
		}
	}
	wide := make([]backend.View, len(ins))
	for i, v := range ins {
		w, err := float32Copy(v)
		if err != nil {
			return err
		}
		defer w.Storage.Free()
		wide[i] = w
	}
	if !isHalf(dst) {
		return f(dst, wide)
	}
	out, err := float32Copy(dst)
	if err != nil {
		return err
	}
	defer out.Storage.Free()
	if err := f(out, wide); err != nil {
		return err
	}
	return theBackend.Copy(dst, out)
}

// float32Copy copies a view without gaps, in the order in which its elements lie in memory. What is
// broadcast is copied once.
func float32Copy(v backend.View) (backend.View, error) {
	l := v.Layout
	order := make([]int, 0, l.Rank())
	for a, stride := range l.Stride {
		if stride != 0 || l.Shape[a] == 0 {
			order = append(order, a)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return magnitude(l.Stride[b]) - magnitude(l.Stride[a]) })
	src := backend.Layout{Offset: l.Offset}
	for _, a := range order {
		src.Shape, src.Stride = append(src.Shape, l.Shape[a]), append(src.Stride, l.Stride[a])
	}
	dst := backend.Contiguous(src.Shape...)
	s, err := theBackend.Alloc(dtype.Float32, dst.Len())
	if err != nil {
		return backend.View{}, err
	}
	if err := theBackend.Copy(backend.View{Storage: s, Layout: dst}, backend.View{Storage: v.Storage, Layout: src}); err != nil {
		return backend.View{}, err
	}
	out := backend.Layout{Shape: l.Shape, Stride: make([]int, l.Rank())}
	for i, a := range order {
		out.Stride[a] = dst.Stride[i]
	}
	return backend.View{Storage: s, Layout: out}, nil
}

func magnitude(n int) int { return max(n, -n) }
