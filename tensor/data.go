package tensor

import (
	"encoding/binary"
	"runtime"
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/internal/mmap"
)

// download copies the elements of contiguous t, little-endian.
func (t *Tensor) download(dst []byte) {
	if t.Len() == 0 {
		return // the offset of an empty view may lie beyond its storage
	}
	size := t.DType().Size()
	if h, ok := t.data.Storage.(backend.HostStorage); ok && h.Bytes() != nil { // not freed
		mmap.Guard(func() { copy(dst, h.Bytes()[t.layout.Offset*size:]) })
		runtime.KeepAlive(t) // mapped bytes live as long as their tensors
		return
	}
	if t.Len() != t.data.Len() {
		t = t.Detach().Clone()
	}
	must(t.backend().Download(dst, t.data.Storage), "download", t)
}

// hostSlice makes a Go slice for the elements.
func hostSlice[T any](op string, t *Tensor) []T {
	sameDevice(op, t)
	room(op, []*Tensor{t}, t.Len())
	return make([]T, t.Len())
}

// values copies the elements in row-major order, converted to dt, into out.
func (t *Tensor) values(dt DType, out any) {
	x := t.Detach().To(dt).Contiguous()
	raw := make([]byte, x.Len()*dt.Size())
	x.download(raw)
	if _, err := binary.Decode(raw, binary.LittleEndian, out); err != nil {
		panic(err) // out was made to fit
	}
}

// Float32s copies the elements, in row-major order, to a Go slice.
func (t *Tensor) Float32s() []float32 {
	out := hostSlice[float32]("float32s", t)
	t.values(Float32, out)
	return out
}

// Float64s copies the elements, in row-major order, to a Go slice.
func (t *Tensor) Float64s() []float64 {
	out := hostSlice[float64]("float64s", t)
	t.values(Float64, out)
	return out
}

// Int64s copies the elements, in row-major order, to a Go slice. Floats lose their fraction.
func (t *Tensor) Int64s() []int64 {
	out := hostSlice[int64]("int64s", t)
	t.values(Int64, out)
	return out
}

// Ints copies the elements, in row-major order, to a Go slice. Floats lose their fraction.
func (t *Tensor) Ints() []int {
	out := hostSlice[int]("ints", t)
	for i, v := range t.Int64s() {
		out[i] = int(v)
	}
	return out
}

// Int32s copies the elements, in row-major order, to a Go slice.
func (t *Tensor) Int32s() []int32 {
	out := hostSlice[int32]("int32s", t)
	t.values(Int32, out)
	return out
}

// Int8s copies the elements, in row-major order, to a Go slice.
func (t *Tensor) Int8s() []int8 {
	out := hostSlice[int8]("int8s", t)
	t.values(Int8, out)
	return out
}

// Uint8s copies the elements, in row-major order, to a Go slice.
func (t *Tensor) Uint8s() []uint8 {
	out := hostSlice[uint8]("uint8s", t)
	t.values(Uint8, out)
	return out
}

// Bools copies the elements, in row-major order, to a Go slice: true where they aren't zero.
func (t *Tensor) Bools() []bool {
	out := hostSlice[bool]("bools", t)
	t.values(Bool, out)
	return out
}

// Data copies the elements, in row-major order, to a Go slice of the tensor's own type: []float32,
// []float64, []int64, []int32, []int8, []uint8 or []bool. The half types come as []float32, which FromSlice
// takes back with Options{DType: Float16} or BFloat16.
func (t *Tensor) Data() any {
	switch t.DType() {
	case Float64:
		return t.Float64s()
	case Int64:
		return t.Int64s()
	case Int32:
		return t.Int32s()
	case Int8:
		return t.Int8s()
	case Uint8:
		return t.Uint8s()
	case Bool:
		return t.Bools()
	}
	return t.Float32s()
}

// Item is the value of a tensor with one element.
func (t *Tensor) Item() float64 {
	if t.Len() != 1 {
		fail("item", []*Tensor{t}, "has %d elements; Item takes one", t.Len())
	}
	return t.Float64s()[0]
}

// Int is the value of a tensor with one element, as a whole number.
func (t *Tensor) Int() int {
	if t.Len() != 1 {
		fail("int", []*Tensor{t}, "has %d elements; Int takes one", t.Len())
	}
	return t.Ints()[0]
}

// Bool is whether the one element of a tensor isn't zero.
func (t *Tensor) Bool() bool {
	if t.Len() != 1 {
		fail("bool", []*Tensor{t}, "has %d elements; Bool takes one", t.Len())
	}
	return t.Bools()[0]
}

// element is the view of one element.
func (t *Tensor) element(op string, index []int) *Tensor {
	if len(index) != t.Rank() {
		fail(op, []*Tensor{t}, "%d indices are given for %d axes", len(index), t.Rank())
	}
	l := backend.Layout{Offset: t.layout.Offset}
	for a, i := range index {
		l.Offset += checkIndex(op, i, t.layout.Shape[a], a, t) * t.layout.Stride[a]
	}
	return t.view(l)
}

// At is one element. Negative indices count from the end.
func (t *Tensor) At(index ...int) float64 { return t.element("at", index).Item() }

// Set changes one element in place: t.Set(v, i, j).
func (t *Tensor) Set(v float64, index ...int) {
	t.writing("set")
	e := t.element("set", index)
	must(t.backend().Fill(e.v(), v), "set", t)
}

// SetData replaces the elements, in row-major order, by those of a Go slice of any number type.
func (t *Tensor) SetData(data any) *Tensor {
	y := Options{Device: t.Device()}.FromSlice(data)
	if y.Len() != t.Len() {
		fail("setdata", []*Tensor{t, y}, "there are %d values for %d elements", y.Len(), t.Len())
	}
	return t.CopyFrom(y.Reshape(t.layout.Shape...))
}

// Equals reports whether two tensors have the same shape and equal elements (NaN equals nothing).
func (t *Tensor) Equals(y *Tensor) bool {
	sameDevice("equals", t, y)
	return slices.Equal(t.layout.Shape, y.layout.Shape) && t.Detach().Equal(y.Detach()).All().Bool()
}
