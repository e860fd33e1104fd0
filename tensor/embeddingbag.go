package tensor

import "slices"

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
	of := make([]int64, n)
	switch {
	case idx.Rank() == 2 && offsets == nil:
		for i := range of {
			of[i] = int64(i / idx.Dim(1))
		}
		return t.index(of), idx.Dim(0)
	case idx.Rank() != 1 || offsets == nil || offsets.Rank() != 1:
		fail(op, []*Tensor{t, idx}, "takes indices (B, L), or (N,) with Offsets (B,)")
	}
	starts := asIndex(op, offsets).Int64s()
	for b, s := range starts {
		if b == 0 && s != 0 || b > 0 && s < starts[b-1] || s > int64(n) {
			fail(op, []*Tensor{idx, offsets}, "offsets begin with 0, don't fall, and end within the %d indices", n)
		}
		end := int64(n)
		if b+1 < len(starts) {
			end = min(max(starts[b+1], s), end)
		}
		for i := s; i < end; i++ {
			of[i] = int64(b)
		}
	}
	if len(starts) == 0 && n > 0 {
		fail(op, []*Tensor{idx, offsets}, "there are %d indices and no bag for them", n)
	}
	return t.index(of), len(starts)
}

// bagMaxima finds, on the CPU, the row of the largest element of each bag and column, (B, D), and where there is
// one.
func bagMaxima(rows, bag, keep *Tensor, bags int) (best, some *Tensor) {
	width := rows.Dim(1)
	values, of, kept := rows.Float64s(), bag.Int64s(), keep.Bools()
	at, found := make([]int64, bags*width), make([]bool, bags*width)
	for i, b := range of {
		if !kept[i] {
			continue
		}
		for j := range width {
			k := int(b)*width + j
			if v, old := values[i*width+j], values[int(at[k])*width+j]; !found[k] || v > old || v != v && old == old {
				at[k], found[k] = int64(i), true
			}
		}
	}
	o := Options{Device: rows.Device()}
	return o.FromSlice(at).Reshape(bags, width), o.FromSlice(found).Reshape(bags, width)
}
