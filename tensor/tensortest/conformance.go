package tensortest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

var (
	floats   = []dtype.DType{dtype.Float32, dtype.Float64, dtype.Float16, dtype.BFloat16}
	integers = []dtype.DType{dtype.Int64, dtype.Int32, dtype.Int8, dtype.Uint8}
	numeric  = slices.Concat(floats, integers)
	all      = append(slices.Clone(numeric), dtype.Bool)
)

// Conformance is the suite that every backend must pass: each operation, over data types, shapes and
// layouts (contiguous, offset, transposed, strided, reversed, broadcast, empty, rank 0), against a plain
// reference that computes one element at a time: more than 220,000 cases for the CPU; it logs how many. Optional interfaces are tested where the backend has
// them.
func Conformance(t *testing.T, b backend.Backend) {
	s := newSuite(b)
	t.Run("Storage", s.storage)
	t.Run("Copy", s.copy)
	t.Run("Fill", s.fill)
	t.Run("Unary", s.unary)
	t.Run("Binary", s.binary)
	t.Run("Where", s.where)
	t.Run("Reduce", s.reduce)
	t.Run("MatMul", s.matmul)
	t.Run("Gather", s.gather)
	t.Run("ScatterAdd", s.scatterAdd)
	t.Run("Random", s.randomNumbers)
	t.Run("Fused", s.fused)
	t.Run("Mixed", s.mixed)
	t.Run("Concurrent", s.concurrent)
	t.Logf("%d cases", s.cases.Load())
}

func (s suite) storage(t *testing.T) {
	for _, dt := range all {
		for _, n := range []int{0, 1, 5, 1000} {
			values := numbers(dt, n, 1)
			st := upload(t, s.b, dt, values)
			if st.Len() != n || st.DType() != dt || st.Backend() != s.b {
				t.Fatalf("storage of %d %s says it has %d %s", n, dt, st.Len(), st.DType())
			}
			raw := make([]byte, n*dt.Size())
			if err := s.b.Download(raw, st); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(decode(dt, raw), values) {
				t.Errorf("%d %s come back changed", n, dt)
			}
			st.Free()
		}
	}
	if _, err := s.b.Alloc(dtype.Invalid, 1); err == nil {
		t.Error("storage of the invalid data type was allocated")
	}
}

