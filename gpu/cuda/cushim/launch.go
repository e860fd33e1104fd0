//go:build cuda

package cushim

/*
#include "launch.h"
*/
import "C"

import "unsafe"

// What gorgonia.org/cu hasn't, or does in several calls. A context is the calling thread's, and goroutines change threads, so
// each function takes the context that it works in.

// Grid is the size of a launch: blocks, threads of a block, and bytes of shared memory.
type Grid struct {
	Blocks, Threads [3]uint32
	Shared          uint32
}

// Launch starts function f on stream, and returns the driver's result. Argument i is the bytes of args from at[i] on,
// as many as the function takes.
func Launch(context, f, stream unsafe.Pointer, g Grid, args []byte, at []uint32) int {
	dims := [7]C.uint{
		C.uint(g.Blocks[0]), C.uint(g.Blocks[1]), C.uint(g.Blocks[2]),
		C.uint(g.Threads[0]), C.uint(g.Threads[1]), C.uint(g.Threads[2]), C.uint(g.Shared),
	}
	return int(C.rg_launch(context, f, stream, &dims[0], (*C.char)(unsafe.Pointer(unsafe.SliceData(args))),
		(*C.uint)(unsafe.Pointer(unsafe.SliceData(at))), C.int(len(at))))
}

// PinnedAlloc allocates page-locked memory, which the device reads and writes at the same address.
func PinnedAlloc(context unsafe.Pointer, n int) (unsafe.Pointer, int) {
	var p unsafe.Pointer
	rc := C.rg_pinned(context, &p, C.size_t(n))
	return p, int(rc)
}

// Describe is the driver's name of a result and what it says about it.
func Describe(result int) (name, text string) {
	var n, t *C.char
	C.rg_describe(C.int(result), &n, &t)
	if n == nil || t == nil {
		return "CUDA error", "the driver has no words for it"
	}
	return C.GoString(n), C.GoString(t)
}
