package cpu

import "unsafe"

// workspace returns room for n elements, with undefined contents, and gives it back when done is called: to the pool,
// like the storage of tensors.
func workspace[T number](n int) (buf []T, done func()) {
	size := n * int(unsafe.Sizeof(T(0)))
	if size <= len(scratch{})*block*8 {
		s := scratches.Get().(*scratch)
		return unsafe.Slice((*T)(unsafe.Pointer(s)), n), func() { scratches.Put(s) }
	}
	mem, err := memory.get(size)
	if err != nil { // the machine has no room for a buffer beside the operands
		return make([]T, n), func() {}
	}
	shift := misaligned(mem)
	if shift > 0 {
		shift = align - shift
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&mem[shift])), n), func() { memory.put(mem) }
}
