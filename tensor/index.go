package tensor

import (
	"math"
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// asIndex converts whole numbers to the Int64 that backends index by.
func asIndex(op string, idx *Tensor) *Tensor {
	if !idx.DType().IsInt() {
		failTypes(op, []*Tensor{idx}, "indices are whole numbers; convert with To(tensor.Int64)")
	}
	return idx.Detach().To(Int64)
}

// Gather picks elements along one axis: out[i, j] = x[idx[i, j], j] for axis 0. The result has the
// shape of idx, whose other axes are no larger than those of x.
func (t *Tensor) Gather(axis int, idx *Tensor) *Tensor {
	sameDevice("gather", t, idx)
	if t.scalarAxis(axis) && idx.Rank() <= 1 {
		return t.Reshape(1).Gather(0, idx.Reshape(idx.Len())).Reshape(idx.layout.Shape...)
	}
	if idx.Len() == 0 && t.Rank() == 1 { // there is nothing to pick, whatever the ranks
		return t.Narrow(0, 0, 0).Reshape(idx.layout.Shape...)
	}
	axis = t.axis("gather", axis)
	fitsIndex("gather", t, idx, axis)
	return t.cropTo(idx.layout.Shape, axis).gather("gather", axis, asIndex("gather", idx))
}

// gather does the work of several operations; op is the one that errors name.
func (t *Tensor) gather(op string, axis int, idx *Tensor) *Tensor {
	backend.Poll()
	out := t.like(op, t.DType(), idx.layout.Shape)
	if out.Len() > 0 {
		must(t.backend().Gather(out.v(), t.v(), idx.v(), axis), op, t, idx)
	}
	return record(out, "gather", axis, t, idx)
}

func fitsIndex(op string, t, idx *Tensor, axis int) {
	if idx.Rank() != t.Rank() {
		fail(op, []*Tensor{t, idx}, "the index must have as many axes")
	}
	for i, d := range idx.layout.Shape {
		if i != axis && d > t.layout.Shape[i] {
			fail(op, []*Tensor{t, idx}, "the index is larger at axis %d", i)
		}
	}
}

// cropTo is the view of the first elements along every axis but one.
func (t *Tensor) cropTo(shape []int, axis int) *Tensor {
	spans := t.spans()
	for i, d := range shape {
		if i != axis {
			spans[i].n = d
		}
	}
	if slices.Equal(spans, t.spans()) {
		return t
	}
	return t.slice(spans)
}

// ScatterAdd adds the elements of src at the indices along one axis to a copy of t:
// out[idx[i, j], j] += src[i, j] for axis 0. src has the shape of idx.
func (t *Tensor) ScatterAdd(axis int, idx, src *Tensor) *Tensor {
	sameDevice("scatteradd", t, idx, src)
	if t.scalarAxis(axis) {
		return t.Reshape(1).ScatterAdd(0, idx.Reshape(idx.Len()), src.Reshape(src.Len())).Reshape()
	}
	if t.DType() == Bool { // or, as PyTorch
		return t.To(Int64).ScatterAdd(axis, idx, src.To(Int64)).To(Bool)
	}
	axis = t.axis("scatteradd", axis)
	if !slices.Equal(idx.layout.Shape, src.layout.Shape) {
		fail("scatteradd", []*Tensor{t, idx, src}, "index and source must have one shape")
	}
	fitsIndex("scatteradd", t, idx, axis)
	return t.scatterAdd(axis, asIndex("scatteradd", idx), src.To(t.DType()))
}

func (t *Tensor) scatterAdd(axis int, idx, src *Tensor) *Tensor {
	out := t.Detach().Clone().addAt(axis, idx, src.Detach())
	return record(out, "scatteradd", axis, t, idx, src)
}

// addAt adds src into t, which no one else has seen yet.
func (t *Tensor) addAt(axis int, idx, src *Tensor) *Tensor {
	backend.Poll()
	idx.finite("scatteradd")
	dst := t.view(t.layout).cropTo(idx.layout.Shape, axis)
	if idx.Len() > 0 {
		must(t.backend().ScatterAdd(dst.v(), src.v(), idx.v(), axis), "scatteradd", t, idx, src)
	}
	return record(t, "scatteradd", axis, dst, idx, src)
}

// IndexSelect picks whole slices along an axis by a vector of indices: the rows of a batch, the words
// of a sentence.
func (t *Tensor) IndexSelect(axis int, idx *Tensor) *Tensor {
	const op = "indexselect"
	sameDevice(op, t, idx)
	if t.scalarAxis(axis) && idx.Len() == 1 {
		return t.Reshape(1).IndexSelect(0, idx.Reshape(1)).Reshape()
	}
	axis = t.axis(op, axis)
	if idx.Rank() == 0 {
		idx = idx.Reshape(1)
	}
	if idx.Rank() != 1 {
		fail(op, []*Tensor{t, idx}, "the index must have rank 1; use Gather for others")
	}
	return t.pick(op, axis, idx)
}

// pick gathers whole slices.
func (t *Tensor) pick(op string, axis int, idx *Tensor) *Tensor {
	shape := t.Shape()
	shape[axis] = idx.Len()
	column := make([]int, t.Rank())
	for i := range column {
		column[i] = 1
	}
	column[axis] = idx.Len()
	index := asIndex(op, idx).Reshape(column...)
	return t.gather(op, axis, index.view(stretch(index.layout, shape)))
}

// Embedding looks up rows of the weight (V, D): indices of shape (…) give (…, D).
func (t *Tensor) Embedding(idx *Tensor) *Tensor {
	const op = "embedding"
	sameDevice(op, t, idx)
	if t.Rank() != 2 {
		fail(op, []*Tensor{t, idx}, "the weight must be a matrix (vocabulary, width)")
	}
	rows := t.pick(op, 0, idx.Reshape(idx.Len())) // (N, D)
	return rows.Reshape(append(idx.Shape(), t.layout.Shape[1])...)
}

// OneHot makes rows with a one at each index: indices of shape (…) give Int64 of shape (…, classes).
func (t *Tensor) OneHot(classes int) *Tensor {
	idx := asIndex("onehot", t).Unsqueeze(-1) // (…, 1)
	if t.Len() > 0 && (t.Min().Int() < 0 || t.Max().Int() >= classes) {
		fail("onehot", []*Tensor{t}, "there are indices outside 0 to %d", classes-1)
	}
	return idx.Equal(Options{DType: Int64, Device: t.Device()}.Arange(0, float64(classes), 1)).To(Int64)
}

// triangle is true where column - row <= diagonal.
func (t *Tensor) triangle(op string, diagonal int) *Tensor {
	if t.Rank() < 2 {
		fail(op, []*Tensor{t}, "needs at least two axes")
	}
	diagonal = min(max(diagonal, -t.Dim(-2)-1), t.Dim(-1))
	o := Options{DType: Int64, Device: t.Device()}
	row := o.Arange(0, float64(t.Dim(-2)), 1).Unsqueeze(1) // (m, 1)
	col := o.Arange(0, float64(t.Dim(-1)), 1)              // (n,)
	return col.LessEqual(row.AddScalar(float64(diagonal)))
}

// Tril keeps the lower triangle of the last two axes, up to the diagonal given (0 is the main one), and
// zeroes the rest.
func (t *Tensor) Tril(diagonal int) *Tensor {
	return Where(t.triangle("tril", diagonal), t, t.scalar("tril", 0, t.DType()))
}

// Triu keeps the upper triangle of the last two axes, from the diagonal given, and zeroes the rest.
func (t *Tensor) Triu(diagonal int) *Tensor {
	return Where(t.triangle("triu", max(diagonal, math.MinInt+1)-1), t.scalar("triu", 0, t.DType()), t)
}
