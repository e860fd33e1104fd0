//go:build (amd64 || arm64) && !purego

package goroutine

// ID tells the running goroutine from every other that is alive.
func ID() uintptr
