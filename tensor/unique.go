package tensor

import (
	"cmp"
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// UniqueAxis is the different slices along an axis, in lexicographic order, as torch.unique with a dim: values
// has the shape of t but for the axis, inverse (n,) says which of them each of the n slices is, and counts how
// often each occurs. NaN differs from itself. It has no gradient.
func (t *Tensor) UniqueAxis(axis int) (values, inverse, counts *Tensor) {
	const op = "uniqueaxis"
	backend.Poll()
	axis = t.axis(op, axis)
	n := t.Dim(axis)
	room(op, []*Tensor{t}, n)
	rows := t.Detach().MoveAxis(axis, 0)
	width := product(rows.layout.Shape[1:])
	if width == 0 && n > 0 {
		fail(op, []*Tensor{t}, "slices along axis %d have no elements to compare", axis)
	}
	if sorts(t) && n > 0 {
		return t.Detach().uniqueSlices(op, axis, rows.Reshape(n, width))
	}
	var order, group []int64
	if t.DType().IsFloat() {
		order, group = groupRows(rows.Float64s(), n, width)
	} else {
		order, group = groupRows(rows.Int64s(), n, width)
	}
	var first, runs []int64
	where := make([]int64, n)
	for i, at := range order {
		if int(group[i]) == len(first) {
			first, runs = append(first, at), append(runs, 0)
		}
		runs[group[i]]++
		where[at] = group[i]
	}
	return t.Detach().pick(op, axis, t.index(first)), t.index(where), t.index(runs)
}

// uniqueSlices is UniqueAxis by the device, of the slices as rows (n, width): they are put in order by their last element, then,
// keeping the order of equals, by that before, and so on.
func (t *Tensor) uniqueSlices(op string, axis int, rows *Tensor) (values, inverse, counts *Tensor) {
	o, n := Options{Device: t.Device()}, rows.Dim(0)
	columns, order := rows.T().Contiguous(), o.Arange(0, float64(n), 1)
	for c := rows.Dim(1) - 1; c >= 0; c-- {
		order = order.pick(op, 0, columns.Select(0, c).pick(op, 0, order).ArgSort(SortOptions{}))
	}
	sorted := rows.pick(op, 0, order)
	differs := sorted.Narrow(0, 1, n-1).NotEqual(sorted.Narrow(0, 0, n-1)).Any(1)
	first, at, counts := runsOf(Cat(0, o.Full(1, 1).To(Bool), differs))
	return t.pick(op, axis, order.pick(op, 0, first)), ZerosLike(at).ScatterAdd(0, order, at), counts
}

// groupRows sorts rows of numbers and gives the group of equal ones that each belongs to, in sorted order.
func groupRows[T int64 | float64](values []T, n, width int) (order, group []int64) {
	row := func(i int64) []T { return values[int(i)*width : (int(i)+1)*width] }
	order, group = make([]int64, n), make([]int64, n)
	for i := range order {
		order[i] = int64(i)
	}
	slices.SortStableFunc(order, func(i, j int64) int {
		return slices.CompareFunc(row(i), row(j), func(a, b T) int {
			if a != a || b != b { // NaN above everything
				a, b = nanRank(a), nanRank(b)
			}
			return cmp.Compare(a, b)
		})
	})
	for i := 1; i < n; i++ {
		group[i] = group[i-1]
		if !slices.Equal(row(order[i-1]), row(order[i])) { // NaN equals nothing
			group[i]++
		}
	}
	return order, group
}
