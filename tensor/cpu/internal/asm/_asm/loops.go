package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const width = 32 // bytes a register

// stream is an operand of a loop: a pointer, and by how much it moves for each register.
type stream struct {
	p    reg.GPVirtual
	step reg.GPVirtual // bytes a register, in a register, if that is not known; else nil
}

func (s stream) advance(regs int) {
	if s.step == nil {
		ADDQ(U32(width*regs), s.p)
		return
	}
	for range regs {
		ADDQ(s.step, s.p)
	}
}

// at is where register u is read.
func (c code) load(s stream) value {
	v := c.fresh()
	for u := range v.r {
		if s.step == nil {
			VMOVUPS(Mem{Base: s.p, Disp: width * u}, v.r[u])
			continue
		}
		VMOVUPS(Mem{Base: s.p}, v.r[u])
		ADDQ(s.step, s.p)
	}
	return v
}

func param(name string) reg.GPVirtual {
	r := GP64()
	Load(Param(name), r)
	return r
}

// mapping writes a loop dst[i] = f(ins[i]…) over n elements of size bytes, 4 or 8, for any n. The main loop takes
// c.regs registers a turn; what is left over goes through f one register at a time, the last one masked.
func (c code) mapping(size int, dst []stream, ins []stream, f func(c code, ins []value) []value) {
	n := param("n")
	lanes := width / size
	turn := c.regs * lanes
	mask := lastMask()
	CMPQ(n, U32(turn))
	JLT(LabelRef("rest"))
	Label("loop")
	c.turn(dst, ins, f)
	SUBQ(U32(turn), n)
	CMPQ(n, U32(turn))
	JGE(LabelRef("loop"))
	Label("rest")
	TESTQ(n, n)
	JZ(LabelRef("done"))
	one := code{regs: 1, guard: c.guard}
	last := one
	if c.regs > 2 { // whole registers
		CMPQ(n, U32(lanes))
		JLT(LabelRef("last"))
		Label("whole")
		one.turn(dst, ins, f)
		SUBQ(U32(lanes), n)
		CMPQ(n, U32(lanes))
		JGE(LabelRef("whole"))
		TESTQ(n, n)
		JZ(LabelRef("done"))
		Label("last")
	}
	// The mask is ones for the first min(n, lanes) elements.
	k, all := GP64(), GP64()
	MOVQ(U64(uint64(lanes)), all)
	MOVQ(n, k)
	CMPQ(k, all)
	CMOVQGT(all, k)
	NEGQ(k)
	table := GP64()
	LEAQ(mask, table)
	m := YMM()
	VMOVUPS(Mem{Base: table, Index: k, Scale: uint8(size), Disp: width}, m)
	last.mask = m
	in := make([]value, len(ins))
	for i, s := range ins {
		in[i] = one.fresh()
		VMASKMOVPS(Mem{Base: s.p}, m, in[i].r[0])
		s.advance(1)
	}
	one.check(in)
	out := f(last, in)
	if c.regs <= 2 {
		CMPQ(n, U32(lanes))
		JLT(LabelRef("part"))
		for i, d := range dst {
			VMOVUPS(out[i].r[0], Mem{Base: d.p})
			ADDQ(U8(width), d.p)
		}
		SUBQ(U32(lanes), n)
		JNZ(LabelRef("rest"))
		JMP(LabelRef("done"))
		Label("part")
	}
	for i, d := range dst {
		name := "part" + string(rune('0'+i))
		storePart(name, size, n, d.p, out[i].r[0])
	}
	Label("done")
	if c.guard != nil {
		XORQ(n, n)
		Label("bail")
		Store(n, ReturnIndex(0))
	}
	if c.finish != nil {
		c.finish()
	}
	VZEROUPPER()
	RET()
}

// check leaves the loop where the guard says so.
func (c code) check(in []value) {
	if c.guard == nil {
		return
	}
	m := c.guard(c, in)
	for _, r := range m.r[1:] {
		VORPS(r, m.r[0], m.r[0])
	}
	any := GP32()
	VMOVMSKPS(m.r[0], any)
	TESTL(any, any)
	JNZ(LabelRef("bail"))
}

func (c code) turn(dst, ins []stream, f func(c code, ins []value) []value) {
	in := make([]value, len(ins))
	for i, s := range ins {
		in[i] = c.load(s)
	}
	c.check(in)
	for i, v := range f(c, in) {
		for u, r := range v.r {
			VMOVUPS(r, Mem{Base: dst[i].p, Disp: width * u})
		}
	}
	for _, s := range ins {
		if s.step == nil {
			s.advance(c.regs)
		}
	}
	for _, d := range dst {
		d.advance(c.regs)
	}
}

var maskTable *Mem

// lastMask is 32 bytes of ones and 32 of zeros.
func lastMask() Mem {
	if maskTable == nil {
		m := GLOBL("lastMask", RODATA|NOPTR)
		for i := range 8 {
			DATA(8*i, U64(uint64(i/4)-1))
		}
		maskTable = &m
	}
	return *maskTable
}

// storePart stores the first n < 32/size elements of v.
func storePart(label string, size int, n, p reg.GPVirtual, v reg.VecVirtual) {
	x := v.AsX()
	for bytes := width / 2; bytes >= size; bytes /= 2 {
		next := LabelRef(label + "_" + string(rune('a'+bytes/4)))
		TESTQ(U32(uint32(bytes/size)), n)
		JZ(next)
		switch bytes {
		case 16:
			VMOVUPS(x, Mem{Base: p})
			VEXTRACTF128(U8(1), v, x)
		case 8:
			VMOVQ(x, Mem{Base: p})
			VPSRLDQ(U8(8), x, x)
		case 4:
			VMOVD(x, Mem{Base: p})
		}
		ADDQ(U8(uint8(bytes)), p)
		Label(string(next))
	}
}
