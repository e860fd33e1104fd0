package cpu

import (
	"fmt"
	"math/bits"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
	"unsafe"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/huge"
)

// pool hands out memory, and keeps what comes back for the next allocation of that size: making a
// megabyte anew costs 100 µs, most of it zeroing that nobody needs.
//
// Memory comes back by Free, or when the garbage collector finds that nobody can reach it. The latter is
// noticed by a finalizer of the memory itself, not by a cleanup of the Storage: a kernel at work holds
// slices of the memory and perhaps nothing else, and while it does, the memory is reachable. The finalizer
// resurrects the memory, which cleanups can't.
//
// The garbage collector itself is in no hurry: it lets a heap double, and a training step drops its
// activations in gigabytes. So the pool runs it as soon as nothing fits and what is in use has grown by a fair
// part since it last ran. That is cheap: memory without pointers isn't looked at.
type pool struct {
	mu      sync.Mutex
	classes map[int]*class // by size
	stats   backend.Memory
	low     int // the least that was in use since the garbage collector last ran
	clock   int // allocations so far
}

// class is what is pooled of one size.
type class struct {
	bufs []buffer
	used int // when one of the size was last asked for
}

// buffer is memory in the pool.
type buffer struct {
	mem   []byte
	armed bool // has a finalizer
}

const (
	poolMin = 1 << 10 // below this, the garbage collector's own size classes are as good

	// The pool holds no more than this, or than that part of the most that was ever in use.
	poolLimit = 1 << 30
	poolPart  = 2

	// The garbage collector runs when nothing fits in the pool and what is in use has grown by more than this,
	// and than that part of it, since it last did.
	collectMin  = 64 << 20
	collectPart = 8
)

var memory = pool{classes: map[int]*class{}}

func init() { memory.watchCollections() }

// Memory counts the bytes of storage in use, but for storage of less than 1 KB.
func (*Backend) Memory() backend.Memory {
	memory.mu.Lock()
	defer memory.mu.Unlock()
	s := memory.stats
	s.Limit = int(memoryLimit())
	return s
}

// ReleaseMemory drops what is kept for reuse.
func (*Backend) ReleaseMemory() {
	memory.mu.Lock()
	memory.drop()
	memory.mu.Unlock()
	debug.FreeOSMemory()
}

// get returns at least n bytes that are aligned, or else room to align them. Before the memory in use would pass the limit, it
// has the garbage collector look for what can be had back; if that isn't enough there is an error, where
// the Go runtime would end the process.
func (p *pool) get(n int) ([]byte, error) {
	if n < poolMin {
		return make([]byte, n+align), nil
	}
	n = roundUp(n)
	if mem := p.reuse(n); mem != nil {
		return mem, nil
	}
	if p.due() {
		if mem := p.collect(n); mem != nil {
			return mem, nil
		}
	}
	if limit := int(memoryLimit()); !p.fits(n, limit) {
		if mem := p.collect(n); mem != nil {
			return mem, nil
		}
		p.mu.Lock()
		p.drop()
		used := p.stats.Current
		p.mu.Unlock()
		debug.FreeOSMemory()
		if used+n > limit {
			const gib = 1 << 30
			return nil, fmt.Errorf("out of memory: this takes %.2f GiB, tensors hold %.2f GiB, and %.2f GiB are allowed on this machine",
				float64(n)/gib, float64(used)/gib, float64(limit)/gib)
		}
	}
	mem := make([]byte, n)
	if misaligned(mem) > 0 {
		return make([]byte, n+align), nil // not for the pool; Go's size classes of 1 KB and more are multiples of 128
	}
	huge.Back(mem)
	p.arm(mem)
	p.mu.Lock()
	p.handOut(n)
	p.mu.Unlock()
	return mem, nil
}

// fits reports whether n more bytes may be had without looking for garbage.
func (p *pool) fits(n, limit int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats.Current+p.stats.Pooled+n <= limit
}

