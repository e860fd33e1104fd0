package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// code writes formulas: a value is some registers of elements side by side, and every method writes the
// instructions for all of them. The registers are virtual; avo assigns the real ones.
type code struct {
	regs  int
	guard func(c code, in []value) value // where f can't do it, the loop ends; nil if there is no such place

	finish func()         // what comes after the loop, or nil
	mask   reg.VecVirtual // of the last register, whose other elements were read as 0; nil but there
}

// value is elements in registers, or a constant in memory.
type value struct {
	r []reg.VecVirtual
	m Op
}

func (c code) fresh() value {
	v := value{r: make([]reg.VecVirtual, c.regs)}
	for u := range v.r {
		v.r[u] = YMM()
	}
	return v
}

func (v value) at(u int) Op {
	if v.m != nil {
		return v.m
	}
	return v.r[u]
}

// in gives the value in registers.
func (c code) in(v value) value {
	if v.m == nil {
		return v
	}
	d := c.fresh()
	for u := range d.r {
		VMOVUPS(v.m, d.r[u])
	}
	return d
}

func (c code) each(f func(u int)) {
	for u := range c.regs {
		f(u)
	}
}

// constants is the table of those written so far: each is repeated to fill a register.
var constants = map[uint64]Mem{}

func constant(pattern uint64) value {
	m, ok := constants[pattern]
	if !ok {
		m = GLOBL(fmt.Sprintf("const%016x", pattern), RODATA|NOPTR)
		for i := range 4 {
			DATA(8*i, U64(pattern))
		}
		constants[pattern] = m
	}
	return value{m: m}
}

// Constants of 32 and of 64 bits, and of four bytes.
func bits32(b uint32) value { return constant(uint64(b)<<32 | uint64(b)) }
func num(f float64) value   { return bits32(math.Float32bits(float32(f))) }
func num64(f float64) value { return constant(math.Float64bits(f)) }
func int32s(i int32) value  { return bits32(uint32(i)) }
func bytes1(b uint8) value  { return bits32(0x01010101 * uint32(b)) }
func words(w uint16) value  { return bits32(0x00010001 * uint32(w)) }
func bits64(b uint64) value { return constant(b) }

// instr is an instruction d = x op y, in the assembler's order of operands.
type instr = func(y, x, d Op)

func (c code) do(op instr, x, y value) value {
	x = c.in(x)
	d := c.fresh()
	c.each(func(u int) { op(y.at(u), x.r[u], d.r[u]) })
	return d
}

func wrap(f func(...Op)) instr { return func(y, x, d Op) { f(y, x, d) } }

var (
	addPS  = instr(func(y, x, d Op) { VADDPS(y, x, d) })
	subPS  = instr(func(y, x, d Op) { VSUBPS(y, x, d) })
	mulPS  = instr(func(y, x, d Op) { VMULPS(y, x, d) })
	divPS  = instr(func(y, x, d Op) { VDIVPS(y, x, d) })
	minPS  = instr(func(y, x, d Op) { VMINPS(y, x, d) })
	maxPS  = instr(func(y, x, d Op) { VMAXPS(y, x, d) })
	addPD  = instr(func(y, x, d Op) { VADDPD(y, x, d) })
	subPD  = instr(func(y, x, d Op) { VSUBPD(y, x, d) })
	mulPD  = instr(func(y, x, d Op) { VMULPD(y, x, d) })
	divPD  = instr(func(y, x, d Op) { VDIVPD(y, x, d) })
	minPD  = instr(func(y, x, d Op) { VMINPD(y, x, d) })
	maxPD  = instr(func(y, x, d Op) { VMAXPD(y, x, d) })
	andPS  = instr(func(y, x, d Op) { VANDPS(y, x, d) })
	orPS   = instr(func(y, x, d Op) { VORPS(y, x, d) })
	xorPS  = instr(func(y, x, d Op) { VXORPS(y, x, d) })
	andnPS = instr(func(y, x, d Op) { VANDNPS(y, x, d) }) // y and not x
	addI32 = instr(func(y, x, d Op) { VPADDD(y, x, d) })
	subI32 = instr(func(y, x, d Op) { VPSUBD(y, x, d) })
)

func (c code) add(x, y value) value {
	if x.m != nil {
		x, y = y, x
	}
	return c.do(addPS, x, y)
}

