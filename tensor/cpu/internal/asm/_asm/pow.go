package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// pow writes dst[i] = x[i]^y[i]: 2 to the power y·log₂ x. The logarithm and the product are each a sum of two float32s, so that
// what is lost is less than 2⁻³³ of them: where the power is near the largest number, a hundredth of a unit in the last place.
func pow() {
	text("Binary", "Float32", "Pow", "func(n int, dst, x, y *byte, xStep, yStep int)", "computes dst[i] = x[i] to the power y[i] for n elements. A step is 1, or 0 for an operand that is a",
		"Repeated element. The Go loop that it stands for is in package cpu, binary.go.")
	ins := []stream{{p: param("x"), step: param("xStep")}, {p: param("y"), step: param("yStep")}}
	for _, s := range ins {
		SHLQ(U8(stepShift()), s.step)
	}
	rare := &rarity{
		key: func(c code, in []value) value {
			return c.choose(c.moreI(c.abs(in[1]), bits32(0x7f7fffff)), int32s(-1), c.normalKey(in[0]))
		},
		limit: normalLimit,
		full:  func(c code, in []value) value { return c.powFull(in[0], in[1]) },
		exact: true,
	}
	code{regs: 1, rare: rare}.mapping(4, []stream{{p: param("dst")}}, ins, func(c code, in []value) []value {
		x := in[0]
		i := c.do(subI32, x, bits32(lowest))
		return []value{c.power2(c.fromInt(c.sar(23, i)), i, in[1])}
	})
}

// lowest is the least m, as its bits. It is chosen so that about 1 the logarithm is that of 1 + r alone, and nowhere the difference
// of numbers much larger.
const lowest = 0x3f361000

// inverses are near 1/m for m in eighths, by their bits, of the numbers from lowest to twice that. They have so few bits that
// r = m·inverse − 1, at most 0.067, is exact.
var inverses = []float64{1.375, 1.25, 1.125, 1.0625, 1, 0.90625, 0.8125, 0.75}

// ofInverses is the table of f of each of the inverses.
func ofInverses(name string, f func(inverse float64) float64) Mem {
	return table(name, func(i int) uint32 { return math.Float32bits(float32(f(inverses[i]))) })
}

// roundedLog is −log₂ of an inverse to 16 bits, so that an exponent can be added without loss.
func roundedLog(inverse float64) float64 { return math.Round(-math.Log2(inverse)*0x1p16) / 0x1p16 }

// power2 is x^y for a positive x = 2ᵉ·m, with m in the lower bits of i, less lowest.
// With m·inverse = 1 + r, log₂ x is e − log₂ inverse + (r − r²/2 + r³·p(r))·log₂ e. The polynomials are fitted for the least error,
// 2.3e-8·r³ of the logarithm and 5.1e-9 of the power.
func (c code) power2(e, i, y value) value {
	const log2e, log2eRest = 1.4426950216293335, 1.9259629911266175e-8
	index := c.shr(20, i)
	m := c.do(addI32, c.and(i, bits32(1<<23-1)), bits32(lowest))
	r := c.fma(m, c.look(ofInverses("inverses", func(v float64) float64 { return v }), index), num(-1))

	// s + low is r − r²/2 + r³·p(r). Polynomials are computed by pairs of terms: what takes long is one thing after another.
	half := c.mul(r, num(-0.5))
	h := c.mul(r, half)
	s := c.add(r, h)
	r2 := c.mul(r, r)
	p := c.fma(c.poly(r, -0.28696207945435103, 0.33473698680137043, -0.39999860256095667), r2, c.poly(r, 0.49999842804126773, -0.66666666666666667))
	low := c.add(c.fma(c.mul(r, h), p, c.fms(r, half, h)), c.add(c.sub(r, s), h))

	// t + tLow is log₂ x. The exponent with the table's number is 0, or not less than what is added.
	log := c.mul(s, num(log2e))
	logLow := c.fma(low, num(log2e), c.fma(s, num(log2eRest), c.fms(s, num(log2e), log)))
	e = c.add(e, c.look(ofInverses("logs", roundedLog), index))
	t := c.add(e, log)
	rest := c.look(ofInverses("logRests", func(v float64) float64 { return -math.Log2(v) - roundedLog(v) }), index)
	tLow := c.add(c.add(c.add(c.sub(e, t), log), rest), logLow)

	// w + wLow is y times that. No y is too large that makes the least logarithm's power infinite; NaN stays.
	y = c.max(num(-0x1p34), c.min(num(0x1p34), y))
	w := c.mul(y, t)
	wLow := c.fma(y, tLow, c.fms(y, t, w))
	n := c.add(c.max(num(-160), c.min(num(160), w)), num(rounder))
	f := c.add(c.sub(w, c.sub(n, num(rounder))), wLow) // at most 0.52, or w is beyond 160
	f = c.max(num(-1), c.min(num(1), f))
	f2 := c.mul(f, f)
	q := c.fma(c.poly(f, 0.00015457219541103315, 0.0013395548966730968), f2, c.poly(f, 0.0096180746417344726, 0.055503479715710733))
	q = c.polyFrom(q, f, 0.24022650777736505, 0.69314719000910494)
	return c.onePlusScaled(q, f, c.do(subI32, n, num(rounder)))
}

// onePlusScaled is (1 + x·y)·2ⁿ, in two factors as scale has them.
func (c code) onePlusScaled(x, y, n value) value {
	if wide() {
		return c.scale(c.fma(x, y, num(1)), n)
	}
	half := c.sar(1, n)
	s := c.power(half)
	return c.mul(c.fma(x, c.mul(y, s), s), c.power(c.do(subI32, n, half)))
}

// powFull is x^y for any numbers.
func (c code) powFull(x, y value) value {
	a := c.abs(x)
	tiny := c.cmp(lt, a, num(0x1p-126))
	a = c.choose(tiny, c.mul(a, num(0x1p23)), a)
	i := c.do(subI32, a, bits32(lowest))
	r := c.power2(c.sub(c.fromInt(c.sar(23, i)), c.and(tiny, num(23))), i, y)

	a = c.abs(x)
	down := c.cmp(lt, y, num(0))
	r = c.choose(c.cmp(eq, a, num(0)), c.choose(down, num(math.Inf(1)), num(0)), r)
	r = c.choose(c.cmp(eq, a, num(math.Inf(1))), c.choose(down, num(0), num(math.Inf(1))), r)
	// The sign is x's if y is odd; if it is no integer, there is no power of a negative number.
	half := c.mul(y, num(0.5))
	odd := c.and(c.cmp(eq, c.round(towardsZero, y), y), c.cmp(neq, c.round(towardsZero, half), half))
	r = c.choose(odd, c.or(r, c.sign(x)), r)
	broken := c.and(c.cmp(lt, x, num(0)), c.cmp(neq, c.round(towardsZero, y), y))
	r = c.choose(c.and(broken, c.cmp(lt, a, num(math.Inf(1)))), num(math.NaN()), r)
	r = c.choose(c.cmp(unordered, x, y), num(math.NaN()), r)
	return c.choose(c.or(c.cmp(eq, y, num(0)), c.cmp(eq, x, num(1))), num(1), r)
}
