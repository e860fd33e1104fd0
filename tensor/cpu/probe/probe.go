package probe

import (
	"sync"
	"time"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
)

// routines are of the widest registers that the processor has, whatever the backend was told to use.
var routines = asm.Sets()[0].Probe

// Bytes is the size of the arrays that Copy and Read walk: more than any cache.
const Bytes = 256 << 20

// FMA returns the multiply-adds in float32 that threads goroutines reach together, in FLOP/s (a
// multiply-add is two), or 0 where there is no routine for the processor.
func FMA(threads int) float64 {
	if routines.FMA == nil {
		return 0
	}
	const loops = 1 << 21 // some milliseconds, beside which waking a thread is nothing
	each(threads, func(int) { routines.FMA(loops) })
	return fastest(func() { each(threads, func(int) { routines.FMA(loops) }) }, float64(threads*loops*routines.FMAFlops))
}

// Copy returns the bytes, read and written, that threads goroutines move from memory to memory in a
// second.
func Copy(threads int) float64 {
	src, dst := make([]byte, Bytes), make([]byte, Bytes)
	touch(src)
	touch(dst)
	part := Bytes / threads
	return fastest(func() {
		each(threads, func(i int) { copy(dst[i*part:(i+1)*part], src[i*part:]) })
	}, 2*Bytes)
}

// Read returns the bytes that threads goroutines read from memory in a second, or 0 where there is no
// routine for the processor.
func Read(threads int) float64 {
	if routines.Read == nil {
		return 0
	}
	src := make([]byte, Bytes)
	touch(src)
	part := Bytes / threads &^ 4095
	return fastest(func() {
		each(threads, func(i int) { routines.Read(part, &src[i*part]) })
	}, float64(part*threads))
}

// touch makes the system give the pages.
func touch(b []byte) {
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
}

func each(threads int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range threads - 1 {
		wg.Go(func() { f(i + 1) })
	}
	f(0)
	wg.Wait()
}

// fastest is the best rate of what f does: a disturbance only ever makes it slower.
func fastest(f func(), work float64) float64 {
	best := 0.0
	for begin := time.Now(); time.Since(begin) < 300*time.Millisecond; {
		start := time.Now()
		f()
		best = max(best, work/time.Since(start).Seconds())
	}
	return best
}
