package backend

// Layout says where the elements of a tensor lie in its storage. Element (i, j, …) is at
// Offset + i·Stride[0] + j·Stride[1] + …, in elements. A stride may be 0 (broadcast) or negative.
type Layout struct {
	Shape  []int
	Stride []int
	Offset int
}

// Contiguous returns the row-major layout of a shape.
func Contiguous(shape ...int) Layout {
	r := len(shape)
	both := make([]int, 2*r) // of one piece, for every tensor has them
	l := Layout{Shape: both[:r:r], Stride: both[r:]}
	copy(l.Shape, shape)
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		l.Stride[i] = step
		step *= max(shape[i], 1)
	}
	return l
}

// Rank is the number of axes.
func (l Layout) Rank() int { return len(l.Shape) }

// Len is the number of elements.
func (l Layout) Len() int {
	n := 1
	for _, d := range l.Shape {
		n *= d
	}
	return n
}

// IsContiguous reports whether the elements lie one after another in row-major order. Axes of
// size 1 may have any stride.
func (l Layout) IsContiguous() bool {
	step := 1
	for i := len(l.Shape) - 1; i >= 0; i-- {
		if l.Shape[i] == 0 {
			return true
		}
		if l.Shape[i] != 1 && l.Stride[i] != step {
			return false
		}
		step *= l.Shape[i]
	}
	return true
}
