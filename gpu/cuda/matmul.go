//go:build cuda

package cuda

import (
	"encoding/binary"
	"fmt"

	"github.com/rustygradients/rg/gpu/cuda/cushim"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// What kernels/matmul.cu is made for.
const (
	batchRank = 6
	tile      = 64
	maxGridZ  = 65535
)

// MatMul multiplies the last two axes.
func (b *Backend) MatMul(dst, x, y backend.View) error {
	if dst.Layout.Len() == 0 {
		return nil
	}
	if dt := x.Storage.DType(); dt == dtype.Int8 || dt == dtype.Uint8 {
		return b.matMulBytes(dst, x, y)
	}
	rank := dst.Layout.Rank()
	m, n, k := dst.Layout.Shape[rank-2], dst.Layout.Shape[rank-1], x.Layout.Shape[rank-1]
	front := func(l backend.Layout) backend.Layout {
		return backend.Layout{Shape: dst.Layout.Shape[:rank-2], Stride: l.Stride[:rank-2]}
	}
	batch, err := newNest(rowMajor, front(x.Layout), front(y.Layout))
	if err == nil && batch.rank > batchRank {
		err = fmt.Errorf("%d batch axes that can't be joined; make the operands contiguous first", batch.rank)
	}
	if err != nil {
		return b.wrap("matmul", err)
	}
	for first := 0; first < batch.packs; first += maxGridZ {
		a := newArguments().view(dst).view(x).view(y).fields(func(out []byte) []byte { // struct Product of matmul.cu
			le := binary.LittleEndian
			for _, v := range []int{m, n, k, batch.rank} {
				out = le.AppendUint32(out, uint32(v))
			}
			for _, v := range []int{
				x.Layout.Stride[rank-2], x.Layout.Stride[rank-1], y.Layout.Stride[rank-2], y.Layout.Stride[rank-1], first,
			} {
				out = le.AppendUint64(out, uint64(v))
			}
			at := func(list []int, i int) int {
				if i < len(list) {
					return list[i]
				}
				return 0
			}
			for i := range batchRank {
				out = le.AppendUint32(out, uint32(max(at(batch.size, i), 1)))
			}
			for operand := range 2 {
				for i := range batchRank {
					out = le.AppendUint64(out, uint64(at(batch.step[operand], i)))
				}
			}
			return out
		})
		g := cushim.Grid{
			Blocks:  [3]uint32{uint32((m + tile - 1) / tile), uint32((n + tile - 1) / tile), uint32(min(batch.packs-first, maxGridZ))},
			Threads: [3]uint32{16, 16, 1},
		}
		if err := b.launch("matmul", "rg_matmul_"+suffix(x.Storage.DType()), g, a); err != nil {
			return err
		}
	}
	return nil
}

// matMulBytes multiplies integers of a byte as wider ones; what doesn't fit wraps.
func (b *Backend) matMulBytes(dst, x, y backend.View) error {
	wide := func(v backend.View, copied bool) (w backend.View, err error) {
		shape := v.Layout.Shape
		w.Layout = backend.Contiguous(shape...)
		if w.Storage, err = b.Alloc(dtype.Int32, w.Layout.Len()); err == nil && copied {
			err = b.Copy(w, v)
		}
		return w, err
	}
	p, err := wide(x, true)
	if err != nil {
		return err
	}
	defer p.Storage.Free()
	q, err := wide(y, true)
	if err != nil {
		return err
	}
	defer q.Storage.Free()
	if dst.Storage.DType() == dtype.Int32 {
		return b.MatMul(dst, p, q)
	}
	out, err := wide(dst, false)
	if err != nil {
		return err
	}
	defer out.Storage.Free()
	if err := b.MatMul(out, p, q); err != nil {
		return err
	}
	return b.Copy(dst, out)
}
