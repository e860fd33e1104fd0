//go:build cuda

package cuda

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// without drops an axis of a layout.
func without(l backend.Layout, axis int) backend.Layout {
	return backend.Layout{
		Shape:  slices.Delete(slices.Clone(l.Shape), axis, axis+1),
		Stride: slices.Delete(slices.Clone(l.Stride), axis, axis+1),
		Offset: l.Offset,
	}
}

// faultAt is where kernels report an index out of range; the error comes with the next call that waits.
func (b *Backend) faultAt(op string) uint64 {
	b.faultOp.Store(&op)
	return uint64(uintptr(unsafe.Pointer(b.fault)))
}

// Gather reads along one axis.
func (b *Backend) Gather(dst, x, idx backend.View, axis int) error {
	if dst.Layout.Len() == 0 {
		return nil
	}
	if err := b.sameTypes("gather", dst, x); err != nil {
		return err
	}
	from := x.Layout
	from.Shape, from.Stride = dst.Layout.Shape, slices.Clone(from.Stride)
	from.Stride[axis] = 0
	n, err := newNest(anyOrder, dst.Layout, from, idx.Layout)
	if err != nil {
		return b.wrap("gather", err)
	}
	a := newArguments().view(dst).view(x).view(idx).int64(x.Layout.Shape[axis]).int64(x.Layout.Stride[axis]).
		pointer(b.faultAt("gather")).fields(n.append)
	return b.launch("gather", fmt.Sprintf("rg_gather_%d", x.Storage.DType().Size()), b.spread(n.packs), a)
}

// ScatterAdd adds along one axis, in the order of the index.
func (b *Backend) ScatterAdd(dst, src, idx backend.View, axis int) error {
	if src.Layout.Len() == 0 {
		return nil
	}
	if dst.Storage.DType().IsHalf() { // a sum of many is rounded once
		sum, err := b.scratch(dtype.Float32, dst.Layout.Shape...)
		if err != nil {
			return err
		}
		defer sum.Storage.Free()
		if err := b.Copy(sum, dst); err != nil {
			return err
		}
		if err := b.scatterAdd(sum, src, idx, axis); err != nil {
			return err
		}
		return b.Copy(dst, sum)
	}
	return b.scatterAdd(dst, src, idx, axis)
}

func (b *Backend) scatterAdd(dst, src, idx backend.View, axis int) error {
	return b.scatter("scatter_add", "rg_scatter_add_"+suffix(src.Storage.DType()), dst, src, idx, axis)
}

// Scatter writes along one axis, in the order of the index.
func (b *Backend) Scatter(dst, src, idx backend.View, axis int) error {
	return b.scatter("scatter", fmt.Sprintf("rg_scatter_%d", src.Storage.DType().Size()), dst, src, idx, axis)
}

// ScatterReduce combines along one axis, in the order of the index.
func (b *Backend) ScatterReduce(op backend.ReduceOp, dst, src, idx backend.View, axis int) error {
	name := "scatter_" + op.String()
	return b.scatter(name, "rg_"+name+"_"+suffix(src.Storage.DType()), dst, src, idx, axis)
}

func (b *Backend) scatter(op, kernel string, dst, src, idx backend.View, axis int) error {
	if src.Layout.Len() == 0 {
		return nil
	}
	into := without(dst.Layout, axis)
	from := without(src.Layout, axis)
	into.Shape = from.Shape
	n, err := newNest(anyOrder, into, from, without(idx.Layout, axis))
	if err != nil {
		return b.wrap(op, err)
	}
	a := newArguments().view(dst).view(src).view(idx).int64(src.Layout.Shape[axis]).int64(dst.Layout.Shape[axis]).
		int64(dst.Layout.Stride[axis]).int64(src.Layout.Stride[axis]).int64(idx.Layout.Stride[axis]).
		pointer(b.faultAt(op)).fields(n.append)
	return b.launch(op, kernel, b.spread(n.packs), a)
}
