package cpu

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// floats is a tensor of one axis, or of rows.
func floats(t *testing.T, x []float32, shape ...int) backend.View {
	t.Helper()
	s, err := theBackend.Alloc(dtype.Float32, len(x))
	if err != nil {
		t.Fatal(err)
	}
	copy(slice[float32](backend.View{Storage: s}), x)
	return backend.View{Storage: s, Layout: backend.Contiguous(shape...)}
}

// TestArgOfLongRows compares with the loop that one would write.
func TestArgOfLongRows(t *testing.T) {
	const m = 3*segment + 17
	x := make([]float32, 2*m)
	for i := range x {
		x[i] = float32((i*7919 + 13) % 1009)
	}
	x[m+2*segment+5] = float32(math.NaN())
	dst, err := theBackend.Alloc(dtype.Int64, 2)
	if err != nil {
		t.Fatal(err)
	}
	out := backend.View{Storage: dst, Layout: backend.Contiguous(2, 1)}
	for _, op := range []backend.ReduceOp{backend.ArgMax, backend.ArgMin} {
		if err := theBackend.Reduce(op, out, floats(t, x, 2, m), 1); err != nil {
			t.Fatal(err)
		}
		want := 0
		for i, v := range x[:m] {
			if op == backend.ArgMax && v > x[want] || op == backend.ArgMin && v < x[want] {
				want = i
			}
		}
		if got := slice[int64](out); got[0] != int64(want) || got[1] != 2*segment+5 {
			t.Errorf("%s: %v, want [%d %d]", op, got[:2], want, 2*segment+5)
		}
	}
}

// A reduction of long rows looks for an interrupt while it runs, on one thread and on several.
func TestLongRowsAreInterrupted(t *testing.T) {
	x := floats(t, make([]float32, 1<<23), 2, 1<<22)
	defer backend.SetInterrupt(nil)
	for _, threads := range []int{1, 2} {
		for _, op := range []backend.ReduceOp{backend.Sum, backend.Max, backend.ArgMax, backend.Any} {
			dt := map[backend.ReduceOp]dtype.DType{backend.ArgMax: dtype.Int64, backend.Any: dtype.Bool}[op]
			if dt == 0 {
				dt = dtype.Float32
			}
			dst, err := theBackend.Alloc(dt, 2)
			if err != nil {
				t.Fatal(err)
			}
			polls := 0
			backend.SetInterrupt(func() bool { polls++; return polls > 1 }) // helpers may have done all of the first row
			func() {
				defer SetThreads(SetThreads(threads))
				defer func() {
					if err, _ := recover().(error); !errors.As(err, new(backend.Interrupted)) {
						t.Errorf("%s on %d threads wasn't interrupted: %v, after %d polls", op, threads, err, polls)
					}
				}()
				_ = theBackend.Reduce(op, backend.View{Storage: dst, Layout: backend.Contiguous(2, 1)}, x, 1)
			}()
			backend.SetInterrupt(nil)
		}
	}
}

// Rows that are taken by four, and parts of long ones, agree with the loop that one would write.
func TestManyRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for _, c := range []struct{ rows, m, gap int }{{70, 16, 0}, {130, 17, 3}, {67, 100, 1}, {71, 2049, 0}, {65, 20_000, 0}, {1, 70*segment + 5, 0}, {2, 65 * segment, 9}} {
		for _, nan := range []int{-1, 0, 66} {
			x := make([]float32, c.rows*(c.m+c.gap))
			for i := range x {
				x[i] = float32(rng.IntN(2000)-1000) / 8
			}
			if nan >= 0 && nan < c.rows {
				x[nan*(c.m+c.gap)+c.m-3] = float32(math.NaN())
			}
			in := floats(t, x, c.rows, c.m)
			in.Layout.Stride[0] += c.gap
			out := floats(t, make([]float32, c.rows), c.rows, 1)
			places, err := theBackend.Alloc(dtype.Int64, c.rows)
			ok(t, err)
			where := backend.View{Storage: places, Layout: backend.Contiguous(c.rows, 1)}
			for _, op := range []backend.ReduceOp{backend.Sum, backend.Max, backend.Min} {
				ok(t, theBackend.Reduce(op, out, in, 1))
				arg := backend.ArgMax
				if op == backend.Min {
					arg = backend.ArgMin
				}
				if op != backend.Sum {
					ok(t, theBackend.Reduce(arg, where, in, 1))
				}
				for r := range c.rows {
					row := x[r*(c.m+c.gap):][:c.m]
					sum, best := 0.0, 0
					for i, v := range row {
						sum += float64(v)
						if w := row[best]; w == w && (v != v || op == backend.Max && v > w || op == backend.Min && v < w) {
							best = i
						}
					}
					want := row[best]
					if op == backend.Sum {
						want = float32(sum)
					}
					if got := slice[float32](out)[r]; got != want && !(got != got && want != want) {
						t.Fatalf("%s of row %d of %v, NaN in %d: %v, want %v", op, r, c, nan, got, want)
					}
					if got := slice[int64](where)[r]; op != backend.Sum && got != int64(best) {
						t.Fatalf("%s of row %d of %v, NaN in %d: %d, want %d", arg, r, c, nan, got, best)
					}
				}
			}
		}
	}
}
