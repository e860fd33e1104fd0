package tensor

import "slices"

// TensorSplit cuts an axis before each of the given indices; the pieces are views. Indices are taken as in
// SliceAxis. See Split for sizes and Chunk for a number of pieces.
func (t *Tensor) TensorSplit(axis int, indices ...int) []*Tensor {
	axis = t.axis("tensorsplit", axis)
	out := make([]*Tensor, 0, len(indices)+1)
	start := 0
	for _, i := range append(slices.Clone(indices), t.Dim(axis)) {
		out = append(out, t.SliceAxis(axis, start, i, 1))
		start = i
	}
	return out
}

// HSplit is TensorSplit along axis 1, or of a vector along axis 0.
func (t *Tensor) HSplit(indices ...int) []*Tensor {
	if t.Rank() == 1 {
		return t.TensorSplit(0, indices...)
	}
	return t.TensorSplit(1, indices...)
}

// VSplit is TensorSplit along axis 0.
func (t *Tensor) VSplit(indices ...int) []*Tensor {
	if t.Rank() < 2 {
		fail("vsplit", []*Tensor{t}, "takes at least two axes")
	}
	return t.TensorSplit(0, indices...)
}

// DSplit is TensorSplit along axis 2.
func (t *Tensor) DSplit(indices ...int) []*Tensor { return t.TensorSplit(2, indices...) }

// DStack joins along axis 2, with axes of size 1 added where there are fewer: (h, w) is (h, w, 1), and (w,) is
// (1, w, 1).
func DStack(tensors ...*Tensor) *Tensor {
	out := make([]*Tensor, len(tensors))
	for i, t := range tensors {
		sameDevice("dstack", t)
		if t.Rank() < 2 {
			t = t.Reshape(1, -1)
		}
		if t.Rank() == 2 {
			t = t.Unsqueeze(2)
		}
		out[i] = t
	}
	return Cat(2, out...)
}

// ColumnStack joins along axis 1; vectors are columns.
func ColumnStack(tensors ...*Tensor) *Tensor {
	out := make([]*Tensor, len(tensors))
	for i, t := range tensors {
		sameDevice("columnstack", t)
		if t.Rank() < 2 {
			t = t.Reshape(-1, 1)
		}
		out[i] = t
	}
	return Cat(1, out...)
}

// BroadcastTensors expands tensors to their common shape.
func BroadcastTensors(tensors ...*Tensor) []*Tensor {
	if len(tensors) == 0 {
		return nil
	}
	sameDevice("broadcasttensors", tensors...)
	shape := broadcast("broadcasttensors", tensors...)
	out := make([]*Tensor, len(tensors))
	for i, t := range tensors {
		out[i] = t.Expand(shape...)
	}
	return out
}

// SliceScatter is a copy of t with src in the place of t.SliceAxis(axis, start, stop, step).
func (t *Tensor) SliceScatter(src *Tensor, axis, start, stop, step int) *Tensor {
	const op = "slicescatter"
	sameDevice(op, t, src)
	axis = t.axis(op, axis)
	if step == 0 {
		fail(op, []*Tensor{t, src}, "the step can't be 0")
	}
	spans := t.spans()
	spans[axis] = clip(&start, &stop, step, t.Dim(axis))
	return t.replaced(op, src, spans, sliceLayout(t.layout, spans).Shape)
}

// SelectScatter is a copy of t with src in the place of t.Select(axis, index).
func (t *Tensor) SelectScatter(src *Tensor, axis, index int) *Tensor {
	const op = "selectscatter"
	sameDevice(op, t, src)
	axis = t.axis(op, axis)
	spans := t.spans()
	spans[axis] = span{checkIndex(op, index, t.Dim(axis), axis, t), 1, 1}
	return t.replaced(op, src, spans, droppedShape(t.layout.Shape, []int{axis}))
}

// replaced puts src, of the shape wanted, at the ranges of a copy of t.
func (t *Tensor) replaced(op string, src *Tensor, spans []span, want []int) *Tensor {
	if !slices.Equal(src.layout.Shape, want) {
		fail(op, []*Tensor{t, src}, "the source has the shape of what it replaces, %s", formatShape(want))
	}
	part := make([]int, len(spans))
	for i, s := range spans {
		part[i] = s.n
	}
	here := Options{DType: Bool, Device: t.Device()}.Ones(part...).embed(t.layout.Shape, spans, 0)
	return Where(here, src.To(t.DType()).Reshape(part...).embed(t.layout.Shape, spans, 0), t)
}

