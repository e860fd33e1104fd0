package prof

import (
	"reflect"
	"runtime"

	"github.com/rustygradients/rg/tensor/backend"
)

// memory follows the bytes that storage of 4 KiB and more takes from its allocation to Free, or to the garbage
// collector's finding that nothing refers to it any more.
type memory struct {
	live, peak int64
	points     []memoryPoint
	closed     bool
}

type memoryPoint struct{ at, bytes int64 }

const maxPoints = 1 << 14

// change notes that live has changed by bytes; mu is held.
func (m *memory) change(at, bytes int64) {
	if m.closed {
		return
	}
	m.live += bytes
	m.peak = max(m.peak, m.live)
	if len(m.points) == maxPoints {
		// Half as many, the higher of each two: peaks stay.
		for i := range maxPoints / 2 {
			a, b := m.points[2*i], m.points[2*i+1]
			if b.bytes < a.bytes {
				b.bytes = a.bytes
			}
			m.points[i] = memoryPoint{a.at, b.bytes}
		}
		m.points = m.points[:maxPoints/2]
	}
	m.points = append(m.points, memoryPoint{at, m.live})
}

// allocation is storage that was made while profiles were open. It must not keep them alive for as
// long as the storage lives, which for a parameter is long: their memory is little.
type allocation struct {
	key    uintptr
	bytes  int64
	in     []*memory
	freed  bool
	forget runtime.Cleanup
}

// allocations are those that live, by the address of their storage.
var allocations = map[uintptr]*allocation{}

// allocated begins to follow storage.
func allocated(s backend.Storage) {
	v := reflect.ValueOf(s)
	if v.Kind() != reflect.Pointer {
		return // its end can't be seen
	}
	a := &allocation{key: v.Pointer(), bytes: int64(s.Len()) * int64(s.DType().Size())}
	at := clock()
	a.forget = runtime.AddCleanup((*byte)(v.UnsafePointer()), collected, a)
	mu.Lock()
	defer mu.Unlock()
	a.in = make([]*memory, len(active))
	for i, p := range active {
		a.in[i] = p.memory
		p.memory.change(at, a.bytes)
	}
	allocations[a.key] = a
}

// freed is called right before storage is given back.
func freed(s backend.Storage) {
	v := reflect.ValueOf(s)
	if v.Kind() != reflect.Pointer {
		return
	}
	mu.Lock()
	defer mu.Unlock()
	if a := allocations[v.Pointer()]; a != nil {
		a.forget.Stop()
		a.release()
	}
}

// collected is called by the runtime when storage was unreachable. Its address may have a new owner
// by then.
func collected(a *allocation) {
	mu.Lock()
	defer mu.Unlock()
	a.release()
}

// release ends an allocation; mu is held.
func (a *allocation) release() {
	if a.freed {
		return
	}
	a.freed = true
	if allocations[a.key] == a {
		delete(allocations, a.key)
	}
	at := clock()
	for _, m := range a.in {
		m.change(at, -a.bytes)
	}
}
