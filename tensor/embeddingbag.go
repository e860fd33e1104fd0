package tensor

import (
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// BagMode says what EmbeddingBag makes of the rows of a bag.
type BagMode int

// The modes.
const (
	BagMean BagMode = iota
	BagSum
	BagMax
)

// BagOptions are for EmbeddingBag.
type BagOptions struct {
	Mode    BagMode
	Offsets *Tensor // (B,) of a vector of indices: where each bag begins
	Weights *Tensor // of the shape of the indices, multiplies the rows; for BagSum only

	// Ignore is an index that doesn't count, as torch's padding_idx; 0 means none, so row 0 is named by -V,
	// counted from the end.
	Ignore int
}

// EmbeddingBag looks up rows of the weight (V, D) and combines those of each bag: indices (B, L), or a vector (N,)
// cut into bags by o.Offsets, give (B, D). An empty bag gives zeros. Of equal maxima the first has the gradient.
func (t *Tensor) EmbeddingBag(idx *Tensor, o BagOptions) *Tensor {
	const op = "embeddingbag"
	sameDevice(op, t, idx)
	if t.Rank() != 2 || !t.DType().IsFloat() {
		fail(op, []*Tensor{t, idx}, "the weight must be a matrix of floats (vocabulary, width)")
	}
	bag, bags := bagsOf(op, t, idx, o.Offsets)
	flat := asIndex(op, idx).Reshape(-1) // (N,)
	keep := OnesLike(flat).To(Bool)
	if o.Ignore != 0 {
		keep = flat.NotEqualScalar(float64(checkIndex(op, o.Ignore, t.Dim(0), 0, t)))
	}
	rows := t.pick(op, 0, flat) // (N, D)
	if w := o.Weights; w != nil {
		sameDevice(op, t, w)
		if o.Mode != BagSum || !slices.Equal(w.layout.Shape, idx.layout.Shape) {
			fail(op, []*Tensor{t, idx, w}, "weights are for BagSum, and have the shape of the indices")
		}
		rows = rows.Mul(w.Reshape(-1, 1))
	}
	counted := keep.Unsqueeze(1) // (N, 1)
	zeros := Options{DType: rows.DType(), Device: t.Device()}.Zeros(bags, t.Dim(1))
	switch o.Mode {
	case BagMax:
		best, some := bagMaxima(rows, bag, keep, bags)
		if rows.Len() == 0 {
			return zeros.Add(rows.Sum().To(rows.DType()).MulScalar(0))
		}
		return Where(some, rows.gather(op, 0, best), zeros)
	case BagSum, BagMean:
	default:
		fail(op, []*Tensor{t, idx}, "there is no mode %d", o.Mode)
	}
	sum := zeros.IndexAdd(0, bag, Where(counted, rows, rows.scalar(op, 0, rows.DType())))
	if o.Mode == BagSum {
		return sum
	}
	counts := Options{DType: rows.DType(), Device: t.Device()}.Zeros(bags).IndexAdd(0, bag, keep.To(rows.DType()))
	return sum.Div(counts.ClampMin(1).Unsqueeze(1))
}

// bagsOf is the bag of each index, Int64 (N,), and how many bags there are.
func bagsOf(op string, t, idx, offsets *Tensor) (bag *Tensor, bags int) {
	n := idx.Len()
	room(op, []*Tensor{t, idx}, n)
	number := Options{DType: Int64, Device: t.Device()}.Arange(0, float64(n), 1)
	switch {
	case idx.Rank() == 2 && offsets == nil:
		return number.FloorDivideScalar(float64(max(idx.Dim(1), 1))), idx.Dim(0)
	case idx.Rank() != 1 || offsets == nil || offsets.Rank() != 1:
		fail(op, []*Tensor{t, idx}, "takes indices (B, L), or (N,) with Offsets (B,)")
	}
	bags = offsets.Len()
	if bags == 0 && n > 0 {
		fail(op, []*Tensor{idx, offsets}, "there are %d indices and no bag for them", n)
	}
	starts := asIndex(op, offsets)
	if bags > 0 {
		falls := starts.Narrow(0, 0, bags-1).Greater(starts.Narrow(0, 1, bags-1))
		ends := starts.Narrow(0, 0, 1).NotEqualScalar(0).LogicalOr(starts.Narrow(0, bags-1, 1).GreaterScalar(float64(n)))
		if Cat(0, falls, ends).Any().Bool() {
			fail(op, []*Tensor{idx, offsets}, "offsets begin with 0, don't fall, and end within the %d indices", n)
		}
	}
	// The last bag that begins before an index, or there.
	return starts.SearchSorted(number, SearchOptions{Right: true}).SubScalar(1), bags
}

// bagMaxima finds the row of the largest element of each bag and column, (B, D), of equals the first, and where there is one.
func bagMaxima(rows, bag, keep *Tensor, bags int) (best, some *Tensor) {
	const op = "embeddingbag"
	n, width := rows.Dim(0), rows.Dim(1)
	o := Options{DType: Int64, Device: rows.Device()}
	bag, x := bag.Unsqueeze(1).Expand(n, width), rows.Detach().To(Float64)
	x = Where(keep.Unsqueeze(1), x, x.scalar(op, -inf, Float64))
	most := Options{DType: Float64, Device: rows.Device()}.Full(-inf, bags, width).scatterFold(backend.Max, 0, bag, x)
	// The first row that has it.
	theirs := most.gather(op, 0, bag)
	has := x.Equal(theirs).LogicalOr(x.IsNaN().LogicalAnd(theirs.IsNaN())).LogicalAnd(keep.Unsqueeze(1))
	none := o.Full(float64(n), 1)
	number := Where(has, o.Arange(0, float64(n), 1).Unsqueeze(1), none)
	first := none.Expand(bags, width).scatterFold(backend.Min, 0, bag, number)
	some = first.LessScalar(float64(n))
	return Where(some, first, o.Zeros(1)), some
}
