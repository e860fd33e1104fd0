package gemm

import (
	"unsafe"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
)

// Block sizes, in words: kc rows of a panel of B stay in L1 while mc rows of A, in L2, pass by it; nc columns
// of packed B stay in L3.
const (
	kcMax = 320
	mcMax = 112
	ncMax = 3072

	// apad keeps the rows of packed A off powers of two, where they would share cache sets.
	apad = 16
)

// product is C = A·B in bytes, with what it is computed by.
type product struct {
	set     *asm.Set
	tiles   *asm.Tiles
	m, n, k int // k in numbers
	a, b    operand
	c       *byte
	cRow    int // bytes
	add     int // not 0 to add to C

	// round, if not nil, writes rows of C from sums in float32; an element of C has cSize bytes.
	round func(dst, src *byte, n int)
	cSize int
}

// worker is what one goroutine computes with, and what a product needs while it is divided.
type worker struct {
	product
	mp, np int // the size of a piece
	piece  func(lo, hi int)

	a, b  []byte // packed
	sums  []byte // of a piece of C that is to be rounded
	edge  [16 * 32 * 4]byte
	lines lines
}

var workers par.Spares

func init() {
	workers.New = func() any {
		w := &worker{}
		w.piece = w.pieces // once, so that it costs no garbage
		return w
	}
}

// room returns n bytes, aligned as an array of words is.
func room(s *[]byte, n int) *byte {
	if cap(*s) < n {
		*s = unsafe.Slice((*byte)(ptr(make([]uint64, (n+7)/8))), n)
	}
	return &(*s)[:n][0]
}

// multiply computes the product, on several threads if parallel.
func (p *product) multiply(parallel bool) {
	w := workers.Get().(*worker)
	w.product = *p
	w.divide(parallel)
	if w.mp >= p.m && w.np >= p.n {
		w.compute()
	} else {
		par.For(ceilDiv(p.m, w.mp)*ceilDiv(p.n, w.np), 1, w.piece)
	}
	w.product = product{} // nothing is kept alive
	workers.Put(w)
}

// divide chooses the size of pieces: enough of them that a thread that comes late doesn't keep the others waiting,
// but large, since each packs what it reads of A and B.
func (w *worker) divide(parallel bool) {
	threads, want := 1, 1
	if parallel {
		threads = par.Threads()
		want = min(4*threads, max(threads, w.m*w.n*w.k>>22))
	}
	if w.round != nil { // sums of a piece are kept until they are rounded
		want = max(want, w.m*w.n>>18)
	}
	rows, cols := 1, 1
	for rows*cols < want {
		least := 192
		if rows*cols < threads {
			least = 32
		}
		// Columns first: to pack A again is cheaper than B.
		m, n := w.m/rows, w.n/cols
		if n >= 2*least && 2*n >= m {
			cols *= 2
		} else if m >= 2*least {
			rows *= 2
		} else {
			break
		}
	}
	tile := w.tiles.Sizes[0].Rows
	w.mp = ceilDiv(ceilDiv(w.m, rows), tile) * tile
	w.np = ceilDiv(ceilDiv(w.n, cols), w.tiles.Cols) * w.tiles.Cols
}

// pieces computes pieces lo to hi.
func (w *worker) pieces(lo, hi int) {
	across := ceilDiv(w.n, w.np)
	own := workers.Get().(*worker)
	for t := lo; t < hi; t++ {
		i, j := t/across*w.mp, t%across*w.np
		own.product = w.product
		p := &own.product
		p.m, p.n = min(w.mp, w.m-i), min(w.np, w.n-j)
		p.a, p.b = w.product.a.from(i, 0), w.product.b.from(j, 0)
		p.c = at[byte](w.c, i*w.cRow+j*w.cSize)
		own.compute()
	}
	own.product = product{}
	workers.Put(own)
}

// compute computes the worker's product, on this goroutine.
func (w *worker) compute() {
	p := &w.product
	if p.round == nil {
		w.blocks(p.c, p.cRow)
		return
	}
	row := p.n * p.tiles.Word
	sums := room(&w.sums, p.m*row)
	w.blocks(sums, row)
	for i := range p.m {
		p.round(at[byte](p.c, i*p.cRow), at[byte](sums, i*row), p.n)
	}
}

