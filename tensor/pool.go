package tensor

import "github.com/rustygradients/rg/tensor/backend"

// PoolOptions are for the pooling operations. A zero stride means the kernel's size.
type PoolOptions struct {
	Kernel, Stride, Padding, Dilation int // dilation is for MaxPool only

	// For the height and the width of an image where they differ; they replace the numbers above.
	Kernels, Strides, Paddings, Dilations [2]int

	CeilMode   bool // a last window may reach beyond the padding, as long as it begins before
	ExcludePad bool // AvgPool divides by the elements of the image in a window, not by the window's size
}

// line is the options for an image of height 1, along whose width a sequence lies.
func (o PoolOptions) line() PoolOptions {
	stride := o.Stride
	if stride == 0 {
		stride = o.Kernel
	}
	o.Kernels, o.Strides, o.Paddings = [2]int{1, o.Kernel}, [2]int{1, stride}, [2]int{0, o.Padding}
	o.Dilations = [2]int{1, max(o.Dilation, 1)}
	return o
}

// MaxPool1D takes the largest element of each window of x (N, C, L); see MaxPool2D.
func (t *Tensor) MaxPool1D(o PoolOptions) *Tensor {
	return t.sequence("maxpool1d").maxPool("maxpool1d", o.line()).squeezeAt(2)
}

// MaxPool2D takes the largest element of each window of x (N, C, H, W). The first of equals gets the
// gradient. Padding never wins.
func (t *Tensor) MaxPool2D(o PoolOptions) *Tensor { return t.maxPool("maxpool2d", o) }

func (t *Tensor) maxPool(op string, o PoolOptions) *Tensor {
	if b, ok := t.pooler(); ok {
		x, w, p, beyond := t.pooledImages(op, o)
		h, wide, how := w.pool(op, x, p, beyond)
		return x.maxPooled(b, op, h, wide, how)
	}
	cols, _ := t.windows(op, o, -inf)
	return cols.gather(op, 4, cols.Detach().ArgMaxKeepDim(4)).squeezeAt(4)
}

// AvgPool1D takes the mean of each window of x (N, C, L); see AvgPool2D.
func (t *Tensor) AvgPool1D(o PoolOptions) *Tensor {
	return t.sequence("avgpool1d").avgPool("avgpool1d", o.line()).squeezeAt(2)
}

// AvgPool2D takes the mean of each window of x (N, C, H, W); padding counts as zeros.
func (t *Tensor) AvgPool2D(o PoolOptions) *Tensor { return t.avgPool("avgpool2d", o) }

func (t *Tensor) avgPool(op string, o PoolOptions) *Tensor {
	o.Dilation, o.Dilations = 0, [2]int{}
	if b, ok := t.pooler(); ok {
		x, w, p, beyond := t.pooledImages(op, o)
		h, wide, how := w.pool(op, x, p, beyond)
		how.ExcludePad = o.ExcludePad
		return x.avgPooled(b, op, h, wide, how)
	}
	cols, beyond := t.windows(op, o, 0)
	padding := pair(o.Paddings, o.Padding, 0)
	if beyond == [2]int{} && (!o.ExcludePad || padding == [2]int{}) {
		return cols.Mean(4)
	}
	// A window's size counts the padding, or not, but never what lies beyond it: sum ones in those places.
	ones := Options{DType: cols.DType(), Device: t.Device()}.Ones(1, 1, t.Dim(2), t.Dim(3))
	if !o.ExcludePad {
		ones = ones.Pad(1, padding[1], padding[1], padding[0], padding[0])
		o.Padding, o.Paddings = 0, [2]int{}
	}
	counts, _ := ones.windows(op, o, 0)
	return cols.Sum(4).Div(counts.Sum(4))
}

// sequence is (N, C, L) as images of height 1.
func (t *Tensor) sequence(op string) *Tensor {
	if t.Rank() != 3 {
		fail(op, []*Tensor{t}, "takes an input (N, C, L)")
	}
	return t.Unsqueeze(2)
}

