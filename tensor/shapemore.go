package tensor

import (
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// Roll moves the elements along an axis by shift places; what leaves one end comes back at the other. To
// roll several axes, roll one after another.
func (t *Tensor) Roll(shift, axis int) *Tensor {
	axis = t.axis("roll", axis)
	n := t.layout.Shape[axis]
	if n == 0 {
		return t
	}
	shift = ((shift % n) + n) % n
	if shift == 0 {
		return t
	}
	return Cat(axis, t.Narrow(axis, n-shift, shift), t.Narrow(axis, 0, n-shift))
}

// RepeatInterleave repeats each element along an axis n times: 1 2 becomes 1 1 2 2.
func (t *Tensor) RepeatInterleave(n, axis int) *Tensor {
	axis = t.axis("repeatinterleave", axis)
	if n < 0 {
		fail("repeatinterleave", []*Tensor{t}, "the number of repeats %d is negative", n)
	}
	x := t.Unsqueeze(axis + 1)
	shape := x.Shape()
	shape[axis+1] = n
	checkShape("repeatinterleave", shape)
	out := t.Shape()
	out[axis] *= n
	return x.Expand(shape...).Reshape(out...)
}

// RepeatInterleaveEach repeats element i along an axis counts[i] times; counts is a vector of whole numbers.
func (t *Tensor) RepeatInterleaveEach(counts *Tensor, axis int) *Tensor {
	const op = "repeatinterleave"
	sameDevice(op, t, counts)
	axis = t.axis(op, axis)
	if counts.Rank() != 1 || counts.Dim(0) != t.layout.Shape[axis] {
		fail(op, []*Tensor{t, counts}, "there must be one count for each of the %d elements", t.layout.Shape[axis])
	}
	if n := counts.Len(); sorts(t) && n > 0 {
		ends := asIndex(op, counts).CumSum(0)
		if least := counts.Min().Int(); least < 0 {
			fail(op, []*Tensor{t, counts}, "a count is %d", least)
		}
		total := ends.Select(0, n-1).Int()
		room(op, []*Tensor{t, counts}, total)
		places := Options{DType: Int64, Device: t.Device()}.Arange(0, float64(total), 1)
		return t.pick(op, axis, ends.SearchSorted(places, SearchOptions{Right: true}))
	}
	var idx []int64
	for i, n := range asIndex(op, counts).Int64s() {
		if n < 0 || n > 1<<40 {
			fail(op, []*Tensor{t, counts}, "a count is %d", n)
		}
		room(op, []*Tensor{t, counts}, len(idx)+int(n))
		idx = slices.Grow(idx, int(n))
		for range n {
			idx = append(idx, int64(i))
		}
	}
	return t.pick(op, axis, t.index(idx))
}

// index makes an Int64 vector on t's device.
func (t *Tensor) index(idx []int64) *Tensor {
	return Options{Device: t.Device()}.FromSlice(append([]int64{}, idx...))
}

// Tile lays copies of t side by side, n[i] of them along axis i; axes that are missing at the front have one.
func (t *Tensor) Tile(n ...int) *Tensor {
	for len(n) < t.Rank() {
		n = append([]int{1}, n...)
	}
	return t.Repeat(n...)
}

// PadMode says what PadWith surrounds a tensor with.
type PadMode int

// The modes, by what 1 2 3 4 continues with.
const (
	PadReflect   PadMode = iota // 3 2, the last not repeated
	PadReplicate                // 4 4
	PadCircular                 // 1 2
)

// PadWith surrounds t with elements of its own: sizes are pairs of before and after, for the last axis
// first, as in torch.nn.functional.pad. See Pad for a constant.
func (t *Tensor) PadWith(mode PadMode, sizes ...int) *Tensor {
	const op = "pad"
	if len(sizes)%2 != 0 || len(sizes)/2 > t.Rank() {
		fail(op, []*Tensor{t}, "takes a pair of sizes for each of at most %d axes, not %d numbers", t.Rank(), len(sizes))
	}
	x := t
	if mode == PadCircular { // goes round in what cropping leaves
		crop, grow := make([]int, len(sizes)), make([]int, len(sizes))
		for i, n := range sizes {
			crop[i], grow[i] = min(n, 0), max(n, 0)
		}
		t, sizes = t.Pad(0, crop...), grow
		x = t
	}
	for i := 0; i < len(sizes); i += 2 {
		axis := t.Rank() - 1 - i/2
		before, after, n := sizes[i], sizes[i+1], t.layout.Shape[axis]
		most := n
		if mode == PadReflect {
			most = n - 1
		}
		if n == 0 || n+before+after < 0 || mode != PadReplicate && max(before, after) > most {
			fail(op, []*Tensor{t}, "axis %d of size %d can't be continued by %d and %d; at most %d", axis, n, before, after, most)
		}
		if before == 0 && after == 0 {
			continue
		}
		if max(before, after) > 1<<40 {
			fail(op, []*Tensor{t}, "sizes %d and %d are beyond any memory", before, after)
		}
		room(op, []*Tensor{t}, n+before+after)
		idx := make([]int64, 0, n+before+after) // negative sizes crop
		for j := -before; j < n+after; j++ {
			at := j
			switch mode {
			case PadReflect:
				if at < 0 {
					at = -at
				}
				if at >= n {
					at = 2*(n-1) - at
				}
			case PadReplicate:
				at = min(max(at, 0), n-1)
			default:
				at = (at + n) % n
			}
			idx = append(idx, int64(at))
		}
		x = x.pick(op, axis, t.index(idx))
	}
	return x
}

// diagonal says where a diagonal lies.
type diagonal struct{ offset, axis1, axis2 int }

func (d diagonal) layout(l backend.Layout) backend.Layout {
	rows, cols := l.Shape[d.axis1], l.Shape[d.axis2]
	d.offset = min(max(d.offset, -rows), cols) // from there on it is empty
	row, col := max(-d.offset, 0), max(d.offset, 0)
	n := max(min(rows-row, cols-col), 0)
	out := backend.Layout{Offset: l.Offset}
	for a := range l.Shape {
		if a != d.axis1 && a != d.axis2 {
			out.Shape, out.Stride = append(out.Shape, l.Shape[a]), append(out.Stride, l.Stride[a])
		}
	}
	if n > 0 {
		out.Offset += row*l.Stride[d.axis1] + col*l.Stride[d.axis2]
	}
	out.Shape, out.Stride = append(out.Shape, n), append(out.Stride, l.Stride[d.axis1]+l.Stride[d.axis2])
	return out
}

// Diagonal is the view of the elements whose index along axis2 is that along axis1 plus the offset. They lie
// along a new last axis; the two axes are dropped.
func (t *Tensor) Diagonal(offset, axis1, axis2 int) *Tensor {
	d := diagonal{offset, t.axis("diagonal", axis1), t.axis("diagonal", axis2)}
	if d.axis1 == d.axis2 {
		fail("diagonal", []*Tensor{t}, "axis %d is named twice", d.axis1)
	}
	return t.diagonal(d)
}

func (t *Tensor) diagonal(d diagonal) *Tensor {
	return record(t.view(d.layout(t.layout)), "diagonal", d, t)
}

// undiagonal puts t on the diagonal of zeros of that shape.
func (t *Tensor) undiagonal(shape []int, d diagonal) *Tensor {
	backend.Poll()
	out := t.like("diag", t.DType(), shape)
	must(t.backend().Fill(out.v(), 0), "diag", t)
	must(t.backend().Copy(out.view(d.layout(out.layout)).v(), t.v()), "diag", t)
	return record(out, "undiagonal", d, t)
}

// DiagEmbed puts the last axis on a diagonal of zeros: (…, n) → (…, n+|offset|, n+|offset|).
func (t *Tensor) DiagEmbed(offset int) *Tensor {
	if t.Rank() == 0 {
		fail("diagembed", []*Tensor{t}, "a scalar has no axis to put on a diagonal")
	}
	if max(offset, -offset) > farthest || offset < -farthest {
		fail("diagembed", []*Tensor{t}, "the offset %d is beyond any memory", offset)
	}
	n := t.Dim(-1) + max(offset, -offset)
	shape := append(t.Shape()[:t.Rank()-1], n, n)
	return t.undiagonal(shape, diagonal{offset, t.Rank() - 1, t.Rank()})
}

// Diag makes a matrix of a vector, and takes the diagonal of a matrix.
func (t *Tensor) Diag(offset int) *Tensor {
	switch t.Rank() {
	case 1:
		return t.DiagEmbed(offset)
	case 2:
		return t.Diagonal(offset, 0, 1)
	}
	fail("diag", []*Tensor{t}, "takes a vector or a matrix; use Diagonal or DiagEmbed")
	return nil
}

// Trace is the sum of a matrix's diagonal.
func (t *Tensor) Trace() *Tensor {
	if t.Rank() != 2 {
		fail("trace", []*Tensor{t}, "takes a matrix; use Diagonal and Sum for a batch")
	}
	return t.Diagonal(0, 0, 1).Sum()
}

// MoveAxis moves an axis to another place; the others keep their order.
func (t *Tensor) MoveAxis(from, to int) *Tensor {
	from, to = t.axis("moveaxis", from), t.axis("moveaxis", to)
	order := make([]int, 0, t.Rank())
	for a := range t.Rank() {
		if a != from {
			order = append(order, a)
		}
	}
	return t.Permute(slices.Insert(order, to, from)...)
}

// Unflatten makes several axes of one. One size may be -1: it is worked out.
func (t *Tensor) Unflatten(axis int, sizes ...int) *Tensor {
	axis = t.axis("unflatten", axis)
	sizes = inferShape("unflatten", sizes, t.layout.Shape[axis], t.layout.Shape)
	return t.Reshape(slices.Concat(t.layout.Shape[:axis], sizes, t.layout.Shape[axis+1:])...)
}

// Unbind gives the views at each index along an axis, which is dropped.
func (t *Tensor) Unbind(axis int) []*Tensor {
	room("unbind", []*Tensor{t}, t.Dim(axis))
	out := make([]*Tensor, t.Dim(axis))
	for i := range out {
		out[i] = t.Select(axis, i)
	}
	return out
}

// Rot90 turns by k quarters in the plane of two axes, from the first towards the second.
func (t *Tensor) Rot90(k, axis1, axis2 int) *Tensor {
	axis1, axis2 = t.axis("rot90", axis1), t.axis("rot90", axis2)
	if axis1 == axis2 {
		fail("rot90", []*Tensor{t}, "axis %d is named twice", axis1)
	}
	switch ((k % 4) + 4) % 4 {
	case 1:
		return t.Flip(axis2).Transpose(axis1, axis2)
	case 2:
		return t.Flip(axis1, axis2)
	case 3:
		return t.Transpose(axis1, axis2).Flip(axis2)
	}
	return t
}

// Unfold lays windows along an axis out: size elements each, step apart, along a new last axis. Unlike
// PyTorch's it is a copy.
func (t *Tensor) Unfold(axis, size, step int) *Tensor {
	const op = "unfold"
	if t.scalarAxis(axis) {
		return t.Reshape(1).Unfold(0, size, step).Select(0, 0)
	}
	axis = t.axis(op, axis)
	n := t.layout.Shape[axis]
	if size < 0 || size > n || step < 1 {
		fail(op, []*Tensor{t}, "axis %d of size %d has no windows of %d, %d apart", axis, n, size, step)
	}
	count := (n-size)/step + 1
	room(op, []*Tensor{t}, count, size)
	idx := make([]int64, 0, count*size)
	for w := range count {
		for i := range size {
			idx = append(idx, int64(w*step+i))
		}
	}
	return t.pick(op, axis, t.index(idx)).Unflatten(axis, count, size).MoveAxis(axis+1, -1)
}

// MeshGrid expands vectors into a grid: result i has the shape of all the lengths and varies along axis i
// only, as torch's with indexing="ij".
func MeshGrid(vectors ...*Tensor) []*Tensor {
	shape := make([]int, len(vectors))
	for i, v := range vectors {
		if v.Rank() > 1 {
			fail("meshgrid", vectors, "takes vectors")
		}
		shape[i] = v.Len()
	}
	out := make([]*Tensor, len(vectors))
	for i, v := range vectors {
		column := make([]int, len(vectors))
		for j := range column {
			column[j] = 1
		}
		column[i] = v.Len()
		out[i] = v.Reshape(column...).Expand(shape...)
	}
	return out
}

// CartesianProd lists every combination of the elements of vectors: (n₁·n₂·…, k).
func CartesianProd(vectors ...*Tensor) *Tensor {
	if len(vectors) == 0 {
		panic(&Error{Op: "cartesianprod", Hint: "there is nothing to combine"})
	}
	if len(vectors) == 1 { // as PyTorch
		return vectors[0]
	}
	columns := MeshGrid(vectors...)
	for i, c := range columns {
		columns[i] = c.Reshape(-1)
	}
	return Stack(1, columns...)
}

// HStack joins along axis 1, or vectors along axis 0.
func HStack(tensors ...*Tensor) *Tensor {
	if len(tensors) > 0 && tensors[0].Rank() <= 1 {
		return Cat(0, atLeast(1, tensors)...)
	}
	return Cat(1, tensors...)
}

// VStack joins along axis 0; vectors are rows.
func VStack(tensors ...*Tensor) *Tensor { return Cat(0, atLeast(2, tensors)...) }

// atLeast puts axes of size 1 in front.
func atLeast(rank int, tensors []*Tensor) []*Tensor {
	out := make([]*Tensor, len(tensors))
	for i, t := range tensors {
		for t.Rank() < rank {
			t = t.Unsqueeze(0)
		}
		out[i] = t
	}
	return out
}

// BlockDiag puts matrices on the diagonal of zeros.
func BlockDiag(matrices ...*Tensor) *Tensor {
	width := 0
	matrices = atLeast(2, matrices)
	for _, m := range matrices {
		if m.Rank() != 2 {
			fail("blockdiag", matrices, "takes matrices; vectors and scalars are rows")
		}
		width += m.Dim(1)
	}
	rows := make([]*Tensor, len(matrices))
	left := 0
	for i, m := range matrices {
		rows[i] = m.Pad(0, left, width-left-m.Dim(1))
		left += m.Dim(1)
	}
	return Cat(0, rows...)
}

// TrilIndices is the row and column numbers of the lower triangle of a matrix, in row-major order: Int64
// (2, n).
func TrilIndices(rows, cols, offset int) *Tensor {
	return Options{DType: Bool}.Ones(rows, cols).Tril(offset).NonZero().T().Contiguous()
}

// TriuIndices is the row and column numbers of the upper triangle; see TrilIndices.
func TriuIndices(rows, cols, offset int) *Tensor {
	return Options{DType: Bool}.Ones(rows, cols).Triu(offset).NonZero().T().Contiguous()
}

func init() {
	moreRules(map[string]rule{
		"diagonal":   of(nothing, func(c *call) *Tensor { return c.g.undiagonal(c.shape(), c.node.attr.(diagonal)) }),
		"undiagonal": of(nothing, func(c *call) *Tensor { return c.g.diagonal(c.node.attr.(diagonal)) }),
	})
}
