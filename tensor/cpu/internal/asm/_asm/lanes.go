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
	keep  int                            // constants that stay in registers
	rare  *rarity                        // what f can't do, or nil
	guard func(c code, in []value) value // where nothing can, the loop ends; nil if there is no such place

	then   func(c code, out []value) // what is done with results, or nil
	reload func() value              // loads the first operand again, where that saves registers, or nil
	flow   bool                      // results go past the caches
	finish func()                    // what comes after the loop, or nil
	mask   value                     // of the last register, whose other elements were read as 0; empty but there
}

// rarity is elements that a formula gets wrong: those whose key, an integer, is above the limit. A turn with one of them is
// made again, a register at a time, by full where they are.
type rarity struct {
	key   func(c code, in []value) value
	limit int32
	full  func(c code, in []value) value
	exact bool // full gives what the formula does where that is right
}

// value is elements in registers, a constant in memory, or what a comparison found: a bit an element in mask registers, or,
// where there are none, registers with elements of ones and zeros.
type value struct {
	r []reg.VecVirtual
	m Op
	k []reg.OpmaskVirtual
}

// width is how many bytes the registers hold that are being written for: 32 of AVX2, or 64 of AVX-512.
var width = 32

func wide() bool { return width == 64 }

// suffix is what names of routines end in.
func suffix() string {
	if wide() {
		return "AVX512"
	}
	return "AVX2"
}

// vec is a register, and half one of half its width.
func vec() reg.VecVirtual {
	if wide() {
		return ZMM()
	}
	return YMM()
}

func half() reg.VecVirtual {
	if wide() {
		return YMM()
	}
	return XMM()
}

func (c code) fresh() value {
	v := value{r: make([]reg.VecVirtual, c.regs)}
	for u := range v.r {
		v.r[u] = vec()
	}
	return v
}

func (c code) freshMask() value {
	v := value{k: make([]reg.OpmaskVirtual, c.regs)}
	for u := range v.k {
		v.k[u] = K()
	}
	return v
}

func (v value) at(u int) Op {
	if v.m != nil {
		if r := keptRegister(v.m); r != nil {
			return r
		}
		return v.m
	}
	return v.r[u]
}

// in gives the value in registers, which are not to be written.
func (c code) in(v value) value {
	if v.m == nil {
		return v
	}
	r := keptRegister(v.m)
	if r == nil {
		r = vec()
		VMOVUPS(v.m, r)
	}
	d := value{r: make([]reg.VecVirtual, c.regs)}
	for u := range d.r {
		d.r[u] = r
	}
	return d
}

// copy gives the value in registers of its own.
func (c code) copy(v value) value {
	d := c.fresh()
	c.each(func(u int) { VMOVUPS(v.at(u), d.r[u]) })
	return d
}

// kept is the constants that stay in registers during a loop. They are loaded behind the routine's end, from where its
// beginning comes back, because only then is it known which they are.
var kept struct {
	room  int // for so many more
	regs  map[Op]reg.VecVirtual
	order []Op
}

func keptRegister(m Op) reg.VecVirtual {
	r := kept.regs[m]
	if r == nil && kept.room > 0 {
		r = vec()
		kept.room--
		kept.regs[m] = r
		kept.order = append(kept.order, m)
	}
	if r == nil {
		return nil
	}
	return r
}

// keep begins a routine that keeps up to n constants in registers; what is returned is written behind its end.
func keep(n int) (finish func()) {
	if n == 0 {
		return func() {}
	}
	kept.room, kept.regs, kept.order = n, map[Op]reg.VecVirtual{}, nil
	JMP(LabelRef("constants"))
	Label("begin")
	return func() {
		Label("constants")
		for _, m := range kept.order {
			VBROADCASTSD(m, kept.regs[m])
		}
		JMP(LabelRef("begin"))
		kept.room, kept.regs = 0, nil
	}
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
		for i := range width / 8 {
			DATA(8*i, U64(pattern))
		}
		constants[pattern] = m
	}
	return value{m: m}
}

// tables are those of eight numbers written so far.
var tables = map[string]Mem{}

// table is the numbers of these bits, as often as a register has room for the eight.
func table(name string, bits func(i int) uint32) Mem {
	m, ok := tables[name]
	if !ok {
		m = GLOBL(name+suffix(), RODATA|NOPTR)
		for i := range width / 4 {
			DATA(4*i, U32(bits(i%8)))
		}
		tables[name] = m
	}
	return m
}

