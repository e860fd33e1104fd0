package tensor

import (
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/rustygradients/rg/tensor/backend"
)

// The operations in this file are linear algebra on the last two axes, for each matrix of a batch (…, m, n).
// They are computed in float64, on the CPU unless the device's backend has them, and give the data type of t. Their gradients
// hold where the matrices have full rank and, for SVD and EigH, singular values and eigenvalues differ.

// mT swaps the last two axes.
func (t *Tensor) mT() *Tensor { return t.Transpose(-2, -1) }

// checkMatrix panics unless t is a batch of matrices of floats, and square ones if need be.
func (t *Tensor) checkMatrix(op string, square bool) {
	switch {
	case t.Rank() < 2:
		fail(op, []*Tensor{t}, "takes a matrix, or a batch (…, m, n)")
	case square && t.Dim(-1) != t.Dim(-2):
		fail(op, []*Tensor{t}, "the matrix must be square")
	case !t.DType().IsFloat():
		failTypes(op, []*Tensor{t}, "takes floats; convert with To")
	}
}

// matrices gives the elements for gonum, which has no use for what isn't finite.
func (t *Tensor) matrices(op string) []float64 {
	values := t.Float64s()
	for _, v := range values {
		if v-v != 0 {
			fail(op, []*Tensor{t}, "the matrix has elements that are NaN or infinite; look for them with IsFinite")
		}
	}
	return values
}

// batched makes a tensor of t's type, with the shape given behind t's batch axes, of what f writes for each
// matrix.
func (t *Tensor) batched(shape []int, f func(i int, out []float64)) *Tensor {
	batch := t.layout.Shape[:t.Rank()-2]
	n := product(shape)
	room("linalg", []*Tensor{t}, product(batch))
	room("linalg", []*Tensor{t}, slices.Concat(batch, shape)...)
	out := make([]float64, product(batch)*n)
	for i := range product(batch) {
		backend.Poll()
		f(i, out[i*n:(i+1)*n])
	}
	return Options{DType: t.DType(), Device: t.Device()}.FromSlice(out).Reshape(slices.Concat(batch, shape)...)
}

// dense is matrix i of a batch, for gonum to use up.
func dense(values []float64, i, m, n int) *mat.Dense {
	return mat.NewDense(m, n, slices.Clone(values[i*m*n:(i+1)*m*n]))
}

// symmetric is matrix i of a batch, of which only the lower triangle is read.
func symmetric(values []float64, i, n int) *mat.SymDense {
	s := mat.NewSymDense(n, nil)
	for r := range n {
		for c := range r + 1 {
			s.SetSym(r, c, values[i*n*n+r*n+c])
		}
	}
	return s
}

// singular reports whether gonum found no inverse. It also complains of matrices that are only nearly
// singular; torch doesn't.
func singular(err error) bool {
	var c mat.Condition
	return err != nil && (!errors.As(err, &c) || math.IsInf(float64(c), 0) || math.IsNaN(float64(c)))
}

// eliminated is the solution of t·x = b and the sign, the logarithm and the value of t's determinant, (batch, 3), by the device; ok is false
// where it has no such operation, and then nobody asks for b.
func (t *Tensor) eliminated(op string, right func() *Tensor) (x, det *Tensor, ok bool) {
	linear, ok := backend.As[backend.LinearBackend](t.backend())
	if !ok {
		return nil, nil, false
	}
	backend.Poll()
	b := right()
	both := Cat(-1, t.Detach().To(Float64), b.Detach().To(Float64)).Contiguous()
	t.checkFinite(op, both)
	batch, n, width := product(t.layout.Shape[:t.Rank()-2]), t.Dim(-1), both.Dim(-1)
	both = both.Reshape(batch, n, width)
	det = both.like(op, Float64, []int{batch, 3})
	must(linear.Eliminate(both.v(), det.v()), op, t, b)
	x = both.Narrow(-1, n, width-n).Contiguous().Reshape(b.layout.Shape...).To(t.DType())
	return x, det, true
}

