package cpu

import (
	"fmt"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/gemm"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
)

var _ backend.ConvBackend = (*Backend)(nil)

// A convolution is a product of the weight and the windows of an image. Those are packed for it straight from the image, whose rows
// are laid out so that a step from window to window is one element (convframe.go). Where an operand has too few channels for that,
// windows are laid out as columns (im2col, Chellapilla et al. 2006). The columns of a whole batch would be kh·kw times its size; these
// are made for some rows of one image at a time, few enough to stay in L2.

// columnArea is how many elements of columns are made at a time.
const columnArea = 64 << 10

// weightParts is how many sums, at most, a weight's gradient is divided into for threads, whatever their number.
const weightParts = 8

// conv is one convolution; sizes are those of a group.
type conv[T float] struct {
	backend.Conv
	images, channels, outs int // images counts every group of each
	h, w, kh, kw, oh, ow   int
	depth, rows, chunks    int // of columns; rows of the result in a chunk
	x, weight, g           []T
}

func newConv[T float](c backend.Conv, x, weight, g backend.View) *conv[T] {
	xs, ws, gs := x.Layout.Shape, weight.Layout.Shape, g.Layout.Shape
	a := &conv[T]{
		Conv: c, images: xs[0] * c.Groups, channels: ws[1], outs: ws[0] / c.Groups, h: xs[2], w: xs[3], kh: ws[2], kw: ws[3], oh: gs[2], ow: gs[3],
		depth: ws[1] * ws[2] * ws[3], x: dense[T](x), weight: dense[T](weight), g: dense[T](g),
	}
	a.rows = min(max(columnArea/max(a.depth*a.ow, 1), 1), max(a.oh, 1))
	a.chunks = (a.oh + a.rows - 1) / a.rows
	return a
}

// plain reports whether an image is its own columns.
func (a *conv[T]) plain() bool {
	return a.kh == 1 && a.kw == 1 && a.Stride == [2]int{1, 1} && a.Padding == [2]int{}
}

// chunk returns the first row of a chunk, and how many elements of the result a channel has there.
func (a *conv[T]) chunk(i int) (y, n int) {
	y = i * a.rows
	return y, min(a.rows, a.oh-y) * a.ow
}

// filter is the weight of an image's group.
func (a *conv[T]) filter(image int) gemm.Matrix[T] {
	return gemm.Matrix[T]{Data: a.weight, Offset: image % a.Groups * a.outs * a.depth, Row: a.depth, Col: 1}
}

// result is the rows, one a channel, of the result or its gradient from row y on.
func (a *conv[T]) result(image, y int) gemm.Matrix[T] {
	return gemm.Matrix[T]{Data: a.g, Offset: image*a.outs*a.oh*a.ow + y*a.ow, Row: a.oh * a.ow, Col: 1}
}

// runs calls f for every stretch of columns that lies in one row of the image: n columns from number to on are elements
// from, from + step, … of the image's, which begins at 0; what lies outside has n columns and a negative from.
func (a *conv[T]) runs(y, n int, f func(to, from, step, n int)) {
	for r := range a.depth {
		c, i, j := r/(a.kh*a.kw), r/a.kw%a.kh, r%a.kw
		// Columns lo to hi of a row lie inside the image.
		at := j*a.Dilation[1] - a.Padding[1]
		lo := min(max((-at+a.Stride[1]-1)/a.Stride[1], 0), a.ow)
		hi := max(min((a.w-at+a.Stride[1]-1)/a.Stride[1], a.ow), lo)
		if at >= a.w {
			hi = lo
		}
		for k := range n / a.ow {
			to, row := r*n+k*a.ow, (y+k)*a.Stride[0]+i*a.Dilation[0]-a.Padding[0]
			if row < 0 || row >= a.h {
				f(to, -1, 0, a.ow)
				continue
			}
			f(to, -1, 0, lo)
			f(to+lo, (c*a.h+row)*a.w+at+lo*a.Stride[1], a.Stride[1], hi-lo)
			f(to+hi, -1, 0, a.ow-hi)
		}
	}
}

// columns lays the windows of an image out, for n elements of the result from row y on.
func (a *conv[T]) columns(dst []T, image, y, n int) gemm.Matrix[T] {
	size := a.channels * a.h * a.w
	if a.plain() {
		return gemm.Matrix[T]{Data: a.x, Offset: image*size + y*a.w, Row: a.h * a.w, Col: 1}
	}
	x := a.x[image*size : (image+1)*size]
	a.runs(y, n, func(to, from, step, n int) {
		d := dst[to : to+n]
		switch {
		case n == 0:
		case from < 0:
			clear(d)
		case step == 1:
			copy(d, x[from:from+n])
		default:
			for i := range d {
				d[i] = x[from]
				from += step
			}
		}
	})
	return gemm.Matrix[T]{Data: dst, Row: n, Col: 1}
}

