package main

import (
	"runtime"
	"slices"
	"time"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/cpu"
)

// side is one of those that a row compares: it is timed for a while, in turns with the others.
type side struct {
	name   string
	sample func(budget time.Duration) ([]float64, error) // seconds a call
}

// rounds is how many turns each side gets.
const rounds = 4

// take gives every side its turns and returns the median time of a call of each. A side that fails has
// its error in place of the time.
func take(sides []side, budget time.Duration) (medians []float64, errs []error) {
	all := make([][]float64, len(sides))
	errs = make([]error, len(sides))
	for range rounds {
		for i, s := range sides {
			if errs[i] != nil {
				continue
			}
			runtime.GC() // garbage of the side before is not this one's
			samples, err := s.sample(budget / rounds)
			all[i], errs[i] = append(all[i], samples...), err
		}
	}
	for _, samples := range all {
		medians = append(medians, median(samples))
	}
	return medians, errs
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

// ours is rg, or plain Go, on so many threads. What f makes is freed after each call.
func ours(name string, threads int, f func()) side {
	return side{name: name, sample: func(budget time.Duration) (samples []float64, err error) {
		defer cpu.SetThreads(cpu.SetThreads(threads))
		err = tensor.Try(func() { samples = sample(budget, func() { tensor.Scope(f) }) })
		return samples, err
	}}
}

// sample times batches of calls that take 2 ms or more.
func sample(budget time.Duration, f func()) []float64 {
	f()
	start := time.Now()
	f()
	calls := max(1, int(2*time.Millisecond/max(time.Since(start), 1)))
	var out []float64
	for begin := time.Now(); len(out) < 3 || time.Since(begin) < budget; {
		start := time.Now()
		for range calls {
			f()
		}
		out = append(out, time.Since(start).Seconds()/float64(calls))
	}
	return out
}
