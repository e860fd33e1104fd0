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
	Doc("probeReadAVX2 reads n bytes, a multiple of 256 and not 0.")
	n, x := reg.RCX, reg.RSI
	Load(Param("n"), n)
	Load(Param("x"), x)
	Label("loop")
	for i := range 4 {
		PREFETCHT0(Mem{Base: x, Disp: 4096 + 64*i})
	}
	for i := range 8 {
		VMOVUPS(Mem{Base: x, Disp: 32 * i}, avx2.v[i])
	}
	ADDQ(U32(256), x)
	SUBQ(U32(256), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
