package prof

import (
	"fmt"
	"sync"
	"time"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Peaks is what the machine has been measured to do, with as many threads as operations use.
type Peaks struct {
	GFLOPS float64 // of a large float32 matrix product
	GBps   float64 // read and written by a large copy
}

const (
	probeBytes = 64 << 20 // of each side of the copy: more than most caches
	probeTime  = 150 * time.Millisecond
)

// probeSizes are of a product's three axes: the larger comes nearer to the peak, the smaller fits between
// the disturbances of a busy machine.
var probeSizes = [...]int{1024, 512}

// measured peaks, by the backend's name.
var peaks struct {
	sync.Mutex
	by map[string]Peaks
}

// MeasurePeaks returns the CPU's peaks. The first call measures, for some tenths of a second; the others
// return the same. A machine that is busy meanwhile makes them too low.
func MeasurePeaks() Peaks {
	p, err := peaksOf("cpu")
	if err != nil {
		return Peaks{} // the rates stand alone then
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
	for _, n := range probeSizes {
		views, err := probeViews(b, 3, n, n)
		if err != nil {
			return 0, err
		}
		best, err := fastest(b, func() error { return b.MatMul(views[0], views[1], views[2]) })
		if err != nil {
			return 0, err
		}
		peak = max(peak, rate(2*int64(n)*int64(n)*int64(n), best))
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
// longer.
func fastest(b backend.Backend, f func() error) (time.Duration, error) {
	best := time.Duration(1 << 62)
	for begin, n := time.Now(), 0; n < 2 || time.Since(begin) < probeTime; n++ {
		start := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		if err := b.Synchronize(); err != nil {
			return 0, err
		}
		best = min(best, time.Since(start))
	}
	return best, nil
}
