//go:build cuda

package cuda

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/rustygradients/rg/gpu/cuda/cushim"
	"github.com/rustygradients/rg/tensor/backend"
)

// heads is the struct Heads of kernels/attention.cu, over q, k, v, dst, g, dq, dk and dv; views that a kernel doesn't use have no storage.
type heads struct {
	front                       nest
	views                       []backend.View
	heads, group, queries, keys int
	depth, width, rank          int
	o                           backend.Attention
}

func newHeads(o backend.Attention, views ...backend.View) (h heads, err error) {
	q, k, v := views[0].Layout, views[1].Layout, views[2].Layout
	r := q.Rank()
	h = heads{
		views: views, rank: r, o: o, heads: q.Shape[r-3], queries: q.Shape[r-2], depth: q.Shape[r-1],
		keys: k.Shape[r-2], width: v.Shape[r-1], group: q.Shape[r-3] / max(k.Shape[r-3], 1),
	}
	var fronts []backend.Layout
	for _, v := range views {
		stride := make([]int, r-3)
		if v.Storage != nil {
			stride = v.Layout.Stride[:r-3]
		}
		fronts = append(fronts, backend.Layout{Shape: q.Shape[:r-3], Stride: stride})
	}
	h.front, err = newNest(rowMajor, fronts...)
	return h, err
}

func (h *heads) append(out []byte) []byte {
	le := binary.LittleEndian
	out = h.front.append(out)
	for axis := h.rank - 3; axis < h.rank; axis++ {
		for _, v := range h.views {
			step := 0
			if v.Storage != nil {
				step = v.Layout.Stride[axis]
			}
			out = le.AppendUint64(out, uint64(step))
		}
	}
	for _, n := range []int{h.heads, h.group, h.queries, h.keys, h.depth, h.width} {
		out = le.AppendUint64(out, uint64(n))
	}
	out = le.AppendUint64(out, math.Float64bits(h.o.Scale))
	return le.AppendUint64(out, uint64(bit(h.o.Causal)))
}

// flashRows is how many rows kernels/flash.cu has in a tile.
const flashRows = 64

// suitsFlash reports whether the kernels of flash.cu take the operands: halves, of 64 or 128 columns, whose rows begin at multiples of 16 bytes.
func (b *Backend) suitsFlash(h *heads) bool {
	if b.major < 8 || !h.views[0].Storage.DType().IsHalf() || h.depth != h.width || h.depth != 64 && h.depth != 128 {
		return false
	}
	for k, v := range h.views {
		if v.Storage == nil {
			continue
		}
		const size, elements = 2, chunk / 2
		stride := v.Layout.Stride[h.rank-3:]
		steps := stride[0] | stride[1]
		for _, s := range h.front.step[k] {
			steps |= s
		}
		if stride[2] != 1 || steps%elements != 0 || (v.Storage.(*Storage).address()+uint64(size*v.Layout.Offset))%chunk != 0 {
			return false
		}
	}
	return true
}

// flash launches a kernel of flash.cu, which keeps so many tiles of rows in shared memory.
func (b *Backend) flash(op, kernel string, h *heads, rows, heads, tiles int, a *arguments) error {
	blocks := (rows + flashRows - 1) / flashRows * heads * h.front.packs
	if blocks > math.MaxInt32 {
		return fmt.Errorf("%s on %s: %d tiles are more than a launch takes", op, b.Name(), blocks)
	}
	g := cushim.Grid{
		Blocks: [3]uint32{uint32(blocks), 1, 1}, Threads: [3]uint32{flashRows * 2, 1, 1}, Shared: uint32(tiles * flashRows * h.depth * 2),
	}
	return b.launch(op, fmt.Sprintf("%s_%s_%d", kernel, suffix(h.views[0].Storage.DType()), h.depth), g, a.fields(h.append))
}

