package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// arithmetic is how a tile multiplies: words of A and B are multiplied, and the products added to C.
type arithmetic struct {
	name string // the letter of BLAS, and what is particular
	ref  string // the Go loop
	word int    // bytes of a word, and of an element of C

	broadcast func(ops ...Op)
	fma       func(b, x, acc, tmp reg.VecPhysical) // acc += x·b
	add       func(ops ...Op)
}

var (
	f32 = arithmetic{
		name: "sgemm", ref: "tileGo", word: 4, broadcast: VBROADCASTSS, add: VADDPS,
		fma: func(b, x, acc, _ reg.VecPhysical) { VFMADD231PS(b, x, acc) },
	}
	f64 = arithmetic{
		name: "dgemm", ref: "tileGo", word: 8, broadcast: VBROADCASTSD, add: VADDPD,
		fma: func(b, x, acc, _ reg.VecPhysical) { VFMADD231PD(b, x, acc) },
	}
	// Words are pairs of int16, so that two products, of numbers that were int8, can be added without
	// overflow: VPMADDUBSW, which multiplies int8, saturates.
	i16 = arithmetic{
		name: "igemm", ref: "pairTileGo", word: 4, broadcast: VPBROADCASTD, add: VPADDD,
		fma: func(b, x, acc, tmp reg.VecPhysical) {
			VPMADDWD(b, x, tmp)
			VPADDD(tmp, acc, acc)
		},
	}
	i16VNNI = arithmetic{
		name: "igemmVNNI", ref: "pairTileGo", word: 4, broadcast: VPBROADCASTD, add: VPADDD,
		fma: func(b, x, acc, _ reg.VecPhysical) {
			Instruction(&ir.Instruction{Opcode: "VPDPWSSD", Operands: []Op{b, x, acc}}) // avo 0.5 doesn't know it
		},
	}
	// Words are pairs of bfloat16.
	bf16 = arithmetic{
		name: "bgemm", ref: "bf16TileGo", word: 4, broadcast: VBROADCASTSS, add: VADDPS,
		fma: func(b, x, acc, _ reg.VecPhysical) { vdpbf16ps(b, x, acc) },
	}
)

// vdpbf16ps writes VDPBF16PS on 512 bits, which Go's assembler doesn't know: EVEX.512.F3.0F38.W0 52 /r.
func vdpbf16ps(b, x, acc reg.VecPhysical) {
	rm, v, r := byte(b.PhysicalIndex()), byte(x.PhysicalIndex()), byte(acc.PhysicalIndex())
	inverted := func(n byte, bit uint) byte { return ^n >> bit & 1 }
	bytes := []byte{
		0x62,
		inverted(r, 3)<<7 | inverted(rm, 4)<<6 | inverted(rm, 3)<<5 | inverted(r, 4)<<4 | 2,
		^v&15<<3 | 1<<2 | 2,
		2<<5 | inverted(v, 4)<<3,
		0x52,
		3<<6 | r&7<<3 | rm&7,
	}
	for _, v := range bytes {
		Instruction(&ir.Instruction{Opcode: "BYTE", Operands: []Op{U8(v)}})
	}
}

