//go:build cuda

package cuda

import "gorgonia.org/cu"

// Counts is what an emulated driver has counted (gpu/emu/driver.cpp): how often memory was copied to and from the device and on it, and the
// blocks that were not freed. Tests use it.
type Counts struct {
	Uploads, Downloads, DeviceCopies, Launches, Allocations int
	Downloaded                                              int // bytes
	Beside                                                  int // copies to the device that came before what was queued elsewhere
	Products, Epilogues                                     int // what the emulated cuBLAS multiplied, and cublasLt with an epilogue
	Descriptors                                             int // of cublasLt, that were not destroyed
	Heuristics                                              int // how often cublasLt was asked how it computes a product
	Live                                                    int
}

// Count asks an emulated driver; a real one knows nothing.
func (b *Backend) Count() (c Counts) {
	const first = 10000 // beyond the driver's own attributes
	for i, p := range []*int{
		&c.Uploads, &c.Downloads, &c.DeviceCopies, &c.Launches, &c.Allocations, &c.Downloaded, &c.Beside,
		&c.Products, &c.Epilogues, &c.Descriptors, &c.Heuristics, &c.Live,
	} {
		*p, _ = b.device.Attribute(cu.DeviceAttribute(first + i))
	}
	return c
}
