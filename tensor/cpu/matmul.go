package cpu

import (
	"fmt"
	"sync"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/gemm"
	"github.com/rustygradients/rg/tensor/dtype"
	"github.com/rustygradients/rg/tensor/internal/mmap"
)

// MatMul multiplies the last two axes, (…, m, k) × (…, k, n) → (…, m, n). Int8 operands may have an Int32
// destination, which holds the sums as they are.
func (*Backend) MatMul(dst, x, y backend.View) error {
	if err := owned(dst, x, y); err != nil {
		return err
	}
	dt, from := dst.Storage.DType(), x.Storage.DType()
	if y.Storage.DType() != from || from != dt && (from != dtype.Int8 || dt != dtype.Int32) {
		return fmt.Errorf("cpu: matmul: data types differ: %s from %s × %s", dt, from, y.Storage.DType())
	}
	if !dst.Layout.IsContiguous() {
		return fmt.Errorf("cpu: matmul: the destination is not contiguous")
	}
	switch {
	case dt == dtype.Float32:
		matMul(dst, x, y, gemm.Float32)
	case dt == dtype.Float64:
		matMul(dst, x, y, gemm.Float64)
	case dt == dtype.Int64:
		matMul(dst, x, y, gemm.Any[int64])
	case dt == dtype.Int32 && from == dtype.Int8:
		matMul(dst, x, y, gemm.Int8)
	case dt == dtype.Int32:
		matMul(dst, x, y, gemm.Any[int32])
	case dt == dtype.Int8:
		matMul(dst, x, y, gemm.Any[int8])
	case dt == dtype.Float16:
		matMul(dst, x, y, gemm.Float16)
	case dt == dtype.BFloat16:
		matMul(dst, x, y, gemm.BFloat16)
	case dt == dtype.Uint8:
		matMul(dst, x, y, gemm.Any[uint8])
	default:
		return errDType(opName("matmul"), dt)
	}
	return nil
}

// starts are slices that are used again, so that a product costs no garbage.
var starts = sync.Pool{New: func() any { return new([]gemm.Start) }}

func matMul[S, D elem](dst, x, y backend.View, mul func(gemm.Batch[S, D])) {
	lx, ly, ld := x.Layout, y.Layout, dst.Layout
	r := ld.Rank() - 2
	if ld.Len() == 0 {
		return
	}
	bx := newWalk(backend.Layout{Shape: lx.Shape[:r], Stride: lx.Stride[:r]})
	by := newWalk(backend.Layout{Shape: ly.Shape[:r], Stride: ly.Stride[:r]})
	list := starts.Get().(*[]gemm.Start)
	defer starts.Put(list)
	*list = (*list)[:0]
	for i := range bx.n {
		*list = append(*list, gemm.Start{A: bx.seek(i).at, B: by.seek(i).at})
	}
	batch := gemm.Batch[S, D]{
		M: ld.Shape[r], N: ld.Shape[r+1], K: lx.Shape[r+1],
		A:      gemm.Matrix[S]{Data: slice[S](x), Offset: lx.Offset, Row: lx.Stride[r], Col: lx.Stride[r+1]},
		B:      gemm.Matrix[S]{Data: slice[S](y), Offset: ly.Offset, Row: ly.Stride[r], Col: ly.Stride[r+1]},
		C:      slice[D](dst)[ld.Offset : ld.Offset+ld.Len()],
		Starts: *list,
	}
	if mmap.Active() {
		guarded := batch
		mmap.Guard(func() { mul(guarded) }) // some of it bypasses par.For
		return
	}
	mul(batch)
}