// tile writes a micro-kernel: a tile of C, rows high and two registers wide, is held in registers while a
// column of A and a row of B are read for each k; then the one below it.
func tile(s isa, m arithmetic, rows int) {
	cols := 2 * s.size / m.word
	name := fmt.Sprintf("%s%dx%d%s", m.name, rows, cols, s.name)
	TEXT(name, NOSPLIT, "func(n, k int, a *byte, aRow, aCol, aStep int, b *byte, bRow int, c *byte, cRow, width, add int, next, end uintptr)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s computes n tiles of C, %d×%d, one below the other, each from %d×k of A and k×%d of B. Strides and the width", name, rows, cols, rows, cols),
		"that is written are in bytes. Each asks for k/4 cache lines from next on, or for B again from end on. The Go loop that a", "tile stands for is "+m.ref+".")
	Label("tile")

	// Every third row of A has a register of its own; those between are reached by aRow·1 and ·2.
	all := []reg.GPPhysical{reg.RSI, reg.R8, reg.R9, reg.R10, reg.R11}
	base := all[:(rows+2)/3]
	aRow, aCol, b, bRow, k, tmp := reg.RDX, reg.RDI, reg.RBX, reg.RAX, reg.RCX, reg.R13
	Load(Param("a"), base[0])
	Load(Param("aRow"), aRow)
	LEAQ(Mem{Base: aRow, Index: aRow, Scale: 2}, tmp)
	for i := 1; i < len(base); i++ {
		LEAQ(Mem{Base: base[i-1], Index: tmp, Scale: 1}, base[i])
	}
	Load(Param("aCol"), aCol)
	Load(Param("b"), b)
	Load(Param("bRow"), bRow)
	a := func(i int) Mem {
		m := Mem{Base: base[i/3]}
		if i%3 > 0 {
			m.Index, m.Scale = aRow, uint8(i%3)
		}
		return m
	}

	n := len(s.v)
	acc := func(i, half int) reg.VecPhysical { return s.v[2*i+half] }
	b0, b1 := s.v[n-4], s.v[n-3]
	for i := range rows {
		for half := range 2 {
			zero(s, acc(i, half))
		}
	}
	step := func(a func(i int) Mem, b Mem) {
		VMOVUPS(b, b0)
		VMOVUPS(b.Offset(s.size), b1)
		for i := range rows {
			// Two registers by turns, unless the second is needed for products.
			x, products := s.v[n-2+i&1], s.v[n-1]
			if m.name == i16.name {
				x = s.v[n-2]
			}
			m.broadcast(a(i), x)
			m.fma(b0, x, acc(i, 0), products)
			m.fma(b1, x, acc(i, 1), products)
		}
	}

	// Where there is time, C is asked for at once: from memory it comes to L2 meanwhile.
	next, c, cRow := reg.R12, reg.R14, reg.R13
	askForC := func(ask func(Op)) {
		Load(Param("c"), c)
		Load(Param("cRow"), cRow)
		for i := range rows {
			ask(Mem{Base: c})
			ask(Mem{Base: c, Disp: 2*s.size - 4})
			if i < rows-1 {
				ADDQ(cRow, c)
			}
		}
	}
	Load(Param("next"), next)
	Load(Param("k"), k)
	CMPQ(k, U32(160))
	JLT(LabelRef("soon"))
	askForC(PREFETCHT1)
	Label("soon")

	// turns writes the loop over k by fours and the turns that are left: all but the last 40 turns or so, if there are more; then
	// C is asked for, late enough to be still in L1 when it is needed; then the rest.
	turns := func(name string, four, one func()) {
		rest := reg.R13
		MOVQ(k, rest)
		SUBQ(U8(40), k)
		ANDQ(I8(-4), k)
		JLE(LabelRef(name + "Last"))
		SUBQ(k, rest)
		SUBQ(U8(4), k)
		JMP(LabelRef(name))
		Label(name + "Last")
		MOVQ(rest, k)
		askForC(PREFETCHT0)
		XORQ(rest, rest)
		SUBQ(U8(4), k)
		JL(LabelRef(name + "Tail"))
		Label(name)
		PREFETCHT1(Mem{Base: next})
		ADDQ(U8(64), next)
		four()
		SUBQ(U8(4), k)
		JGE(LabelRef(name))
		TESTQ(rest, rest)
		JNZ(LabelRef(name + "Last"))
		Label(name + "Tail")
		ADDQ(U8(4), k)
		JZ(LabelRef("done"))
		Label(name + "One")
		one()
		DECQ(k)
		JNZ(LabelRef(name + "One"))
	}

	if rows == s.rows() {
		// Panels as they are packed: strides are known, and there is nothing to add to an address but after four turns. Where another
		// thread of the core is busy, how many instructions there are counts.
		aPacked, bPacked := rows*m.word, 2*s.size
		CMPQ(aRow, U32(uint32(m.word)))
		JNE(LabelRef("spread"))
		CMPQ(aCol, U32(uint32(aPacked)))
		JNE(LabelRef("spread"))
		CMPQ(bRow, U32(uint32(bPacked)))
		JNE(LabelRef("spread"))
		known := func(n int) func() {
			return func() {
				if s.size == 32 && n > 1 { // B comes from L2 in time by itself
					PREFETCHT0(Mem{Base: base[0], Disp: 12 * aPacked})
					PREFETCHT0(Mem{Base: base[0], Disp: 12*aPacked + 64})
				}
				for t := range n {
					if s.size == 64 && n > 1 {
						PREFETCHT0(Mem{Base: b, Disp: (8 + t) * bPacked})
						PREFETCHT0(Mem{Base: b, Disp: (8+t)*bPacked + 64})
					}
					step(func(i int) Mem { return Mem{Base: base[0], Disp: t*aPacked + i*m.word} }, Mem{Base: b, Disp: t * bPacked})
				}
				ADDQ(U32(uint32(n*aPacked)), base[0])
				ADDQ(U32(uint32(n*bPacked)), b)
			}
		}
		turns("packed", known(4), known(1))
		JMP(LabelRef("done"))
		Label("spread")
	}
	one := func() {
		step(a, Mem{Base: b})
		for _, r := range base {
			ADDQ(aCol, r)
		}
		ADDQ(bRow, b)
	}
	turns("any", func() {
		for range 4 {
			PREFETCHT0(Mem{Base: b, Index: bRow, Scale: 8})
			if s.size == 64 {
				PREFETCHT0(Mem{Base: b, Index: bRow, Scale: 8, Disp: 64})
			}
			one()
		}
	}, one)

	Label("done")
	Load(Param("c"), c)
	Load(Param("cRow"), cRow)
	add, width := reg.RAX, reg.RCX
	Load(Param("add"), add)
	Load(Param("width"), width)
	down := func() { ADDQ(cRow, c) }
	CMPQ(width, U32(uint32(2*s.size)))
	JLT(LabelRef("narrow"))
	TESTQ(add, add)
	JZ(LabelRef("store"))
	MOVQ(c, reg.RSI)
	for i := range rows {
		m.add(Mem{Base: reg.RSI}, acc(i, 0), acc(i, 0))
		m.add(Mem{Base: reg.RSI, Disp: s.size}, acc(i, 1), acc(i, 1))
		if i < rows-1 {
			ADDQ(cRow, reg.RSI)
		}
	}
	Label("store")
	for i := range rows {
		VMOVUPS(acc(i, 0), Mem{Base: c})
		VMOVUPS(acc(i, 1), Mem{Base: c, Disp: s.size})
		down()
	}
	// C is a row below the tile now.
	Label("below")
	aAddr, cAddr, nextAddr, left := address(Param("a")), address(Param("c")), address(Param("next")), address(Param("n"))
	SUBQ(U8(1), left)
	JZ(LabelRef("out"))
	MOVQ(c, cAddr)
	Load(Param("aStep"), tmp)
	ADDQ(tmp, aAddr)
	MOVQ(next, nextAddr)
	CMPQ(next, address(Param("end")))
	JLT(LabelRef("tile"))
	Load(Param("b"), b)
	MOVQ(b, nextAddr)
	JMP(LabelRef("tile"))
	Label("out")
	VZEROUPPER()
	RET()

	// Less than the whole width: the first half as it is, if all of it is wanted, and some of the other.
	mask, there := s.v[n-4], s.v[n-3]
	Label("narrow")
	SUBQ(U8(s.size), width)
	JGE(LabelRef("right"))
	ADDQ(U8(s.size), width)
	some := newMask(s, mask, width, m.word)
	for i := range rows {
		some.add(m, c, 0, acc(i, 0), there, add, fmt.Sprintf("left%d", i))
		down()
	}
	JMP(LabelRef("below"))
	Label("right")
	some = newMask(s, mask, width, m.word)
	for i := range rows {
		some.addWhole(m, c, acc(i, 0), add, fmt.Sprintf("whole%d", i))
		some.add(m, c, s.size, acc(i, 1), there, add, fmt.Sprintf("right%d", i))
		down()
	}
	JMP(LabelRef("below"))
}

