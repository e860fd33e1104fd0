package gemm

import (
	"sync/atomic"
	"unsafe"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/cpu/internal/huge"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
)

// Block sizes, in words: kc rows of a panel of B pass through L1 with one panel of A after the other, which are mc rows
// in L2; what is packed of B stays in L3.
const (
	kcBytes   = 4 << 10 // of kc words, at most
	packedMax = 4 << 20 // words of B together
)

// blocksFor returns kc and mc at most, and the columns of B that are packed at a time. They were measured for AVX2 on Zen 3 and for AVX-512
// on Zen 4. Other choices, with kc between 256 and 2048, are slower by some percent. chunk is a multiple of the columns of tiles.
func blocksFor(tiles *asm.Tiles) (kc, mc, chunk int) {
	if tiles.Cols*tiles.Word > 64 {
		return 512, 144, 128
	}
	return kcBytes / tiles.Word, 96, 64
}

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
	division
	piece func(lo, hi int)

	panels []byte          // packed B, chunk after chunk
	states []atomic.Uint32 // of chunks

	aBlock, spare []byte // packed: a block of A, and a chunk of B that nobody shares
	sums          []byte // of a piece of C that is to be rounded
	lines         lines
	runs          [32]asm.Run // of a row of a panel
}

// division is how a product is divided: into blocks of B that are packed one after the other, and blocks of C into
// pieces.
type division struct {
	rows, cols int // of pieces
	kc         int // words that are multiplied at a time
	mc         int
	packs      int  // columns of B that are packed at a time, at most
	direct     bool // B is read where it lies, but for panels that are not whole
	alone      bool // what is packed of B is used once

	nb, kb int // the size of a block of B, in numbers; kb is a multiple of kc words
	j0, k0 int // where the current one begins
	nn, kk int // and its size
	chunk  int // columns
	across int // chunks beside each other
	size   int // bytes of a chunk
}

var workers par.Spares

func init() {
	workers.New = func() any {
		w := &worker{}
		w.piece = w.pieces // once, so that it costs no garbage
		return w
	}
}

// room returns n bytes that begin a cache line.
func room(s *[]byte, n int) *byte {
	switch {
	case len(*s) >= n+64:
	case n >= 128<<10:
		*s = huge.Bytes(n + 64)
	default:
		*s = make([]byte, n+64)
	}
	return at[byte](&(*s)[0], int(-uintptr(ptr(*s))&63))
}

// multiply computes the product, on several threads if parallel.
func (p *product) multiply(parallel bool) {
	w := workers.Get().(*worker)
	w.product = *p
	w.compute(parallel)
	w.product = product{} // nothing is kept alive
	workers.Put(w)
}

// compute computes the worker's product.
func (w *worker) compute(parallel bool) {
	w.divide(parallel)
	for w.j0 = 0; w.j0 < w.n; w.j0 += w.nb {
		w.nn = min(w.nb, w.n-w.j0)
		for w.k0 = 0; w.k0 < w.k; w.k0 += w.kb {
			w.kk = min(w.kb, w.k-w.k0)
			w.prepare()
			if w.rows*w.cols == 1 {
				w.compute1(w, 0)
			} else {
				par.For(w.rows*w.cols, 1, w.piece)
			}
		}
	}
}

// divide chooses the size of blocks and the number of pieces: enough of them that a thread that comes late doesn't
// keep the others waiting, but large.
func (w *worker) divide(parallel bool) {
	tile, cols, group := w.tiles.Sizes[0].Rows, w.tiles.Cols, w.tiles.Group
	words := ceilDiv(w.k, group)
	kc, mc, chunk := blocksFor(w.tiles)
	w.kc = ceilDiv(words, ceilDiv(words, kc)) // even blocks
	w.kc = min(words, (w.kc+3)&^3)
	w.mc, w.packs = mc/tile*tile, chunk
	// Few rows read whole panels of B where they lie; only the last, if narrower, is packed.
	w.direct = w.b.convert == nil && w.b.iStep == w.b.size && (w.m <= 2*tile || w.k*w.n <= 8<<10)

	w.alone = w.m <= 2*w.mc
	w.nb, w.kb = w.n, w.k
	if !w.direct && !w.alone {
		w.nb = min(w.n, max(packedMax/words, 256))
		if w.round == nil { // sums are rounded once
			w.nb = min(w.n, max(packedMax/words, 4<<10))
			w.kb = max(packedMax/w.nb/w.kc, 1) * w.kc * group
		}
		w.nb = ceilDiv(ceilDiv(w.n, ceilDiv(w.n, w.nb)), cols) * cols // even blocks
	}

	threads, want := 1, 1
	if parallel {
		work := w.m * min(w.n, w.nb) * min(w.k, w.kb)
		if threads = par.Threads(); threads > 1 {
			want = min(4*threads, max(threads, work>>22))
		} else {
			want = work >> 32 // between pieces an interrupt is looked for
		}
	}
	if w.round != nil { // sums of a piece are kept until they are rounded
		want = max(want, w.m*w.nb>>18)
	}
	w.rows, w.cols = 1, 1
	for w.rows*w.cols < want {
		leastRows, leastCols := 96, 384
		if w.rows*w.cols < threads {
			leastRows, leastCols = 2*tile, 2*cols
		}
		// Rows first: what is packed of B is shared, what is packed of A isn't.
		if w.m/w.rows >= 2*leastRows && !w.alone {
			w.rows *= 2
		} else if w.nb/w.cols >= 2*leastCols {
			w.cols *= 2
		} else if w.m/w.rows >= 2*leastRows && w.rows*w.cols < threads {
			w.rows *= 2
		} else {
			break
		}
	}
}

