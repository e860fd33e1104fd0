package gemm

import (
	"unsafe"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
)

// engine is how products with few rows or columns are computed from lines of S, in W, for results D.
type engine[W float32 | float64 | int32, S, D any] struct {
	line  asm.Line[W, S]
	load  func(S) W
	store func(W) D
	mul   asm.Binary // of lines of W; nil where W is not D, or where nothing is a multiple of a line
}

// few is how many rows count as few: dot products read the matrix once for each.
const few = 4

// slim is a product with one row, or few, whose matrix B lies in lines. C's strides are its own, because
// the product may be one with few columns seen from the side: Cᵀ = Bᵀ·Aᵀ.
type slim[S, D any] struct {
	m, n, k    int
	a, b       Matrix[S]
	c          []D
	cRow, cCol int
}

// slimOf returns product i of the batch as a slim one, if it is.
func slimOf[S, D any](p *Batch[S, D], i int) (slim[S, D], bool) {
	a, b := p.A, p.B
	a.Offset += p.Starts[i].A
	b.Offset += p.Starts[i].B
	c := p.C[i*p.M*p.N : (i+1)*p.M*p.N]
	s := slim[S, D]{m: p.M, n: p.N, k: p.K, a: a, b: b, c: c, cRow: p.N, cCol: 1}
	if s.fits() {
		return s, true
	}
	s = slim[S, D]{m: p.N, n: p.M, k: p.K, a: b.transposed(), b: a.transposed(), c: c, cRow: 1, cCol: p.N}
	return s, s.fits()
}

func (s *slim[S, D]) fits() bool {
	return s.m == 1 && (s.b.Row == 1 || s.b.Col == 1) || s.m <= few && s.b.Row == 1
}

func (m Matrix[T]) transposed() Matrix[T] {
	m.Row, m.Col = m.Col, m.Row
	return m
}

// multiply computes the product, on several threads if parallel.
func (e *engine[W, S, D]) multiply(s *slim[S, D], parallel bool) {
	w := workers.Get().(*worker)
	defer workers.Put(w)
	x := e.rows(s, w)
	if s.b.Row == 1 {
		if !parallel {
			e.dots(s, x, 0, s.n)
			return
		}
		e.dotsInParallel(*s, x)
		return
	}
	e.sums(s, x, w, parallel)
}

// wide is how many columns make a row of an outer product worth a call.
const wide = 16

// outer computes product i of the batch if it is a column times a row: rows of C are multiples of the row.
func (e *engine[W, S, D]) outer(p *Batch[S, D], i int, parallel bool) bool {
	if e.mul == nil || p.K != 1 || p.N < wide {
		return false
	}
	w := workers.Get().(*worker)
	defer workers.Put(w)
	start := p.Starts[i]
	row := slim[S, D]{m: 1, k: p.N, a: Matrix[S]{Data: p.B.Data, Offset: p.B.Offset + start.B, Col: p.B.Col}}
	b, c := e.rows(&row, w), p.C[i*p.M*p.N:][:p.M*p.N]
	a := p.A
	a.Offset += start.A
	if parallel {
		e.multiplesInParallel(a, b, c)
	} else {
		e.multiples(a, b, c, 0, p.M)
	}
	return true
}

func (e *engine[W, S, D]) multiplesInParallel(a Matrix[S], b []W, c []D) {
	own := *e
	par.For(len(c)/len(b), max(1, grain/len(b)), func(lo, hi int) { own.multiples(a, b, c, lo, hi) })
}

// multiples computes rows lo to hi of C.
func (e *engine[W, S, D]) multiples(a Matrix[S], b []W, c []D, lo, hi int) {
	n := len(b)
	var factor asm.Repeated
	for i := lo; i < hi; i++ {
		x := e.load(a.Data[a.Offset+i*a.Row])
		factor.Repeat(unsafe.Pointer(&x), int(unsafe.Sizeof(x)))
		e.mul(n, (*byte)(unsafe.Pointer(&c[i*n])), &factor[0], (*byte)(ptr(b)), 0, 1)
	}
}

// dotsInParallel gives threads runs of neighbouring lines.
func (e *engine[W, S, D]) dotsInParallel(s slim[S, D], x []W) {
	own := *e
	par.For(s.n, max(1, grain/(s.k*s.m), s.n/(8*par.Threads())), func(lo, hi int) { own.dots(&s, x, lo, hi) })
}

