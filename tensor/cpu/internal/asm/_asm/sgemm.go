package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sgemm writes a micro-kernel: a tile of C, rows high and two registers wide, is held in registers
// while a column of A and a row of B are read for each k.
func sgemm(s isa, rows int) {
	name := fmt.Sprintf("sgemm%dx%d%s", rows, 2*s.lanes(), s.name)
	TEXT(name, NOSPLIT, "func(k int, a *float32, aRow, aCol int, b *float32, bRow int, c *float32, cRow int, add int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s computes a tile of C, %d×%d, from %d×k of A and k×%d of B. Strides are in bytes. The Go", name, rows, 2*s.lanes(), rows, 2*s.lanes()),
		"loop that it stands for is tileGo.")

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
			if r := acc(i, half); s.size == 64 {
				VPXORD(r, r, r)
			} else {
				VXORPS(r, r, r)
			}
		}
	}

	// C is needed at the end: fetch it meanwhile.
	c, cRow := reg.R12, reg.R13
	Load(Param("c"), c)
	Load(Param("cRow"), cRow)
	for i := range rows {
		PREFETCHT0(Mem{Base: c})
		if s.size == 64 {
			PREFETCHT0(Mem{Base: c, Disp: 64})
		}
		if i < rows-1 {
			ADDQ(cRow, c)
		}
	}

	step := func() {
		VMOVUPS(Mem{Base: b}, b0)
		VMOVUPS(Mem{Base: b, Disp: s.size}, b1)
		for i := range rows {
			x := s.v[n-2+i&1]
			VBROADCASTSS(a(i), x)
			VFMADD231PS(b0, x, acc(i, 0))
			VFMADD231PS(b1, x, acc(i, 1))
		}
		for _, r := range base {
			ADDQ(aCol, r)
		}
		ADDQ(bRow, b)
	}
	Load(Param("k"), k)
	SUBQ(U8(4), k)
	JL(LabelRef("tail"))
	Label("loop")
	for u := range 4 {
		// Packed B is one stream; eight rows ahead is early enough.
		PREFETCHT0(Mem{Base: b, Index: bRow, Scale: 8})
		if s.size == 64 {
			PREFETCHT0(Mem{Base: b, Index: bRow, Scale: 8, Disp: 64})
		}
		_ = u
		step()
	}
	SUBQ(U8(4), k)
	JGE(LabelRef("loop"))
	Label("tail")
	ADDQ(U8(4), k)
	JZ(LabelRef("done"))
	Label("one")
	step()
	DECQ(k)
	JNZ(LabelRef("one"))

	Label("done")
	Load(Param("c"), c)
	Load(Param("cRow"), cRow)
	Load(Param("add"), tmp2)
	TESTQ(tmp2, tmp2)
	JZ(LabelRef("store"))
	MOVQ(c, reg.RSI)
	for i := range rows {
		VADDPS(Mem{Base: reg.RSI}, acc(i, 0), acc(i, 0))
		VADDPS(Mem{Base: reg.RSI, Disp: s.size}, acc(i, 1), acc(i, 1))
		if i < rows-1 {
			ADDQ(cRow, reg.RSI)
		}
	}
	Label("store")
	for i := range rows {
		VMOVUPS(acc(i, 0), Mem{Base: c})
		VMOVUPS(acc(i, 1), Mem{Base: c, Disp: s.size})
		if i < rows-1 {
			ADDQ(cRow, c)
		}
	}
	VZEROUPPER()
	RET()
}

// tmp2 is free once the products are done.
var tmp2 = reg.RAX
