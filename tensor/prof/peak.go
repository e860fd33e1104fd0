package prof

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Peaks is what a device has been measured to do, a processor with as many threads as operations use.
type Peaks struct {
	GFLOPS float64 // of a large float32 matrix product
	GBps   float64 // read and written by a large copy
}

const (
	probeBytes = 64 << 20 // of each side of the copy: more than most caches
	probeTime  = 150 * time.Millisecond
)

// probeSizes are of a product's three axes: the larger come nearer to the peak, the smaller fit between
// the disturbances of a busy machine. Those that take too long are left out.
var probeSizes = [...]int{512, 1024, 4096}

// measured peaks, by the backend's name.
var peaks struct {
	sync.Mutex
	by map[string]Peaks
}

// MeasurePeaks returns the CPU's peaks. The first call measures, for some tenths of a second; the others
// return the same. A machine that is busy meanwhile makes them too low.
func MeasurePeaks() Peaks { return peaksOrNone("cpu") }

// peaksOrNone are a device's peaks; without any the rates stand alone.
func peaksOrNone(name string) Peaks {
	p, err := peaksOf(name)
	if err != nil {
		return Peaks{}
	}
	return p
}

func peaksOf(name string) (Peaks, error) {
	peaks.Lock()
	defer peaks.Unlock()
	if p, ok := peaks.by[name]; ok {
		return p, nil
	}
	b, err := backend.Get(name)
	if err != nil {
		return Peaks{}, err
	}
	var p Peaks
	if p.GFLOPS, err = probeMatMul(b); err != nil {
		return Peaks{}, fmt.Errorf("prof: the probe of arithmetic failed: %w", err)
	}
	if p.GBps, err = probeCopy(b); err != nil {
		return Peaks{}, fmt.Errorf("prof: the probe of memory failed: %w", err)
	}
	if peaks.by == nil {
		peaks.by = map[string]Peaks{}
	}
	peaks.by[name] = p
	return p, nil
}

func probeMatMul(b backend.Backend) (float64, error) {
	peak := 0.0
	var last float64 // FLOPs of the size before, and what they took
	var took time.Duration
	for _, n := range probeSizes {
		flops := 2 * float64(n) * float64(n) * float64(n)
		if float64(took)*flops > float64(probeTime)*last {
			break
		}
		views, err := probeViews(b, 3, n, n)
		if err != nil {
			return 0, err
		}
		best, err := fastest(b, func() error { return b.MatMul(views[0], views[1], views[2]) })
		if err != nil {
			return 0, err
		}
		peak = max(peak, rate(int64(flops), best))
		last, took = flops, best
	}
	return peak, nil
}

func probeCopy(b backend.Backend) (float64, error) {
	views, err := probeViews(b, 2, probeBytes/4)
	if err != nil {
		return 0, err
	}
	best, err := fastest(b, func() error { return b.Copy(views[0], views[1]) })
	return rate(2*probeBytes, best), err
}

// probeViews makes tensors of random numbers: zeros cost a processor less power, and so it may run
// faster than it ever will on data. Their memory is left to the garbage collector: the backend would
// keep what is freed.
func probeViews(b backend.Backend, n int, shape ...int) ([]backend.View, error) {
	views := make([]backend.View, n)
	for i := range views {
		l := backend.Contiguous(shape...)
		s, err := b.Alloc(dtype.Float32, l.Len())
		if err != nil {
			return nil, err
		}
		views[i] = backend.View{Storage: s, Layout: l}
		if err := b.Random(views[i], backend.Distribution{Kind: backend.Uniform, B: 1}, 1, 0); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// fastest runs f for a while and returns its shortest time: what disturbs a measurement only ever makes it
// longer. A device that tells times is asked: what it takes to begin and to wait is none of its own.
func fastest(b backend.Backend, f func() error) (time.Duration, error) {
	best := time.Duration(1 << 62)
	timer, _ := backend.As[backend.TimerBackend](b)
	for begin, n := time.Now(), 0; n < 2 || time.Since(begin) < probeTime; n++ {
		took, err := timed(b, timer, f)
		if err != nil {
			return 0, err
		}
		best = min(best, took)
	}
	return best, nil
}

func timed(b backend.Backend, timer backend.TimerBackend, f func() error) (time.Duration, error) {
	if timer == nil {
		start := time.Now()
		err := errors.Join(f(), b.Synchronize())
		return time.Since(start), err
	}
	from, err := timer.Mark()
	if err != nil {
		return 0, err
	}
	if err := f(); err != nil {
		return 0, err
	}
	to, err := timer.Mark()
	if err != nil {
		return 0, err
	}
	ago, err := timer.Passed([]backend.Mark{from, to})
	if err != nil {
		return 0, err
	}
	return ago[0] - ago[1], nil
}
