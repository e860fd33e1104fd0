package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// addRows writes acc[i] += x[i] + x[stride+i] + … for eight rows, so that the sums, which are twice as long as their terms, are
// loaded and stored for every eighth only.
func addRows() {
	TEXT("saddRowsAVX2", NOSPLIT, "func(n int, acc *float64, x *float32, stride int)")
	Pragma("noescape")
	Doc("saddRowsAVX2 adds eight rows of n float32s, a multiple of 16 and not 0, that lie stride bytes apart to n sums. The Go loop that it",
		"stands for is saddRowsGo.")
	n, acc, x, stride := param("n"), param("acc"), param("x"), param("stride")
	Label("loop")
	sums := code{regs: 4}.fresh()
	for i, s := range sums.r {
		VMOVUPD(Mem{Base: acc, Disp: 32 * i}, s)
	}
	row := GP64()
	MOVQ(x, row)
	for k := range 8 {
		for i, s := range sums.r {
			v := YMM()
			VCVTPS2PD(Mem{Base: row, Disp: 16 * i}, v)
			VADDPD(v, s, s)
		}
		if k < 7 {
			ADDQ(stride, row)
		}
	}
	for i, s := range sums.r {
		VMOVUPD(s, Mem{Base: acc, Disp: 32 * i})
	}
	ADDQ(U8(64), x)
	ADDQ(U32(128), acc)
	SUBQ(U8(16), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
