package cpu

import (
	"unsafe"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
)

// nest is up to four layouts of one shape walked together, the destination's first: axes of size 1 are gone, and
// neighbours that lie as one in all of them are merged. Routines of package asm run along the innermost axis, where
// an operand has stride 1 or, broadcast, 0: rows, columns and scalars need no copies.
type nest struct {
	operands int
	rank     int
	shape    [nestRank]int
	stride   [4][nestRank]int
	base     [4]unsafe.Pointer
	size     [4]int // of an element, in bytes
	n        int
}

// nestRank is how many axes are left at most.
const nestRank = 6

// shortRun is how many elements a run along the innermost axis has at least; gathering is quicker for shorter ones.
const shortRun = 16

// newNest returns the nest of the views, and whether routines can run along it.
func newNest(views ...backend.View) (p nest, ok bool) {
	ok = p.set(views...)
	return p, ok
}

// set makes it the nest of the views, and reports whether routines can run along it.
func (p *nest) set(views ...backend.View) (ok bool) {
	*p = nest{operands: len(views), n: 1}
	if views[0].Layout.Len() == 0 {
		p.n = 0
		return false // the offset of an empty view may lie beyond its storage, and no pointer may
	}
	for k, v := range views {
		s := v.Storage.(*Storage)
		p.size[k] = s.dt.Size()
		p.base[k] = unsafe.Add(unsafe.Pointer(unsafe.SliceData(s.buf)), v.Layout.Offset*p.size[k])
	}
	shape := views[0].Layout.Shape
	for a, size := range shape {
		p.n *= size
		if size == 1 {
			continue
		}
		merge := p.rank > 0
		for k, v := range views {
			merge = merge && p.stride[k][max(p.rank-1, 0)] == v.Layout.Stride[a]*size
		}
		if merge {
			p.shape[p.rank-1] *= size
		} else if p.rank == nestRank {
			return false
		} else {
			p.shape[p.rank] = size
			p.rank++
		}
		for k, v := range views {
			p.stride[k][p.rank-1] = v.Layout.Stride[a]
		}
	}
	if p.rank == 0 {
		p.rank, p.shape[0] = 1, 1
		for k := range views {
			p.stride[k][0] = 1
		}
	}
	inner := p.rank - 1
	ok = p.stride[0][inner] == 1 && (p.rank == 1 || p.shape[inner] >= shortRun)
	for k := range views {
		ok = ok && p.stride[k][inner]&^1 == 0
	}
	return ok
}

// step is how operand k moves along the innermost axis: 1, or 0.
func (p *nest) step(k int) int { return p.stride[k][p.rank-1] }

// An operation that moves more than flowBytes writes its results past the caches, which couldn't hold them: that spares reading
// the lines that are written. Routines of package asm do so by themselves when they get as much as flowPiece bytes of results
// at once that begin at a cache line; no other piece is as large.
const (
	flowBytes = 64 << 20
	flowPiece = 1 << 20
)

// flows reports whether that is so, and how many elements come before the first whole cache line of results. What is
// computed in place is in the caches already.
func (p *nest) flows() (head int, ok bool) {
	if p.rank > 1 || p.n*p.size[0] < 2*flowPiece {
		return 0, false
	}
	bytes := 0
	for k := range p.operands {
		bytes += p.n * p.size[k] * p.step(k)
		if k > 0 && p.base[k] == p.base[0] {
			return 0, false
		}
	}
	return int(-uintptr(p.base[0])&(align-1)) / p.size[0], bytes >= flowBytes
}

// sweep is a routine, one of four kinds, on its way through a nest. It is used again, so that an operation costs no garbage.
type sweep struct {
	nest
	unary  asm.Unary
	gated  asm.Gated
	binary asm.Binary
	where  asm.Where
	piece  func(lo, hi int)
}

var sweeps par.Spares

func init() {
	sweeps.New = func() any {
		r := &sweep{}
		r.piece = r.elements // once, for each would be garbage
		return r
	}
}

func newSweep() *sweep { return sweeps.Get().(*sweep) }

// end gives it back, with what it was given, and returns whether it ran.
func (r *sweep) end(ran bool) bool {
	*r = sweep{piece: r.piece} // nothing is kept alive
	sweeps.Put(r)
	return ran
}

// all runs the routine over all elements. cost is as in each.
func (r *sweep) all(cost int) bool {
	size := max(grain/cost, block)
	if head, ok := r.flows(); ok {
		size = flowPiece / r.size[0]
		if head > 0 {
			n := r.n
			r.n, r.shape[0] = head, head
			par.For(head, size, r.piece)
			r.n, r.shape[0] = n-head, n-head
			for k := range r.operands {
				r.base[k] = unsafe.Add(r.base[k], head*r.size[k]*r.step(k))
			}
		}
	}
	par.For(r.n, size, r.piece)
	return r.end(true)
}