// mixed is operands of several data types, which are an error where an operation takes one: never elements that are taken for others.
func (s suite) mixed(t *testing.T) {
	narrow, wide := s.random(t, dtype.Float32, []int{6, 6}, layouts[0], 1).got, s.random(t, dtype.Float64, []int{6, 6}, layouts[0], 2).got
	cond := s.operand(t, dtype.Bool, backend.Contiguous(6, 6), make([]float64, 36)).got
	idx := s.operand(t, dtype.Int64, backend.Contiguous(6, 6), make([]float64, 36)).got
	calls := map[string]func() error{
		"MatMul": func() error { return s.b.MatMul(wide, wide, narrow) },
		"Where":  func() error { return s.b.Where(wide, cond, wide, narrow) },
		"Gather": func() error { return s.b.Gather(wide, narrow, idx, 0) },
	}
	if b, ok := s.b.(backend.SoftmaxBackend); ok {
		calls["Softmax"] = func() error { return b.Softmax(wide, narrow) }
	}
	for name, call := range calls {
		if err := call(); err == nil || !strings.Contains(err.Error(), "data types differ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func (s suite) copy(t *testing.T) {
	for _, from := range all {
		for _, to := range all {
			t.Run(fmt.Sprintf("%s→%s", from, to), func(t *testing.T) {
				shapes := shapes
				if from == to { // and transposes in tiles, with their remainders
					shapes = append(slices.Clone(shapes), []int{70, 41}, []int{2, 33, 50})
				}
				each(t, shapes, func(t *testing.T, shape []int, l layout) {
					view, size := l.make(shape)
					values := numbers(from, size, 2)
					if to == dtype.Uint8 { // negative numbers have no meaning there
						for i, v := range values {
							values[i] = math.Abs(v)
						}
					}
					src := s.operand(t, from, view, values)
					for _, d := range []layout{layouts[0], l} {
						dst := s.destination(t, to, shape, d)
						s.check(t, dst, Tolerance{}, func(b backend.Backend, pick func(operand) backend.View) error {
							return b.Copy(pick(dst), pick(src))
						})
					}
				})
			})
		}
	}
}

func (s suite) fill(t *testing.T) {
	for _, dt := range all {
		each(t, shapes, func(t *testing.T, shape []int, l layout) {
			dst := s.destination(t, dt, shape, l)
			s.check(t, dst, Tolerance{}, func(b backend.Backend, pick func(operand) backend.View) error {
				return b.Fill(pick(dst), 3)
			})
		})
	}
}

// realOnly are the functions that integers don't have.
var realOnly = []backend.UnaryOp{
	backend.Exp, backend.Log, backend.Sqrt, backend.Rsqrt, backend.Reciprocal, backend.Sin, backend.Cos, backend.Tanh,
	backend.Sigmoid, backend.Erf, backend.Floor, backend.Ceil, backend.Round,
	backend.Tan, backend.Asin, backend.Acos, backend.Atan, backend.Sinh, backend.Cosh, backend.Asinh, backend.Acosh,
	backend.Atanh, backend.Log2, backend.Log10, backend.Log1p, backend.Exp2, backend.Expm1, backend.Trunc, backend.Erfc,
	backend.ErfInv, backend.LGamma, backend.Digamma, backend.Trigamma,
}

// periodic are the functions that no one can compare at the largest arguments.
var periodic = []backend.UnaryOp{backend.Sin, backend.Cos, backend.Tan, backend.LGamma, backend.Digamma, backend.Trigamma}

func (s suite) unary(t *testing.T) {
	for _, op := range backend.UnaryOps() {
		types := numeric
		switch {
		case slices.Contains(realOnly, op):
			types = floats
		case op == backend.Not:
			types = []dtype.DType{dtype.Bool}
		}
		for _, dt := range types {
			out := dt
			if op == backend.Not || op == backend.IsNaN {
				out = dtype.Bool
			}
			t.Run(op.String()+"/"+dt.String(), func(t *testing.T) {
				each(t, shapes, func(t *testing.T, shape []int, l layout) {
					x := s.random(t, dt, shape, l, 3)
					for _, d := range []layout{layouts[0], l} {
						dst := s.destination(t, out, shape, d)
						s.check(t, dst, tolerance(dt), func(b backend.Backend, pick func(operand) backend.View) error {
							return b.Unary(op, pick(dst), pick(x))
						})
					}
					if out == dt && !l.source { // onto itself
						s.check(t, x, tolerance(dt), func(b backend.Backend, pick func(operand) backend.View) error {
							return b.Unary(op, pick(x), pick(x))
						})
					}
				})
				if dt.IsFloat() {
					// Both short and long, for a backend may have a vector path. The largest arguments are no place
					// to compare sines.
					for _, repeat := range []int{1, 9} {
						values := slices.Repeat(specials, repeat)
						if slices.Contains(periodic, op) {
							values = slices.DeleteFunc(values, func(v float64) bool { return math.Abs(v) > 1e3 && !math.IsInf(v, 0) })
						}
						shape := []int{len(values)}
						x := s.operand(t, dt, backend.Contiguous(shape...), values)
						dst := s.destination(t, out, shape, layouts[0])
						s.check(t, dst, tolerance(dt), func(b backend.Backend, pick func(operand) backend.View) error {
							return b.Unary(op, pick(dst), pick(x))
						})
					}
				}
			})
		}
	}
}

func (s suite) binary(t *testing.T) {
	for _, op := range backend.BinaryOps() {
		types, logic := numeric, op == backend.And || op == backend.Or || op == backend.Xor
		switch {
		case logic:
			types = []dtype.DType{dtype.Bool}
		case op == backend.Div, op == backend.Atan2, op == backend.Hypot, op == backend.CopySign, op == backend.Zeta:
			types = floats
		case op >= backend.BitAnd && op <= backend.RightShift:
			types = integers
		case op.IsComparison():
			types = all
		}
		for _, dt := range types {
			out := dt
			if op.IsComparison() {
				out = dtype.Bool
			}
			t.Run(op.String()+"/"+dt.String(), func(t *testing.T) {
				for _, other := range layouts {
					each(t, shapes, func(t *testing.T, shape []int, l layout) {
						if first := layouts[0].name; l.name != first && other.name != first && l.name != other.name && len(shape) != 2 {
							return // every pair is tried at some shapes only
						}
						x := s.random(t, dt, shape, l, 4)
						view, size := other.make(shape)
						values := numbers(dt, size, 5)
						for i, v := range values {
							switch {
							case op == backend.Pow && !dt.IsFloat():
								values[i] = float64(int(math.Abs(v)) % 4)
							case (op == backend.Mod || op == backend.FMod || op == backend.FloorDiv) && v == 0:
								values[i] = 3
							}
						}
						y := s.operand(t, dt, view, values)
						dst := s.destination(t, out, shape, other)
						s.check(t, dst, s.forBinary(op, dt), func(b backend.Backend, pick func(operand) backend.View) error {
							return b.Binary(op, pick(dst), pick(x), pick(y))
						})
						if out == dt && !l.source { // onto its first operand
							s.check(t, x, s.forBinary(op, dt), func(b backend.Backend, pick func(operand) backend.View) error {
								return b.Binary(op, pick(x), pick(x), pick(y))
							})
						}
					})
				}
				if dt.IsFloat() && op != backend.Mod {
					n := len(specials)
					xs, ys := make([]float64, n*n), make([]float64, n*n)
					for i := range xs {
						xs[i], ys[i] = specials[i/n], specials[i%n]
					}
					shape := []int{n * n}
					x := s.operand(t, dt, backend.Contiguous(shape...), xs)
					y := s.operand(t, dt, backend.Contiguous(shape...), ys)
					dst := s.destination(t, out, shape, layouts[0])
					s.check(t, dst, s.forBinary(op, dt), func(b backend.Backend, pick func(operand) backend.View) error {
						return b.Binary(op, pick(dst), pick(x), pick(y))
					})
				}
			})
		}
	}
}

// forBinary is the tolerance of a binary operation. A remainder may differ by the rounding of the
// quotient.
func (s suite) forBinary(op backend.BinaryOp, dt dtype.DType) Tolerance {
	tol := tolerance(dt)
	if op == backend.Mod && dt == dtype.Float32 {
		tol.Abs = 1e-5
	}
	return tol
}

func (s suite) where(t *testing.T) {
	for _, dt := range all {
		for _, other := range layouts {
			t.Run(dt.String()+"/"+other.name, func(t *testing.T) {
				each(t, shapes, func(t *testing.T, shape []int, l layout) {
					cond := s.random(t, dtype.Bool, shape, other, 6)
					x, y := s.random(t, dt, shape, l, 7), s.random(t, dt, shape, other, 8)
					dst := s.destination(t, dt, shape, l)
					s.check(t, dst, Tolerance{}, func(b backend.Backend, pick func(operand) backend.View) error {
						return b.Where(pick(dst), pick(cond), pick(x), pick(y))
					})
				})
			})
		}
	}
}

// subsets of the axes of a shape, but not none.
func subsets(rank int) [][]int {
	var out [][]int
	for mask := 1; mask < 1<<rank; mask++ {
		var axes []int
		for a := range rank {
			if mask&(1<<a) != 0 {
				axes = append(axes, a)
			}
		}
		out = append(out, axes)
	}
	return out
}

func (s suite) reduce(t *testing.T) {
	for _, op := range backend.ReduceOps() {
		types, result := numeric, dtype.Invalid
		arg := op == backend.ArgMax || op == backend.ArgMin
		extreme := arg || op == backend.Max || op == backend.Min
		switch {
		case op == backend.Any || op == backend.All:
			types = []dtype.DType{dtype.Bool}
		case op == backend.Sum || op == backend.Prod:
			types = append(slices.Clone(floats), dtype.Int64)
		case arg:
			result = dtype.Int64
		}
		for _, dt := range types {
			out := dt
			if result != dtype.Invalid {
				out = result
			}
			t.Run(op.String()+"/"+dt.String(), func(t *testing.T) {
				each(t, shapes, func(t *testing.T, shape []int, l layout) {
					view, size := l.make(shape)
					values := numbers(dt, size, 9)
					if op == backend.Prod { // near 1, so that long products stay in range
						for i, v := range values {
							values[i] = 1 + v/100
							if !dt.IsFloat() {
								values[i] = float64(1 - 2*(i%2))
							}
						}
					}
					x := s.operand(t, dt, view, values)
					s.eachReduction(t, op, out, x, arg, extreme)
				})
				// More results than a small device's grid has blocks, by rows and by columns: a block makes several.
				for _, shape := range [][]int{{150, 40}, {3, 2500}} {
					n := shape[0] * shape[1]
					values := numbers(dt, n, 10)
					if op == backend.Prod {
						for i := range values {
							values[i] = float64(1 - 2*(i%2))
						}
					}
					s.eachReduction(t, op, out, s.operand(t, dt, backend.Contiguous(shape...), values), arg, extreme)
				}
				if dt.IsFloat() && op != backend.Prod {
					for _, shape := range [][]int{{len(specials)}, {3, len(specials) * 5}, {len(specials) * 5, 3}} {
						n := 1
						for _, d := range shape {
							n *= d
						}
						// A NaN at some place, infinities and both zeros at others.
						values := slices.Repeat([]float64{1, -1, 0, math.Inf(1), 2, 2, 0.5}, n)[:n]
						values[n/3] = math.NaN()
						x := s.operand(t, dt, backend.Contiguous(shape...), values)
						s.eachReduction(t, op, out, x, arg, extreme)
					}
				}
			})
		}
	}
}

func (s suite) eachReduction(t *testing.T, op backend.ReduceOp, out dtype.DType, x operand, arg, extreme bool) {
	t.Helper()
	shape := x.got.Layout.Shape
	for _, axes := range subsets(len(shape)) {
		folded := 1
		for _, a := range axes {
			folded *= shape[a]
		}
		if arg && len(axes) != 1 || extreme && folded == 0 {
			continue
		}
		dst := s.destination(t, out, kept(shape, axes...), layouts[0])
		tol := tolerance(out)
		if out == dtype.Float32 {
			tol.Abs = 1e-6 * float64(max(folded, 1))
		}
		s.check(t, dst, tol, func(b backend.Backend, pick func(operand) backend.View) error {
			return b.Reduce(op, pick(dst), pick(x), axes...)
		})
	}
}

func (s suite) matmul(t *testing.T) {
	sizes := [][3]int{
		{1, 1, 1},
		{2, 3, 4},
		{1, 17, 9},
		{9, 17, 1},
		{5, 0, 3},
		{0, 2, 3},
		{16, 16, 16},
		{33, 65, 31},
		{130, 70, 97},
		{3, 600, 100},
		{24, 40, 56},
		{136, 72, 200}, // rows begin at multiples of 16 bytes
	}
	batches := [][]int{{}, {3}, {2, 1, 2}, {0}}
	for _, dt := range append(slices.Clone(floats), dtype.Int64) {
		for _, size := range sizes {
			for _, batch := range batches {
				m, k, n := size[0], size[1], size[2]
				if len(batch) > 0 && m*k*n > 1e5 {
					continue
				}
				t.Run(fmt.Sprintf("%s/%v/%d×%d×%d", dt, batch, m, k, n), func(t *testing.T) {
					shape := func(i, j int) []int { return append(slices.Clone(batch), i, j) }
					for i, lx := range layouts {
						for j, ly := range layouts {
							if m*k*n > 1e4 && i > 0 && j > 0 && i != j {
								continue // the reference takes its time
							}
							x, y := s.random(t, dt, shape(m, k), lx, 10), s.random(t, dt, shape(k, n), ly, 11)
							dst := s.destination(t, dt, shape(m, n), layouts[0])
							tol := tolerance(dt)
							if dt != dtype.Float64 && dt.IsFloat() {
								tol.Abs = 1e-5 * float64(max(k, 1)) // broadcast operands can add up to as much as that
							}
							s.check(t, dst, tol, func(b backend.Backend, pick func(operand) backend.View) error {
								return b.MatMul(pick(dst), pick(x), pick(y))
							})
						}
					}
				})
			}
		}
	}
}

// indexed gives shapes for gathering along an axis: those of source, index and its layout.
func indexed(f func(shape []int, axis, picks int, l layout)) {
	for _, shape := range [][]int{{7}, {2, 3, 4}, {9, 67}, {1, 5, 1}} {
		for axis := range shape {
			for _, picks := range []int{0, 1, 3, 40} {
				for _, l := range layouts {
					f(shape, axis, picks, l)
				}
			}
		}
	}
}

// indices draws valid indices.
func indices(n, below int) []float64 {
	out := numbers(dtype.Uint8, n, 12)
	for i := range out {
		out[i] = float64((int(out[i]) + i) % below)
	}
	return out
}

func (s suite) gather(t *testing.T) {
	for _, dt := range all {
		t.Run(dt.String(), func(t *testing.T) {
			indexed(func(shape []int, axis, picks int, l layout) {
				to := slices.Clone(shape)
				to[axis] = picks
				view, size := l.make(to)
				idx := s.operand(t, dtype.Int64, view, indices(size, shape[axis]))
				for _, lx := range layouts {
					x := s.random(t, dt, shape, lx, 13)
					dst := s.destination(t, dt, to, layouts[0])
					s.check(t, dst, Tolerance{}, func(b backend.Backend, pick func(operand) backend.View) error {
						return b.Gather(pick(dst), pick(x), pick(idx), axis)
					})
				}
			})
		})
	}
	t.Run("out of range", func(t *testing.T) {
		for _, bad := range []float64{-1, 3, 1e15} {
			x := s.random(t, dtype.Float32, []int{3}, layouts[0], 1)
			dst := s.random(t, dtype.Float32, []int{2}, layouts[0], 1)
			idx := s.operand(t, dtype.Int64, backend.Contiguous(2), []float64{0, bad})
			if !s.fails(s.b.Gather(dst.got, x.got, idx.got, 0)) {
				t.Errorf("gathering index %v of 3 gave no error", bad)
			}
			if !s.fails(s.b.ScatterAdd(x.got, dst.got, idx.got, 0)) {
				t.Errorf("adding at index %v of 3 gave no error", bad)
			}
		}
	})
}

// fails reports an operation's error. A device that works while the host goes on tells at the next call that waits.
func (s suite) fails(err error) bool { return err != nil || s.b.Synchronize() != nil }

func (s suite) scatterAdd(t *testing.T) {
	for _, dt := range numeric {
		t.Run(dt.String(), func(t *testing.T) {
			indexed(func(shape []int, axis, picks int, l layout) {
				from := slices.Clone(shape)
				from[axis] = picks
				view, size := l.make(from)
				idx := s.operand(t, dtype.Int64, view, indices(size, shape[axis]))
				for _, lx := range layouts {
					src := s.random(t, dt, from, lx, 14)
					dst := s.destination(t, dt, shape, lx)
					tol := tolerance(dt)
					tol.Abs *= 10 // up to 40 numbers add up
					s.check(t, dst, tol, func(b backend.Backend, pick func(operand) backend.View) error {
						return b.ScatterAdd(pick(dst), pick(src), pick(idx), axis)
					})
				}
			})
		})
	}
}

func (s suite) randomNumbers(t *testing.T) {
	for name, d := range map[string]backend.Distribution{
		"uniform":   {Kind: backend.Uniform, A: -1, B: 2},
		"normal":    {Kind: backend.Normal, A: 1, B: 0.5},
		"bernoulli": {Kind: backend.Bernoulli, A: 0.3},
		"integers":  {Kind: backend.Integers, A: 2, B: 90},
	} {
		types := floats
		if d.Kind == backend.Integers {
			types = numeric
		}
		for _, dt := range types {
			t.Run(name+"/"+dt.String(), func(t *testing.T) {
				each(t, append(slices.Clone(shapes), []int{12345}), func(t *testing.T, shape []int, l layout) {
					dst := s.destination(t, dt, shape, l)
					s.check(t, dst, tolerance(dt), func(b backend.Backend, pick func(operand) backend.View) error {
						return b.Random(pick(dst), d, 0x1234567890, 1<<33+5)
					})
				})
			})
		}
	}
}

// concurrent runs operations that only share what they read.
func (s suite) concurrent(t *testing.T) {
	x := s.random(t, dtype.Float32, []int{64, 64}, layouts[0], 15)
	y := s.random(t, dtype.Float32, []int{64, 64}, layouts[2], 16)
	want := s.destination(t, dtype.Float32, []int{64, 64}, layouts[0])
	if err := s.ref.MatMul(want.want, x.want, y.want); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		dst := operand{
			got:  backend.View{Storage: upload(t, s.b, dtype.Float32, make([]float64, 64*64)), Layout: want.want.Layout},
			want: want.want,
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 5 {
				if err := s.b.MatMul(dst.got, x.got, y.got); err != nil {
					t.Error(err)
				}
			}
		}()
		defer func() { s.compare(t, dst, Tolerance{Rel: 1e-4, Abs: 1e-4}) }()
	}
	wg.Wait()
}
