//go:build cuda

package cuda

import (
	"encoding/binary"

	"github.com/rustygradients/rg/tensor/backend"
)

// pooled launches a kernel of kernels/pool.cu: in and out are the images and the results, whichever of them is written.
func (b *Backend) pooled(op, kernel string, in, out backend.View, p backend.Pool, operands ...backend.View) error {
	dst := operands[0]
	if dst.Layout.Len() == 0 {
		return nil
	}
	if in.Layout.Len() == 0 || out.Layout.Len() == 0 {
		return b.Fill(dst, 0)
	}
	xs, ys := in.Layout.Shape, out.Layout.Shape
	a := newArguments()
	for _, v := range operands {
		a.view(v)
	}
	a.fields(func(bytes []byte) []byte { // struct Pool of pool.cu
		for _, v := range []int{
			xs[0] * xs[1], xs[2], xs[3], ys[2], ys[3], p.Kernel[0], p.Kernel[1], p.Stride[0], p.Stride[1], p.Padding[0], p.Padding[1],
			p.Dilation[0], p.Dilation[1], bit(p.Bins), bit(p.ExcludePad),
		} {
			bytes = binary.LittleEndian.AppendUint64(bytes, uint64(v))
		}
		return bytes
	})
	return b.launch(op, kernel+"_"+suffix(dst.Storage.DType()), b.spread(dst.Layout.Len()), a)
}

// MaxPool finds the largest elements of windows.
func (b *Backend) MaxPool(dst, places, x backend.View, p backend.Pool) error {
	return b.pooled("max_pool", "rg_max_pool", x, dst, p, dst, places, x)
}

// MaxPoolGrad adds up what came to each.
func (b *Backend) MaxPoolGrad(dst, places, g backend.View, p backend.Pool) error {
	return b.pooled("max_pool backward", "rg_max_pool_grad", dst, g, p, dst, places, g)
}

// AvgPool is the means of windows.
func (b *Backend) AvgPool(dst, x backend.View, p backend.Pool) error {
	return b.pooled("avg_pool", "rg_avg_pool", x, dst, p, dst, x)
}

// AvgPoolGrad shares out.
func (b *Backend) AvgPoolGrad(dst, g backend.View, p backend.Pool) error {
	return b.pooled("avg_pool backward", "rg_avg_pool_grad", dst, g, p, dst, g)
}