// forward writes the result, which is g.
func (a *conv[T]) forward() {
	if !a.plain() && a.outs >= leastChannels {
		f := newFrame[T](a.Conv, a.images, a.channels, a.h, a.w, a.kh, a.kw, a.oh, a.ow)
		f.correlate(a.g, a.x, a.outs, a.filter)
		return
	}
	par.For(a.images*a.chunks, max(1, grain/max(a.outs*a.depth*a.rows*a.ow, 1)), func(lo, hi int) {
		buf, done := workspace[T](a.depth * a.rows * a.ow)
		defer done()
		for i := lo; i < hi; i++ {
			y, n := a.chunk(i % a.chunks)
			image := i / a.chunks
			c := a.result(image, y)
			p := gemm.Block[T]{M: a.outs, N: n, K: a.depth, A: a.filter(image), B: a.columns(buf, image, y, n), C: from(c, 0), Row: c.Row}
			p.Multiply()
		}
	})
}

// inputGrad writes the gradient of the images: the columns' gradients added up where they come from.
func (a *conv[T]) inputGrad(dst []T) {
	if !a.plain() && a.Stride == [2]int{1, 1} && a.channels >= leastChannels {
		a.fullCorrelation(dst)
		return
	}
	size := a.channels * a.h * a.w
	par.For(a.images, max(1, grain/max(a.outs*a.depth*a.oh*a.ow, 1)), func(lo, hi int) {
		buf, done := workspace[T](a.depth * a.rows * a.ow)
		defer done()
		for image := lo; image < hi; image++ {
			dx := dst[image*size : (image+1)*size]
			if !a.plain() {
				clear(dx)
			}
			for i := range a.chunks {
				y, n := a.chunk(i)
				p := gemm.Block[T]{M: a.depth, N: n, K: a.outs, A: transposed(a.filter(image)), B: a.result(image, y), C: buf, Row: n}
				if a.plain() {
					p.C, p.Row = dx[y*a.w:], a.h*a.w
					p.Multiply()
					continue
				}
				p.Multiply()
				a.runs(y, n, func(to, from, step, n int) {
					if from < 0 || n == 0 {
						return
					}
					src := buf[to : to+n]
					if step == 1 {
						addInto(dx[from:from+n], dx[from:from+n], src)
						return
					}
					for _, v := range src {
						dx[from] += v
						from += step
					}
				})
			}
		}
	})
}

// weightGrad writes the gradient of the weight, in parts that are added up in order.
func (a *conv[T]) weightGrad(dst []T) {
	if a.kh*a.kw > 1 && a.channels >= leastChannels && a.outs >= leastChannels { // for each tap gradients are packed once
		a.correlateGrads(dst)
		return
	}
	units := a.images / a.Groups * a.chunks // of one group
	parts := max(min(units, weightParts), 1)
	size := a.outs * a.depth
	sums, done := workspace[T](a.Groups * parts * size)
	defer done()
	par.For(a.Groups*parts, 1, func(lo, hi int) {
		buf, done := workspace[T](a.depth * a.rows * a.ow)
		defer done()
		for s := lo; s < hi; s++ {
			group, part := s/parts, s%parts
			sum := sums[s*size:][:size]
			clear(sum)
			for u := part * units / parts; u < (part+1)*units/parts; u++ {
				y, n := a.chunk(u % a.chunks)
				image := u/a.chunks*a.Groups + group
				p := gemm.Block[T]{
					M: a.outs, N: a.depth, K: n, A: a.result(image, y), B: transposed(a.columns(buf, image, y, n)), C: sum, Row: a.depth, Add: 1,
				}
				p.Multiply()
			}
		}
	})
	for s := range a.Groups * parts {
		d, sum := dst[s/parts*size:][:size], sums[s*size:][:size]
		if s%parts == 0 {
			copy(d, sum)
		} else {
			addInto(d, d, sum)
		}
	}
}

func checkConv(c backend.Conv, views ...backend.View) error {
	for _, v := range views {
		if v.Layout.Rank() != 4 {
			return fmt.Errorf("cpu: conv2d: takes operands of four axes, not %v", v.Layout.Shape)
		}
	}
	return sameFloat("conv2d", views...)
}

// Conv2D convolves images.
func (*Backend) Conv2D(dst, x, weight backend.View, c backend.Conv) error {
	if err := checkConv(c, dst, x, weight); err != nil {
		return err
	}
	return byType(dst.Storage.DType(), func() { newConv[float32](c, x, weight, dst).forward() }, func() { newConv[float64](c, x, weight, dst).forward() })
}

// Conv2DInputGrad computes the gradient of the images.
func (*Backend) Conv2DInputGrad(dst, weight, g backend.View, c backend.Conv) error {
	if err := checkConv(c, dst, weight, g); err != nil {
		return err
	}
	return byType(dst.Storage.DType(),
		func() { newConv[float32](c, dst, weight, g).inputGrad(dense[float32](dst)) },
		func() { newConv[float64](c, dst, weight, g).inputGrad(dense[float64](dst)) })
}

// Conv2DWeightGrad computes the gradient of the weight.
func (*Backend) Conv2DWeightGrad(dst, x, g backend.View, c backend.Conv) error {
	if err := checkConv(c, dst, x, g); err != nil {
		return err
	}
	return byType(dst.Storage.DType(),
		func() { newConv[float32](c, x, dst, g).weightGrad(dense[float32](dst)) },
		func() { newConv[float64](c, x, dst, g).weightGrad(dense[float64](dst)) })
}
