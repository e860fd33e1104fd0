package tensor

import (
	"cmp"
	"math"
	"slices"
)

// MaxWithIndices is the largest elements along an axis and their Int64 indices, torch's max along a
// dimension. The first of equals wins, and the whole gradient; NaN counts as the largest.
func (t *Tensor) MaxWithIndices(axis int) (values, indices *Tensor) {
	return t.extremes(axis, t.Detach().ArgMaxKeepDim(axis))
}

// MinWithIndices is the smallest elements along an axis and their Int64 indices; see MaxWithIndices.
func (t *Tensor) MinWithIndices(axis int) (values, indices *Tensor) {
	return t.extremes(axis, t.Detach().ArgMinKeepDim(axis))
}

func (t *Tensor) extremes(axis int, index *Tensor) (values, indices *Tensor) {
	if t.scalarAxis(axis) {
		return t, index
	}
	return t.Gather(axis, index).dropAxis(axis), index.dropAxis(axis)
}

// dropAxis drops an axis of size 1.
func (t *Tensor) dropAxis(axis int) *Tensor {
	return t.Reshape(droppedShape(t.layout.Shape, []int{t.axis("reshape", axis)})...)
}

// Norm is the p-norm (Σ|x|ᵖ)^(1/p) along the axes, or of all: p = 2 is Euclid's, 1 the sum of sizes, ±∞ the
// largest and the smallest size, and 0 counts what isn't zero, without a gradient. The gradient at zero is 0.
func (t *Tensor) Norm(p float64, axes ...int) *Tensor {
	return t.NormKeepDim(p, axes...).Reshape(droppedShape(t.layout.Shape, t.axes("norm", axes))...)
}

// NormKeepDim is Norm that leaves the axes with size 1.
func (t *Tensor) NormKeepDim(p float64, axes ...int) *Tensor {
	x := t.higher().To(floating(t.DType()))
	if x.DType().IsHalf() {
		return x.wide().NormKeepDim(p, axes...).To(x.DType())
	}
	switch {
	case math.IsNaN(p):
		fail("norm", []*Tensor{t}, "p is NaN; give 2, 1, 0, ±Inf or another number")
	case p == 0:
		return x.Detach().NotEqualScalar(0).To(x.DType()).SumKeepDim(axes...)
	case p == 1:
		return x.Abs().SumKeepDim(axes...)
	case math.IsInf(p, 1):
		return x.Abs().MaxKeepDim(axes...)
	case math.IsInf(p, -1):
		return x.Abs().MinKeepDim(axes...)
	case p == 2:
		return x.Square().SumKeepDim(axes...).root(0.5)
	}
	return x.Abs().root(p).SumKeepDim(axes...).root(1 / p)
}

// root is xᵖ of numbers that aren't negative. Its gradient at 0, which may be infinite, is 0.
func (t *Tensor) root(p float64) *Tensor {
	if p < 0 {
		return t.PowScalar(p)
	}
	zero := t.EqualScalar(0)
	return t.MaskedFill(zero, 1).PowScalar(p).MaskedFill(zero, 0)
}

// Normalize divides by the p-norm along an axis, or by eps where that is larger.
func (t *Tensor) Normalize(p float64, axis int, eps float64) *Tensor {
	return t.inWide(func(x *Tensor) *Tensor { return x.Div(x.NormKeepDim(p, axis).ClampMin(eps)) })
}

// CountNonZero counts the elements that aren't zero along the axes, or of all, as Int64.
func (t *Tensor) CountNonZero(axes ...int) *Tensor { return t.Detach().NotEqualScalar(0).Sum(axes...) }

// NaNSum is Sum that takes NaN as 0.
func (t *Tensor) NaNSum(axes ...int) *Tensor {
	return t.MaskedFill(t.Detach().IsNaN(), 0).Sum(axes...)
}

// NaNMean is the mean of what isn't NaN; NaN of nothing.
func (t *Tensor) NaNMean(axes ...int) *Tensor {
	return t.NaNSum(axes...).Div(t.Detach().IsNaN().LogicalNot().Sum(axes...))
}

// Median is the middle element along an axis, of an even number the lower one, and its index; NaN if there
// is one, as in PyTorch.
func (t *Tensor) Median(axis int) (values, indices *Tensor) {
	return t.ranked("median", axis, func(n int, nans *Tensor) *Tensor {
		return nans.GreaterScalar(0).To(Int64).MulScalar(float64(n - 1 - (n-1)/2)).AddScalar(float64((n - 1) / 2))
	})
}

// NaNMedian is Median of what isn't NaN.
func (t *Tensor) NaNMedian(axis int) (values, indices *Tensor) {
	return t.ranked("nanmedian", axis, func(n int, nans *Tensor) *Tensor {
		return nans.RSubScalar(float64(n - 1)).ClampMin(0).FloorDivideScalar(2)
	})
}

// KthValue is the kth smallest element along an axis, counted from 1 as in PyTorch, and its index. NaN counts
// as the largest.
func (t *Tensor) KthValue(k, axis int) (values, indices *Tensor) {
	n := 1
	if !t.scalarAxis(axis) {
		n = t.Dim(axis)
	}
	if k < 1 || k > n {
		fail("kthvalue", []*Tensor{t}, "axis %d of size %d has no element number %d; the first is 1", axis, n, k)
	}
	return t.ranked("kthvalue", axis, func(_ int, nans *Tensor) *Tensor { return FullLike(nans, float64(k-1)) })
}

