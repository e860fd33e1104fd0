package tensor

import (
	"sync/atomic"

	"github.com/rustygradients/rg/tensor/backend"
	_ "github.com/rustygradients/rg/tensor/cpu" // the default device
)

// Device names where a tensor's elements are and its operations run: the name of a registered
// backend.
type Device string

// String is the device's name.
func (d Device) String() string { return string(d) }

// CPU is the device that is always there, and the default one until SetDefaultDevice.
const CPU Device = "cpu"

var defaultDevice atomic.Pointer[Device]

// DefaultDevice is where tensors are made that no device is named for.
func DefaultDevice() Device {
	if d := defaultDevice.Load(); d != nil {
		return *d
	}
	return CPU
}

// SetDefaultDevice has constructors that name no device make tensors on d, and returns what ends that. Tensors there are stay where they
// are.
//
//	defer tensor.SetDefaultDevice(gpu.Device(0))()
func SetDefaultDevice(d Device) (restore func()) {
	d.backend("setdefaultdevice") // there is such a device
	before := DefaultDevice()
	defaultDevice.Store(&d)
	return func() { defaultDevice.Store(&before) }
}

// OpenDevice returns the device of that name, or an error that lists those there are.
func OpenDevice(name string) (Device, error) {
	if _, err := backend.Get(name); err != nil {
		return "", err
	}
	return Device(name), nil
}

// backend is what computes on d; an unknown device is a programmer's mistake, because OpenDevice is
// how the world's are found.
func (d Device) backend(op string) backend.Backend {
	if d == "" {
		d = DefaultDevice()
	}
	b, err := backend.Get(string(d))
	if err != nil {
		panic(&Error{Op: op, Devices: []Device{d}, Hint: err.Error(), Err: err})
	}
	return backend.Traced(b)
}