// reuse takes memory of exactly that size from the pool, or returns nil.
func (p *pool) reuse(n int) []byte {
	p.mu.Lock()
	c := p.class(n)
	c.used = p.clock
	if len(c.bufs) == 0 {
		p.mu.Unlock()
		return nil
	}
	b := c.pop()
	p.stats.Pooled -= n
	p.stats.Reused++
	p.handOut(n)
	p.mu.Unlock()
	if !b.armed {
		p.arm(b.mem)
	}
	return b.mem
}

func (p *pool) class(n int) *class {
	c := p.classes[n]
	if c == nil {
		c = &class{}
		p.classes[n] = c
	}
	return c
}

func (c *class) pop() buffer {
	last := len(c.bufs) - 1
	b := c.bufs[last]
	c.bufs[last] = buffer{}
	c.bufs = c.bufs[:last]
	return b
}

func (p *pool) handOut(n int) {
	p.clock++
	p.stats.Allocs++
	p.stats.Current += n
	p.stats.Peak = max(p.stats.Peak, p.stats.Current)
}

// arm sees to it that memory comes back when nobody can reach it.
func (p *pool) arm(mem []byte) {
	n := len(mem)
	runtime.SetFinalizer(unsafe.SliceData(mem), func(first *byte) { p.take(buffer{mem: unsafe.Slice(first, n)}) })
}

// put takes memory back from Free.
func (p *pool) put(mem []byte) {
	if n := len(mem); n >= poolMin && n == roundUp(n) && misaligned(mem) == 0 {
		p.take(buffer{mem: mem, armed: true})
	}
}

func (p *pool) take(b buffer) {
	n := len(b.mem)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Current -= n
	p.low = min(p.low, p.stats.Current)
	c := p.class(n)
	c.bufs = append(c.bufs, b)
	p.stats.Pooled += n
	for p.stats.Pooled > max(poolLimit, p.stats.Peak/poolPart) {
		p.evict()
	}
}

// evict leaves memory of the size that has not been asked for the longest to the garbage collector.
func (p *pool) evict() {
	var oldest *class
	for _, c := range p.classes {
		if len(c.bufs) > 0 && (oldest == nil || c.used < oldest.used) {
			oldest = c
		}
	}
	b := oldest.pop()
	b.disarm()
	p.stats.Pooled -= len(b.mem)
}

// drop leaves all that is in the pool to the garbage collector.
func (p *pool) drop() {
	for _, c := range p.classes {
		for _, b := range c.bufs {
			b.disarm()
		}
	}
	clear(p.classes)
	p.stats.Pooled = 0
}

func (b buffer) disarm() {
	if b.armed {
		runtime.SetFinalizer(unsafe.SliceData(b.mem), nil)
	}
}

// due reports whether running the garbage collector is likely to pay.
func (p *pool) due() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats.Current-p.low > max(collectMin, p.low/collectPart)
}

// watchCollections begins to count anew whenever the garbage collector has run, of itself or not.
func (p *pool) watchCollections() {
	runtime.SetFinalizer(new([16]byte), func(*[16]byte) {
		p.mu.Lock()
		p.low = p.stats.Current
		p.mu.Unlock()
		p.watchCollections()
	})
}

// collect runs the garbage collector and takes memory of that size from what comes back, or returns nil
// when all has. Finalizers run after it, and there is no signal for the last of them: it waits until no more memory has
// come back for a while.
func (p *pool) collect(n int) []byte {
	runtime.GC()
	p.mu.Lock()
	p.low = p.stats.Current
	p.mu.Unlock()
	const pause, patience = 100 * time.Microsecond, 20
	for before, still := -1, 0; still < patience; {
		if mem := p.reuse(n); mem != nil {
			return mem
		}
		p.mu.Lock()
		now := p.stats.Current
		p.mu.Unlock()
		if still++; now != before {
			before, still = now, 0
		}
		time.Sleep(pause)
	}
	return nil
}

// misaligned is how far behind a multiple of align memory begins.
func misaligned(mem []byte) int {
	return int(uintptr(unsafe.Pointer(unsafe.SliceData(mem))) & (align - 1))
}

// roundUp rounds to one of eight steps a power of two, so that at most an eighth is wasted.
func roundUp(n int) int {
	step := 1 << max(bits.Len(uint(n-1))-4, 0)
	return (n + step - 1) &^ (step - 1)
}