// firstZero is the first matrix of a batch whose determinant is 0, or −1.
func firstZero(det *Tensor) int {
	if singular := det.Select(-1, 0).EqualScalar(0).nonZero(); singular.Len() > 0 {
		return singular.Select(0, 0).Int()
	}
	return -1
}

// noColumns is matrices of t's batch without columns.
func (t *Tensor) noColumns() *Tensor { return t.Detach().Narrow(-1, 0, 0) }

// Inverse is the inverse matrix: (…, n, n) → (…, n, n). Solve is faster and more exact than multiplying by it.
func (t *Tensor) Inverse() *Tensor {
	const op = "inverse"
	t.checkMatrix(op, true)
	n := t.Dim(-1)
	eye := func() *Tensor { return Options{DType: t.DType(), Device: t.Device()}.Eye(n).Expand(t.layout.Shape...) }
	if x, det, ok := t.eliminated(op, eye); ok {
		if i := firstZero(det); i >= 0 {
			fail(op, []*Tensor{t}, "matrix %d of the batch is singular; use PInv", i)
		}
		return record(x, op, nil, t)
	}
	values := t.matrices(op)
	out := t.batched([]int{n, n}, func(i int, out []float64) {
		if n == 0 {
			return
		}
		if singular(mat.NewDense(n, n, out).Inverse(dense(values, i, n, n))) {
			fail(op, []*Tensor{t}, "matrix %d of the batch is singular; use PInv", i)
		}
	})
	return record(out, op, nil, t)
}

// Solve is the x with A·x = b, for A = t: (…, n, n) and b (…, n, k), or (…, n) as torch.linalg.solve takes
// vectors: if b has rank 1, or the shape of t without its last axis. Batches are broadcast.
func (t *Tensor) Solve(b *Tensor) *Tensor {
	const op = "solve"
	sameDevice(op, t, b)
	t.checkMatrix(op, true)
	vector := b.Rank() == 1 || b.Rank() == t.Rank()-1 && slices.Equal(b.layout.Shape, t.layout.Shape[:t.Rank()-1])
	if vector {
		b = b.Unsqueeze(-1)
	}
	if b.Rank() < 2 || b.Dim(-2) != t.Dim(-1) {
		fail(op, []*Tensor{t, b}, "takes (…, n, n) and (…, n, k) or (…, n)")
	}
	dt := promoteTypes(t.DType(), b.DType())
	x := t.alignBatch(op, b).To(dt).solve(b.alignBatch(op, t).To(dt))
	if vector {
		return x.squeezeAt(-1)
	}
	return x
}

// alignBatch broadcasts the batch axes to those of y.
func (t *Tensor) alignBatch(op string, y *Tensor) *Tensor {
	batch, ok := broadcastShapes(t.layout.Shape[:t.Rank()-2], y.layout.Shape[:y.Rank()-2])
	if !ok {
		fail(op, []*Tensor{t, y}, "the axes before the last two don't broadcast")
	}
	return t.Expand(append(batch, t.Dim(-2), t.Dim(-1))...)
}

// solve is Solve for one batch shape and data type.
func (t *Tensor) solve(b *Tensor) *Tensor {
	const op = "solve"
	n, k := t.Dim(-1), b.Dim(-1)
	if x, det, ok := t.eliminated(op, func() *Tensor { return b }); ok {
		if i := firstZero(det); i >= 0 {
			fail(op, []*Tensor{t, b}, "matrix %d of the batch is singular; use Lstsq or PInv", i)
		}
		return record(x, op, nil, t, b)
	}
	left, right := t.matrices(op), b.matrices(op)
	out := t.batched([]int{n, k}, func(i int, out []float64) {
		if n*k == 0 {
			return
		}
		if singular(mat.NewDense(n, k, out).Solve(dense(left, i, n, n), dense(right, i, n, k))) {
			fail(op, []*Tensor{t, b}, "matrix %d of the batch is singular; use Lstsq or PInv", i)
		}
	})
	return record(out, op, nil, t, b)
}

