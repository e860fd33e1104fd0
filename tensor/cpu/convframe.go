package cpu

import (
	"unsafe"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/cpu/internal/gemm"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
)

// frame is how some rows of an image, a band of its result, are laid out for windows: with the padding about them, and with rows and
// columns that are a stride apart beside each other, those of each phase in a plane of its own. So each element of a
// window has its neighbours beside it, whatever the stride, the dilation and the padding, and is a shift of the first.
type frame[T float] struct {
	backend.Conv
	images, channels, h, w int // images counts every group of each
	kh, kw, oh, ow         int

	band, bands int   // rows of the result, and how many times them
	planes      []int // of each phase that windows have elements in: row · stride + column
	slots       []int // and which of them a phase is
	rows, cols  int   // of a plane
	channel     int   // elements from one channel to the next
	taps        []int // for each element of a window of one channel, how many bytes it is from the first
}

const (
	// frameArea is how many elements of a frame are laid out at a time, if so many rows are enough.
	frameArea = 64 << 10

	// frameWork is how many pieces work should be divided into, where each has a panel or so of columns.
	frameWork, frameColumns = 8, 64

	// leastChannels is how many rows of a product make it worth while: those of a tile. leastSome is how many are a piece of work.
	leastChannels, leastSome = 4, 24

	// weightArea is how many elements the parts of a weight's gradient may have together.
	weightArea = 1 << 20

	// side is how many filters or channels of a weight are turned round at a time: they lie side by side on one side.
	side = 16
)

