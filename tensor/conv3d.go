package tensor

// Conv3DOptions are ConvOptions for volumes: depth, height and width. The zero value means stride 1, no padding,
// dilation 1, one group.
type Conv3DOptions struct {
	Stride, Padding, Dilation, Groups int

	// For the depth, the height and the width where they differ; they replace the numbers above.
	Strides, Paddings, Dilations [3]int

	// OutputPadding and OutputPaddings add to the end of what a transposed convolution gives.
	OutputPadding  int
	OutputPaddings [3]int
}

// triple is the three numbers, unless they are zero: then the one number, or its default.
func triple(all [3]int, one, otherwise int) [3]int {
	if all != [3]int{} {
		return all
	}
	if one == 0 {
		one = otherwise
	}
	return [3]int{one, one, one}
}

// depth gives what concerns the depth, and the options of the images in which the rest is done.
func (o Conv3DOptions) depth() (stride, padding, dilation, extra int, plane ConvOptions) {
	s, p := triple(o.Strides, o.Stride, 1), triple(o.Paddings, o.Padding, 0)
	d, e := triple(o.Dilations, o.Dilation, 1), triple(o.OutputPaddings, o.OutputPadding, 0)
	return s[0], p[0], d[0], e[0], ConvOptions{
		Strides: [2]int{s[1], s[2]}, Paddings: [2]int{p[1], p[2]}, Dilations: [2]int{d[1], d[2]},
		OutputPaddings: [2]int{e[1], e[2]}, Groups: o.Groups,
	}
}

// planes lays (N, C, D, H, W) out as images (N·D, C, H, W).
func (t *Tensor) planes() *Tensor {
	n, c, d, h, w := t.Dim(0), t.Dim(1), t.Dim(2), t.Dim(3), t.Dim(4)
	return t.Transpose(1, 2).Reshape(n*d, c, h, w)
}

// volume is the opposite of planes.
func (t *Tensor) volume(n, d int) *Tensor {
	return t.Reshape(n, d, t.Dim(1), t.Dim(2), t.Dim(3)).Transpose(1, 2)
}

// Conv3D is Conv2D for volumes: x (N, C, D, H, W), weight (O, C/groups, kd, kh, kw) and bias (O,) or nil give
// (N, O, D′, H′, W′). It is a sum of convolutions of images, one for each plane of the kernel.
func (t *Tensor) Conv3D(weight, bias *Tensor, o Conv3DOptions) *Tensor {
	const op = "conv3d"
	sameDevice(op, t, weight)
	if t.Rank() != 5 || weight.Rank() != 5 || t.Dim(1) != weight.Dim(1)*max(o.Groups, 1) {
		fail(op, []*Tensor{t, weight}, "takes an input (N, C, D, H, W) and a weight (O, C/groups, kd, kh, kw)")
	}
	stride, padding, dilation, _, plane := o.depth()
	plane.resolve(op, []*Tensor{t, weight}, weight.Dim(3), weight.Dim(4))
	n, kd := t.Dim(0), weight.Dim(2)
	size := dilation*(kd-1) + 1
	if stride < 1 || dilation < 1 || padding < 0 || max(stride, dilation, padding) > farthest || kd < 1 || t.Dim(2)+2*padding < size {
		fail(op, []*Tensor{t, weight}, "the kernel's depth of %d doesn't fit the padded volume", size)
	}
	x := t.Pad(0, 0, 0, 0, 0, padding, padding)
	depth := (x.Dim(2)-size)/stride + 1
	var out *Tensor
	for i := range kd {
		spans := x.spans()
		spans[2] = span{i * dilation, stride, depth}
		part := x.slice(spans).planes().conv(op, weight.Select(2, i), nil, plane)
		if out == nil {
			out = part
		} else {
			out = out.Add(part)
		}
	}
	return out.volume(n, depth).addBias(op, bias)
}

// ConvTranspose3D is the transpose of Conv3D, its gradient with respect to the input: x (N, C, D, H, W), weight
// (C, O/groups, kd, kh, kw) and bias (O,) or nil give (N, O, D′, H′, W′), sizes as in ConvTranspose2D.
func (t *Tensor) ConvTranspose3D(weight, bias *Tensor, o Conv3DOptions) *Tensor {
	const op = "convtranspose3d"
	sameDevice(op, t, weight)
	if t.Rank() != 5 || weight.Rank() != 5 || t.Dim(1) != weight.Dim(0) {
		fail(op, []*Tensor{t, weight}, "takes an input (N, C, D, H, W) and a weight (C, O/groups, kd, kh, kw)")
	}
	stride, padding, dilation, extra, plane := o.depth()
	plane.resolve(op, []*Tensor{t, weight}, weight.Dim(3), weight.Dim(4))
	n, depth, kd := t.Dim(0), t.Dim(2), weight.Dim(2)
	if stride < 1 || dilation < 1 || padding < 0 || extra < 0 || max(stride, dilation, padding, extra) > farthest || kd < 1 || depth < 1 {
		fail(op, []*Tensor{t, weight}, "strides and dilations are at least 1, paddings not negative, and nothing is empty")
	}
	checkShape(op, []int{depth, stride})
	full := (depth-1)*stride + dilation*(kd-1) + 1
	if full-2*padding+extra < 0 {
		fail(op, []*Tensor{t, weight}, "the result would have a negative size; the padding is too large")
	}
	var out *Tensor
	for i := range kd {
		part := t.planes().convTranspose(op, weight.Select(2, i), nil, plane).volume(n, depth)
		shape, spans := part.Shape(), part.spans()
		shape[2], spans[2] = full, span{i * dilation, stride, depth}
		if part = part.embed(shape, spans, 0); out == nil {
			out = part
		} else {
			out = out.Add(part)
		}
	}
	return out.Pad(0, 0, 0, 0, 0, -padding, extra-padding).addBias(op, bias)
}
