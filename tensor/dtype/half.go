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
