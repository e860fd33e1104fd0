package cpu

import (
	"math"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
)

// The rows of float32 of the fused operations, by the passes of package asm. fused.go has them for float64, pass by pass
// in Go.

// part is how many elements of a row are summed in float32 lanes at most, before they go into a float64.
const part = 1024 // the buffers of a scratch hold as many

// parts calls f with where the parts of a row of n elements begin and end.
func parts(n int, f func(lo, hi int)) {
	for lo := 0; lo < n; lo += part {
		f(lo, min(lo+part, n))
	}
}

// expSum32 computes e^(x−shift) and returns the sum. dst may be x; a nil dst is a buffer.
func expSum32(dst, x []float32, shift float32, s *scratch) float64 {
	sum := 0.0
	parts(len(x), func(lo, hi int) {
		to := &typed[float32](s, 0)[0]
		if dst != nil {
			to = &dst[lo]
		}
		sum += asm.Best.ExpSum(hi-lo, to, &x[lo], shift)
	})
	return sum
}

func softmaxRow32(dst []float32, ins [2][]float32, s *scratch) {
	sum := expSum32(dst, ins[0], max32(ins[0]), s)
	affine32(dst, dst, float32(1/sum), 0)
}

func logSoftmaxRow32(dst []float32, ins [2][]float32, s *scratch) {
	x := ins[0]
	m := max32(x)
	shift := float32(math.Log(expSum32(nil, x, m, s)))
	asm.Best.Standardize(len(x), &dst[0], &x[0], m, 1, -shift) // not m + shift at once, where a large m would swallow shift
}

func softmaxGradRow32(dst []float32, ins [2][]float32, _ *scratch) {
	y, g := ins[0], ins[1]
	_, dot := slopes32(y, g, 0)
	asm.Best.SoftmaxGrad(len(y), &dst[0], &y[0], &g[0], float32(dot))
}

func logSoftmaxGradRow32(dst []float32, ins [2][]float32, _ *scratch) {
	y, g := ins[0], ins[1]
	asm.Best.LogSoftmaxGrad(len(y), &dst[0], &y[0], &g[0], float32(sum32(0, g)))
}

// slopes32 returns Σ g and Σ g·(x − mean).
func slopes32(x, g []float32, mean float32) (sum, dot float64) {
	parts(len(x), func(lo, hi int) {
		a, b := asm.Best.Slopes(hi-lo, &x[lo], &g[lo], mean)
		sum += a
		dot += b
	})
	return sum, dot
}

// moments32 is moments, in one pass over differences from a number near the mean: that of a few elements. Where it proves far from it, by more
// than a deviation, digits cancel, and a second pass has the mean that the first found.
func moments32(x []float32, eps float64) (mean, rstd float64) {
	few := x[:min(vectorWidth, len(x))]
	n, near := float64(len(x)), float32(sum32(0, few)/float64(len(few)))
	for again := false; ; again = true {
		sum, squares := sums32(x, near)
		sum /= n
		mean := float64(near) + sum
		variance := squares/n - sum*sum
		if again || !(sum*sum > variance) {
			return mean, 1 / math.Sqrt(max(variance, 0)+eps)
		}
		near = float32(mean)
	}
}

// sums32 returns Σ (x − shift) and Σ (x − shift)².
func sums32(x []float32, shift float32) (sum, squares float64) {
	for lo := 0; lo < len(x); lo += part {
		a, b := asm.Best.Moments(min(part, len(x)-lo), &x[lo], shift)
		sum += a
		squares += b
	}
	return sum, squares
}

func normRow32(eps float64) rowFunc[float32] {
	return func(dst []float32, ins [2][]float32, _ *scratch) {
		mean, rstd := moments32(ins[0], eps)
		asm.Best.Standardize(len(dst), &dst[0], &ins[0][0], float32(mean), float32(rstd), 0)
	}
}

// normGradRow32 is rstd·(g − mean(g)) − (x − mean)·rstd³·mean(g·(x − mean)).
func normGradRow32(eps float64) rowFunc[float32] {
	return func(dst []float32, ins [2][]float32, s *scratch) {
		x, g := ins[0], ins[1]
		n := float64(len(x))
		mean, rstd := moments32(x, eps)
		sum, dot := slopes32(x, g, float32(mean))
		k := typed[float32](s, 0)
		k[0], k[1], k[2], k[3] = float32(mean), float32(-rstd*rstd*rstd*dot/n), float32(sum/n), float32(rstd)
		asm.Best.NormGrad(len(x), &dst[0], &x[0], &g[0], &k[0])
	}
}
