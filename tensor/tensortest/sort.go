package tensortest

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// sort compares orders with those of a stable sort, and searches with a count of what lies before.
func (s suite) sort(t *testing.T, b backend.SortBackend) {
	for _, dt := range all {
		t.Run("ArgSort/"+dt.String(), func(t *testing.T) {
			for _, shape := range [][]int{{0}, {1}, {7}, {3, 0}, {2, 3, 4}, {1, 5, 1}, {9, 67}, {2, 1031}, {2, 4099}} {
				for _, l := range layouts {
					for _, o := range []backend.SortOrder{backend.Ascending, backend.Descending} {
						layout, size := l.make(shape)
						values := numbers(dt, size, 70)
						if dt.IsFloat() {
							for i := 3; i < size; i += 11 {
								values[i] = math.NaN()
							}
						}
						x := backend.View{Storage: upload(t, s.b, dt, values), Layout: layout}
						dst := s.destination(t, dtype.Int64, shape, layouts[0]).got
						if err := b.ArgSort(dst, x, o); err != nil {
							t.Fatal(err)
						}
						if layout.Len() == 0 {
							continue
						}
						s.cases.Add(1)
						for r, row := range elements(dst, s.download(t, dst)) {
							if want := argSort(elements(x, values)[r], o); !slices.Equal(row, want) {
								t.Fatalf("%v %s, order %d: row %d: got %v, want %v", shape, l.name, o, r, row, want)
							}
						}
					}
				}
			}
		})
	}
	t.Run("SearchSorted", func(t *testing.T) {
		for _, c := range []struct{ edges, values []int }{
			{[]int{5}, []int{40}},
			{[]int{0}, []int{3}},
			{[]int{300}, []int{0}},
			{[]int{3, 33}, []int{3, 50}},
			{[]int{1, 1}, []int{1, 1}},
		} {
			for i, side := range []backend.SearchSide{backend.Before, backend.After, backend.Before, backend.After} {
				dt := dtype.Float64
				if i > 1 {
					dt = dtype.Int64
				}
				view := func(shape []int, seed uint64, sorted bool) (backend.View, [][]float64) {
					l := backend.Contiguous(shape...)
					values := numbers(dtype.Float64, l.Len(), seed)
					for i := range values {
						values[i] = math.Round(2 * values[i]) // so that some are equal
					}
					n := shape[len(shape)-1]
					if l.Len() > 4 && dt.IsFloat() {
						values[l.Len()-1] = math.NaN()
					}
					if n == 0 {
						return backend.View{Storage: upload(t, s.b, dt, values), Layout: l}, [][]float64{nil}
					}
					rows := cut(values, n)
					if sorted {
						for _, row := range rows {
							slices.SortFunc(row, compareNaNLast)
						}
					}
					return backend.View{Storage: upload(t, s.b, dt, values), Layout: l}, rows
				}
				edges, es := view(c.edges, 71, true)
				values, vs := view(c.values, 72, false)
				dst := s.destination(t, dtype.Int64, c.values, layouts[0]).got
				if err := b.SearchSorted(dst, edges, values, side); err != nil {
					t.Fatal(err)
				}
				if dst.Layout.Len() == 0 {
					continue
				}
				s.cases.Add(1)
				for r, row := range elements(dst, s.download(t, dst)) {
					for i, got := range row {
						want := 0.0
						for _, e := range es[r] {
							if d := compareNaNLast(e, vs[r][i]); d < 0 || d == 0 && side == backend.After {
								want++
							}
						}
						if got != want {
							t.Fatalf("%v in %v, side %d: value %v: got %v, want %v", c.values, c.edges, side, vs[r][i], got, want)
						}
					}
				}
			}
		}
	})
}

// scatter compares with writing one element after another.
func (s suite) scatter(t *testing.T, b backend.ScatterBackend) {
	s.scatterReduce(t, b)
	for _, dt := range all {
		indexed(func(shape []int, axis, picks int, l layout) {
			from := slices.Clone(shape)
			from[axis] = picks
			view, size := l.make(from)
			idx := s.operand(t, dtype.Int64, view, indices(size, shape[axis]))
			src := s.random(t, dt, from, l, 80)
			dst := s.destination(t, dt, shape, layouts[0])
			want := s.download(t, dst.got)
			values, places := s.download(t, src.got), s.download(t, idx.got)
			targets(dst.got, src.got, idx.got, places, axis, func(to, at int) { want[to] = values[at] })
			if err := b.Scatter(dst.got, src.got, idx.got, axis); err != nil {
				t.Fatal(err)
			}
			s.cases.Add(1)
			if got := s.download(t, dst.got); !slices.Equal(got, want) {
				t.Fatalf("%s %v, axis %d, %d picks, %s: got %v, want %v", dt, shape, axis, picks, l.name, got, want)
			}
		})
	}
}

// download is a view's storage.
func (s suite) download(t *testing.T, v backend.View) []float64 {
	t.Helper()
	raw := make([]byte, v.Storage.Len()*v.Storage.DType().Size())
	if err := s.b.Download(raw, v.Storage); err != nil {
		t.Fatal(err)
	}
	return decode(v.Storage.DType(), raw)
}

// compareNaNLast orders numbers, NaN above everything.
func compareNaNLast(a, b float64) int {
	if math.IsNaN(a) || math.IsNaN(b) {
		return cmp.Compare(truth(math.IsNaN(a)), truth(math.IsNaN(b)))
	}
	return cmp.Compare(a, b)
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func argSort(row []float64, o backend.SortOrder) []float64 {
	order := collect(len(row), func(i int) float64 { return float64(i) })
	slices.SortStableFunc(order, func(i, j float64) int {
		c := compareNaNLast(row[int(i)], row[int(j)])
		if o == backend.Descending {
			return -c
		}
		return c
	})
	return order
}
