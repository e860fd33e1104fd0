package tensor

import (
	"math"
	"slices"
)

// checkShape returns the number of elements and panics for shapes that can't be.
func checkShape(op string, shape []int) int {
	n := 1
	for _, d := range shape {
		if d < 0 {
			panic(&Error{Op: op, Shapes: [][]int{slices.Clone(shape)}, Hint: "a size can't be negative"})
		}
		if d != 0 && n > math.MaxInt/16/d {
			panic(&Error{Op: op, Shapes: [][]int{slices.Clone(shape)}, Hint: "too many elements"})
		}
		n *= d
	}
	return n
}

// farthest is the largest number of places that an offset, a padding, a stride or a repeat may mean. Sums and products
// of two such with a size don't overflow.
const farthest = 1 << 30

// endless is how many elements no machine works through: only views of what is broadcast have so many.
const endless = 1 << 37

// finite panics for a view that an operation would never be done with.
func (t *Tensor) finite(op string) {
	if t.Len() > endless {
		fail(op, []*Tensor{t}, "the view repeats its elements to more than can be worked through; reduce it before Expand")
	}
}

// room panics unless as many numbers fit the machine's memory: what an operation works out on the CPU beside its
// result is refused as a tensor of that size would be.
func room(op string, operands []*Tensor, sizes ...int) {
	n := checkShape(op, sizes)
	if n < 1<<20 {
		return
	}
	if limit := MemoryStats().Limit; limit > 0 && n > limit/8 {
		fail(op, operands, "%d numbers are more than there is memory for", n)
	}
}

// axis resolves a possibly negative axis of t.
func (t *Tensor) axis(op string, axis int) int { return resolveAxis(op, axis, t.Rank(), t) }

// resolveAxis resolves a possibly negative axis among rank of them.
func resolveAxis(op string, axis, rank int, t *Tensor) int {
	a := axis
	if a < 0 {
		a += rank
	}
	if a < 0 || a >= rank {
		if rank == 0 {
			fail(op, []*Tensor{t}, "a scalar has no axis %d", axis)
		}
		fail(op, []*Tensor{t}, "axis %d is out of range; there are %d (%d to %d)", axis, rank, -rank, rank-1)
	}
	return a
}

// scalarAxis reports whether t is a scalar and the axis 0 or -1, which PyTorch lets reductions, sorting and their
// like name all the same. They work on a vector of one element then.
func (t *Tensor) scalarAxis(axis int) bool { return t.Rank() == 0 && (axis == 0 || axis == -1) }

// axes resolves a list of axes, each once; none means all.
func (t *Tensor) axes(op string, axes []int) []int {
	out := make([]int, 0, t.Rank())
	if len(axes) == 0 {
		for i := range t.Rank() {
			out = append(out, i)
		}
		return out
	}
	for _, a := range axes {
		if t.scalarAxis(a) {
			continue
		}
		a = t.axis(op, a)
		if slices.Contains(out, a) {
			fail(op, []*Tensor{t}, "axis %d is named twice", a)
		}
		out = append(out, a)
	}
	return out
}

// broadcastShapes returns the shape that both fit, or false. Shapes are aligned at the last axis; a
// size of 1, or a missing one, stretches.
func broadcastShapes(a, b []int) ([]int, bool) {
	if len(a) < len(b) {
		a, b = b, a
	}
	out := slices.Clone(a)
	pad := len(a) - len(b)
	for i, d := range b {
		switch e := a[pad+i]; {
		case d == e || d == 1:
		case e == 1:
			out[pad+i] = d
		default:
			return nil, false
		}
	}
	return out, true
}

// broadcast returns the common shape of operands of an element-wise operation.
func broadcast(op string, ts ...*Tensor) []int {
	shape := ts[0].layout.Shape
	for _, t := range ts[1:] {
		s, ok := broadcastShapes(shape, t.layout.Shape)
		if !ok {
			a, b := shape, t.layout.Shape
			for i := 1; ; i++ {
				x, y := a[len(a)-i], b[len(b)-i]
				if x != y && x != 1 && y != 1 {
					fail(op, ts, "sizes %d and %d differ at axis -%d, and neither is 1", x, y, i)
				}
			}
		}
		shape = s
	}
	return shape
}

// keptShape is the shape with the axes' sizes set to 1.
func keptShape(shape []int, axes []int) []int {
	out := slices.Clone(shape)
	for _, a := range axes {
		out[a] = 1
	}
	return out
}

// droppedShape is the shape without the axes.
func droppedShape(shape []int, axes []int) []int {
	out := make([]int, 0, len(shape))
	for i, d := range shape {
		if !slices.Contains(axes, i) {
			out = append(out, d)
		}
	}
	return out
}

// product multiplies sizes.
func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
