package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

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

// flowMin is how many bytes of results a routine takes to be more than the caches are to hold. It then writes them past the
// caches, as Go's copy does, if they begin at a cache line.
const flowMin = 512 << 10

// mapping writes a loop dst[i] = f(ins[i]…) over n elements of size bytes, 4 or 8, for any n. The main loop takes
// c.regs registers a turn; what is left over goes through f one register at a time, the last one masked.
func (c code) mapping(size int, dst []stream, ins []stream, f func(c code, ins []value) []value) {
	n := param("n")
	lanes := width / size
	turn := c.regs * lanes
	constants := keep(c.keep)
	again, flowing := GP64(), GP64() // turns left of a group that is made again; whether the main loop is the flowing one
	XORQ(again, again)
	XORQ(flowing, flowing)
	CMPQ(n, U32(turn))
	JLT(LabelRef("rest"))
	if len(dst) == 1 {
		CMPQ(n, U32(flowMin/size))
		JLT(LabelRef("loop"))
		TESTQ(U32(63), dst[0].p)
		JNZ(LabelRef("loop"))
		INCQ(flowing)
		flow := c
		flow.flow = true
		Label("flow")
		flow.turn(dst, ins, f)
		SUBQ(U32(turn), n)
		Label("flowed")
		CMPQ(n, U32(turn))
		JGE(LabelRef("flow"))
		SFENCE()
		JMP(LabelRef("rest"))
	}
	Label("loop")
	c.turn(dst, ins, f)
	SUBQ(U32(turn), n)
	CMPQ(n, U32(turn))
	JGE(LabelRef("loop"))
	Label("rest")
	one := c
	one.regs, one.rare = 1, nil
	careful := f
	if r := c.rare; r != nil {
		careful = func(c code, in []value) []value {
			if r.exact {
				return []value{r.full(c, in)}
			}
			rare := c.moreI(r.key(c, in), int32s(r.limit))
			return []value{c.choose(rare, r.full(c, in), f(c, in)[0])}
		}
	}
	CMPQ(n, U32(lanes))
	JLT(LabelRef("last"))
	Label("whole")
	one.turn(dst, ins, careful)
	SUBQ(U32(lanes), n)
	if c.rare != nil {
		DECQ(again)
		JZ(LabelRef("made"))
	}
	CMPQ(n, U32(lanes))
	JGE(LabelRef("whole"))
	Label("last")
	TESTQ(n, n)
	JZ(LabelRef("done"))
	in, load, store := one.masked(size, n)
	for i, s := range ins {
		load(s.p, in[i])
	}
	one.check(in)
	out := careful(one, in)
	if c.then != nil {
		c.then(one, out)
	}
	for i, v := range out {
		store("part"+string(rune('0'+i)), dst[i].p, v)
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
	if c.rare != nil {
		Label("rare")
		MOVQ(U32(uint32(c.regs)), again)
		for _, s := range ins {
			if s.step != nil { // it has moved already
				for range c.regs {
					SUBQ(s.step, s.p)
				}
			}
		}
		JMP(LabelRef("whole"))
		Label("made")
		TESTQ(flowing, flowing)
		JNZ(LabelRef("flowed"))
		CMPQ(n, U32(turn))
		JGE(LabelRef("loop"))
		JMP(LabelRef("rest"))
	}
	constants()
}

// check leaves the loop where the guard says so, and the turn where something is rare.
func (c code) check(in []value) {
	if c.guard != nil && c.rare == nil {
		c.any(c.guard(c, in), "bail")
	}
	if c.rare != nil {
		keys := c.rare.key(c, in)
		key := keys.r[0]
		for _, r := range keys.r[1:] {
			VPMAXSD(r, key, key)
		}
		one := code{regs: 1}
		one.any(one.moreI(value{r: []reg.VecVirtual{key}}, int32s(c.rare.limit)), "rare")
	}
}

// any jumps if the mask holds anywhere.
func (c code) any(m value, label string) {
	if m.k != nil {
		for _, k := range m.k[1:] {
			KORW(k, m.k[0], m.k[0])
		}
		KORTESTW(m.k[0], m.k[0])
		JNZ(LabelRef(label))
		return
	}
	for _, r := range m.r[1:] {
		VORPS(r, m.r[0], m.r[0])
	}
	any := GP32()
	VMOVMSKPS(m.r[0], any)
	TESTL(any, any)
	JNZ(LabelRef(label))
}

func (c code) turn(dst, ins []stream, f func(c code, ins []value) []value) {
	in := make([]value, len(ins))
	for i, s := range ins {
		in[i] = c.load(s)
	}
	c.check(in)
	if !wide() && len(ins) > 0 && ins[0].step == nil {
		c.reload = func() value { return c.load(ins[0]) }
	}
	out := f(c, in)
	if c.then != nil {
		c.then(c, out)
	}
	for i, v := range out {
		for u, r := range v.r {
			to := Mem{Base: dst[i].p, Disp: width * u}
			if c.flow {
				VMOVNTPS(r, to)
			} else {
				VMOVUPS(r, to)
			}
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

// masked returns what loads and stores the first n elements of a register, fewer than there are, and values to load into.
func (c *code) masked(size int, n reg.GPVirtual) (in []value, load func(p reg.GPVirtual, v value), store func(label string, p reg.GPVirtual, v value)) {
	in = []value{c.fresh(), c.fresh(), c.fresh(), c.fresh()}
	if wide() {
		bits, k := GP64(), K()
		MOVQ(U32(1), bits)
		SHLXQ(n, bits, bits)
		DECQ(bits)
		KMOVW(bits.As32(), k)
		c.mask = value{k: []reg.OpmaskVirtual{k}}
		if size == 8 {
			return in, func(p reg.GPVirtual, v value) { VMOVUPD_Z(Mem{Base: p}, k, v.r[0]) }, func(_ string, p reg.GPVirtual, v value) { VMOVUPD(v.r[0], k, Mem{Base: p}) }
		}
		return in, func(p reg.GPVirtual, v value) { VMOVUPS_Z(Mem{Base: p}, k, v.r[0]) }, func(_ string, p reg.GPVirtual, v value) { VMOVUPS(v.r[0], k, Mem{Base: p}) }
	}
	table, k, m := GP64(), GP64(), YMM()
	LEAQ(lastMask(), table)
	MOVQ(n, k)
	NEGQ(k)
	VMOVUPS(Mem{Base: table, Index: k, Scale: uint8(size), Disp: width}, m)
	c.mask = value{r: []reg.VecVirtual{m}}
	return in, func(p reg.GPVirtual, v value) { VMASKMOVPS(Mem{Base: p}, m, v.r[0]) }, func(label string, p reg.GPVirtual, v value) { storePart(label, size, n, p, v.r[0]) }
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
