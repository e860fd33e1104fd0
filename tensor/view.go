package tensor

import (
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// inferShape resolves one -1 and checks that a shape holds n elements.
func inferShape(op string, shape []int, n int, from []int) []int {
	out := slices.Clone(shape)
	unknown, known := -1, 1
	for i, d := range shape {
		switch {
		case d == -1 && unknown < 0:
			unknown = i
		case d < 0:
			panic(&Error{Op: op, Shapes: [][]int{from}, Hint: "can't become " + formatShape(shape) +
				"; one size may be -1, none less"})
		default:
			known *= d
		}
	}
	if unknown >= 0 && known > 0 && n%known == 0 {
		out[unknown] = n / known
		known = n
	}
	if known != n || unknown >= 0 && out[unknown] < 0 {
		panic(&Error{Op: op, Shapes: [][]int{from}, Hint: "the elements don't fit " + formatShape(shape)})
	}
	return out
}

// Reshape gives the same elements, in row-major order, another shape. One size may be -1: it is worked
// out. The result is a view if the layout allows, and a copy otherwise.
func (t *Tensor) Reshape(shape ...int) *Tensor {
	shape = inferShape("reshape", shape, t.Len(), t.layout.Shape)
	if slices.Equal(shape, t.layout.Shape) {
		return t
	}
	l, ok := reshapeLayout(t.layout, shape)
	if !ok {
		t = t.Clone()
		l = backend.Contiguous(shape...)
	}
	return record(t.view(l), "reshape", nil, t)
}

// View is Reshape that never copies: it panics where it would have to.
func (t *Tensor) View(shape ...int) *Tensor {
	shape = inferShape("view", shape, t.Len(), t.layout.Shape)
	l, ok := reshapeLayout(t.layout, shape)
	if !ok {
		fail("view", []*Tensor{t}, "the strides %v don't allow %s without a copy; use Reshape", t.layout.Stride, formatShape(shape))
	}
	return record(t.view(l), "reshape", nil, t)
}

// reshapeLayout finds strides for the new shape over the same elements, if there are any. It matches
// runs of old axes that lie one after another with runs of new axes of the same product.
func reshapeLayout(l backend.Layout, shape []int) (backend.Layout, bool) {
	if l.IsContiguous() || l.Len() == 0 {
		out := backend.Contiguous(shape...)
		out.Offset = l.Offset
		return out, true
	}
	var dims, strides []int // without axes of size 1, whose strides mean nothing
	for i, d := range l.Shape {
		if d != 1 {
			dims, strides = append(dims, d), append(strides, l.Stride[i])
		}
	}
	out := backend.Layout{Shape: shape, Stride: make([]int, len(shape)), Offset: l.Offset}
	old := 0
	for i := 0; i < len(shape); {
		if shape[i] == 1 {
			i++
			continue
		}
		begin, end := old, old+1
		j, want, have := i+1, shape[i], dims[old]
		for want != have {
			if want < have {
				want *= shape[j]
				j++
			} else {
				have *= dims[end]
				end++
			}
		}
		for k := begin; k < end-1; k++ {
			if strides[k] != strides[k+1]*dims[k+1] {
				return backend.Layout{}, false
			}
		}
		step := strides[end-1]
		for k := j - 1; k >= i; k-- {
			out.Stride[k] = step
			step *= shape[k]
		}
		i, old = j, end
	}
	return out, true
}

// Flatten makes one axis of those from start to end, both included.
func (t *Tensor) Flatten(start, end int) *Tensor {
	if t.Rank() == 0 {
		return t.Reshape(1)
	}
	start, end = t.axis("flatten", start), t.axis("flatten", end)
	if start > end {
		fail("flatten", []*Tensor{t}, "axis %d comes after axis %d", start, end)
	}
	shape := slices.Concat(t.layout.Shape[:start], []int{product(t.layout.Shape[start : end+1])}, t.layout.Shape[end+1:])
	return t.Reshape(shape...)
}

// Permute reorders the axes: axis i of the result is axis order[i] of t.
func (t *Tensor) Permute(order ...int) *Tensor {
	if len(order) != t.Rank() {
		fail("permute", []*Tensor{t}, "%d axes are named, and there are %d", len(order), t.Rank())
	}
	if len(order) > 0 {
		order = t.axes("permute", order)
	}
	l := backend.Layout{Offset: t.layout.Offset, Shape: make([]int, len(order)), Stride: make([]int, len(order))}
	for i, a := range order {
		l.Shape[i], l.Stride[i] = t.layout.Shape[a], t.layout.Stride[a]
	}
	return record(t.view(l), "permute", order, t)
}

// Transpose swaps two axes.
func (t *Tensor) Transpose(a, b int) *Tensor {
	if t.scalarAxis(a) && t.scalarAxis(b) {
		return t
	}
	a, b = t.axis("transpose", a), t.axis("transpose", b)
	order := make([]int, t.Rank())
	for i := range order {
		order[i] = i
	}
	order[a], order[b] = b, a
	return t.Permute(order...)
}

// T transposes a matrix; it leaves scalars and vectors as they are.
func (t *Tensor) T() *Tensor {
	if t.Rank() < 2 {
		return t
	}
	if t.Rank() > 2 {
		fail("t", []*Tensor{t}, "T is for matrices; name the axes with Transpose or Permute")
	}
	return t.Transpose(0, 1)
}

// Squeeze drops the axes of size 1 among those named, or all of size 1.
func (t *Tensor) Squeeze(axes ...int) *Tensor {
	var drop []int
	for _, a := range t.axes("squeeze", axes) {
		if t.layout.Shape[a] == 1 {
			drop = append(drop, a)
		}
	}
	return t.Reshape(droppedShape(t.layout.Shape, drop)...)
}

// Unsqueeze inserts an axis of size 1, so that it is the result's axis of that number.
func (t *Tensor) Unsqueeze(axis int) *Tensor {
	axis = resolveAxis("unsqueeze", axis, t.Rank()+1, t)
	return t.Reshape(slices.Insert(t.Shape(), axis, 1)...)
}

// Expand stretches axes of size 1, and adds axes in front, without copying. A size of -1 leaves an
// axis as it is. The result must not be written to.
func (t *Tensor) Expand(shape ...int) *Tensor {
	shape = slices.Clone(shape)
	pad := len(shape) - t.Rank()
	for i, d := range shape {
		if d == -1 && i >= pad && pad >= 0 {
			shape[i] = t.layout.Shape[i-pad]
		}
	}
	checkShape("expand", shape)
	if s, ok := broadcastShapes(t.layout.Shape, shape); !ok || pad < 0 || !slices.Equal(s, shape) {
		fail("expand", []*Tensor{t}, "can't be stretched to %s; only axes of size 1 stretch", formatShape(shape))
	}
	if pad == 0 && slices.Equal(shape, t.layout.Shape) {
		return t
	}
	return record(t.view(stretch(t.layout, shape)), "expand", nil, t)
}

// ExpandAs is Expand to the shape of y.
func (t *Tensor) ExpandAs(y *Tensor) *Tensor { return t.Expand(y.Shape()...) }
