package dtype

import "math"

// Float16 is IEEE 754's binary16: a sign, 5 bits of exponent, 10 of fraction; from 6·10⁻⁸ to 65504.
// BFloat16 is the upper half of a float32: its range, with 7 bits of fraction. Tensors hold both as
// their bits, in a uint16; arithmetic is done in float32, which holds every value of either.

// FromFloat16 gives the value of a Float16's bits, exactly.
func FromFloat16(h uint16) float32 {
	const (
		exponent = 0x0f800000 // Float16's exponent of infinity, moved to where float32 has its own
		rebias   = (127 - 15) << 23
	)
	sign := uint32(h&0x8000) << 16
	bits := uint32(h&0x7fff) << 13
	if bits&exponent == exponent { // infinite, or not a number
		return math.Float32frombits(sign | bits + 2*rebias)
	}
	// A float32 with that fraction and exponent is 2¹¹² times too small, subnormal numbers included.
	return math.Float32frombits(sign | math.Float32bits(math.Float32frombits(bits)*0x1p112))
}

// ToFloat16 rounds to the nearest Float16, to the even one of two that are as near. What is too large
// becomes infinite.
func ToFloat16(f float32) uint16 {
	bits := math.Float32bits(f)
	sign := uint16(bits>>16) & 0x8000
	bits &^= 1 << 31
	switch {
	case bits > 0x7f800000:
		return sign | 0x7e00
	case bits >= 0x477ff000: // from 65520 on
		return sign | 0x7c00
	case bits < 0x38800000: // below 2⁻¹⁴: a multiple of 2⁻²⁴, to which adding ½ rounds
		return sign | uint16(math.Float32bits(math.Float32frombits(bits)+0.5)-0x3f000000)
	}
	bits += 0x0fff + bits>>13&1 // half a unit, less a little where that makes it even
	return sign | uint16((bits-(127-15)<<23)>>13)
}

// FromBFloat16 gives the value of a BFloat16's bits, exactly.
func FromBFloat16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// ToBFloat16 rounds to the nearest BFloat16, to the even one of two that are as near.
func ToBFloat16(f float32) uint16 {
	bits := math.Float32bits(f)
	if bits&^(1<<31) > 0x7f800000 { // not a number; its fraction may lie in the lower bits alone
		return uint16(bits>>16) | 0x7fc0
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}

// Widen gives the values of the bits of d, which is Float16 or BFloat16. dst is as long as src.
func Widen(d DType, dst []float32, src []uint16) {
	dst = dst[:len(src)]
	if d == BFloat16 {
		for i, h := range src {
			dst[i] = FromBFloat16(h)
		}
		return
	}
	for i, h := range src {
		dst[i] = FromFloat16(h)
	}
}

// Narrow rounds to d, which is Float16 or BFloat16. dst is as long as src.
func Narrow(d DType, dst []uint16, src []float32) {
	dst = dst[:len(src)]
	if d == BFloat16 {
		for i, f := range src {
			dst[i] = ToBFloat16(f)
		}
		return
	}
	for i, f := range src {
		dst[i] = ToFloat16(f)
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
			return float64(FromBFloat16(step(ToBFloat16(float32(r)))))
		}
		return float64(FromFloat16(step(ToFloat16(float32(r)))))
	}
}

// Round is v as an element of d holds it. Floats wider than a half are rounded to float32 first, as
// PyTorch rounds them.
func (d DType) Round(v float64) float64 {
	switch d {
	case Float32:
		return float64(float32(v))
	case Float16:
		return float64(FromFloat16(ToFloat16(float32(v))))
	case BFloat16:
		return float64(FromBFloat16(ToBFloat16(float32(v))))
	}
	return v
}
