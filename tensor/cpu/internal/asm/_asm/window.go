package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// window writes the packing of the windows of an image.
func window() {
	TEXT("windowAVX2", NOSPLIT, "func(rows int, dst *byte, dstRow int, src *byte, shifts *int, runs *int, n int)")
	Pragma("noescape")
	Doc("windowAVX2 writes rows of a panel, each the same runs of src, shifted by as many bytes as shifts says. It moves 64",
		"bytes for each run, past its end. The Go loop that it stands for is windowGo.")
	rows, dst, dstRow, src, shifts, runs, n := reg.RCX, reg.RDI, reg.RDX, reg.RSI, reg.R8, reg.R9, reg.R10
	Load(Param("rows"), rows)
	Load(Param("dst"), dst)
	Load(Param("dstRow"), dstRow)
	Load(Param("src"), src)
	Load(Param("shifts"), shifts)
	Load(Param("runs"), runs)
	Load(Param("n"), n)
	run := func(i, field int) Mem { return Mem{Base: runs, Disp: 24*i + 8*field} }
	y := avx2.v
	move := func(from, to Mem) {
		VMOVUPS(from, y[0])
		from.Disp += 32
		VMOVUPS(from, y[1])
		VMOVUPS(y[0], to)
		to.Disp += 32
		VMOVUPS(y[1], to)
	}
	next := func(label string) {
		ADDQ(U8(8), shifts)
		ADDQ(dstRow, dst)
		DECQ(rows)
		JNZ(LabelRef(label))
	}
	at, from, to, left := reg.RAX, reg.R11, reg.R12, reg.R13
	CMPQ(n, U8(2))
	JEQ(LabelRef("two"))
	JGT(LabelRef("many"))

	ADDQ(run(0, 0), src)
	ADDQ(run(0, 1), dst)
	Label("one")
	MOVQ(Mem{Base: shifts}, at)
	move(Mem{Base: src, Index: at, Scale: 1}, Mem{Base: dst})
	next("one")
	VZEROUPPER()
	RET()

	Label("two")
	MOVQ(run(1, 0), from)
	MOVQ(run(1, 1), to)
	SUBQ(run(0, 0), from)
	SUBQ(run(0, 1), to)
	ADDQ(run(0, 0), src)
	ADDQ(run(0, 1), dst)
	Label("both")
	MOVQ(Mem{Base: shifts}, at)
	ADDQ(src, at)
	move(Mem{Base: at}, Mem{Base: dst})
	move(Mem{Base: at, Index: from, Scale: 1}, Mem{Base: dst, Index: to, Scale: 1})
	next("both")
	VZEROUPPER()
	RET()

	Label("many")
	first := reg.R14
	MOVQ(runs, first)
	Label("row")
	MOVQ(first, runs)
	MOVQ(n, left)
	MOVQ(Mem{Base: shifts}, at)
	ADDQ(src, at)
	Label("each")
	MOVQ(run(0, 0), from)
	MOVQ(run(0, 1), to)
	move(Mem{Base: at, Index: from, Scale: 1}, Mem{Base: dst, Index: to, Scale: 1})
	ADDQ(U8(24), runs)
	DECQ(left)
	JNZ(LabelRef("each"))
	next("row")
	VZEROUPPER()
	RET()
}
