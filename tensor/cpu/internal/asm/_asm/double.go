package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// Functions of float64 numbers, in AVX2. They have no formulas of their own for what is rare: what isn't within the range is brought
// there. Infinities, NaN, zeros and overflow come out as PyTorch's.

func doubles() {
	f := func(op string, c code, f func(c code, x value) value) { unary("Float64", op, 8, c, f) }
	f("Exp", code{regs: 2, keep: 3}, code.exp64)
	f("Log", code{regs: 2, keep: 2}, code.log64)
	f("Sigmoid", code{regs: 2, keep: 3}, code.sigmoid64)
	f("Tanh", code{regs: 2, keep: 3}, code.tanh64)
}

func (c code) add64(x, y value) value { return c.do(addPD, x, y) }
func (c code) sub64(x, y value) value { return c.do(subPD, x, y) }
func (c code) mul64(x, y value) value { return c.do(mulPD, x, y) }
func (c code) div64(x, y value) value { return c.do(divPD, x, y) }

// fma64 is x·y + z, and fnma64 z − x·y, rounded once; x is in registers.
func (c code) fma64(x, y, z value) value {
	d := c.copy(z)
	c.each(func(u int) { VFMADD231PD(y.at(u), x.r[u], d.r[u]) })
	return d
}

func (c code) fnma64(x, y, z value) value {
	d := c.copy(z)
	c.each(func(u int) { VFNMADD231PD(y.at(u), x.r[u], d.r[u]) })
	return d
}

// poly64 is the polynomial in x with these coefficients, the highest power first (Horner's scheme).
func (c code) poly64(x value, coefficients ...float64) value {
	p := c.copy(num64(coefficients[0]))
	for _, k := range coefficients[1:] {
		m := num64(k)
		c.each(func(u int) { VFMADD213PD(m.at(u), x.r[u], p.r[u]) })
	}
	return p
}

func (c code) shl64(k uint8, x value) value {
	return c.shift(func(k, x, d Op) { VPSLLQ(k, x, d) }, k, x)
}

func (c code) shr64(k uint8, x value) value {
	return c.shift(func(k, x, d Op) { VPSRLQ(k, x, d) }, k, x)
}

var (
	addI64 = instr(func(y, x, d Op) { VPADDQ(y, x, d) })
	subI64 = instr(func(y, x, d Op) { VPSUBQ(y, x, d) })
)

// rounder64 is added and subtracted to round: its last bit is worth 1, and the lower half of its bits is 0.
const rounder64 = 3 << 51

// expSplit64 splits e^x into 2ⁿ·e^r, where |r| ≤ ½ ln 2. n is in the lower half of t.
func (c code) expSplit64(x value) (t, r value) {
	const ln2 = 0x1.62e42fefa39efp-1 // and the rest of it, which the product with n has no room for
	const ln2Rest = 0x1.abc9e3b39803fp-56
	t = c.fma64(x, num64(math.Log2E), num64(rounder64))
	n := c.sub64(t, num64(rounder64))
	r = c.fnma64(n, num64(ln2), x)
	return t, c.fnma64(n, num64(ln2Rest), r)
}

// expTerms64 is (e^r − 1 − r) / r² for |r| ≤ ½ ln 2, by interpolation at Chebyshev's points: the error of e^r is 3.4e-19.
func (c code) expTerms64(r value) value {
	return c.poly64(r, 2.0914685161418067e-09, 2.5105214474751413e-08, 2.7557273647451087e-07, 2.7557255406285044e-06, 2.480158732554432e-05,
		0.00019841269874815834, 0.001388888888888375, 0.008333333333326136, 0.04166666666666667, 0.1666666666666667, 0.5)
}

// power64 is 2ⁿ, of n in the lower half.
func (c code) power64(n value) value { return c.do(addI64, c.shl64(52, n), num64(1)) }

