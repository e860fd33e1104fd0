//go:build cuda

package cuda

import (
	"encoding/binary"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// checkEpilogue is an error unless the types are such as kernels read: those of dst, and of a bias beside halves float32 as well.
func (b *Backend) checkEpilogue(dst backend.View, e backend.Epilogue) error {
	views := []backend.View{dst}
	if e.Bias.Storage != nil && !floatBias(dst, e) {
		views = append(views, e.Bias)
	}
	if e.Before.Storage != nil {
		views = append(views, e.Before)
	}
	return b.sameTypes("matmul", views...)
}

// floatBias says whether a bias of float32 stands beside halves.
func floatBias(dst backend.View, e backend.Epilogue) bool {
	return e.Bias.Storage != nil && e.Bias.Storage.DType() == dtype.Float32 && dst.Storage.DType().IsHalf()
}

// epilogue writes the struct Epilogue of kernels/epilogue.cuh.
func (a *arguments) epilogue(out []byte, dst backend.View, e backend.Epilogue) []byte {
	var bias, step, before uint64
	if e.Bias.Storage != nil {
		bias, step = a.hold(e.Bias), uint64(e.Bias.Layout.Stride[0])
	}
	if e.Before.Storage != nil {
		before = a.hold(e.Before)
	}
	le := binary.LittleEndian
	for _, v := range []uint64{bias, step, before} {
		out = le.AppendUint64(out, v)
	}
	return le.AppendUint32(le.AppendUint32(out, uint32(e.Activation)), uint32(bit(floatBias(dst, e))))
}

// finish does what is left of an epilogue, in one launch, to a product that is in dst.
func (b *Backend) finish(dst backend.View, rest backend.Epilogue) error {
	if rest.Bias.Storage == nil && rest.Before.Storage == nil && rest.Activation == backend.EpilogueNone {
		return nil
	}
	const op = "matmul"
	dt := dst.Storage.DType()
	kernel := "rg_epilogue_" + suffix(dt)
	a := newArguments()
	here := a.hold(dst)
	address, bytes := []uint64{here, here, here}, []int{dt.Size(), dt.Size(), dt.Size()}
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
		address[2], layouts[2], bytes[2] = bias, rows, rest.Bias.Storage.DType().Size()
		if floatBias(dst, rest) {
			kernel += "_f32"
		}
	}
	n, err := newNest(rowMajor, layouts...)
	if err != nil {
		a.release()
		return b.wrap(op, err)
	}
	n.widen(width(bytes...), address, bytes)
	a.pointer(here).pointer(before).pointer(bias).int32(int(rest.Activation)).fields(n.append)
	return b.launch(op, kernel, b.spread(n.packs), a)
}
