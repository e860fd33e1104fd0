package gemm

import (
	"sync"
	"unsafe"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
)

// Block sizes: kc rows of a panel of B stay in L1 while mc rows of A, in L2, pass by it; nc columns
// of packed B stay in L3.
const (
	kcMax = 384
	mcMax = 112
	ncMax = 3072

	// apad keeps the rows of packed A off powers of two, where they would share cache sets.
	apad = 16
)

// large is how many multiplications make a product worth dividing among threads by itself.
const large = 1 << 20

// Float32 computes each product of a batch; all have the same sizes and strides. The order in which
// the k products of an element are added depends on k alone.
func Float32(batch []Problem[float32]) { float32With(asm.Best, batch) }

func float32With(set *asm.Set, batch []Problem[float32]) {
	if len(batch) == 0 {
		return
	}
	p := &batch[0]
	work := p.M * p.N * p.K
	if work >= large || len(batch) == 1 {
		for i := range batch {
			multiply(set, &batch[i], work >= 2*grain)
		}
		return
	}
	par.For(len(batch), max(1, 2*grain/max(work, 1)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			multiply(set, &batch[i], false)
		}
	})
}

func multiply(set *asm.Set, p *Problem[float32], parallel bool) {
	switch {
	case p.M == 0 || p.N == 0:
	case p.K == 0:
		clear(p.C)
	case p.M == 1 && (p.B.Row == 1 || p.B.Col == 1):
		vectorMatrix(set, p, parallel)
	case p.N == 1 && (p.A.Row == 1 || p.A.Col == 1):
		// A column is a row, seen from the side: Cᵀ = Bᵀ·Aᵀ.
		vectorMatrix(set, &Problem[float32]{M: 1, N: p.M, K: p.K, A: p.B.transposed(), B: p.A.transposed(), C: p.C}, parallel)
	case p.M <= 4 && p.B.Row == 1 && p.A.Col == 1:
		rowsDots(set, p, parallel)
	default:
		matrixMatrix(set, p, parallel)
	}
}

func (m Matrix[T]) transposed() Matrix[T] {
	m.Row, m.Col = m.Col, m.Row
	return m
}

// forPieces is par.For, or a plain call.
func forPieces(parallel bool, n, grain int, f func(lo, hi int)) {
	if parallel {
		par.For(n, grain, f)
		return
	}
	if n > 0 {
		f(0, n)
	}
}

// vectorMatrix computes a row times a matrix whose rows or columns lie in order.
func vectorMatrix(set *asm.Set, p *Problem[float32], parallel bool) {
	if p.A.Col != 1 { // gather the row
		x := make([]float32, p.K)
		for k := range x {
			x[k] = p.A.Data[p.A.Offset+k*p.A.Col]
		}
		q := *p
		q.A = Matrix[float32]{Data: x, Col: 1}
		p = &q
	}
	if p.B.Row == 1 {
		rowsDots(set, p, parallel)
		return
	}
	x := p.A.Data[p.A.Offset : p.A.Offset+p.K]
	// Chunks of columns are a multiple of 32 so that each element is computed the same way however
	// they are cut, and few enough that the sums stay in L1.
	forPieces(parallel, p.N, 1024, func(lo, hi int) {
		for ; lo < hi; lo += 1024 {
			c := p.C[lo:min(lo+1024, hi)]
			clear(c)
			whole := len(c) &^ 31
			for k, a := range x {
				b := p.B.Data[p.B.Offset+k*p.B.Row+lo:][:len(c)]
				if whole > 0 {
					set.Axpy(whole, a, &b[0], &c[0])
				}
				for j := whole; j < len(c); j++ {
					c[j] += a * b[j]
				}
			}
		}
	})
}

// rowsDots computes few rows times a matrix whose columns lie in order: dot products.
func rowsDots(set *asm.Set, p *Problem[float32], parallel bool) {
	whole := p.K &^ 31
	forPieces(parallel, p.N, max(1, grain/(p.K*p.M)), func(lo, hi int) {
		for j := lo; j < hi; j++ {
			b := p.B.Data[p.B.Offset+j*p.B.Col:][:p.K]
			for i := range p.M {
				a := p.A.Data[p.A.Offset+i*p.A.Row:][:p.K]
				sum := set.Dot(whole, &a[0], &b[0])
				for k := whole; k < p.K; k++ {
					sum += a[k] * b[k]
				}
				p.C[i*p.N+j] = sum
			}
		}
	})
}

