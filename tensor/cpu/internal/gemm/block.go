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
	operand := func(m Matrix[T], lines, i, k int) operand {
		return operand{base: (*byte)(unsafe.Pointer(&m.Data[m.Offset])), iStep: i * f.size, kStep: k * f.size, lines: lines, format: f}
	}
	w.product = product{
		set: set, tiles: tiles, m: p.M, n: p.N, k: p.K, a: operand(p.A, p.M, p.A.Row, p.A.Col), b: operand(p.B, p.N, p.B.Col, p.B.Row),
		c: (*byte)(unsafe.Pointer(&p.C[0])), cRow: p.Row * f.size, add: p.Add,
	}
	w.compute(false)
	w.product = product{}
	workers.Put(w)
}