// windows lays the windows out along a last axis: (N, C, H′, W′, kh·kw). Beyond is how far the last windows
// reach past the padding.
func (t *Tensor) windows(op string, o PoolOptions, padding float64) (cols *Tensor, beyond [2]int) {
	x, w, p, beyond := t.pooledImages(op, o)
	if p != [2]int{} || beyond != [2]int{} {
		x = x.Pad(padding, p[1], p[1]+beyond[1], p[0], p[0]+beyond[0])
	}
	cols = x.unfold(op, w) // (N, C, kh, kw, H′, W′)
	return cols.Permute(0, 1, 4, 5, 2, 3).Reshape(cols.Dim(0), cols.Dim(1), cols.Dim(4), cols.Dim(5), w.kh*w.kw), beyond
}

// pooledImages is the images as floats, the window, the padding, and how far the last windows reach past that.
func (t *Tensor) pooledImages(op string, o PoolOptions) (x *Tensor, w window, p, beyond [2]int) {
	k, p := pair(o.Kernels, o.Kernel, 0), pair(o.Paddings, o.Padding, 0)
	stride, dilation := pair(o.Strides, o.Stride, 0), pair(o.Dilations, o.Dilation, 1)
	if stride == [2]int{} {
		stride = k
	}
	if t.Rank() != 4 || min(k[0], k[1]) < 1 || min(stride[0], stride[1], dilation[0], dilation[1]) < 1 || min(p[0], p[1]) < 0 {
		fail(op, []*Tensor{t}, "takes an input (N, C, H, W), and a kernel of at least 1")
	}
	if max(k[0], k[1], stride[0], stride[1]) > farthest || max(dilation[0], dilation[1]) > farthest {
		fail(op, []*Tensor{t}, "kernel %v, stride %v and dilation %v are larger than any image", k, stride, dilation)
	}
	if p[0] > k[0]/2 || p[1] > k[1]/2 {
		fail(op, []*Tensor{t}, "the padding %v is more than half the kernel %v", p, k)
	}
	if o.CeilMode {
		for i := range beyond {
			beyond[i] = ceilExtra(t.Dim(2+i), p[i], dilation[i]*(k[i]-1)+1, stride[i])
		}
	}
	return t.To(floating(t.DType())), window{k[0], k[1], stride[0], stride[1], dilation[0], dilation[1]}, p, beyond
}

// pool is how a device pools with the window, and the size of the result.
func (w window) pool(op string, x *Tensor, p, beyond [2]int) (h, wide int, how backend.Pool) {
	h, wide = w.places(op, x, p)
	for i, n := range []*int{&h, &wide} {
		if beyond[i] > 0 { // one more window, which isn't whole
			*n++
		}
	}
	return h, wide, backend.Pool{
		Kernel: [2]int{w.kh, w.kw}, Stride: [2]int{w.sh, w.sw}, Padding: p, Dilation: [2]int{w.dh, w.dw},
	}
}

// ceilExtra is how much must be added at the end for a last window that is not whole, if that one begins
// inside the image or the padding before it.
func ceilExtra(n, pad, size, stride int) int {
	left := (n + 2*pad - size) % stride
	if n+2*pad < size || left == 0 {
		return 0
	}
	if begin := (n+2*pad-size)/stride*stride + stride; begin >= n+pad {
		return 0
	}
	return stride - left
}

// AdaptiveAvgPool1D means x (N, C, L) down, or up, to (N, C, l).
func (t *Tensor) AdaptiveAvgPool1D(l int) *Tensor {
	return t.sequence("adaptiveavgpool1d").adaptive("adaptiveavgpool1d", [2]int{1, l}, means).squeezeAt(2)
}

