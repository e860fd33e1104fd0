//go:build cuda

package cuda

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"gorgonia.org/cu"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// block is device memory that the driver gave.
type block struct {
	at    cu.DevicePtr
	size  int // of its class
	used  int // what was asked for
	dtype dtype.DType

	generation int64 // of the context that it is memory of

	fresh  atomic.Bool // nothing has used it since the driver gave it, or since idle was recorded
	upload bool        // its contents came by an upload: when it is put back, idle is recorded
	idle   cu.Event    // what was queued when it was put back is done; the stream of transfers can wait for that
}

// pool keeps blocks for the next who asks for their size, since the driver takes tens of microseconds and waits for the device. All that computes
// is on one stream, so a block can be handed out while its last user is still queued. Uploads run beside that stream (transfer.go), and have
// blocks that say when they are idle.
type pool struct {
	b *Backend

	mu      sync.Mutex
	free    map[int][]*block // by size
	uploads map[int][]*block // those that uploads had, the one that is idle first comes first
	live    map[*block]struct{}
	stats   backend.Memory
}

func newPool(b *Backend) *pool {
	return &pool{b: b, free: map[int][]*block{}, uploads: map[int][]*block{}, live: map[*block]struct{}{}}
}

// blockAlignment is what a block's address is a multiple of.
const blockAlignment = 256

// class rounds a size up, so that blocks fit others than their first user: to 512 bytes, and above 4 KB to an eighth of the next power of two.
func class(n int) int {
	step := 512
	if n > 4096 {
		step = 1 << (bits.Len(uint(n-1)) - 4)
	}
	return (n + step - 1) / step * step
}

// get gives a block of at least n bytes. Where the device has no more, it lets the garbage collector find what Go forgot, and gives back
// what the pool keeps, before it fails.
func (p *pool) get(n int) (*block, error) {
	size := class(n)
	if b := p.reuse(size, n); b != nil {
		return b, nil
	}
	at, generation, err := p.driver(size)
	if errors.Is(err, cu.OutOfMemory) {
		for range 2 { // the first collection queues the cleanups, the second comes after they ran
			runtime.GC()
		}
		if b := p.reuse(size, n); b != nil {
			return b, nil
		}
		p.release()
		at, generation, err = p.driver(size)
	}
	if errors.Is(err, cu.OutOfMemory) {
		return nil, p.full(n)
	}
	if err != nil {
		return nil, p.b.failed("alloc", generation, err)
	}
	b := &block{at: at, size: size, generation: generation}
	b.fresh.Store(true)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.take(b, n)
	return b, nil
}

func (p *pool) driver(size int) (at cu.DevicePtr, generation int64, err error) {
	generation, err = p.b.inContext(func() (err error) {
		at, err = cu.MemAlloc(int64(size))
		return err
	})
	return at, generation, err
}

func (p *pool) reuse(size, n int) *block {
	p.mu.Lock()
	defer p.mu.Unlock()
	if list := p.free[size]; len(list) > 0 {
		p.free[size] = list[:len(list)-1]
		return p.again(list[len(list)-1], n)
	}
	return p.oldest(size, n)
}

// reuseUpload gives a block that says when it is idle, or nil.
func (p *pool) reuseUpload(n int) *block {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.oldest(class(n), n)
}

// oldest gives the block of uploads that was put back first, or nil. The caller holds the lock, as of again.
func (p *pool) oldest(size, n int) *block {
	list := p.uploads[size]
	if len(list) == 0 {
		return nil
	}
	p.uploads[size] = list[1:]
	return p.again(list[0], n)
}

func (p *pool) again(b *block, n int) *block {
	p.stats.Pooled -= b.size
	p.stats.Reused++
	b.fresh.Store(b.upload)
	p.take(b, n)
	return b
}

// take counts a block as in use. The caller holds the lock.
func (p *pool) take(b *block, n int) {
	b.used = n
	p.live[b] = struct{}{}
	p.stats.Allocs++
	p.stats.Current += b.size
	p.stats.Peak = max(p.stats.Peak, p.stats.Current)
}

// put takes a block back, unless its context is no more.
func (p *pool) put(b *block) {
	upload := b.upload && p.b.markIdle(b) == nil
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, held := p.live[b]; !held {
		return
	}
	delete(p.live, b)
	p.stats.Current -= b.size
	if b.generation != p.b.generation.Load() {
		return
	}
	p.stats.Pooled += b.size
	if b.upload = upload; upload {
		p.uploads[b.size] = append(p.uploads[b.size], b)
	} else {
		p.free[b.size] = append(p.free[b.size], b)
	}
}

// forget drops all blocks: their context is no more.
func (p *pool) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free, p.uploads, p.live = map[int][]*block{}, map[int][]*block{}, map[*block]struct{}{}
	p.stats.Pooled, p.stats.Current = 0, 0
}

// release gives the driver what the pool keeps, when all that is queued is done.
func (p *pool) release() {
	_, _ = p.b.inContext(func() error {
		p.mu.Lock()
		free, uploads := p.free, p.uploads
		p.free, p.uploads = map[int][]*block{}, map[int][]*block{}
		p.stats.Pooled = 0
		p.mu.Unlock()
		if err := p.b.stream.Synchronize(); err != nil {
			return err // with the context, which the next operation resets
		}
		for _, lists := range []map[int][]*block{free, uploads} {
			for _, list := range lists {
				for _, b := range list {
					_ = cu.MemFree(b.at)
					if b.idle != (cu.Event{}) {
						_ = cu.DestroyEvent(&b.idle)
					}
				}
			}
		}
		return nil
	})
}

var errFull = errors.New("out of memory")

// full is the error where memory has run out: what was asked for, and who holds the most.
func (p *pool) full(n int) error {
	p.mu.Lock()
	type holder struct {
		size, count int
		dtype       dtype.DType
	}
	by := map[string]*holder{}
	for b := range p.live {
		key := fmt.Sprint(b.dtype, b.used)
		if by[key] == nil {
			by[key] = &holder{size: b.used, dtype: b.dtype}
		}
		by[key].count++
	}
	current := p.stats.Current
	p.mu.Unlock()
	var holders []*holder
	for _, h := range by {
		holders = append(holders, h)
	}
	slices.SortFunc(holders, func(a, b *holder) int { return cmp.Compare(b.size*b.count, a.size*a.count) })
	var largest []string
	for _, h := range holders[:min(len(holders), 4)] {
		largest = append(largest, fmt.Sprintf("%d × %s (%d %s)", h.count, megabytes(h.size), h.size/h.dtype.Size(), h.dtype))
	}
	text := "nothing is held by tensors"
	if len(largest) > 0 {
		text = "tensors hold " + megabytes(current) + ", the largest: " + strings.Join(largest, ", ")
	}
	return fmt.Errorf("%s is %w: %s were asked for; %s; drop references to tensors, or take a smaller batch", p.b.Name(), errFull, megabytes(n), text)
}

func megabytes(n int) string {
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	if n < 1<<20 {
		return fmt.Sprintf("%.1f KB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// Memory is what the device's storage takes.
func (b *Backend) Memory() backend.Memory {
	b.pool.mu.Lock()
	m := b.pool.stats
	b.pool.mu.Unlock()
	_, _ = b.inContext(func() error {
		_, total, err := cu.MemInfo()
		m.Limit = int(total)
		return err
	})
	return m
}

// ReleaseMemory gives the driver what the pool keeps.
func (b *Backend) ReleaseMemory() { b.pool.release() }
