//go:build !linux

package huge

func advise(_, _ uintptr)   {}
func collapse(_, _ uintptr) {}
