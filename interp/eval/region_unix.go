//go:build unix && (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"syscall"
	"unsafe"
)

// spareMethods is how many methods a type can get before its table has to be moved.
const spareMethods = 0

// newRegion reserves addresses. Memory is taken up by what is written to alone.
func newRegion(atLeast uintptr) *region {
	for size := uintptr(256 << 20); size >= max(atLeast, 64<<10); size /= 2 {
		if mem, err := syscall.Mmap(-1, 0, int(size), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE); err == nil {
			return &region{base: ptr(unsafe.SliceData(mem)), size: size}
		}
	}
	refuse("there is no memory for more types")
	return nil
}
