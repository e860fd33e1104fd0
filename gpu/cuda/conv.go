//go:build cuda

package cuda

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/rustygradients/rg/gpu/cuda/cushim"
	"github.com/rustygradients/rg/tensor/backend"
)

// conv launches a kernel of kernels/conv.cu: a product of m × n elements for each group and part, whose sum of depth is divided by parts.
func (b *Backend) conv(op, kernel string, x, weight, g backend.View, c backend.Conv, m, n, parts int, dst backend.View, operands ...backend.View) error {
	if err := b.sameTypes(op, append(operands, x, weight, g)...); err != nil {
		return err
	}
	xs, ws, gs := x.Layout, weight.Layout, g.Layout
	sizes := []int{
		xs.Shape[0], c.Groups, ws.Shape[1], ws.Shape[0] / c.Groups, xs.Shape[2], xs.Shape[3], ws.Shape[2], ws.Shape[3], gs.Shape[2], gs.Shape[3],
		c.Stride[0], c.Stride[1], c.Padding[0], c.Padding[1], c.Dilation[0], c.Dilation[1],
	}
	// The kernels count in 32 bits along an axis, in an image with its padding, and in a window, for want of registers.
	for _, n := range append(slices.Clone(sizes), (xs.Shape[2]+2*c.Padding[0])*(xs.Shape[3]+2*c.Padding[1]), ws.Shape[1]*ws.Shape[2]*ws.Shape[3]) {
		if n > math.MaxInt32 {
			return b.wrap(op, fmt.Errorf("an image, or a window, of %d elements is too large: convolve parts of it", n))
		}
	}
	blocks, deep := (m+tile-1)/tile*((n+tile-1)/tile), c.Groups*max(parts, 1)
	if blocks > math.MaxInt32 || deep > maxGridZ {
		return b.wrap(op, fmt.Errorf("%d tiles in %d groups are more than a launch takes", blocks, deep))
	}
	a := newArguments().view(dst)
	for _, v := range operands {
		a.view(v)
	}
	if parts > 0 {
		a.int32(parts)
	}
	a.fields(func(out []byte) []byte { // struct Conv of conv.cu
		le := binary.LittleEndian
		for _, v := range sizes {
			out = le.AppendUint32(out, uint32(v))
		}
		for _, l := range []backend.Layout{xs, ws, gs} {
			for _, step := range l.Stride {
				out = le.AppendUint64(out, uint64(step))
			}
		}
		return out
	})
	grid := cushim.Grid{Blocks: [3]uint32{uint32(blocks), 1, uint32(deep)}, Threads: [3]uint32{16, 16, 1}}
	return b.launch(op, kernel+"_"+suffix(dst.Storage.DType()), grid, a)
}

// Conv2D convolves images.
func (b *Backend) Conv2D(dst, x, weight backend.View, c backend.Conv) error {
	if dst.Layout.Len() == 0 {
		return nil
	}
	if weight.Layout.Len() == 0 {
		return b.Fill(dst, 0)
	}
	d := dst.Layout.Shape
	return b.conv("conv2d", "rg_conv", x, weight, dst, c, d[1]/c.Groups, d[0]*d[2]*d[3], 0, dst, x, weight)
}

// Conv2DInputGrad computes the gradient of the images.
func (b *Backend) Conv2DInputGrad(dst, weight, g backend.View, c backend.Conv) error {
	if dst.Layout.Len() == 0 {
		return nil
	}
	if g.Layout.Len() == 0 {
		return b.Fill(dst, 0)
	}
	d := dst.Layout.Shape
	return b.conv("conv2d backward", "rg_conv_input_grad", dst, weight, g, c, d[1]/c.Groups, d[0]*d[2]*d[3], 0, dst, weight, g)
}

// weightPlaces is how many places of images, at least, a part of a weight's gradient is a sum of.
const weightPlaces = 1024

// Conv2DWeightGrad computes the gradient of the weight. It is a sum over all places of all images, for few elements: parts of the
// sum are computed side by side, and a reduction adds them up.
func (b *Backend) Conv2DWeightGrad(dst, x, g backend.View, c backend.Conv) error {
	if dst.Layout.Len() == 0 {
		return nil
	}
	if g.Layout.Len() == 0 {
		return b.Fill(dst, 0)
	}
	const op, kernel = "conv2d backward", "rg_conv_weight_grad"
	w, gs := dst.Layout.Shape, g.Layout.Shape
	m, n, places := w[0]/c.Groups, w[1]*w[2]*w[3], gs[0]*gs[2]*gs[3]
	blocks := (m + tile - 1) / tile * ((n + tile - 1) / tile) * c.Groups
	parts := max(1, min(places/weightPlaces, b.sms*4/blocks, maxGridZ/c.Groups))
	if parts == 1 {
		return b.conv(op, kernel, x, dst, g, c, m, n, 1, dst, x, g)
	}
	sums, err := b.scratch(dst.Storage.DType(), parts, dst.Layout.Len())
	if err != nil {
		return err
	}
	defer sums.Storage.Free()
	if err := b.conv(op, kernel, x, dst, g, c, m, n, parts, sums, x, g); err != nil {
		return err
	}
	flat := backend.View{Storage: dst.Storage, Layout: backend.Contiguous(1, dst.Layout.Len())}
	flat.Layout.Offset = dst.Layout.Offset
	return b.Reduce(backend.Sum, flat, sums, 0)
}
