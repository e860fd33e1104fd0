//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"math"
	"unsafe"
)

// Type descriptors are for ever (decision 15), so they lie outside the collector's memory, as those of compiled
// code do. What they point to lies there too, or is package reflect's or the runtime's, which keep it. Memory is
// given out in ascending order: the runtime finds a type's methods by their distance behind the type, so that a
// type which gets more of them than it has room for can have a longer table.

// region is a piece of such memory.
type region struct {
	base       ptr
	used, size uintptr
}

var regions = []*region{{}} // the last is the one with room

// lasting returns memory for ever. It holds nothing that the collector knows of.
func lasting(size uintptr) ptr {
	size = (size + wordSize - 1) &^ (wordSize - 1)
	r := regions[len(regions)-1]
	if r.used+size > r.size {
		r = newRegion(size)
		regions = append(regions, r)
	}
	p := unsafe.Add(r.base, r.used)
	r.used += size
	return p
}

// lastingSlice is memory for n values.
func lastingSlice[T any](n int) []T {
	if n == 0 {
		return nil
	}
	var v T
	return unsafe.Slice((*T)(lasting(uintptr(n)*unsafe.Sizeof(v))), n)
}

// distance is how far one piece of memory lies behind another, and whether the runtime can be told so.
func distance(from, to ptr) (uint32, bool) {
	d := uintptr(to) - uintptr(from)
	return uint32(d), uintptr(to) > uintptr(from) && d <= math.MaxUint32
}

// LastingBytes is how much memory there is for ever.
func LastingBytes() int {
	loading.Lock()
	defer loading.Unlock()
	n := uintptr(0)
	for _, r := range regions {
		n += r.used
	}
	return int(n)
}