// blocks is the blocked algorithm.
func (w *worker) blocks(c *byte, cRow int) {
	p, cols, word := &w.product, w.tiles.Cols, w.tiles.Word
	group := p.tiles.Group
	kc := ceilDiv(p.k, group)
	kc = ceilDiv(kc, ceilDiv(kc, kcMax)) // even blocks
	kc = min(ceilDiv(p.k, group), (kc+3)&^3) * group
	nc := min(ncMax, p.n)
	mc := max(mcMax/p.tiles.Sizes[0].Rows*p.tiles.Sizes[0].Rows, 1)
	words := ceilDiv(kc, group)

	// What is small, or is read for few panels, is read where it lies.
	directA := p.a.convert == nil && (p.n <= 2*cols || p.m*p.k <= 4<<10)

	// Whole panels of few rows are read where they lie; only the last, if narrower, is packed.
	direct := p.b.convert == nil && p.b.iStep == p.b.size && (p.m <= 2*p.tiles.Sizes[0].Rows || p.k*p.n <= 8<<10)
	packed := nc
	if direct {
		packed = cols
	}
	b := room(&w.b, words*ceilDiv(packed, cols)*cols*word)
	a := room(&w.a, mcMax*(words+apad)*word)

	for j0 := 0; j0 < p.n; j0 += nc {
		nn := min(nc, p.n-j0)
		for k0 := 0; k0 < p.k; k0 += kc {
			kk := min(kc, p.k-k0)
			add := p.add | min(k0, 1)
			if !direct {
				from := p.b.from(j0, k0)
				from.panels(p.set, b, cols, nn, kk, &w.lines)
			} else if rest := nn % cols; rest > 0 {
				from := p.b.from(j0+nn-rest, k0)
				from.panels(p.set, b, cols, rest, kk, &w.lines)
			}
			for i0 := 0; i0 < p.m; i0 += mc {
				mm := min(mc, p.m-i0)
				from := p.a.from(i0, k0)
				aBlock, aRow, aCol := from.base, from.iStep, from.kStep
				if !directA {
					aBlock, aCol = a, word
					aRow = from.block(p.set, a, mm, kk, &w.lines)
				}
				for j := 0; j < nn; j += cols {
					panel, bRow := b, cols*word
					switch {
					case !direct:
						panel = at[byte](b, j*ceilDiv(kk, group)*word)
					case nn-j >= cols:
						there := p.b.from(j0+j, k0)
						panel, bRow = there.base, there.kStep
					}
					w.column(ceilDiv(kk, group), aBlock, aRow, aCol, panel, bRow, at[byte](c, i0*cRow+(j0+j)*word), cRow, mm, min(cols, nn-j), add)
				}
			}
		}
	}
}

// column computes mm rows of C, width columns of it, by tiles one below the other.
func (w *worker) column(k int, a *byte, aRow, aCol int, b *byte, bRow int, c *byte, cRow, mm, width, add int) {
	tiles, cols, word := w.tiles.Sizes, w.tiles.Cols, w.tiles.Word
	if w.tiles.Narrow != nil && width <= cols/2 {
		tiles, cols = w.tiles.Narrow, cols/2
	}
	t := 0
	for i := 0; i < mm; {
		for tiles[t].Rows > mm-i {
			t++
		}
		rows, from, to := tiles[t].Rows, at[byte](a, i*aRow), at[byte](c, i*cRow)
		i += rows
		if width == cols {
			tiles[t].F(k, from, aRow, aCol, b, bRow, to, cRow, add)
			continue
		}
		// What is beyond the edge is computed beside C.
		edge, edgeRow := &w.edge[0], cols*word
		if add != 0 {
			for r := range rows {
				copy(bytes(at[byte](edge, r*edgeRow), width*word), bytes(at[byte](to, r*cRow), width*word))
			}
		}
		tiles[t].F(k, from, aRow, aCol, b, bRow, edge, edgeRow, add)
		for r := range rows {
			copy(bytes(at[byte](to, r*cRow), width*word), bytes(at[byte](edge, r*edgeRow), width*word))
		}
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
