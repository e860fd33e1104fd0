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
	t, r := c.expSplit(x)
	return c.do(subI32, t, num(rounder)), r
}

// expSplit is expParts, with n in the lower bits of t.
func (c code) expSplit(x value) (t, r value) {
	t = c.fma(x, num(math.Log2E), num(rounder))
	return t, c.expRest(t, x)
}

// expRest is x − n·ln 2.
func (c code) expRest(t, x value) value {
	k := c.sub(t, num(rounder))
	r := c.fnma(k, num(0.693359375), x) // ln 2, the upper bits, of which any multiple is exact
	return c.fnma(k, num(-2.12194440e-4), r)
}

// expPoly is e^r for |r| ≤ ½ ln 2.
func (c code) expPoly(r value) value {
	return c.polyFrom(c.expTerms(r), r, 1, 1)
}

// expTerms is (e^r − 1 − r) / r², fitted for the least error of e^r, 3.1e-9.
func (c code) expTerms(r value) value {
	return c.poly(r, 0.0013814179620925179, 0.008368919079097878, 0.04166840771103884, 0.1666651896109137, 0.4999999333500382)
}

// expMinus1 is e^r − 1 for |r| ≤ ½ ln 2, fitted for the least relative error of that, 1.3e-8.
func (c code) expMinus1(r value) value {
	p := c.poly(r, 0.0013882485283873668, 0.00836671076369689, 0.04166720598249633, 0.16666542208485854, 0.4999999812216717)
	return c.fma(c.mul(p, r), r, r)
}

// scale is p·2ⁿ for p near 1, in two factors because n may be beyond the exponents that there are.
func (c code) scale(p, n value) value {
	if wide() {
		k := c.fromInt(n)
		return c.do(func(k, p, d Op) { VSCALEFPS(k, p, d) }, p, k)
	}
	half := c.sar(1, n)
	rest := c.do(subI32, n, half)
	p = c.mul(p, c.power(half)) // and not an addition to p's exponent, which might be a NaN's
	return c.mul(p, c.power(rest))
}

// power is 2ⁿ.
func (c code) power(n value) value { return c.do(addI32, c.shl(23, n), num(1)) }

// below is the rarity of what only numbers of a magnitude below a limit have.
func below(limit float64, full func(c code, in []value) value) *rarity {
	return &rarity{key: func(c code, in []value) value { return c.abs(in[0]) }, limit: int32(math.Float32bits(float32(limit))) - 1, full: full}
}

// expLimit is where e^x and e^−x have normal exponents below.
const expLimit = 87

// expFast is e^x for |x| < expLimit.
func (c code) expFast(x value) value {
	t := c.fma(x, num(8*math.Log2E), num(rounder))
	return c.expEighths(t, c.restOfEighths(t, x))
}

// restOfEighths is x − k·ln 2 / 8, with k in the lower bits of t.
func (c code) restOfEighths(t, x value) value {
	k := c.sub(t, num(rounder))
	r := c.fnma(k, num(0.08642578125), x) // the upper bits, of which any multiple is exact
	c.each(func(u int) { VFNMADD231PS(num(0.00021761631999316078).at(u), k.r[u], r.r[u]) })
	return r
}

// expEighths is 2^(k/8)·e^r for |r| ≤ ln 2 / 16, where it is a normal number. So close to 0 a polynomial of the third degree is enough, fitted for
// the least error of e^r, 2.6e-8; 2^(k/8) is one of eight numbers, with the whole part of k/8 added to its exponent.
func (c code) expEighths(t, r value) value {
	p, z := c.poly(r, 0.16666859, 0.50006455), c.mul(r, r)
	c.each(func(u int) { VFMADD213PS(r.r[u], z.r[u], p.r[u]) }) // e^r − 1
	s := c.do(addI32, c.look(eighths(), t), c.shl(20, t))
	c.each(func(u int) { VFMADD213PS(s.r[u], s.r[u], p.r[u]) })
	return p
}

