package cpu

import (
	"fmt"
	"unsafe"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
	"github.com/rustygradients/rg/tensor/dtype"
)

// maxRank is how many axes a layout may have.
const maxRank = 16

// block is how many elements are gathered at a time: few enough that four operands stay in L1.
const block = 512

// grain is how many elements one piece of a parallel loop has at least.
const grain = 16 << 10

// walk is a layout made simple: axes of size 1 are gone, and neighbours that lie as one are merged.
// A contiguous layout is a single axis of stride 1, a scalar or one that is broadcast everywhere a
// single axis of stride 0.
type walk struct {
	rank   int
	shape  [maxRank]int
	stride [maxRank]int
	offset int
	n      int
}

func newWalk(l backend.Layout) walk {
	if len(l.Shape) > maxRank {
		panic(fmt.Sprintf("cpu: a layout has %d axes; at most %d are supported", len(l.Shape), maxRank))
	}
	w := walk{offset: l.Offset, n: 1}
	for i, size := range l.Shape {
		w.n *= size
		if size == 1 {
			continue
		}
		if r := w.rank; r > 0 && w.stride[r-1] == l.Stride[i]*size {
			w.shape[r-1] *= size
			w.stride[r-1] = l.Stride[i]
			continue
		}
		w.shape[w.rank], w.stride[w.rank] = size, l.Stride[i]
		w.rank++
	}
	if w.rank == 0 {
		w.rank, w.shape[0], w.stride[0] = 1, 1, 1
	}
	return w
}

// contiguous reports whether the elements lie one after another.
func (w *walk) contiguous() bool { return w.rank == 1 && (w.stride[0] == 1 || w.n <= 1) }

// constant reports whether all elements are the same one.
func (w *walk) constant() bool { return w.rank == 1 && w.stride[0] == 0 }

// cursor is a place in a walk.
type cursor struct {
	index [maxRank]int
	at    int // in the storage
}

func (w *walk) seek(i int) cursor {
	c := cursor{at: w.offset}
	for a := w.rank - 1; a >= 0; a-- {
		q := i / w.shape[a]
		c.index[a] = i - q*w.shape[a]
		c.at += c.index[a] * w.stride[a]
		i = q
	}
	return c
}

// run returns how many of the next n elements lie along the innermost axis.
func (w *walk) run(c *cursor, n int) int {
	return min(w.shape[w.rank-1]-c.index[w.rank-1], n)
}

// advance moves by a run of n.
func (w *walk) advance(c *cursor, n int) {
	a := w.rank - 1
	c.index[a] += n
	c.at += n * w.stride[a]
	for c.index[a] == w.shape[a] && a > 0 {
		c.at += w.stride[a-1] - w.shape[a]*w.stride[a]
		c.index[a] = 0
		a--
		c.index[a]++
	}
}

// operand is a view of known element type. A view of halves can be an operand of float32: its elements
// are widened as they are loaded, and rounded as they are stored, so kernels need not know.
type operand[T elem] struct {
	walk
	data []T
	half []uint16    // in place of data
	dt   dtype.DType // of half; Invalid if there is none
}

func newOperand[T elem](v backend.View) operand[T] {
	if dt := v.Storage.DType(); dt.IsHalf() && isFloat32[T]() {
		return operand[T]{walk: newWalk(v.Layout), half: slice[uint16](v), dt: dt}
	}
	return operand[T]{walk: newWalk(v.Layout), data: slice[T](v)}
}

func isFloat32[T elem]() bool {
	var zero T
	_, ok := any(zero).(float32)
	return ok
}

// contiguous reports whether the elements can be used where they lie.
func (o *operand[T]) contiguous() bool { return o.dt == dtype.Invalid && o.walk.contiguous() }

// first is the element that the walk begins with.
func (o *operand[T]) first() T {
	var one [1]T
	return o.load(0, 1, one[:])[0]
}

// load returns elements lo to hi, in place where they lie so and else gathered into buf.
func (o *operand[T]) load(lo, hi int, buf []T) []T {
	if o.contiguous() {
		return o.data[o.offset+lo : o.offset+hi]
	}
	buf = buf[:hi-lo]
	c := o.seek(lo)
	s := o.stride[o.rank-1]
	for rest := buf; len(rest) > 0; {
		n := o.run(&c, len(rest))
		part := rest[:n]
		switch {
		case o.dt.IsHalf():
			o.widen(part, c.at, s)
		case s == 1:
			copy(part, o.data[c.at:])
		case s == 0:
			v := o.data[c.at]
			for i := range part {
				part[i] = v
			}
		default:
			at := c.at
			for i := range part {
				part[i] = o.data[at]
				at += s
			}
		}
		o.advance(&c, n)
		rest = rest[n:]
	}
	return buf
}

// room returns where elements lo to hi may be written: the place itself or buf. Call store after.
func (o *operand[T]) room(lo, hi int, buf []T) []T {
	if o.contiguous() {
		return o.data[o.offset+lo : o.offset+hi]
	}
	return buf[:hi-lo]
}

// store scatters what room gave out, if that was a buffer.
func (o *operand[T]) store(lo int, buf []T) {
	if o.contiguous() {
		return
	}
	c := o.seek(lo)
	s := o.stride[o.rank-1]
	for len(buf) > 0 {
		n := o.run(&c, len(buf))
		switch {
		case o.dt.IsHalf():
			o.narrow(buf[:n], c.at, s)
		case s == 1:
			copy(o.data[c.at:c.at+n], buf[:n])
		default:
			at := c.at
			for _, v := range buf[:n] {
				o.data[at] = v
				at += s
			}
		}
		o.advance(&c, n)
		buf = buf[n:]
	}
}

// scratch is the buffers of one goroutine, one for each operand.
type scratch [4][block]uint64

var scratches = par.Spares{New: func() any { return new(scratch) }}

// typed returns the scratch buffer number i.
func typed[T elem](s *scratch, i int) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(&s[i])), block)
}

// each calls f for pieces of [0, n), in parallel if n is large. When an operand needs a buffer
// (direct is false), pieces are at most a block long. cost says how dear an element is; an addition
// is 1.
func each(n int, direct bool, cost int, f func(lo, hi int, s *scratch)) {
	par.For(n, max(grain/cost, block), func(lo, hi int) {
		s := scratches.Get().(*scratch)
		defer scratches.Put(s)
		if direct {
			f(lo, hi, s)
			return
		}
		for ; lo < hi; lo += block {
			f(lo, min(lo+block, hi), s)
		}
	})
}
