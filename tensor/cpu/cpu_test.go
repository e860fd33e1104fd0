package cpu

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

var dtypes = []dtype.DType{dtype.Float32, dtype.Float64, dtype.Int64, dtype.Int32, dtype.Uint8, dtype.Bool}

// layouts of a shape: every way in which a tensor may lie in memory.
var layouts = []string{"contiguous", "offset", "transposed", "reversed", "stepped", "broadcast"}

func makeView(t testing.TB, dt dtype.DType, kind string, shape []int) backend.View {
	t.Helper()
	l := backend.Contiguous(shape...)
	extent := l.Len()
	switch kind {
	case "offset":
		l.Offset = 3
		extent += 5
	case "transposed": // the axes in the opposite order in memory
		step := 1
		for a := range shape {
			l.Stride[a] = step
			step *= max(shape[a], 1)
		}
	case "reversed":
		for a := range shape {
			if n := shape[a]; n > 0 {
				l.Offset += (n - 1) * l.Stride[a]
				l.Stride[a] = -l.Stride[a]
			}
		}
	case "stepped":
		for a := range shape {
			l.Stride[a] *= 2
		}
		extent = 2*extent + 1
	case "broadcast":
		for a := range shape {
			if a%2 == 0 {
				l.Stride[a] = 0
			}
		}
	}
	s, err := theBackend.Alloc(dt, extent)
	if err != nil {
		t.Fatal(err)
	}
	return backend.View{Storage: s, Layout: l}
}

// at is where element i, in row-major order, lies.
func at(l backend.Layout, i int) int {
	p := l.Offset
	for a := l.Rank() - 1; a >= 0; a-- {
		p += i % l.Shape[a] * l.Stride[a]
		i /= l.Shape[a]
	}
	return p
}

func get(v backend.View, i int) float64 {
	b := v.Storage.(*Storage).Bytes()[at(v.Layout, i)*v.Storage.DType().Size():]
	switch v.Storage.DType() {
	case dtype.Float32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case dtype.Float64:
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	case dtype.Int64:
		return float64(int64(binary.LittleEndian.Uint64(b)))
	case dtype.Int32:
		return float64(int32(binary.LittleEndian.Uint32(b)))
	default:
		return float64(b[0])
	}
}

func set(v backend.View, i int, x float64) {
	b := v.Storage.(*Storage).Bytes()[at(v.Layout, i)*v.Storage.DType().Size():]
	switch v.Storage.DType() {
	case dtype.Float32:
		binary.LittleEndian.PutUint32(b, math.Float32bits(float32(x)))
	case dtype.Float64:
		binary.LittleEndian.PutUint64(b, math.Float64bits(x))
	case dtype.Int64:
		binary.LittleEndian.PutUint64(b, uint64(int64(x)))
	case dtype.Int32:
		binary.LittleEndian.PutUint32(b, uint32(int32(x)))
	case dtype.Bool:
		b[0] = truth[uint8](x != 0)
	default:
		b[0] = uint8(int64(x))
	}
}

// values fills a view with small numbers: of both signs where the type has them, and in floating
// point with the special ones too.
func values(rng *rand.Rand, v backend.View) {
	dt := v.Storage.DType()
	for i := range v.Layout.Len() {
		x := float64(rng.IntN(9))
		switch {
		case dt == dtype.Uint8:
		case dt == dtype.Bool:
			x = float64(rng.IntN(2))
		case dt.IsFloat():
			x = rng.NormFloat64() * 2
			switch rng.IntN(40) {
			case 0:
				x = math.NaN()
			case 1:
				x = math.Inf(1 - 2*rng.IntN(2))
			case 2:
				x = 0
			}
		default:
			x -= 4
		}
		set(v, i, x)
	}
}

var shapes = [][]int{{}, {1}, {7}, {0}, {3, 0, 2}, {5, 4}, {2, 3, 4}, {1, 6, 1}, {3, 700}, {2, 1, 3, 2}}

func near(got, want float64, dt dtype.DType) bool {
	if got == want || math.IsNaN(got) && math.IsNaN(want) {
		return true
	}
	eps := 0.0
	switch dt {
	case dtype.Float32:
		eps = 1e-5
	case dtype.Float64:
		eps = 1e-12
	}
	return math.Abs(got-want) <= eps*(1+math.Abs(want))
}

