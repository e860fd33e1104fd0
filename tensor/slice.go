package tensor

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rustygradients/rg/tensor/backend"
)

// span is a strided range along one axis: n elements from start, step apart. The step may be negative.
type span struct{ start, step, n int }

// whole covers an axis.
func whole(n int) span { return span{0, 1, n} }

func (t *Tensor) spans() []span {
	out := make([]span, t.Rank())
	for i, d := range t.layout.Shape {
		out[i] = whole(d)
	}
	return out
}

// cut is what was sliced: ranges of an operand that lay in memory by these strides.
type cut struct {
	spans  []span
	stride []int
}

// slice is the view of a range along every axis.
func (t *Tensor) slice(spans []span) *Tensor {
	return record(t.view(sliceLayout(t.layout, spans)), "slice", &cut{spans, t.layout.Stride}, t)
}

func sliceLayout(l backend.Layout, spans []span) backend.Layout {
	out := backend.Layout{Shape: make([]int, len(spans)), Stride: make([]int, len(spans)), Offset: l.Offset}
	for i, s := range spans {
		out.Shape[i], out.Stride[i] = s.n, s.step*l.Stride[i]
		if s.n > 0 {
			out.Offset += s.start * l.Stride[i]
		}
	}
	return out
}

// embed is slice's opposite: t at the ranges inside a tensor of that shape, filled with v elsewhere.
func (t *Tensor) embed(shape []int, spans []span, v float64) *Tensor {
	backend.Poll()
	out := t.like("pad", t.DType(), shape)
	must(t.backend().Fill(out.v(), v), "pad", t)
	must(t.backend().Copy(out.view(sliceLayout(out.layout, spans)).v(), t.v()), "pad", t)
	return record(out, "embed", spans, t)
}

// embedIn is embed into zeros that lie in memory in the order of what was cut, so that what was cut out of a product in pieces
// has a gradient that is one without a copy.
func (t *Tensor) embedIn(shape []int, c *cut) *Tensor {
	if len(shape) < 3 {
		return t.embed(shape, c.spans, 0)
	}
	backend.Poll()
	out := t.view(backend.Layout{Shape: shape, Stride: c.stride}).inOrder("slice", shape)
	must(t.backend().Fill(out.view(backend.Contiguous(out.Len())).v(), 0), "slice", t)
	must(t.backend().Copy(out.view(sliceLayout(out.layout, c.spans)).v(), t.v()), "slice", t)
	return record(out, "embed", c.spans, t)
}

// Narrow is the view of length elements from start along one axis. A negative start counts from the
// end.
func (t *Tensor) Narrow(axis, start, length int) *Tensor {
	axis = t.axis("narrow", axis)
	n := t.layout.Shape[axis]
	from := start
	if from < 0 {
		from += n
	}
	if from < 0 || length < 0 || from > n || length > n-from {
		fail("narrow", []*Tensor{t}, "%d elements from %d don't fit axis %d of size %d", length, start, axis, n)
	}
	spans := t.spans()
	spans[axis] = span{from, 1, length}
	return t.slice(spans)
}

// Select is the view at one index along an axis, which is dropped. Negative indices count from the
// end.
func (t *Tensor) Select(axis, index int) *Tensor {
	axis = t.axis("select", axis)
	i := checkIndex("select", index, t.layout.Shape[axis], axis, t)
	spans := t.spans()
	spans[axis] = span{i, 1, 1}
	return t.slice(spans).Reshape(droppedShape(t.layout.Shape, []int{axis})...)
}

func checkIndex(op string, index, n, axis int, t *Tensor) int {
	i := index
	if i < 0 {
		i += n
	}
	if i < 0 || i >= n {
		fail(op, []*Tensor{t}, "index %d is out of range for axis %d of size %d", index, axis, n)
	}
	return i
}

// SliceAxis is Python's t[start:stop:step] along one axis: stop is not included, negative numbers count
// from the end, ends beyond the axis are clipped, and a negative step walks backwards. An end that is
// left out in Python needs Slice.
func (t *Tensor) SliceAxis(axis, start, stop, step int) *Tensor {
	axis = t.axis("slice", axis)
	if step == 0 {
		fail("slice", []*Tensor{t}, "the step can't be 0")
	}
	spans := t.spans()
	spans[axis] = clip(&start, &stop, step, t.layout.Shape[axis])
	return t.slice(spans)
}

// clip resolves start:stop:step on an axis of n elements as Python does; nil ends are left out.
func clip(start, stop *int, step, n int) span {
	lo, hi := 0, n // the places where the ends may be
	from, to := 0, n
	if step < 0 {
		lo, hi = -1, n-1
		from, to = n-1, -1
	}
	resolve := func(p *int, otherwise int) int {
		if p == nil {
			return otherwise
		}
		v := *p
		if v < 0 {
			v += n
		}
		return min(max(v, lo), hi)
	}
	from, to = resolve(start, from), resolve(stop, to)
	count := 0
	switch {
	case step > 0 && to > from:
		count = (to-from-1)/step + 1
	case step < 0 && from > to:
		count = (from-to-1)/-step + 1
	}
	if count == 1 {
		step = 1 // a huge step would overflow the stride
	}
	return span{from, step, count}
}

