package reference_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	_ "github.com/rustygradients/rg/tensor/cpu"
	"github.com/rustygradients/rg/tensor/dtype"
	"github.com/rustygradients/rg/tensor/internal/reference"
)

// bench holds operands on one backend.
type bench struct {
	t *testing.T
	b backend.Backend
}

// of makes a view of float64s converted to a type.
func (k bench) of(dt dtype.DType, values []float64, shape ...int) backend.View {
	k.t.Helper()
	wide := k.alloc(dtype.Float64, shape...)
	raw, _ := binary.Append(nil, binary.LittleEndian, values)
	k.must(k.b.Upload(wide.Storage, raw))
	out := k.alloc(dt, shape...)
	k.must(k.b.Copy(out, wide))
	return out
}

func (k bench) alloc(dt dtype.DType, shape ...int) backend.View {
	k.t.Helper()
	l := backend.Contiguous(shape...)
	s, err := k.b.Alloc(dt, l.Len())
	k.must(err)
	return backend.View{Storage: s, Layout: l}
}

func (k bench) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k bench) values(v backend.View) []float64 {
	wide := k.alloc(dtype.Float64, v.Layout.Shape...)
	k.must(k.b.Copy(wide, v))
	raw := make([]byte, 8*wide.Layout.Len())
	k.must(k.b.Download(raw, wide.Storage))
	k.must(k.b.Synchronize())
	out := make([]float64, wide.Layout.Len())
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	return out
}