// matrixMatrix is the blocked algorithm.
func matrixMatrix(set *asm.Set, p *Problem[float32], parallel bool) {
	kc := ceilDiv(p.K, ceilDiv(p.K, kcMax)) // even blocks
	kc = min(p.K, (kc+3)&^3)
	nc := min(ncMax, p.N)
	mc, cols := chunks(set, p.M, nc, parallel)

	packedB := panels{set: set, n: nc}
	packedB.direct = p.B.Col == 1 && (p.M <= 2*set.Tiles[0].Rows || p.K*p.N <= 8<<10) && p.N >= set.Cols
	bufB := floats.get(packedB.size(kc))
	defer floats.put(bufB)
	packedB.buf = *bufB

	for j0 := 0; j0 < p.N; j0 += nc {
		for k0 := 0; k0 < p.K; k0 += kc {
			kk, nn := min(kc, p.K-k0), min(nc, p.N-j0)
			packedB.moveTo(p.B, k0, j0, kk, nn)
			count := ceilDiv(nn, set.Cols)
			forPieces(parallel, count, max(1, grain/2/(kk*set.Cols)), packedB.pack)

			rows, across := ceilDiv(p.M, mc), ceilDiv(count, cols)
			forPieces(parallel, rows*across, 1, func(lo, hi int) {
				w := workspaces.Get().(*workspace)
				defer workspaces.Put(w)
				for t := lo; t < hi; t++ {
					i0, c0 := t/across*mc, t%across*cols
					w.block(p, &packedB, i0, min(mc, p.M-i0), k0, j0, c0, min(c0+cols, count))
				}
			})
		}
	}
}

