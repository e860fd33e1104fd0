package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The routines of this file take n elements, a multiple of 32 and not 0: four registers a turn.
const perTurn = 4

// turns writes a loop over n elements that advances the pointers.
func turns(n reg.GPPhysical, pointers []reg.GPPhysical, body func()) {
	Label("loop")
	body()
	for _, p := range pointers {
		ADDQ(U32(32*perTurn), p)
	}
	SUBQ(U8(8*perTurn), n)
	JNZ(LabelRef("loop"))
}

// sum writes the sum in float64.
func sum() {
	TEXT("ssumAVX2", NOSPLIT, "func(n int, x *float32) float64")
	Pragma("noescape")
	Doc("ssumAVX2 returns Σ x[i], added in float64; n is a multiple of 32 and not 0. The Go loop that it stands for is", "ssumGo.")
	n, x := reg.RCX, reg.RSI
	Load(Param("n"), n)
	Load(Param("x"), x)
	v := avx2.v
	for i := range 8 {
		VXORPD(v[i], v[i], v[i])
	}
	turns(n, []reg.GPPhysical{x}, func() {
		for i := range 8 {
			VCVTPS2PD(Mem{Base: x, Disp: 16 * i}, v[8+i&3])
			VADDPD(v[8+i&3], v[i], v[i])
		}
	})
	for _, step := range []int{4, 2, 1} {
		for i := range step {
			VADDPD(v[i+step], v[i], v[i])
		}
	}
	VEXTRACTF128(U8(1), v[0], reg.X1)
	VADDPD(reg.X1, reg.X0, reg.X0)
	VHADDPD(reg.X0, reg.X0, reg.X0)
	storeFloat(reg.X0, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