// TestAgainstCPU runs every operation on the reference and on the CPU's backend, written apart from each other.
func TestAgainstCPU(t *testing.T) {
	cpu, err := backend.Get("cpu")
	if err != nil {
		t.Fatal(err)
	}
	left, right := bench{t, reference.New()}, bench{t, cpu}
	agree := func(what string, dt dtype.DType, run func(k bench) backend.View) {
		t.Helper()
		tol := map[dtype.DType]float64{dtype.Float64: 1e-9, dtype.Float32: 1e-4, dtype.Float16: 4e-3, dtype.BFloat16: 3e-2}[dt]
		a, b := left.values(run(left)), right.values(run(right))
		for i := range a {
			if a[i] == b[i] || math.IsNaN(a[i]) && math.IsNaN(b[i]) || math.Abs(a[i]-b[i]) <= tol*(1+math.Abs(b[i])) {
				continue
			}
			t.Errorf("%s of %s: element %d is %v, the CPU's %v", what, dt, i, a[i], b[i])
		}
	}
	floats := []dtype.DType{dtype.Float64, dtype.Float32, dtype.Float16, dtype.BFloat16}
	whole := []dtype.DType{dtype.Int64, dtype.Int32, dtype.Int8, dtype.Uint8}
	x := []float64{0.5, 2, 1, 3, 0.25, 1.5}
	y := []float64{1, 2, 3, 1, 2, 1}
	for _, dt := range append(floats, whole...) {
		for _, op := range backend.UnaryOps() {
			if op == backend.Not || !dt.IsFloat() && op != backend.Neg && op != backend.Abs && op != backend.Sign && op != backend.Square && op != backend.ReLU {
				continue
			}
			agree(op.String(), dt, func(k bench) backend.View {
				to := dt
				if op == backend.IsNaN {
					to = dtype.Bool
				}
				out := k.alloc(to, 2, 3)
				k.must(k.b.Unary(op, out, k.of(dt, x, 2, 3)))
				return out
			})
		}
		for _, op := range backend.BinaryOps() {
			logic := op == backend.And || op == backend.Or || op == backend.Xor
			bits := op >= backend.BitAnd && op <= backend.RightShift
			real := op == backend.Div || op == backend.Atan2 || op == backend.Hypot || op == backend.CopySign || op == backend.Zeta
			if logic || bits && dt.IsFloat() || real && !dt.IsFloat() {
				continue
			}
			agree(op.String(), dt, func(k bench) backend.View {
				to := dt
				if op.IsComparison() {
					to = dtype.Bool
				}
				out := k.alloc(to, 2, 3)
				k.must(k.b.Binary(op, out, k.of(dt, x, 2, 3), k.of(dt, y, 2, 3)))
				return out
			})
		}
		for _, op := range backend.ReduceOps() {
			arg := op == backend.ArgMax || op == backend.ArgMin
			if op == backend.Any || op == backend.All || !dt.IsFloat() && dt != dtype.Int64 && !arg && op != backend.Max && op != backend.Min {
				continue
			}
			agree(op.String(), dt, func(k bench) backend.View {
				to := dt
				if arg {
					to = dtype.Int64
				}
				out := k.alloc(to, 2, 1)
				k.must(k.b.Reduce(op, out, k.of(dt, x, 2, 3), 1))
				return out
			})
		}
		idx := []float64{2, 0, 1, 1}
		agree("gather", dt, func(k bench) backend.View {
			out := k.alloc(dt, 2, 2)
			k.must(k.b.Gather(out, k.of(dt, x, 2, 3), k.of(dtype.Int64, idx, 2, 2), 1))
			return out
		})
		agree("scatteradd", dt, func(k bench) backend.View {
			out := k.of(dt, x, 2, 3)
			k.must(k.b.ScatterAdd(out, k.of(dt, y[:4], 2, 2), k.of(dtype.Int64, idx, 2, 2), 1))
			return out
		})
		agree("fill", dt, func(k bench) backend.View {
			out := k.alloc(dt, 3)
			k.must(k.b.Fill(out, 7))
			return out
		})
		agree("where", dt, func(k bench) backend.View {
			out := k.alloc(dt, 2, 3)
			k.must(k.b.Where(out, k.of(dtype.Bool, []float64{1, 0, 0, 1, 1, 0}, 2, 3), k.of(dt, x, 2, 3), k.of(dt, y, 2, 3)))
			return out
		})
		if dt.IsFloat() || dt == dtype.Int64 {
			agree("matmul", dt, func(k bench) backend.View {
				out := k.alloc(dt, 2, 2)
				k.must(k.b.MatMul(out, k.of(dt, x, 2, 3), k.of(dt, y, 3, 2)))
				return out
			})
		}
		if dt.IsFloat() {
			for _, d := range []backend.Distribution{{Kind: backend.Uniform, B: 1}, {Kind: backend.Normal, B: 1}, {Kind: backend.Bernoulli, A: 0.4}} {
				agree("random", dt, func(k bench) backend.View {
					out := k.alloc(dt, 9)
					k.must(k.b.Random(out, d, 3, 4))
					return out
				})
			}
		}
	}
	for _, op := range []backend.BinaryOp{backend.And, backend.Or, backend.Xor, backend.Equal, backend.Less} {
		agree(op.String(), dtype.Bool, func(k bench) backend.View {
			out := k.alloc(dtype.Bool, 4)
			k.must(k.b.Binary(op, out, k.of(dtype.Bool, []float64{0, 0, 1, 1}, 4), k.of(dtype.Bool, []float64{0, 1, 0, 1}, 4)))
			return out
		})
	}
	for _, op := range []backend.ReduceOp{backend.Any, backend.All} {
		agree(op.String(), dtype.Bool, func(k bench) backend.View {
			out := k.alloc(dtype.Bool, 3, 1)
			k.must(k.b.Reduce(op, out, k.of(dtype.Bool, []float64{0, 0, 1, 0, 1, 1}, 3, 2), 1))
			return out
		})
	}
	agree("not", dtype.Bool, func(k bench) backend.View {
		out := k.alloc(dtype.Bool, 2)
		k.must(k.b.Unary(backend.Not, out, k.of(dtype.Bool, []float64{0, 1}, 2)))
		return out
	})
}

func TestRefuses(t *testing.T) {
	b := reference.New()
	if b.Name() != "reference" {
		t.Errorf("its name is %s", b.Name())
	}
	if _, err := b.Alloc(dtype.Invalid, 1); err == nil {
		t.Error("no error for a type that isn't one")
	}
	if _, err := b.Alloc(dtype.Float32, 1<<40); err == nil {
		t.Error("no error for too much")
	}
	s, err := b.Alloc(dtype.Float32, 2)
	if err != nil || s.Len() != 2 || s.DType() != dtype.Float32 || s.Backend() != b {
		t.Fatalf("%v %v", s, err)
	}
	if b.Upload(s, make([]byte, 3)) == nil {
		t.Error("no error for too few bytes")
	}
	v := backend.View{Storage: s, Layout: backend.Contiguous(2)}
	i, err := b.Alloc(dtype.Int64, 2)
	if err != nil {
		t.Fatal(err)
	}
	bad := backend.View{Storage: i, Layout: backend.Contiguous(2)}
	if err := b.Fill(bad, 5); err != nil {
		t.Fatal(err)
	}
	if b.Gather(v, v, bad, 0) == nil || b.ScatterAdd(v, v, bad, 0) == nil {
		t.Error("no error for an index out of range")
	}
	s.Free()
}