func newFrame[T float](c backend.Conv, images, channels, h, w, kh, kw, oh, ow int) *frame[T] {
	f := &frame[T]{Conv: c, images: images, channels: channels, h: h, w: w, kh: kh, kw: kw, oh: oh, ow: ow}
	sh, sw := f.Stride[0], f.Stride[1]
	f.slots = make([]int, sh*sw)
	for i := range f.slots {
		f.slots[i] = -1
	}
	for i := range kh {
		for j := range kw {
			if p := i*f.Dilation[0]%sh*sw + j*f.Dilation[1]%sw; f.slots[p] < 0 {
				f.slots[p] = len(f.planes)
				f.planes = append(f.planes, p)
			}
		}
	}
	below := (kh - 1) * f.Dilation[0] / sh // rows that windows reach into
	f.cols = ow + (kw-1)*f.Dilation[1]/sw

	f.band = max(frameArea/max(channels*len(f.planes)*f.cols, 1)-below, below, 1)
	if images > 0 {
		f.band = min(f.band, ceilDiv(oh, ceilDiv(frameWork, images)))
	}
	f.band = min(max(f.band, ceilDiv(frameColumns, max(ow, 1))), max(oh, 1))
	f.bands = ceilDiv(oh, f.band)
	f.band = ceilDiv(oh, max(f.bands, 1)) // even
	f.rows = f.band + below
	f.channel = (len(f.planes)*f.rows*f.cols + 15) &^ 15
	if f.channel%512 == 0 {
		f.channel += 16 // off powers of two, where channels would share cache sets
	}
	for i := range kh {
		for j := range kw {
			y, x := i*f.Dilation[0], j*f.Dilation[1]
			slot := f.slots[y%sh*sw+x%sw]
			f.taps = append(f.taps, ((slot*f.rows+y/sh)*f.cols+x/sw)*int(unsafe.Sizeof(T(0))))
		}
	}
	return f
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// size is how many elements a frame of some channels has, with those behind it that windows read.
func (f *frame[T]) size(channels int) int { return channels*f.channel + asm.RunBytes }

// shifts is where the elements of windows are: all channels' taps.
func (f *frame[T]) shifts() []int {
	s := make([]int, 0, f.channels*len(f.taps))
	for c := range f.channels {
		for _, t := range f.taps {
			s = append(s, c*f.channel*int(unsafe.Sizeof(T(0)))+t)
		}
	}
	return s
}

// rowsOf returns the first row of a band, and how many it has.
func (f *frame[T]) rowsOf(band int) (y, n int) {
	y = band * f.band
	return y, min(f.band, f.oh-y)
}

// fill lays out what n rows of the result, from row y on, need of channels of an image.
func (f *frame[T]) fill(dst, image []T, y, n int) {
	if len(image) == 0 { // of no rows or columns, with padding about them
		clear(dst)
		return
	}
	sh, sw := f.Stride[0], f.Stride[1]
	n += f.rows - f.band
	for c := range len(image) / (f.h * f.w) {
		from := image[c*f.h*f.w:][:f.h*f.w]
		for slot, phase := range f.planes {
			plane := dst[c*f.channel+slot*f.rows*f.cols:][:n*f.cols]
			x := phase%sw - f.Padding[1] // of the first column
			lo := min(max(ceilDiv(-x, sw), 0), f.cols)
			hi := max(min(ceilDiv(f.w-x, sw), f.cols), lo)
			for r := range n {
				to := plane[r*f.cols:][:f.cols]
				row := (y+r)*sh + phase/sw - f.Padding[0]
				if row < 0 || row >= f.h || lo == hi {
					clear(to)
					continue
				}
				clear(to[:lo])
				clear(to[hi:])
				line := from[row*f.w:][:f.w]
				every(to[lo:hi], line[x+lo*sw:], sw)
			}
		}
	}
}

// every copies every step-th element.
func every[T float](dst, src []T, step int) {
	switch step {
	case 1:
		copy(dst, src)
	case 2:
		src = src[:2*len(dst)-1]
		for i := range dst {
			dst[i] = src[2*i]
		}
	default:
		for i := range dst {
			dst[i] = src[i*step]
		}
	}
}

// correlate writes the correlation of images with outs filters, the rows of a matrix for each group.
func (f *frame[T]) correlate(dst, src []T, outs int, filters func(group int) gemm.Matrix[T]) {
	depth := f.channels * len(f.taps)
	if f.images*f.oh*f.ow*outs == 0 {
		return
	}
	if depth == 0 {
		clear(dst)
		return
	}
	size := gemm.PackedLen[T](outs, depth)
	room, done := workspace[T](f.Groups * size)
	defer done()
	packed := make([]*gemm.Packed[T], f.Groups)
	par.For(f.Groups, max(1, grain/(outs*depth)), func(lo, hi int) {
		for g := lo; g < hi; g++ {
			packed[g] = gemm.Pack(filters(g), outs, depth, room[g*size:][:size])
		}
	})
	shifts := f.shifts()
	in, out := f.channels*f.h*f.w, outs*f.oh*f.ow
	par.For(f.images*f.bands, max(1, grain/(outs*depth*f.band*f.ow)), func(lo, hi int) {
		buf, done := workspace[T](f.size(f.channels))
		defer done()
		for i := lo; i < hi; i++ {
			image := i / f.bands
			y, n := f.rowsOf(i % f.bands)
			f.fill(buf, src[image*in:][:in], y, n)
			b := gemm.Windows[T]{Data: buf, Width: f.ow, Step: f.cols, Shifts: shifts}
			packed[image%f.Groups].Multiply(&b, n*f.ow, dst[image*out+y*f.ow:], f.oh*f.ow)
		}
	})
}

// fullCorrelation writes the gradient of the images for a stride of 1: the correlation of the result's with the filters turned round,
// padded until they touch it in one element.
func (a *conv[T]) fullCorrelation(dst []T) {
	c := a.Conv
	c.Padding = [2]int{(a.kh-1)*c.Dilation[0] - c.Padding[0], (a.kw-1)*c.Dilation[1] - c.Padding[1]}
	f := newFrame[T](c, a.images, a.outs, a.oh, a.ow, a.kh, a.kw, a.h, a.w)
	area := a.kh * a.kw
	turned, done := workspace[T](a.Groups * a.outs * a.depth)
	defer done()
	blocks := ceilDiv(a.channels, side)
	par.For(a.Groups*blocks, max(1, grain/max(side*a.outs*area, 1)), func(lo, hi int) {
		for s := lo; s < hi; s++ {
			group, first := s/blocks, s%blocks*side
			for o := range a.outs {
				for c := first; c < min(first+side, a.channels); c++ {
					from := a.weight[((group*a.outs+o)*a.channels+c)*area:][:area]
					to := turned[((group*a.channels+c)*a.outs+o)*area:][:area]
					for i, v := range from {
						to[area-1-i] = v
					}
				}
			}
		}
	})
	depth := a.outs * area
	f.correlate(dst, a.g, a.channels, func(group int) gemm.Matrix[T] {
		return gemm.Matrix[T]{Data: turned, Offset: group * a.channels * depth, Row: depth, Col: 1}
	})
}

// correlateGrads writes the gradient of the weight: the sums for each tap, channel and filter of what the tap meets times the
// result's gradients. It is divided into parts of the images, which are added up in order, and channels.
func (a *conv[T]) correlateGrads(dst []T) {
	f := newFrame[T](a.Conv, a.images, a.channels, a.h, a.w, a.kh, a.kw, a.oh, a.ow)
	units, size, area := a.images/a.Groups*f.bands, a.outs*a.depth, len(f.taps) // of a group
	parts := max(min(units, weightParts, weightArea/size), 1)
	some := max(ceilDiv(a.channels, ceilDiv(weightParts, parts)), min(a.channels, leastSome))
	ranges := ceilDiv(a.channels, some)
	sums, done := workspace[T](a.Groups * parts * size)
	defer done()
	par.For(a.Groups*parts*ranges, 1, func(lo, hi int) {
		buf, done := workspace[T](f.size(some))
		defer done()
		for s := lo; s < hi; s++ {
			group, part, c := s/ranges/parts, s/ranges%parts, s%ranges*some
			n := min(some, a.channels-c)
			sum := sums[s/ranges*size+c*a.outs*area:][:n*a.outs*area]
			clear(sum)
			for u := part * units / parts; u < (part+1)*units/parts; u++ {
				image := u/f.bands*a.Groups + group
				y, rows := f.rowsOf(u % f.bands)
				f.fill(buf, a.x[(image*a.channels+c)*a.h*a.w:][:n*a.h*a.w], y, rows)
				p := gemm.Correlation[T]{
					Windows: gemm.Windows[T]{Data: buf, Width: a.ow, Step: f.cols, Shifts: f.taps}, Channels: n, Channel: f.channel,
					Outs: a.outs, Rows: rows, G: a.result(image, y), Sums: sum,
				}
				p.Add()
			}
		}
	})
	blocks := ceilDiv(a.outs, side)
	par.For(a.Groups*blocks, max(1, grain/(side*a.depth)), func(lo, hi int) {
		for s := lo; s < hi; s++ {
			group, o := s/blocks, s%blocks*side
			n := min(side, a.outs-o)
			to := dst[(group*a.outs+o)*a.depth:]
			for part := range parts {
				from := sums[(group*parts+part)*size:]
				for c := range a.channels {
					first := c / some * some
					for t := range area {
						at := (first*area+t*min(some, a.channels-first)+c-first)*a.outs + o
						for i, v := range from[at : at+n] {
							d := &to[i*a.depth+c*area+t]
							if part > 0 {
								v += *d
							}
							*d = v
						}
					}
				}
			}
		}
	})
}
