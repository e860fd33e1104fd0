//go:build cuda

package cuda

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"gorgonia.org/cu"

	"github.com/rustygradients/rg/gpu/cuda/cushim"
	"github.com/rustygradients/rg/gpu/kernels"
	"github.com/rustygradients/rg/tensor/backend"
)

// Backend is one GPU.
type Backend struct {
	ordinal      int
	device       cu.Device
	context      cu.CUContext
	stream       cu.Stream
	major, minor int // compute capability
	sms          int // streaming multiprocessors
	shared       int // bytes of shared memory that a block may ask for

	using      sync.RWMutex // of the context and what belongs to it: the stream, fault, functions, modules
	generation atomic.Int64 // of the context; see recover.go
	functions  sync.Map     // kernels by name: unsafe.Pointer
	loading    sync.Mutex
	modules    map[string]cu.Module // by source; under loading
	pool       *pool
	staging    *staging
	transfers  *transfers
	blas       blas
	fault      *int32 // pinned: a kernel that met an index out of range sets it
	faultOp    atomic.Pointer[string]
	launched   atomic.Pointer[string] // the last operation
	marksMu    sync.Mutex
	marks      []*mark // that can be used again
}

// debugSync has every operation wait for its end.
var debugSync atomic.Bool

// SetDebugSync has every operation of every device wait for its end, so that an error comes from the call that caused it.
func SetDebugSync(on bool) { debugSync.Store(on) }

var (
	_ backend.Backend               = (*Backend)(nil)
	_ backend.MemoryBackend         = (*Backend)(nil)
	_ backend.SoftmaxBackend        = (*Backend)(nil)
	_ backend.SoftmaxGradBackend    = (*Backend)(nil)
	_ backend.LayerNormBackend      = (*Backend)(nil)
	_ backend.MatMulEpilogueBackend = (*Backend)(nil)
	_ backend.SwiGLUBackend         = (*Backend)(nil)
	_ backend.DropoutBackend        = (*Backend)(nil)
	_ backend.RoPEBackend           = (*Backend)(nil)
	_ backend.AttentionBackend      = (*Backend)(nil)
	_ backend.ConvBackend           = (*Backend)(nil)
	_ backend.SortBackend           = (*Backend)(nil)
	_ backend.PoolBackend           = (*Backend)(nil)
	_ backend.ScanBackend           = (*Backend)(nil)
	_ backend.ScatterBackend        = (*Backend)(nil)
	_ backend.LinearBackend         = (*Backend)(nil)
	_ backend.DecompositionBackend  = (*Backend)(nil)
	_ backend.CTCBackend            = (*Backend)(nil)
	_ backend.FourierBackend        = (*Backend)(nil)
	_ backend.AdamBackend           = (*Backend)(nil)
	_ backend.AdamListBackend       = (*Backend)(nil)
)

var (
	opened   = map[int]*Backend{}
	openedMu sync.Mutex
)

// Open makes the backend of a device, or gives the one that was made.
func Open(ordinal int) (backend.Backend, error) {
	openedMu.Lock()
	defer openedMu.Unlock()
	if b := opened[ordinal]; b != nil {
		return b, nil
	}
	n, err := Count()
	if err != nil {
		return nil, err
	}
	if ordinal < 0 || ordinal >= n {
		return nil, fmt.Errorf("no GPU %d: there are %d, counted from 0", ordinal, n)
	}
	b, err := open(ordinal)
	if err != nil {
		return nil, fmt.Errorf("GPU %d: %w", ordinal, err)
	}
	opened[ordinal] = b
	return b, nil
}

// Describe gives a device's properties, without opening it.
func Describe(ordinal int) (p Properties, err error) {
	d, err := cu.GetDevice(ordinal)
	if err != nil {
		return p, err
	}
	if p.Name, err = d.Name(); err != nil {
		return p, err
	}
	p.Name = strings.TrimRight(p.Name, "\x00")
	if p.Major, p.Minor, err = d.ComputeCapability(); err != nil {
		return p, err
	}
	if p.SMs, err = d.Attribute(cu.MultiprocessorCount); err != nil {
		return p, err
	}
	memory, err := d.TotalMem()
	p.Memory, p.Driver = int(memory), cu.Version()
	return p, err
}

// maxSharedMemory is CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, which gorgonia.org/cu lacks.
const maxSharedMemory cu.DeviceAttribute = 97

