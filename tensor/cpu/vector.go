package cpu

import (
	"math"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
)

// The functions of this file bring the routines of package asm, which take multiples of 32 elements,
// to slices of any length: what is left over is computed in Go. dst may be an operand.

// vectorWidth is what the routines work in multiples of.
const vectorWidth = 32

func whole(n int) int { return n &^ (vectorWidth - 1) }

// exp32 computes e^x to about one unit in the last place.
func exp32(dst, x []float32) {
	n := whole(len(x))
	if n > 0 {
		asm.Best.Exp(n, &dst[0], &x[0])
	}
	if n < len(x) {
		var tail [vectorWidth]float32
		copy(tail[:], x[n:])
		asm.Best.Exp(vectorWidth, &tail[0], &tail[0])
		copy(dst[n:], tail[:len(x)-n])
	}
}

// vectorBinary makes a kernel of a routine and the loop for the rest.
func vectorBinary(f func(n int, dst, x, y *float32), rest binaryKernel[float32]) binaryKernel[float32] {
	return func(dst, x, y []float32) {
		n := whole(len(dst))
		if n > 0 {
			f(n, &dst[0], &x[0], &y[0])
		}
		rest(dst[n:], x[n:], y[n:])
	}
}

var (
	add32 = vectorBinary(asm.Best.Add, add[float32])
	sub32 = vectorBinary(asm.Best.Sub, sub[float32])
	mul32 = vectorBinary(asm.Best.Mul, mul[float32])
	div32 = vectorBinary(asm.Best.Div, div[float32])
)

// binary32 returns the kernel for float32.
func binary32(op backend.BinaryOp) binaryKernel[float32] {
	switch op {
	case backend.Add:
		return add32
	case backend.Sub:
		return sub32
	case backend.Mul:
		return mul32
	case backend.Div:
		return div32
	}
	return binaryFloat[float32](op)
}

// affine32 computes a·x + b.
func affine32(dst, x []float32, a, b float32) {
	n := whole(len(x))
	if n > 0 {
		asm.Best.Affine(n, &dst[0], &x[0], a, b)
	}
	for i := n; i < len(x); i++ {
		dst[i] = a*x[i] + b
	}
}

// logistic32 computes 1/(1 + x).
func logistic32(dst, x []float32) {
	n := whole(len(x))
	if n > 0 {
		asm.Best.Logistic(n, &dst[0], &x[0])
	}
	for i := n; i < len(x); i++ {
		dst[i] = 1 / (1 + x[i])
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

// max32 is the largest element, or NaN if there is one; of none it is -Inf.
func max32(x []float32) float32 {
	largest := float32(math.Inf(-1))
	n := whole(len(x))
	if n > 0 {
		m, nan := asm.Best.Max(n, &x[0])
		if nan != 0 {
			return float32(math.NaN())
		}
		largest = m
	}
	for _, v := range x[n:] {
		largest = max(largest, v)
	}
	return largest
}

// adamW32 makes one step.
func adamW32(p, g, m, v []float32, c *asm.AdamW) {
	n := whole(len(p))
	if n > 0 {
		asm.Best.AdamW(n, &p[0], &g[0], &m[0], &v[0], &c.Beta1)
	}
	for i := n; i < len(p); i++ {
		gi := g[i] * c.Scale
		m[i] = c.Beta1*m[i] + c.Rest1*gi
		v[i] = c.Beta2*v[i] + c.Rest2*gi*gi
		p[i] = c.Keep*p[i] - c.Step*m[i]/(float32(math.Sqrt(float64(v[i])))*c.Root+c.Eps)
	}
}