// TriangularOptions are for SolveTriangular.
type TriangularOptions struct {
	Upper        bool // the upper triangle is read, not the lower
	UnitDiagonal bool // the diagonal is taken as ones
}

// SolveTriangular is Solve with one triangle of t, as if the other were zero.
func (t *Tensor) SolveTriangular(b *Tensor, o TriangularOptions) *Tensor {
	t.checkMatrix("solvetriangular", true)
	a := t
	if o.Upper {
		a = a.Triu(0)
	} else {
		a = a.Tril(0)
	}
	if o.UnitDiagonal {
		eye := Options{DType: Bool, Device: t.Device()}.Eye(t.Dim(-1))
		a = a.MaskedFill(eye, 1)
	}
	return a.Solve(b)
}

// Det is the determinant: (…, n, n) → (…).
func (t *Tensor) Det() *Tensor {
	const op = "det"
	t.checkMatrix(op, true)
	n := t.Dim(-1)
	if _, det, ok := t.eliminated(op, t.noColumns); ok {
		return record(det.Select(-1, 2).Contiguous().Reshape(t.layout.Shape[:t.Rank()-2]...).To(t.DType()), op, nil, t)
	}
	values := t.matrices(op)
	out := t.batched(nil, func(i int, out []float64) {
		out[0] = 1
		if n > 0 {
			out[0] = mat.Det(dense(values, i, n, n))
		}
	})
	return record(out, op, nil, t)
}

// cofactors is the gradient of the determinant: det·A⁻ᵀ, and where A has rank n−1, what that tends to, by the
// singular value decomposition. It has no gradient of its own.
func (t *Tensor) cofactors() *Tensor {
	if b, ok := t.decomposer(); ok {
		return t.Detach().cofactorsOn(b)
	}
	n := t.Dim(-1)
	values := t.Float64s()
	return t.batched([]int{n, n}, func(i int, out []float64) {
		var svd mat.SVD
		if n == 0 || !svd.Factorize(dense(values, i, n, n), mat.SVDFull) {
			return
		}
		var u, v mat.Dense
		svd.UTo(&u)
		svd.VTo(&v)
		s := svd.Values(nil)
		others := make([]float64, n)
		for j := range others {
			others[j] = mat.Det(&u) * mat.Det(&v)
			for k, w := range s {
				if k != j {
					others[j] *= w
				}
			}
		}
		u.Mul(&u, mat.NewDiagDense(n, others))
		mat.NewDense(n, n, out).Mul(&u, v.T())
	})
}

// SlogDet is the sign of the determinant and the logarithm of its size, which doesn't overflow: (…, n, n) →
// (…), (…). A singular matrix has sign 0 and −∞, and no gradient.
func (t *Tensor) SlogDet() (sign, logAbs *Tensor) {
	const op = "slogdet"
	t.checkMatrix(op, true)
	n := t.Dim(-1)
	if _, det, ok := t.eliminated(op, t.noColumns); ok {
		part := func(i int) *Tensor {
			return det.Select(-1, i).Contiguous().Reshape(t.layout.Shape[:t.Rank()-2]...).To(t.DType())
		}
		return part(0), record(part(1), op, nil, t)
	}
	values := t.matrices(op)
	both := t.batched([]int{2}, func(i int, out []float64) {
		out[0] = 1
		if n > 0 {
			out[1], out[0] = mat.LogDet(dense(values, i, n, n))
		}
		if math.IsInf(out[1], -1) {
			out[0] = 0
		}
	})
	sign = both.Select(-1, 0).Contiguous()
	return sign, record(both.Select(-1, 1).Contiguous(), op, nil, t)
}

