//go:build cgo

// Package cfault has a C function that crashes, as a C library may, for tests of what is then left.
package cfault

// static void fault(void) { *(volatile int *)0 = 1; }
import "C"

// Available says whether this program was built with C.
const Available = true

// Crash writes to where no memory is, in C.
func Crash() { C.fault() }