// Slice is Python's indexing, written as in Python: x.Slice("1:3, ::-1"), x.Slice("..., 0"),
// x.Slice(":, None"). A number picks and drops an axis, start:stop:step keeps a range, None inserts an axis
// of size 1, and ... stands for as many whole axes as are missing. The result is a view.
func (t *Tensor) Slice(index string) *Tensor {
	items, err := parseIndex(index)
	if err != "" {
		fail("slice", []*Tensor{t}, "%s in %q", err, index)
	}
	named := 0
	for _, it := range items {
		if it.kind == indexAt || it.kind == indexRange {
			named++
		}
	}
	if named > t.Rank() {
		fail("slice", []*Tensor{t}, "%q names %d axes, and there are %d", index, named, t.Rank())
	}
	if !slices.ContainsFunc(items, func(it indexItem) bool { return it.kind == indexRest }) {
		items = append(items, indexItem{kind: indexRest})
	}
	spans := t.spans()
	var shape []int
	axis := 0
	for _, it := range items {
		switch it.kind {
		case indexNew:
			shape = append(shape, 1)
		case indexRest:
			for range t.Rank() - named {
				shape = append(shape, t.layout.Shape[axis])
				axis++
			}
		case indexAt:
			spans[axis] = span{checkIndex("slice", *it.start, t.layout.Shape[axis], axis, t), 1, 1}
			axis++
		case indexRange:
			spans[axis] = clip(it.start, it.stop, it.step, t.layout.Shape[axis])
			shape = append(shape, spans[axis].n)
			axis++
		}
	}
	return t.slice(spans).View(shape...)
}

// indexItem is one part of an index, between commas.
type indexItem struct {
	kind        indexKind
	start, stop *int // nil where left out
	step        int
}

type indexKind uint8

const (
	indexAt indexKind = iota
	indexRange
	indexNew
	indexRest
)

// parseIndex reads an index; the second result says what is wrong with it.
func parseIndex(s string) ([]indexItem, string) {
	if strings.TrimSpace(s) == "" {
		return nil, ""
	}
	var items []indexItem
	rest := false
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		switch part {
		case "":
			return nil, "there is nothing between two commas"
		case "...":
			if rest {
				return nil, "... may come once"
			}
			rest = true
			items = append(items, indexItem{kind: indexRest})
			continue
		case "None", "newaxis":
			items = append(items, indexItem{kind: indexNew})
			continue
		}
		fields := strings.Split(part, ":")
		if len(fields) > 3 {
			return nil, "there are too many colons"
		}
		it := indexItem{kind: indexRange, step: 1}
		for i, f := range fields {
			f = strings.TrimSpace(f)
			if f == "" {
				continue
			}
			v, err := strconv.Atoi(f)
			if err != nil {
				return nil, strconv.Quote(f) + " is no whole number"
			}
			switch i {
			case 0:
				it.start = &v
			case 1:
				it.stop = &v
			default:
				it.step = v
			}
		}
		if len(fields) == 1 {
			it.kind = indexAt
		}
		const limit = 1 << 40 // keeps sums of an index and a size from overflowing
		if it.step == 0 || it.step > limit || it.step < -limit {
			return nil, "the step can't be " + strconv.Itoa(it.step)
		}
		for _, p := range []*int{it.start, it.stop} {
			if p != nil {
				*p = min(max(*p, -limit), limit)
			}
		}
		items = append(items, it)
	}
	return items, ""
}

// Flip reverses the named axes, or all. Unlike PyTorch's it is a view.
func (t *Tensor) Flip(axes ...int) *Tensor {
	spans := t.spans()
	for _, a := range t.axes("flip", axes) {
		n := t.layout.Shape[a]
		spans[a] = span{max(n-1, 0), -1, n}
	}
	return t.slice(spans)
}

// Split cuts an axis into pieces of the given sizes; they are views. A single size repeats, and the
// last piece is smaller if it doesn't divide the axis.
func (t *Tensor) Split(axis int, sizes ...int) []*Tensor {
	axis = t.axis("split", axis)
	n := t.layout.Shape[axis]
	if len(sizes) == 1 && sizes[0] > 0 {
		size := sizes[0]
		room("split", []*Tensor{t}, n/size)
		sizes = nil
		for left := n; left > 0; left -= size {
			sizes = append(sizes, min(size, left))
		}
		if n == 0 {
			sizes = []int{0}
		}
	}
	total := 0
	for _, s := range sizes {
		total += min(s, n+1)
	}
	if total != n || slices.ContainsFunc(sizes, func(s int) bool { return s < 0 }) {
		fail("split", []*Tensor{t}, "pieces of %v don't make up axis %d of size %d", sizes, axis, n)
	}
	pieces := make([]*Tensor, len(sizes))
	start := 0
	for i, s := range sizes {
		pieces[i] = t.Narrow(axis, start, s)
		start += s
	}
	return pieces
}

