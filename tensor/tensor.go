package tensor

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/rustygradients/rg/tensor/backend"
)

// Tensor is an array of elements of one data type on one device, seen through a shape. Several
// tensors may be views of the same storage. The zero Tensor is of no use; the constructors make
// tensors.
type Tensor struct {
	data   *block
	layout backend.Layout

	requiresGrad bool
	hooks        []*hook // of a leaf; an interior tensor's are in its node
	grad         *Tensor
	node         *node // the recorded operation that made it; nil for a leaf
}

// block is storage shared by views, with a count of the writes to it, so that the backward pass can
// tell when a value it saved has changed.
type block struct {
	backend.Storage
	version atomic.Uint64
	shown   atomic.Bool // a gradient that the user has been given

	partials int // how many places of a backward pass hold it, as their own

	saves    atomic.Int64 // how often graphs have saved it; one less once it was released
	released atomic.Bool
}

// Shape returns the size of each axis.
func (t *Tensor) Shape() []int {
	t.exists()
	return slices.Clone(t.layout.Shape)
}

// Dim returns the size of one axis; negative axes count from the end.
func (t *Tensor) Dim(axis int) int { return t.layout.Shape[t.axis("dim", axis)] }

// Strides returns the distance in elements between neighbours along each axis.
func (t *Tensor) Strides() []int {
	t.exists()
	return slices.Clone(t.layout.Stride)
}

// Rank returns the number of axes; a scalar has none.
func (t *Tensor) Rank() int {
	t.exists()
	return len(t.layout.Shape)
}

// Len returns the number of elements.
func (t *Tensor) Len() int {
	t.exists()
	return t.layout.Len()
}

// DType returns the type of the elements.
func (t *Tensor) DType() DType {
	t.exists()
	return t.data.DType()
}

// Device returns where the elements are.
func (t *Tensor) Device() Device { return Device(t.backend().Name()) }

// IsContiguous reports whether the elements lie one after another in row-major order.
func (t *Tensor) IsContiguous() bool {
	t.exists()
	return t.layout.IsContiguous()
}

// BackendView gives a backend's view of the elements, for packages that call a backend's optional
// interfaces. Whoever writes through it calls MarkWritten.
func (t *Tensor) BackendView() backend.View {
	t.exists()
	return backend.View{Storage: t.data.Storage, Layout: t.layout}
}

// Backend is what computes on the tensor's device.
func (t *Tensor) Backend() backend.Backend { return t.backend() }

// MarkWritten tells autograd that the elements were changed by other means than the tensor's own
// methods, so that a backward pass that saved them fails loudly instead of giving wrong gradients.
func (t *Tensor) MarkWritten() {
	t.exists()
	t.data.version.Add(1)
}

func (t *Tensor) backend() backend.Backend {
	t.exists()
	return backend.Traced(t.data.Backend())
}

// exists panics when there is no tensor.
func (t *Tensor) exists() {
	if t == nil {
		absent()
	}
}

// absent names the exported method that was called on no tensor, or was given none.
func absent() { panic(&Error{Op: entry(), Hint: "an operand is nil; make it first"}) }

// v is the short form of BackendView.
func (t *Tensor) v() backend.View { return t.BackendView() }

// alloc makes a contiguous tensor with undefined contents.
func alloc(op string, b backend.Backend, dt DType, shape []int) *Tensor {
	n := checkShape(op, shape)
	s, err := b.Alloc(dt, n)
	if err != nil {
		panic(&Error{Op: op, Shapes: [][]int{slices.Clone(shape)}, DTypes: []DType{dt}, Hint: err.Error(), Err: err})
	}
	t := &Tensor{data: &block{Storage: s}, layout: backend.Contiguous(shape...)}
	if s := mode().scope; s != nil {
		s.add(t.data)
	}
	return t
}

// like makes a contiguous tensor with undefined contents beside t.
func (t *Tensor) like(op string, dt DType, shape []int) *Tensor {
	return alloc(op, t.backend(), dt, shape)
}

// view makes a tensor that shares t's storage.
func (t *Tensor) view(l backend.Layout) *Tensor {
	t.exists()
	return &Tensor{data: t.data, layout: l}
}

// Clone copies the elements to storage of their own. Gradients flow through it.
func (t *Tensor) Clone() *Tensor {
	out := t.like("clone", t.DType(), t.layout.Shape)
	backend.Poll()
	must(t.backend().Copy(out.v(), t.v()), "clone", t)
	return record(out, "clone", nil, t)
}

// Contiguous returns t itself when its elements lie in row-major order, and a copy that does
// otherwise.
func (t *Tensor) Contiguous() *Tensor {
	if t.IsContiguous() {
		return t
	}
	return t.Clone()
}

// Target is what To converts to: a DType or a Device.
type Target interface{ String() string }

// To converts to another data type, or copies to another device (as ToDevice); it returns t itself when it is there already. Floats
// become integers by truncation towards zero, and bools by being non-zero.
func (t *Tensor) To(target Target) *Tensor {
	switch to := target.(type) {
	case DType:
		return t.toDType(to)
	case Device:
		return t.ToDevice(to)
	}
	panic(&Error{Op: "to", Hint: fmt.Sprintf("a tensor goes to a DType or a Device, not to %T", target)})
}

func (t *Tensor) toDType(dt DType) *Tensor {
	if t.DType() == dt {
		return t
	}
	out := t.like("to", dt, t.layout.Shape)
	backend.Poll()
	must(t.backend().Copy(out.v(), t.v()), "to", t)
	return record(out, "to", nil, t)
}

// ToDevice copies the elements to another device; it returns t itself when it is there already.
func (t *Tensor) ToDevice(d Device) *Tensor {
	t.exists()
	b := d.backend("todevice")
	if b.Name() == t.data.Backend().Name() {
		return t
	}
	room("todevice", []*Tensor{t}, t.Len())
	src := t.Contiguous()
	raw := make([]byte, src.Len()*src.DType().Size())
	src.download(raw)
	out := alloc("todevice", b, t.DType(), t.layout.Shape)
	must(b.Upload(out.data.Storage, raw), "todevice", t)
	return record(out, "todevice", nil, t)
}

// sameDevice panics unless the operands share a device.
func sameDevice(op string, ts ...*Tensor) {
	for i, t := range ts {
		if t == nil {
			panic(&Error{Op: op, Hint: "operand " + ordinal(i) + " is nil"})
		}
	}
	for _, t := range ts[1:] {
		if t.data.Backend() != ts[0].data.Backend() {
			e := &Error{Op: op, Hint: "the operands are on different devices; move one with ToDevice"}
			for _, o := range ts {
				e.Shapes = append(e.Shapes, o.Shape())
				e.Devices = append(e.Devices, o.Device())
			}
			panic(e)
		}
	}
}

func ordinal(i int) string { return [...]string{"one", "two", "three", "four"}[min(i, 3)] }
