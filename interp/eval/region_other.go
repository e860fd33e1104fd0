//go:build !unix && (amd64 || arm64) && go1.26 && !go1.27

package eval

import "unsafe"

// spareMethods is how many methods a type can get before its table has to be moved, which only works within a
// region.
const spareMethods = 8

// newRegion takes memory that has no pointers as far as the collector knows, and that the region keeps.
func newRegion(atLeast uintptr) *region {
	mem := make([]uint64, max(atLeast, 64<<10)/8+1)
	return &region{base: ptr(unsafe.SliceData(mem)), size: uintptr(len(mem)) * 8}
}