// call runs the routine over n elements that lie in a run.
func (r *sweep) call(n int, at *[4]*byte, s *scratch) {
	switch {
	case r.unary != nil:
		r.unary(n, at[0], at[1])
	case r.gated != nil:
		r.gated(n, at[0], at[1], at[2])
	case r.binary != nil:
		r.binary(n, at[0], repeated(at[1], r.step(1), r.size[1], s, 0), repeated(at[2], r.step(2), r.size[2], s, 1), r.step(1), r.step(2))
	default:
		r.where(n, at[0], at[1], repeated(at[2], r.step(2), r.size[2], s, 0), repeated(at[3], r.step(3), r.size[3], s, 1), r.step(2), r.step(3))
	}
}

// elements runs the routine over elements lo to hi.
func (r *sweep) elements(lo, hi int) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	var index [nestRank]int
	var at [4]*byte
	inner := r.rank - 1
	i := lo
	for a := inner; a >= 0; a-- {
		q := i / r.shape[a]
		index[a] = i - q*r.shape[a]
		i = q
	}
	for k := range r.operands {
		shift := 0
		for a := range r.rank {
			shift += index[a] * r.stride[k][a]
		}
		at[k] = (*byte)(unsafe.Add(r.base[k], shift*r.size[k]))
	}
	for {
		n := min(r.shape[inner]-index[inner], hi-lo)
		r.call(n, &at, s)
		if lo += n; lo >= hi {
			return
		}
		// The run went to the end of the innermost axis.
		var shift [4]int
		for k := range r.operands {
			shift[k] = -index[inner] * r.stride[k][inner]
		}
		index[inner] = 0
		for a := inner - 1; a >= 0; a-- {
			index[a]++
			for k := range r.operands {
				shift[k] += r.stride[k][a]
			}
			if index[a] < r.shape[a] {
				break
			}
			for k := range r.operands {
				shift[k] -= r.shape[a] * r.stride[k][a]
			}
			index[a] = 0
		}
		for k := range r.operands {
			at[k] = (*byte)(unsafe.Add(unsafe.Pointer(at[k]), shift[k]*r.size[k]))
		}
	}
}

// repeated fills buffer i of s with the element at p where the step is 0, and returns where to read.
func repeated(p *byte, step, size int, s *scratch, i int) *byte {
	if step != 0 {
		return p
	}
	r := (*asm.Repeated)(unsafe.Pointer(&s[i]))
	r.Repeat(unsafe.Pointer(p), size)
	return &r[0]
}

// runUnary runs a routine if the layouts allow it.
func runUnary(f asm.Unary, cost int, dst, x backend.View) bool {
	if f == nil {
		return false
	}
	r := newSweep()
	if !r.set(dst, x) || r.step(1) == 0 {
		return r.end(false)
	}
	r.unary = f
	return r.all(cost)
}

// runGated runs a routine if the layouts allow it.
func runGated(f asm.Gated, cost int, dst, x, g backend.View) bool {
	if f == nil {
		return false
	}
	r := newSweep()
	if !r.set(dst, x, g) || r.step(1) == 0 || r.step(2) == 0 {
		return r.end(false)
	}
	r.gated = f
	return r.all(cost)
}

// runBinary runs a routine if the layouts allow it.
func runBinary(f asm.Binary, cost int, dst, x, y backend.View) bool {
	if f == nil {
		return false
	}
	r := newSweep()
	if !r.set(dst, x, y) {
		return r.end(false)
	}
	r.binary = f
	return r.all(cost)
}

// runWhere runs a routine if the layouts allow it.
func runWhere(f asm.Where, dst, cond, x, y backend.View) bool {
	if f == nil {
		return false
	}
	r := newSweep()
	if !r.set(dst, cond, x, y) || r.step(1) == 0 {
		return r.end(false)
	}
	r.where = f
	return r.all(1)
}

// first is where a slice begins.
func first[T elem](x []T) *byte { return (*byte)(unsafe.Pointer(unsafe.SliceData(x))) }

// onSlices makes a kernel of a routine, or nil of nil.
func onSlices[T number](f asm.Unary) unaryKernel[T] {
	if f == nil {
		return nil
	}
	return func(dst, x []T) {
		if len(dst) > 0 {
			f(len(dst), first(dst), first(x))
		}
	}
}

// onSlices2 is onSlices for two operands.
func onSlices2[T number](f asm.Binary) binaryKernel[T] {
	if f == nil {
		return nil
	}
	return func(dst, x, y []T) {
		if len(dst) > 0 {
			f(len(dst), first(dst), first(x), first(y), 1, 1)
		}
	}
}
