package tensor

import "gonum.org/v1/gonum/mat"

// MatrixExp is the exponential Σ Aᵏ/k! of square matrices: (…, n, n) → (…, n, n), by scaling and squaring (Higham
// 2005). Its gradient is a block of the exponential of [[Aᵀ, G], [0, Aᵀ]] (Van Loan 1978, theorem 1).
func (t *Tensor) MatrixExp() *Tensor {
	const op = "matrixexp"
	t.checkMatrix(op, true)
	n := t.Dim(-1)
	if _, ok := t.decomposer(); ok {
		return record(t.exponential(op), op, nil, t)
	}
	values := t.matrices(op)
	out := t.batched([]int{n, n}, func(i int, out []float64) {
		if n > 0 {
			mat.NewDense(n, n, out).Exp(dense(values, i, n, n))
		}
	})
	return record(out, op, nil, t)
}

func init() {
	moreRules(map[string]rule{
		"matrixexp": of(first, func(c *call) *Tensor {
			a := c.in(0).mT()
			n := a.Dim(-1)
			above := Cat(-1, a, c.g)
			below := Cat(-1, ZerosLike(c.g), a)
			return Cat(-2, above, below).MatrixExp().Narrow(-2, 0, n).Narrow(-1, n, n)
		}),
	})
}
