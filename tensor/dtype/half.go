package dtype

import "math"

// Float16 is IEEE 754's binary16 (1 sign, 5 exponent and 10 mantissa bits); BFloat16 is the upper
// half of a float32 (1, 8 and 7). Widening is exact, subnormals, infinities and the payloads of NaNs
// included, so a half that is widened and narrowed again has the bits that it had. Narrowing rounds to
// the nearest value, ties to even, and overflows to infinity; a NaN stays one.

// WidenFloat16 gives the value of a float16's bits.
func WidenFloat16(h uint16) float32 {
	sign, exponent, mantissa := uint32(h&0x8000)<<16, uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0: // zero and subnormals: a multiple of 2⁻²⁴
		return math.Float32frombits(sign | math.Float32bits(float32(mantissa)*0x1p-24))
	case 0x1f:
		return math.Float32frombits(sign | 0xff<<23 | mantissa<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | mantissa<<13)
}

// NarrowFloat16 gives the bits of the float16 nearest to f.
func NarrowFloat16(f float32) uint16 {
	b := math.Float32bits(f)
	sign := uint16(b >> 16 & 0x8000)
	b &^= 1 << 31
	switch {
	case b > 0xff<<23: // NaN; one whose payload lies in the bits that go is not to become infinity
		if payload := uint16(b >> 13 & 0x3ff); payload != 0 {
			return sign | 0x7c00 | payload
		}
		return sign | 0x7e00
	case b >= (127+16)<<23: // 2¹⁶ and above
		return sign | 0x7c00
	case b < (127-14)<<23: // subnormal: adding ½ makes the hardware round at 2⁻²⁴
		return sign | uint16(math.Float32bits(math.Float32frombits(b)+0.5)-math.Float32bits(0.5))
	}
	b += 0xfff + b>>13&1 // a carry may reach the exponent, and turn it into infinity's, as it should
	return sign | uint16((b-(127-15)<<23)>>13)
}

// WidenBFloat16 gives the value of a bfloat16's bits.
func WidenBFloat16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// NarrowBFloat16 gives the bits of the bfloat16 nearest to f.
func NarrowBFloat16(f float32) uint16 {
	b := math.Float32bits(f)
	if f != f {
		if b&(0x7f<<16) == 0 { // the payload lies in the bits that go
			b |= 0x40 << 16
		}
		return uint16(b >> 16)
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// Widen gives the values of the bits of d, which is Float16 or BFloat16. dst is as long as src.
func Widen(d DType, dst []float32, src []uint16) {
	dst = dst[:len(src)]
	if d == BFloat16 {
		for i, h := range src {
			dst[i] = WidenBFloat16(h)
		}
		return
	}
	for i, h := range src {
		dst[i] = WidenFloat16(h)
	}
}

// Narrow rounds to d, which is Float16 or BFloat16. dst is as long as src.
func Narrow(d DType, dst []uint16, src []float32) {
	dst = dst[:len(src)]
	if d == BFloat16 {
		for i, f := range src {
			dst[i] = NarrowBFloat16(f)
		}
		return
	}
	for i, f := range src {
		dst[i] = NarrowFloat16(f)
	}
}

// Below is the largest element of a floating-point type d that is less than v.
func (d DType) Below(v float64) float64 {
	down := math.Inf(-1)
	switch r := d.Round(v); {
	case d == Float64:
		return math.Nextafter(v, down)
	case r < v: // rounding went down
		return r
	case d == Float32:
		return float64(math.Nextafter32(float32(r), float32(down)))
	default:
		// One less among the bits is one nearer to zero.
		step := func(bits uint16) uint16 {
			switch {
			case bits&0x7fff == 0:
				return 0x8001
			case bits&0x8000 != 0:
				return bits + 1
			}
			return bits - 1
		}
		if d == BFloat16 {
			return float64(WidenBFloat16(step(NarrowBFloat16(float32(r)))))
		}
		return float64(WidenFloat16(step(NarrowFloat16(float32(r)))))
	}
}

// Round is v as an element of d holds it. Floats wider than a half are rounded to float32 first, as
// PyTorch rounds them.
func (d DType) Round(v float64) float64 {
	switch d {
	case Float32:
		return float64(float32(v))
	case Float16:
		return float64(WidenFloat16(NarrowFloat16(float32(v))))
	case BFloat16:
		return float64(WidenBFloat16(NarrowBFloat16(float32(v))))
	}
	return v
}
