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
}

// Multiply computes the product on the goroutine that calls it. The order in which the k products of an element are
// added depends on k alone.
func (p *Block[T]) Multiply() { p.with(asm.Best) }

func (p *Block[T]) with(set *asm.Set) {
	switch p := any(p).(type) {
	case *Block[float32]:
		multiplyBlock(kindOf[float32](set), set.Line32, p)
	case *Block[float64]:
		multiplyBlock(kindOf[float64](set), set.Line64, p)
	}
}

func multiplyBlock[T float32 | float64](kind kind[T], line asm.Line[T, T], p *Block[T]) {
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
	columns := p.B
	columns.Row, columns.Col = p.B.Col, p.B.Row
	w := kind.worker()
	w.m, w.n, w.k, w.a, w.b = p.M, p.N, p.K, kind.operand(p.A, p.M), kind.operand(columns, p.N)
	w.c, w.cRow, w.add = (*byte)(unsafe.Pointer(&p.C[0])), p.Row*kind.size, p.Add
	w.compute(false)
	w.product = product{}
	workers.Put(w)
}

// kind is what products of a type are computed by.
type kind[T float32 | float64] struct {
	set   *asm.Set
	tiles *asm.Tiles
	format
}

func kindOf[T float32 | float64](set *asm.Set) kind[T] {
	if unsafe.Sizeof(T(0)) == 4 {
		return kind[T]{set, &set.F32, float32s}
	}
	return kind[T]{set, &set.F64, float64s}
}

// worker returns one that computes with the kind.
func (k *kind[T]) worker() *worker {
	w := workers.Get().(*worker)
	w.product = product{set: k.set, tiles: k.tiles}
	return w
}

// operand is a matrix of so many rows, along which the sums go.
func (k *kind[T]) operand(m Matrix[T], lines int) operand {
	return operand{base: (*byte)(unsafe.Pointer(&m.Data[m.Offset])), iStep: m.Row * k.size, kStep: m.Col * k.size, lines: lines, format: k.format}
}
