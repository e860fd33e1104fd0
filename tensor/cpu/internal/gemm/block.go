package gemm

import (
	"unsafe"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
)

// Block is a product inside of a larger computation: C, m×n, becomes A·B, or that is added to it. Rows of C, which
// begin at C[0], are Row elements apart, and not 0 in number.
type Block[T float32 | float64] struct {
	M, N, K int
	A, B    Matrix[T]
	C       []T
	Row     int
	Add     int // 0 or 1
	Packed  Packed
}

// Packed is B, or no panels, and B is packed for this product alone.
type Packed struct {
	base *byte
	step int
}

// Panels is a matrix as tiles read it, packed once for several products.
type Panels[T float32 | float64] struct {
	bytes []byte
	Packed
	cols int
}

// Pack packs a matrix of k rows and n columns in place of what was there. It leaves that alone, and there are no panels, if k is more than
// tiles multiply at a time.
func (p *Panels[T]) Pack(b Matrix[T], k, n int) { p.with(asm.Best, b, k, n) }

// From returns the panels from a column on, a multiple of 64, which is one of the width of any tile.
func (p *Panels[T]) From(column int) Packed {
	if p.base == nil {
		return Packed{}
	}
	return Packed{at[byte](p.base, column/p.cols*p.step), p.step}
}

func (p *Panels[T]) with(set *asm.Set, b Matrix[T], k, n int) {
	tiles, f := &set.F32, float32s
	if unsafe.Sizeof(T(0)) == 8 {
		tiles, f = &set.F64, float64s
	}
	p.base = nil
	if k == 0 || k > kcMax || n == 0 {
		return
	}
	p.cols, p.step = tiles.Cols, panelSize(k, tiles.Cols, tiles.Word)
	p.base = room(&p.bytes, ceilDiv(n, tiles.Cols)*p.step)
	w := workers.Get().(*worker)
	part := operandOf(b, n, b.Col, b.Row, f)
	part.panels(set, p.base, tiles.Cols, n, k, &w.lines)
	workers.Put(w)
}

func operandOf[T float32 | float64](m Matrix[T], lines, i, k int, f format) operand {
	return operand{base: (*byte)(unsafe.Pointer(&m.Data[m.Offset])), iStep: i * f.size, kStep: k * f.size, lines: lines, format: f}
}

// Multiply computes the product on the goroutine that calls it. The order in which the k products of an element are
// added depends on k alone.
func (p *Block[T]) Multiply() { p.with(asm.Best) }

func (p *Block[T]) with(set *asm.Set) {
	switch p := any(p).(type) {
	case *Block[float32]:
		multiplyBlock(set, &set.F32, float32s, set.Line32, p)
	case *Block[float64]:
		multiplyBlock(set, &set.F64, float64s, set.Line64, p)
	}
}

func multiplyBlock[T float32 | float64](set *asm.Set, tiles *asm.Tiles, f format, line asm.Line[T, T], p *Block[T]) {
	switch {
	case p.M == 0 || p.N == 0:
		return
	case p.K == 0:
		for i := 0; p.Add == 0 && i < p.M; i++ {
			clear(p.C[i*p.Row:][:p.N])
		}
		return
	case p.Add == 0:
		s := slim[T, T]{m: p.M, n: p.N, k: p.K, a: p.A, b: p.B, c: p.C, cRow: p.Row, cCol: 1}
		if s.fits() {
			e := engine[T, T, T]{line: line, load: same[T], store: same[T]}
			e.multiply(&s, false)
			return
		}
	}
	w := workers.Get().(*worker)
	w.product = product{
		set: set, tiles: tiles, m: p.M, n: p.N, k: p.K, a: operandOf(p.A, p.M, p.A.Row, p.A.Col, f), b: operandOf(p.B, p.N, p.B.Col, p.B.Row, f),
		c: (*byte)(unsafe.Pointer(&p.C[0])), cRow: p.Row * f.size, add: p.Add,
		packed: block{p.Packed.base, p.Packed.step, tiles.Word, tiles.Cols * tiles.Word},
	}
	w.compute(false)
	w.product = product{}
	workers.Put(w)
}