// prepare makes room for a block of B.
func (w *worker) prepare() {
	cols, word := w.tiles.Cols, w.tiles.Word
	w.chunk = min(w.packs, w.stripe())
	w.across = w.cols * ceilDiv(w.stripe(), w.chunk)
	w.size = w.chunk / cols * panelSize(w.kc, cols, word)
	if w.alone || w.direct {
		return
	}
	chunks := w.across * ceilDiv(ceilDiv(w.kk, w.tiles.Group), w.kc)
	room(&w.panels, chunks*w.size)
	if len(w.states) < chunks {
		w.states = make([]atomic.Uint32, chunks)
	}
	for i := range chunks {
		w.states[i].Store(unpacked)
	}
}

// stripe is how many columns of a block a piece has at most.
func (w *worker) stripe() int {
	cols := w.tiles.Cols
	return ceilDiv(ceilDiv(w.nn, cols), w.cols) * cols
}

// pieces computes pieces lo to hi of the current block.
func (w *worker) pieces(lo, hi int) {
	own := workers.Get().(*worker)
	for t := lo; t < hi; t++ {
		w.compute1(own, t)
	}
	workers.Put(own)
}

// area is a rectangle of C, in the current block of B.
type area struct{ i0, i1, j0, j1 int }

// compute1 computes piece t, with the buffers of a worker of its own.
func (w *worker) compute1(own *worker, t int) {
	tile := w.tiles.Sizes[0].Rows
	total := ceilDiv(w.m, tile)
	r, s := t/w.cols, t%w.cols
	p := area{r * total / w.rows * tile, min((r+1)*total/w.rows*tile, w.m), s * w.stripe(), min((s+1)*w.stripe(), w.nn)}
	if p.i0 >= p.i1 || p.j0 >= p.j1 {
		return
	}
	if w.round == nil {
		w.blocks(own, t, p, at[byte](w.c, p.i0*w.cRow+(w.j0+p.j0)*w.tiles.Word), w.cRow)
		return
	}
	n := p.j1 - p.j0
	row := n * w.tiles.Word
	sums := room(&own.sums, (p.i1-p.i0)*row)
	w.blocks(own, t, p, sums, row)
	for i := range p.i1 - p.i0 {
		w.round(at[byte](w.c, (p.i0+i)*w.cRow+(w.j0+p.j0)*w.cSize), at[byte](sums, i*row), n)
	}
}

// blocks is the blocked algorithm, for piece t. Rows that are few are packed together, so that what is packed of B is
// used at once; else blocks of rows take turns with all of B.
func (w *worker) blocks(own *worker, t int, p area, c *byte, cRow int) {
	tile, word, group := w.tiles.Sizes[0].Rows, w.tiles.Word, w.tiles.Group
	m, n := p.i1-p.i0, p.j1-p.j0
	mc := ceilDiv(ceilDiv(m, ceilDiv(m, w.mc)), tile) * tile // even blocks
	together := mc
	if w.alone {
		together = ceilDiv(m, mc) * mc
	}
	chunks := ceilDiv(n, w.chunk)
	first := t / w.cols * chunks * 5 / 8 % chunks // others begin elsewhere, and find these packed
	// What is small, or is read for few panels, is read where it lies.
	directA := w.a.convert == nil && (n <= 2*w.tiles.Cols || m*w.kk <= 4<<10 || n <= 6*w.tiles.Cols && w.a.spread())
	for k := 0; k < w.kk; k += w.kc * group {
		kk := min(w.kc*group, w.kk-k)
		for i := 0; i < m; i += together {
			mm := min(together, m-i)
			part := w.a.from(p.i0+i, w.k0+k)
			a := block{part.base, tile * part.iStep, part.iStep, part.kStep}
			if !directA {
				to := room(&own.aBlock, ceilDiv(together, tile)*panelSize(w.kc, tile, word))
				a = block{to, part.panels(w.set, to, tile, mm, kk, &own.lines), word, tile * word}
			}
			for x := range chunks {
				j := (first + x) % chunks * w.chunk
				width := min(w.chunk, n-j)
				b := w.chunkOfB(own, k, p.j0+j, width, kk)
				for r := 0; r < mm; r += mc {
					w.macro(ceilDiv(kk, group), a.at(r, tile), b, at[byte](c, (i+r)*cRow+j*word), cRow, min(mc, mm-r), width, w.add|min(w.k0+k, 1))
				}
			}
		}
	}
}

