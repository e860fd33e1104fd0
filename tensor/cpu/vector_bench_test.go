package cpu

import (
	"fmt"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// timed is an operation and the data types of its destination and its operands.
type timed struct {
	name string
	dst  dtype.DType
	ins  []dtype.DType
	f    func(dst backend.View, in []backend.View) error
}

// elementwise is what BenchmarkElementwise times.
func elementwise() []timed {
	const f32, f64, i64, i8 = dtype.Float32, dtype.Float64, dtype.Int64, dtype.Int8
	b := theBackend
	unary := func(op backend.UnaryOp, dt dtype.DType) timed {
		return timed{op.String() + "/" + dt.String(), dt, []dtype.DType{dt}, func(d backend.View, in []backend.View) error { return b.Unary(op, d, in[0]) }}
	}
	binary := func(op backend.BinaryOp, dt dtype.DType) timed {
		out := dt
		if op.IsComparison() {
			out = dtype.Bool
		}
		return timed{op.String() + "/" + dt.String(), out, []dtype.DType{dt, dt}, func(d backend.View, in []backend.View) error { return b.Binary(op, d, in[0], in[1]) }}
	}
	cast := func(from, to dtype.DType) timed {
		return timed{"copy/" + from.String() + "-" + to.String(), to, []dtype.DType{from}, func(d backend.View, in []backend.View) error { return b.Copy(d, in[0]) }}
	}
	act := func(a backend.Activation) []timed {
		return []timed{
			{a.String(), f32, []dtype.DType{f32}, func(d backend.View, in []backend.View) error { return b.Activation(a, d, in[0]) }},
			{a.String() + "_grad", f32, []dtype.DType{f32, f32}, func(d backend.View, in []backend.View) error { return b.ActivationGrad(a, d, in[0], in[1]) }},
		}
	}
	draw := func(name string, d backend.Distribution) timed {
		return timed{name, f32, nil, func(dst backend.View, _ []backend.View) error { return b.Random(dst, d, 1, 0) }}
	}
	list := []timed{
		cast(f32, f32), cast(f64, f64), cast(dtype.Bool, dtype.Bool),
		{"fill/float32", f32, nil, func(d backend.View, _ []backend.View) error { return b.Fill(d, 1) }},
		{"where/float32", f32, []dtype.DType{dtype.Bool, f32, f32}, func(d backend.View, in []backend.View) error { return b.Where(d, in[0], in[1], in[2]) }},
		{"adamw", f32, []dtype.DType{f32, f32, f32}, func(d backend.View, in []backend.View) error {
			return b.AdamW(d, in[0], in[1], in[2], backend.AdamStep{Rate: 1e-3, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Correction1: 1, Correction2: 1, Scale: 1})
		}},
		draw("uniform", backend.Distribution{Kind: backend.Uniform, B: 1}),
		draw("normal", backend.Distribution{Kind: backend.Normal, B: 1}),
		draw("bernoulli", backend.Distribution{Kind: backend.Bernoulli, A: 0.5}),
	}
	for _, dt := range []dtype.DType{f64, i64, dtype.Int32, i8, dtype.Bool, dtype.Float16, dtype.BFloat16} {
		list = append(list, cast(f32, dt), cast(dt, f32))
	}
	for _, op := range []backend.UnaryOp{
		backend.Neg, backend.Abs, backend.Sign, backend.Exp, backend.Log, backend.Sqrt, backend.Rsqrt, backend.Reciprocal, backend.Sin,
		backend.Cos, backend.Tanh, backend.Sigmoid, backend.ReLU, backend.Erf, backend.Square, backend.Floor, backend.Round, backend.Tan, backend.Asin,
		backend.Acos, backend.Atan, backend.Sinh, backend.Cosh, backend.Asinh, backend.Acosh, backend.Atanh, backend.Log2, backend.Log10,
		backend.Log1p, backend.Exp2, backend.Expm1, backend.Erfc,
	} {
		list = append(list, unary(op, f32))
	}
	for _, op := range []backend.UnaryOp{backend.Neg, backend.Exp, backend.Sqrt, backend.ReLU} {
		list = append(list, unary(op, f64))
	}
	for _, op := range []backend.BinaryOp{backend.Add, backend.Mul, backend.Div, backend.Maximum, backend.Less, backend.Equal, backend.Pow} {
		list = append(list, binary(op, f32))
	}
	for _, op := range []backend.BinaryOp{backend.Add, backend.Mul, backend.Maximum, backend.Less} {
		for _, dt := range []dtype.DType{f64, i64, dtype.Int32, i8, dtype.BFloat16} {
			list = append(list, binary(op, dt))
		}
	}
	for _, a := range []backend.Activation{backend.GELU, backend.GELUTanh, backend.SiLU} {
		list = append(list, act(a)...)
	}
	return list
}

// BenchmarkElementwise times operations on contiguous operands, in nanoseconds an element: in the L2 cache, and
// where memory is the limit.
func BenchmarkElementwise(b *testing.B) {
	for _, test := range elementwise() {
		for _, n := range []int{16 << 10, 16001, 16 << 20} {
			sizes(b, test, []int{n})
		}
	}
}

// BenchmarkRows times what works on rows, of a small and of an odd size too.
func BenchmarkRows(b *testing.B) {
	const f32 = dtype.Float32
	bk := theBackend
	for _, test := range []timed{
		{"softmax", f32, []dtype.DType{f32}, func(d backend.View, in []backend.View) error { return bk.Softmax(d, in[0]) }},
		{"log_softmax", f32, []dtype.DType{f32}, func(d backend.View, in []backend.View) error { return bk.LogSoftmax(d, in[0]) }},
		{"softmax_grad", f32, []dtype.DType{f32, f32}, func(d backend.View, in []backend.View) error { return bk.SoftmaxGrad(d, in[0], in[1]) }},
		{"log_softmax_grad", f32, []dtype.DType{f32, f32}, func(d backend.View, in []backend.View) error { return bk.LogSoftmaxGrad(d, in[0], in[1]) }},
		{"norm", f32, []dtype.DType{f32}, func(d backend.View, in []backend.View) error { return bk.Norm(d, in[0], 1e-5) }},
		{"norm_grad", f32, []dtype.DType{f32, f32}, func(d backend.View, in []backend.View) error { return bk.NormGrad(d, in[0], in[1], 1e-5) }},
	} {
		for _, shape := range [][]int{{16, 1024}, {21, 768}, {16, 1021}, {250, 64}, {16 << 10, 1024}} {
			sizes(b, test, shape)
		}
	}
}

// BenchmarkReduce times reductions of (rows, cols) over all, the inner and the outer axis, in nanoseconds an element of
// the operand.
func BenchmarkReduce(b *testing.B) {
	for _, op := range []backend.ReduceOp{backend.Sum, backend.Max, backend.ArgMax, backend.Any, backend.Prod} {
		dt, out := dtype.Float32, dtype.Float32
		switch op {
		case backend.ArgMax:
			out = dtype.Int64
		case backend.Any:
			dt, out = dtype.Bool, dtype.Bool
		}
		for _, shape := range [][]int{{16, 1024}, {16 << 10, 1024}} {
			for _, fold := range []struct {
				name string
				axes []int
				dst  []int
			}{{"all", []int{0, 1}, []int{1, 1}}, {"inner", []int{1}, []int{shape[0], 1}}, {"outer", []int{0}, []int{1, shape[1]}}} {
				if op == backend.ArgMax && len(fold.axes) > 1 {
					continue
				}
				for _, threads := range []int{1, 2} {
					b.Run(fmt.Sprintf("%s/%s/%v/threads=%d", op, fold.name, shape, threads), func(b *testing.B) {
						defer SetThreads(SetThreads(threads))
						x := makeView(b, dt, "contiguous", shape)
						if dt == dtype.Float32 {
							draw(b, x, backend.Distribution{Kind: backend.Uniform, A: -1, B: 1})
						}
						run(b, makeView(b, out, "contiguous", fold.dst), x.Layout.Len(), x.Layout.Len()*dt.Size(), func(d backend.View) error {
							return theBackend.Reduce(op, d, x, fold.axes...)
						})
					})
				}
			}
		}
	}
}

// BenchmarkLayouts times operands that are not contiguous.
func BenchmarkLayouts(b *testing.B) {
	strided := func(v backend.View, shape, stride []int, offset int) backend.View {
		return backend.View{Storage: v.Storage, Layout: backend.Layout{Shape: shape, Stride: stride, Offset: offset}}
	}
	for _, n := range []int{128, 1024, 4096} {
		for _, dt := range []dtype.DType{dtype.Float32, dtype.BFloat16, dtype.Float64, dtype.Bool} {
			x, d := makeView(b, dt, "contiguous", []int{n + 1, n}), makeView(b, dt, "contiguous", []int{n + 1, n})
			square := []int{n, n}
			for _, test := range []struct {
				name string
				f    func() error
			}{
				{"transpose", func() error {
					return theBackend.Copy(strided(d, square, []int{n, 1}, 0), strided(x, square, []int{1, n}, 0))
				}},
				{"transpose_into", func() error {
					return theBackend.Copy(strided(d, square, []int{1, n}, 0), strided(x, square, []int{n, 1}, 0))
				}},
				{"heads", func() error { // (T, H, C) → (H, T, C), C = 64
					h := n / 64
					return theBackend.Copy(strided(d, []int{h, n, 64}, []int{n * 64, 64, 1}, 0), strided(x, []int{h, n, 64}, []int{64, n, 1}, 0))
				}},
				{"keys", func() error { // (T, H, C) → (H, C, T)
					h := n / 64
					return theBackend.Copy(strided(d, []int{h, 64, n}, []int{n * 64, n, 1}, 0), strided(x, []int{h, 64, n}, []int{64, 1, n}, 0))
				}},
				{"every_second", func() error {
					return theBackend.Copy(strided(d, []int{n, n / 2}, []int{n / 2, 1}, 0), strided(x, []int{n, n / 2}, []int{n, 2}, 0))
				}},
				{"offset", func() error {
					return theBackend.Copy(strided(d, []int{n * n}, []int{1}, 1), strided(x, []int{n * n}, []int{1}, 3))
				}},
				{"add_row", func() error {
					return theBackend.Binary(backend.Add, strided(d, square, []int{n, 1}, 0), strided(x, square, []int{n, 1}, 0), strided(x, square, []int{0, 1}, 0))
				}},
				{"add_column", func() error {
					return theBackend.Binary(backend.Add, strided(d, square, []int{n, 1}, 0), strided(x, square, []int{n, 1}, 0), strided(x, square, []int{1, 0}, 0))
				}},
				{"add_scalar", func() error {
					return theBackend.Binary(backend.Add, strided(d, square, []int{n, 1}, 0), strided(x, square, []int{n, 1}, 0), strided(x, square, []int{0, 0}, 0))
				}},
				{"add_transposed", func() error {
					return theBackend.Binary(backend.Add, strided(d, square, []int{n, 1}, 0), strided(x, square, []int{n, 1}, 0), strided(x, square, []int{1, n}, 0))
				}},
			} {
				if dt != dtype.Float32 && test.name > "every" || dt == dtype.Bool && test.name[:3] == "add" {
					continue
				}
				for _, threads := range []int{1, 2} {
					b.Run(fmt.Sprintf("%s/%s/%d/threads=%d", test.name, dt, n, threads), func(b *testing.B) {
						defer SetThreads(SetThreads(threads))
						run(b, d, n*n, 2*n*n*dt.Size(), func(backend.View) error { return test.f() })
					})
				}
			}
		}
	}
}

// sizes runs one test at one and two threads.
func sizes(b *testing.B, test timed, shape []int) {
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("%s/%v/threads=%d", test.name, shape, threads), func(b *testing.B) {
			defer SetThreads(SetThreads(threads))
			dst := makeView(b, test.dst, "contiguous", shape)
			bytes := test.dst.Size()
			ins := make([]backend.View, len(test.ins))
			for i, dt := range test.ins {
				ins[i] = makeView(b, dt, "contiguous", shape)
				d := backend.Distribution{Kind: backend.Uniform, A: 0.01, B: 1}
				if !dt.IsFloat() {
					d = backend.Distribution{Kind: backend.Integers, A: 0, B: 2}
				}
				draw(b, ins[i], d)
				bytes += dt.Size()
			}
			n := dst.Layout.Len()
			run(b, dst, n, bytes*n, func(d backend.View) error { return test.f(d, ins) })
		})
	}
}

// draw fills contiguous v with random numbers, the same ones again and again.
func draw(b *testing.B, v backend.View, d backend.Distribution) {
	part := v
	part.Layout = backend.Contiguous(min(v.Layout.Len(), 50_000))
	if err := theBackend.Random(part, d, 1, 0); err != nil {
		b.Fatal(err)
	}
	buf := v.Storage.(*Storage).Bytes()
	for n := part.Layout.Len() * v.Storage.DType().Size(); n < len(buf); n *= 2 {
		copy(buf[n:], buf[:n])
	}
}

func run(b *testing.B, dst backend.View, n, bytes int, f func(dst backend.View) error) {
	if err := f(dst); err != nil { // the first time, memory is new
		b.Fatal(err)
	}
	b.SetBytes(int64(bytes))
	for b.Loop() {
		if err := f(dst); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/element")
	b.ReportMetric(0, "ns/op")
}
