package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// probeFMA writes a loop of multiply-adds that wait for nothing: the peak of the processor.
func probeFMA(s isa) {
	name := "probeFMA" + s.name
	TEXT(name, NOSPLIT, "func(turns int)")
	Doc(name + " does 12 independent multiply-adds of registers, turns times.")
	n := reg.RCX
	Load(Param("turns"), n)
	for i := range 14 {
		zero(s, s.v[i])
	}
	Label("loop")
	for i := range 12 {
		VFMADD231PS(s.v[12], s.v[13], s.v[i])
	}
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// probeRead writes a loop that only reads: the bandwidth of memory.
func probeRead() {
	TEXT("probeReadAVX2", NOSPLIT, "func(n int, x *byte)")
	Pragma("noescape")
	Doc("probeReadAVX2 reads n bytes, a multiple of 4096 and not 0, in eight streams side by side: a core has more of them on their way from memory", "than of one.")
	n, x, apart := reg.RCX, reg.RSI, reg.RDX
	Load(Param("n"), n)
	Load(Param("x"), x)
	SHRQ(U8(3), n)
	MOVQ(n, apart)
	from := []reg.GPPhysical{x, reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.R13, reg.RBX}
	for i, p := range from[1:] {
		LEAQ(Mem{Base: from[i], Index: apart, Scale: 1}, p)
	}
	Label("loop")
	for i, p := range from {
		VMOVUPS(Mem{Base: p}, avx2.v[2*i])
		VMOVUPS(Mem{Base: p, Disp: 32}, avx2.v[2*i+1])
	}
	for _, p := range from {
		ADDQ(U8(64), p)
	}
	SUBQ(U8(64), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
