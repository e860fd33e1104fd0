package gemm
import ("unsafe"; "golang.org/x/sys/unix")
func HugeAlloc(n int) []float32 { return hugeAlloc(n,true) }
func hugeAlloc(n int, yes bool) []float32 {
	m, err := unix.Mmap(-1, 0, n*4+(4<<20), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	if yes {
		unix.Madvise(m, unix.MADV_HUGEPAGE)
	}
	off := int(-uintptr(unsafe.Pointer(&m[0])) & (2<<20 - 1))
	s := unsafe.Slice((*float32)(unsafe.Pointer(&m[off])), n)
	for i := range s {
		s[i] = float32(i%7) - 3
	}
	return s
}

