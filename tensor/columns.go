package tensor

// Im2Col lays the windows of x (N, C, H, W) out as columns, as torch.nn.functional.unfold: (N, C·kh·kw, L). Of the
// options the kernel, stride (1 if it is 0), padding and dilation count.
func (t *Tensor) Im2Col(o PoolOptions) *Tensor {
	const op = "im2col"
	w, p := o.columns(op, t)
	if t.Rank() != 4 {
		fail(op, []*Tensor{t}, "takes an input (N, C, H, W)")
	}
	x := t.Pad(0, p[1], p[1], p[0], p[0])
	cols := x.unfold(op, w) // (N, C, kh, kw, H′, W′)
	return cols.Reshape(t.Dim(0), t.Dim(1)*w.kh*w.kw, cols.Dim(4)*cols.Dim(5))
}

// Col2Im adds columns (N, C·kh·kw, L) up where their windows lie in images (N, C, h, w), as
// torch.nn.functional.fold: the transpose of Im2Col.
func (t *Tensor) Col2Im(h, w int, o PoolOptions) *Tensor {
	const op = "col2im"
	win, p := o.columns(op, t)
	high, wide := h+2*p[0]-win.dh*(win.kh-1)-1, w+2*p[1]-win.dw*(win.kw-1)-1
	if t.Rank() != 3 || h < 1 || w < 1 || max(h, w, p[0], p[1]) > 1<<30 || high < 0 || wide < 0 || t.Dim(1)%(win.kh*win.kw) != 0 ||
		t.Dim(2) != (high/win.sh+1)*(wide/win.sw+1) {
		fail(op, []*Tensor{t}, "takes (N, C·%d, L) with as many columns as an image of %d×%d has windows", win.kh*win.kw, h, w)
	}
	n, c := t.Dim(0), t.Dim(1)/(win.kh*win.kw)
	cols := t.Reshape(n, c, win.kh, win.kw, high/win.sh+1, wide/win.sw+1)
	full := []int{n, c, h + 2*p[0], w + 2*p[1]}
	checkShape(op, full)
	return cols.fold(full, win).Pad(0, -p[1], -p[1], -p[0], -p[0])
}

// columns gives the window and the padding.
func (o PoolOptions) columns(op string, t *Tensor) (w window, padding [2]int) {
	k, s, d := pair(o.Kernels, o.Kernel, 0), pair(o.Strides, o.Stride, 1), pair(o.Dilations, o.Dilation, 1)
	padding = pair(o.Paddings, o.Padding, 0)
	if min(k[0], k[1], s[0], s[1], d[0], d[1]) < 1 || min(padding[0], padding[1]) < 0 || max(k[0], k[1], d[0], d[1]) > 1<<20 {
		fail(op, []*Tensor{t}, "kernel %v, stride %v and dilation %v are at least 1, and the padding %v isn't negative", k, s, d, padding)
	}
	return window{k[0], k[1], s[0], s[1], d[0], d[1]}, padding
}

// LPPool2D is (Σ xᵖ)^(1/p) of each window of x (N, C, H, W), without padding, as torch's lp_pool2d.
func (t *Tensor) LPPool2D(p float64, o PoolOptions) *Tensor {
	const op = "lppool2d"
	if !(p > 0) {
		fail(op, []*Tensor{t}, "p is %v; it must be above 0", p)
	}
	o.Padding, o.Paddings, o.Dilation, o.Dilations = 0, [2]int{}, 0, [2]int{}
	x := t.To(floating(t.DType())).PowScalar(p)
	cols, beyond := x.windows(op, o, 0)
	sum := cols.Sum(4)
	if beyond != [2]int{} { // torch takes the mean of what is there times the window's size
		k := pair(o.Kernels, o.Kernel, 0)
		sum = x.avgPool(op, o).MulScalar(float64(k[0] * k[1]))
	}
	return sum.Sign().Mul(sum.Abs().ReLU()).root(1 / p)
}

// ChannelShuffle deals the channels of (N, C, …) out among groups: channel i·C/g + j comes to j·g + i (Zhang et al.
// 2017).
func (t *Tensor) ChannelShuffle(groups int) *Tensor {
	if t.Rank() < 3 || groups < 1 || t.Dim(1)%groups != 0 {
		fail("channelshuffle", []*Tensor{t}, "takes (N, C, …) with channels that %d groups share evenly", groups)
	}
	shape := t.Shape()
	return t.Unflatten(1, groups, shape[1]/groups).Transpose(1, 2).Reshape(shape...)
}

