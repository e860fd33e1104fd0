//go:build cuda

package cuda

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/rustygradients/rg/gpu/cuda/cushim"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// suffix is how kernels' names say a data type.
func suffix(dt dtype.DType) string {
	switch dt {
	case dtype.Float32:
		return "f32"
	case dtype.Float64:
		return "f64"
	case dtype.Float16:
		return "f16"
	case dtype.BFloat16:
		return "bf16"
	case dtype.Int64:
		return "i64"
	case dtype.Int32:
		return "i32"
	case dtype.Int8:
		return "i8"
	case dtype.Uint8:
		return "u8"
	}
	return "bool"
}

// Copy copies elements, and converts them.
func (b *Backend) Copy(dst, src backend.View) error {
	from, to := src.Storage.DType(), dst.Storage.DType()
	if from != to {
		return b.mapped("copy", "rg_copy_"+suffix(from)+"_"+suffix(to), []backend.View{dst, src}, nil)
	}
	if done, err := b.transpose(dst, src); done {
		return err
	}
	return b.mapped("copy", fmt.Sprintf("rg_move_%d", from.Size()), []backend.View{dst, src}, nil)
}

// transpose copies where one side's rows are the other's columns, through tiles; done is false where that isn't so.
func (b *Backend) transpose(dst, src backend.View) (done bool, err error) {
	if dst.Layout.Len() < 1024 {
		return false, nil
	}
	n, err := newNest(anyOrder, dst.Layout, src.Layout)
	if err != nil || n.rank < 2 || n.rank > 3 || n.step[0][n.rank-1] != 1 || n.step[1][n.rank-1] <= 1 {
		return false, nil
	}
	row := n.rank - 2
	if n.step[1][row] != 1 {
		row--
	}
	if row < 0 || n.step[1][row] != 1 {
		return false, nil
	}
	column, batch := n.rank-1, 0
	batches, dstBatch, srcBatch := 1, 0, 0
	if n.rank == 3 {
		batch = 1 - row
		batches, dstBatch, srcBatch = n.size[batch], n.step[0][batch], n.step[1][batch]
	}
	rows, columns := n.size[row], n.size[column]
	if batches > 65535 || rows > 65535*32 || rows < 8 || columns < 8 {
		return false, nil
	}
	a := newArguments().view(dst).view(src).int64(rows).int64(columns).int64(n.step[0][row]).int64(n.step[1][column]).
		int64(dstBatch).int64(srcBatch)
	g := cushim.Grid{
		Blocks:  [3]uint32{uint32((columns + 31) / 32), uint32((rows + 31) / 32), uint32(batches)},
		Threads: [3]uint32{32, 8, 1},
	}
	return true, b.launch("copy", fmt.Sprintf("rg_transpose_%d", src.Storage.DType().Size()), g, a)
}

// Fill writes one value.
func (b *Backend) Fill(dst backend.View, value float64) error {
	dt := dst.Storage.DType()
	return b.mapped("fill", fmt.Sprintf("rg_fill_%d", dt.Size()), []backend.View{dst}, func(a *arguments) { a.pointer(pattern(dt, value)) })
}

// pattern is a value's bits in a data type.
func pattern(dt dtype.DType, v float64) uint64 {
	switch dt {
	case dtype.Float32:
		return uint64(math.Float32bits(float32(v)))
	case dtype.Float64:
		return math.Float64bits(v)
	case dtype.Float16:
		return uint64(dtype.NarrowFloat16(float32(v)))
	case dtype.BFloat16:
		return uint64(dtype.NarrowBFloat16(float32(v)))
	case dtype.Bool:
		if v != 0 {
			return 1
		}
		return 0
	}
	return uint64(int64(v))
}

// Unary applies a function to each element.
func (b *Backend) Unary(op backend.UnaryOp, dst, x backend.View) error {
	kind := x.Storage.DType()
	if op != backend.Not {
		kind = asNumber(kind)
	}
	return b.mapped(op.String(), "rg_"+op.String()+"_"+suffix(kind), []backend.View{dst, x}, nil)
}

// asNumber is the type that bools are numbers of, where they have no kernels of their own; others are theirs.
func asNumber(dt dtype.DType) dtype.DType {
	if dt == dtype.Bool {
		return dtype.Uint8
	}
	return dt
}

