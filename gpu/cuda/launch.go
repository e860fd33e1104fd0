//go:build cuda

package cuda

import (
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"sync"

	"github.com/rustygradients/rg/gpu/cuda/cushim"
	"github.com/rustygradients/rg/tensor/backend"
)

// threads of a block, where the work has no shape of its own.
const threads = 256

// arguments are a kernel's, laid out one behind the other at multiples of 8 bytes.
type arguments struct {
	bytes []byte
	at    []uint32
	keep  []*Storage // until the launch is queued
}

var argumentPool = sync.Pool{New: func() any { return new(arguments) }}

// newArguments begins a list; launch ends it.
func newArguments() *arguments {
	a := argumentPool.Get().(*arguments)
	a.bytes, a.at, a.keep = a.bytes[:0], a.at[:0], a.keep[:0]
	return a
}

func (a *arguments) next() *arguments {
	for len(a.bytes)%8 != 0 {
		a.bytes = append(a.bytes, 0)
	}
	a.at = append(a.at, uint32(len(a.bytes)))
	return a
}

// view is the address of a view's first element.
func (a *arguments) view(v backend.View) *arguments {
	return a.pointer(a.hold(v))
}

// hold keeps a view until the launch is queued, and gives the address of its first element.
func (a *arguments) hold(v backend.View) uint64 {
	s := v.Storage.(*Storage)
	a.keep = append(a.keep, s)
	if s.block != nil && s.block.fresh.Load() {
		s.block.fresh.Store(false)
	}
	return s.address() + uint64(v.Layout.Offset*s.dt.Size())
}

// sameTypes is an error unless the views are of one data type: a kernel reads them as such, wherever they end.
func (b *Backend) sameTypes(op string, views ...backend.View) error {
	for _, v := range views[1:] {
		if x, y := views[0].Storage.DType(), v.Storage.DType(); x != y {
			return fmt.Errorf("%s on %s: data types differ: %s and %s; convert one with To", op, b.Name(), x, y)
		}
	}
	return nil
}

// bit is a bool as kernels take it.
func bit(on bool) int {
	if on {
		return 1
	}
	return 0
}

func (a *arguments) pointer(p uint64) *arguments {
	a.next().bytes = binary.LittleEndian.AppendUint64(a.bytes, p)
	return a
}

func (a *arguments) int64(v int) *arguments { return a.pointer(uint64(v)) }

func (a *arguments) int32(v int) *arguments {
	a.next().bytes = binary.LittleEndian.AppendUint32(a.bytes, uint32(v))
	return a
}

func (a *arguments) float64(v float64) *arguments { return a.pointer(math.Float64bits(v)) }

// fields begins a struct of which the methods of that name append the fields.
func (a *arguments) fields(f func(b []byte) []byte) *arguments {
	a.next().bytes = f(a.bytes)
	return a
}

// release lets go of the list and of what it keeps.
func (a *arguments) release() {
	runtime.KeepAlive(a.keep)
	clear(a.keep)
	argumentPool.Put(a)
}

// launch queues a kernel.
func (b *Backend) launch(op, kernel string, g cushim.Grid, a *arguments) error {
	generation := b.generation.Load()
	f, err := b.function(kernel)
	if err != nil {
		return b.failed(op, generation, err)
	}
	b.launched.Store(&op)
	rc := 0
	b.using.RLock()
	gone := anyGone(a.keep)
	if gone == nil && generation != b.generation.Load() {
		gone = errLost
	}
	if gone == nil {
		rc = cushim.Launch(b.rawContext(), f, b.rawStream(), g, a.bytes, a.at)
	}
	b.using.RUnlock()
	a.release()
	switch {
	case gone != nil:
		return b.wrap(op, gone)
	case rc != 0:
		return b.failed(op, generation, fromResult("launching "+kernel, rc))
	case debugSync.Load():
		return b.synchronize(op)
	}
	return nil
}

// spread is the grid of a loop over n packs: enough blocks to fill the device several times, for a thread takes more than one pack.
func (b *Backend) spread(n int) cushim.Grid {
	blocks := min((n+threads-1)/threads, b.sms*32)
	return cushim.Grid{Blocks: [3]uint32{uint32(max(blocks, 1)), 1, 1}, Threads: [3]uint32{threads, 1, 1}}
}