// forEachCase calls f for each dtype, shape and pair of layouts.
func forEachCase(t *testing.T, f func(t *testing.T, rng *rand.Rand, dt dtype.DType, shape []int, dst, src string)) {
	for _, dt := range dtypes {
		for _, shape := range shapes {
			for i, src := range layouts {
				dst := layouts[(i+len(shape))%(len(layouts)-1)] // not a broadcast one
				t.Run(fmt.Sprintf("%s/%v/%s-%s", dt, shape, dst, src), func(t *testing.T) {
					f(t, rand.New(rand.NewPCG(1, uint64(i))), dt, shape, dst, src)
				})
			}
		}
	}
}

func TestUnary(t *testing.T) {
	forEachCase(t, func(t *testing.T, rng *rand.Rand, dt dtype.DType, shape []int, dst, src string) {
		for _, op := range backend.UnaryOps() {
			x := makeView(t, dt, src, shape)
			values(rng, x)
			out := dt
			if op == backend.Not || op == backend.IsNaN {
				out = dtype.Bool
			}
			d := makeView(t, out, dst, shape)
			if err := theBackend.Unary(op, d, x); err != nil {
				if dt.IsFloat() {
					t.Fatalf("%s: %v", op, err)
				}
				continue // fractional results are for floating point
			}
			for i := range d.Layout.Len() {
				a := get(x, i)
				want := unaryReference(op, a)
				if dt == dtype.Uint8 && op == backend.Neg {
					want = float64(uint8(-int64(a)))
				}
				if got := get(d, i); !near(got, want, out) {
					t.Fatalf("%s(%v) = %v, want %v", op, a, got, want)
				}
			}
		}
	})
}

func unaryReference(op backend.UnaryOp, x float64) float64 {
	switch op {
	case backend.Neg:
		return -x
	case backend.Abs:
		return math.Abs(x)
	case backend.Sign:
		if math.IsNaN(x) {
			return 0
		}
		if x == 0 {
			return 0
		}
		return math.Copysign(1, x)
	case backend.Sqrt:
		return math.Sqrt(x)
	case backend.Rsqrt:
		return 1 / math.Sqrt(x)
	case backend.Reciprocal:
		return 1 / x
	case backend.Sigmoid:
		return 1 / (1 + math.Exp(-x))
	case backend.ReLU:
		return math.Max(x, 0)
	case backend.Square:
		return x * x
	case backend.Not:
		return truth[float64](x == 0)
	case backend.IsNaN:
		return truth[float64](math.IsNaN(x))
	}
	return unaryFunc(op)(x)
}

func TestBinary(t *testing.T) {
	forEachCase(t, func(t *testing.T, rng *rand.Rand, dt dtype.DType, shape []int, dst, src string) {
		for _, op := range backend.BinaryOps() {
			if op >= backend.Atan2 {
				break // not of every data type; the conformance suite has them
			}
			x, y := makeView(t, dt, src, shape), makeView(t, dt, layouts[rng.IntN(len(layouts))], shape)
			values(rng, x)
			values(rng, y)
			if dt.IsInt() { // zero divisors and negative powers are errors, tested elsewhere
				for i := range y.Layout.Len() {
					set(y, i, math.Abs(get(y, i))+1)
				}
			}
			out := dt
			if op.IsComparison() || isLogic(op) {
				out = dtype.Bool
			}
			d := makeView(t, out, dst, shape)
			if err := theBackend.Binary(op, d, x, y); err != nil {
				if dt != dtype.Bool {
					t.Fatalf("%s: %v", op, err)
				}
				continue
			}
			for i := range d.Layout.Len() {
				a, b := get(x, i), get(y, i)
				want := binaryReference(op, dt, a, b)
				if got := get(d, i); !near(got, want, out) {
					t.Fatalf("%v %s %v = %v, want %v", a, op, b, got, want)
				}
			}
		}
	})
}

