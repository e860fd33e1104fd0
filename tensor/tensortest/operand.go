package tensortest

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
	"github.com/rustygradients/rg/tensor/internal/reference"
)

// suite runs every operation twice, on the backend under test and on the reference, and compares the
// destinations' whole storage, so that a write beside the view is seen too.
type suite struct {
	b, ref backend.Backend
	cases  *atomic.Int64 // how many comparisons have been made
}

// operand is the same view of the same elements on both backends.
type operand struct{ got, want backend.View }

// layout makes views of a shape. Size is how many elements the storage needs.
type layout struct {
	name   string
	source bool // fit for reading only
	make   func(shape []int) (l backend.Layout, size int)
}

var layouts = []layout{
	{name: "contiguous", make: func(shape []int) (backend.Layout, int) {
		l := backend.Contiguous(shape...)
		return l, l.Len()
	}},
	{name: "offset", make: func(shape []int) (backend.Layout, int) {
		l := backend.Contiguous(shape...)
		l.Offset = 3
		return l, l.Len() + 5
	}},
	{name: "transposed", make: func(shape []int) (backend.Layout, int) {
		l := backend.Contiguous(shape...)
		step := 1
		for a := range shape {
			l.Stride[a] = step
			step *= max(shape[a], 1)
		}
		return l, l.Len()
	}},
	{name: "strided", make: func(shape []int) (backend.Layout, int) {
		l := backend.Contiguous(shape...)
		for a := range shape {
			l.Stride[a] *= 2
		}
		l.Offset = 1
		return l, 2*l.Len() + 1
	}},
	{name: "negative", make: func(shape []int) (backend.Layout, int) {
		l := backend.Contiguous(shape...)
		if n := len(shape); n > 0 && l.Len() > 0 {
			l.Offset = (shape[n-1] - 1) * l.Stride[n-1]
			l.Stride[n-1] = -l.Stride[n-1]
		}
		return l, l.Len()
	}},
	{name: "reversed", make: func(shape []int) (backend.Layout, int) { // along the first axis
		l := backend.Contiguous(shape...)
		if len(shape) > 0 && l.Len() > 0 {
			l.Offset = (shape[0] - 1) * l.Stride[0]
			l.Stride[0] = -l.Stride[0]
		}
		return l, l.Len()
	}},
	{name: "broadcast", source: true, make: func(shape []int) (backend.Layout, int) {
		l := backend.Contiguous(shape...)
		if len(shape) > 0 {
			l.Stride[0] = 0
		}
		return l, l.Len()
	}},
	{name: "broadcast last", source: true, make: func(shape []int) (backend.Layout, int) {
		l := backend.Contiguous(shape...)
		if n := len(shape); n > 0 {
			l.Stride[n-1] = 0
		}
		return l, l.Len()
	}},
	{name: "scalar", source: true, make: func(shape []int) (backend.Layout, int) {
		return backend.Layout{Shape: shape, Stride: make([]int, len(shape)), Offset: 1}, 2
	}},
}

// shapes are rank 0, empty, of odd sizes, with axes of size 1, and large enough for vector code and its
// remainders.
var shapes = [][]int{{}, {0}, {1}, {7}, {3, 0, 2}, {2, 3, 4}, {1, 5, 1}, {9, 67}, {2, 1, 3, 2}, {3, 1031}}

func each(t *testing.T, shapes [][]int, f func(t *testing.T, shape []int, l layout)) {
	for _, shape := range shapes {
		for _, l := range layouts {
			t.Run(fmt.Sprintf("%v/%s", shape, l.name), func(t *testing.T) { f(t, shape, l) })
		}
	}
}

// numbers draws elements that every data type can hold: small whole and half numbers for floats, small
// whole numbers otherwise.
func numbers(dt dtype.DType, n int, seed uint64) []float64 {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	out := make([]float64, n)
	for i := range out {
		switch {
		case dt.IsFloat():
			out[i] = dt.Round(float64(float32(r.NormFloat64() * 2)))
		case dt == dtype.Bool:
			out[i] = float64(r.IntN(2))
		case dt == dtype.Uint8:
			out[i] = float64(r.IntN(12))
		default:
			out[i] = float64(r.IntN(23) - 11)
		}
	}
	return out
}

// specials are the floats that go wrong first.
var specials = []float64{
	0, math.Copysign(0, -1), 1, -1, math.Inf(1), math.Inf(-1), math.NaN(), 0.5, -0.5, 1.5, 2.5, -2.5, 88, 89, -88, -104, 1e-30,
	-1e-30, 1e30, -1e30, 20, -20, 1e-5, 3.1415927, 1e-42,
}

func encode(dt dtype.DType, values []float64) []byte {
	var raw []byte
	le := binary.LittleEndian
	for _, v := range values {
		switch dt {
		case dtype.Float32:
			raw = le.AppendUint32(raw, math.Float32bits(float32(v)))
		case dtype.Float16:
			raw = le.AppendUint16(raw, dtype.NarrowFloat16(float32(v)))
		case dtype.BFloat16:
			raw = le.AppendUint16(raw, dtype.NarrowBFloat16(float32(v)))
		case dtype.Float64:
			raw = le.AppendUint64(raw, math.Float64bits(v))
		case dtype.Int64:
			raw = le.AppendUint64(raw, uint64(int64(v)))
		case dtype.Int32:
			raw = le.AppendUint32(raw, uint32(int32(v)))
		default:
			raw = append(raw, byte(int(v)))
		}
	}
	return raw
}

