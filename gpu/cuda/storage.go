//go:build cuda

package cuda

import (
	"fmt"
	"runtime"

	"gorgonia.org/cu"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Storage is a block of a device's memory.
type Storage struct {
	b       *Backend
	dt      dtype.DType
	n       int
	block   *block // nil for nothing, and after Free
	cleanup runtime.Cleanup
}

// DType is the elements' type.
func (s *Storage) DType() dtype.DType { return s.dt }

// Len is the number of elements.
func (s *Storage) Len() int { return s.n }

// Backend is the device.
func (s *Storage) Backend() backend.Backend { return s.b }

// Free gives the block to the next who asks; work that was queued before still finds it.
func (s *Storage) Free() {
	if s.block == nil {
		return
	}
	s.cleanup.Stop()
	s.b.pool.put(s.block)
	s.block = nil
}

func (s *Storage) bytes() int { return s.n * s.dt.Size() }

// address is where the elements begin; of what was freed it is 0, and gone says so before it is used.
func (s *Storage) address() uint64 {
	if s.block == nil {
		return 0
	}
	return uint64(s.block.at)
}

// scratch is room of a shape, contiguous, with undefined contents; who asks for it frees its storage.
func (b *Backend) scratch(dt dtype.DType, shape ...int) (backend.View, error) {
	v := backend.View{Layout: backend.Contiguous(shape...)}
	s, err := b.Alloc(dt, v.Layout.Len())
	v.Storage = s
	return v, err
}

// Alloc takes storage from the pool. Its contents are undefined.
func (b *Backend) Alloc(dt dtype.DType, n int) (backend.Storage, error) {
	if dt.Size() == 0 || n < 0 {
		return nil, fmt.Errorf("%s: no storage for %d elements of %s", b.Name(), n, dt)
	}
	s := &Storage{b: b, dt: dt, n: n}
	if n == 0 {
		return s, nil
	}
	if n > 1<<46/dt.Size() {
		return nil, fmt.Errorf("%s: %d elements of %s are more than any GPU holds", b.Name(), n, dt)
	}
	block, err := b.pool.get(n * dt.Size())
	if err != nil {
		return nil, err
	}
	s.hold(block)
	return s, nil
}

// hold makes a block the storage's.
func (s *Storage) hold(block *block) {
	block.dtype = s.dt
	s.block = block
	s.cleanup = runtime.AddCleanup(s, s.b.pool.put, block)
}

// Upload copies bytes to the device. It returns when src has been read, which may be before the device has them.
func (b *Backend) Upload(dst backend.Storage, src []byte) error {
	s := dst.(*Storage)
	if len(src) != s.bytes() {
		return fmt.Errorf("%s: %d bytes are uploaded to storage of %d", b.Name(), len(src), s.bytes())
	}
	if len(src) == 0 {
		return nil
	}
	beside := len(src) >= transferSize && s.gone() == nil && b.roomFor(s)
	err := b.do("upload", func() error {
		if err := s.gone(); err != nil {
			return err
		}
		if beside {
			return b.transfer(s, src)
		}
		s.block.fresh.Store(false)
		return b.staging.upload(cu.DevicePtr(s.address()), src, b.stream)
	})
	runtime.KeepAlive(s)
	return err
}

// Download waits for what was queued and copies a storage's bytes.
func (b *Backend) Download(dst []byte, src backend.Storage) error {
	s := src.(*Storage)
	if len(dst) != s.bytes() {
		return fmt.Errorf("%s: %d bytes are downloaded from storage of %d", b.Name(), len(dst), s.bytes())
	}
	if len(dst) == 0 {
		return b.Synchronize()
	}
	err := b.do("download", func() error {
		if err := s.gone(); err != nil {
			return err
		}
		return b.staging.download(dst, cu.DevicePtr(s.address()), b.stream)
	})
	runtime.KeepAlive(s)
	if err != nil {
		return err
	}
	return b.checkFault()
}

func (b *Backend) wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s on %s: %w", op, b.Name(), err)
}
