package tensor

import (
	"github.com/rustygradients/rg/tensor/backend"
)

// ConvOptions are for the convolutions and their transposes. The zero value means stride 1, no padding,
// dilation 1, one group.
type ConvOptions struct {
	Stride, Padding, Dilation, Groups int

	// For the height and the width of an image where they differ; they replace the numbers above.
	Strides, Paddings, Dilations [2]int

	// OutputPadding and OutputPaddings add to the end of what a transposed convolution gives, to choose among
	// the sizes that a strided convolution maps to one.
	OutputPadding  int
	OutputPaddings [2]int
}

// pair is the two numbers, unless they are zero: then the one number twice, or its default.
func pair(both [2]int, one, otherwise int) [2]int {
	if both != [2]int{} {
		return both
	}
	if one == 0 {
		one = otherwise
	}
	return [2]int{one, one}
}

// resolve gives the window of a kernel, and the padding.
func (o ConvOptions) resolve(op string, operands []*Tensor, kh, kw int) (w window, padding [2]int, groups int) {
	stride, dilation := pair(o.Strides, o.Stride, 1), pair(o.Dilations, o.Dilation, 1)
	padding = pair(o.Paddings, o.Padding, 0)
	if min(stride[0], stride[1], dilation[0], dilation[1]) < 1 || min(padding[0], padding[1]) < 0 || o.Groups < 0 {
		fail(op, operands, "strides %v and dilations %v are at least 1, and paddings %v not negative", stride, dilation, padding)
	}
	if max(stride[0], stride[1], dilation[0], dilation[1]) > farthest || max(padding[0], padding[1]) > farthest {
		fail(op, operands, "strides %v, dilations %v and paddings %v are larger than any image", stride, dilation, padding)
	}
	if kh < 1 || kw < 1 {
		fail(op, operands, "the weight's windows are empty")
	}
	return window{kh, kw, stride[0], stride[1], dilation[0], dilation[1]}, padding, max(o.Groups, 1)
}

// line is the options for an image of height 1, along whose width a sequence lies.
func (o ConvOptions) line() ConvOptions {
	return ConvOptions{
		Strides: [2]int{1, max(o.Stride, 1)}, Paddings: [2]int{0, o.Padding}, Dilations: [2]int{1, max(o.Dilation, 1)},
		OutputPaddings: [2]int{0, o.OutputPadding}, Groups: o.Groups,
	}
}

// Conv1D is Conv2D for sequences: x (N, C, L), weight (O, C/groups, k) and bias (O,) or nil give (N, O, L′).
func (t *Tensor) Conv1D(weight, bias *Tensor, o ConvOptions) *Tensor {
	sameDevice("conv1d", t, weight)
	if t.Rank() != 3 || weight.Rank() != 3 {
		fail("conv1d", []*Tensor{t, weight}, "takes an input (N, C, L) and a weight (O, C/groups, k)")
	}
	return t.Unsqueeze(2).conv("conv1d", weight.Unsqueeze(2), bias, o.line()).squeezeAt(2)
}

// Conv2D is the cross-correlation that deep learning calls convolution: x (N, C, H, W), weight
// (O, C/groups, kh, kw) and bias (O,) or nil give (N, O, H′, W′). It multiplies the weight with the
// windows of x laid out as columns (im2col, Chellapilla et al. 2006).
func (t *Tensor) Conv2D(weight, bias *Tensor, o ConvOptions) *Tensor {
	return t.conv("conv2d", weight, bias, o)
}

func (t *Tensor) conv(op string, weight, bias *Tensor, o ConvOptions) *Tensor {
	sameDevice(op, t, weight)
	t, weight = t.lower(), weight.lower()
	dt := resultType(t, weight)
	if dt.IsHalf() { // rounded once, after the bias, and so is the sum of the windows' gradients
		return t.wide().correlate(op, weight.wide(), bias.orNil((*Tensor).wide), o).To(dt)
	}
	return t.To(dt).correlate(op, weight.To(dt), bias, o)
}