// GridOptions are for GridSample.
type GridOptions struct {
	Nearest      bool // the nearest element; otherwise four neighbours are weighed (bilinear)
	Border       bool // what lies outside is as the border; otherwise it is 0
	AlignCorners bool // −1 and 1 are the centres of the corner elements, and not the image's corners
}

// GridSample takes elements of images (N, C, H, W) at the places (x, y) of a grid (N, h, w, 2), which run from −1 to 1
// across the image: (N, C, h, w) (Jaderberg et al. 2015).
func (t *Tensor) GridSample(grid *Tensor, o GridOptions) *Tensor {
	const op = "gridsample"
	sameDevice(op, t, grid)
	if t.Rank() != 4 || grid.Rank() != 4 || grid.Dim(3) != 2 || grid.Dim(0) != t.Dim(0) || t.Dim(2)*t.Dim(3) == 0 ||
		!t.DType().IsFloat() || !grid.DType().IsFloat() {
		fail(op, []*Tensor{t, grid}, "takes images (N, C, H, W) that aren't empty, and a grid (N, h, w, 2)")
	}
	if t.DType().IsHalf() { // in which places are too coarse
		return t.wide().GridSample(grid.wide(), o).To(t.DType())
	}
	x := o.place(grid.Select(3, 0), t.Dim(3)) // (N, h, w)
	y := o.place(grid.Select(3, 1), t.Dim(2))
	if o.Nearest {
		return t.at(op, x.Detach().Round(), y.Detach().Round())
	}
	left, top := x.Detach().Floor(), y.Detach().Floor()
	right, bottom := left.AddScalar(1), top.AddScalar(1)
	wx, wy := x.Sub(left).Unsqueeze(1), y.Sub(top).Unsqueeze(1) // (N, 1, h, w)
	upper := t.at(op, left, top).LerpTensor(t.at(op, right, top), wx)
	lower := t.at(op, left, bottom).LerpTensor(t.at(op, right, bottom), wx)
	return upper.LerpTensor(lower, wy)
}

// place turns −1 … 1 into the numbers of elements.
func (o GridOptions) place(x *Tensor, n int) *Tensor {
	if o.AlignCorners {
		x = x.AddScalar(1).MulScalar(float64(n-1) / 2)
	} else {
		x = x.AddScalar(1).MulScalar(float64(n) / 2).SubScalar(0.5)
	}
	if o.Border {
		return x.Hardtanh(0, float64(n-1))
	}
	return x
}

// at is the elements of images (N, C, H, W) at whole numbers (N, h, w), 0 outside.
func (t *Tensor) at(op string, x, y *Tensor) *Tensor {
	n, c, h, w := t.Dim(0), t.Dim(1), t.Dim(2), t.Dim(3)
	inside := x.GreaterEqualScalar(0).LogicalAnd(x.LessScalar(float64(w))).LogicalAnd(y.GreaterEqualScalar(0)).LogicalAnd(y.LessScalar(float64(h)))
	zero := x.scalar(op, 0, Int64)
	flat := Where(inside, y.To(Int64).MulScalar(float64(w)).Add(x.To(Int64)), zero) // (N, h, w)
	idx := flat.Reshape(n, 1, -1).Expand(n, c, product(flat.layout.Shape[1:]))
	out := t.Reshape(n, c, h*w).gather(op, 2, idx).Reshape(n, c, x.Dim(1), x.Dim(2))
	return Where(inside.Unsqueeze(1), out, t.scalar(op, 0, t.DType()))
}

// AffineGrid is the grid for GridSample of images of height h and width w that the matrices theta (N, 2, 3) map:
// (N, h, w, 2).
func (t *Tensor) AffineGrid(h, w int, o GridOptions) *Tensor {
	const op = "affinegrid"
	if t.Rank() != 3 || t.Dim(1) != 2 || t.Dim(2) != 3 || h < 1 || w < 1 || !t.DType().IsFloat() {
		fail(op, []*Tensor{t}, "takes matrices (N, 2, 3), and sizes of at least 1")
	}
	checkShape(op, []int{t.Dim(0), h, w, 3})
	line := func(n int) *Tensor {
		end := 1.0
		if !o.AlignCorners {
			end = float64(n-1) / float64(n)
		}
		if n == 1 {
			end = 0
		}
		return Options{DType: t.DType(), Device: t.Device()}.Linspace(-end, end, n)
	}
	x, y := line(w).Expand(h, w), line(h).Unsqueeze(1).Expand(h, w)
	base := Stack(2, x, y, OnesLike(x)).Reshape(h*w, 3) // (h·w, 3)
	return base.MatMul(t.Transpose(1, 2)).Reshape(t.Dim(0), h, w, 2)
}
