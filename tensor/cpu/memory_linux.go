package cpu

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// physicalMemory is the machine's memory in bytes.
func physicalMemory() uint64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 1 << 47
	}
	return uint64(info.Totalram) * uint64(info.Unit) //nolint:unconvert // a uint32 on 32-bit machines
}

// containerMemory is the limit of the control group that a container sees as the root, of version 2 or 1.
func containerMemory() uint64 {
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if limit, err := strconv.ParseUint(strings.TrimSpace(string(raw)), 10, 64); err == nil {
			return limit
		}
	}
	return 1 << 47
}
