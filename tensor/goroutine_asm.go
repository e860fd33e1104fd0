//go:build (amd64 || arm64) && !purego

package tensor

// goroutine tells the running goroutine from every other that is alive.
func goroutine() uintptr
