package cpu

import (
	"fmt"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Name is the name that the backend is registered by.
const Name = "cpu"

var theBackend = &Backend{}

func init() { backend.Register(Name, theBackend) }

// Backend computes on the processor. There is one, registered as "cpu"; Default returns it.
type Backend struct{}

// Default returns the backend that is registered as "cpu".
func Default() *Backend { return theBackend }

// Name returns "cpu".
func (*Backend) Name() string { return Name }

// Synchronize returns at once: every operation has finished when its call returns.
func (*Backend) Synchronize() error { return nil }

// SetThreads limits the goroutines that one operation uses, the calling one included, and returns
// the previous limit; 0 means as many as GOMAXPROCS. Results don't depend on it.
func SetThreads(n int) int { return par.SetThreads(n) }

// Threads returns how many goroutines one operation uses at most.
func Threads() int { return par.Threads() }

// errDType says that an operation does not know a data type.
func errDType(op fmt.Stringer, dt dtype.DType) error {
	return fmt.Errorf("cpu: %s does not support %s; cast it first", op, dt)
}

// opName is an operation without an enum of its own.
type opName string

func (o opName) String() string { return string(o) }

// Kernels names the set of routines in use: the fastest that the processor runs, or what RG_CPU asks for.
func Kernels() string { return asm.Best.Name }