func binaryReference(op backend.BinaryOp, dt dtype.DType, x, y float64) float64 {
	wrap := func(v float64) float64 {
		switch dt {
		case dtype.Bool:
			return truth[float64](v != 0)
		case dtype.Uint8:
			return float64(uint8(int64(v)))
		case dtype.Int32:
			return float64(int32(int64(v)))
		}
		return v
	}
	switch op {
	case backend.Add:
		return wrap(x + y)
	case backend.Sub:
		return wrap(x - y)
	case backend.Mul:
		return wrap(x * y)
	case backend.Div:
		if dt.IsInt() {
			return math.Trunc(x / y)
		}
		return x / y
	case backend.Pow:
		if dt.IsInt() {
			p := int64(1)
			for range int(y) {
				p *= int64(x)
			}
			return wrap(float64(p))
		}
		return math.Pow(x, y)
	case backend.Maximum:
		return max(x, y)
	case backend.Minimum:
		return min(x, y)
	case backend.Mod:
		m := math.Mod(x, y)
		if m != 0 && math.Signbit(m) != math.Signbit(y) {
			m += y
		}
		return m
	case backend.Equal:
		return truth[float64](x == y)
	case backend.NotEqual:
		return truth[float64](x != y)
	case backend.Less:
		return truth[float64](x < y)
	case backend.LessEqual:
		return truth[float64](x <= y)
	case backend.Greater:
		return truth[float64](x > y)
	case backend.GreaterEqual:
		return truth[float64](x >= y)
	case backend.And:
		return truth[float64](x != 0 && y != 0)
	case backend.Or:
		return truth[float64](x != 0 || y != 0)
	case backend.Xor:
		return truth[float64]((x != 0) != (y != 0))
	}
	panic("no reference for " + op.String())
}

func TestIntegerErrors(t *testing.T) {
	x, y := makeView(t, dtype.Int64, "contiguous", []int{2}), makeView(t, dtype.Int64, "contiguous", []int{2})
	set(x, 0, 1)
	set(x, 1, 2)
	set(y, 0, 1)
	for _, test := range []struct {
		op      backend.BinaryOp
		y       float64
		message string
	}{
		{backend.Div, 0, "division by zero"},
		{backend.Mod, 0, "division by zero"},
	} {
		set(y, 1, test.y)
		if err := theBackend.Binary(test.op, x, x, y); err == nil || !strings.Contains(err.Error(), test.message) {
			t.Errorf("%s by %v: %v", test.op, test.y, err)
		}
	}
}

func TestCopyAndCast(t *testing.T) {
	forEachCase(t, func(t *testing.T, rng *rand.Rand, dt dtype.DType, shape []int, dst, src string) {
		for _, from := range dtypes {
			x := makeView(t, from, src, shape)
			values(rng, x)
			if from.IsFloat() && !dt.IsFloat() { // NaN and infinities have no integer
				for i := range x.Layout.Len() {
					set(x, i, float64(rng.IntN(20))/4)
				}
			}
			d := makeView(t, dt, dst, shape)
			if err := theBackend.Copy(d, x); err != nil {
				t.Fatal(err)
			}
			for i := range d.Layout.Len() {
				a := get(x, i)
				want := a
				switch {
				case dt == dtype.Bool:
					want = truth[float64](a != 0)
				case dt == dtype.Uint8:
					want = float64(uint8(int64(a)))
				case dt == dtype.Float32:
					want = float64(float32(a))
				case !dt.IsFloat():
					want = math.Trunc(a)
				}
				if got := get(d, i); !near(got, want, dtype.Int64) {
					t.Fatalf("%s %v became %s %v, want %v", from, a, dt, got, want)
				}
			}
		}
	})
}

func TestFillAndWhere(t *testing.T) {
	forEachCase(t, func(t *testing.T, rng *rand.Rand, dt dtype.DType, shape []int, dst, src string) {
		c, x, y := makeView(t, dtype.Bool, src, shape), makeView(t, dt, layouts[rng.IntN(len(layouts))], shape), makeView(t, dt, "contiguous", shape)
		values(rng, c)
		values(rng, x)
		if err := theBackend.Fill(y, 1); err != nil {
			t.Fatal(err)
		}
		d := makeView(t, dt, dst, shape)
		if err := theBackend.Where(d, c, x, y); err != nil {
			t.Fatal(err)
		}
		for i := range d.Layout.Len() {
			want := 1.0
			if get(c, i) != 0 {
				want = get(x, i)
			}
			if got := get(d, i); !near(got, want, dt) {
				t.Fatalf("element %d is %v, want %v", i, got, want)
			}
		}
	})
}

