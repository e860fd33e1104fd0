package huge

import "golang.org/x/sys/unix"

// advise asks for huge pages from an address on, for what hasn't been touched yet when it is. A system that has none says
// so, which changes nothing but speed.
func advise(from, size uintptr) {
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, size, unix.MADV_HUGEPAGE)
}

// collapse makes huge pages now, of what has been touched too (Linux 6.1). That may take milliseconds a page.
func collapse(from, size uintptr) {
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, size, unix.MADV_COLLAPSE)
}