// Cholesky is the lower triangular L with L·Lᵀ = A, for symmetric positive definite A, of which the lower
// triangle is read: (…, n, n) → (…, n, n). Its gradient is symmetric (Murray 2016, eq. 10).
func (t *Tensor) Cholesky() *Tensor {
	const op = "cholesky"
	t.checkMatrix(op, true)
	n := t.Dim(-1)
	if b, ok := backend.As[backend.LinearBackend](t.backend()); ok {
		backend.Poll()
		if n == 0 {
			return record(t.Detach().Clone(), op, nil, t)
		}
		l := t.Detach().To(Float64).Contiguous().Reshape(-1, n, n).Clone()
		must(b.Cholesky(l.v()), op, t)
		if bad := l.Diagonal(0, -2, -1).IsFinite().All(-1).LogicalNot().nonZero(); bad.Len() > 0 {
			fail(op, []*Tensor{t}, "matrix %d of the batch isn't positive definite; add a little to its diagonal?", bad.Select(0, 0).Int())
		}
		return record(l.Reshape(t.layout.Shape...).To(t.DType()), op, nil, t)
	}
	values := t.matrices(op)
	out := t.batched([]int{n, n}, func(i int, out []float64) {
		if n == 0 {
			return
		}
		var c mat.Cholesky
		if !c.Factorize(symmetric(values, i, n)) {
			fail(op, []*Tensor{t}, "matrix %d of the batch isn't positive definite; add a little to its diagonal?", i)
		}
		var l mat.TriDense
		c.LTo(&l)
		mat.NewDense(n, n, out).Copy(&l)
	})
	return record(out, op, nil, t)
}

// QR is the product of a matrix with orthonormal columns and an upper triangular one: (…, m, n) → Q (…, m, k)
// and R (…, k, n), with k the smaller of m and n, as torch's reduced mode.
func (t *Tensor) QR() (q, r *Tensor) {
	const op = "qr"
	t.checkMatrix(op, false)
	m, n := t.Dim(-2), t.Dim(-1)
	if m < n {
		// The first m columns give Q, and Q the rest of R.
		q, r = t.Narrow(-1, 0, m).QR()
		return q, Cat(-1, r, q.mT().MatMul(t.Narrow(-1, m, n-m)))
	}
	if b, ok := t.decomposer(); ok {
		q, r := t.reflected(b, op)
		packed := record(flatMatrices(q, r).To(t.DType()), op, [2]int{m, n}, t)
		return packed.part(0, m, n), packed.part(m*n, n, n)
	}
	values := t.matrices(op)
	packed := record(t.batched([]int{m*n + n*n}, func(i int, out []float64) {
		if m*n == 0 {
			return
		}
		var f mat.QR
		f.Factorize(dense(values, i, m, n))
		var q, r mat.Dense
		f.QTo(&q)
		f.RTo(&r)
		mat.NewDense(m, n, out[:m*n]).Copy(q.Slice(0, m, 0, n))
		mat.NewDense(n, n, out[m*n:]).Copy(r.Slice(0, n, 0, n))
	}), op, [2]int{m, n}, t)
	return packed.part(0, m, n), packed.part(m*n, n, n)
}

// part takes a matrix out of the vectors that an operation with several results records.
func (t *Tensor) part(start, m, n int) *Tensor { return t.Narrow(-1, start, m*n).Unflatten(-1, m, n) }

