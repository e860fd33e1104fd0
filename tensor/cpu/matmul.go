package cpu

import (
	"fmt"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/gemm"
	"github.com/rustygradients/rg/tensor/dtype"
	"github.com/rustygradients/rg/tensor/internal/mmap"
)

// MatMul multiplies the last two axes, (…, m, k) × (…, k, n) → (…, m, n).
func (*Backend) MatMul(dst, x, y backend.View) error {
	if err := owned(dst, x, y); err != nil {
		return err
	}
	dt := dst.Storage.DType()
	if x.Storage.DType() != dt || y.Storage.DType() != dt {
		return fmt.Errorf("cpu: matmul: data types differ: %s from %s × %s", dt, x.Storage.DType(), y.Storage.DType())
	}
	if !dst.Layout.IsContiguous() {
		return fmt.Errorf("cpu: matmul: the destination is not contiguous")
	}
	switch dt {
	case dtype.Float32:
		matMul(dst, x, y, gemm.Float32)
	case dtype.Float64:
		matMul(dst, x, y, gemm.Any[float64])
	case dtype.Int64:
		matMul(dst, x, y, gemm.Any[int64])
	case dtype.Int32:
		matMul(dst, x, y, gemm.Any[int32])
	case dtype.Int8:
		matMul(dst, x, y, gemm.Any[int8])
	case dtype.Float16, dtype.BFloat16:
		return inFloat32(dst, func(dst backend.View, ins []backend.View) error {
			matMul(dst, ins[0], ins[1], gemm.Float32)
			return nil
		}, x, y)
	case dtype.Uint8:
		matMul(dst, x, y, gemm.Any[uint8])
	default:
		return errDType(opName("matmul"), dt)
	}
	return nil
}

func matMul[T number](dst, x, y backend.View, mul func(batch []gemm.Problem[T])) {
	lx, ly, ld := x.Layout, y.Layout, dst.Layout
	r := ld.Rank() - 2
	m, n, k := ld.Shape[r], ld.Shape[r+1], lx.Shape[r+1]
	if ld.Len() == 0 {
		return
	}
	bx := newWalk(backend.Layout{Shape: lx.Shape[:r], Stride: lx.Stride[:r], Offset: lx.Offset})
	by := newWalk(backend.Layout{Shape: ly.Shape[:r], Stride: ly.Stride[:r], Offset: ly.Offset})
	xs, ys, ds := slice[T](x), slice[T](y), slice[T](dst)
	at := ld.Offset
	batch := make([]gemm.Problem[T], bx.n)
	for i := range batch {
		batch[i] = gemm.Problem[T]{
			M: m, N: n, K: k,
			A: gemm.Matrix[T]{Data: xs, Offset: bx.seek(i).at, Row: lx.Stride[r], Col: lx.Stride[r+1]},
			B: gemm.Matrix[T]{Data: ys, Offset: by.seek(i).at, Row: ly.Stride[r], Col: ly.Stride[r+1]},
			C: ds[at : at+m*n],
		}
		at += m * n
	}
	mmap.Guard(func() { mul(batch) }) // some of it bypasses par.For
}
