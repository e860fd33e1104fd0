//go:build cuda

package cuda

import "github.com/rustygradients/rg/tensor/backend"

// finish does what is left of an epilogue, in one launch, to a product that is in dst.
func (b *Backend) finish(dst backend.View, rest backend.Epilogue) error {
	if rest.Bias.Storage == nil && rest.Before.Storage == nil && rest.Activation == backend.EpilogueNone {
		return nil
	}
	const op = "matmul"
	a := newArguments()
	size := dst.Storage.DType().Size()
	address := []uint64{a.hold(dst), a.hold(dst), a.hold(dst)}
	layouts := []backend.Layout{dst.Layout, dst.Layout, dst.Layout} // what there is none of takes dst's place
	var before, bias uint64
	if rest.Before.Storage != nil {
		before = a.hold(rest.Before)
		address[1] = before
	}
	if rest.Bias.Storage != nil {
		bias = a.hold(rest.Bias)
		last := dst.Layout.Rank() - 1
		rows := backend.Layout{Shape: dst.Layout.Shape, Stride: make([]int, last+1)}
		rows.Stride[last] = rest.Bias.Layout.Stride[0]
		address[2], layouts[2] = bias, rows
	}
	n, err := newNest(rowMajor, layouts...)
	if err != nil {
		a.release()
		return b.wrap(op, err)
	}
	n.widen(width(size), address, []int{size, size, size})
	a.pointer(address[0]).pointer(before).pointer(bias).int32(int(rest.Activation)).fields(n.append)
	return b.launch(op, "rg_epilogue_"+suffix(dst.Storage.DType()), b.spread(n.packs), a)
}