// mask is which elements of a register are wanted, the first ones.
type mask struct {
	isa
	word int
	v    reg.VecPhysical // AVX2's
}

// newMask makes a mask of so many bytes, which it overwrites.
func newMask(s isa, v reg.VecPhysical, bytes reg.GPPhysical, word int) mask {
	if s.size == 64 { // a register of its own: the lowest bytes/word bits
		SHRQ(U8(map[int]int{4: 2, 8: 3}[word]), bytes)
		MOVL(U32(1), reg.EDX)
		SHLQ(reg.CL, reg.RDX)
		DECQ(reg.RDX)
		KMOVW(reg.EDX, reg.K1)
		return mask{s, word, v}
	}
	LEAQ(lastMask(), reg.RDX)
	SUBQ(bytes, reg.RDX)
	VMOVDQU(Mem{Base: reg.RDX, Disp: 32}, v)
	return mask{s, word, v}
}

// add writes the elements that are wanted of a register behind disp of c, added to what is there if that is
// asked for.
func (k mask) add(m arithmetic, c reg.GPPhysical, disp int, acc, there reg.VecPhysical, add reg.GPPhysical, label string) {
	at := Mem{Base: c, Disp: disp}
	TESTQ(add, add)
	JZ(LabelRef(label))
	switch {
	case k.size == 32:
		VMASKMOVPS(at, k.v, there)
	case k.word == 8:
		VMOVUPD_Z(at, reg.K1, there)
	default:
		VMOVUPS_Z(at, reg.K1, there)
	}
	m.add(there, acc, acc)
	Label(label)
	switch {
	case k.size == 32:
		VMASKMOVPS(acc, k.v, at)
	case k.word == 8:
		VMOVUPD(acc, reg.K1, at)
	default:
		VMOVUPS(acc, reg.K1, at)
	}
}

// addWhole is add of a whole register.
func (k mask) addWhole(m arithmetic, c reg.GPPhysical, acc reg.VecPhysical, add reg.GPPhysical, label string) {
	TESTQ(add, add)
	JZ(LabelRef(label))
	m.add(Mem{Base: c}, acc, acc)
	Label(label)
	VMOVUPS(acc, Mem{Base: c})
}
