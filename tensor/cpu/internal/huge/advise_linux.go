package huge

import "golang.org/x/sys/unix"

// advise asks for huge pages from an address on: for what hasn't been touched yet when it is, and for the rest now. A
// system that has none says so, which changes nothing but speed.
func advise(from, size uintptr) {
	if _, _, err := unix.Syscall(unix.SYS_MADVISE, from, size, unix.MADV_HUGEPAGE); err == 0 {
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, size, unix.MADV_COLLAPSE) // Linux 6.1
	}
}
