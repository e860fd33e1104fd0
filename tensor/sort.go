package tensor

import (
	"cmp"
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// SortOptions are for Sort and ArgSort.
type SortOptions struct {
	Axis       int
	Descending bool
}

// ArgSort is the Int64 order of the elements along an axis. Equal elements keep their order, and NaN
// counts as the largest.
func (t *Tensor) ArgSort(o SortOptions) *Tensor {
	if t.scalarAxis(o.Axis) {
		return t.Reshape(1).ArgSort(SortOptions{}).Reshape()
	}
	axis := t.axis("argsort", o.Axis)
	last := t.Rank() - 1
	x := t.Detach().Transpose(axis, last)
	n := x.Dim(last)
	if b, ok := backend.As[backend.SortBackend](x.backend()); ok {
		backend.Poll()
		out, order := x.like("argsort", Int64, x.layout.Shape), backend.Ascending
		if o.Descending {
			order = backend.Descending
		}
		must(b.ArgSort(out.v(), x.v(), order), "argsort", t)
		return out.Transpose(axis, last)
	}
	order := hostSlice[int64]("argsort", x)
	if x.DType().IsFloat() {
		argSort(order, x.Float64s(), n, o.Descending)
	} else {
		argSort(order, x.Int64s(), n, o.Descending)
	}
	return Options{Device: t.Device()}.FromSlice(order).Reshape(x.layout.Shape...).Transpose(axis, last)
}

// argSort orders rows of n values.
func argSort[T int64 | float64](order []int64, values []T, n int, descending bool) {
	for at := 0; at < len(values); at += n {
		row, idx := values[at:at+n], order[at:at+n]
		for i := range idx {
			idx[i] = int64(i)
		}
		slices.SortStableFunc(idx, func(i, j int64) int {
			a, b := row[i], row[j]
			if a != a || b != b { // NaN above everything
				a, b = nanRank(a), nanRank(b)
			}
			if descending {
				return cmp.Compare(b, a)
			}
			return cmp.Compare(a, b)
		})
	}
}

func nanRank[T int64 | float64](v T) T {
	if v != v {
		return 1
	}
	return 0
}

// Sort orders the elements along an axis.
func (t *Tensor) Sort(o SortOptions) *Tensor { return t.Gather(o.Axis, t.ArgSort(o)) }

// TopK is the k largest elements along an axis, largest first, and their indices.
func (t *Tensor) TopK(k, axis int) (values, indices *Tensor) {
	if t.scalarAxis(axis) && k == 1 {
		return t, t.ArgSort(SortOptions{})
	}
	if n := t.Dim(axis); k < 0 || k > n {
		fail("topk", []*Tensor{t}, "axis %d of size %d doesn't have %d elements", axis, n, k)
	}
	indices = t.ArgSort(SortOptions{Axis: axis, Descending: true}).Narrow(axis, 0, k).Contiguous()
	return t.Gather(axis, indices), indices
}
