package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// number is a type of elements, and its instructions where they are one.
type number struct {
	dtype                             string
	size                              int
	add, sub, mul, div, max, min, gtI instr
}

var (
	float32s = number{dtype: "Float32", size: 4, add: addPS, sub: subPS, mul: mulPS, div: divPS}
	float64s = number{dtype: "Float64", size: 8, add: addPD, sub: subPD, mul: mulPD, div: divPD}
	int64s   = number{
		dtype: "Int64", size: 8,
		add: func(y, x, d Op) { VPADDQ(y, x, d) }, sub: func(y, x, d Op) { VPSUBQ(y, x, d) },
		gtI: func(y, x, d Op) { VPCMPGTQ(y, x, d) },
	}
	int32n = number{
		dtype: "Int32", size: 4, add: addI32, sub: subI32,
		mul: func(y, x, d Op) { VPMULLD(y, x, d) }, max: func(y, x, d Op) { VPMAXSD(y, x, d) }, min: func(y, x, d Op) { VPMINSD(y, x, d) },
		gtI: func(y, x, d Op) { VPCMPGTD(y, x, d) },
	}
	int8s = number{
		dtype: "Int8", size: 1,
		add: func(y, x, d Op) { VPADDB(y, x, d) }, sub: func(y, x, d Op) { VPSUBB(y, x, d) },
		max: func(y, x, d Op) { VPMAXSB(y, x, d) }, min: func(y, x, d Op) { VPMINSB(y, x, d) },
		gtI: func(y, x, d Op) { VPCMPGTB(y, x, d) },
	}
	uint8s = number{
		dtype: "Uint8", size: 1, add: int8s.add, sub: int8s.sub,
		max: func(y, x, d Op) { VPMAXUB(y, x, d) }, min: func(y, x, d Op) { VPMINUB(y, x, d) },
	}
	numbers = []number{float32s, float64s, int64s, int32n, int8s, uint8s}
)

func (t number) isFloat() bool { return t.dtype[0] == 'F' }

// binary writes dst[i] = x[i] op y[i], where a step of 0 says that an operand is the same elements, a turn of them,
// again and again.
func binary(dtype, op string, size int, f func(c code, x, y value) value) {
	text("Binary", dtype, op, "func(n int, dst, x, y *byte, xStep, yStep int)", "computes dst[i] = x[i] "+op+" y[i] for n elements. A step is 1, or 0 for an operand that is a",
		"Repeated element. The Go loop that it stands for is in package cpu, binary.go.")
	ins := []stream{{p: param("x"), step: param("xStep")}, {p: param("y"), step: param("yStep")}}
	for _, s := range ins {
		SHLQ(U8(5), s.step)
	}
	c := code{regs: 2}
	if size == 1 {
		c.bytes([]stream{{p: param("dst")}}, ins, func(c code, in []value) []value { return []value{f(c, in[0], in[1])} })
		return
	}
	c.mapping(size, []stream{{p: param("dst")}}, ins, func(c code, in []value) []value { return []value{f(c, in[0], in[1])} })
}

