package cpu

import (
	"fmt"
	"unsafe"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// align is where storage starts: a cache line, and the width of an AVX-512 register.
const align = 64

// Storage is a block of elements in ordinary, garbage-collected memory, or in memory that it was
// given by Adopt.
type Storage struct {
	buf   []byte // nil once freed
	raw   []byte // what buf was cut from; nil if it was adopted
	owner any    // keeps adopted memory alive
	n     int
	dt    dtype.DType
}

// DType returns the type of the elements.
func (s *Storage) DType() dtype.DType { return s.dt }

// Len returns the number of elements.
func (s *Storage) Len() int { return s.n }

// Backend returns the CPU backend.
func (s *Storage) Backend() backend.Backend { return theBackend }

// Bytes returns the memory itself, little-endian elements one after another. It must not be used
// after Free.
func (s *Storage) Bytes() []byte { return s.buf }

// Free gives the memory back for the next Alloc; the storage must not be used again.
func (s *Storage) Free() {
	if s.raw != nil {
		memory.put(s.raw)
	}
	s.buf, s.raw, s.owner = nil, nil, nil
}

// Alloc returns storage for n elements, with undefined contents.
func (*Backend) Alloc(dt dtype.DType, n int) (backend.Storage, error) {
	size := dt.Size()
	if size == 0 {
		return nil, fmt.Errorf("cpu: cannot allocate %s", dt)
	}
	if n < 0 || n > (1<<47)/size {
		return nil, fmt.Errorf("cpu: cannot allocate %d elements of %s", n, dt)
	}
	raw, err := memory.get(n * size)
	if err != nil {
		return nil, fmt.Errorf("cpu: %d elements of %s: %w", n, dt, err)
	}
	shift := int(-uintptr(unsafe.Pointer(unsafe.SliceData(raw))) & (align - 1))
	return &Storage{buf: raw[shift : shift+n*size : shift+n*size], raw: raw, n: n, dt: dt}, nil
}

// Adopt returns storage that is memory somebody else allocated, for as long as the storage lives: a
// mapped file, say. The storage holds on to owner, which holds on to the memory. Adopted memory begins at
// a multiple of the element size, and Bools in it are 0 or 1.
func (*Backend) Adopt(dt dtype.DType, buf []byte, owner any) (backend.Storage, error) {
	size := dt.Size()
	if size == 0 || len(buf)%size != 0 {
		return nil, fmt.Errorf("cpu: cannot adopt %d bytes as %s", len(buf), dt)
	}
	if uintptr(unsafe.Pointer(unsafe.SliceData(buf)))%uintptr(size) != 0 {
		return nil, fmt.Errorf("cpu: cannot adopt %s: %w", dt, backend.ErrUnaligned)
	}
	return &Storage{buf: buf[:len(buf):len(buf)], owner: owner, n: len(buf) / size, dt: dt}, nil
}

// Upload copies little-endian elements into storage.
func (*Backend) Upload(dst backend.Storage, src []byte) error {
	s, err := own(dst)
	if err != nil {
		return err
	}
	if len(src) != len(s.buf) {
		return fmt.Errorf("cpu: upload of %d bytes into storage of %d", len(src), len(s.buf))
	}
	copy(s.buf, src)
	return nil
}

// Download copies storage out as little-endian elements.
func (*Backend) Download(dst []byte, src backend.Storage) error {
	s, err := own(src)
	if err != nil {
		return err
	}
	if len(dst) != len(s.buf) {
		return fmt.Errorf("cpu: download of %d bytes into a buffer of %d", len(s.buf), len(dst))
	}
	copy(dst, s.buf)
	return nil
}

// own returns s as storage of this backend that is still alive.
func own(s backend.Storage) (*Storage, error) {
	c, ok := s.(*Storage)
	if !ok {
		return nil, fmt.Errorf("cpu: storage lives on %s; move it to the CPU first", s.Backend().Name())
	}
	if c.buf == nil && c.n > 0 {
		return nil, fmt.Errorf("cpu: storage of %d %s elements was freed; a Scope frees what is made in it unless Keep is called", c.n, c.dt)
	}
	return c, nil
}

// owned checks several views at once.
func owned(views ...backend.View) error {
	for _, v := range views {
		if _, err := own(v.Storage); err != nil {
			return err
		}
	}
	return nil
}

// elem is what storage can hold; Bool is held as uint8.
type elem interface {
	float32 | float64 | int64 | int32 | int8 | uint8 | uint16
}

// typeOf is the data type whose elements a T holds; for uint8 it is Uint8.
func typeOf[T number]() dtype.DType {
	var zero T
	switch any(zero).(type) {
	case float32:
		return dtype.Float32
	case float64:
		return dtype.Float64
	case int64:
		return dtype.Int64
	case int32:
		return dtype.Int32
	case int8:
		return dtype.Int8
	}
	return dtype.Uint8
}

// raw is the memory of elements.
func raw[T elem](x []T) []byte {
	return unsafe.Slice(first(x), len(x)*int(unsafe.Sizeof(x[0])))
}

// slice returns the elements of v's storage. The caller has checked that the type fits and that the
// storage is this backend's own.
func slice[T elem](v backend.View) []T {
	s := v.Storage.(*Storage)
	if s.n == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(s.buf))), s.n)
}