// chunks cuts C into pieces for the threads: rows of C and panels of B to a piece.
func chunks(set *asm.Set, m, n int, parallel bool) (mc, cols int) {
	tile := set.Tiles[0].Rows
	mc = max(mcMax/tile*tile, tile)
	count := ceilDiv(n, set.Cols)
	if !parallel {
		return mc, count
	}
	// Enough pieces that a thread that comes late doesn't keep the others waiting; A is packed
	// again for each piece across, so those are wide.
	want := 4 * par.Threads()
	if even := ceilDiv(ceilDiv(m, ceilDiv(m, mc)), tile) * tile; even < mc {
		mc = even
	}
	rows := ceilDiv(m, mc)
	if rows >= want {
		return mc, count
	}
	cols = max(ceilDiv(count, ceilDiv(want, rows)), ceilDiv(128, set.Cols))
	return mc, cols
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// panels is a block of B, cut into panels as wide as a tile, each stored row after row.
type panels struct {
	set    *asm.Set
	buf    []float32
	n      int
	direct bool // whole panels are read where they lie; only the last, if narrower, is packed

	b      Matrix[float32]
	k0, j0 int // where in B the block begins
	kk, nn int // how large it is
}

// size is how much room blocks of kc rows need.
func (q *panels) size(kc int) int {
	if q.direct {
		return kc * q.set.Cols
	}
	return kc * ceilDiv(q.n, q.set.Cols) * q.set.Cols
}

// moveTo moves to another block.
func (q *panels) moveTo(b Matrix[float32], k0, j0, kk, nn int) {
	q.b, q.k0, q.j0, q.kk, q.nn = b, k0, j0, kk, nn
}

// panel returns where panel number c begins, and the stride of its rows.
func (q *panels) panel(c int) (*float32, int) {
	w := q.set.Cols
	switch {
	case !q.direct:
		return &q.buf[c*w*q.kk], w
	case (c+1)*w > q.nn:
		return &q.buf[0], w
	}
	return &q.b.Data[q.b.Offset+q.k0*q.b.Row+q.j0+c*w], q.b.Row
}

// pack fills panels lo to hi. Columns that are not there become zero.
func (q *panels) pack(lo, hi int) {
	w := q.set.Cols
	for c := lo; c < hi; c++ {
		width := min(w, q.nn-c*w)
		var dst []float32
		switch {
		case !q.direct:
			dst = q.buf[c*w*q.kk:][:w*q.kk]
		case width < w:
			dst = q.buf[:w*q.kk]
		default:
			continue
		}
		from := q.b.Offset + q.k0*q.b.Row + (q.j0+c*w)*q.b.Col
		switch {
		case q.b.Col == 1:
			packRows(dst, w, q.b.Data, from, q.b.Row, q.kk, width)
		case q.b.Row == 1:
			packColumns(q.set, dst, w, q.b.Data, from, q.b.Col, q.kk, width)
		default:
			for k := range q.kk {
				row := dst[k*w : (k+1)*w]
				for j := range width {
					row[j] = q.b.Data[from+k*q.b.Row+j*q.b.Col]
				}
				clear(row[width:])
			}
		}
	}
}

// packRows copies kk rows, width of w elements in each, that begin at src[from] and are stride apart.
func packRows(dst []float32, w int, src []float32, from, stride, kk, width int) {
	switch {
	case width == 32 && w == 32: // known sizes become a few instructions
		for k := range kk {
			*(*[32]float32)(dst[k*32:]) = *(*[32]float32)(src[from+k*stride:])
		}
	case width == 16 && w == 16:
		for k := range kk {
			*(*[16]float32)(dst[k*16:]) = *(*[16]float32)(src[from+k*stride:])
		}
	default:
		for k := range kk {
			row := dst[k*w : (k+1)*w]
			copy(row, src[from+k*stride:][:width])
			clear(row[width:])
		}
	}
}

// packColumns writes columns, each in order in memory, side by side.
func packColumns(set *asm.Set, dst []float32, w int, src []float32, from, stride, kk, width int) {
	j := 0
	for ; j+8 <= width; j += 8 {
		blocks := kk / 8
		if blocks > 0 {
			set.Transpose8(blocks, &dst[j], 4*w, &src[from+j*stride], 4*stride)
		}
		for c := j; c < j+8; c++ {
			for k := blocks * 8; k < kk; k++ {
				dst[k*w+c] = src[from+c*stride+k]
			}
		}
	}
	for ; j < width; j++ {
		column := src[from+j*stride:][:kk]
		for k, v := range column {
			dst[k*w+j] = v
		}
	}
	if width < w {
		for k := range kk {
			clear(dst[k*w+width : (k+1)*w])
		}
	}
}

// workspace is what one goroutine needs: a packed block of A, and a tile for the edges of C.
type workspace struct {
	a    []float32
	edge [16 * 32]float32
}

var workspaces = sync.Pool{New: func() any {
	// Packed either way: rows with apad behind each, or columns of mcMax and apad.
	return &workspace{a: make([]float32, max(mcMax*(kcMax+apad), kcMax*(mcMax+apad)))}
}}

// block computes rows i0… of C, mm of them, by panels c0 to c1 of B, for one block of k.
func (w *workspace) block(p *Problem[float32], b *panels, i0, mm, k0, j0, c0, c1 int) {
	a, aRow, aCol := w.packA(p.A, i0, mm, k0, b.kk, c1-c0)
	add := 0
	if k0 > 0 {
		add = 1
	}
	set := b.set
	for c := c0; c < c1; c++ {
		bp, bRow := b.panel(c)
		width := min(set.Cols, b.nn-c*set.Cols)
		tiles, tileCols := set.Tiles, set.Cols
		if set.NarrowTiles != nil && width <= set.Cols/2 {
			tiles, tileCols = set.NarrowTiles, set.Cols/2
		}
		at := i0*p.N + j0 + c*set.Cols
		t := 0
		for i := 0; i < mm; {
			for tiles[t].Rows > mm-i {
				t++
			}
			rows := tiles[t].Rows
			from := (*float32)(unsafe.Add(unsafe.Pointer(a), 4*i*aRow))
			if width == tileCols {
				tiles[t].F(b.kk, from, 4*aRow, 4*aCol, bp, 4*bRow, &p.C[at+i*p.N], 4*p.N, add)
			} else {
				tiles[t].F(b.kk, from, 4*aRow, 4*aCol, bp, 4*bRow, &w.edge[0], 4*tileCols, 0)
				for r := range rows {
					dst, src := p.C[at+(i+r)*p.N:][:width], w.edge[r*tileCols:][:width]
					if add == 0 {
						copy(dst, src)
						continue
					}
					for j, v := range src {
						dst[j] += v
					}
				}
			}
			i += rows
		}
	}
}

// packA copies a block of A to where it lies close together, along its rows or along its columns as
// it lies itself, and returns it with its strides. A block that is used for few panels is used
// where it is.
func (w *workspace) packA(m Matrix[float32], i0, mm, k0, kk, panels int) (a *float32, row, col int) {
	from := m.Offset + i0*m.Row + k0*m.Col
	if panels <= 2 {
		return &m.Data[from], m.Row, m.Col
	}
	switch {
	case m.Row == 1 && m.Col != 1:
		stride := mm + apad
		for k := range kk {
			copy(w.a[k*stride:][:mm], m.Data[from+k*m.Col:])
		}
		return &w.a[0], 1, stride
	case m.Col == 1:
		stride := kk + apad
		for i := range mm {
			copy(w.a[i*stride:][:kk], m.Data[from+i*m.Row:])
		}
		return &w.a[0], stride, 1
	default:
		stride := kk + apad
		for i := range mm {
			dst := w.a[i*stride:][:kk]
			for k := range dst {
				dst[k] = m.Data[from+i*m.Row+k*m.Col]
			}
		}
		return &w.a[0], stride, 1
	}
}

// floatPool keeps large buffers.
type floatPool struct{ pool sync.Pool }

var floats floatPool

func (f *floatPool) get(n int) *[]float32 {
	if s, _ := f.pool.Get().(*[]float32); s != nil && cap(*s) >= n {
		*s = (*s)[:n]
		return s
	}
	s := make([]float32, n)
	return &s
}

func (f *floatPool) put(s *[]float32) { f.pool.Put(s) }