// bytes writes a loop over n bytes, a multiple of 64.
func (c code) bytes(dst, ins []stream, f func(c code, in []value) []value) {
	n := param("n")
	Label("loop")
	c.turn(dst, ins, f)
	SUBQ(U32(uint32(width*c.regs)), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

func binaries() {
	for _, t := range numbers {
		plain := func(op string, f instr) {
			if f != nil {
				binary(t.dtype, op, t.size, func(c code, x, y value) value { return c.do(f, x, y) })
			}
		}
		plain("Add", t.add)
		plain("Sub", t.sub)
		plain("Mul", t.mul)
		plain("Div", t.div)
		plain("Maximum", t.max)
		plain("Minimum", t.min)
	}
	// Of a NaN and a number the instructions return the second, so one in x must be put back.
	binary("Float32", "Maximum", 4, func(c code, x, y value) value {
		return c.choose(c.cmp(unordered, x, x), x, c.do(maxPS, x, y))
	})
	binary("Float32", "Minimum", 4, func(c code, x, y value) value {
		return c.choose(c.cmp(unordered, x, x), x, c.do(minPS, x, y))
	})
	binary("Float64", "Maximum", 8, func(c code, x, y value) value {
		return c.choose64(c.cmp64(unordered, x, x), x, c.do(maxPD, x, y))
	})
	binary("Float64", "Minimum", 8, func(c code, x, y value) value {
		return c.choose64(c.cmp64(unordered, x, x), x, c.do(minPD, x, y))
	})
	gt := int64s.gtI
	binary("Int64", "Maximum", 8, func(c code, x, y value) value { return c.choose64(c.do(gt, x, y), x, y) })
	binary("Int64", "Minimum", 8, func(c code, x, y value) value { return c.choose64(c.do(gt, y, x), x, y) })
	binary("Int64", "Mul", 8, func(c code, x, y value) value { // low·low + (low·high + high·low)·2³²
		mul := func(y, x, d Op) { VPMULUDQ(y, x, d) }
		high := func(v value) value { return c.shift(func(k, x, d Op) { VPSRLQ(k, x, d) }, 32, v) }
		cross := c.do(int64s.add, c.do(mul, high(x), y), c.do(mul, x, high(y)))
		return c.do(int64s.add, c.do(mul, x, y), c.shift(func(k, x, d Op) { VPSLLQ(k, x, d) }, 32, cross))
	})
	for _, t := range []number{int8s, uint8s} {
		binary(t.dtype, "Mul", 1, func(c code, x, y value) value { // even and odd bytes, as words
			mul := func(y, x, d Op) { VPMULLW(y, x, d) }
			high := func(v value) value { return c.shift(func(k, x, d Op) { VPSRLW(k, x, d) }, 8, v) }
			odd := c.shift(func(k, x, d Op) { VPSLLW(k, x, d) }, 8, c.do(mul, high(x), high(y)))
			return c.or(c.and(c.do(mul, x, y), words(0xff)), odd)
		})
	}
	for _, t := range []struct {
		dtype string
		size  int
	}{{"Int64", 8}, {"Int32", 4}, {"Int8", 1}, {"Uint8", 1}} {
		binary(t.dtype, "BitAnd", t.size, code.and)
		binary(t.dtype, "BitOr", t.size, code.or)
		binary(t.dtype, "BitXor", t.size, code.xor)
	}
	binary("Bool", "And", 1, code.and)
	binary("Bool", "Or", 1, code.or)
	binary("Bool", "Xor", 1, code.xor)
	pow()
}

func (c code) cmp64(predicate uint8, x, y value) value {
	return c.do(func(y, x, d Op) { VCMPPD(U8(predicate), y, x, d) }, x, y)
}

func (c code) choose64(mask, x, y value) value {
	y = c.in(y)
	d := c.fresh()
	c.each(func(u int) { VBLENDVPD(mask.r[u], x.at(u), y.r[u], d.r[u]) })
	return d
}

// compare writes dst[i] = x[i] op y[i] as bytes of 0 and 1, 32 a turn.
func compare(t number, op string, f func(c code, x, y value) value, negate bool) {
	text("Compare", t.dtype, op, "func(n int, dst, x, y *byte, xStep, yStep int)", "writes whether x[i] "+op+" y[i], as 0 or 1, for n elements, a multiple of 32 and not 0. A step is 1,",
		"or 0 for an operand that is a Repeated element. The Go loop that it stands for is in package cpu, binary.go.")
	n, dst := param("n"), param("dst")
	x, y := stream{p: param("x"), step: param("xStep")}, stream{p: param("y"), step: param("yStep")}
	SHLQ(U8(5), x.step)
	SHLQ(U8(5), y.step)
	c := code{regs: 1}
	order := YMM()
	VMOVDQU(packOrder(), order)
	Label("loop")
	next := func() reg.VecVirtual { return f(c, c.load(x), c.load(y)).r[0] }
	var mask reg.VecVirtual
	if t.size == 1 {
		mask = next()
	} else {
		mask = packMasks(t.size, next, order)
	}
	if negate {
		VPANDN(bytes1(1).m, mask, mask)
	} else {
		VPAND(bytes1(1).m, mask, mask)
	}
	VMOVDQU(mask, Mem{Base: dst})
	ADDQ(U8(32), dst)
	SUBQ(U8(32), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// packMasks makes bytes of the masks of 32 elements, which next gives a register at a time.
func packMasks(size int, next func() reg.VecVirtual, order reg.VecVirtual) reg.VecVirtual {
	four := func() reg.VecVirtual { // a register of 32-bit masks
		a := next()
		if size == 8 {
			b := next()
			VSHUFPS(U8(0x88), b, a, a)
			VPERMQ(U8(0xd8), a, a)
		}
		return a
	}
	pair := func() reg.VecVirtual {
		a, b := four(), four()
		VPACKSSDW(b, a, a)
		return a
	}
	a := pair()
	b := pair()
	VPACKSSWB(b, a, a)
	VPERMD(a, order, a)
	return a
}

var packTable *Mem

// packOrder brings in order what packing within lanes has mixed.
func packOrder() Mem {
	if packTable == nil {
		m := GLOBL("packOrder", RODATA|NOPTR)
		for i, k := range []uint32{0, 4, 1, 5, 2, 6, 3, 7} {
			DATA(4*i, U32(k))
		}
		packTable = &m
	}
	return *packTable
}

// cmp0 is all ones where the integer x is 0.
func (c code) cmp0(x value) value {
	return c.do(func(y, x, d Op) { VPCMPEQD(y, x, d) }, x, int32s(0))
}

func compares() {
	for _, t := range numbers {
		if t.isFloat() {
			cmp := code.cmp
			if t.size == 8 {
				cmp = code.cmp64
			}
			for _, p := range []struct {
				name      string
				predicate uint8
			}{{"Equal", eq}, {"NotEqual", neq}, {"Less", lt}, {"LessEqual", le}, {"Greater", gt}, {"GreaterEqual", ge}} {
				compare(t, p.name, func(c code, x, y value) value { return cmp(c, p.predicate, x, y) }, false)
			}
			continue
		}
		equal := map[int]instr{
			1: func(y, x, d Op) { VPCMPEQB(y, x, d) }, 4: func(y, x, d Op) { VPCMPEQD(y, x, d) }, 8: func(y, x, d Op) { VPCMPEQQ(y, x, d) },
		}[t.size]
		same := func(c code, x, y value) value { return c.do(equal, x, y) }
		compare(t, "Equal", same, false)
		compare(t, "NotEqual", same, true)
		if t.gtI == nil { // unsigned: x ≤ y where the smaller is x
			atMost := func(c code, x, y value) value { return c.do(equal, c.do(t.min, x, y), x) }
			compare(t, "LessEqual", atMost, false)
			compare(t, "Greater", atMost, true)
			atLeast := func(c code, x, y value) value { return c.do(equal, c.do(t.max, x, y), x) }
			compare(t, "GreaterEqual", atLeast, false)
			compare(t, "Less", atLeast, true)
			continue
		}
		more := func(c code, x, y value) value { return c.do(t.gtI, x, y) }
		less := func(c code, x, y value) value { return c.do(t.gtI, y, x) }
		compare(t, "Greater", more, false)
		compare(t, "LessEqual", more, true)
		compare(t, "Less", less, false)
		compare(t, "GreaterEqual", less, true)
	}
}

// where writes dst[i] = x[i] where cond[i] is 1, and y[i] where it is 0.
func where(size int) {
	dtype := map[int]string{1: "Uint8", 2: "Float16", 4: "Float32", 8: "Float64"}[size]
	text("Where", dtype, "Where", "func(n int, dst, cond, x, y *byte, xStep, yStep int)", "takes x[i] where cond[i] is 1 and y[i] where it is 0, for n elements, a multiple of 32 and not 0. A step",
		"is 1, or 0 for an operand that is a Repeated element. The Go loop that it stands for is in package cpu, where.go.")
	n, dst, cond := param("n"), param("dst"), param("cond")
	x, y := stream{p: param("x"), step: param("xStep")}, stream{p: param("y"), step: param("yStep")}
	SHLQ(U8(5), x.step)
	SHLQ(U8(5), y.step)
	c := code{regs: 1}
	Label("loop")
	for i := range size { // 32/size bytes of the condition each
		m := YMM()
		from := Mem{Base: cond, Disp: i * width / size}
		switch size {
		case 1:
			VMOVDQU(from, m)
			VPSLLW(U8(7), m, m)
		case 2:
			VPMOVZXBW(from, m)
			zero := YMM()
			VPXOR(zero, zero, zero)
			VPCMPGTW(zero, m, m)
		case 4:
			VPMOVZXBD(from, m)
			VPSLLD(U8(31), m, m)
		case 8:
			VPMOVZXBQ(from, m)
			VPSLLQ(U8(63), m, m)
		}
		a, b := c.load(x), c.load(y)
		d := YMM()
		switch size {
		case 1, 2:
			VPBLENDVB(m, a.r[0], b.r[0], d)
		case 4:
			VBLENDVPS(m, a.r[0], b.r[0], d)
		case 8:
			VBLENDVPD(m, a.r[0], b.r[0], d)
		}
		VMOVUPS(d, Mem{Base: dst, Disp: width * i})
	}
	ADDQ(U32(32), cond)
	ADDQ(U32(uint32(32*size)), dst)
	SUBQ(U8(32), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// stepShift is by how much a step of 1 is shifted to be that of a register.
func stepShift() uint64 {
	if wide() {
		return 6
	}
	return 5
}
