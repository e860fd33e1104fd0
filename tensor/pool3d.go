package tensor

// Pool3DOptions are PoolOptions for volumes: depth, height and width. A zero stride means the kernel's size.
type Pool3DOptions struct {
	Kernel, Stride, Padding, Dilation int // dilation is for MaxPool only

	// For the depth, the height and the width where they differ; they replace the numbers above.
	Kernels, Strides, Paddings, Dilations [3]int

	CeilMode   bool // a last window may reach beyond the padding, as long as it begins before
	ExcludePad bool // AvgPool divides by the elements of the volume in a window, not by the window's size
}

// split gives the options of the images, and those of the lines along the depth.
func (o Pool3DOptions) split() (plane, line PoolOptions) {
	k := triple(o.Kernels, o.Kernel, 0)
	s, p := triple(o.Strides, o.Stride, 0), triple(o.Paddings, o.Padding, 0)
	d := triple(o.Dilations, o.Dilation, 1)
	if s == [3]int{} {
		s = k
	}
	plane = PoolOptions{
		Kernels: [2]int{k[1], k[2]}, Strides: [2]int{s[1], s[2]}, Paddings: [2]int{p[1], p[2]}, Dilations: [2]int{d[1], d[2]},
		CeilMode: o.CeilMode, ExcludePad: o.ExcludePad,
	}
	line = PoolOptions{Kernel: k[0], Stride: s[0], Padding: p[0], Dilation: d[0], CeilMode: o.CeilMode, ExcludePad: o.ExcludePad}
	return plane, line
}

// MaxPool3D takes the largest element of each window of x (N, C, D, H, W): those of the images first, and of
// these along the depth. The first of equals gets the gradient.
func (t *Tensor) MaxPool3D(o Pool3DOptions) *Tensor {
	const op = "maxpool3d"
	plane, line := o.split()
	return t.pool3D(op,
		func(x *Tensor) *Tensor { return x.maxPool(op, plane) },
		func(x *Tensor) *Tensor { return x.maxPool(op, line.line()) })
}

// AvgPool3D takes the mean of each window of x (N, C, D, H, W); padding counts as zeros.
func (t *Tensor) AvgPool3D(o Pool3DOptions) *Tensor {
	const op = "avgpool3d"
	plane, line := o.split()
	return t.pool3D(op,
		func(x *Tensor) *Tensor { return x.avgPool(op, plane) },
		func(x *Tensor) *Tensor { return x.avgPool(op, line.line()) })
}

// AdaptiveAvgPool3D means x (N, C, D, H, W) down, or up, to (N, C, d, h, w); see AdaptiveAvgPool2D.
func (t *Tensor) AdaptiveAvgPool3D(d, h, w int) *Tensor {
	return t.adaptive3D("adaptiveavgpool3d", [3]int{d, h, w}, means)
}

// AdaptiveMaxPool3D takes the largest elements of bins of x (N, C, D, H, W), to (N, C, d, h, w).
func (t *Tensor) AdaptiveMaxPool3D(d, h, w int) *Tensor {
	return t.adaptive3D("adaptivemaxpool3d", [3]int{d, h, w}, maxima)
}

func (t *Tensor) adaptive3D(op string, size [3]int, how binning) *Tensor {
	return t.pool3D(op,
		func(x *Tensor) *Tensor { return x.adaptive(op, [2]int{size[1], size[2]}, how) },
		func(x *Tensor) *Tensor { return x.adaptive(op, [2]int{1, size[0]}, how) })
}

// pool3D pools the images of a volume and then the lines through them.
func (t *Tensor) pool3D(op string, planes, lines func(x *Tensor) *Tensor) *Tensor {
	if t.Rank() != 5 {
		fail(op, []*Tensor{t}, "takes an input (N, C, D, H, W)")
	}
	n, c, d := t.Dim(0), t.Dim(1), t.Dim(2)
	x := planes(t.planes()).volume(n, d) // (N, C, D, H′, W′)
	h, w := x.Dim(3), x.Dim(4)
	x = x.Permute(0, 3, 4, 1, 2).Reshape(n*h*w, c, 1, d) // lines, as images of height 1
	x = lines(x)
	return x.Reshape(n, h, w, c, x.Dim(3)).Permute(0, 3, 4, 1, 2)
}