func (c code) mul(x, y value) value {
	if x.m != nil {
		x, y = y, x
	}
	return c.do(mulPS, x, y)
}
func (c code) sub(x, y value) value  { return c.do(subPS, x, y) }
func (c code) div(x, y value) value  { return c.do(divPS, x, y) }
func (c code) min(x, y value) value  { return c.do(minPS, x, y) } // y if either is NaN
func (c code) max(x, y value) value  { return c.do(maxPS, x, y) } // y if either is NaN
func (c code) and(x, y value) value  { return c.do(andPS, x, y) }
func (c code) or(x, y value) value   { return c.do(orPS, x, y) }
func (c code) xor(x, y value) value  { return c.do(xorPS, x, y) }
func (c code) andn(x, y value) value { return c.do(andnPS, x, y) } // y and not x

// fma is x·y + z, rounded once; x is in registers.
func (c code) fma(x, y, z value) value {
	d := c.fresh()
	c.each(func(u int) {
		if z.m != nil {
			VMOVAPS(x.r[u], d.r[u])
			VFMADD213PS(z.m, c.reg(y, u), d.r[u])
			return
		}
		VMOVAPS(z.r[u], d.r[u])
		VFMADD231PS(y.at(u), x.r[u], d.r[u])
	})
	return d
}

// fnma is z − x·y, rounded once; x and z are in registers.
func (c code) fnma(x, y, z value) value {
	z = c.in(z)
	d := c.fresh()
	c.each(func(u int) {
		VMOVAPS(z.r[u], d.r[u])
		VFNMADD231PS(y.at(u), x.r[u], d.r[u])
	})
	return d
}

// reg is register u of a value, which may be a constant.
func (c code) reg(v value, u int) reg.VecVirtual {
	if v.m == nil {
		return v.r[u]
	}
	d := YMM()
	VMOVUPS(v.m, d)
	return d
}

// poly is the polynomial in x with these coefficients, the highest power first (Horner's scheme).
func (c code) poly(x value, coefficients ...float64) value {
	p := c.in(num(coefficients[0]))
	return c.polyFrom(p, x, coefficients[1:]...)
}

// polyFrom goes on with Horner's scheme from p, which it overwrites.
func (c code) polyFrom(p, x value, coefficients ...float64) value {
	for _, k := range coefficients {
		m := num(k)
		c.each(func(u int) { VFMADD213PS(m.m, x.r[u], p.r[u]) })
	}
	return p
}

// cmp is all ones where the predicate holds.
func (c code) cmp(predicate uint8, x, y value) value {
	return c.do(func(y, x, d Op) { VCMPPS(U8(predicate), y, x, d) }, x, y)
}

// Predicates of VCMPPS and VCMPPD. Those but neq are false, and neq is true, where an operand is NaN.
const (
	eq, unordered, neq, lt, le, ge, gt = 0, 3, 4, 17, 18, 29, 30
)

// choose is x where the mask's upper bits are set, and y elsewhere.
func (c code) choose(mask, x, y value) value {
	y = c.in(y)
	d := c.fresh()
	c.each(func(u int) { VBLENDVPS(mask.r[u], x.at(u), y.r[u], d.r[u]) })
	return d
}

// shift is an instruction that shifts 32-bit elements by k.
func (c code) shift(op func(k, x, d Op), k uint8, x value) value {
	d := c.fresh()
	c.each(func(u int) { op(U8(k), x.r[u], d.r[u]) })
	return d
}

func (c code) shl(k uint8, x value) value { return c.shift(func(k, x, d Op) { VPSLLD(k, x, d) }, k, x) }
func (c code) shr(k uint8, x value) value { return c.shift(func(k, x, d Op) { VPSRLD(k, x, d) }, k, x) }
func (c code) sar(k uint8, x value) value { return c.shift(func(k, x, d Op) { VPSRAD(k, x, d) }, k, x) }

// one is an instruction with one operand.
func (c code) one(op func(x, d Op), x value) value {
	d := c.fresh()
	c.each(func(u int) { op(x.at(u), d.r[u]) })
	return d
}

// The ways to round of VROUNDPS.
const nearest, down, up, towardsZero = 0, 1, 2, 3

func (c code) round(way uint8, x value) value {
	return c.one(func(x, d Op) { VROUNDPS(U8(way), x, d) }, x)
}
func (c code) toInt(x value) value   { return c.one(func(x, d Op) { VCVTPS2DQ(x, d) }, x) }
func (c code) fromInt(x value) value { return c.one(func(x, d Op) { VCVTDQ2PS(x, d) }, x) }
func (c code) sqrt(x value) value    { return c.one(func(x, d Op) { VSQRTPS(x, d) }, x) }
func (c code) abs(x value) value     { return c.and(x, bits32(1<<31-1)) }
func (c code) sign(x value) value    { return c.and(x, bits32(1<<31)) }
func (c code) neg(x value) value     { return c.xor(x, bits32(1<<31)) }

func (c code) sqrt64(x value) value { return c.one(func(x, d Op) { VSQRTPD(x, d) }, x) }
