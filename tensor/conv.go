package tensor

import (
	"github.com/rustygradients/rg/tensor/backend"
)

// ConvOptions are for Conv2D. The zero value means stride 1, no padding, dilation 1, one group.
type ConvOptions struct {
	Stride, Padding, Dilation, Groups int
}

// Conv2D is the cross-correlation that deep learning calls convolution: x (N, C, H, W), weight
// (O, C/groups, kh, kw) and bias (O,) or nil give (N, O, H′, W′). It multiplies the weight with the
// windows of x laid out as columns (im2col, Chellapilla et al. 2006).
func (t *Tensor) Conv2D(weight, bias *Tensor, o ConvOptions) *Tensor {
	const op = "conv2d"
	sameDevice(op, t, weight)
	t, weight = t.lower(), weight.lower()
	groups := max(o.Groups, 1)
	if t.Rank() != 4 || weight.Rank() != 4 || t.Dim(1) != weight.Dim(1)*groups || weight.Dim(0)%groups != 0 {
		fail(op, []*Tensor{t, weight}, "takes an input (N, C, H, W) and a weight (O, C/groups, kh, kw)")
	}
	x := t
	if p := o.Padding; p > 0 {
		x = x.Pad(0, p, p, p, p)
	}
	n, outC := x.Dim(0), weight.Dim(0)
	cols := x.unfold(op, window{kh: weight.Dim(2), kw: weight.Dim(3), stride: max(o.Stride, 1), dilation: max(o.Dilation, 1)})
	oh, ow := cols.Dim(4), cols.Dim(5)
	depth := weight.Dim(1) * weight.Dim(2) * weight.Dim(3)
	var out *Tensor
	if groups == 1 {
		out = weight.Reshape(outC, depth).matmul(cols.Reshape(n, depth, oh*ow)) // (N, O, H′·W′)
	} else {
		out = weight.Reshape(groups, outC/groups, depth).matmul(cols.Reshape(n, groups, depth, oh*ow))
	}
	out = out.Reshape(n, outC, oh, ow)
	if bias != nil {
		if bias.Rank() != 1 || bias.Dim(0) != outC {
			fail(op, []*Tensor{t, weight, bias}, "the bias must have one value for each of the %d output channels", outC)
		}
		out = out.Add(bias.Reshape(outC, 1, 1))
	}
	return out
}

// PoolOptions are for MaxPool2D and AvgPool2D. A zero stride means the kernel's size.
type PoolOptions struct {
	Kernel, Stride, Padding int
}

func (o PoolOptions) window() window {
	stride := o.Stride
	if stride == 0 {
		stride = o.Kernel
	}
	return window{kh: o.Kernel, kw: o.Kernel, stride: stride, dilation: 1}
}

// MaxPool2D takes the largest element of each window of x (N, C, H, W). The first of equals gets the
// gradient. Padding never wins.
func (t *Tensor) MaxPool2D(o PoolOptions) *Tensor {
	cols := t.windows("maxpool2d", o, -inf)
	return cols.gather("maxpool2d", 4, cols.Detach().ArgMaxKeepDim(4)).squeezeAt(4)
}

// AvgPool2D takes the mean of each window of x (N, C, H, W); padding counts as zeros.
func (t *Tensor) AvgPool2D(o PoolOptions) *Tensor { return t.windows("avgpool2d", o, 0).Mean(4) }

// windows lays the windows out along a last axis: (N, C, H′, W′, k·k).
func (t *Tensor) windows(op string, o PoolOptions, padding float64) *Tensor {
	if t.Rank() != 4 || o.Kernel < 1 || o.Stride < 0 || o.Padding < 0 {
		fail(op, []*Tensor{t}, "takes an input (N, C, H, W), and a kernel of at least 1")
	}
	if o.Padding > o.Kernel/2 {
		fail(op, []*Tensor{t}, "the padding %d is more than half the kernel %d", o.Padding, o.Kernel)
	}
	x := t
	if p := o.Padding; p > 0 {
		x = x.Pad(padding, p, p, p, p)
	}
	cols := x.unfold(op, o.window()) // (N, C, k, k, H′, W′)
	return cols.Permute(0, 1, 4, 5, 2, 3).Reshape(cols.Dim(0), cols.Dim(1), cols.Dim(4), cols.Dim(5), o.Kernel*o.Kernel)
}

// window is what slides over an image.
type window struct{ kh, kw, stride, dilation int }

// unfold is the view of all windows: (N, C, H, W) → (N, C, kh, kw, H′, W′). Windows overlap in memory, so
// it is never written to.
func (t *Tensor) unfold(op string, w window) *Tensor {
	n, c, h, wd := t.layout.Shape[0], t.layout.Shape[1], t.layout.Shape[2], t.layout.Shape[3]
	if h < w.dilation*(w.kh-1)+1 || wd < w.dilation*(w.kw-1)+1 {
		fail(op, []*Tensor{t}, "the window of %d×%d is larger than the padded image", w.dilation*(w.kh-1)+1, w.dilation*(w.kw-1)+1)
	}
	oh, ow := (h-w.dilation*(w.kh-1)-1)/w.stride+1, (wd-w.dilation*(w.kw-1)-1)/w.stride+1
	s := t.layout.Stride
	l := backend.Layout{
		Shape:  []int{n, c, w.kh, w.kw, oh, ow},
		Stride: []int{s[0], s[1], w.dilation * s[2], w.dilation * s[3], w.stride * s[2], w.stride * s[3]},
		Offset: t.layout.Offset,
	}
	return record(t.view(l), "unfold", w, t)
}

// fold is unfold's opposite: it adds the windows up where they lie in an image of that shape.
func (t *Tensor) fold(shape []int, w window) *Tensor {
	out := t.like("fold", t.DType(), shape)
	must(t.backend().Fill(out.v(), 0), "fold", t)
	oh, ow := t.layout.Shape[4], t.layout.Shape[5]
	for i := range w.kh {
		for j := range w.kw {
			backend.Poll()
			spans := out.spans()
			spans[2] = span{i * w.dilation, w.stride, oh}
			spans[3] = span{j * w.dilation, w.stride, ow}
			dst := backend.View{Storage: out.data.Storage, Layout: sliceLayout(out.layout, spans)}
			part := t.spans()
			part[2], part[3] = span{i, 1, 1}, span{j, 1, 1}
			src := sliceLayout(t.layout, part)
			src.Shape = dst.Layout.Shape
			src.Stride = []int{src.Stride[0], src.Stride[1], src.Stride[4], src.Stride[5]}
			must(t.backend().Binary(backend.Add, dst, dst, backend.View{Storage: t.data.Storage, Layout: src}), "fold", t)
		}
	}
	return record(out, "fold", w, t)
}
