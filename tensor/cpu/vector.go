package cpu

import (
	"math"
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/dtype"
)

// The functions of this file bring the routines of package asm, which take multiples of 32 elements,
// to slices of any length: what is left over is computed in Go. dst may be an operand.

// vectorWidth is what the routines work in multiples of.
const vectorWidth = 32

func whole(n int) int { return n &^ (vectorWidth - 1) }

// exp32 computes e^x to about one unit in the last place.
func exp32(dst, x []float32) {
	if f := asm.Best.Unary(backend.Exp, dtype.Float32); f != nil {
		if len(x) > 0 {
			f(len(x), first(dst), first(x))
		}
		return
	}
	asm.Exp(dst, x)
}

var (
	add32 = binary32(backend.Add)
	mul32 = binary32(backend.Mul)
)

// binary32 returns the kernel for float32.
func binary32(op backend.BinaryOp) binaryKernel[float32] {
	if f := asm.Best.Binary(op, dtype.Float32); f != nil {
		return onSlices2[float32](f)
	}
	return binaryFloat[float32](op)
}

// binary64 returns the kernel for float64.
func binary64(op backend.BinaryOp) binaryKernel[float64] {
	if f := asm.Best.Binary(op, dtype.Float64); f != nil {
		return onSlices2[float64](f)
	}
	return binaryFloat[float64](op)
}

// affine32 computes a·x + b.
func affine32(dst, x []float32, a, b float32) {
	if len(x) > 0 {
		asm.Best.Affine(len(x), &dst[0], &x[0], a, b)
	}
}

// logistic32 computes 1/(1 + x).
func logistic32(dst, x []float32) {
	for i, v := range x {
		dst[i] = 1 / (1 + v)
	}
}

// sum32 adds up in float64.
func sum32(acc float64, x []float32) float64 {
	n := whole(len(x))
	if n > 0 {
		acc += asm.Best.Sum(n, &x[0])
	}
	for _, v := range x[n:] {
		acc += float64(v)
	}
	return acc
}

// sumRows32 is sum32 of four rows of n elements, step apart.
func sumRows32(sums *[4]float64, x []float32, step, n int) {
	whole := n &^ 15
	asm.Best.SumRows(whole, &sums[0], &x[0], 4*step)
	for r := range sums {
		for _, v := range x[r*step:][whole:n] {
			sums[r] += float64(v)
		}
	}
}

// find32 is the index of the first element that equals v, which there is.
func find32(x []float32, v float32) int {
	n := whole(len(x))
	if n > 0 {
		if i := asm.Best.Find(n, &x[0], v); i < n {
			return i
		}
	}
	return n + slices.Index(x[n:], v)
}

// max32 is the largest element, or NaN if there is one; of none it is -Inf.
func max32(x []float32) float32 { return extreme32(asm.Best.Max, math.Inf(-1), x) }

// min32 is the smallest element, or NaN if there is one; of none it is Inf.
func min32(x []float32) float32 { return extreme32(asm.Best.Min, math.Inf(1), x) }

func extreme32(f func(n int, x *float32) (float32, int), ofNone float64, x []float32) float32 {
	if len(x) == 0 {
		return float32(ofNone)
	}
	m, nan := f(len(x), &x[0])
	if nan != 0 {
		return float32(math.NaN())
	}
	return m
}

// adamW32 makes one step.
func adamW32(p, g, m, v []float32, c *asm.AdamW) {
	asm.Best.AdamW(len(p), &p[0], &g[0], &m[0], &v[0], &c.Beta1)
}