func TestReduce(t *testing.T) {
	forEachCase(t, func(t *testing.T, rng *rand.Rand, dt dtype.DType, shape []int, dst, src string) {
		for mask := range 1 << len(shape) {
			var axes []int
			kept := append([]int(nil), shape...)
			for a := range shape {
				if mask>>a&1 != 0 {
					axes = append(axes, a)
					kept[a] = 1
				}
			}
			for _, op := range backend.ReduceOps() {
				arg := op == backend.ArgMax || op == backend.ArgMin
				extreme := arg || op == backend.Max || op == backend.Min
				x := makeView(t, dt, src, shape)
				values(rng, x)
				if extreme && x.Layout.Len() == 0 || arg && len(axes) != 1 {
					continue
				}
				out := dt
				switch {
				case arg:
					out = dtype.Int64
				case op == backend.Any || op == backend.All:
					out = dtype.Bool
				case !extreme && !dt.IsFloat():
					out = dtype.Int64
				}
				d := makeView(t, out, dst, kept)
				if err := theBackend.Reduce(op, d, x, axes...); err != nil {
					t.Fatalf("%s: %v", op, err)
				}
				want := reduceReference(op, x, kept, axes)
				for i := range d.Layout.Len() {
					if got := get(d, i); !near(got, want[i], out) {
						t.Fatalf("%s over %v: result %d is %v, want %v", op, axes, i, got, want[i])
					}
				}
			}
		}
	})
}

func reduceReference(op backend.ReduceOp, x backend.View, kept []int, axes []int) []float64 {
	l := backend.Contiguous(kept...)
	for _, a := range axes {
		l.Stride[a] = 0
	}
	into := backend.Contiguous(kept...)
	out := make([]float64, into.Len())
	seen := make([]int, into.Len())
	best := make([]float64, into.Len())
	for i := range out {
		switch op {
		case backend.Prod, backend.All:
			out[i] = 1
		}
	}
	l.Shape = x.Layout.Shape
	for i := range x.Layout.Len() {
		v, o := get(x, i), at(l, i)
		switch op {
		case backend.Sum:
			out[o] += v
		case backend.Prod:
			out[o] *= v
		case backend.Any:
			out[o] = truth[float64](out[o] != 0 || v != 0)
		case backend.All:
			out[o] = truth[float64](out[o] != 0 && v != 0)
		case backend.Max:
			if seen[o] == 0 {
				out[o] = v
			}
			out[o] = max(out[o], v)
		case backend.Min:
			if seen[o] == 0 {
				out[o] = v
			}
			out[o] = min(out[o], v)
		case backend.ArgMax, backend.ArgMin:
			w := v
			if op == backend.ArgMin {
				w = -v
			}
			if seen[o] == 0 || !math.IsNaN(best[o]) && (math.IsNaN(w) || w > best[o]) {
				best[o], out[o] = w, float64(seen[o])
			}
		}
		seen[o]++
	}
	return out
}

// TestSumIsAccurate adds a million tenths, where a plain float32 loop is off by a percent.
func TestSumIsAccurate(t *testing.T) {
	const n = 1 << 20
	for _, shape := range [][]int{{n}, {n / 4, 4}, {4, n / 4}} {
		x := makeView(t, dtype.Float32, "contiguous", shape)
		if err := theBackend.Fill(x, 0.1); err != nil {
			t.Fatal(err)
		}
		for axis := range shape {
			kept := append([]int(nil), shape...)
			kept[axis] = 1
			d := makeView(t, dtype.Float32, "contiguous", kept)
			if err := theBackend.Reduce(backend.Sum, d, x, axis); err != nil {
				t.Fatal(err)
			}
			want := float64(float32(0.1)) * float64(shape[axis])
			if got := get(d, 0); math.Abs(got-want) > 2e-7*want {
				t.Errorf("sum of %v over axis %d is %v, want %v", shape, axis, got, want)
			}
		}
	}
}