// DiagonalScatter is a copy of t with src in the place of t.Diagonal(offset, axis1, axis2).
func (t *Tensor) DiagonalScatter(src *Tensor, offset, axis1, axis2 int) *Tensor {
	const op = "diagonalscatter"
	sameDevice(op, t, src)
	d := diagonal{offset, t.axis(op, axis1), t.axis(op, axis2)}
	if d.axis1 == d.axis2 {
		fail(op, []*Tensor{t, src}, "axis %d is named twice", d.axis1)
	}
	want := d.layout(t.layout).Shape
	if !slices.Equal(src.layout.Shape, want) {
		fail(op, []*Tensor{t, src}, "the source has the shape of what it replaces, %s", formatShape(want))
	}
	here := Options{DType: Bool, Device: t.Device()}.Ones(want...).undiagonal(t.layout.Shape, d)
	return Where(here, src.To(t.DType()).undiagonal(t.layout.Shape, d), t)
}

// IndexPut is a copy of t with values in the place of t.Index(idx...), whose shape they broadcast to; of several for
// one place the last wins. See IndexPutAdd for adding.
func (t *Tensor) IndexPut(values *Tensor, idx ...*Tensor) *Tensor {
	at, src := t.places("indexput", values, idx)
	return t.Reshape(-1).Scatter(0, at, src).Reshape(t.layout.Shape...)
}

// IndexPutAdd is a copy of t with values added at t.Index(idx...).
func (t *Tensor) IndexPutAdd(values *Tensor, idx ...*Tensor) *Tensor {
	at, src := t.places("indexputadd", values, idx)
	return t.Reshape(-1).ScatterAdd(0, at, src).Reshape(t.layout.Shape...)
}

// places is where Index would take elements from, in row-major order of t, and the values for them.
func (t *Tensor) places(op string, values *Tensor, idx []*Tensor) (at, src *Tensor) {
	sameDevice(op, append([]*Tensor{t, values}, idx...)...)
	if len(idx) == 0 || len(idx) > t.Rank() {
		fail(op, []*Tensor{t, values}, "takes one to %d tensors of indices", t.Rank())
	}
	at = Options{Device: t.Device()}.Arange(0, float64(t.Len()), 1).Reshape(t.layout.Shape...).Index(idx...)
	if s, ok := broadcastShapes(values.layout.Shape, at.layout.Shape); !ok || !slices.Equal(s, at.layout.Shape) {
		fail(op, []*Tensor{t, values}, "the values don't broadcast to what is indexed, %s", formatShape(at.layout.Shape))
	}
	return at.Reshape(-1), values.To(t.DType()).Expand(at.layout.Shape...).Reshape(-1)
}

// Put is a copy of t with the elements of src at their numbers in row-major order, given by idx; of several for one
// place the last wins. Negative numbers count from the end.
func (t *Tensor) Put(idx, src *Tensor) *Tensor {
	const op = "put"
	sameDevice(op, t, idx, src)
	if idx.Len() != src.Len() {
		fail(op, []*Tensor{t, idx, src}, "index and source must have as many elements")
	}
	at := asIndex(op, idx).Reshape(-1)
	at = Where(at.LessScalar(0), at.AddScalar(float64(t.Len())), at)
	return t.Reshape(-1).Scatter(0, at, src.To(t.DType()).Reshape(-1)).Reshape(t.layout.Shape...)
}

// Combinations lists the combinations of r elements of a vector, in order: (number, r).
func (t *Tensor) Combinations(r int) *Tensor {
	const op = "combinations"
	if t.Rank() != 1 || r < 0 {
		fail(op, []*Tensor{t}, "takes a vector, and a number that isn't negative")
	}
	n := t.Len()
	if r > n {
		return t.Narrow(0, 0, 0).Unsqueeze(1).Expand(0, min(r, farthest))
	}
	count := 1.0
	for i := range r {
		count = count * float64(n-i) / float64(i+1)
		if count*float64(r) > 1<<28 {
			fail(op, []*Tensor{t}, "there are too many combinations of %d among %d", r, n)
		}
	}
	at := make([]int64, r)
	for i := range at {
		at[i] = int64(i)
	}
	var idx []int64
	for {
		idx = append(idx, at...)
		i := r - 1
		for i >= 0 && at[i] == int64(n-r+i) {
			i--
		}
		if i < 0 {
			break
		}
		at[i]++
		for j := i + 1; j < r; j++ {
			at[j] = at[j-1] + 1
		}
	}
	return t.pick(op, 0, t.index(idx)).Reshape(len(idx)/max(r, 1), r)
}

// Vander is the Vandermonde matrix of a vector: the powers from 0 to n − 1, along the last axis, (…, m) → (…, m, n).
func (t *Tensor) Vander(n int) *Tensor {
	const op = "vander"
	if t.Rank() == 0 || n < 0 {
		fail(op, []*Tensor{t}, "takes a vector (…, m), and a number of powers that isn't negative")
	}
	if n == 0 {
		return t.Unsqueeze(-1).Narrow(-1, 0, 0)
	}
	shape := append(t.Shape(), n)
	checkShape(op, shape)
	powers := t.Unsqueeze(-1).Expand(shape...)
	ones := OnesLike(t).Unsqueeze(-1)
	return Cat(-1, ones, powers.Narrow(-1, 0, n-1)).CumProd(-1)
}