// AdaptiveAvgPool2D means x (N, C, H, W) down, or up, to (N, C, h, w): bin i of n elements cut into h begins
// at ⌊i·n/h⌋ and ends before ⌈(i+1)·n/h⌉.
func (t *Tensor) AdaptiveAvgPool2D(h, w int) *Tensor {
	return t.adaptive("adaptiveavgpool2d", [2]int{h, w}, means)
}

// AdaptiveMaxPool1D takes the largest elements of bins of x (N, C, L), to (N, C, l).
func (t *Tensor) AdaptiveMaxPool1D(l int) *Tensor {
	return t.sequence("adaptivemaxpool1d").adaptive("adaptivemaxpool1d", [2]int{1, l}, maxima).squeezeAt(2)
}

// AdaptiveMaxPool2D takes the largest elements of bins of x (N, C, H, W), to (N, C, h, w); see
// AdaptiveAvgPool2D for the bins.
func (t *Tensor) AdaptiveMaxPool2D(h, w int) *Tensor {
	return t.adaptive("adaptivemaxpool2d", [2]int{h, w}, maxima)
}

// binning is how adaptive pooling makes one element of a bin: along an axis at a time, or by the device at once.
type binning struct {
	along  func(t *Tensor, op string, axis, bins int) *Tensor
	atOnce func(t *Tensor, b backend.PoolBackend, op string, h, w int, how backend.Pool) *Tensor
}

var (
	means  = binning{(*Tensor).binMeans, (*Tensor).avgPooled}
	maxima = binning{(*Tensor).binMaxima, (*Tensor).maxPooled}
)

// adaptive pools along the width and then along the height.
func (t *Tensor) adaptive(op string, size [2]int, how binning) *Tensor {
	if t.Rank() != 4 || min(size[0], size[1]) < 0 || t.Dim(2) == 0 || t.Dim(3) == 0 {
		fail(op, []*Tensor{t}, "takes an input (N, C, H, W) that isn't empty, and sizes that aren't negative, not %v", size)
	}
	if b, ok := t.pooler(); ok {
		return how.atOnce(t.To(floating(t.DType())), b, op, size[0], size[1], backend.Pool{Bins: true})
	}
	return t.inWide(func(x *Tensor) *Tensor { return how.along(how.along(x, op, 3, size[1]), op, 2, size[0]) })
}

// bin is the elements from lo to hi of bin i.
func bin(i, n, bins int) (lo, hi int) { return i * n / bins, ((i+1)*n + bins - 1) / bins }

// binMeans multiplies with the matrix of means.
func (t *Tensor) binMeans(op string, axis, bins int) *Tensor {
	n := t.Dim(axis)
	room(op, []*Tensor{t}, n, bins)
	means := make([]float64, n*bins)
	for i := range bins {
		lo, hi := bin(i, n, bins)
		for j := lo; j < hi; j++ {
			means[j*bins+i] = 1 / float64(hi-lo)
		}
	}
	m := Options{DType: t.DType(), Device: t.Device()}.FromSlice(means, n, bins)
	return t.MoveAxis(axis, -1).MatMul(m).MoveAxis(-1, axis)
}

// binMaxima picks the elements of each bin, the last several times where a bin is smaller than others.
func (t *Tensor) binMaxima(op string, axis, bins int) *Tensor {
	n, width := t.Dim(axis), 0
	room(op, []*Tensor{t}, n, bins)
	for i := range bins {
		lo, hi := bin(i, n, bins)
		width = max(width, hi-lo)
	}
	if bins == 0 {
		return t.Narrow(axis, 0, 0)
	}
	idx := make([]int64, 0, bins*width)
	for i := range bins {
		lo, hi := bin(i, n, bins)
		for j := range width {
			idx = append(idx, int64(min(lo+j, hi-1)))
		}
	}
	values, _ := t.pick(op, axis, t.index(idx)).Unflatten(axis, bins, width).MaxWithIndices(axis + 1)
	return values
}