// Binary applies a function to each pair.
func (b *Backend) Binary(op backend.BinaryOp, dst, x, y backend.View) error {
	kernel := "rg_" + op.String() + "_" + suffix(x.Storage.DType())
	if x.Storage.DType() != y.Storage.DType() {
		kernel += "_" + suffix(y.Storage.DType())
	}
	return b.mapped(op.String(), kernel, []backend.View{dst, x, y}, nil)
}

// Where picks elements.
func (b *Backend) Where(dst, cond, x, y backend.View) error {
	if err := b.sameTypes("where", dst, x, y); err != nil {
		return err
	}
	return b.mapped("where", fmt.Sprintf("rg_where_%d", x.Storage.DType().Size()), []backend.View{dst, cond, x, y}, nil)
}

// Activation computes a smooth activation.
func (b *Backend) Activation(act backend.Activation, dst, x backend.View) error {
	return b.mapped(act.String(), "rg_"+act.String()+"_"+suffix(x.Storage.DType()), []backend.View{dst, x}, nil)
}

// ActivationGrad computes its gradient.
func (b *Backend) ActivationGrad(act backend.Activation, dst, x, g backend.View) error {
	return b.mapped(act.String()+" backward", "rg_"+act.String()+"_grad_"+suffix(x.Storage.DType()), []backend.View{dst, x, g}, nil)
}

// SwiGLU computes x·gate·σ(gate).
func (b *Backend) SwiGLU(dst, x, gate backend.View) error {
	return b.mapped("swiglu", "rg_swiglu_"+suffix(x.Storage.DType()), []backend.View{dst, x, gate}, nil)
}

// SwiGLUGrad computes the gradients of x and gate.
func (b *Backend) SwiGLUGrad(dx, dgate, x, gate, g backend.View) error {
	return b.mapped("swiglu backward", "rg_swiglu_grad_"+suffix(x.Storage.DType()), []backend.View{dx, dgate, x, gate, g}, nil)
}

// Dropout keeps and scales elements as they are drawn: a thread a pack, where elements lie so that it can, or else two.
func (b *Backend) Dropout(dst, x backend.View, d backend.Dropout) error {
	const op = "dropout"
	n := dst.Layout.Len()
	if n == 0 {
		return nil
	}
	nest, err := newNest(rowMajor, dst.Layout, x.Layout)
	if err != nil {
		return b.wrap(op, err)
	}
	dt := dst.Storage.DType()
	a := newArguments()
	address := []uint64{a.hold(dst), a.hold(x)}
	nest.widen(width(dt.Size()), address, []int{dt.Size(), dt.Size()})
	a.pointer(address[0]).pointer(address[1]).int64(int(d.Seed)).int64(int(d.Offset)).int64(int(d.Below())).float64(d.Scale).int64(n).fields(nest.append)
	items := nest.packs
	if nest.width == 1 {
		items = (n + 1) / 2
	}
	return b.launch(op, "rg_dropout_"+suffix(dt), b.spread(items), a)
}

// Random fills dst from a counter-based generator.
func (b *Backend) Random(dst backend.View, d backend.Distribution, seed, offset uint64) error {
	n := dst.Layout.Len()
	if n == 0 {
		return nil
	}
	nest, err := newNest(rowMajor, dst.Layout)
	if err != nil {
		return b.wrap("random", err)
	}
	dt := dst.Storage.DType()
	whole := 0
	below := d.B
	if dt.IsFloat() {
		below = dt.Below(d.B)
	} else {
		whole = 1
	}
	a := newArguments().view(dst).fields(func(out []byte) []byte { // struct Draw of random.cu
		le := binary.LittleEndian
		out = le.AppendUint32(out, uint32(d.Kind))
		out = le.AppendUint32(out, uint32(whole))
		for _, v := range []uint64{seed, offset, d.Span(), math.Float64bits(d.A), math.Float64bits(d.B), math.Float64bits(below)} {
			out = le.AppendUint64(out, v)
		}
		return out
	}).int64(n).fields(nest.append)
	return b.launch("random", "rg_random_"+suffix(dt), b.spread((n+1)/2), a)
}