// ranked is the element at a rank among those along an axis; which tells the rank, Int64, from how many
// there are and how many of them are NaN.
func (t *Tensor) ranked(op string, axis int, which func(n int, nans *Tensor) *Tensor) (values, indices *Tensor) {
	if t.scalarAxis(axis) {
		return t, t.ArgSort(SortOptions{})
	}
	if t.Dim(axis) == 0 {
		fail(op, []*Tensor{t}, "there is no %s of nothing: axis %d is empty", op, axis)
	}
	order := t.ArgSort(SortOptions{Axis: axis})
	n := t.Dim(axis)
	index := order.Gather(axis, which(n, t.Detach().IsNaN().SumKeepDim(axis)))
	return t.extremes(axis, index)
}

// Quantile is the value below which a share q of the elements along an axis lies, interpolated between the
// neighbours; NaN if there is one.
func (t *Tensor) Quantile(q float64, axis int) *Tensor {
	if t.scalarAxis(axis) {
		return t.Reshape(1).Quantile(q, 0)
	}
	n := t.Dim(axis)
	if !(q >= 0 && q <= 1) || n == 0 {
		fail("quantile", []*Tensor{t}, "takes a share between 0 and 1, not %v, and at least one element", q)
	}
	x := t.To(floating(t.DType()))
	sorted := x.Sort(SortOptions{Axis: axis})
	at := q * float64(n-1)
	lo := int(at)
	low, high := sorted.Select(axis, lo), sorted.Select(axis, min(lo+1, n-1))
	return low.Lerp(high, at-float64(lo)).MaskedFill(x.Detach().IsNaN().Any(axis), math.NaN())
}

// Mode is the most frequent element along an axis, of equally frequent ones the smallest, and the index of
// its last occurrence.
func (t *Tensor) Mode(axis int) (values, indices *Tensor) {
	if t.scalarAxis(axis) {
		return t, t.ArgSort(SortOptions{})
	}
	if t.Dim(axis) == 0 {
		fail("mode", []*Tensor{t}, "there is no mode of nothing: axis %d is empty", axis)
	}
	if _, ok := t.scanner(); ok {
		return t.extremes(axis, t.Detach().modeIndex(axis))
	}
	index := t.alongRows("mode", axis, func(row []float64, index []int64) {
		order := make([]int, len(row))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(row[i], row[j]) })
		best, bestCount, count := order[0], 0, 0
		for k, i := range order {
			if k > 0 && row[order[k-1]] == row[i] {
				count++
			} else {
				count = 1
			}
			if count > bestCount || row[best] == row[i] {
				best, bestCount = i, count
			}
		}
		index[0] = int64(best)
	})
	return t.extremes(axis, index.Narrow(axis, 0, 1))
}

// modeIndex is Mode's index by the device: in order, the longest run of equals, and its end.
func (t *Tensor) modeIndex(axis int) *Tensor {
	axis = t.axis("mode", axis)
	order := t.ArgSort(SortOptions{Axis: axis})
	if t.DType().IsFloat() { // NaN, which equals nothing, comes first here
		numbers := t.IsNaN().LogicalNot().Gather(axis, order)
		order = order.Gather(axis, numbers.ArgSort(SortOptions{Axis: axis}))
	}
	sorted, n := t.Gather(axis, order), t.Dim(axis)
	begins := sorted.Narrow(axis, 1, n-1).NotEqual(sorted.Narrow(axis, 0, n-1))
	column := keptShape(t.layout.Shape, t.axes("mode", nil))
	column[axis] = n
	place := Options{Device: t.Device()}.Arange(0, float64(n), 1).Reshape(column...)
	zero := place.scalar("mode", 0, Int64)
	begin := Cat(axis, zero.Expand(keptShape(t.layout.Shape, []int{axis})...), Where(begins, place.Narrow(axis, 1, n-1), zero))
	_, at := begin.CumMax(axis) // where the run that an element belongs to begins, as places ascend
	return order.Gather(axis, place.Sub(begin.Gather(axis, at)).ArgMaxKeepDim(axis))
}

// Diff is the difference between neighbours along an axis, n times over; the axis becomes n shorter.
func (t *Tensor) Diff(n, axis int) *Tensor {
	axis = t.axis("diff", axis)
	if n < 0 {
		fail("diff", []*Tensor{t}, "the order %d is negative", n)
	}
	x := t
	for range min(n, t.Dim(axis)) {
		d := x.Dim(axis)
		if d == 0 {
			break
		}
		after, before := x.Narrow(axis, 1, d-1), x.Narrow(axis, 0, d-1)
		if x.DType() == Bool {
			x = after.LogicalXor(before)
		} else {
			x = after.Sub(before)
		}
	}
	return x
}

// Cov is the covariance of the rows of (variables, observations), divided by the number of observations
// less 1; of a vector, its variance.
func (t *Tensor) Cov() *Tensor {
	if t.Rank() > 2 || t.Rank() == 0 {
		fail("cov", []*Tensor{t}, "takes (variables, observations)")
	}
	x := t.To(floating(t.DType()))
	if x.Rank() == 1 {
		return x.Var()
	}
	d := x.Sub(x.MeanKeepDim(1))
	c := d.MatMul(d.T()).DivScalar(float64(max(x.Dim(1)-1, 0)))
	if x.Dim(0) == 1 { // of one variable, its variance
		return c.Reshape()
	}
	return c
}

// CorrCoef is the correlation of the rows of (variables, observations).
func (t *Tensor) CorrCoef() *Tensor {
	if t.DType().IsHalf() {
		return t.inWide((*Tensor).CorrCoef)
	}
	c := t.Cov()
	if c.Rank() == 0 {
		return c.Div(c)
	}
	std := c.Diagonal(0, 0, 1).Sqrt()
	return c.Div(std.Unsqueeze(1)).Div(std)
}