// SVD is the singular value decomposition A = U·diag(S)·Vᵀ: (…, m, n) → U (…, m, k), S (…, k), largest first,
// and Vᵀ (…, k, n), with k the smaller of m and n. The signs of the vectors are arbitrary.
func (t *Tensor) SVD() (u, s, vt *Tensor) {
	const op = "svd"
	t.checkMatrix(op, false)
	m, n := t.Dim(-2), t.Dim(-1)
	k := min(m, n)
	if b, ok := t.decomposer(); ok {
		u, s, vt := t.singular(b, op)
		return record(flatMatrices(u, s.Unsqueeze(-1), vt).To(t.DType()), op, [2]int{m, n}, t).svdParts(m, n)
	}
	values := t.matrices(op)
	packed := record(t.batched([]int{m*k + k + k*n}, func(i int, out []float64) {
		if k == 0 {
			return
		}
		var f mat.SVD
		if !f.Factorize(dense(values, i, m, n), mat.SVDThin) {
			fail(op, []*Tensor{t}, "the decomposition of matrix %d of the batch doesn't converge", i)
		}
		var u, v mat.Dense
		f.UTo(&u)
		f.VTo(&v)
		mat.NewDense(m, k, out[:m*k]).Copy(&u)
		f.Values(out[m*k : m*k+k])
		mat.NewDense(k, n, out[m*k+k:]).Copy(v.T())
	}), op, [2]int{m, n}, t)
	return packed.svdParts(m, n)
}

func (t *Tensor) svdParts(m, n int) (u, s, vt *Tensor) {
	k := min(m, n)
	return t.part(0, m, k), t.Narrow(-1, m*k, k), t.part(m*k+k, k, n)
}

// EigH is the eigenvalues of a symmetric matrix, ascending, and its eigenvectors in columns: (…, n, n) → (…, n)
// and (…, n, n). The lower triangle is read. The signs of the vectors are arbitrary.
func (t *Tensor) EigH() (values, vectors *Tensor) {
	const op = "eigh"
	t.checkMatrix(op, true)
	n := t.Dim(-1)
	if b, ok := t.decomposer(); ok {
		values, vectors := t.eigenvalues(b, op)
		packed := record(flatMatrices(values.Unsqueeze(-1), vectors).To(t.DType()), op, n, t)
		return packed.Narrow(-1, 0, n), packed.part(n, n, n)
	}
	elements := t.matrices(op)
	packed := record(t.batched([]int{n + n*n}, func(i int, out []float64) {
		if n == 0 {
			return
		}
		var f mat.EigenSym
		if !f.Factorize(symmetric(elements, i, n), true) {
			fail(op, []*Tensor{t}, "the decomposition of matrix %d of the batch doesn't converge", i)
		}
		f.Values(out[:n])
		var v mat.Dense
		f.VectorsTo(&v)
		mat.NewDense(n, n, out[n:]).Copy(&v)
	}), op, n, t)
	return packed.Narrow(-1, 0, n), packed.part(n, n, n)
}

// Lstsq is the x with the least |A·x − b|, and of several the shortest, for A = t of full rank: (…, m, n) and
// (…, m, k) → (…, n, k).
func (t *Tensor) Lstsq(b *Tensor) *Tensor {
	const op = "lstsq"
	sameDevice(op, t, b)
	t.checkMatrix(op, false)
	if b.Rank() < 2 || b.Dim(-2) != t.Dim(-2) {
		fail(op, []*Tensor{t, b}, "takes (…, m, n) and (…, m, k)")
	}
	if t.Dim(-2) >= t.Dim(-1) {
		q, r := t.QR()
		return r.Solve(q.mT().MatMul(b))
	}
	q, r := t.mT().QR()
	return q.MatMul(r.mT().Solve(b))
}

// PInv is the Moore–Penrose pseudo-inverse: (…, m, n) → (…, n, m). Singular values below the largest times
// max(m, n) times the data type's precision count as 0. Its gradient is Golub and Pereyra's (1973, eq. 4.12).
func (t *Tensor) PInv() *Tensor {
	const op = "pinv"
	t.checkMatrix(op, false)
	m, n := t.Dim(-2), t.Dim(-1)
	if b, ok := t.decomposer(); ok {
		return record(t.pseudoInverse(b, op).To(t.DType()), op, nil, t)
	}
	values := t.matrices(op)
	out := t.batched([]int{n, m}, func(i int, out []float64) {
		var f mat.SVD
		if m*n == 0 {
			return
		}
		if !f.Factorize(dense(values, i, m, n), mat.SVDThin) {
			fail(op, []*Tensor{t}, "the decomposition of matrix %d of the batch doesn't converge", i)
		}
		var u, v mat.Dense
		f.UTo(&u)
		f.VTo(&v)
		s := f.Values(nil)
		least := s[0] * t.precision()
		for j, w := range s {
			s[j] = 0
			if w > least {
				s[j] = 1 / w
			}
		}
		v.Mul(&v, mat.NewDiagDense(len(s), s))
		mat.NewDense(n, m, out).Mul(&v, u.T())
	})
	return record(out, op, nil, t)
}

