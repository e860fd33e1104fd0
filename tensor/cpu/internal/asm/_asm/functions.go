package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The functions of float32 numbers. Where a comment doesn't say otherwise, ranges and polynomials are those of
// Moshier's Cephes library (expf, logf, sinf, …), and infinities, NaN, zeros and overflow come out as PyTorch's.

// rounder is added and subtracted to round: its last bit is worth 1.
const rounder = 3 << 22

// magnitude is |x| no larger than limit; NaN stays.
func (c code) magnitude(x value, limit float64) value { return c.min(num(limit), c.abs(x)) }

// exp2n splits e^x into 2ⁿ·p, where n is an integer and |log p| ≤ ½ ln 2.
func (c code) expParts(x value) (n, r value) {
	t := c.fma(x, num(math.Log2E), num(rounder))
	k := c.sub(t, num(rounder))
	r = c.fnma(k, num(0.693359375), x) // ln 2, the upper bits, of which any multiple is exact
	r = c.fnma(k, num(-2.12194440e-4), r)
	return c.do(subI32, t, num(rounder)), r
}

// expPoly is e^r for |r| ≤ ½ ln 2.
func (c code) expPoly(r value) value {
	return c.polyFrom(c.expTerms(r), r, 1, 1)
}

// expTerms is (e^r − 1 − r) / r².
func (c code) expTerms(r value) value {
	return c.poly(r, 1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
}

// scale is p·2ⁿ for p near 1, in two factors because n may be beyond the exponents that there are.
func (c code) scale(p, n value) value {
	half := c.sar(1, n)
	rest := c.do(subI32, n, half)
	p = c.mul(p, c.power(half)) // and not an addition to p's exponent, which might be a NaN's
	return c.mul(p, c.power(rest))
}

// power is 2ⁿ.
func (c code) power(n value) value { return c.do(addI32, c.shl(23, n), num(1)) }

// exp is e^x.
func (c code) exp(x value) value {
	// Of a NaN and a number min and max return the second.
	x = c.max(num(-104), c.min(num(89), x))
	n, r := c.expParts(x)
	return c.scale(c.expPoly(r), n)
}

// expNear is e^x for |x| < 80.
func (c code) expNear(x value) value {
	n, r := c.expParts(x)
	return c.mul(c.expPoly(r), c.power(n))
}

// halfExp is e^x / 2 for x ≥ 0, without overflow where only e^x has one.
func (c code) halfExp(x value) value {
	n, r := c.expParts(c.min(num(90), x))
	return c.scale(c.mul(c.expPoly(r), num(0.5)), n)
}

func (c code) exp2(x value) value {
	x = c.max(num(-151), c.min(num(129), x))
	t := c.add(x, num(rounder))
	r := c.mul(c.sub(x, c.sub(t, num(rounder))), num(math.Ln2))
	return c.scale(c.expPoly(r), c.do(subI32, t, num(rounder)))
}

// expm1 is 2ⁿ·(e^r − 1) + (2ⁿ − 1), computed at half its size so that 2ⁿ doesn't overflow alone.
func (c code) expm1(x value) value {
	y := c.max(num(-60), c.min(num(89), x))
	n, r := c.expParts(y)
	p := c.mul(c.expTerms(r), r)
	p = c.fma(p, r, r)
	s := c.do(addI32, c.shl(23, n), num(0.5))
	p = c.fma(p, s, c.sub(s, num(0.5)))
	p = c.add(p, p)
	return c.choose(c.cmp(lt, c.abs(x), num(1e-8)), x, p)
}

// logParts splits x into 2ᵉ·(1 + f) with ½√2 ≤ 1 + f < √2.
func (c code) logParts(x value) (e, f value) {
	tiny := c.cmp(lt, x, num(0x1p-126))
	x = c.choose(tiny, c.mul(x, num(0x1p23)), x)
	i := c.do(subI32, x, bits32(0x3f3504f3)) // ½√2
	e = c.sub(c.fromInt(c.sar(23, i)), c.and(tiny, num(23)))
	m := c.do(addI32, c.and(i, bits32(1<<23-1)), bits32(0x3f3504f3))
	return e, c.sub(m, num(1))
}

// logRest is log(1 + f) − f.
func (c code) logRest(f value) value {
	p := c.poly(f, 7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
		2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)
	z := c.mul(f, f)
	p = c.mul(c.mul(p, f), z)
	return c.fnma(z, num(0.5), p)
}

// logEdges replaces r where x is not a positive number.
func (c code) logEdges(x, r value) value {
	special := c.choose(x, num(math.NaN()), x) // what is negative
	special = c.choose(c.cmp(eq, x, num(0)), num(math.Inf(-1)), special)
	return c.choose(c.and(c.cmp(gt, x, num(0)), c.cmp(lt, x, num(math.Inf(1)))), r, special)
}

func (c code) log(x value) value {
	e, f := c.logParts(x)
	y := c.fma(e, num(-2.12194440e-4), c.logRest(f))
	return c.logEdges(x, c.fma(e, num(0.693359375), c.add(f, y)))
}

func (c code) log2(x value) value {
	const more = math.Log2E - 1
	e, f := c.logParts(x)
	y := c.logRest(f)
	z := c.add(c.fma(f, num(more), c.mul(y, num(more))), y)
	return c.logEdges(x, c.add(c.add(z, f), e))
}

func (c code) log10(x value) value {
	e, f := c.logParts(x)
	y := c.logRest(f)
	z := c.mul(c.add(y, f), num(7.00731903251827651129e-4)) // log₁₀ e less 0.43359375
	z = c.fma(e, num(2.48745663981195213739e-4), z)         // log₁₀ 2 less 0.30078125
	z = c.fma(y, num(0.43359375), z)
	z = c.fma(f, num(0.43359375), z)
	return c.logEdges(x, c.fma(e, num(0.30078125), z))
}

// log1p is log u + (x − (u − 1))/u with u = 1 + x rounded: the quotient makes up for the rounding.
func (c code) log1p(x value) value {
	u := c.add(x, num(1))
	lost := c.div(c.sub(x, c.sub(u, num(1))), u)
	e, f := c.logParts(u)
	y := c.fma(e, num(-2.12194440e-4), c.logRest(f))
	y = c.add(y, lost)
	r := c.logEdges(u, c.fma(e, num(0.693359375), c.add(f, y)))
	return c.choose(c.cmp(eq, x, num(0)), x, r)
}

// sigmoid is 1/(1 + e^−x).
func (c code) sigmoid(x value) value {
	return c.div(num(1), c.add(c.exp(c.neg(x)), num(1)))
}

// tanh is 1 − 2/(e^2|x| + 1) with the sign of x, and a polynomial near zero, where that would lose digits.
func (c code) tanh(x value) value {
	a := c.magnitude(x, 10)
	e := c.expNear(c.add(a, a))
	far := c.sub(num(1), c.div(num(2), c.add(e, num(1))))
	z := c.mul(x, x)
	p := c.poly(z, -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1)
	near := c.fma(c.mul(p, z), x, x)
	return c.or(c.choose(c.cmp(lt, a, num(0.625)), near, far), c.sign(x))
}

func (c code) sinh(x value) value {
	a := c.abs(x)
	h := c.halfExp(a)
	far := c.sub(h, c.div(num(0.25), h))
	z := c.mul(x, x)
	p := c.poly(z, 2.03721912945e-4, 8.33028376239e-3, 1.66667160211e-1)
	near := c.fma(c.mul(p, z), x, x)
	return c.or(c.choose(c.cmp(lt, a, num(1)), near, far), c.sign(x))
}

func (c code) cosh(x value) value {
	h := c.halfExp(c.abs(x))
	return c.add(h, c.div(num(0.25), h))
}

// asinh is log1p(a + a²/(1 + √(a² + 1))); for numbers whose square would overflow it is log a + log 2.
func (c code) asinh(x value) value {
	a := c.abs(x)
	large := c.cmp(gt, a, num(1e10))
	z := c.mul(a, a)
	t := c.add(a, c.div(z, c.add(c.sqrt(c.add(z, num(1))), num(1))))
	r := c.log1p(c.choose(large, a, t))
	r = c.add(r, c.and(large, num(math.Ln2)))
	return c.or(r, c.sign(x))
}

// acosh is log1p(t + √(2t + t²)) with t = x − 1, and the same for large numbers.
func (c code) acosh(x value) value {
	large := c.cmp(gt, x, num(1e10))
	t := c.sub(x, num(1))
	s := c.add(t, c.sqrt(c.fma(t, t, c.add(t, t))))
	r := c.log1p(c.choose(large, x, s))
	r = c.add(r, c.and(large, num(math.Ln2)))
	return c.choose(c.cmp(lt, x, num(1)), num(math.NaN()), r)
}

// atanh is ½·log1p(2a/(1 − a)).
func (c code) atanh(x value) value {
	a := c.abs(x)
	r := c.mul(c.log1p(c.div(c.add(a, a), c.sub(num(1), a))), num(0.5))
	return c.or(r, c.sign(x))
}

// piOver2Rest is what rounding π/2 to float32 adds to it, negated.
const piOver2Rest = -4.371138828673793e-8

func (c code) atan(x value) value {
	a := c.abs(x)
	far, mid := c.cmp(gt, a, num(2.414213562373095)), c.cmp(gt, a, num(0.4142135623730950))
	top := c.choose(mid, c.sub(a, num(1)), a)
	bottom := c.choose(mid, c.add(a, num(1)), num(1))
	q := c.div(c.choose(far, num(-1), top), c.choose(far, a, bottom))
	from := c.choose(far, num(math.Pi/2), c.and(mid, num(math.Pi/4)))
	less := c.choose(far, num(piOver2Rest), c.and(mid, num(piOver2Rest/2)))
	z := c.mul(q, q)
	p := c.poly(z, 8.05374449538e-2, -1.38776856032e-1, 1.99777106478e-1, -3.33329491539e-1)
	y := c.fma(c.mul(p, z), q, q)
	return c.or(c.add(from, c.add(y, less)), c.sign(x))
}

// asinCore is asin s for s = a or √((1 − a)/2), whichever is at most ½; outer says where it is the latter.
func (c code) asinCore(a value) (y, outer value) {
	outer = c.cmp(gt, a, num(0.5))
	half := c.mul(c.sub(num(1), a), num(0.5))
	z := c.choose(outer, half, c.mul(a, a))
	s := c.choose(outer, c.sqrt(half), a)
	p := c.poly(z, 4.2163199048e-2, 2.4181311049e-2, 4.5470025998e-2, 7.4953002686e-2, 1.6666752422e-1)
	return c.fma(c.mul(p, z), s, s), outer
}

func (c code) asin(x value) value {
	y, outer := c.asinCore(c.abs(x))
	y = c.choose(outer, c.sub(num(math.Pi/2), c.add(c.add(y, y), num(-piOver2Rest))), y)
	return c.or(y, c.sign(x))
}

func (c code) acos(x value) value {
	y, outer := c.asinCore(c.abs(x))
	// Inside it is π/2 ∓ y; outside 2y, or π − 2y for negative x.
	signed := c.xor(y, c.sign(x))
	inside := c.sub(num(math.Pi/2), c.add(signed, num(-piOver2Rest)))
	twice := c.add(signed, signed)
	return c.choose(outer, c.add(twice, c.choose(x, num(math.Pi), num(0))), inside)
}

// normalTail is erfc(z)/2 for z = a/√2 and a ≥ 0, the probability that a normal variable exceeds a; gauss is
// e^−z². As Abramowitz and Stegun 7.1.26 it is t·P(t)·e^−z² with t = 1/(1 + 0.4·z); P of degree 9 is fitted for the least
// relative error, 8.3e-9.
func (c code) normalTail(a value) (q, gauss value) {
	t := c.div(num(1), c.fma(a, num(0.4/math.Sqrt2), num(1)))
	z := c.mul(a, a)
	low := c.fma(a, a, c.neg(z)) // what z lost, which matters where it is large
	gauss = c.exp(c.mul(z, num(-0.5)))
	gauss = c.fnma(c.mul(gauss, num(0.5)), low, gauss)
	p := c.poly(t, -0.029205817729234695, 0.195903018116951, -0.4938492178916931, 0.5408180356025696, -0.2788636088371277,
		0.26911306381225586, 0.13070012629032135, 0.21470053493976593, 0.22497829794883728, 0.2257055640220642)
	return c.mul(c.mul(c.mul(p, t), num(0.5)), gauss), gauss
}

// erfNear is erf x for |x| < 1, by a polynomial fitted for the least relative error, 1.2e-9.
func (c code) erfNear(x value) value {
	z := c.mul(x, x)
	p := c.poly(z, 7.853860734030604e-05, -0.0008010193705558777, 0.005188327748328447, -0.026853812858462334,
		0.1128358542919159, -0.3761262595653534, 0.1283791065216064)
	return c.fma(p, x, x)
}

// erf is 1 − 2·normalTail away from zero.
func (c code) erf(x value) value {
	a := c.magnitude(x, 10)
	q, _ := c.normalTail(c.mul(a, num(math.Sqrt2)))
	far := c.or(c.sub(num(1), c.add(q, q)), c.sign(x))
	return c.choose(c.cmp(lt, a, num(1)), c.erfNear(x), far)
}

// normal is Φ(x), the probability that a normal variable is below x, and e^−x²/2.
func (c code) normal(x value) (cdf, gauss value) {
	q, gauss := c.normalTail(c.magnitude(x, 15))
	return c.choose(x, q, c.sub(num(1), q)), gauss
}

// gelu is x·Φ(x).
func (c code) gelu(x value) value {
	cdf, _ := c.normal(x)
	return c.mul(x, cdf)
}

// geluGrad is g·(Φ(x) + x·φ(x)).
func (c code) geluGrad(x, g value) value {
	cdf, gauss := c.normal(x)
	return c.mul(g, c.fma(c.mul(gauss, num(1/math.Sqrt(2*math.Pi))), x, cdf))
}

// logistic is x/(1 + e^u).
func (c code) logistic(x, u value) value { return c.div(x, c.add(c.exp(u), num(1))) }

func (c code) silu(x value) value { return c.logistic(x, c.neg(x)) }

// siluGrad is g·s·(1 + x·(1 − s)) with s = σ(x).
func (c code) siluGrad(x, g value) value {
	s := c.sigmoid(x)
	return c.mul(c.mul(g, s), c.fma(c.sub(num(1), s), x, num(1)))
}

const (
	geluSlope = 2 * 0.7978845608028654 // 2·√(2/π)
	geluCubic = 0.044715
)

// geluTanh is x·σ(u) with u = 2√(2/π)·(x + 0.044715·x³), because ½(1 + tanh(u/2)) is σ(u).
func (c code) geluTanh(x value) value {
	u := c.mul(c.fma(c.mul(x, x), num(-geluSlope*geluCubic), num(-geluSlope)), x)
	return c.logistic(x, u)
}

// geluTanhGrad is g·s·(1 + x·u′·(1 − s)) with s = σ(u).
func (c code) geluTanhGrad(x, g value) value {
	z := c.mul(x, x)
	u := c.mul(c.fma(z, num(-geluSlope*geluCubic), num(-geluSlope)), x)
	s := c.div(num(1), c.add(c.exp(u), num(1)))
	slope := c.fma(z, num(3*geluSlope*geluCubic), num(geluSlope))
	return c.mul(c.mul(g, s), c.fma(c.mul(slope, x), c.sub(num(1), s), num(1)))
}

// quadrant finds r and n with x = n·π/2 + r and |r| ≤ π/4, in float64, for |x| < 2³⁰. n has a few bits only.
func (c code) quadrant(x value) (r, n value) {
	r, n = c.fresh(), c.fresh()
	c.each(func(u int) {
		var rs, ns [2]reg.VecVirtual
		for half := range 2 {
			narrow := XMM()
			VEXTRACTF128(U8(half), x.r[u], narrow)
			d, t, k := YMM(), YMM(), YMM()
			VCVTPS2PD(narrow, d)
			VMOVUPS(num64(3<<51).m, t)
			VFMADD231PD(num64(2/math.Pi).m, d, t)
			VSUBPD(num64(3<<51).m, t, k)
			VFNMADD231PD(num64(math.Pi/2).m, k, d)
			VFNMADD231PD(num64(6.123233995736766e-17).m, k, d)
			rs[half], ns[half] = XMM(), t
			VCVTPD2PSY(d, rs[half])
		}
		VINSERTF128(U8(1), rs[1], rs[0].AsY(), r.r[u])
		VSHUFPS(U8(0x88), ns[1], ns[0], n.r[u])
		VPERMQ(U8(0xd8), n.r[u], n.r[u])
	})
	return r, n
}

func (c code) sinPoly(r, z value) value {
	p := c.poly(z, -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
	return c.fma(c.mul(p, z), r, r)
}

func (c code) cosPoly(z value) value {
	p := c.poly(z, 2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
	p = c.mul(p, z)
	return c.fma(p, z, c.fma(z, num(-0.5), num(1)))
}

// wave is the sine of quadrant n.
func (c code) wave(r, n value) value {
	z := c.mul(r, r)
	y := c.choose(c.shl(31, n), c.cosPoly(z), c.sinPoly(r, z))
	return c.xor(y, c.shl(30, c.and(n, int32s(2))))
}

func (c code) sin(x value) value {
	r, n := c.quadrant(x)
	return c.choose(c.cmp(eq, x, num(0)), x, c.wave(r, n))
}

func (c code) cos(x value) value {
	r, n := c.quadrant(x)
	return c.wave(r, c.do(addI32, n, int32s(1)))
}

func (c code) tan(x value) value {
	r, n := c.quadrant(x)
	z := c.mul(r, r)
	sin, cos := c.sinPoly(r, z), c.cosPoly(z)
	odd := c.shl(31, n)
	q := c.div(c.choose(odd, cos, sin), c.choose(odd, sin, cos))
	return c.choose(c.cmp(eq, x, num(0)), x, c.xor(q, odd))
}
