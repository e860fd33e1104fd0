package tensor

import (
	"cmp"
	"math"
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// Multinomial draws n indices along the last axis with replacement, with probabilities in proportion to
// the elements: weights (…, classes) give Int64 (…, n). torch.multinomial draws without, unless told
// otherwise: that is MultinomialDistinct.
func (t *Tensor) Multinomial(n int) *Tensor { return Options{}.Multinomial(t, n) }

// MultinomialDistinct draws n different indices along the last axis, one after another with probabilities in
// proportion to the weights of those that are left: (…, classes) → Int64 (…, n). At least n weights of each row
// are above 0.
func (t *Tensor) MultinomialDistinct(n int) *Tensor { return Options{}.MultinomialDistinct(t, n) }

// Multinomial draws indices with o.Generator; see Tensor.Multinomial.
func (o Options) Multinomial(weights *Tensor, n int) *Tensor {
	const op = "multinomial"
	if weights != nil && sorts(weights) {
		return o.rowsOn(op, weights, n, n, func(w, u *Tensor) *Tensor {
			cumulative := w.CumSum(1)
			total := cumulative.Narrow(1, w.Dim(1)-1, 1)
			if n > 0 && total.EqualScalar(0).Any().Bool() {
				fail(op, []*Tensor{weights}, "the weights of a row are all 0")
			}
			return cumulative.SearchSorted(u.Mul(total), SearchOptions{Right: true}).ClampMax(float64(w.Dim(1) - 1))
		})
	}
	return o.eachRow(op, weights, n, n, func(w, u []float64, out []int64) {
		cumulative := make([]float64, len(w))
		total := 0.0
		for i, v := range w {
			total += v
			cumulative[i] = total
		}
		if total == 0 && n > 0 {
			fail(op, []*Tensor{weights}, "the weights of a row are all 0")
		}
		for j := range out {
			// The first class whose cumulative weight is above the draw; a class of weight 0 never is the first.
			at := u[j] * total
			i, exact := slices.BinarySearch(cumulative, at)
			for exact && i < len(w)-1 && cumulative[i] <= at {
				i++
			}
			out[j] = int64(min(i, len(w)-1))
		}
	})
}

// MultinomialDistinct draws different indices with o.Generator; see Tensor.MultinomialDistinct. It takes those
// with the least of exponential times with the weights as rates (Efraimidis and Spirakis 2006).
func (o Options) MultinomialDistinct(weights *Tensor, n int) *Tensor {
	const op = "multinomialdistinct"
	classes := 0
	if weights != nil && weights.Rank() > 0 {
		classes = weights.Dim(-1)
	}
	few := func(n, positive int) {
		if positive < n {
			fail(op, []*Tensor{weights}, "%d different ones can't be drawn from %d weights above 0", n, positive)
		}
	}
	if weights != nil && sorts(weights) {
		return o.rowsOn(op, weights, n, classes, func(w, u *Tensor) *Tensor {
			if n > 0 && w.Dim(0) > 0 {
				few(n, w.CountNonZero(1).Min().Int())
			}
			times := u.Neg().Log1p().Neg().Div(w).MaskedFill(w.EqualScalar(0), inf)
			return times.ArgSort(SortOptions{Axis: 1}).Narrow(1, 0, n).Contiguous()
		})
	}
	return o.eachRow(op, weights, n, classes, func(w, u []float64, out []int64) {
		times, order := make([]float64, len(w)), make([]int64, 0, len(w))
		for i, v := range w {
			if v > 0 {
				times[i] = -math.Log1p(-u[i]) / v
				order = append(order, int64(i))
			}
		}
		few(n, len(order))
		slices.SortStableFunc(order, func(i, j int64) int { return cmp.Compare(times[i], times[j]) })
		copy(out, order)
	})
}

// checkWeights panics unless there are weights of classes to draw from.
func checkWeights(op string, weights *Tensor, n int) {
	sameDevice(op, weights)
	if weights.Rank() == 0 || n < 0 || weights.Dim(-1) == 0 || weights.DType() == Bool {
		fail(op, []*Tensor{weights}, "takes weights (…, classes) and a number of draws that isn't negative")
	}
	backend.Poll()
}

// rowsOn calls draw with the weights (rows, classes) and evenly drawn numbers (rows, numbers), on the weights' device, for the indices (rows, n).
func (o Options) rowsOn(op string, weights *Tensor, n, numbers int, draw func(w, u *Tensor) *Tensor) *Tensor {
	checkWeights(op, weights, n)
	w := weights.Detach().To(Float64).Reshape(weights.Len()/weights.Dim(-1), weights.Dim(-1))
	if good := w.GreaterEqualScalar(0).LogicalAnd(w.LessScalar(inf)); !good.All().Bool() {
		bad := w.Reshape(-1).Select(0, good.LogicalNot().nonZero().Select(0, 0).Int()).Item()
		fail(op, []*Tensor{weights}, "a weight is %v; weights are finite and not negative", bad)
	}
	u := Options{DType: Float64, Generator: o.Generator, Device: weights.Device()}.Rand(w.Dim(0), numbers)
	shape := weights.Shape()
	shape[len(shape)-1] = n
	return draw(w, u).Reshape(shape...)
}

// eachRow calls draw with each row of weights, as many evenly drawn numbers, and the n indices to fill in.
func (o Options) eachRow(op string, weights *Tensor, n, numbers int, draw func(w, u []float64, out []int64)) *Tensor {
	checkWeights(op, weights, n)
	shape := weights.Shape()
	classes := weights.Dim(-1)
	w := weights.Float64s()
	rows := len(w) / classes
	shape[len(shape)-1] = n
	room(op, []*Tensor{weights}, rows, n)
	u := Options{DType: Float64, Generator: o.Generator}.Rand(rows, numbers).Float64s()
	out := make([]int64, rows*n)
	for r := range rows {
		backend.Poll()
		row := w[r*classes : (r+1)*classes]
		for _, v := range row {
			if !(v >= 0) || math.IsInf(v, 1) {
				fail(op, []*Tensor{weights}, "a weight is %v; weights are finite and not negative", v)
			}
		}
		draw(row, u[r*numbers:(r+1)*numbers], out[r*n:(r+1)*n])
	}
	return Options{Device: weights.Device()}.FromSlice(out).Reshape(shape...)
}
