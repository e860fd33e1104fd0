package tensor

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"github.com/rustygradients/rg/tensor/backend"
)

// The operations in this file look elements up on the CPU, unless the device's backend sorts.

// SortWithIndices is Sort that also gives the indices, ArgSort's.
func (t *Tensor) SortWithIndices(o SortOptions) (values, indices *Tensor) {
	indices = t.ArgSort(o)
	return t.Gather(o.Axis, indices), indices
}

// BottomK is the k smallest elements along an axis, smallest first, and their indices.
func (t *Tensor) BottomK(k, axis int) (values, indices *Tensor) {
	if t.scalarAxis(axis) && k == 1 {
		return t, t.ArgSort(SortOptions{})
	}
	if n := t.Dim(axis); k < 0 || k > n {
		fail("bottomk", []*Tensor{t}, "axis %d of size %d doesn't have %d elements", axis, n, k)
	}
	indices = t.ArgSort(SortOptions{Axis: axis}).Narrow(axis, 0, k).Contiguous()
	return t.Gather(axis, indices), indices
}

// Unique is the different elements in ascending order, the index of each element among them, in the shape
// of t, and how often each occurs. NaN differs from itself. It has no gradient.
func (t *Tensor) Unique() (values, inverse, counts *Tensor) {
	flat := t.Detach().Reshape(-1)
	order := flat.ArgSort(SortOptions{})
	values, at, counts := flat.IndexSelect(0, order).UniqueConsecutive()
	if sorts(t) {
		inverse = ZerosLike(at).ScatterAdd(0, order, at)
		return values, inverse.Reshape(t.layout.Shape...), counts
	}
	where := hostSlice[int64]("unique", flat)
	group := at.Int64s()
	for i, from := range order.Int64s() {
		where[from] = group[i]
	}
	return values, Options{Device: t.Device()}.FromSlice(where).Reshape(t.layout.Shape...), counts
}

// UniqueConsecutive keeps the first of each run of equal elements, in row-major order, and gives the index of
// each element among those, in the shape of t, and the length of each run. It has no gradient.
func (t *Tensor) UniqueConsecutive() (values, inverse, counts *Tensor) {
	backend.Poll()
	flat := t.Detach().Reshape(-1)
	n := flat.Len()
	if sorts(t) && n > 0 {
		differs := flat.Narrow(0, 1, n-1).NotEqual(flat.Narrow(0, 0, n-1))
		changed := Cat(0, Options{DType: Bool, Device: t.Device()}.Ones(1), differs)
		first, at, counts := runsOf(changed)
		return flat.IndexSelect(0, first), at.Reshape(t.layout.Shape...), counts
	}
	changed := hostSlice[bool]("uniqueconsecutive", flat)
	if n > 0 {
		copy(changed[1:], flat.Narrow(0, 1, n-1).NotEqual(flat.Narrow(0, 0, n-1)).Bools())
		changed[0] = true
	}
	first, where, runs := []int64{}, make([]int64, n), []int64{}
	for i, c := range changed {
		if c {
			first, runs = append(first, int64(i)), append(runs, 0)
		}
		runs[len(runs)-1]++
		where[i] = int64(len(runs) - 1)
	}
	o := Options{Device: t.Device()}
	return flat.IndexSelect(0, o.FromSlice(first)), o.FromSlice(where).Reshape(t.layout.Shape...), o.FromSlice(runs)
}

// runsOf are the places where runs of equals begin, which changed (n,) tells, the run that each place belongs to, (n,), and the runs'
// lengths.
func runsOf(changed *Tensor) (first, at, counts *Tensor) {
	first = changed.nonZero() // (u,)
	end := Options{DType: Int64, Device: changed.Device()}.Full(float64(changed.Len()), 1)
	counts = Cat(0, first.Narrow(0, 1, first.Len()-1), end).Sub(first)
	return first, changed.To(Int64).CumSum(0).SubScalar(1), counts
}

