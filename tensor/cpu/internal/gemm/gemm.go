// Package gemm multiplies matrices.
//
// Any is the readable reference, for every type of number. Float32 is the fast path: a blocked
// algorithm (Goto and van de Geijn 2008) round assembly micro-kernels. The two agree in a test.
package gemm

import "github.com/rustygradients/rg/tensor/cpu/internal/par"

// Number is what can be multiplied.
type Number interface {
	float32 | float64 | int64 | int32 | int8 | uint8
}

// Matrix is a matrix in a slice: element (i, j) is Data[Offset + i·Row + j·Col].
type Matrix[T Number] struct {
	Data     []T
	Offset   int
	Row, Col int
}

// Problem is C = A·B, where A is m×k, B is k×n, and C is m×n, row-major without gaps.
type Problem[T Number] struct {
	M, N, K int
	A, B    Matrix[T]
	C       []T
}

// grain is how many multiplications are worth another goroutine.
const grain = 64 << 10

// Any computes each product of a batch by the loop that everybody knows, with the inner one along
// rows of B and C.
func Any[T Number](batch []Problem[T]) {
	if len(batch) == 0 {
		return
	}
	m, work := batch[0].M, batch[0].N*batch[0].K
	par.For(len(batch)*m, max(1, grain/max(work, 1)), func(lo, hi int) {
		for ; lo < hi; lo++ {
			rowTimesMatrix(&batch[lo/m], lo%m)
		}
	})
}

// rowTimesMatrix computes row i of C. Sums of K products run in the order of k.
func rowTimesMatrix[T Number](p *Problem[T], i int) {
	c := p.C[i*p.N : (i+1)*p.N]
	clear(c)
	at := p.A.Offset + i*p.A.Row
	for k := range p.K {
		a := p.A.Data[at+k*p.A.Col]
		from := p.B.Offset + k*p.B.Row
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
