package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transpose8 writes the transposition of 8×8 blocks, for packing.
func transpose8() {
	TEXT("transpose8AVX2", NOSPLIT, "func(blocks int, dst *float32, dstRow int, src *float32, srcRow int)")
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

// sdot writes the dot product.
func sdot() {
	TEXT("sdotAVX2", NOSPLIT, "func(n int, x, y *float32) float32")
	Pragma("noescape")
	Doc("sdotAVX2 returns Σ x[i]·y[i]; n is a multiple of 32. The Go loop that it stands for is sdotGo.")
	n, x, y := reg.RCX, reg.RSI, reg.RDI
	Load(Param("n"), n)
	Load(Param("x"), x)
	Load(Param("y"), y)
	v := avx2.v
	for i := range 4 {
		VXORPS(v[i], v[i], v[i])
	}
	TESTQ(n, n)
	JZ(LabelRef("done"))
	Label("loop")
	// One stream per core reaches the memory's bandwidth if it is asked for early.
	PREFETCHT0(Mem{Base: y, Disp: 4096})
	PREFETCHT0(Mem{Base: y, Disp: 4096 + 64})
	for i := range 4 {
		VMOVUPS(Mem{Base: x, Disp: 32 * i}, v[4+i])
		VFMADD231PS(Mem{Base: y, Disp: 32 * i}, v[4+i], v[i])
	}
	ADDQ(U32(128), x)
	ADDQ(U32(128), y)
	SUBQ(U8(32), n)
	JNZ(LabelRef("loop"))
	Label("done")
	VADDPS(v[1], v[0], v[0])
	VADDPS(v[3], v[2], v[2])
	VADDPS(v[2], v[0], v[0])
	VEXTRACTF128(U8(1), v[0], reg.X1)
	VADDPS(reg.X1, reg.X0, reg.X0)
	VHADDPS(reg.X0, reg.X0, reg.X0)
	VHADDPS(reg.X0, reg.X0, reg.X0)
	Store(reg.X0, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// saxpy writes y += a·x.
func saxpy() {
	TEXT("saxpyAVX2", NOSPLIT, "func(n int, a float32, x, y *float32)")
	Pragma("noescape")
	Doc("saxpyAVX2 computes y[i] += a·x[i]; n is a multiple of 32 and not 0. The Go loop that it stands for is", "saxpyGo.")
	n, x, y := reg.RCX, reg.RSI, reg.RDI
	Load(Param("n"), n)
	Load(Param("x"), x)
	Load(Param("y"), y)
	v := avx2.v
	a := NewParamAddr("a", 8)
	VBROADCASTSS(a, v[8])
	Label("loop")
	PREFETCHT0(Mem{Base: x, Disp: 4096})
	PREFETCHT0(Mem{Base: x, Disp: 4096 + 64})
	for i := range 4 {
		VMOVUPS(Mem{Base: y, Disp: 32 * i}, v[i])
		VFMADD231PS(Mem{Base: x, Disp: 32 * i}, v[8], v[i])
		VMOVUPS(v[i], Mem{Base: y, Disp: 32 * i})
	}
	ADDQ(U32(128), x)
	ADDQ(U32(128), y)
	SUBQ(U8(32), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