// look is the elements of a table whose indices are the integers' lower three bits.
func (c code) look(table Mem, index value) value {
	return c.one(func(i, d Op) { VPERMPS(table, i, d) }, index)
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
func (c code) sub(x, y value) value { return c.do(subPS, x, y) }
func (c code) div(x, y value) value { return c.do(divPS, x, y) }
func (c code) min(x, y value) value { return c.do(minPS, x, y) } // y if either is NaN
func (c code) max(x, y value) value { return c.do(maxPS, x, y) } // y if either is NaN

// and of a mask and a value is the value where the mask is set, and 0 elsewhere.
func (c code) and(x, y value) value {
	switch {
	case x.k != nil && y.k != nil:
		d := c.freshMask()
		c.each(func(u int) { KANDW(x.k[u], y.k[u], d.k[u]) })
		return d
	case y.k != nil:
		return c.and(y, x)
	case x.k != nil:
		d := c.fresh()
		y = c.in(y)
		c.each(func(u int) { VMOVAPS_Z(y.r[u], x.k[u], d.r[u]) })
		return d
	case x.m != nil:
		x, y = y, x
	}
	return c.do(andPS, x, y)
}

func (c code) or(x, y value) value {
	if x.k != nil {
		d := c.freshMask()
		c.each(func(u int) { KORW(x.k[u], y.k[u], d.k[u]) })
		return d
	}
	return c.do(orPS, x, y)
}
func (c code) xor(x, y value) value { return c.do(xorPS, x, y) }

// fma is x·y + z, rounded once; x is in registers.
func (c code) fma(x, y, z value) value {
	d := c.fresh()
	if z.m != nil {
		y = c.in(y)
	}
	c.each(func(u int) {
		if z.m != nil {
			VMOVAPS(x.r[u], d.r[u])
			VFMADD213PS(z.at(u), y.r[u], d.r[u])
			return
		}
		VMOVAPS(z.r[u], d.r[u])
		VFMADD231PS(y.at(u), x.r[u], d.r[u])
	})
	return d
}

// fnma is z − x·y, rounded once; x and z are in registers.
func (c code) fnma(x, y, z value) value {
	d := c.copy(z)
	c.each(func(u int) {
		VFNMADD231PS(y.at(u), x.r[u], d.r[u])
	})
	return d
}

// fms is x·y − z, rounded once; x and z are in registers.
func (c code) fms(x, y, z value) value {
	d := c.fresh()
	c.each(func(u int) {
		VMOVAPS(z.r[u], d.r[u])
		VFMSUB231PS(y.at(u), x.r[u], d.r[u])
	})
	return d
}

// poly is the polynomial in x with these coefficients, the highest power first (Horner's scheme).
func (c code) poly(x value, coefficients ...float64) value {
	p := c.copy(num(coefficients[0]))
	return c.polyFrom(p, x, coefficients[1:]...)
}

// polyFrom goes on with Horner's scheme from p, which it overwrites.
func (c code) polyFrom(p, x value, coefficients ...float64) value {
	for _, k := range coefficients {
		m := num(k)
		c.each(func(u int) { VFMADD213PS(m.at(u), x.r[u], p.r[u]) })
	}
	return p
}

// cmp is all ones where the predicate holds.
func (c code) cmp(predicate uint8, x, y value) value {
	if wide() {
		x = c.in(x)
		d := c.freshMask()
		c.each(func(u int) { VCMPPS(U8(predicate), y.at(u), x.r[u], d.k[u]) })
		return d
	}
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
	if wide() {
		mask = c.bitsOf(mask)
		c.each(func(u int) { VBLENDMPS(x.at(u), y.r[u], mask.k[u], d.r[u]) })
		return d
	}
	c.each(func(u int) { VBLENDVPS(mask.r[u], x.at(u), y.r[u], d.r[u]) })
	return d
}

// bitsOf is the mask of the elements' upper bits.
func (c code) bitsOf(x value) value {
	if x.k != nil {
		return x
	}
	d := c.freshMask()
	c.each(func(u int) { VPMOVD2M(x.r[u], d.k[u]) })
	return d
}

// moreI is where the integer x is above y.
func (c code) moreI(x, y value) value {
	if wide() {
		x = c.in(x)
		d := c.freshMask()
		c.each(func(u int) { VPCMPGTD(y.at(u), x.r[u], d.k[u]) })
		return d
	}
	return c.do(func(y, x, d Op) { VPCMPGTD(y, x, d) }, x, y)
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
	if wide() {
		return c.one(func(x, d Op) { VRNDSCALEPS(U8(way), x, d) }, x)
	}
	return c.one(func(x, d Op) { VROUNDPS(U8(way), x, d) }, x)
}
func (c code) fromInt(x value) value { return c.one(func(x, d Op) { VCVTDQ2PS(x, d) }, x) }
func (c code) sqrt(x value) value    { return c.one(func(x, d Op) { VSQRTPS(x, d) }, x) }
func (c code) abs(x value) value     { return c.and(x, bits32(1<<31-1)) }
func (c code) sign(x value) value    { return c.and(x, bits32(1<<31)) }
func (c code) neg(x value) value     { return c.xor(x, bits32(1<<31)) }

func (c code) sqrt64(x value) value { return c.one(func(x, d Op) { VSQRTPD(x, d) }, x) }