// sorts reports whether t's device orders elements itself, so that they needn't come to the host.
func sorts(t *Tensor) bool {
	_, ok := backend.As[backend.SortBackend](t.backend())
	return ok
}

// SearchOptions are for SearchSorted.
type SearchOptions struct {
	Right bool // after equal elements, not before
}

// SearchSorted is where each value would have to be put to keep the elements of t in order: t (…, n)
// ascending along its last axis, values (…, k) → Int64 (…, k). t may be a vector for values of any shape.
func (t *Tensor) SearchSorted(values *Tensor, o SearchOptions) *Tensor {
	const op = "searchsorted"
	sameDevice(op, t, values)
	backend.Poll()
	rows := 1
	switch {
	case t.Rank() == 1:
	case t.Rank() == 0, t.Rank() != values.Rank(), !slices.Equal(t.layout.Shape[:t.Rank()-1], values.layout.Shape[:t.Rank()-1]):
		fail(op, []*Tensor{t, values}, "takes a vector, or (…, n) with values (…, k)")
	default:
		rows = product(t.layout.Shape[:t.Rank()-1])
	}
	n, k := t.Dim(-1), values.Len()/max(rows, 1)
	if sorts(t) {
		return t.Detach().To(Float64).search(op, values.Detach().To(Float64), o)
	}
	edges, vs := t.Float64s(), values.Float64s()
	out := make([]int64, len(vs))
	for r := range rows {
		row := edges[r*n : (r+1)*n]
		for i, v := range vs[r*k : (r+1)*k] {
			out[r*k+i] = int64(sort.Search(n, func(j int) bool {
				c := compareNaNLast(row[j], v)
				return c > 0 || c == 0 && !o.Right
			}))
		}
	}
	return Options{Device: t.Device()}.FromSlice(out).Reshape(values.layout.Shape...)
}

// search is SearchSorted by the device, for Float64 or Int64.
func (t *Tensor) search(op string, values *Tensor, o SearchOptions) *Tensor {
	b, _ := backend.As[backend.SortBackend](t.backend())
	out, side := t.like(op, Int64, values.layout.Shape), backend.Before
	if o.Right {
		side = backend.After
	}
	edges, vs, to := t.Contiguous(), values.Contiguous().Reshape(-1), out.Reshape(-1)
	if t.Rank() > 1 {
		rows := product(t.layout.Shape[:t.Rank()-1])
		k := values.Len() / max(rows, 1)
		edges, vs, to = edges.Reshape(rows, t.Dim(-1)), vs.Reshape(rows, k), to.Reshape(rows, k)
	}
	must(b.SearchSorted(to.v(), edges.v(), vs.v(), side), op, t, values)
	return out
}

func compareNaNLast(a, b float64) int {
	if a != a || b != b {
		a, b = nanRank(a), nanRank(b)
	}
	return cmp.Compare(a, b)
}

// Bucketize is the index of the bucket that each element falls into: boundaries (n,) ascending make n + 1
// buckets, which hold their upper boundary, or with o.Right their lower one.
func (t *Tensor) Bucketize(boundaries *Tensor, o SearchOptions) *Tensor {
	if boundaries.Rank() != 1 {
		fail("bucketize", []*Tensor{t, boundaries}, "the boundaries are a vector")
	}
	return boundaries.SearchSorted(t, o)
}

