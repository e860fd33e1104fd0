package tensor

// VarMean is Var and Mean along the axes, or of all.
func (t *Tensor) VarMean(axes ...int) (variance, mean *Tensor) {
	return t.Var(axes...), t.Mean(axes...)
}

// StdMean is Std and Mean along the axes, or of all.
func (t *Tensor) StdMean(axes ...int) (std, mean *Tensor) {
	return t.Std(axes...), t.Mean(axes...)
}

// MinMax is Min and Max along the axes, or of all, as torch.aminmax.
func (t *Tensor) MinMax(axes ...int) (least, largest *Tensor) { return t.Min(axes...), t.Max(axes...) }

// Dist is the p-norm of the difference of x and y, broadcast: a scalar.
func (t *Tensor) Dist(y *Tensor, p float64) *Tensor { return t.reals().Sub(y).Norm(p) }

// PDist is the p-norm distances of all pairs of rows of (n, d), those of the first row first: (n·(n−1)/2,).
func (t *Tensor) PDist(p float64) *Tensor {
	if t.Rank() != 2 {
		fail("pdist", []*Tensor{t}, "takes rows (n, d)")
	}
	room("pdist", []*Tensor{t}, t.Dim(0), t.Dim(0))
	x := t.reals()
	var left, right []int64
	for i := range t.Dim(0) {
		for j := i + 1; j < t.Dim(0); j++ {
			left, right = append(left, int64(i)), append(right, int64(j))
		}
	}
	return x.pick("pdist", 0, t.index(left)).Sub(x.pick("pdist", 0, t.index(right))).Norm(p, 1)
}

// Renorm scales slices along an axis down whose p-norm is above the largest allowed, as torch's.
func (t *Tensor) Renorm(p float64, axis int, largest float64) *Tensor {
	axis = t.axis("renorm", axis)
	if !(p > 0) || !(largest >= 0) {
		fail("renorm", []*Tensor{t}, "p %v must be above 0, and the largest norm %v not negative", p, largest)
	}
	var others []int
	for a := range t.Rank() {
		if a != axis {
			others = append(others, a)
		}
	}
	x := t.To(floating(t.DType()))
	norm := x.Abs().Unsqueeze(-1).NormKeepDim(p, append(others, t.Rank())...).Squeeze(-1)
	scale := norm.AddScalar(1e-7).Reciprocal().MulScalar(largest)
	return x.Mul(Where(norm.Detach().GreaterScalar(largest), scale, OnesLike(scale)))
}

// Trapezoid is the integral along an axis of samples dx apart, by straight lines between them.
func (t *Tensor) Trapezoid(dx float64, axis int) *Tensor {
	return t.areas("trapezoid", dx, axis).Sum(axis)
}

// CumulativeTrapezoid is Trapezoid up to each sample but the first: the axis becomes 1 shorter.
func (t *Tensor) CumulativeTrapezoid(dx float64, axis int) *Tensor {
	return t.areas("cumulativetrapezoid", dx, axis).CumSum(axis)
}

func (t *Tensor) areas(op string, dx float64, axis int) *Tensor {
	axis = t.axis(op, axis)
	n := max(t.Dim(axis)-1, 0)
	x := t.To(floating(t.DType()))
	left, right := x.Narrow(axis, 0, n), x.Narrow(axis, x.Dim(axis)-n, n)
	return left.Add(right).MulScalar(dx / 2)
}

// NaNQuantile is Quantile of what isn't NaN; NaN of nothing.
func (t *Tensor) NaNQuantile(q float64, axis int) *Tensor {
	const op = "nanquantile"
	if t.scalarAxis(axis) {
		return t.Reshape(1).NaNQuantile(q, 0)
	}
	axis = t.axis(op, axis)
	if !(q >= 0 && q <= 1) || t.Dim(axis) == 0 {
		fail(op, []*Tensor{t}, "takes a share between 0 and 1, not %v, and at least one element", q)
	}
	x := t.To(floating(t.DType()))
	sorted := x.Sort(SortOptions{Axis: axis})                                                // NaN at the end
	count := x.Detach().IsNaN().LogicalNot().SumKeepDim(axis)                                // of the others
	at := count.SubScalar(1).ClampMin(0).To(Float64).MulScalar(q)                            // the place of the quantile
	lo := at.Floor()                                                                         // and its neighbours
	low, high := sorted.Gather(axis, lo.To(Int64)), sorted.Gather(axis, at.Ceil().To(Int64)) // of size 1
	return low.LerpTensor(high, at.Sub(lo).To(x.DType())).dropAxis(axis)
}
