//go:build !linux

package cpu

// physicalMemory is not known here; the address space is the limit.
func physicalMemory() uint64 { return 1 << 47 }

func containerMemory() uint64 { return 1 << 47 }