// BinCount counts how often each whole number from 0 occurs in a vector, as Int64; the result has at least
// minLength elements. With weights, which may be nil, it adds those up instead.
func (t *Tensor) BinCount(weights *Tensor, minLength int) *Tensor {
	const op = "bincount"
	idx := asIndex(op, t)
	if t.Rank() != 1 || minLength < 0 {
		fail(op, []*Tensor{t}, "takes a vector, and a length that isn't negative")
	}
	n := minLength
	if t.Len() > 0 {
		if least := idx.Min().Int(); least < 0 {
			fail(op, []*Tensor{t}, "there is a negative number, %d", least)
		}
		n = max(n, min(idx.Max().Int(), math.MaxInt/16)+1)
	}
	switch {
	case weights == nil:
		weights = OnesLike(idx)
	case !weights.DType().IsFloat():
		weights = weights.To(Float64) // as PyTorch
	}
	sameDevice(op, t, weights)
	if !slices.Equal(weights.layout.Shape, t.layout.Shape) {
		fail(op, []*Tensor{t, weights}, "each element has one weight")
	}
	zeros := Options{DType: weights.DType(), Device: t.Device()}.Zeros(n)
	return zeros.ScatterAdd(0, idx, weights)
}

// Histc counts the elements in bins of equal width between lo and hi, the last bin with its upper edge; what
// lies outside isn't counted. If lo and hi are equal they are the least and the largest element. Counts are
// Float32, or of t's type.
func (t *Tensor) Histc(bins int, lo, hi float64) *Tensor {
	const op = "histc"
	if bins < 1 || lo > hi || math.IsNaN(lo+hi) || math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		fail(op, []*Tensor{t}, "takes at least one bin, and finite bounds in order, not %d between %v and %v", bins, lo, hi)
	}
	if lo == hi && t.Len() > 0 {
		lo, hi = t.Min().Item(), t.Max().Item()
		if math.IsNaN(lo+hi) || math.IsInf(lo, 0) || math.IsInf(hi, 0) {
			fail(op, []*Tensor{t}, "the elements lie between %v and %v; give finite bounds", lo, hi)
		}
	}
	if lo == hi {
		lo, hi = lo-1, hi+1
	}
	room(op, []*Tensor{t}, bins)
	if sorts(t) {
		x := t.Detach().To(Float64).Reshape(-1)
		inside := x.GreaterEqualScalar(lo).LogicalAnd(x.LessEqualScalar(hi))
		bin := x.SubScalar(lo).DivScalar(hi-lo).MulScalar(float64(bins)).Clamp(0, float64(bins-1)) // of NaN none is counted
		at := Where(inside, bin, ZerosLike(bin)).To(Int64)
		counts := Options{DType: Float64, Device: t.Device()}.Zeros(bins).ScatterAdd(0, at, inside.To(Float64))
		return counts.To(floating(t.DType()))
	}
	counts := make([]float64, bins)
	for _, v := range t.Float64s() {
		if v >= lo && v <= hi {
			counts[min(int((v-lo)/(hi-lo)*float64(bins)), bins-1)]++
		}
	}
	return Options{DType: floating(t.DType()), Device: t.Device()}.FromSlice(counts)
}

// NonZero is the indices of the elements that aren't zero, in row-major order: Int64 (n, rank).
func (t *Tensor) NonZero() *Tensor {
	places := t.nonZero()
	columns := make([]*Tensor, t.Rank())
	for a := t.Rank() - 1; a >= 0; a-- {
		d := float64(max(t.layout.Shape[a], 1))
		columns[a] = places.ModScalar(d)
		places = places.withScalar(backend.FloorDiv, d)
	}
	if len(columns) == 0 {
		return Options{DType: Int64, Device: t.Device()}.Zeros(places.Len(), 0)
	}
	return Stack(-1, columns...)
}

// nonZero is the places, in row-major order, of the elements that aren't zero: Int64 (n,).
func (t *Tensor) nonZero() *Tensor {
	backend.Poll()
	flat := t.Detach().Reshape(-1).To(Bool)
	if sorts(t) { // the count is all that comes to the host
		n := flat.To(Int64).Sum().Int()
		return flat.ArgSort(SortOptions{Descending: true}).Narrow(0, 0, n)
	}
	out := []int64{}
	for i, b := range flat.Bools() {
		if b {
			out = append(out, int64(i))
		}
	}
	return t.index(out)
}
