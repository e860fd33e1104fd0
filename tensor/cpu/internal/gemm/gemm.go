// Package gemm multiplies matrices.
//
// Any is the readable reference, for every type of number. Float32, Float64, Float16, BFloat16 and Int8 are the fast
// paths: a blocked algorithm (Goto and van de Geijn 2008) round assembly micro-kernels, and dot products where
// a matrix has one row or column. Each agrees with Any in a test.
//
// A large product is cut into pieces of C (piece.go). Blocks of the operands are copied to where they lie as the
// micro-kernels read them, and become the numbers that are multiplied, halves float32 for instance, on the way
// (operand.go). Pieces share what is copied of B. Convolutions multiply with the windows of an image, which nobody has to lay out
// (windows.go).
package gemm

import "github.com/rustygradients/rg/tensor/cpu/internal/par"

// Number is what can be multiplied.
type Number interface {
	float32 | float64 | int64 | int32 | int8 | uint8
}

// Matrix is a matrix in a slice: element (i, j) is Data[Offset + i·Row + j·Col].
type Matrix[T any] struct {
	Data     []T
	Offset   int
	Row, Col int
}

// Batch is products C = A·B, where each A is m×k, each B is k×n, and each C is m×n, row-major without gaps.
type Batch[S, D any] struct {
	M, N, K int
	A, B    Matrix[S]
	C       []D     // one product after another
	Starts  []Start // one a product
}

// Start is where the operands of one product begin, counted from the offsets of A and B.
type Start struct{ A, B int }

// grain is how many multiplications are worth another goroutine.
const grain = 64 << 10

// Any computes each product by the loop that everybody knows, with the inner one along rows of B and C.
func Any[T Number](p Batch[T, T]) {
	par.For(len(p.Starts)*p.M, max(1, grain/max(p.N*p.K, 1)), func(lo, hi int) {
		for ; lo < hi; lo++ {
			row(&p, lo)
		}
	})
}

// row computes a row of C, counted over all products. Sums of K products run in the order of k.
func row[T Number](p *Batch[T, T], i int) {
	c := p.C[i*p.N : (i+1)*p.N]
	clear(c)
	start := p.Starts[i/p.M]
	at := p.A.Offset + start.A + i%p.M*p.A.Row
	for k := range p.K {
		a := p.A.Data[at+k*p.A.Col]
		from := p.B.Offset + start.B + k*p.B.Row
		if p.B.Col == 1 {
			b := p.B.Data[from : from+p.N]
			for j, v := range b {
				c[j] += a * v
			}
			continue
		}
		for j := range c {
			c[j] += a * p.B.Data[from+j*p.B.Col]
		}
	}
}