// eighths is the table of 2^(j/8), of whose bits are taken those that j leaves behind an exponent when an index is shifted there.
func eighths() Mem {
	return table("eighths", func(j int) uint32 { return math.Float32bits(float32(math.Exp2(float64(j)/8))) - uint32(j)<<20 })
}

// expDown is e^x for x ≤ 80. What isn't normal is 0, but for NaN: 2^−127, whose exponent is 0, is 0 here.
func (c code) expDown(x value) value { return c.expFast(c.max(num(-127*math.Ln2), x)) }

// expDownKey is above expDownLimit where e^x is subnormal, that is for the bits of −87 to those of −104.5.
func (c code) expDownKey(x value) value {
	return c.do(subI32, c.in(bits32(0x7fffffff+0xc2ae0000-1<<32)), x)
}

const expDownLimit = 0x7fffffff - 0x230000

// exp is e^x.
func (c code) exp(x value) value {
	// Of a NaN and a number min and max return the second.
	x = c.max(num(-104), c.min(num(89), x))
	n, r := c.expParts(x)
	return c.scale(c.expPoly(r), n)
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

// exp2Fast is 2^x for |x| < 126.
func (c code) exp2Fast(x value) value {
	t := c.fma(x, num(8), num(rounder))
	return c.expEighths(t, c.mul(c.fnma(c.sub(t, num(rounder)), num(0.125), x), num(math.Ln2)))
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

// logPartsFast is logParts for positive normal numbers.
func (c code) logPartsFast(x value) (e, f value) {
	i := c.do(subI32, x, bits32(0x3f3504f3)) // ½√2
	m := c.do(addI32, c.and(i, bits32(1<<23-1)), bits32(0x3f3504f3))
	return c.fromInt(c.sar(23, i)), c.sub(m, num(1))
}

// normalKey is above normalLimit where x isn't positive, normal and finite.
func (c code) normalKey(x value) value { return c.do(addI32, x, bits32(0x7f800000)) }

const normalLimit = -0x01000001

// logRare makes a rarity of a logarithm.
func logRare(full func(c code, x value) value) *rarity {
	return &rarity{
		key:   func(c code, in []value) value { return c.normalKey(in[0]) },
		limit: normalLimit,
		full:  func(c code, in []value) value { return full(c, in[0]) },
	}
}

// logRest is log(1 + f) − f, fitted for the least error of the logarithm, 5.8e-9.
func (c code) logRest(f value) value {
	p := c.poly(f, -0.07634509338848372, 0.12761595031982173, -0.13160186163160112, 0.1420175586896229, -0.16623356770248318,
		0.20001226945211897, -0.2500082105072271, 0.3333333170716297)
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

func (c code) log(x value) value   { return c.logEdges(x, c.logOf(c.logParts(x))) }
func (c code) log2(x value) value  { return c.logEdges(x, c.log2Of(c.logParts(x))) }
func (c code) log10(x value) value { return c.logEdges(x, c.log10Of(c.logParts(x))) }

func (c code) logOf(e, f value) value {
	y := c.fma(e, num(-2.12194440e-4), c.logRest(f))
	return c.fma(e, num(0.693359375), c.add(f, y))
}

func (c code) log2Of(e, f value) value {
	const more = math.Log2E - 1
	y := c.logRest(f)
	z := c.add(c.fma(f, num(more), c.mul(y, num(more))), y)
	return c.add(c.add(z, f), e)
}

func (c code) log10Of(e, f value) value {
	y := c.logRest(f)
	z := c.mul(c.add(y, f), num(7.00731903251827651129e-4)) // log₁₀ e less 0.43359375
	z = c.fma(e, num(2.48745663981195213739e-4), z)         // log₁₀ 2 less 0.30078125
	z = c.fma(y, num(0.43359375), z)
	z = c.fma(f, num(0.43359375), z)
	return c.fma(e, num(0.30078125), z)
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

// onePlusExp is 1 + e^u for |u| < expLimit, where e^u is 2ⁿ·(e^r − 1) + 2ⁿ: two roundings, one of them of a smaller number.
func (c code) onePlusExp(u value) value {
	t, r := c.expSplit(u)
	s := c.power(t)
	return c.add(c.fma(c.expMinus1(r), s, num(1)), s)
}

// onePlusExpRough is onePlusExp to half a unit less.
func (c code) onePlusExpRough(u value) value { return c.add(c.expFast(u), num(1)) }

// onePlusExpFull is that for any u.
func (c code) onePlusExpFull(u value) value { return c.add(c.exp(u), num(1)) }

// sigmoid is 1/(1 + e^−x).
func (c code) sigmoid(x value) value { return c.div(num(1), c.onePlusExp(c.neg(x))) }

func (c code) sigmoidFull(x value) value { return c.div(num(1), c.onePlusExpFull(c.neg(x))) }

// tanh is e/(e + 2) for e = e^2|x| − 1, with the sign of x. What rounding e + 2 loses is made up for: near zero it is a whole unit.
func (c code) tanh(x value) value {
	a := c.magnitude(x, 10)
	t, r := c.expSplit(c.add(a, a))
	s := c.power(t)
	e := c.fma(c.expMinus1(r), s, c.sub(s, num(1)))
	d := c.add(e, num(2))
	q := c.div(e, d)
	lost := c.sub(e, c.sub(d, num(2)))
	return c.or(c.fnma(c.mul(q, lost), c.roughInverse(d), q), c.sign(x))
}

// roughInverse is 1/x to three digits.
func (c code) roughInverse(x value) value {
	if wide() {
		return c.one(func(x, d Op) { VRCP14PS(x, d) }, x)
	}
	return c.one(func(x, d Op) { VRCPPS(x, d) }, x)
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

// atan is that of q = a, (a − 1)/(a + 1) or −1/a, whichever is at most ½, and of 0, 1 or ∞. The polynomial is fitted for the
// least relative error, 2.5e-10.
func (c code) atan(x value) value {
	a := c.abs(x)
	far, mid := c.cmp(gt, a, num(2)), c.cmp(gt, a, num(0.5))
	top := c.choose(mid, c.sub(a, num(1)), a)
	bottom := c.choose(mid, c.add(a, num(1)), num(1))
	q := c.div(c.choose(far, num(-1), top), c.choose(far, a, bottom))
	from := c.choose(far, num(math.Pi/2), c.and(mid, num(math.Pi/4)))
	less := c.choose(far, num(piOver2Rest), c.and(mid, num(piOver2Rest/2)))
	z := c.mul(q, q)
	p := c.poly(z, 0.03871349245503809, -0.07983404561108141, 0.10940818520587246, -0.14272060286868904, 0.19999488964692286, -0.333333269118203)
	y := c.fma(c.mul(p, z), q, less)
	return c.or(c.add(from, c.add(q, y)), c.sign(x))
}

// asinCore is asin s less s, for s = a or √((1 − a)/2), whichever is at most ½; outer says where it is the latter.
func (c code) asinCore(a value) (s, rest, outer value) {
	outer = c.cmp(gt, a, num(0.5))
	half := c.mul(c.sub(num(1), a), num(0.5))
	z := c.choose(outer, half, c.mul(a, a))
	s = c.choose(outer, c.sqrt(half), a)
	p := c.poly(z, 4.2163199048e-2, 2.4181311049e-2, 4.5470025998e-2, 7.4953002686e-2, 1.6666752422e-1)
	return s, c.mul(c.mul(p, z), s), outer
}

// asin is π/2 − 2·asin s outside, where π/2 − 2s is all but exact.
func (c code) asin(x value) value {
	s, rest, outer := c.asinCore(c.abs(x))
	far := c.add(c.fnma(s, num(2), num(math.Pi/2)), c.fnma(rest, num(2), num(piOver2Rest)))
	return c.or(c.choose(outer, far, c.add(s, rest)), c.sign(x))
}

func (c code) acos(x value) value {
	s, rest, outer := c.asinCore(c.abs(x))
	y := c.add(s, rest)
	// Inside it is π/2 ∓ y; outside 2y, or π − 2y for negative x.
	signed := c.xor(y, c.sign(x))
	inside := c.sub(num(math.Pi/2), c.add(signed, num(-piOver2Rest)))
	twice := c.add(signed, signed)
	return c.choose(outer, c.add(twice, c.choose(x, num(math.Pi), num(0))), inside)
}

// normalTail is erfc(z)/2 for z = a/√2 and 0 ≤ a < 13, the probability that a normal variable exceeds a, and gauss is
// e^−z². Their quotient is of two polynomials, fitted for the least relative error, 4.9e-9.
func (c code) normalTail(a value) (q, gauss value) {
	z := c.mul(a, a)
	low := c.fms(a, a, z) // what z lost, which matters where it is large
	t := c.fma(z, num(-0.5*8*math.Log2E), num(rounder))
	r := c.fma(low, num(-0.5), c.restOfEighths(t, c.mul(z, num(-0.5))))
	gauss = c.expEighths(t, r)
	return c.millsRatio(a, gauss), gauss
}

// normalTailFull is that for any a up to 15.
func (c code) normalTailFull(a value) (q, gauss value) {
	z := c.mul(a, a)
	gauss = c.exp(c.mul(z, num(-0.5)))
	gauss = c.fnma(c.mul(gauss, num(0.5)), c.fms(a, a, z), gauss)
	return c.millsRatio(a, gauss), gauss
}

func (c code) millsRatio(a, gauss value) value {
	p := c.poly(a, 0.004011662681472461, 0.03992631984743209, 0.18113439509181334, 0.4354523015172209, 0.5000000024470463)
	q := c.poly(a, 0.010055601621875326, 0.10008791181987087, 0.4639254502880742, 1.1937660993916317, 1.6687895169174143, 1)
	return c.div(c.mul(p, gauss), q)
}

// erfSlope is the first coefficient of erf's polynomial. Two float32s are added up for it.
const erfSlope = -1.1283791716574803

// erf is 1 − e^(a·p(a)) for a = |x|, with a p fitted for the least relative error, 4e-9. As with e^x − 1 no digits are lost
// near zero.
func (c code) erf(x value) value {
	a := c.magnitude(x, 3.95)
	p := c.poly(a, 9.255530414142843e-06, -0.00011763442549253544, 0.000632811267564648, -0.0016669780783941657, 0.00016034330882513936,
		0.019153094942989585, -0.10277783990112091, -0.6366193807289746, erfSlope-float64(float32(erfSlope)))
	t, r := c.expSplit(c.fma(a, num(erfSlope), c.mul(p, a)))
	s := c.power(t)
	return c.or(c.fnma(c.expMinus1(r), s, c.sub(num(1), s)), c.sign(x))
}

// normal is Φ(x), the probability that a normal variable is below x, and e^−x²/2, for |x| < 13.
func (c code) normal(x value) (cdf, gauss value) {
	q, gauss := c.normalTail(c.abs(x))
	return c.choose(x, q, c.sub(num(1), q)), gauss
}

func (c code) normalFull(x value) (cdf, gauss value) {
	q, gauss := c.normalTailFull(c.magnitude(x, 15))
	return c.choose(x, q, c.sub(num(1), q)), gauss
}

// gelu is x·Φ(x).
func (c code) gelu(x value) value {
	cdf, _ := c.normal(x)
	return c.mul(x, cdf)
}

func (c code) geluFull(x value) value {
	cdf, _ := c.normalFull(x)
	return c.mul(x, cdf)
}

// geluGrad is g·(Φ(x) + x·φ(x)).
func (c code) geluGrad(x, g value) value {
	cdf, gauss := c.normal(x)
	return c.geluSlope(x, g, cdf, gauss)
}

func (c code) geluGradFull(x, g value) value {
	cdf, gauss := c.normalFull(x)
	return c.geluSlope(x, g, cdf, gauss)
}

func (c code) geluSlope(x, g, cdf, gauss value) value {
	return c.mul(g, c.fma(c.mul(gauss, num(1/math.Sqrt(2*math.Pi))), x, cdf))
}

// denominator is 1 + e^u: onePlusExpRough or onePlusExpFull.
type denominator = func(c code, u value) value

func (c code) silu(x value, d denominator) value { return c.div(x, d(c, c.neg(x))) }

// sigmoids gives σ(−u) and 1 − σ(−u) = σ(u): logisticParts or logisticPartsFull.
type sigmoids = func(c code, u value) (s, rest value)

func (c code) logisticParts(u value) (s, rest value) {
	e := c.expFast(u)
	s = c.div(num(1), c.add(e, num(1)))
	return s, c.mul(e, s)
}

func (c code) logisticPartsFull(u value) (s, rest value) {
	s = c.div(num(1), c.onePlusExpFull(u))
	return s, c.sub(c.in(num(1)), s)
}

// siluGrad is g·s·(1 + x·(1 − s)) with s = σ(x).
func (c code) siluGrad(x, g value, of sigmoids) value {
	s, rest := of(c, c.neg(x))
	return c.mul(c.mul(g, s), c.fma(rest, x, num(1)))
}

const (
	geluScale = 2 * 0.7978845608028654 // 2·√(2/π)
	geluCubic = 0.044715
)

// geluTanhArgument is −u with u = 2√(2/π)·(x + 0.044715·x³).
func (c code) geluTanhArgument(x value) value {
	return c.mul(c.fma(c.mul(x, x), num(-geluScale*geluCubic), num(-geluScale)), x)
}

// geluTanh is x·σ(u), because ½(1 + tanh(u/2)) is σ(u).
func (c code) geluTanh(x value, d denominator) value { return c.div(x, d(c, c.geluTanhArgument(x))) }

// geluTanhGrad is g·s·(1 + x·u′·(1 − s)) with s = σ(u).
func (c code) geluTanhGrad(x, g value, of sigmoids) value {
	s, rest := of(c, c.geluTanhArgument(x))
	slope := c.fma(c.mul(x, x), num(3*geluScale*geluCubic), num(geluScale))
	return c.mul(c.mul(g, s), c.fma(c.mul(slope, x), rest, num(1)))
}

// geluTanhLimit is where |u| is expLimit.
const geluTanhLimit = 9.97

// quadrant finds r and n with x = n·π/2 + r and |r| ≤ π/4, for |x| < quadrantLimit. n is in the lower bits of an integer. The
// first product is subtracted exactly; after that errors are relative to r, which is more than 1e-8.
func (c code) quadrant(x value) (r, n value) {
	n = c.fma(x, num(2/math.Pi), num(rounder))
	k := c.sub(n, num(rounder))
	r = c.fnma(k, num(math.Pi/2), x)
	r = c.fnma(k, num(piOver2Rest), r)
	return c.fnma(k, num(piOver2Last), r), n
}

const (
	piOver2Last   = -1.7151245100058819e-15 // what π/2 has beyond the float32s before, negated
	quadrantLimit = 1 << 15
)

// quadrantFull is quadrant in float64, for |x| < 2³⁰: halves of r, and n.
func (c code) quadrantFull(x value) (r [2]value, n value) {
	n = c.fresh()
	r = [2]value{c.fresh(), c.fresh()}
	c.each(func(u int) {
		var ns [2]reg.VecVirtual
		for half := range 2 {
			d, t, k := r[half].r[u], vec(), vec()
			widenHalf(half, x.r[u], d)
			VMOVUPS(num64(3<<51).at(0), t)
			VFMADD231PD(num64(2/math.Pi).at(0), d, t)
			VSUBPD(num64(3<<51).at(0), t, k)
			VFNMADD231PD(num64(math.Pi/2).at(0), k, d)
			VFNMADD231PD(num64(6.123233995736766e-17).at(0), k, d)
			ns[half] = t
		}
		if wide() {
			lower, upper := vec(), YMM()
			zeroVec(lower)
			VPMOVQD(ns[0], lower.AsY())
			VPMOVQD(ns[1], upper)
			VINSERTI64X4(U8(1), upper, lower, n.r[u])
			return
		}
		VSHUFPS(U8(0x88), ns[1], ns[0], n.r[u])
		VPERMQ(U8(0xd8), n.r[u], n.r[u])
	})
	return r, n
}

// widenHalf makes float64 of a half of a register of float32.
func widenHalf(which int, x, d reg.VecVirtual) {
	part := half()
	if wide() {
		VEXTRACTF64X4(U8(which), x, part)
	} else {
		VEXTRACTF128(U8(which), x, part)
	}
	VCVTPS2PD(part, d)
}

// narrowHalves makes float32 of two registers of float64. That writing half a register clears the other half is not known to
// avo, which else would keep it from the routine's beginning.
func narrowHalves(lower, upper, d reg.VecVirtual) {
	a, b := vec(), half()
	zeroVec(a)
	if wide() {
		VCVTPD2PS(lower, a.AsY())
		VCVTPD2PS(upper, b)
		VINSERTF64X4(U8(1), b, a, d)
		return
	}
	VCVTPD2PSY(lower, a.AsX())
	VCVTPD2PSY(upper, b)
	VINSERTF128(U8(1), b, a, d)
}

func (c code) narrow(x [2]value) value {
	d := c.fresh()
	c.each(func(u int) { narrowHalves(x[0].r[u], x[1].r[u], d.r[u]) })
	return d
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
	sin := c.sinPoly(r, z) // first, as r is needed no longer
	y := c.choose(c.shl(31, n), c.cosPoly(z), sin)
	return c.xor(y, c.shl(30, c.and(n, int32s(2))))
}

func (c code) sin(x value) value {
	r, n := c.quadrant(x)
	y := c.wave(r, n)
	if c.reload != nil {
		x = c.reload()
	}
	return c.choose(c.cmp(eq, x, num(0)), x, y)
}

func (c code) sinFull(x value) value {
	r, n := c.quadrantFull(x)
	return c.choose(c.cmp(eq, x, num(0)), x, c.wave(c.narrow(r), n))
}

func (c code) cos(x value) value {
	r, n := c.quadrant(x)
	return c.wave(r, c.do(addI32, n, int32s(1)))
}

func (c code) cosFull(x value) value {
	r, n := c.quadrantFull(x)
	return c.wave(c.narrow(r), c.do(addI32, n, int32s(1)))
}

// tan is sin r / cos r in float64, or −cos r / sin r. The polynomials are Taylor's, to 1e-9.
func (c code) tan(x value) value {
	r, n := c.quadrantFull(x)
	odd := c.shl(31, n)
	var sin, cos [2]value
	for half := range 2 {
		z := c.do(mulPD, r[half], r[half])
		p := c.poly64(z, 1./362880, -1./5040, 1./120, -1./6, 1)
		sin[half] = c.do(mulPD, p, r[half])
		cos[half] = c.poly64(z, -1./3628800, 1./40320, -1./720, 1./24, -1./2, 1)
	}
	var q, i [2]value
	for half := range 2 {
		q[half], i[half] = c.do(divPD, sin[half], cos[half]), c.do(divPD, cos[half], sin[half])
	}
	y := c.choose(odd, c.narrow(i), c.narrow(q))
	return c.choose(c.cmp(eq, x, num(0)), x, c.xor(y, c.sign(odd)))
}