func (t *Tensor) correlate(op string, weight, bias *Tensor, o ConvOptions) *Tensor {
	groups := max(o.Groups, 1)
	if t.Rank() != 4 || weight.Rank() != 4 || t.Dim(1) != weight.Dim(1)*groups || weight.Dim(0)%groups != 0 {
		fail(op, []*Tensor{t, weight}, "takes an input (N, C, H, W) and a weight (O, C/groups, kh, kw)")
	}
	w, p, _ := o.resolve(op, []*Tensor{t, weight}, weight.Dim(2), weight.Dim(3))
	if b, ok := backend.As[backend.ConvBackend](t.backend()); ok && t.DType() == weight.DType() && (t.DType() == Float32 || t.DType() == Float64) {
		oh, ow := w.places(op, t, p)
		c := backend.Conv{Stride: [2]int{w.sh, w.sw}, Padding: p, Dilation: [2]int{w.dh, w.dw}, Groups: groups}
		out := t.like(op, t.DType(), []int{t.Dim(0), weight.Dim(0), oh, ow})
		backend.Poll()
		must(b.Conv2D(out.v(), t.v(), weight.v(), c), op, t, weight)
		return record(out, "conv2d", c, t, weight).addBias(op, bias)
	}
	x := t
	if p != [2]int{} {
		x = x.Pad(0, p[1], p[1], p[0], p[0])
	}
	n, outC := x.Dim(0), weight.Dim(0)
	cols := x.unfold(op, w)
	oh, ow := cols.Dim(4), cols.Dim(5)
	depth := weight.Dim(1) * weight.Dim(2) * weight.Dim(3)
	var out *Tensor
	if groups == 1 {
		out = weight.Reshape(outC, depth).matmul(cols.Reshape(n, depth, oh*ow)) // (N, O, H′·W′)
	} else {
		out = weight.Reshape(groups, outC/groups, depth).matmul(cols.Reshape(n, groups, depth, oh*ow))
	}
	return out.Reshape(n, outC, oh, ow).addBias(op, bias)
}

// orNil applies f to an operand that may be left out.
func (t *Tensor) orNil(f func(t *Tensor) *Tensor) *Tensor {
	if t == nil {
		return nil
	}
	return f(t)
}

// addBias adds a number to each channel of (N, C, …).
func (t *Tensor) addBias(op string, bias *Tensor) *Tensor {
	if bias == nil {
		return t
	}
	if bias.Rank() != 1 || bias.Dim(0) != t.Dim(1) {
		fail(op, []*Tensor{t, bias}, "the bias must have one value for each of the %d output channels", t.Dim(1))
	}
	return t.Add(bias.Reshape(channelShape(t.Rank(), t.Dim(1))...))
}

// ConvTranspose1D is ConvTranspose2D for sequences: x (N, C, L), weight (C, O/groups, k) and bias (O,) or nil
// give (N, O, L′).
func (t *Tensor) ConvTranspose1D(weight, bias *Tensor, o ConvOptions) *Tensor {
	sameDevice("convtranspose1d", t, weight)
	if t.Rank() != 3 || weight.Rank() != 3 {
		fail("convtranspose1d", []*Tensor{t, weight}, "takes an input (N, C, L) and a weight (C, O/groups, k)")
	}
	return t.Unsqueeze(2).convTranspose("convtranspose1d", weight.Unsqueeze(2), bias, o.line()).squeezeAt(2)
}

// ConvTranspose2D is the transpose of Conv2D, its gradient with respect to the input: x (N, C, H, W), weight
// (C, O/groups, kh, kw) and bias (O,) or nil give (N, O, H′, W′) with H′ = (H−1)·stride − 2·padding +
// dilation·(kh−1) + output padding + 1.
func (t *Tensor) ConvTranspose2D(weight, bias *Tensor, o ConvOptions) *Tensor {
	return t.convTranspose("convtranspose2d", weight, bias, o)
}

func (t *Tensor) convTranspose(op string, weight, bias *Tensor, o ConvOptions) *Tensor {
	sameDevice(op, t, weight)
	t, weight = t.lower(), weight.lower()
	dt := resultType(t, weight)
	if dt.IsHalf() {
		return t.wide().spread(op, weight.wide(), bias.orNil((*Tensor).wide), o).To(dt)
	}
	return t.To(dt).spread(op, weight.To(dt), bias, o)
}

func (t *Tensor) spread(op string, weight, bias *Tensor, o ConvOptions) *Tensor {
	groups := max(o.Groups, 1)
	if t.Rank() != 4 || weight.Rank() != 4 || t.Dim(1) != weight.Dim(0) || weight.Dim(0)%groups != 0 {
		fail(op, []*Tensor{t, weight}, "takes an input (N, C, H, W) and a weight (C, O/groups, kh, kw)")
	}
	w, p, _ := o.resolve(op, []*Tensor{t, weight}, weight.Dim(2), weight.Dim(3))
	extra := pair(o.OutputPaddings, o.OutputPadding, 0)
	n, c, h, wd := t.Dim(0), t.Dim(1), t.Dim(2), t.Dim(3)
	if h == 0 || wd == 0 {
		fail(op, []*Tensor{t, weight}, "the image is empty")
	}
	outC := weight.Dim(1) * groups
	depth := weight.Dim(1) * w.kh * w.kw
	x := t.Reshape(n, groups, c/groups, h*wd)
	cols := weight.Reshape(groups, c/groups, depth).Transpose(-2, -1).matmul(x) // (N, groups, O/groups·kh·kw, H·W)
	checkShape(op, []int{max(h, wd), max(w.sh, w.sw)})
	full := []int{n, outC, (h-1)*w.sh + w.dh*(w.kh-1) + 1, (wd-1)*w.sw + w.dw*(w.kw-1) + 1}
	if extra[0] < 0 || extra[1] < 0 || max(extra[0], extra[1]) > farthest || full[2]-2*p[0]+extra[0] < 0 || full[3]-2*p[1]+extra[1] < 0 {
		fail(op, []*Tensor{t, weight}, "the result would have a negative size; the padding is too large")
	}
	out := cols.Reshape(n, outC, w.kh, w.kw, h, wd).fold(full, w)
	return out.Pad(0, -p[1], extra[1]-p[1], -p[0], extra[0]-p[0]).addBias(op, bias)
}

