package gemm

import (
	"unsafe"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
)

// Products with the windows of an image, as convolutions need them. The windows are never laid out in memory (implicit GEMM, Chetlur
// et al. 2014): a row of them is a part of the image, shifted, and is packed from there or multiplied where it lies.

// Windows are a matrix of windows of an image. Its columns come in rows of Width neighbours, Step elements apart: row k, column j
// is the element j/Width·Step + j%Width of Data, moved by Shifts[k]. Behind the last one are asm.RunBytes bytes that may be read.
type Windows[T float32 | float64] struct {
	Data        []T
	Width, Step int
	Shifts      []int // bytes
}

// place is where column j is, in elements.
func (b *Windows[T]) place(j int) int { return j/b.Width*b.Step + j%b.Width }

// panels packs n columns from column j on, of rows k to k + kk, panel bytes a panel.
func (b *Windows[T]) panels(w *worker, dst *byte, panel, j, n, k, kk int) {
	cols, size := w.tiles.Cols, w.tiles.Word
	src := (*byte)(unsafe.Pointer(&b.Data[0]))
	for p := 0; p < n; p += cols {
		runs := w.runs[:0]
		for i := p; i < min(p+cols, n); {
			few := min(b.Width-(j+i)%b.Width, p+cols-i, n-i, asm.RunBytes/size)
			runs = append(runs, asm.Run{From: b.place(j+i) * size, To: (i - p) * size, Len: few * size})
			i += few
		}
		w.set.Window(kk, dst, cols*size, src, &b.Shifts[k], &runs[0].From, len(runs))
		dst = at[byte](dst, panel)
	}
}

// Packed is a matrix as tiles read it, for many products.
type Packed[T float32 | float64] struct {
	kind[T]
	m, k, kc int
	panels   *byte
	block    int // bytes for kc columns
}

// PackedLen is how many elements of room Pack needs for an m×k matrix.
func PackedLen[T float32 | float64](m, k int) int {
	var p Packed[T]
	return p.divide(asm.Best, m, k)
}

// Pack packs a, m×k and not empty, into room.
func Pack[T float32 | float64](a Matrix[T], m, k int, room []T) *Packed[T] {
	return packWith(asm.Best, a, m, k, room)
}

func packWith[T float32 | float64](set *asm.Set, a Matrix[T], m, k int, room []T) *Packed[T] {
	p := &Packed[T]{}
	p.divide(set, m, k)
	p.panels = at[byte]((*byte)(ptr(room)), int(-uintptr(ptr(room))&63))
	w := p.worker()
	o := p.operand(a, m)
	for k := 0; k < p.k; k += p.kc {
		part := o.from(0, k)
		part.panels(p.set, at[byte](p.panels, k/p.kc*p.block), p.tile(), m, min(p.kc, p.k-k), &w.lines)
	}
	workers.Put(w)
	return p
}

// divide chooses the blocks, and returns how many elements hold them.
func (p *Packed[T]) divide(set *asm.Set, m, k int) (n int) {
	p.kind, p.m, p.k = kindOf[T](set), m, k
	kc, _, _ := blocksFor(p.tiles)
	p.kc = ceilDiv(k, ceilDiv(k, kc)) // even blocks
	p.block = ceilDiv(m, p.tile()) * panelSize(p.kc, p.tile(), p.size)
	return (ceilDiv(k, p.kc)*p.block + 64) / p.size
}

func (p *Packed[T]) tile() int { return p.tiles.Sizes[0].Rows }

