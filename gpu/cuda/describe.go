package cuda

// Properties describe a device.
type Properties struct {
	Name         string
	Major, Minor int // compute capability
	SMs          int // streaming multiprocessors
	Memory       int // bytes
	Driver       int // CUDA's version that the driver supports: 12060 is 12.6
}
