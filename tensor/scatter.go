package tensor

import (
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// Scatter puts the elements of src at the indices along one axis of a copy of t: out[idx[i, j], j] =
// src[i, j] for axis 0. src has the shape of idx. Of several for one place the last wins, and the gradient
// with it.
func (t *Tensor) Scatter(axis int, idx, src *Tensor) *Tensor {
	const op = "scatter"
	sameDevice(op, t, idx, src)
	if t.scalarAxis(axis) && idx.Rank() == 0 && src.Rank() == 0 {
		return t.Reshape(1).Scatter(0, idx.Reshape(1), src.Reshape(1)).Reshape()
	}
	axis = t.axis(op, axis)
	if !slices.Equal(idx.layout.Shape, src.layout.Shape) {
		fail(op, []*Tensor{t, idx, src}, "index and source must have one shape")
	}
	from, put := t.sources(op, axis, idx)
	if src.Len() == 0 {
		return t.Clone()
	}
	flat := src.Reshape(-1).gather(op, 0, from.Reshape(-1)).Reshape(t.layout.Shape...)
	return Where(put, flat.To(t.DType()), t)
}

// ScatterScalar puts v at the indices along one axis of a copy of t; see Scatter.
func (t *Tensor) ScatterScalar(axis int, idx *Tensor, v float64) *Tensor {
	const op = "scatter"
	sameDevice(op, t, idx)
	if t.scalarAxis(axis) {
		return t.Reshape(1).ScatterScalar(0, idx.Reshape(idx.Len()), v).Reshape()
	}
	_, put := t.sources(op, t.axis(op, axis), idx)
	return t.MaskedFill(put, v)
}

// sources finds which element of the index puts something at each place of t, and at which
// places there is one. Where there is none the first number is 0.
func (t *Tensor) sources(op string, axis int, idx *Tensor) (from, put *Tensor) {
	backend.Poll()
	fitsIndex(op, t, idx, axis)
	if b, ok := backend.As[backend.ScatterBackend](t.backend()); ok {
		idx := asIndex(op, idx)
		from, put := Options{DType: Int64, Device: t.Device()}.Zeros(t.layout.Shape...), Options{DType: Bool, Device: t.Device()}.Zeros(t.layout.Shape...)
		numbers := Options{DType: Int64, Device: t.Device()}.Arange(0, float64(idx.Len()), 1).Reshape(idx.layout.Shape...)
		must(b.Scatter(from.v(), numbers.v(), idx.v(), axis), op, t, idx)
		must(b.Scatter(put.v(), t.scalar(op, 1, Bool).stretched(idx.layout.Shape), idx.v(), axis), op, t, idx)
		return from, put
	}
	where, found := hostSlice[int64](op, t), hostSlice[bool](op, t)
	t.eachTarget(op, axis, asIndex(op, idx), func(i, to int) { where[to], found[to] = int64(i), true })
	o := Options{Device: t.Device()}
	return o.FromSlice(where).Reshape(t.layout.Shape...), o.FromSlice(found).Reshape(t.layout.Shape...)
}

// eachTarget calls f with the number of each element of the index, and of the place in t that it names, both in
// row-major order.
func (t *Tensor) eachTarget(op string, axis int, idx *Tensor, f func(i, to int)) {
	strides := backend.Contiguous(t.layout.Shape...).Stride
	at := make([]int, idx.Rank())
	for i, k := range idx.Int64s() {
		if n := t.layout.Shape[axis]; k < 0 || k >= int64(n) {
			fail(op, []*Tensor{t, idx}, "index %d is out of range for axis %d of size %d", k, axis, n)
		}
		to := 0
		for a, v := range at {
			if a == axis {
				v = int(k)
			}
			to += v * strides[a]
		}
		f(i, to)
		for a := len(at) - 1; a >= 0; a-- {
			if at[a]++; at[a] < idx.layout.Shape[a] {
				break
			}
			at[a] = 0
		}
	}
}

// slab broadcasts a vector of indices to what ScatterAdd and Scatter take.
func (t *Tensor) slab(op string, axis int, idx, src *Tensor) *Tensor {
	want := t.Shape()
	want[axis] = idx.Len()
	if idx.Rank() == 0 {
		idx = idx.Reshape(1)
	}
	if idx.Rank() != 1 || !slices.Equal(src.layout.Shape, want) {
		fail(op, []*Tensor{t, idx, src}, "takes a vector of indices, and a source of shape %s", formatShape(want))
	}
	column := keptShape(want, t.axes(op, nil))
	column[axis] = idx.Len()
	return asIndex(op, idx).Reshape(column...).Expand(want...)
}

// IndexAdd adds slices of src to those of a copy of t: out[idx[i]] += src[i] for axis 0.
func (t *Tensor) IndexAdd(axis int, idx, src *Tensor) *Tensor {
	const op = "indexadd"
	sameDevice(op, t, idx, src)
	if t.scalarAxis(axis) {
		return t.Reshape(1).IndexAdd(0, idx, src.Reshape(src.Len())).Reshape()
	}
	axis = t.axis(op, axis)
	return t.ScatterAdd(axis, t.slab(op, axis, idx, src), src)
}

// IndexCopy puts slices of src in the place of those of a copy of t: out[idx[i]] = src[i] for axis 0.
func (t *Tensor) IndexCopy(axis int, idx, src *Tensor) *Tensor {
	const op = "indexcopy"
	sameDevice(op, t, idx, src)
	if t.scalarAxis(axis) {
		return t.Reshape(1).IndexCopy(0, idx, src.Reshape(src.Len())).Reshape()
	}
	axis = t.axis(op, axis)
	return t.Scatter(axis, t.slab(op, axis, idx, src), src)
}

// IndexFill puts v in the slices of a copy of t: out[idx[i]] = v for axis 0.
func (t *Tensor) IndexFill(axis int, idx *Tensor, v float64) *Tensor {
	const op = "indexfill"
	sameDevice(op, t, idx)
	if t.scalarAxis(axis) {
		return t.Reshape(1).IndexFill(0, idx, v).Reshape()
	}
	axis = t.axis(op, axis)
	want := t.Shape()
	want[axis] = idx.Len()
	return t.ScatterScalar(axis, t.slab(op, axis, idx, t.view(backend.Layout{Shape: want, Stride: make([]int, len(want))})), v)
}

// Take picks elements by their number in row-major order; the result has the shape of idx. Negative numbers
// count from the end.
func (t *Tensor) Take(idx *Tensor) *Tensor {
	const op = "take"
	sameDevice(op, t, idx)
	at := asIndex(op, idx).Reshape(-1)
	at = Where(at.LessScalar(0), at.AddScalar(float64(t.Len())), at)
	return t.Reshape(-1).gather(op, 0, at).Reshape(idx.layout.Shape...)
}

// TakeAlongAxis is Gather whose operands are broadcast but for the axis: x.TakeAlongAxis(x.ArgSort(o), axis)
// sorts.
func (t *Tensor) TakeAlongAxis(idx *Tensor, axis int) *Tensor {
	const op = "takealongaxis"
	sameDevice(op, t, idx)
	axis = t.axis(op, axis)
	if idx.Rank() != t.Rank() {
		fail(op, []*Tensor{t, idx}, "the index must have as many axes")
	}
	shape, ok := broadcastShapes(keptShape(t.layout.Shape, []int{axis}), keptShape(idx.layout.Shape, []int{axis}))
	if !ok {
		fail(op, []*Tensor{t, idx}, "the shapes don't broadcast but for axis %d", axis)
	}
	source, index := slices.Clone(shape), slices.Clone(shape)
	source[axis], index[axis] = t.layout.Shape[axis], idx.layout.Shape[axis]
	at := asIndex(op, idx)
	at = Where(at.LessScalar(0), at.AddScalar(float64(source[axis])), at) // counted from the end
	return t.Expand(source...).Gather(axis, at.Expand(index...))
}

// Index picks elements by a tensor of indices for each of the first axes, broadcast together, as
// x[rows, columns] in PyTorch: the result has their shape, followed by the axes that are left. Negative
// indices count from the end.
func (t *Tensor) Index(idx ...*Tensor) *Tensor {
	const op = "index"
	if len(idx) == 0 || len(idx) > t.Rank() {
		fail(op, []*Tensor{t}, "takes one to %d tensors of indices", t.Rank())
	}
	sameDevice(op, append([]*Tensor{t}, idx...)...)
	shape := broadcast(op, idx...)
	var flat *Tensor
	for a, i := range idx {
		n := t.layout.Shape[a]
		at := asIndex(op, i)
		at = Where(at.LessScalar(0), at.AddScalar(float64(n)), at)
		if at.Len() > 0 && (at.Min().Int() < 0 || at.Max().Int() >= n) {
			fail(op, []*Tensor{t, i}, "there are indices out of range for axis %d of size %d", a, n)
		}
		if flat == nil {
			flat = at
		} else {
			flat = flat.MulScalar(float64(n)).Add(at)
		}
	}
	rest := t.layout.Shape[len(idx):]
	rows := t.Reshape(append([]int{product(t.layout.Shape[:len(idx)])}, rest...)...)
	picked := rows.pick(op, 0, flat.Expand(shape...).Reshape(product(shape)))
	return picked.Reshape(slices.Concat(shape, rest)...)
}

// MaskedSelect is the elements where the mask is true, in row-major order, as a vector. The two are
// broadcast.
func (t *Tensor) MaskedSelect(mask *Tensor) *Tensor {
	const op = "maskedselect"
	sameDevice(op, t, mask)
	if mask.DType() != Bool {
		failTypes(op, []*Tensor{t, mask}, "the mask must be bool; compare, or convert with To")
	}
	shape := broadcast(op, t, mask)
	at := mask.Expand(shape...).nonZero()
	return t.Expand(shape...).Reshape(-1).gather(op, 0, at)
}

// MaskedScatter puts the elements of src, one after another, where the mask is true in a copy of t. The mask
// and t are broadcast; src has at least as many elements as the mask has trues.
func (t *Tensor) MaskedScatter(mask, src *Tensor) *Tensor {
	const op = "maskedscatter"
	sameDevice(op, t, mask, src)
	if mask.DType() != Bool {
		failTypes(op, []*Tensor{t, mask, src}, "the mask must be bool; compare, or convert with To")
	}
	t = t.Expand(broadcast(op, t, mask)...)
	at := mask.Expand(t.layout.Shape...).nonZero()
	if at.Len() > src.Len() {
		fail(op, []*Tensor{t, mask, src}, "the mask has %d trues, and there are %d elements for them", at.Len(), src.Len())
	}
	if at.Len() == 0 {
		return t.Clone()
	}
	return t.Reshape(-1).Scatter(0, at, src.Reshape(-1).Narrow(0, 0, at.Len())).Reshape(t.layout.Shape...)
}

// ScatterReduction says how ScatterReduce combines what comes to one place.
type ScatterReduction int

// The reductions.
const (
	ScatterMean ScatterReduction = iota
	ScatterMax
	ScatterMin
	ScatterProd
)

// ScatterReduce combines the elements of src that an index along one axis sends to one place with each other
// and with t's own, which counts as one of them, as torch's scatter_reduce. src has the shape of idx. See
// ScatterAdd for the sum. Equals share the gradient of the maximum; the product's is not defined through zeros.
func (t *Tensor) ScatterReduce(r ScatterReduction, axis int, idx, src *Tensor) *Tensor {
	const op = "scatterreduce"
	sameDevice(op, t, idx, src)
	axis = t.axis(op, axis)
	if !slices.Equal(idx.layout.Shape, src.layout.Shape) {
		fail(op, []*Tensor{t, idx, src}, "index and source must have one shape")
	}
	fitsIndex(op, t, idx, axis)
	index := asIndex(op, idx)
	src = src.To(t.DType())
	switch dt := t.DType(); {
	case dt == Bool:
		return t.To(Int64).ScatterReduce(r, axis, index, src.To(Int64)).To(Bool)
	case dt.IsHalf():
		return t.wide().ScatterReduce(r, axis, index, src.wide()).To(dt)
	case dt.IsInt():
		return t.scatterInts(r, axis, index, src)
	}
	switch r {
	case ScatterMean:
		counts := OnesLike(t).ScatterAdd(axis, index, OnesLike(src))
		return t.ScatterAdd(axis, index, src).Div(counts)
	case ScatterMax:
		return t.scatterExtreme(backend.Max, axis, index, src)
	case ScatterMin:
		return t.scatterExtreme(backend.Min, axis, index, src)
	case ScatterProd:
		// By the logarithms of sizes, and a count of the minus signs.
		// The value is multiplied out; these give the gradient.
		sizes := t.Abs().Log().ScatterAdd(axis, index, src.Abs().Log())
		minus := t.Detach().LessScalar(0).To(Int64).ScatterAdd(axis, index, src.Detach().LessScalar(0).To(Int64))
		sign := minus.ModScalar(2).MulScalar(-2).AddScalar(1)
		byLogs := sizes.Exp().Mul(sign.To(t.DType()))
		exact := t.scatterFold(backend.Prod, axis, index, src)
		return Where(byLogs.IsFinite(), exact.Add(byLogs.Sub(byLogs.Detach())), exact)
	}
	fail(op, []*Tensor{t, idx, src}, "there is no reduction %d", r)
	return nil
}

// scatterInts is ScatterReduce of integers. Means are rounded down.
func (t *Tensor) scatterInts(r ScatterReduction, axis int, idx, src *Tensor) *Tensor {
	wide, dt := t.Detach().To(Int64), t.DType()
	switch r {
	case ScatterMax:
		return wide.scatterFold(backend.Max, axis, idx, src).To(dt)
	case ScatterMin:
		return wide.scatterFold(backend.Min, axis, idx, src).To(dt)
	case ScatterProd:
		return wide.scatterFold(backend.Prod, axis, idx, src).To(dt)
	}
	counts := OnesLike(wide).ScatterAdd(axis, idx, OnesLike(idx))
	return wide.ScatterAdd(axis, idx, src.To(Int64)).FloorDivide(counts).To(dt)
}

// scatterFold combines what comes to one place with what is there, in float64 or int64, without a gradient. NaN is an extreme.
func (t *Tensor) scatterFold(fold backend.ReduceOp, axis int, idx, src *Tensor) *Tensor {
	const op = "scatterreduce"
	backend.Poll()
	wide := Float64
	if t.DType().IsInt() {
		wide = Int64
	}
	if b, ok := backend.As[backend.ScatterBackend](t.backend()); ok {
		out, from := t.Detach().To(wide).Clone(), src.Detach().To(wide)
		must(b.ScatterReduce(fold, out.cropTo(idx.layout.Shape, axis).v(), from.v(), idx.v(), axis), op, t, idx, src)
		return out.To(t.DType())
	}
	o := Options{DType: t.DType(), Device: t.Device()}
	if wide == Int64 {
		return o.FromSlice(scatterFold(t, fold, axis, idx, t.Int64s(), src.Int64s())).Reshape(t.layout.Shape...)
	}
	return o.FromSlice(scatterFold(t, fold, axis, idx, t.Float64s(), src.Float64s())).Reshape(t.layout.Shape...)
}

// scatterFold is the method of that name, on the CPU.
func scatterFold[T int64 | float64](t *Tensor, fold backend.ReduceOp, axis int, idx *Tensor, out, values []T) []T {
	t.eachTarget("scatterreduce", axis, idx, func(i, to int) {
		switch v := values[i]; fold {
		case backend.Max:
			out[to] = max(out[to], v)
		case backend.Min:
			out[to] = min(out[to], v)
		default:
			out[to] *= v
		}
	})
	return out
}

// scatterExtreme finds the extreme and shares it out among the elements that are equal to it.
func (t *Tensor) scatterExtreme(fold backend.ReduceOp, axis int, idx, src *Tensor) *Tensor {
	const op = "scatterreduce"
	extreme := t.scatterFold(fold, axis, idx, src)
	mine := t.Detach().Equal(extreme)
	theirs := src.Detach().Equal(extreme.cropTo(idx.layout.Shape, axis).gather(op, axis, idx))
	zero := t.scalar(op, 0, t.DType())
	shares := mine.To(t.DType()).ScatterAdd(axis, idx, theirs.To(t.DType())).ClampMin(1)
	// The value is the extreme; the gradient that of the sum of the equals, shared.
	sum := Where(mine, t, zero).ScatterAdd(axis, idx, Where(theirs, src, zero)).Div(shares)
	return Where(extreme.IsFinite(), extreme.Add(sum.Sub(sum.Detach())), extreme)
}
