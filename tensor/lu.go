package tensor

import (
	"math"
	"slices"
)

// LU is the decomposition A = P·L·U with partial pivoting: (…, m, n) → P (…, m, m), a permutation, L (…, m, k),
// lower triangular with ones on its diagonal, and U (…, k, n), upper triangular, with k the smaller of m and n.
// The gradient is for matrices whose first k columns, and their leading k rows after pivoting, have full rank.
func (t *Tensor) LU() (p, l, u *Tensor) {
	const op = "lu"
	t.checkMatrix(op, false)
	m, n := t.Dim(-2), t.Dim(-1)
	k := min(m, n)
	room(op, []*Tensor{t}, m, m)
	if b, ok := t.decomposer(); ok {
		_, order := t.eliminatedLU(b, op)
		rows := Options{DType: Int64, Device: t.Device()}.Arange(0, float64(m), 1).Unsqueeze(1) // (m, 1)
		p = order.Unsqueeze(-2).Equal(rows).To(t.DType())
	} else {
		values := t.matrices(op)
		p = t.Detach().batched([]int{m, m}, func(i int, out []float64) {
			for to, from := range pivots(values[i*m*n:(i+1)*m*n], m, n) {
				out[from*m+to] = 1
			}
		})
	}
	pa := p.mT().MatMul(t)
	l, u = pa.Narrow(-2, 0, k).Narrow(-1, 0, k).luSquare()
	lower := TriangularOptions{UnitDiagonal: true}
	if n > k {
		u = Cat(-1, u, l.SolveTriangular(pa.Narrow(-1, k, n-k), lower))
	}
	if m > k { // L₂·U = what is below
		rest := u.mT().SolveTriangular(pa.Narrow(-2, k, m-k).mT(), TriangularOptions{}).mT()
		l = Cat(-2, l, rest)
	}
	return p, l, u
}

// pivots is the order in which Gauss's elimination takes the rows: that with the largest element of a column is
// next.
func pivots(a []float64, m, n int) []int {
	a = slices.Clone(a)
	order := make([]int, m)
	for i := range order {
		order[i] = i
	}
	for c := range min(m, n) {
		best := c
		for r := c + 1; r < m; r++ {
			if math.Abs(a[r*n+c]) > math.Abs(a[best*n+c]) {
				best = r
			}
		}
		if a[best*n+c] == 0 {
			continue
		}
		order[c], order[best] = order[best], order[c]
		for j := range n {
			a[c*n+j], a[best*n+j] = a[best*n+j], a[c*n+j]
		}
		eliminate(a, c, m, n)
	}
	return order
}

// eliminate subtracts row c from those below so that column c holds the factors.
func eliminate(a []float64, c, m, n int) {
	for r := c + 1; r < m; r++ {
		f := a[r*n+c] / a[c*n+c]
		a[r*n+c] = f
		for j := c + 1; j < n; j++ {
			a[r*n+j] -= f * a[c*n+j]
		}
	}
}

// luSquare decomposes square matrices whose rows are in order already.
func (t *Tensor) luSquare() (l, u *Tensor) {
	n := t.Dim(-1)
	if b, ok := t.decomposer(); ok {
		packed, _ := t.eliminatedLU(b, "lu") // which leaves the order as it is
		return record(packed.Flatten(-2, -1).To(t.DType()), "lu", n, t).luParts(n)
	}
	values := t.Float64s()
	packed := record(t.batched([]int{n * n}, func(i int, out []float64) {
		copy(out, values[i*n*n:])
		for c := range n {
			if out[c*n+c] != 0 {
				eliminate(out, c, n, n)
			}
		}
	}), "lu", n, t)
	return packed.luParts(n)
}

// luParts takes L and U apart.
func (t *Tensor) luParts(n int) (l, u *Tensor) {
	both := t.Unflatten(-1, n, n)
	eye := Options{DType: t.DType(), Device: t.Device()}.Eye(n)
	return both.Tril(-1).Add(eye), both.Triu(0)
}

// luVJP is L⁻ᵀ·(tril(Lᵀ·gL, −1) + triu(gU·Uᵀ))·U⁻ᵀ, as the sum of what comes to the two triangles.
func luVJP(c *call) *Tensor {
	n := c.node.attr.(int)
	both, g := c.out().Unflatten(-1, n, n), c.g.Unflatten(-1, n, n)
	eye := Options{DType: both.DType(), Device: both.Device()}.Eye(n)
	l, u := both.Tril(-1).Add(eye), both.Triu(0)
	inner := l.mT().MatMul(g.Tril(-1)).Tril(-1).Add(g.Triu(0).MatMul(u.mT()).Triu(0))
	left := l.mT().solve(inner)    // L⁻ᵀ·inner
	return u.solve(left.mT()).mT() // (U⁻¹·leftᵀ)ᵀ = left·U⁻ᵀ
}

func init() {
	moreRules(map[string]rule{"lu": of(output, luVJP)})
}
