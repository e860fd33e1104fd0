//go:build cuda

// Package cushim gives gorgonia.org/cu a CUDA driver that may be missing. It defines the driver's functions
// itself, as calls through a table that is filled from libcuda.so.1 when a device is first asked for. So one binary starts
// with or without a driver, and opens it only in the process that uses it.
//
// RG_LIBCUDA names another library, by its absolute path (the tests' emulated driver), or is "off".
//
// include/cuda.h and shim.c are generated from facts of the driver's binary interface: generate.py says how.
package cushim

/*
#cgo CFLAGS: -I${SRCDIR}/include -O2 -Wall
#cgo LDFLAGS: -L${SRCDIR}/lib -ldl -lpthread
#include "loader.h"
*/
import "C"

// State is what became of opening the driver.
type State int

// The states.
const (
	Unopened  State = C.RG_CUDA_UNOPENED
	Ready     State = C.RG_CUDA_READY
	NoLibrary State = C.RG_CUDA_NO_LIBRARY // no libcuda.so.1, or not a CUDA driver
	NoDevice  State = C.RG_CUDA_NO_DEVICE  // its cuInit failed
	Off       State = C.RG_CUDA_OFF        // by RG_LIBCUDA=off
)

// Open opens the driver, unless that was done before.
func Open() State {
	C.rg_cuda_open()
	return State(C.rg_cuda_state)
}

// Path is the file that the driver was opened from.
func Path() string { return C.GoString(&C.rg_cuda_path[0]) }

// Text is why there is no driver, in the loader's or the driver's words.
func Text() string { return C.GoString(&C.rg_cuda_text[0]) }

// Result is what the driver's cuInit gave: 0 where it succeeded or there is no driver.
func Result() int { return int(C.rg_cuda_result) }

// Missing lists the functions that the opened driver lacks: an older one than rg knows.
func Missing() []string {
	var names []string
	if Open() != Ready {
		return nil
	}
	for i := 0; C.rg_cuda_name(C.int(i)) != nil; i++ {
		if name := C.GoString(C.rg_cuda_name(C.int(i))); name != "cuInit" && C.rg_cuda_find(C.int(i)) == nil {
			names = append(names, name)
		}
	}
	return names
}
