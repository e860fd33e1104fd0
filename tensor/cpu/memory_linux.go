package cpu

import (
	"sync"

	"golang.org/x/sys/unix"
)

// physicalMemory is the machine's memory in bytes. Asking Go for more than there is ends the process,
// which a mistyped shape must not do.
var physicalMemory = sync.OnceValue(func() uint64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 1 << 47
	}
	return uint64(info.Totalram) * uint64(info.Unit) //nolint:unconvert // a uint32 on 32-bit machines
})