// tiles launches a kernel that takes tiles of rows of each head. A row of a tile takes that many elements of shared memory, in
// which there must be room for two, those of a warp.
func (b *Backend) tiles(op, kernel string, h *heads, rows, heads, elements int, a *arguments) error {
	dt := h.views[0].Storage.DType()
	const lanes, plenty = 32, 48 << 10 // more than that must be asked for
	size := max(dt.Size(), 4)
	bytes := func(warps int) int { return (2*warps*elements + lanes*(lanes+1)) * size }
	warps := 8
	for warps > 1 && bytes(warps) > plenty {
		warps /= 2
	}
	if bytes(warps) > b.shared {
		return fmt.Errorf("%s on %s: heads of %d and %d elements don't fit into a block's %d bytes: %w", op, b.Name(), h.depth, h.width, b.shared, errors.ErrUnsupported)
	}
	tiles := (rows + 2*warps - 1) / (2 * warps) * heads * h.front.packs
	if tiles > math.MaxInt32 {
		return fmt.Errorf("%s on %s: %d tiles are more than a launch takes", op, b.Name(), tiles)
	}
	g := cushim.Grid{
		Blocks: [3]uint32{uint32(tiles), 1, 1}, Threads: [3]uint32{uint32(warps * lanes), 1, 1}, Shared: uint32(bytes(warps)),
	}
	return b.launch(op, kernel+"_"+suffix(dt), g, a.fields(h.append))
}

// Attention computes attention by tiles of queries.
func (b *Backend) Attention(dst, lse, q, k, v backend.View, o backend.Attention) error {
	if lse.Layout.Len() == 0 {
		return nil
	}
	const op = "attention"
	if err := b.sameTypes(op, dst, q, k, v); err != nil {
		return err
	}
	h, err := newHeads(o, q, k, v, dst, backend.View{}, backend.View{}, backend.View{}, backend.View{})
	if err != nil {
		return b.wrap(op, err)
	}
	a := newArguments().view(dst).view(lse).view(q).view(k).view(v)
	if b.suitsFlash(&h) {
		return b.flash(op, "rg_flash", &h, h.queries, h.heads, 3, a)
	}
	return b.tiles(op, "rg_attention", &h, h.queries, h.heads, h.depth+h.width+32, a)
}

// AttentionGrad computes the gradient of queries by tiles of queries, and those of keys and values by tiles of keys.
func (b *Backend) AttentionGrad(dq, dk, dv, q, k, v, dst, lse, g backend.View, o backend.Attention) error {
	const op = "attention backward"
	if lse.Layout.Len() == 0 || k.Layout.Shape[k.Layout.Rank()-2] == 0 {
		for _, v := range []backend.View{dq, dk, dv} {
			if err := b.Fill(v, 0); err != nil {
				return err
			}
		}
		return nil
	}
	h, err := newHeads(o, q, k, v, dst, g, dq, dk, dv)
	if err != nil {
		return b.wrap(op, err)
	}
	delta, err := b.scratch(lse.Storage.DType(), lse.Layout.Shape...)
	if err != nil {
		return err
	}
	defer delta.Storage.Free()
	a := newArguments().view(delta).view(dst).view(g).fields(h.append)
	if err := b.launch(op, "rg_attention_delta_"+suffix(q.Storage.DType()), b.spread(lse.Layout.Len()*32), a); err != nil {
		return err
	}
	a = newArguments().view(dq).view(q).view(k).view(v).view(g).view(lse).view(delta)
	if b.suitsFlash(&h) {
		if err := b.flash(op, "rg_flash_grad_q", &h, h.queries, h.heads, 4, a); err != nil {
			return err
		}
		a = newArguments().view(dk).view(dv).view(q).view(k).view(v).view(g).view(lse).view(delta)
		return b.flash(op, "rg_flash_grad_kv", &h, h.keys, h.heads/h.group, 4, a)
	}
	if err := b.tiles(op, "rg_attention_grad_q", &h, h.queries, h.heads, 2*h.depth+h.width+32, a); err != nil {
		return err
	}
	a = newArguments().view(dk).view(dv).view(q).view(k).view(v).view(g).view(lse).view(delta)
	return b.tiles(op, "rg_attention_grad_kv", &h, h.keys, h.heads/h.group, 2*h.depth+2*h.width+64, a)
}
