package cuda

import "fmt"

// Name is the name of a device's backend, which is also its name in package tensor: cuda:0 and so on.
func Name(ordinal int) string { return fmt.Sprintf("cuda:%d", ordinal) }

// Properties describe a device.
type Properties struct {
	Name         string
	Major, Minor int // compute capability
	SMs          int // streaming multiprocessors
	Memory       int // bytes
	Driver       int // CUDA's version that the driver supports: 12060 is 12.6
}
