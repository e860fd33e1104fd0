package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"

	"github.com/rustygradients/rg/tensor/dtype"
	"github.com/rustygradients/rg/tensor/internal/mmap"
)

// Tensor is the raw form of a tensor: elements little-endian, in row-major order.
type Tensor struct {
	DType DType
	Shape []int
	Data  []byte
}

// Float32s converts the elements of an F32, F16 or BF16 tensor.
func (t Tensor) Float32s() ([]float32, error) {
	out := make([]float32, len(t.Data)*8/max(t.DType.Bits(), 16))
	le := binary.LittleEndian
	var convert func()
	switch t.DType {
	case F32:
		convert = func() {
			for i := range out {
				out[i] = math.Float32frombits(le.Uint32(t.Data[4*i:]))
			}
		}
	case F16:
		convert = func() {
			for i := range out {
				out[i] = dtype.WidenFloat16(le.Uint16(t.Data[2*i:]))
			}
		}
	case BF16:
		convert = func() {
			for i := range out {
				out[i] = dtype.WidenBFloat16(le.Uint16(t.Data[2*i:]))
			}
		}
	default:
		return nil, fmt.Errorf("safetensors: %s has no conversion to float32; F32, F16 and BF16 have", t.DType)
	}
	if err := mmap.Try(convert); err != nil {
		return nil, err
	}
	return out, nil
}

// File is an open file. It may be used from several goroutines. There is nothing to close: it is
// unmapped when it is garbage.
type File struct {
	header *header
	index  map[string]int // into the header's entries
	data   []byte
	keep   *mmap.Mapping // nil if the bytes were given
}

// Open maps the file at path and checks its header. The data is read when it is touched.
func Open(path string) (*File, error) {
	m, err := mmap.Open(path)
	if err != nil {
		return nil, err
	}
	var f *File
	if fault := mmap.Try(func() { f, err = Parse(m.Bytes()) }); fault != nil {
		return nil, fault
	}
	if err != nil {
		var bad *FormatError
		if errors.As(err, &bad) {
			bad.Path = path
		}
		return nil, err
	}
	f.keep = m
	runtime.KeepAlive(m)
	return f, nil
}

// Parse reads a file that is in memory already. Its tensors share data's memory.
func Parse(data []byte) (*File, error) {
	h, err := parse(data)
	if err != nil {
		return nil, err
	}
	f := &File{header: h, index: make(map[string]int, len(h.entries)), data: data[h.size:]}
	for i, e := range h.entries {
		f.index[e.name] = i
	}
	return f, nil
}

// Len is the number of tensors.
func (f *File) Len() int { return len(f.header.entries) }

// Names lists the tensors in the order in which they lie in the file.
func (f *File) Names() []string {
	names := make([]string, len(f.header.entries))
	for i, e := range f.header.entries {
		names[i] = e.name
	}
	return names
}

// Metadata returns a copy of the header's __metadata__, or nil if there is none.
func (f *File) Metadata() map[string]string { return maps.Clone(f.header.metadata) }

// Tensor finds a tensor without copying it. Of a mapped file, Data is valid while f is reachable
// (see runtime.KeepAlive); writing to it changes neither the file nor other openings of it; and reading it
// when the file has shrunk since ends the program, where Read gives an error.
func (f *File) Tensor(name string) (t Tensor, ok bool) {
	i, ok := f.index[name]
	if !ok {
		return Tensor{}, false
	}
	e := f.header.entries[i]
	return Tensor{DType: e.dtype, Shape: slices.Clone(e.shape), Data: f.data[e.begin:e.end:e.end]}, true
}

// Read finds a tensor and copies it.
func (f *File) Read(name string) (Tensor, error) {
	t, ok := f.Tensor(name)
	if !ok {
		return Tensor{}, fmt.Errorf("safetensors: there is no tensor %s among the %d", quoteShort(name), len(f.index))
	}
	data := make([]byte, len(t.Data))
	if err := mmap.Try(func() { copy(data, t.Data) }); err != nil {
		return Tensor{}, err
	}
	t.Data = data
	runtime.KeepAlive(f)
	return t, nil
}

// KeepAlive is what keeps the memory of f's tensors alive: whoever holds their Data without f holds
// this instead. It is nil for a file that was given as bytes.
func (f *File) KeepAlive() any {
	if f.keep == nil {
		return nil
	}
	return f.keep
}
