package cpu

import "github.com/rustygradients/rg/tensor/cpu/internal/asm"

// Passes over a row that fused operations of both float types share. Those of float32 run in package asm, where the sums of
// rows of more than a part are of parts.

// expSum computes e^(x−shift) into dst, which may be x, and returns the sum.
func expSum[T float](dst, x []T, shift T) float64 {
	if d, ok := any(dst).([]float32); ok {
		sum, x := 0.0, any(x).([]float32)
		for lo := 0; lo < len(x); lo += part {
			sum += asm.Best.ExpSum(min(part, len(x)-lo), &d[lo], &x[lo], float32(shift))
		}
		return sum
	}
	affineInto(dst, x, 1, -shift)
	expInto(dst, dst)
	return sumRow(0, dst)
}

// dot is Σ x·y.
func dot[T float](x, y []T) float64 {
	if x, ok := any(x).([]float32); ok {
		_, dot := slopes32(x, any(y).([]float32), 0)
		return dot
	}
	sum := 0.0
	for i, v := range x {
		sum += float64(v) * float64(y[i])
	}
	return sum
}

// slope computes y·(g − sum) into dst, which may be g: the gradient of softmax.
func slope[T float](dst, y, g []T, sum T) {
	if d, ok := any(dst).([]float32); ok {
		if len(d) > 0 {
			asm.Best.SoftmaxGrad(len(d), &d[0], &any(y).([]float32)[0], &any(g).([]float32)[0], float32(sum))
		}
		return
	}
	for i, v := range y {
		dst[i] = v * (g[i] - sum)
	}
}
