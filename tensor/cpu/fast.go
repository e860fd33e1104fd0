package cpu

import (
	"math"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
)

const (
	sqrt2OverPi = 0.7978845608028654 // √(2/π)
	geluCubic   = 0.044715
	invSqrt2Pi  = 0.3989422804014327 // 1/√(2π)
)

// activation32 computes an activation (g nil) or g times its derivative, a block at a time.
func activation32(a backend.Activation, dst, x, g []float32) {
	if f, grad := asm.Best.Activation(a), asm.Best.ActivationGrad(a); f != nil && len(x) > 0 {
		if g == nil {
			f(len(x), first(dst), first(x))
		} else {
			grad(len(x), first(dst), first(x), first(g))
		}
		return
	}
	activation32Go(a, dst, x, g)
}

func activation32Go(a backend.Activation, dst, x, g []float32) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	b0, b1, b2 := typed[float32](s, 0), typed[float32](s, 1), typed[float32](s, 2)
	for len(x) > 0 {
		n := min(len(x), block)
		var part []float32
		if g != nil {
			part, g = g[:n], g[n:]
		}
		if a == backend.GELU {
			geluBlock(dst[:n], x[:n], part, b0[:n], b1[:n], b2[:n])
		} else {
			sigmoidBlock(a, dst[:n], x[:n], part, b0[:n], b1[:n])
		}
		dst, x = dst[n:], x[n:]
	}
}

// geluBlock is GELU with the exact normal distribution, by Abramowitz and Stegun 7.1.26: for z ≥ 0,
// 1 − erf(z) = t·(a₁ + t·(a₂ + …))·exp(−z²) with t = 1/(1 + 0.3275911·z), to 1.5e-7. e, t and p are
// buffers.
func geluBlock(dst, x, g, e, t, p []float32) {
	const sign = 1 << 31
	mul32(e, x, x)
	affine32(e, e, -0.5, 0)
	exp32(e, e) // exp(−x²/2) = exp(−z²), z = |x|/√2
	for i, v := range x {
		t[i] = math.Float32frombits(math.Float32bits(v)&^sign) * (0.3275911 / math.Sqrt2)
	}
	logistic32(t, t)
	affine32(p, t, 1.061405429, -1.453152027)
	for _, a := range [...]float32{1.421413741, -0.284496736, 0.254829592} {
		mul32(p, p, t)
		affine32(p, p, 1, a)
	}
	mul32(p, p, t)
	mul32(p, p, e)
	affine32(p, p, -0.5, 0.5) // Φ(|x|) − ½, and for the other side of ½ the sign of x
	for i, v := range x {
		side := math.Float32bits(v) & sign
		p[i] = 0.5 + math.Float32frombits(math.Float32bits(p[i])^side)
	}
	if g == nil {
		mul32(dst, x, p)
		return
	}
	// Φ(x) + x·φ(x)
	affine32(e, e, invSqrt2Pi, 0)
	mul32(e, e, x)
	add32(p, p, e)
	mul32(dst, g, p)
}

// sigmoidBlock is x·σ(u): SiLU with u = x, and GELU's tanh approximation, because ½(1 + tanh(u/2)) is
// σ(u), with u = 2√(2/π)·(x + 0.044715·x³). The derivative is s + x·s·(1 − s)·u′. s and t are buffers.
func sigmoidBlock(a backend.Activation, dst, x, g, s, t []float32) {
	const c = 2 * sqrt2OverPi
	if a == backend.GELUTanh {
		mul32(t, x, x)
		affine32(s, t, -c*geluCubic, -c)
		mul32(s, s, x)                   // −u
		affine32(t, t, 3*c*geluCubic, c) // u′
	} else {
		affine32(s, x, -1, 0)
	}
	exp32(s, s)
	logistic32(s, s) // σ(u)
	if g == nil {
		mul32(dst, x, s)
		return
	}
	if a == backend.GELUTanh {
		mul32(t, t, x) // x·u′
	} else {
		copy(t, x)
	}
	// g·s·(1 + x·u′·(1 − s)): g is read before dst, which may be the same, is written.
	gs := dst
	mul32(gs, g, s)
	affine32(s, s, -1, 1)
	mul32(t, t, s)
	affine32(t, t, 1, 1)
	mul32(dst, gs, t)
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