func TestGatherScatter(t *testing.T) {
	forEachCase(t, func(t *testing.T, rng *rand.Rand, dt dtype.DType, shape []int, dst, src string) {
		for axis := range shape {
			const entries = 5
			big := append([]int(nil), shape...)
			big[axis] = entries
			for _, kind := range []string{"contiguous", "transposed", "shared"} {
				idx := makeView(t, dtype.Int64, strings.Replace(kind, "shared", "contiguous", 1), shape)
				if kind == "shared" { // as an embedding's: the same for all the other axes
					for a := range shape {
						if a != axis {
							idx.Layout.Stride[a] = 0
						}
					}
				}
				for i := range idx.Layout.Len() {
					set(idx, i, float64(rng.IntN(entries)))
				}
				// where element i of the small operand meets the big one
				meets := func(i int) int {
					l := backend.Contiguous(big...)
					small := backend.Contiguous(shape...)
					p, rest := 0, i
					for a := range shape {
						k := rest / small.Stride[a]
						rest %= small.Stride[a]
						if a == axis {
							k = int(get(idx, i))
						}
						p += k * l.Stride[a]
					}
					return p
				}

				x, d := makeView(t, dt, src, big), makeView(t, dt, dst, shape)
				values(rng, x)
				if err := theBackend.Gather(d, x, idx, axis); err != nil {
					t.Fatal(err)
				}
				for i := range d.Layout.Len() {
					if got, want := get(d, i), get(x, meets(i)); !near(got, want, dt) {
						t.Fatalf("gather axis %d: element %d is %v, want %v", axis, i, got, want)
					}
				}
				if dt == dtype.Bool {
					continue
				}
				add, sum := makeView(t, dt, src, shape), makeView(t, dt, dst, big)
				values(rng, add)
				if err := theBackend.Fill(sum, 1); err != nil {
					t.Fatal(err)
				}
				want := make([]float64, sum.Layout.Len())
				for i := range want {
					want[i] = 1
				}
				for i := range add.Layout.Len() {
					want[meets(i)] += get(add, i)
				}
				if err := theBackend.ScatterAdd(sum, add, idx, axis); err != nil {
					t.Fatal(err)
				}
				for i := range want {
					w := want[i]
					if dt == dtype.Uint8 {
						w = float64(uint8(int64(w)))
					}
					if got := get(sum, i); math.Abs(got-w) > 1e-4*(1+math.Abs(w)) {
						t.Fatalf("scatter-add axis %d: element %d is %v, want %v", axis, i, got, w)
					}
				}
			}
		}
	})
}

func TestIndexOutOfRange(t *testing.T) {
	x, d := makeView(t, dtype.Float32, "contiguous", []int{3, 2}), makeView(t, dtype.Float32, "contiguous", []int{1, 2})
	idx := makeView(t, dtype.Int64, "contiguous", []int{1, 2})
	for _, bad := range []float64{-1, 3} {
		set(idx, 0, 0)
		set(idx, 1, bad)
		want := fmt.Sprintf("index %v is out of range for axis 0 of size 3", bad)
		if err := theBackend.Gather(d, x, idx, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("gather: %v", err)
		}
		if err := theBackend.ScatterAdd(x, d, idx, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("scatter-add: %v", err)
		}
	}
}

func TestMatMul(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, dt := range dtypes[:5] {
		for _, batch := range [][]int{{}, {3}, {2, 3}} {
			for _, s := range [][3]int{{1, 1, 1}, {2, 3, 4}, {5, 0, 2}, {0, 3, 2}, {17, 33, 9}, {1, 40, 20}, {40, 20, 1}} {
				for _, kind := range layouts[:5] {
					m, k, n := s[0], s[1], s[2]
					x := makeView(t, dt, kind, append(append([]int(nil), batch...), m, k))
					y := makeView(t, dt, kind, append(append([]int(nil), batch...), k, n))
					d := makeView(t, dt, "offset", append(append([]int(nil), batch...), m, n))
					for _, v := range []backend.View{x, y} {
						for i := range v.Layout.Len() {
							set(v, i, float64(rng.IntN(5)))
						}
					}
					if err := theBackend.MatMul(d, x, y); err != nil {
						t.Fatal(err)
					}
					for i := range d.Layout.Len() {
						b, row, col := i/(m*n), i/n%m, i%n
						want := 0.0
						for p := range k {
							want += get(x, (b*m+row)*k+p) * get(y, (b*k+p)*n+col)
						}
						if dt == dtype.Uint8 {
							want = float64(uint8(int64(want)))
						}
						if got := get(d, i); got != want {
							t.Fatalf("%s %v %v %s: element %d is %v, want %v", dt, batch, s, kind, i, got, want)
						}
					}
				}
			}
		}
	}
}