func open(ordinal int) (*Backend, error) {
	b := &Backend{ordinal: ordinal, modules: map[string]cu.Module{}}
	var err error
	if b.device, err = cu.GetDevice(ordinal); err != nil {
		return nil, err
	}
	if b.major, b.minor, err = b.device.ComputeCapability(); err != nil {
		return nil, err
	}
	if b.sms, err = b.device.Attribute(cu.MultiprocessorCount); err != nil {
		return nil, err
	}
	if b.shared, err = b.device.Attribute(maxSharedMemory); err != nil {
		return nil, err
	}
	b.pool = newPool(b)
	return b, b.enter()
}

// enter makes the context, and what belongs to it. Nobody else uses them.
func (b *Backend) enter() (err error) {
	if b.context, err = b.device.RetainPrimaryCtx(); err != nil {
		return err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cu.SetCurrentContext(b.context); err != nil {
		return err
	}
	if b.stream, err = cu.MakeStream(cu.NonBlocking); err != nil {
		return err
	}
	fault, rc := cushim.PinnedAlloc(b.rawContext(), 4)
	if rc != 0 {
		return driverError("allocating page-locked memory", rc)
	}
	b.fault = (*int32)(fault)
	atomic.StoreInt32(b.fault, 0)
	if b.staging, err = newStaging(b.rawContext()); err != nil {
		return err
	}
	b.transfers, err = newTransfers()
	return err
}

// Name is that of its device.
func (b *Backend) Name() string { return Name(b.ordinal) }

// do calls f on a thread that has the device's context, and gives its error in the name of op. What f works with is of that context.
func (b *Backend) do(op string, f func() error) error {
	generation, err := b.inContext(f)
	return b.failed(op, generation, err)
}

func (b *Backend) inContext(f func() error) (generation int64, err error) {
	b.using.RLock()
	defer b.using.RUnlock()
	generation = b.generation.Load()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cu.SetCurrentContext(b.context); err != nil {
		return generation, err
	}
	return generation, f()
}

// cu's handles are structs of one pointer; these are those pointers.
func (b *Backend) rawContext() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&b.context)) }

func (b *Backend) rawStream() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&b.stream)) }

// function is a kernel by its name. A source's kernels are loaded when the first of them is asked for.
func (b *Backend) function(name string) (unsafe.Pointer, error) {
	if f, ok := b.functions.Load(name); ok {
		return f.(unsafe.Pointer), nil
	}
	source, ok := kernels.Source(name)
	if !ok {
		return nil, fmt.Errorf("there is no kernel %s", name)
	}
	b.loading.Lock()
	defer b.loading.Unlock()
	var f cu.Function
	_, err := b.inContext(func() (err error) {
		m, ok := b.modules[source]
		if !ok {
			image, err := kernels.Image(source, b.major, b.minor)
			if err != nil {
				return err
			}
			if m, err = cu.LoadData(string(image)); err != nil {
				return fmt.Errorf("loading the kernels of %s for compute capability %d.%d: %w", source, b.major, b.minor, err)
			}
			b.modules[source] = m
		}
		f, err = m.Function(name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("kernel %s: %w", name, err)
	}
	raw := *(*unsafe.Pointer)(unsafe.Pointer(&f))
	b.functions.Store(name, raw)
	return raw, nil
}

// Synchronize waits until all that was queued is done, and gives the error of what failed since.
func (b *Backend) Synchronize() error { return b.synchronize("synchronize") }

// synchronize waits in the name of op.
func (b *Backend) synchronize(op string) error {
	if err := b.do(op, func() error { return b.stream.Synchronize() }); err != nil {
		return err
	}
	return b.checkFault()
}

// checkFault tells of an index out of range that a kernel met.
func (b *Backend) checkFault() error {
	b.using.RLock()
	defer b.using.RUnlock()
	if !atomic.CompareAndSwapInt32(b.fault, 1, 0) {
		return nil
	}
	op := "an operation"
	if p := b.faultOp.Load(); p != nil {
		op = *p
	}
	return fmt.Errorf("%s on %s: an index is out of range (of %s or an operation queued before it; gpu.SetDebugSync(true) finds which)", op, b.Name(), op)
}

func driverError(doing string, result int) error {
	name, text := cushim.Describe(result)
	return fmt.Errorf("%s: %s (%s)", doing, text, name)
}
