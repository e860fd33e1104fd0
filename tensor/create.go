package tensor

import (
	"encoding/binary"
	"math"
	"reflect"

	"github.com/rustygradients/rg/tensor/backend"
)

// Options says how constructors make tensors. Its methods are the constructors; the functions of
// the same names use the zero Options.
//
//	tensor.Options{DType: tensor.Float64}.Randn(2, 3)
type Options struct {
	DType     DType      // default Float32 (Int64 for RandInt and Perm)
	Device    Device     // default DefaultDevice()
	Generator *Generator // default the global one, see ManualSeed
}

func (o Options) dtype(otherwise DType) DType {
	if o.DType == 0 {
		return otherwise
	}
	return o.DType
}

// Of makes a rank-1 Float32 tensor of the values.
func Of(values ...float64) *Tensor { return FromSlice(values).To(Float32) }

// Scalar makes a rank-0 Float32 tensor.
func Scalar(value float64) *Tensor { return Options{}.Scalar(value) }

// Zeros makes a Float32 tensor of zeros.
func Zeros(shape ...int) *Tensor { return Options{}.Zeros(shape...) }

// Ones makes a Float32 tensor of ones.
func Ones(shape ...int) *Tensor { return Options{}.Ones(shape...) }

// Full makes a Float32 tensor filled with one value.
func Full(value float64, shape ...int) *Tensor { return Options{}.Full(value, shape...) }

// Eye makes the n×n identity matrix.
func Eye(n int) *Tensor { return Options{}.Eye(n) }

// Arange counts from start up to, and without, stop. It makes Int64 when start and step are whole
// numbers, Float32 otherwise.
func Arange(start, stop, step float64) *Tensor { return Options{}.Arange(start, stop, step) }

// Linspace makes n evenly spaced Float32 values from start to stop, both included.
func Linspace(start, stop float64, n int) *Tensor { return Options{}.Linspace(start, stop, n) }

// Scalar makes a rank-0 tensor.
func (o Options) Scalar(value float64) *Tensor { return o.fill("scalar", value, nil) }

// Zeros makes a tensor of zeros.
func (o Options) Zeros(shape ...int) *Tensor { return o.fill("zeros", 0, shape) }

// Ones makes a tensor of ones.
func (o Options) Ones(shape ...int) *Tensor { return o.fill("ones", 1, shape) }

// Full makes a tensor filled with one value.
func (o Options) Full(value float64, shape ...int) *Tensor { return o.fill("full", value, shape) }

func (o Options) fill(op string, value float64, shape []int) *Tensor {
	t := alloc(op, o.Device.backend(op), o.dtype(Float32), shape)
	must(t.backend().Fill(t.v(), value), op, t)
	return t
}

// Eye makes the n×n identity matrix.
func (o Options) Eye(n int) *Tensor {
	t := o.fill("eye", 0, []int{n, n})
	diagonal := t.view(backend.Layout{Shape: []int{n}, Stride: []int{n + 1}})
	must(t.backend().Fill(diagonal.v(), 1), "eye", t)
	return t
}

// Arange counts from start up to, and without, stop.
func (o Options) Arange(start, stop, step float64) *Tensor {
	if step == 0 || math.IsNaN(step) || math.IsInf((stop-start)/step, 0) || math.IsNaN(start+stop) {
		panic(&Error{Op: "arange", Hint: "start and stop must be finite and the step not zero"})
	}
	n := max(math.Ceil((stop-start)/step), 0)
	if n > math.MaxInt/16 {
		panic(&Error{Op: "arange", Hint: "too many elements"})
	}
	dt := Float32
	if start == math.Trunc(start) && step == math.Trunc(step) {
		dt = Int64
	}
	return o.from("arange", int(n), o.dtype(dt), func(values []float64) {
		for i := range values {
			values[i] = start + float64(i)*step
		}
	})
}

// Linspace makes n evenly spaced values from start to stop, both included.
func (o Options) Linspace(start, stop float64, n int) *Tensor {
	if n < 0 {
		panic(&Error{Op: "linspace", Hint: "the number of values can't be negative"})
	}
	return o.from("linspace", n, o.dtype(Float32), func(values []float64) {
		step := (stop - start) / float64(max(n-1, 1))
		for i := range values {
			// From the nearer end, so that both ends are exact and the middle symmetric.
			if i < (n+1)/2 {
				values[i] = start + float64(i)*step
			} else {
				values[i] = stop - float64(n-1-i)*step
			}
		}
	})
}

// from makes a vector of n values that a function fills in. The backend is asked for storage first: it
// has an error for what is too large.
func (o Options) from(op string, n int, dt DType, fill func(values []float64)) *Tensor {
	t := alloc(op, o.Device.backend(op), Float64, []int{n})
	values := make([]float64, n)
	fill(values)
	must(t.backend().Upload(t.data.Storage, rawBytes(values)), op, t)
	return t.To(dt)
}

// ZerosLike makes zeros of x's shape, data type and device.
func ZerosLike(x *Tensor) *Tensor { return x.filled("zeros_like", 0) }

// OnesLike makes ones of x's shape, data type and device.
func OnesLike(x *Tensor) *Tensor { return x.filled("ones_like", 1) }