func TestRandomMatchesDefinition(t *testing.T) {
	for _, dt := range dtypes {
		for _, d := range []backend.Distribution{
			{Kind: backend.Uniform, A: 0, B: 1},
			{Kind: backend.Normal, A: 1, B: 2},
			{Kind: backend.Bernoulli, A: 0.3},
			{Kind: backend.Integers, A: 0, B: 100},
		} {
			for _, kind := range []string{"contiguous", "transposed"} {
				v := makeView(t, dt, kind, []int{3, 1701})
				if d.Kind == backend.Normal && !dt.IsFloat() {
					continue
				}
				if err := theBackend.Random(v, d, 42, 7); err != nil {
					t.Fatal(err)
				}
				for i := range v.Layout.Len() {
					want := makeView(t, dt, "contiguous", nil)
					set(want, 0, d.Draw(42, 7, i, dt))
					if got, want := get(v, i), get(want, 0); got != want && dt != dtype.Bool {
						t.Fatalf("%s %v: element %d is %v, want %v", dt, d, i, got, want)
					}
				}
			}
		}
	}
}

// TestThreadsDontMatter compares results at one thread and at several, bit for bit.
func TestThreadsDontMatter(t *testing.T) {
	defer SetThreads(SetThreads(0))
	rng := rand.New(rand.NewPCG(5, 6))
	x := makeView(t, dtype.Float32, "contiguous", []int{300, 1000})
	for i := range x.Layout.Len() {
		set(x, i, rng.NormFloat64())
	}
	y := backend.View{Storage: x.Storage, Layout: backend.Layout{Shape: []int{1000, 300}, Stride: []int{1, 1000}}}
	idx := makeView(t, dtype.Int64, "contiguous", []int{300, 1000})
	for i := range idx.Layout.Len() {
		set(idx, i, float64(rng.IntN(10)))
	}
	run := map[string]func() (backend.View, error){
		"sum": func() (backend.View, error) {
			d := makeView(t, dtype.Float32, "contiguous", []int{1, 1})
			return d, theBackend.Reduce(backend.Sum, d, x, 0, 1)
		},
		"columns": func() (backend.View, error) {
			d := makeView(t, dtype.Float32, "contiguous", []int{1, 1000})
			return d, theBackend.Reduce(backend.Sum, d, x, 0)
		},
		"matmul": func() (backend.View, error) {
			d := makeView(t, dtype.Float32, "contiguous", []int{300, 300})
			return d, theBackend.MatMul(d, x, y)
		},
		"scatter": func() (backend.View, error) {
			d := makeView(t, dtype.Float32, "contiguous", []int{10, 1000})
			if err := theBackend.Fill(d, 0); err != nil {
				return d, err
			}
			return d, theBackend.ScatterAdd(d, x, idx, 0)
		},
		"random": func() (backend.View, error) {
			d := makeView(t, dtype.Float32, "contiguous", []int{100000})
			return d, theBackend.Random(d, backend.Distribution{Kind: backend.Normal, B: 1}, 1, 2)
		},
	}
	for name, f := range run {
		t.Run(name, func(t *testing.T) {
			var first []byte
			for _, n := range []int{1, 2, 5} {
				SetThreads(n)
				d, err := f()
				if err != nil {
					t.Fatal(err)
				}
				got := string(d.Storage.(*Storage).Bytes())
				if n == 1 {
					first = []byte(got)
				} else if got != string(first) {
					t.Errorf("results at %d threads differ from those at 1", n)
				}
			}
		})
	}
}

func TestStorage(t *testing.T) {
	for _, n := range []int{0, 1, 1000, 5000, 100000} {
		for range 3 {
			s, err := theBackend.Alloc(dtype.Float32, n)
			if err != nil {
				t.Fatal(err)
			}
			b := s.(*Storage).Bytes()
			if len(b) != 4*n || s.Len() != n {
				t.Fatalf("%d bytes for %d elements", len(b), n)
			}
			up := make([]byte, len(b))
			for i := range up {
				up[i] = byte(i)
			}
			if err := theBackend.Upload(s, up); err != nil {
				t.Fatal(err)
			}
			down := make([]byte, len(b))
			if err := theBackend.Download(down, s); err != nil {
				t.Fatal(err)
			}
			if string(down) != string(up) {
				t.Fatal("what went up came down different")
			}
			s.Free()
			if n > 0 && theBackend.Download(down, s) == nil {
				t.Fatal("freed storage was read")
			}
		}
	}
	if _, err := theBackend.Alloc(dtype.Float32, 1<<60); err == nil {
		t.Error("an impossible size was allocated")
	}
}
