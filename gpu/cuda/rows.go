//go:build cuda

package cuda

import (
	"encoding/binary"

	"github.com/rustygradients/rg/gpu/cuda/cushim"
	"github.com/rustygradients/rg/tensor/backend"
)

// rowsNest is the struct Rows of kernels/rows.cu: a nest of the axes in front, the rows' length, and the step along the row of each view.
type rowsNest struct {
	nest
	length int
	along  []int
}

func rowsOf(laid []backend.View) (r rowsNest, err error) {
	last := laid[0].Layout.Rank() - 1
	fronts := make([]backend.Layout, len(laid))
	for k, v := range laid {
		fronts[k] = backend.Layout{Shape: v.Layout.Shape[:last], Stride: v.Layout.Stride[:last]}
		r.along = append(r.along, v.Layout.Stride[last])
	}
	r.length = laid[0].Layout.Shape[last]
	r.nest, err = newNest(rowMajor, fronts...)
	return r, err
}

func (r *rowsNest) append(out []byte) []byte {
	out = binary.LittleEndian.AppendUint64(r.nest.append(out), uint64(r.length))
	for _, step := range r.along {
		out = binary.LittleEndian.AppendUint64(out, uint64(step))
	}
	return out
}

// rows launches a kernel that works on rows along the last axis of the views that laid holds, one block a row.
func (b *Backend) rows(op, kernel string, laid []backend.View, arg func(*arguments)) error {
	if laid[0].Layout.Len() == 0 {
		return nil
	}
	if err := b.sameTypes(op, laid...); err != nil {
		return err
	}
	r, err := rowsOf(laid)
	if err != nil {
		return b.wrap(op, err)
	}
	a := newArguments()
	arg(a)
	a.fields(r.append)
	width := 32
	for width < r.length && width < threads {
		width *= 2
	}
	g := cushim.Grid{Blocks: [3]uint32{uint32(min(r.packs, b.sms*64)), 1, 1}, Threads: [3]uint32{uint32(width), 1, 1}}
	return b.launch(op, kernel+"_"+suffix(laid[0].Storage.DType()), g, a)
}

// Softmax is that of rows.
func (b *Backend) Softmax(dst, x backend.View) error {
	return b.rows("softmax", "rg_softmax", []backend.View{dst, x}, func(a *arguments) { a.view(dst).view(x) })
}

// LogSoftmax is its logarithm.
func (b *Backend) LogSoftmax(dst, x backend.View) error {
	return b.rows("log_softmax", "rg_log_softmax", []backend.View{dst, x}, func(a *arguments) { a.view(dst).view(x) })
}

// SoftmaxGrad is y·(g − Σ g·y).
func (b *Backend) SoftmaxGrad(dst, y, g backend.View) error {
	return b.rows("softmax backward", "rg_softmax_grad", []backend.View{dst, y, g}, func(a *arguments) { a.view(dst).view(y).view(g) })
}

// LogSoftmaxGrad is g − exp(y)·Σ g.
func (b *Backend) LogSoftmaxGrad(dst, y, g backend.View) error {
	return b.rows("log_softmax backward", "rg_log_softmax_grad", []backend.View{dst, y, g},
		func(a *arguments) { a.view(dst).view(y).view(g) })
}

// Norm normalises rows to mean 0 and variance 1.
func (b *Backend) Norm(dst, x backend.View, eps float64) error {
	return b.rows("norm", "rg_norm", []backend.View{dst, x}, func(a *arguments) { a.view(dst).view(x).float64(eps) })
}

// NormGrad is its gradient.
func (b *Backend) NormGrad(dst, x, g backend.View, eps float64) error {
	return b.rows("norm backward", "rg_norm_grad", []backend.View{dst, x, g},
		func(a *arguments) { a.view(dst).view(x).view(g).float64(eps) })
}

// CrossEntropy is −log softmax(x)[target] of rows.
func (b *Backend) CrossEntropy(dst, lse, x, targets backend.View) error {
	return b.rows("cross_entropy", "rg_cross_entropy", []backend.View{x}, func(a *arguments) {
		a.view(dst).view(lse).view(x).view(targets).int64(targets.Layout.Stride[0]).pointer(b.faultAt("cross_entropy"))
	})
}

// CrossEntropyGrad is g·(softmax(x) − onehot(target)).
func (b *Backend) CrossEntropyGrad(dst, x, targets, lse, g backend.View) error {
	return b.rows("cross_entropy backward", "rg_cross_entropy_grad", []backend.View{x}, func(a *arguments) {
		a.view(dst).view(x).view(targets).view(lse).view(g).int64(targets.Layout.Stride[0]).int64(lse.Layout.Stride[0]).int64(g.Layout.Stride[0])
	})
}
