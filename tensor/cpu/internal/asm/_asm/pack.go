package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transpose8 writes the transposition of 8×8 blocks, for packing.
func transpose8() {
	TEXT("transpose8AVX2", NOSPLIT, "func(blocks int, dst *byte, dstRow int, src *byte, srcRow int)")
	Pragma("noescape")
	Doc("transpose8AVX2 writes 8 rows of src, 8·blocks long, as columns of dst. Strides are in bytes. The Go",
		"loop that it stands for is transpose8Go.")
	n, dst, dstRow, src, srcRow := reg.RCX, reg.RDI, reg.RDX, reg.RSI, reg.RBX
	Load(Param("blocks"), n)
	Load(Param("dst"), dst)
	Load(Param("dstRow"), dstRow)
	Load(Param("src"), src)
	Load(Param("srcRow"), srcRow)
	src3, src6, dst3, dst6 := reg.R8, reg.R9, reg.R10, reg.R11
	LEAQ(Mem{Base: srcRow, Index: srcRow, Scale: 2}, reg.R12)
	LEAQ(Mem{Base: dstRow, Index: dstRow, Scale: 2}, reg.R13)
	row := func(base [3]reg.GPPhysical, stride reg.GPPhysical, i int) Mem {
		m := Mem{Base: base[i/3]}
		if i%3 > 0 {
			m.Index, m.Scale = stride, uint8(i%3)
		}
		return m
	}
	y := avx2.v
	Label("loop")
	LEAQ(Mem{Base: src, Index: reg.R12, Scale: 1}, src3)
	LEAQ(Mem{Base: src, Index: reg.R12, Scale: 2}, src6)
	LEAQ(Mem{Base: dst, Index: reg.R13, Scale: 1}, dst3)
	LEAQ(Mem{Base: dst, Index: reg.R13, Scale: 2}, dst6)
	from := [3]reg.GPPhysical{src, src3, src6}
	to := [3]reg.GPPhysical{dst, dst3, dst6}
	// The rows after these are next, each on a page of its own, where the processor doesn't foresee them.
	next, next3 := reg.RAX, reg.R14
	LEAQ(Mem{Base: src, Index: srcRow, Scale: 8}, next)
	LEAQ(Mem{Base: next, Index: reg.R12, Scale: 1}, next3)
	for _, m := range []Mem{
		{Base: next},
		{Base: next, Index: srcRow, Scale: 1},
		{Base: next, Index: srcRow, Scale: 2},
		{Base: next3},
		{Base: next3, Index: srcRow, Scale: 1},
		{Base: next3, Index: srcRow, Scale: 2},
		{Base: next, Index: reg.R12, Scale: 2},
		{Base: next3, Index: srcRow, Scale: 4},
	} {
		PREFETCHT1(m)
	}
	for i := range 8 {
		VMOVUPS(row(from, srcRow, i), y[i])
	}
	// Pairs of rows, then pairs of pairs, then halves.
	for i := range 4 {
		VUNPCKLPS(y[2*i+1], y[2*i], y[8+2*i])
		VUNPCKHPS(y[2*i+1], y[2*i], y[8+2*i+1])
	}
	for i := range 2 { // rows 4i…4i+3 → y[4i…4i+3], columns 0,4 | 1,5 | 2,6 | 3,7
		a, b, c, d := y[8+4*i], y[8+4*i+1], y[8+4*i+2], y[8+4*i+3]
		VSHUFPS(U8(0x44), c, a, y[4*i])
		VSHUFPS(U8(0xEE), c, a, y[4*i+1])
		VSHUFPS(U8(0x44), d, b, y[4*i+2])
		VSHUFPS(U8(0xEE), d, b, y[4*i+3])
	}
	for i := range 4 {
		VPERM2F128(U8(0x20), y[4+i], y[i], y[8+i])
		VPERM2F128(U8(0x31), y[4+i], y[i], y[12+i])
	}
	for i := range 8 {
		VMOVUPS(y[8+i], row(to, dstRow, i))
	}
	ADDQ(U8(32), src)
	LEAQ(Mem{Base: dst, Index: dstRow, Scale: 8}, dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// transpose4 writes the transposition of 4×4 blocks of words twice as wide.
func transpose4() {
	TEXT("transpose4AVX2", NOSPLIT, "func(blocks int, dst *byte, dstRow int, src *byte, srcRow int)")
	Pragma("noescape")
	Doc("transpose4AVX2 writes 4 rows of src, 4·blocks words of eight bytes long, as columns of dst. Strides are in",
		"bytes. The Go loop that it stands for is transpose4Go.")
	n, dst, dstRow, src, srcRow := reg.RCX, reg.RDI, reg.RDX, reg.RSI, reg.RBX
	Load(Param("blocks"), n)
	Load(Param("dst"), dst)
	Load(Param("dstRow"), dstRow)
	Load(Param("src"), src)
	Load(Param("srcRow"), srcRow)
	src3, dst3 := reg.R8, reg.R9
	LEAQ(Mem{Base: srcRow, Index: srcRow, Scale: 2}, src3)
	LEAQ(Mem{Base: dstRow, Index: dstRow, Scale: 2}, dst3)
	rows := func(base, stride, stride3 reg.GPPhysical) [4]Mem {
		return [4]Mem{{Base: base}, {Base: base, Index: stride, Scale: 1}, {Base: base, Index: stride, Scale: 2}, {Base: base, Index: stride3, Scale: 1}}
	}
	y := avx2.v
	Label("loop")
	for i, m := range rows(src, srcRow, src3) {
		VMOVUPD(m, y[i])
	}
	for i := range 2 { // pairs of rows: columns 0,2 and 1,3
		VUNPCKLPD(y[2*i+1], y[2*i], y[4+2*i])
		VUNPCKHPD(y[2*i+1], y[2*i], y[4+2*i+1])
	}
	for i := range 2 {
		VPERM2F128(U8(0x20), y[6+i], y[4+i], y[8+i])
		VPERM2F128(U8(0x31), y[6+i], y[4+i], y[10+i])
	}
	for i, m := range rows(dst, dstRow, dst3) {
		VMOVUPD(y[8+i], m)
	}
	ADDQ(U8(32), src)
	LEAQ(Mem{Base: dst, Index: dstRow, Scale: 4}, dst)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// spread writes the copy of rows into panels.
func spread() {
	TEXT("spreadAVX2", NOSPLIT, "func(rows, panels, width int, dst *byte, panel int, src *byte, srcRow int)")
	Pragma("noescape")
	Doc("spreadAVX2 cuts rows of src into pieces of width bytes, at most 128, and writes each as a row of a panel of its",
		"own. It moves 32 bytes at a time, past the end of what is read and written. The Go loop that it stands for is",
		"spreadGo.")
	rows, panels, width, dst, panel, src, srcRow := reg.RCX, reg.R8, reg.RBX, reg.RDI, reg.RDX, reg.RSI, reg.RAX
	Load(Param("rows"), rows)
	Load(Param("panels"), panels)
	Load(Param("width"), width)
	Load(Param("dst"), dst)
	Load(Param("panel"), panel)
	Load(Param("src"), src)
	Load(Param("srcRow"), srcRow)
	from, to, left := reg.R9, reg.R10, reg.R11
	loop := func(label string, moves int) {
		Label(label)
		MOVQ(src, from)
		MOVQ(dst, to)
		MOVQ(panels, left)
		Label(label + "Panel")
		// Rows lie on pages of their own, where the processor doesn't foresee what is read.
		for d := 0; d < 32*moves; d += 64 {
			PREFETCHT0(Mem{Base: from, Index: srcRow, Scale: 8, Disp: d})
		}
		for i := range moves {
			VMOVUPS(Mem{Base: from, Disp: 32 * i}, avx2.v[i])
		}
		for i := range moves {
			VMOVUPS(avx2.v[i], Mem{Base: to, Disp: 32 * i})
		}
		ADDQ(width, from)
		ADDQ(panel, to)
		DECQ(left)
		JNZ(LabelRef(label + "Panel"))
		ADDQ(srcRow, src)
		ADDQ(width, dst)
		DECQ(rows)
		JNZ(LabelRef(label))
		VZEROUPPER()
		RET()
	}
	CMPQ(width, U8(32))
	JLE(LabelRef("one"))
	CMPQ(width, U8(64))
	JLE(LabelRef("two"))
	loop("four", 4)
	loop("two", 2)
	loop("one", 1)
}
