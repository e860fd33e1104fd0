package tensor

import (
	"math"

	"github.com/rustygradients/rg/tensor/backend"
)

// The decompositions by the device, in float64 and without gradients; linalg.go and lu.go have them on the CPU.

// decomposer is the device's way to decompose matrices, if it has one and there are elements.
func (t *Tensor) decomposer() (b backend.DecompositionBackend, ok bool) {
	if t.Len() == 0 {
		return nil, false
	}
	return backend.As[backend.DecompositionBackend](t.backend())
}

// stack is a copy of finite matrices to be overwritten, Float64 (batch, m, n).
func (t *Tensor) stack(op string) *Tensor {
	backend.Poll()
	x := t.Detach().To(Float64)
	t.checkFinite(op, x)
	return x.Contiguous().Reshape(-1, t.Dim(-2), t.Dim(-1)).Clone()
}

// checkFinite panics unless all elements of x are finite numbers.
func (t *Tensor) checkFinite(op string, x *Tensor) {
	if !x.IsFinite().All().Bool() {
		fail(op, []*Tensor{t}, "the matrix has elements that are NaN or infinite; look for them with IsFinite")
	}
}

// unstack gives a batch (batch, …) t's batch axes.
func (t *Tensor) unstack(x *Tensor) *Tensor {
	return x.Reshape(append(t.Shape()[:t.Rank()-2], x.layout.Shape[1:]...)...)
}

// checkConverged panics if an iteration left NaN, by values (batch, n).
func (t *Tensor) checkConverged(op string, values *Tensor) {
	if bad := values.IsNaN().Any(1).nonZero(); bad.Len() > 0 {
		fail(op, []*Tensor{t}, "the decomposition of matrix %d of the batch doesn't converge", bad.Select(0, 0).Int())
	}
}

// eliminatedLU is the packed factors (…, m, n) and the order of rows, Int64 (…, m).
func (t *Tensor) eliminatedLU(b backend.DecompositionBackend, op string) (packed, order *Tensor) {
	packed = t.stack(op)
	order = packed.like(op, Int64, packed.layout.Shape[:2])
	must(b.LU(packed.v(), order.v()), op, t)
	return t.unstack(packed), t.unstack(order)
}

// reflected is Q (…, m, n) and R (…, n, n) of matrices (…, m, n), m ≥ n.
func (t *Tensor) reflected(b backend.DecompositionBackend, op string) (q, r *Tensor) {
	a := t.stack(op)
	q = a.like(op, Float64, a.layout.Shape)
	must(b.QR(q.v(), a.v()), op, t)
	return t.unstack(q), t.unstack(a.Narrow(-2, 0, t.Dim(-1)).Triu(0))
}

// eigenvalues is the values (…, n), ascending, and the vectors in columns (…, n, n), of symmetric matrices.
func (t *Tensor) eigenvalues(b backend.DecompositionBackend, op string) (values, vectors *Tensor) {
	a := t.stack(op)
	values, vectors = a.like(op, Float64, a.layout.Shape[:2]), a.like(op, Float64, a.layout.Shape)
	must(b.EigH(values.v(), vectors.v(), a.v()), op, t)
	t.checkConverged(op, values)
	return t.unstack(values), t.unstack(vectors)
}

// singular is U (…, m, k), S (…, k) and Vᵀ (…, k, n), with k the smaller of m and n.
func (t *Tensor) singular(b backend.DecompositionBackend, op string) (u, s, vt *Tensor) {
	if t.Dim(-2) < t.Dim(-1) {
		v, s, ut := t.mT().singular(b, op)
		return ut.mT(), s, v.mT()
	}
	a := t.mT().stack(op) // (batch, n, m)
	shape := a.layout.Shape
	scaled, s := a.like(op, Float64, shape), a.like(op, Float64, shape[:2])
	turned := a.like(op, Float64, []int{shape[0], shape[1], shape[1]})
	must(b.SVD(scaled.v(), s.v(), turned.v(), a.v()), op, t)
	t.checkConverged(op, s)
	// Its columns divided by the values would be U; where one is 0, QR has another column at right angles to all.
	u, r := scaled.mT().reflected(b, op)
	sign := r.Diagonal(0, -2, -1).LessScalar(0).To(Float64).MulScalar(-2).AddScalar(1)
	return t.unstack(u.Mul(sign.Unsqueeze(1))), t.unstack(s), t.unstack(turned)
}

