//go:build !linux

package worker

func memoryUsage() (resident, free int, ok bool) { return 0, 0, false }

func memoryTotal() int { return 0 }

func volunteer() {}
