//go:build cuda

package cuda

import (
	"math/bits"
	"slices"

	"github.com/rustygradients/rg/gpu/cuda/cushim"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Reduce folds axes: by a block an element, or by a thread an element where the elements lie side by side; see kernels/reduce.cu. Where there
// are too few elements to fill the device, each is folded in parts.
func (b *Backend) Reduce(op backend.ReduceOp, dst, x backend.View, axes ...int) error {
	count := dst.Layout.Len()
	if count == 0 {
		return nil
	}
	kept, folded := backend.Layout{}, backend.Layout{}
	result := backend.Layout{}
	for a, size := range x.Layout.Shape {
		if slices.Contains(axes, a) {
			folded.Shape, folded.Stride = append(folded.Shape, size), append(folded.Stride, x.Layout.Stride[a])
			continue
		}
		kept.Shape, kept.Stride = append(kept.Shape, size), append(kept.Stride, x.Layout.Stride[a])
		result.Shape, result.Stride = append(result.Shape, size), append(result.Stride, dst.Layout.Stride[a])
	}
	if folded.Len() == 0 {
		identity := 0.0
		if op == backend.Prod || op == backend.All {
			identity = 1
		}
		return b.Fill(dst, identity)
	}
	outer, err := newNest(anyOrder, result, kept)
	if err != nil {
		return b.wrap(op.String(), err)
	}
	inner, err := newNest(rowMajor, folded)
	if err != nil {
		return b.wrap(op.String(), err)
	}
	last := outer.rank - 1
	columns := outer.step[1][last] == 1 && outer.size[last] >= 32 && inner.step[0][inner.rank-1] != 1
	g := cushim.Grid{Blocks: [3]uint32{1, 1, 1}, Threads: [3]uint32{1, 1, 1}}
	shape, blocks, share := "rows", count, 0 // share: threads that fold one element together
	if columns {
		shape, share = "columns", 8
		g.Threads = [3]uint32{32, 8, 1}
		blocks = (count + 31) / 32
	} else {
		share = max(32, min(threads, 1<<bits.Len(uint(inner.packs-1))))
		g.Threads[0] = uint32(share)
	}
	g.Blocks[0] = uint32(min(blocks, b.sms*32))
	parts := 1
	if wanted := b.sms * 4; blocks < wanted {
		parts = max(1, min(wanted/blocks, inner.packs/(share*8), 256))
	}
	name, kind := "rg_"+op.String()+"_", x.Storage.DType()
	if op != backend.Any && op != backend.All {
		kind = asNumber(kind)
	}
	a := newArguments().view(dst).view(x)
	if parts == 1 {
		a.pointer(0).fields(outer.append).fields(inner.append)
		return b.launch(op.String(), name+shape+"_"+suffix(kind), g, a)
	}
	g.Blocks[1] = uint32(parts)
	partials, err := b.scratch(dtype.Uint8, parts*count*carry(op, x.Storage.DType()))
	if err != nil {
		return err
	}
	defer partials.Storage.Free()
	a.view(partials).fields(outer.append).fields(inner.append)
	if err := b.launch(op.String(), name+shape+"_"+suffix(kind), g, a); err != nil {
		return err
	}
	a = newArguments().view(dst).view(partials).int32(parts).fields(outer.append)
	return b.launch(op.String(), name+"parts_"+suffix(kind), b.spread(count), a)
}

// carry is how many bytes what is carried on the way takes.
func carry(op backend.ReduceOp, dt dtype.DType) int {
	switch op {
	case backend.Sum:
		return max(dt.Size(), 4)
	case backend.Prod:
		return 8
	case backend.Any, backend.All:
		return 1
	}
	return 16 // a number and where it is
}