func decode(dt dtype.DType, raw []byte) []float64 {
	out := make([]float64, len(raw)/dt.Size())
	le := binary.LittleEndian
	for i := range out {
		switch dt {
		case dtype.Float32:
			out[i] = float64(math.Float32frombits(le.Uint32(raw[4*i:])))
		case dtype.Float16:
			out[i] = float64(dtype.WidenFloat16(le.Uint16(raw[2*i:])))
		case dtype.BFloat16:
			out[i] = float64(dtype.WidenBFloat16(le.Uint16(raw[2*i:])))
		case dtype.Float64:
			out[i] = math.Float64frombits(le.Uint64(raw[8*i:]))
		case dtype.Int64:
			out[i] = float64(int64(le.Uint64(raw[8*i:])))
		case dtype.Int32:
			out[i] = float64(int32(le.Uint32(raw[4*i:])))
		case dtype.Int8:
			out[i] = float64(int8(raw[i]))
		default:
			out[i] = float64(raw[i])
		}
	}
	return out
}

// upload puts values into storage of one backend.
func upload(t *testing.T, b backend.Backend, dt dtype.DType, values []float64) backend.Storage {
	t.Helper()
	s, err := b.Alloc(dt, len(values))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Upload(s, encode(dt, values)); err != nil {
		t.Fatal(err)
	}
	return s
}

// operand makes a view of given elements on both backends.
func (s suite) operand(t *testing.T, dt dtype.DType, l backend.Layout, values []float64) operand {
	t.Helper()
	return operand{
		got:  backend.View{Storage: upload(t, s.b, dt, values), Layout: l},
		want: backend.View{Storage: upload(t, s.ref, dt, values), Layout: l},
	}
}

// random makes a view of random elements.
func (s suite) random(t *testing.T, dt dtype.DType, shape []int, l layout, seed uint64) operand {
	t.Helper()
	view, size := l.make(shape)
	return s.operand(t, dt, view, numbers(dt, size, seed))
}

// destination is a view to write into; what a broadcast layout can't be is contiguous.
func (s suite) destination(t *testing.T, dt dtype.DType, shape []int, l layout) operand {
	t.Helper()
	if l.source {
		l = layouts[0]
	}
	return s.random(t, dt, shape, l, 99)
}

// tolerance is how far an element may be from the reference, which computes in float64.
func tolerance(dt dtype.DType) Tolerance {
	switch dt {
	case dtype.Float32:
		return Tolerance{Rel: 3e-6, Abs: 1e-6}
	case dtype.Float16: // one unit in the last place: the reference rounds once
		return Tolerance{Rel: 1.0 / 1024, Abs: 1e-6}
	case dtype.BFloat16:
		return Tolerance{Rel: 1.0 / 128, Abs: 1e-6}
	case dtype.Float64:
		return Tolerance{Rel: 1e-12, Abs: 1e-12}
	}
	return Tolerance{}
}

// check runs an operation on both backends and compares what it wrote.
func (s suite) check(t *testing.T, dst operand, tol Tolerance, run func(b backend.Backend, pick func(operand) backend.View) error) {
	t.Helper()
	if err := run(s.ref, func(o operand) backend.View { return o.want }); err != nil {
		t.Fatalf("the reference: %v", err)
	}
	if err := run(s.b, func(o operand) backend.View { return o.got }); err != nil {
		t.Fatal(err)
	}
	s.compare(t, dst, tol)
}

func (s suite) compare(t *testing.T, dst operand, tol Tolerance) {
	t.Helper()
	s.cases.Add(1)
	dt := dst.got.Storage.DType()
	if err := s.b.Synchronize(); err != nil {
		t.Fatal(err)
	}
	var sides [2][]float64
	for i, v := range []backend.View{dst.got, dst.want} {
		raw := make([]byte, v.Storage.Len()*dt.Size())
		if err := v.Storage.Backend().Download(raw, v.Storage); err != nil {
			t.Fatal(err)
		}
		sides[i] = decode(dt, raw)
	}
	for i, got := range sides[0] {
		if want := sides[1][i]; !tol.Close(got, want) {
			t.Fatalf("storage element %d of %s, shape %v, strides %v: got %v, want %v", i, dt, dst.got.Layout.Shape,
				dst.got.Layout.Stride, got, want)
		}
	}
}

func newSuite(b backend.Backend) suite {
	return suite{b: b, ref: reference.New(), cases: new(atomic.Int64)}
}

// kept is the shape with size 1 along the axes.
func kept(shape []int, axes ...int) []int {
	out := slices.Clone(shape)
	for _, a := range axes {
		out[a] = 1
	}
	return out
}
