//go:build !cgo

// Package cfault has a C function that crashes, as a C library may, for tests of what is then left.
package cfault

// Available says whether this program was built with C.
const Available = false

// Crash does nothing.
func Crash() {}