// rows returns the rows of A one after another as W: where they lie, if they do so.
func (e *engine[W, S, D]) rows(s *slim[S, D], w *worker) []W {
	if in, ok := any(s.a.Data).([]W); ok && s.a.Col == 1 && (s.m == 1 || s.a.Row == s.k) {
		return in[s.a.Offset : s.a.Offset+s.m*s.k]
	}
	x := elements[W](&w.aBlock, s.m*s.k)
	for i := range s.m {
		for k := range s.k {
			x[i*s.k+k] = e.load(s.a.Data[s.a.Offset+i*s.a.Row+k*s.a.Col])
		}
	}
	return x
}

// elements returns room for n elements.
func elements[T any](s *[]byte, n int) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(room(s, max(n, 1)*sizeOf[T]()))), n)
}

// dots computes columns lo to hi of C, where the columns of B lie in order: as many at a time as are read side by side, while there are so many.
func (e *engine[W, S, D]) dots(s *slim[S, D], x []W, lo, hi int) {
	stride := s.b.Col * sizeOf[S]()
	for lo < hi {
		b, columns := &s.b.Data[s.b.Offset+lo*s.b.Col], 1
		if hi-lo >= asm.Lines {
			columns = asm.Lines
		}
		for i := range s.m {
			var sums [asm.Lines]W
			if columns == 1 {
				sums[0] = e.line.Dot(s.k, &x[i*s.k], b)
			} else {
				sums[0], sums[1], sums[2], sums[3] = e.line.Dots(s.k, &x[i*s.k], b, stride)
			}
			for r, sum := range sums[:columns] {
				s.c[i*s.cRow+(lo+r)*s.cCol] = e.store(sum)
			}
		}
		lo += columns
	}
}

// sizeOf is how many bytes an element has.
func sizeOf[T any]() int { return int(unsafe.Sizeof(*new(T))) }

// sums computes one row of C, where the rows of B lie in order: Σ x[k]·B[k]. Threads sum over parts of k, which are
// neighbouring rows; the number of parts depends on sizes alone, and so do the results.
func (e *engine[W, S, D]) sums(s *slim[S, D], x []W, w *worker, parallel bool) {
	parts := min(max(s.n*s.k>>17, 1), 16, s.k)
	rows := ceilDiv(s.k, parts)
	parts = ceilDiv(s.k, rows)
	partial := elements[W](&w.spare, parts*s.n)
	if parallel && parts > 1 {
		e.partsInParallel(*s, x, partial, rows)
	} else {
		e.parts(s, x, partial, rows, 0, parts)
	}
	for j := range s.n {
		sum := partial[j]
		for t := 1; t < parts; t++ {
			sum += partial[t*s.n+j]
		}
		s.c[j*s.cCol] = e.store(sum)
	}
}

func (e *engine[W, S, D]) partsInParallel(s slim[S, D], x, partial []W, rows int) {
	own := *e
	par.For(ceilDiv(s.k, rows), 1, func(lo, hi int) { own.parts(&s, x, partial, rows, lo, hi) })
}

// parts computes parts lo to hi of the sums, each over so many rows of B.
func (e *engine[W, S, D]) parts(s *slim[S, D], x, partial []W, rows, lo, hi int) {
	const chunk = 16 << 10 // columns whose sums stay in L2
	stride := s.b.Row * sizeOf[S]()
	for t := lo; t < hi; t++ {
		sum := partial[t*s.n : (t+1)*s.n]
		clear(sum)
		for j := 0; j < s.n; j += chunk {
			c := sum[j:min(j+chunk, s.n)]
			k, end := t*rows, min((t+1)*rows, s.k)
			for ; k+asm.Lines <= end; k += asm.Lines {
				e.line.Axpys(len(c), (*[asm.Lines]W)(x[k:]), &s.b.Data[s.b.Offset+k*s.b.Row+j], stride, &c[0])
			}
			for ; k < end; k++ {
				e.line.Axpy(len(c), x[k], &s.b.Data[s.b.Offset+k*s.b.Row+j], &c[0])
			}
		}
	}
}