// flatMatrices lays matrices of one batch out as vectors, one behind the other, as operations with several results record them.
func flatMatrices(parts ...*Tensor) *Tensor {
	flat := make([]*Tensor, len(parts))
	for i, p := range parts {
		flat[i] = p.Flatten(-2, -1)
	}
	return Cat(-1, flat...)
}

// pseudoInverse is PInv.
func (t *Tensor) pseudoInverse(b backend.DecompositionBackend, op string) *Tensor {
	u, s, vt := t.singular(b, op)
	zero := s.LessEqual(s.Narrow(-1, 0, 1).MulScalar(t.precision()))
	inverse := s.MaskedFill(zero, 1).Reciprocal().MaskedFill(zero, 0)
	return vt.mT().Mul(inverse.Unsqueeze(-2)).MatMul(u.mT())
}

// cofactorsOn is cofactors: the product of the other singular values for each, between the vectors.
func (t *Tensor) cofactorsOn(b backend.DecompositionBackend) *Tensor {
	u, s, vt := t.singular(b, "det")
	n := t.Dim(-1)
	eye := Options{DType: Bool, Device: t.Device()}.Eye(n)
	others := s.Unsqueeze(-2).Expand(append(s.Shape(), n)...).MaskedFill(eye, 1).Prod(-1)
	others = others.Mul(u.Det().Mul(vt.Det()).Unsqueeze(-1))
	return u.Mul(others.Unsqueeze(-2)).MatMul(vt).To(t.DType())
}

// exponential is MatrixExp, by the quotient of polynomials of degree 13 near 0, where all of a batch are brought by halving, and squaring
// (Higham 2005, algorithm 2.3).
func (t *Tensor) exponential(op string) *Tensor {
	const near = 5.371920351148152 // θ₁₃: up to that norm the quotient is exact in float64
	a := t.stack(op)
	n, squarings := t.Dim(-1), 0
	if norm := a.Abs().Sum(-2).Max().Item(); norm > near {
		squarings = int(math.Ceil(math.Log2(norm / near)))
	}
	a = a.MulScalar(math.Ldexp(1, -squarings))
	c := [14]float64{1} // of Padé's polynomial: (26−k)!·13! / (26!·k!·(13−k)!)
	for k := 1; k < len(c); k++ {
		c[k] = c[k-1] * float64(14-k) / float64((27-k)*k)
	}
	one := Options{DType: Float64, Device: t.Device()}.Eye(n)
	a2 := a.MatMul(a)
	a4 := a2.MatMul(a2)
	a6 := a4.MatMul(a2)
	// sum is A⁶·(c₁₂₊ᵢ·A⁶ + c₁₀₊ᵢ·A⁴ + c₈₊ᵢ·A²) + c₆₊ᵢ·A⁶ + c₄₊ᵢ·A⁴ + c₂₊ᵢ·A² + cᵢ.
	sum := func(i int) *Tensor {
		high := a6.MulScalar(c[12+i]).Add(a4.MulScalar(c[10+i])).Add(a2.MulScalar(c[8+i]))
		return a6.MatMul(high).Add(a6.MulScalar(c[6+i])).Add(a4.MulScalar(c[4+i])).Add(a2.MulScalar(c[2+i])).Add(one.MulScalar(c[i]))
	}
	even, odd := sum(0), a.MatMul(sum(1))
	x := even.Sub(odd).Solve(even.Add(odd))
	for range squarings {
		x = x.MatMul(x)
	}
	return t.unstack(x).To(t.DType())
}
