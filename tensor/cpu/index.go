package cpu

import (
	"fmt"
	"sync/atomic"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Gather reads along one axis: dst[…, i, …] = x[…, idx[…, i, …], …].
func (*Backend) Gather(dst, x, idx backend.View, axis int) error {
	if err := owned(dst, x, idx); err != nil {
		return err
	}
	if err := checkIndex("gather", x, dst, idx, axis); err != nil {
		return err
	}
	switch dst.Storage.DType().Size() {
	case 1:
		gather[uint8](dst, x, idx, axis)
	case 2:
		gather[uint16](dst, x, idx, axis)
	case 4:
		gather[int32](dst, x, idx, axis)
	default:
		gather[int64](dst, x, idx, axis)
	}
	return nil
}

// ScatterAdd adds along one axis: dst[…, idx[…, i, …], …] += src[…, i, …], in the order of i.
func (*Backend) ScatterAdd(dst, src, idx backend.View, axis int) error {
	if err := owned(dst, src, idx); err != nil {
		return err
	}
	if err := checkIndex("scatter-add", dst, src, idx, axis); err != nil {
		return err
	}
	switch dt := dst.Storage.DType(); dt {
	case dtype.Float32:
		scatterAdd[float32](dst, src, idx, axis)
	case dtype.Float64:
		scatterAdd[float64](dst, src, idx, axis)
	case dtype.Int64:
		scatterAdd[int64](dst, src, idx, axis)
	case dtype.Int32:
		scatterAdd[int32](dst, src, idx, axis)
	case dtype.Int8:
		scatterAdd[int8](dst, src, idx, axis)
	case dtype.Float16, dtype.BFloat16:
		return inFloat32(dst, func(dst backend.View, ins []backend.View) error {
			scatterAdd[float32](dst, ins[0], idx, axis)
			return nil
		}, src)
	case dtype.Uint8:
		scatterAdd[uint8](dst, src, idx, axis)
	default:
		return errDType(opName("scatter-add"), dt)
	}
	return nil
}

// checkIndex checks that every index fits the axis of big, the operand that is indexed; small is
// the other one.
func checkIndex(op string, big, small, idx backend.View, axis int) error {
	if bd, sd := big.Storage.DType(), small.Storage.DType(); bd != sd {
		return fmt.Errorf("cpu: %s: data types differ: %s and %s", op, bd, sd)
	}
	if dt := idx.Storage.DType(); dt != dtype.Int64 {
		return fmt.Errorf("cpu: %s: indices are %s, not int64", op, dt)
	}
	size := int64(big.Layout.Shape[axis])
	// Every index once: axes along which they are broadcast need no second look.
	l := backend.Layout{Offset: idx.Layout.Offset}
	for a, n := range idx.Layout.Shape {
		if n == 0 {
			return nil
		}
		if s := idx.Layout.Stride[a]; s != 0 {
			l.Shape, l.Stride = append(l.Shape, n), append(l.Stride, s)
		}
	}
	o := newOperand[int64](backend.View{Storage: idx.Storage, Layout: l})
	var bad atomic.Pointer[int64]
	each(o.n, o.contiguous(), 1, func(lo, hi int, s *scratch) {
		for _, v := range o.load(lo, hi, typed[int64](s, 0)) {
			if v < 0 || v >= size {
				bad.CompareAndSwap(nil, &v)
				return
			}
		}
	})
	if v := bad.Load(); v != nil {
		return fmt.Errorf("cpu: %s: index %d is out of range for axis %d of size %d", op, *v, axis, size)
	}
	return nil
}

// indexPlan puts the indexed axis first and the others behind it, so that one index serves a run of
// elements: rows of an embedding, mostly.
type indexPlan struct {
	count       int // entries along the indexed axis of small and idx
	big, small  int // strides of that axis
	idx         int
	rest        int // the product of the other axes
	bigW, smlW  walk
	idxW        walk
	sharedIndex bool // the index is the same for all the other axes
}

func newIndexPlan(big, small, idx backend.View, axis int) *indexPlan {
	others := func(v backend.View) backend.Layout {
		l := backend.Layout{Offset: v.Layout.Offset}
		for a := range v.Layout.Shape {
			if a != axis {
				// The extent is small's: big may be larger elsewhere than along the axis, as in torch.
				l.Shape = append(l.Shape, small.Layout.Shape[a])
				l.Stride = append(l.Stride, v.Layout.Stride[a])
			}
		}
		return l
	}
	p := &indexPlan{
		count: small.Layout.Shape[axis],
		big:   big.Layout.Stride[axis],
		small: small.Layout.Stride[axis],
		idx:   idx.Layout.Stride[axis],
		bigW:  newWalk(others(big)),
		smlW:  newWalk(others(small)),
		idxW:  newWalk(others(idx)),
	}
	p.rest = p.smlW.n
	p.sharedIndex = p.rest == 1 || p.idxW.constant()
	return p
}

// inOrder reports whether, along the other axes, both operands lie in memory in order.
func (p *indexPlan) inOrder() bool { return p.bigW.contiguous() && p.smlW.contiguous() }

func gather[T elem](dst, x, idx backend.View, axis int) {
	p := newIndexPlan(x, dst, idx, axis)
	d, s, ix := slice[T](dst), slice[T](x), slice[int64](idx)
	if p.rest == 0 {
		return
	}
	if p.sharedIndex && p.inOrder() { // copy rows
		par.For(p.count, max(1, grain/p.rest), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				from := p.bigW.offset + int(ix[p.idxW.offset+i*p.idx])*p.big
				to := p.smlW.offset + i*p.small
				copy(d[to:to+p.rest], s[from:from+p.rest])
			}
		})
		return
	}
	par.For(p.rest, max(1, grain/(4*max(p.count, 1))), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			from, to, at := p.bigW.seek(r).at, p.smlW.seek(r).at, p.idxW.seek(r).at
			for range p.count {
				d[to] = s[from+int(ix[at])*p.big]
				to += p.small
				at += p.idx
			}
		}
	})
}

// scatterAdd divides the axes that are not indexed among the threads: two of them never add to the
// same element, and each adds in the order of the index.
func scatterAdd[T number](dst, src, idx backend.View, axis int) {
	p := newIndexPlan(dst, src, idx, axis)
	d, s, ix := slice[T](dst), slice[T](src), slice[int64](idx)
	if p.rest == 0 {
		return
	}
	piece := max(1, grain/(4*max(p.count, 1)))
	if p.sharedIndex && p.inOrder() { // add rows, or parts of them
		par.For(p.rest, max(64, piece), func(lo, hi int) {
			for i := range p.count {
				to := p.bigW.offset + int(ix[p.idxW.offset+i*p.idx])*p.big
				from := p.smlW.offset + i*p.small
				sum := d[to+lo : to+hi]
				add(sum, sum, s[from+lo:from+hi])
			}
		})
		return
	}
	par.For(p.rest, piece, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			to, from, at := p.bigW.seek(r).at, p.smlW.seek(r).at, p.idxW.seek(r).at
			for range p.count {
				d[to+int(ix[at])*p.big] += s[from]
				from += p.small
				at += p.idx
			}
		}
	})
}