// macro multiplies a block of A, mm rows of it, with panels of B, width columns.
func (w *worker) macro(k int, a, b block, c *byte, cRow, mm, width, add int) {
	cols, word := w.tiles.Cols, w.tiles.Word
	for j := 0; j < width; j += cols {
		w.column(k, a, b.at(j, cols), at[byte](c, j*word), cRow, mm, min(cols, width-j), add)
	}
}

// block is panels as tiles read them, step bytes apart: lines are row bytes apart, and numbers of a line col.
type block struct {
	base           *byte
	step, row, col int
}

// at returns the block without its first i lines, of panels of w.
func (b block) at(i, w int) block {
	b.base = at[byte](b.base, i/w*b.step+i%w*b.row)
	return b
}

// States of a chunk of B.
const (
	unpacked = iota
	claimed
	packed
)

// chunkOfB returns n columns of B from column j of the block on, kk numbers of them from k on. The first who needs them
// packs them for all. Whoever needs them meanwhile doesn't wait, and packs them for itself.
func (w *worker) chunkOfB(own *worker, k, j, n, kk int) block {
	part := w.b.from(w.j0+j, w.k0+k)
	cols, word := w.tiles.Cols, w.tiles.Word
	if w.direct && n%cols == 0 {
		return block{part.base, cols * word, word, part.kStep}
	}
	b := block{step: panelSize(ceilDiv(kk, w.tiles.Group), cols, word), row: word, col: cols * word}
	if w.alone || w.direct {
		b.base = room(&own.spare, w.size)
		part.panels(w.set, b.base, cols, n, kk, &own.lines)
		return b
	}
	stripe := w.stripe()
	i := k/(w.kc*w.tiles.Group)*w.across + j/stripe*ceilDiv(stripe, w.chunk) + j%stripe/w.chunk
	b.base = at[byte](room(&w.panels, 0), i*w.size)
	state := &w.states[i]
	if state.Load() == packed {
		return b
	}
	mine := state.CompareAndSwap(unpacked, claimed)
	if !mine {
		if state.Load() == packed {
			return b
		}
		b.base = room(&own.spare, w.size)
	}
	part.panels(w.set, b.base, cols, n, kk, &own.lines)
	if mine {
		state.Store(packed)
	}
	return b
}

// column computes mm rows of C, width columns of it, by tiles one below the other.
func (w *worker) column(k int, a, b block, c *byte, cRow, mm, width, add int) {
	tiles, word := w.tiles.Sizes, w.tiles.Word
	panel := tiles[0].Rows
	if w.tiles.Narrow != nil && width <= w.tiles.Cols/2 {
		tiles = w.tiles.Narrow
	}
	// Tiles ask for the next panel of B, each for a part of it.
	next := uintptr(unsafe.Pointer(b.base)) + uintptr(b.step)
	end := next + uintptr(b.step)
	run := func(t asm.SizedTile, n, i, step int) int {
		if n > 0 {
			t.F(n, k, at[byte](a.base, i/panel*a.step+i%panel*a.row), a.row, a.col, step, b.base, b.col, at[byte](c, i*cRow), cRow, width*word, add, next, end)
		}
		return i + n*t.Rows
	}
	i := 0
	if tiles[0].Rows == panel {
		i = run(tiles[0], mm/panel, i, a.step)
	}
	for i < mm { // panels by lower tiles
		for last, t := min(mm, i+panel), 0; i < last; t++ {
			i = run(tiles[t], (last-i)/tiles[t].Rows, i, tiles[t].Rows*a.row)
		}
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