// Chunk cuts an axis into n pieces of equal size, the last smaller if n doesn't divide it.
func (t *Tensor) Chunk(axis, n int) []*Tensor {
	size := t.Dim(axis)
	if n < 1 {
		fail("chunk", []*Tensor{t}, "can't be cut into %d pieces", n)
	}
	return t.Split(axis, max((size+min(n, size+1)-1)/n, 1))
}

// Cat joins tensors along an axis; their other axes agree. Their data types are promoted.
func Cat(axis int, tensors ...*Tensor) *Tensor {
	if len(tensors) == 0 {
		panic(&Error{Op: "cat", Hint: "there is nothing to join"})
	}
	sameDevice("cat", tensors...)
	if present := withoutVoid(tensors); len(present) > 0 {
		tensors = present
	}
	x := tensors[0]
	axis = x.axis("cat", axis)
	shape := x.Shape()
	dt := x.DType()
	for _, t := range tensors[1:] {
		if t.Rank() != x.Rank() || !slices.Equal(keptShape(t.layout.Shape, []int{axis}), keptShape(x.layout.Shape, []int{axis})) {
			fail("cat", tensors, "the shapes must agree but for axis %d", axis)
		}
		shape[axis] += t.layout.Shape[axis]
		dt = promoteTypes(dt, t.DType())
	}
	out := x.like("cat", dt, shape)
	inputs := make([]*Tensor, len(tensors))
	where := make([][]span, len(tensors))
	start := 0
	for i, t := range tensors {
		backend.Poll()
		inputs[i] = t.To(dt)
		where[i] = t.spans()
		where[i][axis].start = start
		start += t.layout.Shape[axis]
		must(x.backend().Copy(out.view(sliceLayout(out.layout, where[i])).v(), inputs[i].v()), "cat", tensors...)
	}
	return record(out, "cat", where, inputs...)
}

// withoutVoid leaves out vectors without elements, which PyTorch lets stand among tensors of any shape.
func withoutVoid(tensors []*Tensor) []*Tensor {
	return slices.DeleteFunc(slices.Clone(tensors), func(t *Tensor) bool { return t.Rank() == 1 && t.Len() == 0 })
}

// Stack joins tensors of one shape along a new axis.
func Stack(axis int, tensors ...*Tensor) *Tensor {
	if len(tensors) == 0 {
		panic(&Error{Op: "stack", Hint: "there is nothing to join"})
	}
	sameDevice("stack", tensors...)
	rows := make([]*Tensor, len(tensors))
	for i, t := range tensors {
		if !slices.Equal(t.layout.Shape, tensors[0].layout.Shape) {
			fail("stack", tensors, "the shapes must agree")
		}
		rows[i] = t.Unsqueeze(axis)
	}
	return Cat(axis, rows...)
}

// Pad surrounds t with v: sizes are pairs of before and after, for the last axis first, as in
// torch.nn.functional.pad. Negative sizes crop.
func (t *Tensor) Pad(v float64, sizes ...int) *Tensor {
	if len(sizes)%2 != 0 || len(sizes)/2 > t.Rank() {
		fail("pad", []*Tensor{t}, "takes a pair of sizes for each of at most %d axes, not %d numbers", t.Rank(), len(sizes))
	}
	x := t
	shape, spans := t.Shape(), t.spans()
	for i := 0; i < len(sizes); i += 2 {
		axis := t.Rank() - 1 - i/2
		before, after := sizes[i], sizes[i+1]
		n := t.layout.Shape[axis]
		if max(before, after) > 1<<40 || min(before, after) < -1<<40 {
			fail("pad", []*Tensor{t}, "sizes %d and %d are beyond any memory", before, after)
		}
		if n+min(before, 0)+min(after, 0) < 0 || n+before+after < 0 {
			fail("pad", []*Tensor{t}, "axis %d of size %d can't be cropped by %d and %d", axis, n, -before, -after)
		}
		kept := n + min(before, 0) + min(after, 0)
		x = x.Narrow(axis, max(-before, 0), kept)
		shape[axis] = n + before + after
		spans[axis] = span{max(before, 0), 1, kept}
	}
	if slices.Equal(shape, x.layout.Shape) {
		return x
	}
	return x.embed(shape, spans, v)
}

// Repeat lays copies of t side by side: n[i] of them along axis i, as torch's repeat and NumPy's tile.
func (t *Tensor) Repeat(n ...int) *Tensor {
	if len(n) < t.Rank() {
		fail("repeat", []*Tensor{t}, "needs a count for each of the %d axes", t.Rank())
	}
	pad := len(n) - t.Rank()
	var in, wide, out []int // (…, 1, d, …) → (…, n, d, …) → (…, n·d, …)
	for i, c := range n {
		d := 1
		if i >= pad {
			d = t.layout.Shape[i-pad]
		}
		in, wide, out = append(in, 1, d), append(wide, c, d), append(out, c*d)
	}
	checkShape("repeat", wide)
	return t.Reshape(in...).Expand(wide...).Reshape(out...)
}