// precision is the share of the largest singular value that counts as 0, as in PyTorch.
func (t *Tensor) precision() float64 {
	eps := map[DType]float64{Float64: 0x1p-52, Float32: 0x1p-23, Float16: 0x1p-10, BFloat16: 0x1p-7}[t.DType()]
	return eps * float64(max(t.Dim(-1), t.Dim(-2)))
}

// MatrixRank counts the singular values that aren't 0, by PInv's measure: (…, m, n) → Int64 (…).
func (t *Tensor) MatrixRank() *Tensor {
	t.checkMatrix("matrixrank", false)
	_, s, _ := t.Detach().SVD()
	if s.Dim(-1) == 0 {
		return Options{DType: Int64, Device: t.Device()}.Zeros(t.layout.Shape[:t.Rank()-2]...)
	}
	return s.Greater(s.Narrow(-1, 0, 1).MulScalar(t.precision())).Sum(-1)
}

// MatrixPower multiplies a matrix n times with itself; of a negative n, its inverse.
func (t *Tensor) MatrixPower(n int) *Tensor {
	t.checkMatrix("matrixpower", true)
	x := t
	times := uint64(max(n, 0))
	if n < 0 {
		x, times = t.Inverse(), -uint64(n)
	}
	out := Options{DType: t.DType(), Device: t.Device()}.Eye(t.Dim(-1)).Expand(t.layout.Shape...)
	for first := true; times > 0; times >>= 1 {
		if times&1 != 0 {
			if first {
				out, first = x, false
			} else {
				out = out.MatMul(x)
			}
		}
		if times > 1 {
			x = x.MatMul(x)
		}
	}
	return out
}

func init() {
	moreRules(map[string]rule{
		"inverse": of(output, func(c *call) *Tensor {
			back := c.out().mT()
			return back.MatMul(c.g).MatMul(back).Neg()
		}),
		"solve": of(first|output,
			func(c *call) *Tensor { return c.in(0).mT().solve(c.g).MatMul(c.out().mT()).Neg() },
			func(c *call) *Tensor { return c.in(0).mT().solve(c.g) }),
		"det": of(first|output, func(c *call) *Tensor {
			if c.out().Detach().EqualScalar(0).Any().Bool() {
				return c.in(0).Detach().cofactors().Mul(onMatrix(c.g))
			}
			return c.in(0).Inverse().mT().Mul(onMatrix(c.g.Mul(c.out())))
		}),
		"slogdet": of(first, func(c *call) *Tensor { return c.in(0).Inverse().mT().Mul(onMatrix(c.g)) }),
		"cholesky": of(output, func(c *call) *Tensor {
			l := c.out()
			inner := l.mT().MatMul(c.g).Tril(0)
			inner = inner.Sub(inner.Diagonal(0, -2, -1).DiagEmbed(0).MulScalar(0.5))
			inner = inner.Add(inner.mT()).MulScalar(0.5)
			// L⁻ᵀ·inner·L⁻¹ by two solutions.
			half := l.mT().solve(inner)
			return l.mT().solve(half.mT())
		}),
		"qr":   of(output, qrVJP),
		"svd":  of(output, svdVJP),
		"eigh": of(output, eighVJP),
		"pinv": of(first|output, func(c *call) *Tensor {
			a, p, g := c.in(0), c.out(), c.g
			o := Options{DType: a.DType(), Device: a.Device()}
			left := o.Eye(a.Dim(-2)).Sub(a.MatMul(p))  // what A leaves out of the image
			right := o.Eye(a.Dim(-1)).Sub(p.MatMul(a)) // and of the domain
			inner := p.mT().MatMul(g).MatMul(p.mT()).Neg()
			inner = inner.Add(left.MatMul(g.mT()).MatMul(p).MatMul(p.mT()))
			return inner.Add(p.mT().MatMul(p).MatMul(g.mT()).MatMul(right))
		}),
	})
}

