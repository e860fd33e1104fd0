package gpu

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/rustygradients/rg/gpu/cuda"
	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/backend"
)

// Info describes a device.
type Info struct {
	Device     tensor.Device
	Name       string // the model
	Capability string // compute capability, such as 9.0
	Memory     int    // bytes, in all
	SMs        int    // streaming multiprocessors
	Driver     string // the CUDA version that the driver supports
}

func (i Info) String() string {
	return fmt.Sprintf("%s: %s, compute capability %s, %d multiprocessors, %.1f GiB, driver for CUDA %s",
		i.Device, i.Name, i.Capability, i.SMs, float64(i.Memory)/(1<<30), i.Driver)
}

// Devices lists the GPUs; there are none where Status says why.
func Devices() []Info {
	n, _ := cuda.Count()
	var list []Info
	for i := range n {
		if d, err := describe(i); err == nil {
			list = append(list, d)
		}
	}
	return list
}

func describe(ordinal int) (Info, error) {
	p, err := cuda.Describe(ordinal)
	return Info{
		Device: name(ordinal), Name: p.Name, Capability: fmt.Sprintf("%d.%d", p.Major, p.Minor), Memory: p.Memory, SMs: p.SMs,
		Driver: fmt.Sprintf("%d.%d", p.Driver/1000, p.Driver%1000/10),
	}, err
}

// Available reports whether there is a GPU.
func Available() bool {
	n, err := cuda.Count()
	return err == nil && n > 0
}

// Status is what there is, or why there is nothing and what would help, in a few words.
func Status() string {
	n, err := cuda.Count()
	if err != nil {
		return "no GPU: " + err.Error()
	}
	var lines []string
	for i := range n {
		d, err := describe(i)
		if err != nil {
			lines = append(lines, fmt.Sprintf("%s can't be used: the driver says nothing about it: %v", name(i), err))
			continue
		}
		lines = append(lines, d.String())
	}
	return strings.Join(append(lines, cuda.Products()), "\n")
}

var (
	opened = map[int]backend.Backend{} // and registered
	mu     sync.Mutex
)

func name(ordinal int) tensor.Device { return tensor.Device(cuda.Name(ordinal)) }

// Open opens a GPU, counted from 0, and makes its name known to package tensor.
func Open(ordinal int) (tensor.Device, error) {
	b, err := cuda.Open(ordinal)
	if err != nil {
		return "", err
	}
	mu.Lock()
	defer mu.Unlock()
	if opened[ordinal] == nil {
		opened[ordinal] = b
		backend.Register(b.Name(), b)
	}
	return name(ordinal), nil
}

// Device is Open for those who know that there is a GPU: it panics with a *tensor.Error where there isn't.
func Device(ordinal int) tensor.Device {
	d, err := Open(ordinal)
	if err != nil {
		panic(&tensor.Error{Op: "gpu.Device", Hint: err.Error() + "; gpu.Available() tells before, and tensor.CPU is always there", Err: err})
	}
	return d
}

// Synchronize waits until all that was queued on the GPUs is done, and gives the error of what failed since the last wait. To time operations,
// call it before the clock is read.
func Synchronize() error {
	mu.Lock()
	defer mu.Unlock()
	var all []error
	for _, b := range opened {
		all = append(all, b.Synchronize())
	}
	return errors.Join(all...)
}

// SetDebugSync has every operation on the GPUs wait for its end, so that an error comes from the operation that caused it. It is slow.
func SetDebugSync(on bool) { cuda.SetDebugSync(on) }

// AllowTF32 lets matrix products of float32 on the GPUs round their operands to TF32, which has float32's range and 10 bits of fraction: several
// times as fast, on tensor cores. At first it is off, as torch.backends.cuda.matmul.allow_tf32 is.
func AllowTF32(on bool) { cuda.SetTF32(on) }
