package main

import (
	"errors"
	"runtime"
	"slices"
	"time"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/cpu"
	"github.com/rustygradients/rg/tensor/cpu/probe"
)

// side is one of those that a row compares: it is timed for a while, in turns with the others.
type side struct {
	name   string
	sample func(budget time.Duration) ([]float64, error) // seconds a call
}

// rounds is how many turns each side gets: many short ones, because the clock of a machine drifts, and who else is on it
// comes and goes.
const rounds = 8

// measured is what take found of a side.
type measured struct {
	seconds float64 // a call, the median of the rounds
	times   float64 // as long as a call of the first side: the median of the rounds' ratios
	err     error   // if the side failed
}

// take gives every side its turns. What sides differ by is seen within a round, in which the machine was the same.
func take(sides []side, budget time.Duration) []measured {
	all := make([][]float64, len(sides)) // of each round, the median of its calls
	out := make([]measured, len(sides))
	for range rounds {
		for i, s := range sides {
			if out[i].err != nil {
				continue
			}
			runtime.GC() // garbage of the side before is not this one's
			samples, err := s.sample(budget / rounds)
			all[i], out[i].err = append(all[i], median(samples)), err
		}
	}
	for i, seconds := range all {
		out[i].seconds = median(seconds)
		var ratios []float64
		for r, first := range all[0][:min(len(seconds), len(all[0]))] {
			if first > 0 {
				ratios = append(ratios, seconds[r]/first)
			}
		}
		out[i].times = median(ratios)
	}
	return out
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
	return bare(name, threads, func() { tensor.Scope(f) })
}

// released is ours of one operation, whose result is given up at once: that costs less than a Scope, which an operation of microseconds would feel.
func released(name string, threads int, f func() *tensor.Tensor) side {
	return bare(name, threads, func() { f().Release() })
}

func bare(name string, threads int, f func()) side {
	return side{name: name, sample: func(budget time.Duration) (samples []float64, err error) {
		defer cpu.SetThreads(cpu.SetThreads(threads))
		err = tensor.Try(func() { samples = sample(budget, f) })
		return samples, err
	}}
}

// The limits are medians like the other sides, and not the best that was seen: what disturbs a side disturbs them, too.

// peak is so many FLOP at the rate of the processor's multiply-adds.
func peak(threads int, flop float64) side { return limit("peak", flop, threads, probe.FMA) }

// read is so many bytes at the rate at which the machine reads memory, and copied that at which it reads and writes.
func read(threads int, bytes float64) side { return limit("read", bytes, threads, probe.Read) }

func copied(threads int, bytes float64) side { return limit("copy", bytes, threads, probe.Copy) }

func limit(name string, work float64, threads int, rate func(int, time.Duration) float64) side {
	return side{name: name, sample: func(budget time.Duration) (samples []float64, err error) {
		warm(func() { rate(threads, 0) })
		for begin := time.Now(); len(samples) == 0 || time.Since(begin) < budget; {
			r := rate(threads, 0)
			if r == 0 {
				return nil, errors.New("no probe for this processor")
			}
			samples = append(samples, work/r)
		}
		return samples, nil
	}}
}

// warm calls f for a while, once if that takes longer: what it needs is in the caches then, and its threads are where they stay. Just woken, they
// share a core for some milliseconds.
func warm(f func()) {
	for begin := time.Now(); ; {
		f()
		if time.Since(begin) > 20*time.Millisecond {
			return
		}
	}
}

// sample times batches of calls that take 2 ms or more.
func sample(budget time.Duration, f func()) []float64 {
	warm(f)
	begin := time.Now()
	f()
	first := time.Since(begin)
	calls := max(1, int(2*time.Millisecond/max(first, 1)))
	var out []float64
	if calls == 1 {
		out = append(out, first.Seconds())
	}
	for len(out) == 0 || time.Since(begin) < budget {
		start := time.Now()
		for range calls {
			f()
		}
		out = append(out, time.Since(start).Seconds()/float64(calls))
	}
	return out
}
