package cpu

import (
	"math"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
)

// fastUnary returns a quicker float32 kernel than the plain loop, or nil. Each is a vector
// exponential and some arithmetic.
func fastUnary(op backend.UnaryOp) unaryKernel[float32] {
	switch op {
	case backend.Exp:
		return exp32
	case backend.Sigmoid:
		return sigmoid32
	case backend.Tanh:
		return tanh32
	}
	return nil
}

// expWidth is what asm.Set.Exp works in multiples of.
const expWidth = 16

// exp32 computes e^x to about one unit in the last place. dst may be x.
func exp32(dst, x []float32) {
	whole := len(x) &^ (expWidth - 1)
	if whole > 0 {
		asm.Best.Exp(whole, &dst[0], &x[0])
	}
	if whole < len(x) {
		var tail [expWidth]float32
		copy(tail[:], x[whole:])
		asm.Best.Exp(expWidth, &tail[0], &tail[0])
		copy(dst[whole:], tail[:len(x)-whole])
	}
}

func sigmoid32(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = -v
	}
	exp32(dst, dst)
	for i, e := range dst {
		dst[i] = 1 / (1 + e)
	}
}

// tanh32 is 1 − 2/(e²ˣ + 1), and near zero, where that would lose digits, the polynomial of Moshier's
// Cephes library.
func tanh32(dst, x []float32) {
	var buf [block]float32
	for len(x) > 0 {
		n := min(len(x), block)
		e := buf[:n]
		for i, v := range x[:n] {
			e[i] = 2 * v
		}
		exp32(e, e)
		for i, v := range x[:n] {
			if v > -0.625 && v < 0.625 {
				z := v * v
				p := (((float32(-5.70498872745e-3)*z+2.06390887954e-2)*z-5.37397155531e-2)*z+1.33314422036e-1)*z - 3.33332819422e-1
				dst[i] = p*z*v + v
			} else {
				dst[i] = 1 - 2/(e[i]+1)
			}
		}
		dst, x = dst[n:], x[n:]
	}
}

// erfcTail is the polynomial t·(a₁ + a₂t + …) of Abramowitz and Stegun 7.1.26, at z ≥ 0: times
// exp(−z²) it is 1 − erf(z), to 1.5e-7.
func erfcTail(z float32) float32 {
	t := 1 / (1 + 0.3275911*z)
	return t * (0.254829592 + t*(-0.284496736+t*(1.421413741+t*(-1.453152027+t*1.061405429))))
}

const (
	sqrt2OverPi = 0.7978845608028654 // √(2/π)
	geluCubic   = 0.044715
	invSqrt2Pi  = 0.3989422804014327 // 1/√(2π)
)

// activation32 computes an activation (g nil) or g times its derivative, a block at a time.
func activation32(a backend.Activation, dst, x, g []float32) {
	var buf [block]float32
	for len(x) > 0 {
		n := min(len(x), block)
		e, xs, to := buf[:n], x[:n], dst[:n]
		switch a { // what the exponential is taken of
		case backend.GELU:
			for i, v := range xs {
				e[i] = -0.5 * v * v
			}
		case backend.GELUTanh: // ½(1 + tanh u) = σ(2u)
			for i, v := range xs {
				e[i] = -2 * sqrt2OverPi * (v + geluCubic*v*v*v)
			}
		default:
			for i, v := range xs {
				e[i] = -v
			}
		}
		exp32(e, e)
		switch {
		case a == backend.GELU && g == nil:
			for i, v := range xs {
				to[i] = v * normalCDF(v, e[i])
			}
		case a == backend.GELU: // Φ(x) + x·φ(x)
			for i, v := range xs {
				to[i] = g[i] * (normalCDF(v, e[i]) + v*invSqrt2Pi*e[i])
			}
		case g == nil:
			for i, v := range xs {
				to[i] = v / (1 + e[i])
			}
		case a == backend.GELUTanh: // s + x·s·(1 − s)·2u′
			for i, v := range xs {
				s := 1 / (1 + e[i])
				to[i] = g[i] * (s + v*s*(1-s)*2*sqrt2OverPi*(1+3*geluCubic*v*v))
			}
		default: // s·(1 + x·(1 − s))
			for i, v := range xs {
				s := 1 / (1 + e[i])
				to[i] = g[i] * s * (1 + v*(1-s))
			}
		}
		dst, x = dst[n:], x[n:]
		if g != nil {
			g = g[n:]
		}
	}
}

// normalCDF is Φ(x), given e = exp(−x²/2).
func normalCDF(x, e float32) float32 {
	tail := 0.5 * erfcTail(float32(math.Abs(float64(x)))*(1/math.Sqrt2)) * e
	if x < 0 {
		return tail
	}
	return 1 - tail
}

// activation64 is activation32 in float64, as the formulas are written.
func activation64(a backend.Activation, dst, x, g []float64) {
	for i, v := range x {
		var y, slope float64
		switch a {
		case backend.GELU:
			cdf := 0.5 * math.Erfc(-v/math.Sqrt2)
			y, slope = v*cdf, cdf+v*invSqrt2Pi*math.Exp(-0.5*v*v)
		case backend.GELUTanh:
			s := sigmoid(2 * sqrt2OverPi * (v + geluCubic*v*v*v))
			y, slope = v*s, s+v*s*(1-s)*2*sqrt2OverPi*(1+3*geluCubic*v*v)
		default:
			s := sigmoid(v)
			y, slope = v*s, s*(1+v*(1-s))
		}
		if g == nil {
			dst[i] = y
		} else {
			dst[i] = g[i] * slope
		}
	}
}
