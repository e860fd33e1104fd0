package nn

import "github.com/rustygradients/rg/tensor"

// Conv2D slides windows over images.
type Conv2D struct {
	Weight *tensor.Tensor // (out, in/groups, kernel, kernel)
	Bias   *tensor.Tensor // (out,), or nil

	options tensor.ConvOptions
}

// ConvOptions are for NewConv2D.
type ConvOptions struct {
	Kernel   int // the window's height and width; default 3
	Stride   int // default 1
	Padding  int // zeros around the image
	Dilation int // default 1
	Groups   int // default 1
	NoBias   bool
}

// NewConv2D makes a Conv2D with PyTorch's initialisation, U(−1/√n, 1/√n) with n the inputs of a
// window.
func NewConv2D(in, out int, options ...ConvOptions) *Conv2D {
	o := option("NewConv2D", options)
	if o.Kernel == 0 {
		o.Kernel = 3
	}
	depth := in / max(o.Groups, 1)
	fan := depth * o.Kernel * o.Kernel
	c := &Conv2D{
		Weight:  uniformFan(fan, out, depth, o.Kernel, o.Kernel),
		options: tensor.ConvOptions{Stride: o.Stride, Padding: o.Padding, Dilation: o.Dilation, Groups: o.Groups},
	}
	if !o.NoBias {
		c.Bias = uniformFan(fan, out)
	}
	return c
}

// Forward maps (N, in, H, W) to (N, out, H′, W′).
func (c *Conv2D) Forward(x *tensor.Tensor) *tensor.Tensor {
	return observed(c, x.Conv2D(c.Weight, c.Bias, c.options))
}

// MaxPool2D takes the largest element of each window.
type MaxPool2D struct {
	Kernel  int // the window's height and width
	Stride  int // default Kernel
	Padding int
}

// Forward maps (N, C, H, W) to (N, C, H′, W′).
func (p MaxPool2D) Forward(x *tensor.Tensor) *tensor.Tensor {
	return x.MaxPool2D(tensor.PoolOptions{Kernel: p.Kernel, Stride: p.Stride, Padding: p.Padding})
}

// AvgPool2D takes the mean of each window.
type AvgPool2D struct {
	Kernel  int // the window's height and width
	Stride  int // default Kernel
	Padding int
}

// Forward maps (N, C, H, W) to (N, C, H′, W′).
func (p AvgPool2D) Forward(x *tensor.Tensor) *tensor.Tensor {
	return x.AvgPool2D(tensor.PoolOptions{Kernel: p.Kernel, Stride: p.Stride, Padding: p.Padding})
}