// Multiply writes the first n columns of the product with b, rows of which are row elements apart in c, on the goroutine that
// calls it.
func (p *Packed[T]) Multiply(b *Windows[T], n int, c []T, row int) {
	w := p.worker()
	cols, tile := p.tiles.Cols, p.tile()
	_, mc, chunk := blocksFor(p.tiles)
	chunk = ceilDiv(ceilDiv(n, ceilDiv(n, chunk)), cols) * cols // even
	to := room(&w.spare, chunk/cols*panelSize(p.kc, cols, p.size))
	mc = mc / tile * tile
	for j := 0; j < n; j += chunk {
		width := min(chunk, n-j)
		for k := 0; k < p.k; k += p.kc {
			kk := min(p.kc, p.k-k)
			a := block{at[byte](p.panels, k/p.kc*p.block), panelSize(kk, tile, p.size), p.size, tile * p.size}
			windows := block{to, panelSize(kk, cols, p.size), p.size, cols * p.size}
			b.panels(w, to, windows.step, j, width, k, kk)
			for i := 0; i < p.m; i += mc {
				w.macro(kk, a.at(i, tile), windows, (*byte)(unsafe.Pointer(&c[i*row+j])), row*p.size, min(mc, p.m-i), width, min(k, 1))
			}
		}
	}
	workers.Put(w)
}

// Correlation is the sums, for each shift t of an image and all its channels, of the elements that windows begin with times gradients:
// Sums[t][c][o] += Σ Data[c·Channel + place of j + Shifts[t]] · G[o][j] over all columns j.
//
// Columns are taken as neighbours though rows of the image are longer, with gradients of 0 between them. So infinities between
// them, too, make a NaN.
type Correlation[T float32 | float64] struct {
	Windows[T]
	Channels, Channel int       // how many, and how many elements apart
	Outs, Rows        int       // of G: its columns are Rows·Width
	G                 Matrix[T] // its columns are neighbours
	Sums              []T
}

// packedRows is about how many words of the gradients are packed at a time, so that they stay in L1.
const packedRows = 256

// Add adds the sums, on the goroutine that calls it.
func (p *Correlation[T]) Add() { p.with(asm.Best) }

func (p *Correlation[T]) with(set *asm.Set) {
	kind := kindOf[T](set)
	w := kind.worker()
	cols, size := kind.tiles.Cols, kind.size
	rows := min(max(packedRows/p.Step, 1), p.Rows)
	panel := panelSize(rows*p.Step, cols, size)
	to := room(&w.spare, ceilDiv(p.Outs, cols)*panel)
	g := kind.operand(p.G, p.Outs)
	for y := 0; y < p.Rows; y += rows {
		n := min(rows, p.Rows-y)
		for o := 0; o < p.Outs; o += cols {
			lines := g.from(o, y*p.Width)
			p.pack(w, at[byte](to, o/cols*panel), &lines, n)
		}
		words := (n-1)*p.Step + p.Width
		kc := ceilDiv(words, ceilDiv(words, kcBytes/size))
		for k := 0; k < words; k += kc {
			kk := min(kc, words-k)
			for o := 0; o < p.Outs; o += cols {
				b := block{at[byte](to, o/cols*panel+k*cols*size), 0, size, cols * size}
				for t, shift := range p.Shifts {
					x := at[byte]((*byte)(unsafe.Pointer(&p.Data[y*p.Step+k])), shift)
					a := block{x, kind.tiles.Sizes[0].Rows * p.Channel * size, p.Channel * size, size}
					c := (*byte)(unsafe.Pointer(&p.Sums[t*p.Channels*p.Outs+o]))
					w.column(kk, a, b, c, p.Outs*size, p.Channels, min(cols, p.Outs-o), 1)
				}
			}
		}
	}
	workers.Put(w)
}

// pack packs a panel of n rows of gradients, and zeros between them.
func (p *Correlation[T]) pack(w *worker, dst *byte, g *operand, n int) {
	cols := w.tiles.Cols
	row := cols * g.size
	for y := range n {
		for x := 0; x < p.Width; x += kcBytes / g.size {
			part := g.from(0, y*p.Width+x)
			part.panelAlong(w.set, at[byte](dst, (y*p.Step+x)*row), cols, min(cols, g.lines), min(kcBytes/g.size, p.Width-x), &w.lines)
		}
		if y < n-1 {
			clear(bytes(at[byte](dst, (y*p.Step+p.Width)*row), (p.Step-p.Width)*row))
		}
	}
}
