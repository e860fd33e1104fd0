package rg

import (
	"fmt"
	"math"
	"time"
)

// Timeit measures f, which does its work n times, and prints how long one time takes: the mean over several rounds
// and their standard deviation. runs is the n of a round and rounds their number; 0 means as many as make a round
// of a fifth of a second, and 7. %timeit calls it.
func Timeit(runs, rounds int, f func(n int)) {
	if rounds <= 0 {
		rounds = 7
	}
	if runs <= 0 {
		runs = calibrate(f)
	}
	mean, dev := 0.0, 0.0
	for i := range rounds { // Welford's recurrence: the variance of many small numbers without their squares
		start := time.Now()
		f(runs)
		each := time.Since(start).Seconds() / float64(runs)
		delta := each - mean
		mean += delta / float64(i+1)
		dev += delta * (each - mean)
	}
	dev = math.Sqrt(dev / float64(rounds))
	fmt.Printf("%s ± %s a run (mean ± standard deviation of %d rounds of %d)\n", seconds(mean), seconds(dev), rounds, runs)
}

// calibrate returns how many runs take long enough to be measured.
func calibrate(f func(n int)) int {
	const enough = 200 * time.Millisecond
	for n := 1; ; n *= 10 {
		for _, k := range []int{1, 2, 5} {
			start := time.Now()
			f(n * k)
			if time.Since(start) >= enough || n*k >= 1e9 {
				return n * k
			}
		}
	}
}

// seconds writes a duration with three digits; a time.Duration has no parts of a nanosecond.
func seconds(s float64) string {
	for _, unit := range []struct {
		name string
		size float64
	}{{"s", 1}, {"ms", 1e-3}, {"µs", 1e-6}} {
		if s >= unit.size {
			return fmt.Sprintf("%.3g %s", s/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%.3g ns", s*1e9)
}