// onMatrix adds two axes to a number for each matrix.
func onMatrix(g *Tensor) *Tensor { return g.Unsqueeze(-1).Unsqueeze(-1) }

// qrVJP is (gQ + Q·sym(R·gRᵀ − gQᵀ·Q))·R⁻ᵀ, where sym copies the lower triangle up (Walter and Lehmann 2012).
func qrVJP(c *call) *Tensor {
	size := c.node.attr.([2]int)
	m, n := size[0], size[1]
	q, r := c.out().part(0, m, n), c.out().part(m*n, n, n)
	gq, gr := c.g.part(0, m, n), c.g.part(m*n, n, n)
	inner := r.MatMul(gr.mT()).Sub(gq.mT().MatMul(q))
	sym := inner.Tril(0).Add(inner.Tril(-1).mT())
	return r.solve(gq.Add(q.MatMul(sym)).mT().Contiguous()).mT()
}

// svdVJP is U·(skew(Uᵀ·gU)/E·S + S·skew(V ᵀ·gV)/E + gS)·V ᵀ, where E holds the differences of the squared
// singular values, and what lies outside of U's and V's columns (Townsend 2016).
func svdVJP(c *call) *Tensor {
	size := c.node.attr.([2]int)
	u, s, vt := c.out().svdParts(size[0], size[1])
	gu, gs, gvt := c.g.svdParts(size[0], size[1])
	square := s.Square()
	e := distances(square)
	skew := func(x *Tensor) *Tensor { return x.Sub(x.mT()).Div(e) }
	row := s.Unsqueeze(-2) // S from the right; its transpose from the left
	uu, vv := u.mT().MatMul(gu), gvt.MatMul(vt.mT())
	inner := skew(uu).Mul(row).Add(skew(vv.mT()).Mul(row.mT())).Add(gs.DiagEmbed(0))
	out := u.MatMul(inner).MatMul(vt)
	if size[0] > size[1] {
		out = out.Add(gu.Sub(u.MatMul(uu)).Div(row).MatMul(vt))
	}
	if size[1] > size[0] {
		out = out.Add(u.MatMul(gvt.Sub(vv.MatMul(vt)).Div(row.mT())))
	}
	return out
}

// distances is x_j − x_i, and 1 on the diagonal.
func distances(x *Tensor) *Tensor {
	eye := Options{DType: Bool, Device: x.Device()}.Eye(x.Dim(-1))
	return x.Unsqueeze(-2).Sub(x.Unsqueeze(-1)).MaskedFill(eye, 1)
}

// eighVJP is V·(gL + Vᵀ·gV/E)·Vᵀ made symmetric, where E holds the differences of the eigenvalues (Giles 2008,
// 3.1).
func eighVJP(c *call) *Tensor {
	n := c.node.attr.(int)
	l, v := c.out().Narrow(-1, 0, n), c.out().part(n, n, n)
	gl, gv := c.g.Narrow(-1, 0, n), c.g.part(n, n, n)
	eye := Options{DType: Bool, Device: l.Device()}.Eye(n)
	inner := v.mT().MatMul(gv).Div(distances(l)).MaskedFill(eye, 0).Add(gl.DiagEmbed(0))
	out := v.MatMul(inner).MatMul(v.mT())
	return out.Add(out.mT()).MulScalar(0.5)
}
