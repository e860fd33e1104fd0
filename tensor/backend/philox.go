package backend

import (
	"math"
	"math/bits"

	"github.com/rustygradients/rg/tensor/dtype"
)

// Philox is the Philox 4×32-10 generator of Salmon et al. 2011 (“Parallel random numbers: as easy
// as 1, 2, 3”): 128 random bits that depend on the seed and the counter only.
func Philox(seed, counter uint64) [4]uint32 {
	return philox([4]uint32{uint32(counter), uint32(counter >> 32)}, [2]uint32{uint32(seed), uint32(seed >> 32)})
}

func philox(c [4]uint32, k [2]uint32) [4]uint32 {
	const (
		m0, m1 = 0xD2511F53, 0xCD9E8D57
		w0, w1 = 0x9E3779B9, 0xBB67AE85
	)
	for range 10 {
		p0, p1 := uint64(m0)*uint64(c[0]), uint64(m1)*uint64(c[2])
		c = [4]uint32{uint32(p1>>32) ^ c[1] ^ k[0], uint32(p1), uint32(p0>>32) ^ c[3] ^ k[1], uint32(p0)}
		k[0] += w0
		k[1] += w1
	}
	return c
}

// Blocks is how many counters Random consumes for n elements: two elements share a block, whatever
// the distribution. Callers advance the offset by it.
func Blocks(n int) uint64 { return (uint64(n) + 1) / 2 }

// Draw is what Random writes at element i (in row-major order of the destination), before it is
// rounded to the destination's data type. It is the definition that every backend must agree with;
// a fast backend makes both elements of a block at once, see Pair.
func (d Distribution) Draw(seed, offset uint64, i int, dt dtype.DType) float64 {
	return d.Pair(seed, offset+uint64(i/2), dt)[i%2]
}

// Pair is what the two elements of one block become.
func (d Distribution) Pair(seed, counter uint64, dt dtype.DType) [2]float64 {
	x, y := Philox2(seed, counter)
	return d.Of(x, y, dt)
}

// Philox2 is a block as two numbers of 64 bits.
func Philox2(seed, counter uint64) (x, y uint64) {
	w := Philox(seed, counter)
	return uint64(w[1])<<32 | uint64(w[0]), uint64(w[3])<<32 | uint64(w[2])
}

// Of is what the two elements become of a block that is given.
func (d Distribution) Of(x, y uint64, dt dtype.DType) [2]float64 {
	u := [2]uint64{x, y}
	switch d.Kind {
	case Normal:
		// Box and Muller 1958; 1-x keeps the logarithm's argument above zero.
		r := math.Sqrt(-2 * math.Log(1-unit(u[0])))
		sin, cos := math.Sincos(2 * math.Pi * unit(u[1]))
		return [2]float64{d.A + d.B*(r*cos), d.A + d.B*(r*sin)}
	case Bernoulli:
		return [2]float64{below(u[0], d.A), below(u[1], d.A)}
	case Integers:
		n := d.Span()
		return [2]float64{pick(u[0], n) + d.A, pick(u[1], n) + d.A}
	default:
		return [2]float64{d.uniform(u[0], dt), d.uniform(u[1], dt)}
	}
}

// unit makes a number in [0, 1) of the 53 upper bits.
func unit(u uint64) float64 { return float64(u>>11) * 0x1p-53 }

func below(u uint64, p float64) float64 {
	if unit(u) < p {
		return 1
	}
	return 0
}

// pick maps 64 bits onto [0, n) by the upper half of a product; the bias is below n / 2⁶⁴.
func pick(u, n uint64) float64 {
	hi, _ := bits.Mul64(u, n)
	return float64(hi)
}

// Span is how many numbers Integers draws from: B − A.
func (d Distribution) Span() uint64 {
	if d.A < 0 {
		return uint64(int64(d.B) - int64(d.A))
	}
	return uint64(d.B) - uint64(d.A)
}

func (d Distribution) uniform(u uint64, dt dtype.DType) float64 {
	v := d.A + (d.B-d.A)*unit(u)
	// The upper end is excluded, also after rounding to fewer bits.
	if d.B > d.A && dt.IsFloat() && dt.Round(v) >= d.B {
		return dt.Below(d.B)
	}
	return v
}
