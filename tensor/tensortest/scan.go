package tensortest

import (
	"math"
	"slices"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// scan compares with combining one element after another.
func (s suite) scan(t *testing.T, b backend.ScanBackend) {
	wide := []dtype.DType{dtype.Float32, dtype.Float64, dtype.Int64}
	for _, c := range []struct {
		op    backend.ScanOp
		types []dtype.DType
	}{
		{backend.CumSum, wide},
		{backend.CumProd, wide},
		{backend.LogCumSumExp, []dtype.DType{dtype.Float64}},
		{backend.CumMax, all},
		{backend.CumMin, all},
	} {
		for _, dt := range c.types {
			t.Run(c.op.String()+"/"+dt.String(), func(t *testing.T) {
				for _, shape := range [][]int{{0}, {1}, {7}, {3, 0}, {2, 3, 4}, {1, 5, 1}, {9, 67}, {2, 1031}, {1, 20001}} {
					for _, l := range layouts {
						if size := backend.Contiguous(shape...).Len(); size > 5000 && l.name != layouts[0].name {
							continue
						}
						s.scanCase(t, b, c.op, dt, shape, l)
					}
				}
			})
		}
	}
}

func (s suite) scanCase(t *testing.T, b backend.ScanBackend, op backend.ScanOp, dt dtype.DType, shape []int, l layout) {
	t.Helper()
	layout, size := l.make(shape)
	values, out, extreme := numbers(dt, size, 73), dt, op == backend.CumMax || op == backend.CumMin
	switch {
	case extreme:
		out = dtype.Int64
		for i := range values {
			if dt.IsFloat() && i%23 == 11 {
				values[i] = math.NaN()
			}
		}
	case op == backend.CumProd: // that it neither vanishes nor overflows
		for i, v := range values {
			values[i] = 1 - 2*float64(i%3/2)
			if dt.IsFloat() && i%2 == 0 {
				values[i] = math.Exp(v / 256)
			}
		}
	}
	x := backend.View{Storage: upload(t, s.b, dt, values), Layout: layout}
	values = s.download(t, x) // as the type rounds them
	dst := s.destination(t, out, shape, layouts[0]).got
	if err := b.Scan(op, dst, x); err != nil {
		t.Fatal(err)
	}
	if layout.Len() == 0 {
		return
	}
	s.cases.Add(1)
	got := elements(dst, s.download(t, dst))
	for r, row := range elements(x, values) {
		want := running(op, row)
		if extreme {
			if !slices.Equal(got[r], want) {
				t.Fatalf("%v %s: row %d of %v: got %v, want %v", shape, l.name, r, row, got[r], want)
			}
			continue
		}
		most := 0.0 // what is added up
		for i, v := range row {
			most += math.Abs(v)
			tol := tolerance(dt)
			if d := math.Abs(got[r][i] - want[i]); !(d <= tol.Rel*math.Abs(want[i])+tol.Rel*most) {
				t.Fatalf("%v %s: element %d of row %d: got %v, want %v", shape, l.name, i, r, got[r][i], want[i])
			}
		}
	}
}

// running is the scan of a row.
func running(op backend.ScanOp, row []float64) []float64 {
	out := slices.Clone(row)
	best := 0
	for i, v := range row {
		switch op {
		case backend.CumSum:
			if i > 0 {
				out[i] += out[i-1]
			}
		case backend.CumProd:
			if i > 0 {
				out[i] *= out[i-1]
			}
		case backend.LogCumSumExp:
			if i > 0 {
				m := max(v, out[i-1])
				out[i] = m + math.Log(math.Exp(v-m)+math.Exp(out[i-1]-m))
			}
		default:
			old := row[best]
			if math.IsNaN(v) || op == backend.CumMax && v >= old || op == backend.CumMin && v <= old {
				best = i
			}
			out[i] = float64(best)
		}
	}
	return out
}

// scatterReduce compares with combining one element after another.
func (s suite) scatterReduce(t *testing.T, b backend.ScatterBackend) {
	for _, dt := range []dtype.DType{dtype.Float64, dtype.Int64} {
		for op, f := range map[backend.ReduceOp]func(x, y float64) float64{
			backend.Max:  func(x, y float64) float64 { return max(x, y) },
			backend.Min:  func(x, y float64) float64 { return min(x, y) },
			backend.Prod: func(x, y float64) float64 { return x * y },
		} {
			indexed(func(shape []int, axis, picks int, l layout) {
				from := slices.Clone(shape)
				from[axis] = picks
				view, size := l.make(from)
				idx := s.operand(t, dtype.Int64, view, indices(size, shape[axis]))
				values := numbers(dt, size, 81)
				for i := range values {
					if op == backend.Prod {
						values[i] = 1 - 2*float64(i%5/4)
					}
					if dt.IsFloat() && op != backend.Prod && i%17 == 5 {
						values[i] = math.NaN()
					}
				}
				src := s.operand(t, dt, view, values)
				dst := s.destination(t, dt, shape, layouts[0])
				want := s.download(t, dst.got)
				targets(dst.got, src.got, idx.got, s.download(t, idx.got), axis, func(to, at int) { want[to] = f(want[to], values[at]) })
				if err := b.ScatterReduce(op, dst.got, src.got, idx.got, axis); err != nil {
					t.Fatal(err)
				}
				s.cases.Add(1)
				if got := s.download(t, dst.got); !slices.EqualFunc(got, want, func(a, b float64) bool { return compareNaNLast(a, b) == 0 }) {
					t.Fatalf("%s of %s %v, axis %d, %d picks, %s: got %v, want %v", op, dt, shape, axis, picks, l.name, got, want)
				}
			})
		}
	}
}

// targets calls f with where each element of the source goes and is.
func targets(dst, src, idx backend.View, places []float64, axis int, f func(to, at int)) {
	shape := src.Layout.Shape
	for n := range src.Layout.Len() {
		to, at, in, rest := dst.Layout.Offset, src.Layout.Offset, idx.Layout.Offset, n
		for a := len(shape) - 1; a >= 0; a-- {
			i := rest % shape[a]
			rest /= shape[a]
			at, in = at+i*src.Layout.Stride[a], in+i*idx.Layout.Stride[a]
			if a != axis {
				to += i * dst.Layout.Stride[a]
			}
		}
		f(to+int(places[in])*dst.Layout.Stride[axis], at)
	}
}