// exp64 is e^x. 2ⁿ is made in two factors because n may be beyond the exponents that there are.
func (c code) exp64(x value) value {
	// Of a NaN and a number min and max return the second.
	x = c.do(maxPD, num64(-746), c.do(minPD, num64(710), x))
	t, r := c.expSplit64(x)
	p := c.fma64(c.fma64(c.expTerms64(r), r, num64(1)), r, num64(1))
	half := c.sar(1, t)
	p = c.mul64(p, c.power64(half))
	return c.mul64(p, c.power64(c.do(subI32, t, half)))
}

// log64 is FreeBSD's (msun, e_log.c): x is 2ᵉ·(1 + f) with ½√2 ≤ 1 + f < √2, and log(1 + f) a polynomial in s = f/(2 + f).
func (c code) log64(x value) value {
	const ln2, ln2Rest = 6.93147180369123816490e-01, 1.90821492927058770002e-10 // any e times the first is exact
	sqrtHalf := bits64(math.Float64bits(math.Sqrt2 / 2))
	tiny := c.cmp64(lt, x, num64(0x1p-1022))
	y := c.choose64(tiny, c.mul64(x, num64(0x1p54)), x)
	i := c.do(subI64, y, sqrtHalf)
	// e + 1024 isn't negative, and with the bits of 2⁵² above it is a number.
	e := c.shr64(52, c.do(addI64, i, bits64(1024<<52)))
	e = c.sub64(c.or(e, num64(0x1p52)), num64(0x1p52+1024))
	e = c.sub64(e, c.and(tiny, num64(54)))
	f := c.sub64(c.do(addI64, c.and(i, bits64(1<<52-1)), sqrtHalf), num64(1))

	s := c.div64(f, c.add64(f, num64(2)))
	z := c.mul64(s, s)
	p := c.mul64(c.poly64(z, 1.479819860511658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01, 2.222219843214978396e-01,
		2.857142874366239149e-01, 3.999999999940941908e-01, 6.666666666666735130e-01), z)
	h := c.mul64(c.mul64(f, f), num64(0.5))
	v := c.fma64(s, c.add64(h, p), c.mul64(e, num64(ln2Rest)))
	v = c.sub64(f, c.sub64(h, v))
	v = c.fma64(e, num64(ln2), v)

	special := c.choose64(x, num64(math.NaN()), x) // what is negative
	special = c.choose64(c.cmp64(eq, x, num64(0)), num64(math.Inf(-1)), special)
	return c.choose64(c.and(c.cmp64(gt, x, num64(0)), c.cmp64(lt, x, num64(math.Inf(1)))), v, special)
}

// sigmoid64 is 1/(1 + e^−x).
func (c code) sigmoid64(x value) value {
	e := c.exp64(c.xor(x, bits64(1<<63)))
	return c.div64(num64(1), c.add64(e, num64(1)))
}

// tanh64 is e/(e + 2) for e = e^2|x| − 1 = 2ⁿ·(e^r − 1) + 2ⁿ − 1, with the sign of x. What rounding e + 2 loses is made up for, where
// 1/(e + 2) is (1 − tanh)/2.
func (c code) tanh64(x value) value {
	sign := bits64(1 << 63)
	a := c.do(minPD, num64(22), c.and(x, bits64(1<<63-1)))
	t, r := c.expSplit64(c.add64(a, a))
	s := c.power64(t)
	m := c.fma64(c.mul64(c.expTerms64(r), r), r, r)
	e := c.fma64(m, s, c.sub64(s, num64(1)))
	d := c.add64(e, num64(2))
	q := c.div64(e, d)
	lost := c.sub64(e, c.sub64(d, num64(2)))
	q = c.fnma64(c.mul64(q, lost), c.fnma64(q, num64(0.5), num64(0.5)), q)
	q = c.do(minPD, num64(1), q) // from 2⁵³ on, d − 2 is rounded, too
	return c.or(q, c.and(x, sign))
}
