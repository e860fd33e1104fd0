package probe

import (
	"encoding/binary"
	"sync"
	"time"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/cpu/internal/huge"
)

// routines are of the widest registers that the processor has, whatever the backend was told to use.
var routines = asm.Sets()[0].Probe

// Bytes is the size of the arrays that Copy and Read walk: more than any cache.
const Bytes = 256 << 20

// FMA returns the multiply-adds in float32 that threads goroutines reach together, in FLOP/s (a
// multiply-add is two), or 0 where there is no routine for the processor. It takes about d to find out, like the others.
func FMA(threads int, d time.Duration) float64 {
	if routines.FMA == nil {
		return 0
	}
	const loops = 1 << 21 // some milliseconds, beside which waking a thread is nothing
	each(threads, func(int) { routines.FMA(loops) })
	return fastest(d, func() { each(threads, func(int) { routines.FMA(loops) }) }, float64(threads*loops*routines.FMAFlops))
}

// Copy returns the bytes, read and written, that threads goroutines move from memory to memory in a
// second.
func Copy(threads int, d time.Duration) float64 {
	src, dst := arrays()
	part := Bytes / threads
	return fastest(d, func() {
		each(threads, func(i int) { copy(dst[i*part:(i+1)*part], src[i*part:]) })
	}, 2*Bytes)
}

// Read returns the bytes that threads goroutines read from memory in a second, or 0 where there is no
// routine for the processor.
func Read(threads int, d time.Duration) float64 {
	if routines.Read == nil {
		return 0
	}
	src, _ := arrays()
	part := Bytes / threads &^ 4095
	return fastest(d, func() {
		each(threads, func(i int) { routines.Read(part, &src[i*part]) })
	}, float64(part*threads))
}

// arrays are made once, since a probe may be asked often, and are on huge pages, with which memory is fastest. They hold numbers, as tensors do:
// there are machines that copy zeros a quarter faster.
var arrays = sync.OnceValues(func() (a, b []byte) {
	a, b = huge.Bytes(Bytes), huge.Bytes(Bytes)
	state := uint64(1)
	for i := 0; i < Bytes; i += 8 { // Knuth's linear congruential generator (MMIX)
		state = state*6364136223846793005 + 1442695040888963407
		binary.LittleEndian.PutUint64(a[i:], state)
		binary.LittleEndian.PutUint64(b[i:], state)
	}
	return a, b
})

func each(threads int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range threads - 1 {
		wg.Go(func() { f(i + 1) })
	}
	f(0)
	wg.Wait()
}

// fastest is the best rate of what f does: a disturbance only ever makes it slower.
func fastest(d time.Duration, f func(), work float64) float64 {
	best := 0.0
	for begin := time.Now(); best == 0 || time.Since(begin) < d; {
		start := time.Now()
		f()
		best = max(best, work/time.Since(start).Seconds())
	}
	return best
}
