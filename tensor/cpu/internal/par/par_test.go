package par

import (
	"sync/atomic"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
)

func TestForCoversEverythingOnce(t *testing.T) {
	defer SetThreads(SetThreads(0))
	for _, threads := range []int{1, 2, 7} {
		SetThreads(threads)
		for _, n := range []int{0, 1, 10, 1000} {
			for _, grain := range []int{0, 1, 3, 1000} {
				hits := make([]atomic.Int32, n)
				For(n, grain, func(lo, hi int) {
					for i := lo; i < hi; i++ {
						hits[i].Add(1)
					}
				})
				for i := range hits {
					if hits[i].Load() != 1 {
						t.Fatalf("threads %d, n %d, grain %d: %d was done %d times", threads, n, grain, i, hits[i].Load())
					}
				}
			}
		}
	}
}

func TestForNests(t *testing.T) {
	defer SetThreads(SetThreads(4))
	var sum atomic.Int64
	For(20, 1, func(int, int) {
		For(20, 1, func(int, int) {
			For(20, 1, func(int, int) { sum.Add(1) })
		})
	})
	if sum.Load() != 8000 {
		t.Errorf("%d pieces ran, want 8000", sum.Load())
	}
}

func TestPanicReachesTheCaller(t *testing.T) {
	defer SetThreads(SetThreads(3))
	defer func() {
		if r := recover(); r != "ouch" {
			t.Errorf("recovered %v", r)
		}
	}()
	For(100, 1, func(lo, _ int) {
		if lo == 50 {
			panic("ouch")
		}
	})
	t.Error("no panic")
}

func TestInterruptStopsTheLoop(t *testing.T) {
	defer SetThreads(SetThreads(2))
	var done atomic.Int64
	backend.SetInterrupt(func() bool { return done.Load() > 10 })
	defer backend.SetInterrupt(nil)
	defer func() {
		if _, ok := recover().(backend.Interrupted); !ok {
			t.Error("the loop was not interrupted")
		}
		if done.Load() > 90_000 {
			t.Errorf("%d pieces ran after the interrupt", done.Load())
		}
	}()
	For(100_000, 1, func(int, int) { done.Add(1) })
}