// FullLike fills x's shape, data type and device with one value.
func FullLike(x *Tensor, value float64) *Tensor { return x.filled("full_like", value) }

func (t *Tensor) filled(op string, value float64) *Tensor {
	out := t.like(op, t.DType(), t.layout.Shape)
	must(out.backend().Fill(out.v(), value), op, out)
	return out
}

// scalar makes a rank-0 tensor beside t.
func (t *Tensor) scalar(op string, value float64, dt DType) *Tensor {
	out := t.like(op, dt, nil)
	must(out.backend().Fill(out.v(), value), op, out)
	return out
}

// FromSlice copies a Go slice into a tensor whose data type follows the slice's: []float32,
// []float64, []int64, []int (as Int64), []int32, []int8, []uint8 or []bool. Without a shape the
// tensor has rank 1. One size may be -1: it is worked out. Slices of slices, as
// [][]float64{{1, 2}, {3, 4}}, and arrays give the shape themselves; they must be rectangular. A
// single number makes a scalar.
func FromSlice(data any, shape ...int) *Tensor { return Options{}.FromSlice(data, shape...) }

// FromSlice copies a Go slice into a tensor, converted to o.DType if that is set.
func (o Options) FromSlice(data any, shape ...int) *Tensor {
	const op = "fromslice"
	flat, own := flatten(data)
	raw, dt := encode(flat)
	if dt == 0 {
		panic(&Error{Op: op, Hint: "can't make a tensor of " + reflect.TypeOf(data).String() +
			"; give a slice of float32, float64, int, int64, int32, int8, uint8 or bool"})
	}
	n := len(raw) / dt.Size()
	if len(shape) == 0 {
		shape = own
	}
	shape = inferShape(op, shape, n, own)
	t := alloc(op, o.Device.backend(op), dt, shape)
	must(t.backend().Upload(t.data.Storage, raw), op, t)
	return t.To(o.dtype(dt))
}

// flatten turns nested slices and arrays into one flat slice and its shape.
func flatten(data any) (flat any, shape []int) {
	v := reflect.ValueOf(data)
	if !v.IsValid() {
		panic(&Error{Op: "fromslice", Hint: "there is no data: nil"})
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Slice && v.Type().Elem().Kind() != reflect.Array {
		return data, []int{v.Len()}
	}
	elem := v.Type()
	for e := v; elem.Kind() == reflect.Slice || elem.Kind() == reflect.Array; elem = elem.Elem() {
		n := 0
		if e.IsValid() {
			n = e.Len()
		}
		shape = append(shape, n)
		if n > 0 {
			e = e.Index(0)
		} else {
			e = reflect.Value{}
		}
	}
	out := reflect.MakeSlice(reflect.SliceOf(elem), 0, product(shape))
	var walk func(v reflect.Value, depth int)
	walk = func(v reflect.Value, depth int) {
		if depth == len(shape) {
			out = reflect.Append(out, v)
			return
		}
		if v.Len() != shape[depth] {
			panic(&Error{
				Op: "fromslice", Shapes: [][]int{shape},
				Hint: "the rows differ in length; a tensor is rectangular",
			})
		}
		for i := range v.Len() {
			walk(v.Index(i), depth+1)
		}
	}
	walk(v, 0)
	return out.Interface(), shape
}

// encode gives a slice's elements as little-endian bytes, and their data type; 0 if there is none.
func encode(flat any) ([]byte, DType) {
	switch s := flat.(type) {
	case []float32:
		return rawBytes(s), Float32
	case []float64:
		return rawBytes(s), Float64
	case []int64:
		return rawBytes(s), Int64
	case []int32:
		return rawBytes(s), Int32
	case []int8:
		return rawBytes(s), Int8
	case []uint8:
		return s, Uint8
	case []bool:
		return rawBytes(s), Bool
	case []int:
		wide := make([]int64, len(s))
		for i, v := range s {
			wide[i] = int64(v)
		}
		return rawBytes(wide), Int64
	}
	// A named slice or element type, as type Label int.
	v := reflect.ValueOf(flat)
	if v.Kind() != reflect.Slice {
		return nil, 0
	}
	basic := map[reflect.Kind]reflect.Type{
		reflect.Float32: reflect.TypeFor[float32](), reflect.Float64: reflect.TypeFor[float64](),
		reflect.Int64: reflect.TypeFor[int64](), reflect.Int: reflect.TypeFor[int64](),
		reflect.Int32: reflect.TypeFor[int32](), reflect.Int8: reflect.TypeFor[int8](),
		reflect.Uint8: reflect.TypeFor[uint8](), reflect.Bool: reflect.TypeFor[bool](),
	}[v.Type().Elem().Kind()]
	if basic == nil {
		return nil, 0
	}
	plain := reflect.MakeSlice(reflect.SliceOf(basic), v.Len(), v.Len())
	for i := range v.Len() {
		plain.Index(i).Set(v.Index(i).Convert(basic))
	}
	return encode(plain.Interface())
}

// rawBytes encodes a slice of numbers.
func rawBytes[T any](s []T) []byte {
	raw, err := binary.Append(make([]byte, 0, binary.Size(s)), binary.LittleEndian, s)
	if err != nil {
		panic(err) // only fixed-size elements come here
	}
	return raw
}
