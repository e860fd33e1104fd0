package cpu

import (
	"slices"
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// More than the machine has is an error; the Go runtime would end the process.
func TestAllocTooMuch(t *testing.T) {
	n := int(physicalMemory()/8) + 1
	if _, err := theBackend.Alloc(dtype.Float64, n); err == nil || !strings.HasPrefix(err.Error(), "cpu: ") {
		t.Errorf("allocating %d float64s: %v", n, err)
	}
}

// Many allocations that are too much together are an error as well; those that nobody holds any more
// don't count.
func TestAllocTooMuchTogether(t *testing.T) {
	limit := memoryLimit
	defer func() { memoryLimit = limit }()
	theBackend.ReleaseMemory()
	room := theBackend.Memory().Current + 64<<20
	memoryLimit = func() uint64 { return uint64(room) }

	const n = 1 << 20 // float32s: 4 MB
	for range 200 {
		if _, err := theBackend.Alloc(dtype.Float32, n); err != nil {
			t.Fatalf("abandoned storage counts: %v", err)
		}
	}
	var held []backend.Storage
	for range 200 {
		s, err := theBackend.Alloc(dtype.Float32, n)
		if err != nil {
			for _, part := range []string{"out of memory", "1048576 elements", "tensors hold 0.0", "GiB are allowed"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q doesn't say %q", err, part)
				}
			}
			break
		}
		held = append(held, s)
	}
	if len(held) < 8 || len(held) > 16 {
		t.Errorf("%d times 4 MB fitted into 64", len(held))
	}
	for _, s := range held {
		s.Free()
	}
	if _, err := theBackend.Alloc(dtype.Float32, n); err != nil {
		t.Errorf("after Free: %v", err)
	}
}

func TestPoolReuses(t *testing.T) {
	theBackend.ReleaseMemory()
	s, err := theBackend.Alloc(dtype.Float32, 1<<16)
	if err != nil {
		t.Fatal(err)
	}
	first := &s.(*Storage).Bytes()[0]
	before := theBackend.Memory()
	s.Free()
	s.Free() // the second time does nothing
	after := theBackend.Memory()
	if freed := before.Current - after.Current; freed != after.Pooled-before.Pooled || freed < 1<<18 {
		t.Errorf("%d bytes were freed, %d pooled", freed, after.Pooled-before.Pooled)
	}
	again, err := theBackend.Alloc(dtype.Int64, 1<<15)
	if err != nil {
		t.Fatal(err)
	}
	if &again.(*Storage).Bytes()[0] != first {
		t.Error("the memory isn't used again")
	}
	if theBackend.Memory().Reused != after.Reused+1 {
		t.Error("Reused doesn't count")
	}
}

func TestRoundUp(t *testing.T) {
	for _, n := range []int{1, 7, 64, 4096, 4097, 5000, 1 << 20, 1<<20 + 1, 123456789} {
		r := roundUp(n)
		if r < n || r > n+n/8+1 || roundUp(r) != r {
			t.Errorf("%d rounds to %d", n, r)
		}
	}
	if !slices.IsSorted([]int{roundUp(100), roundUp(1000), roundUp(10000)}) {
		t.Error("larger sizes round to less")
	}
}

// The pool drops what has not been asked for the longest.
func TestPoolEvicts(t *testing.T) {
	p := pool{classes: map[int]*class{}}
	for i, n := range []int{1 << 12, 1 << 13, 1 << 14} {
		c := p.class(n)
		c.used, c.bufs = i, append(c.bufs, buffer{mem: make([]byte, n)})
		p.stats.Pooled += n
	}
	p.reuseOrder(t, 1<<12)
	p.evict()
	if len(p.class(1<<13).bufs) != 0 || len(p.class(1<<12).bufs) != 1 || p.stats.Pooled != 1<<12+1<<14 {
		t.Errorf("evicted another size than the one asked for longest ago: %d bytes are left", p.stats.Pooled)
	}
}

// reuseOrder asks for a size and gives it back.
func (p *pool) reuseOrder(t *testing.T, n int) {
	t.Helper()
	p.clock = 10
	mem := p.reuse(n)
	if mem == nil {
		t.Fatal("the memory isn't there")
	}
	p.put(mem)
}