// window is what slides over an image.
type window struct{ kh, kw, sh, sw, dh, dw int }

// places is how many places the window has in images (N, C, H, W) with padding: (H′, W′).
func (w window) places(op string, t *Tensor, padding [2]int) (oh, ow int) {
	high, wide := w.dh*(w.kh-1)+1, w.dw*(w.kw-1)+1
	oh, ow = t.Dim(2)+2*padding[0]-high, t.Dim(3)+2*padding[1]-wide
	if oh < 0 || ow < 0 {
		fail(op, []*Tensor{t}, "the window of %d×%d is larger than the padded image", high, wide)
	}
	return oh/w.sh + 1, ow/w.sw + 1
}

// unfold is the view of all windows: (N, C, H, W) → (N, C, kh, kw, H′, W′). Windows overlap in memory, so
// it is never written to.
func (t *Tensor) unfold(op string, w window) *Tensor {
	n, c := t.layout.Shape[0], t.layout.Shape[1]
	oh, ow := w.places(op, t, [2]int{})
	s := t.layout.Stride
	l := backend.Layout{
		Shape:  []int{n, c, w.kh, w.kw, oh, ow},
		Stride: []int{s[0], s[1], w.dh * s[2], w.dw * s[3], w.sh * s[2], w.sw * s[3]},
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
			spans[2] = span{i * w.dh, w.sh, oh}
			spans[3] = span{j * w.dw, w.sw, ow}
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

func init() {
	moreRules(map[string]rule{"conv2d": of(both, convInputVJP, convWeightVJP)})
}

// convOf is what the rules of a convolution work with.
func convOf(c *call) (b backend.ConvBackend, fused bool, how backend.Conv) {
	b, ok := backend.As[backend.ConvBackend](c.in(0).backend())
	return b, ok && !GradEnabled(), c.node.attr.(backend.Conv)
}

func windowOf(c backend.Conv, weight *Tensor) window {
	return window{weight.Dim(2), weight.Dim(3), c.Stride[0], c.Stride[1], c.Dilation[0], c.Dilation[1]}
}

// convInputVJP adds the windows' gradients up where the windows lie.
func convInputVJP(c *call) *Tensor {
	b, fused, how := convOf(c)
	x, weight, g := c.in(0), c.in(1), c.g
	if fused {
		backend.Poll()
		out := x.like(c.node.op, x.DType(), x.layout.Shape)
		must(b.Conv2DInputGrad(out.v(), weight.v(), g.v(), how), c.node.op, weight, g)
		return out
	}
	n, outs, oh, ow := g.Dim(0), g.Dim(1), g.Dim(2), g.Dim(3)
	p, depth := how.Padding, product(weight.layout.Shape[1:])
	filter := weight.Reshape(how.Groups, outs/how.Groups, depth)
	cols := filter.Transpose(-2, -1).matmul(g.Reshape(n, how.Groups, outs/how.Groups, oh*ow)) // (N, groups, depth, H′·W′)
	w := windowOf(how, weight)
	padded := []int{n, x.Dim(1), x.Dim(2) + 2*p[0], x.Dim(3) + 2*p[1]}
	return cols.Reshape(n, x.Dim(1), w.kh, w.kw, oh, ow).fold(padded, w).Pad(0, -p[1], -p[1], -p[0], -p[0])
}

// convWeightVJP is the product of the result's gradient and the windows, summed over the images.
func convWeightVJP(c *call) *Tensor {
	b, fused, how := convOf(c)
	x, weight, g := c.in(0), c.in(1), c.g
	if fused {
		backend.Poll()
		out := weight.like(c.node.op, weight.DType(), weight.layout.Shape)
		must(b.Conv2DWeightGrad(out.v(), x.v(), g.v(), how), c.node.op, x, g)
		return out
	}
	n, outs, places := g.Dim(0), g.Dim(1), g.Dim(2)*g.Dim(3)
	p, depth := how.Padding, product(weight.layout.Shape[1:])
	cols := x.Pad(0, p[1], p[1], p[0], p[0]).unfold(c.node.op, windowOf(how, weight)).Reshape(n, how.Groups, depth, places)
	grads := g.Reshape(n, how.Groups, outs/how.Groups, places).matmul(cols.Transpose(-2, -1)) // (N, groups, O/groups, depth)
	return grads.Sum(0).Reshape(weight.layout.Shape...)
}
