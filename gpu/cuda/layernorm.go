//go:build cuda

package cuda

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/rustygradients/rg/gpu/cuda/cushim"
	"github.com/rustygradients/rg/tensor/backend"
)

// optional is the address of a view's first element, or 0 of a view without storage.
func (a *arguments) optional(v backend.View) *arguments {
	if v.Storage == nil {
		return a.pointer(0)
	}
	return a.view(v)
}

// affine is the struct Affine of kernels/rows.cu.
func affine(weight, bias backend.View, o backend.LayerNorm) func(out []byte) []byte {
	step := func(v backend.View) uint64 {
		if v.Storage == nil {
			return 0
		}
		return uint64(v.Layout.Stride[0])
	}
	return func(out []byte) []byte {
		for _, v := range []uint64{math.Float64bits(o.Eps), uint64(bit(o.Uncentered)), step(weight), step(bias)} {
			out = binary.LittleEndian.AppendUint64(out, v)
		}
		return out
	}
}

func (b *Backend) checkLayerNorm(x backend.View, params ...backend.View) error {
	n := x.Layout.Shape[x.Layout.Rank()-1]
	for _, p := range params {
		if p.Storage != nil && p.Layout.Len() != n {
			return fmt.Errorf("layernorm on %s: a weight or bias of %d elements for rows of %d", b.Name(), p.Layout.Len(), n)
		}
	}
	return nil
}

// LayerNorm computes weight·(x − mean)/√(variance + eps) + bias along the last axis, a block a row.
func (b *Backend) LayerNorm(dst, x, weight, bias backend.View, o backend.LayerNorm) error {
	if err := b.checkLayerNorm(x, weight, bias); err != nil {
		return err
	}
	return b.rows("layernorm", "rg_layer_norm", []backend.View{dst, x}, func(a *arguments) {
		a.view(dst).view(x).optional(weight).optional(bias).fields(affine(weight, bias, o))
	})
}

// normRows is how many rows, at least, a part of the gradients of weight and bias is a sum of.
const normRows = 64

// LayerNormGrad computes the gradient of x, a block a row, and then those of weight and bias: sums over parts of the rows, which a
// reduction adds up.
func (b *Backend) LayerNormGrad(dx, dweight, dbias, x, weight, g backend.View, o backend.LayerNorm) error {
	if err := b.checkLayerNorm(x, weight, dweight, dbias); err != nil {
		return err
	}
	const op = "layernorm backward"
	if x.Layout.Len() == 0 {
		for _, v := range []backend.View{dweight, dbias} {
			if v.Storage != nil {
				if err := b.Fill(v, 0); err != nil {
					return err
				}
			}
		}
		return nil
	}
	dt, last := x.Storage.DType(), x.Layout.Rank()-1
	n := x.Layout.Shape[last]
	count := x.Layout.Len() / n
	parts := max(1, min(count/normRows, 64))
	scratch, err := b.Alloc(dt, 2*count+2*parts*n)
	if err != nil {
		return err
	}
	defer scratch.Free()
	at := func(offset int, shape ...int) backend.View {
		l := backend.Contiguous(shape...)
		l.Offset = offset
		return backend.View{Storage: scratch, Layout: l}
	}
	stats, weights, biases := at(0, count, 2), at(2*count, parts, n), at(2*count+parts*n, parts, n)
	err = b.rows(op, "rg_layer_norm_grad", []backend.View{dx, x, g}, func(a *arguments) {
		a.view(dx).view(x).view(g).optional(weight).view(stats).fields(affine(weight, backend.View{}, o))
	})
	if err != nil {
		return err
	}
	of, err := rowsOf([]backend.View{x, g})
	if err != nil {
		return b.wrap(op, err)
	}
	a := newArguments().view(weights).view(biases).view(x).view(g).view(stats).fields(of.append)
	grid := cushim.Grid{Blocks: [3]uint32{uint32((n + 31) / 32), uint32(parts), 1}, Threads: [3]uint32{32, 8, 1}}
	if err := b.launch(op, "rg_layer_norm_parameters_"+suffix(dt), grid, a); err != nil {
		return err
	}
	for v, from := range map[*backend.View]backend.View{&dweight: weights, &dbias: biases} {
		if v.Storage == nil {
			continue
		}
		sum := *v
		sum.Layout.Shape, sum.Layout.Stride = []int{1, n}, []int{n, v.Layout.Stride[0]}
		if err := b.Reduce(backend.Sum, sum, from, 0); err != nil {
			return err
		}
	}
	return nil
}
