//go:build cuda

package cuda

import (
	"sync"
	"unsafe"

	"gorgonia.org/cu"

	"github.com/rustygradients/rg/gpu/cuda/cushim"
)

// Transfers go through page-locked memory, which the device reads and writes itself: while it has one buffer the host fills or empties another,
// and an upload returns when the last of its bytes has been copied to a buffer, not when all that is queued before it has run.
const (
	stagingBuffers = 16
	stagingSize    = 512 << 10
)

type staging struct {
	mu      sync.Mutex
	buffers [stagingBuffers]stagingBuffer
	next    int
}

type stagingBuffer struct {
	at   unsafe.Pointer
	done cu.Event // the device has read or written the buffer
	used bool     // done was recorded
}

// newStaging takes the memory, in the context that is the thread's.
func newStaging(context unsafe.Pointer) (*staging, error) {
	all, rc := cushim.PinnedAlloc(context, stagingBuffers*stagingSize)
	if rc != 0 {
		return nil, driverError("allocating page-locked memory", rc)
	}
	s := &staging{}
	for i := range s.buffers {
		s.buffers[i].at = unsafe.Add(all, i*stagingSize)
		var err error
		if s.buffers[i].done, err = cu.MakeEvent(cu.DisableTiming); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// take gives the next buffer, and waits until the device is done with it. The caller holds the lock.
func (s *staging) take() (*stagingBuffer, error) {
	b := &s.buffers[s.next]
	s.next = (s.next + 1) % stagingBuffers
	if b.used {
		return b, b.done.Synchronize()
	}
	b.used = true
	return b, nil
}

func (b *stagingBuffer) bytes() []byte { return unsafe.Slice((*byte)(b.at), stagingSize) }

// upload queues the copy of src to the device's memory.
func (s *staging) upload(to cu.DevicePtr, src []byte, stream cu.Stream) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(src) > 0 {
		b, err := s.take()
		if err != nil {
			return err
		}
		n := copy(b.bytes(), src)
		if err := cu.MemcpyHtoDAsync(to, b.at, int64(n), stream); err != nil {
			return err
		}
		if err := b.done.Record(stream); err != nil {
			return err
		}
		src, to = src[n:], to+cu.DevicePtr(n)
	}
	return nil
}

// download waits for what is queued, and copies the device's memory to dst.
func (s *staging) download(dst []byte, from cu.DevicePtr, stream cu.Stream) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	type part struct {
		b *stagingBuffer
		n int
	}
	var under []part // way
	rest := len(dst)
	for rest > 0 || len(under) > 0 {
		if rest > 0 && len(under) < stagingBuffers {
			b, err := s.take()
			if err != nil {
				return err
			}
			n := min(rest, stagingSize)
			if err := cu.MemcpyDtoHAsync(b.at, from, int64(n), stream); err != nil {
				return err
			}
			if err := b.done.Record(stream); err != nil {
				return err
			}
			rest, from, under = rest-n, from+cu.DevicePtr(n), append(under, part{b, n})
			continue
		}
		p := under[0]
		if err := p.b.done.Synchronize(); err != nil {
			return err
		}
		copy(dst, p.b.bytes()[:p.n])
		dst, under = dst[p.n:], under[1:]
	}
	return nil
}
