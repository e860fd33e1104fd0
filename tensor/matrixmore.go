package tensor

import "math"

// AddMM is beta·x + alpha·a·b, with the product as MatMul's.
func (t *Tensor) AddMM(a, b *Tensor, beta, alpha float64) *Tensor {
	sameDevice("addmm", t, a, b)
	p := a.MatMul(b).MulScalar(alpha)
	if beta == 0 { // what x holds doesn't count then, NaN included
		return p.Add(ZerosLike(t))
	}
	return t.MulScalar(beta).Add(p)
}

// MultiDot multiplies matrices, in the order that takes the fewest multiplications. The first may be a row (k,),
// and the last a column (k,).
func MultiDot(matrices ...*Tensor) *Tensor {
	const op = "multidot"
	if len(matrices) == 0 {
		panic(&Error{Op: op, Hint: "there is nothing to multiply"})
	}
	sameDevice(op, matrices...)
	n := len(matrices)
	sizes := make([]int, n+1)
	for i, m := range matrices {
		rows, cols := 1, 1
		switch {
		case m.Rank() == 2:
			rows, cols = m.Dim(0), m.Dim(1)
		case m.Rank() == 1 && i == 0:
			cols = m.Dim(0)
		case m.Rank() == 1 && i == n-1:
			rows = m.Dim(0)
		default:
			fail(op, matrices, "operand %d must be a matrix", i)
		}
		if i > 0 && sizes[i] != rows {
			fail(op, matrices, "the inner sizes %d and %d of operands %d and %d differ", sizes[i], rows, i-1, i)
		}
		sizes[i], sizes[i+1] = rows, cols
	}
	// The cost of the product of operands i to j is least for the cut that the table holds (Godbole 1973).
	cost, cut := make([][]float64, n), make([][]int, n)
	for i := range n {
		cost[i], cut[i] = make([]float64, n), make([]int, n)
	}
	for span := 1; span < n; span++ {
		for i := 0; i+span < n; i++ {
			j := i + span
			cost[i][j] = inf
			for k := i; k < j; k++ {
				c := cost[i][k] + cost[k+1][j] + float64(sizes[i])*float64(sizes[k+1])*float64(sizes[j+1])
				if c < cost[i][j] || n == 3 && c == cost[i][j] { // of three, from the left, as PyTorch
					cost[i][j], cut[i][j] = c, k
				}
			}
		}
	}
	var multiply func(i, j int) *Tensor
	multiply = func(i, j int) *Tensor {
		if i == j {
			return matrices[i]
		}
		return multiply(i, cut[i][j]).MatMul(multiply(cut[i][j]+1, j))
	}
	return multiply(0, n-1)
}

// MatrixNorm is a norm of the last two axes: p = 2 and −2 are the largest and the smallest singular value, 1 and −1
// the largest and the smallest sum of sizes of a column, ±∞ those of a row: (…, m, n) → (…). Norm(2, -2, -1) is
// Frobenius's, and the sum of SVD's values the nuclear norm.
func (t *Tensor) MatrixNorm(p float64) *Tensor {
	const op = "matrixnorm"
	t.checkMatrix(op, false)
	if t.Dim(-1) == 0 || t.Dim(-2) == 0 {
		fail(op, []*Tensor{t}, "there is no norm of an empty matrix")
	}
	var sizes *Tensor
	switch {
	case math.Abs(p) == 2:
		_, sizes, _ = t.SVD()
	case math.Abs(p) == 1:
		sizes = t.Abs().Sum(-2)
	case math.IsInf(p, 0):
		sizes = t.Abs().Sum(-1)
	default:
		fail(op, []*Tensor{t}, "there is no norm %v; give ±1, ±2 or ±Inf", p)
	}
	if p > 0 {
		return sizes.Max(-1)
	}
	return sizes.Min(-1)
}

// Cond is the condition number: the norm of a matrix times that of its inverse, or for p = 2 and −2 the ratio of the
// singular values.
func (t *Tensor) Cond(p float64) *Tensor {
	t.checkMatrix("cond", math.Abs(p) != 2)
	if math.Abs(p) == 2 {
		return t.MatrixNorm(p).Div(t.MatrixNorm(-p))
	}
	return t.MatrixNorm(p).Mul(t.Inverse().MatrixNorm(p))
}

// CholeskySolve is the x with A·x = b for A = L·Lᵀ, with L = t from Cholesky: (…, n, n) and (…, n, k).
func (t *Tensor) CholeskySolve(b *Tensor) *Tensor {
	half := t.SolveTriangular(b, TriangularOptions{})
	return t.mT().SolveTriangular(half, TriangularOptions{Upper: true})
}

// Bilinear is x·Wₒ·y + bₒ for each output o: x (…, m), y (…, n), weight (out, m, n) and bias (out,) or nil give
// (…, out).
func Bilinear(x, y, weight, bias *Tensor) *Tensor {
	const op = "bilinear"
	sameDevice(op, x, y, weight)
	if weight.Rank() != 3 || x.Rank() == 0 || y.Rank() == 0 || x.Dim(-1) != weight.Dim(1) || y.Dim(-1) != weight.Dim(2) {
		fail(op, []*Tensor{x, y, weight}, "takes (…, m), (…, n) and a weight (out, m, n)")
	}
	if x.DType().IsHalf() && y.DType() == x.DType() && weight.DType() == x.DType() { // rounded once
		return Bilinear(x.wide(), y.wide(), weight.wide(), bias.orNil((*Tensor).wide)).To(x.DType())
	}
	out := Einsum("...m,omn,...n->...o", x, weight, y)
	if bias == nil {
		return out
	}
	if bias.Rank() != 1 || bias.Dim(0) != weight.Dim(0) {
		fail(op, []*Tensor{weight, bias}, "the bias has one value for each of the %d outputs", weight.Dim(0))
	}
	return out.Add(bias)
}
