package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// philox writes the random generator, four blocks at a time: each of the four words of a block is in the lower halves of the
// four quarters of a register, where VPMULUDQ multiplies them. What is in the upper halves doesn't matter.
func philox() {
	TEXT("philoxAVX2", NOSPLIT, "func(n int, dst *uint64, seed, counter uint64)")
	Pragma("noescape")
	Doc("philoxAVX2 writes the two 64-bit numbers of each of n blocks from counter on, a multiple of 4 and not 0. The Go loop",
		"that it stands for is philoxGo.")
	n, dst, seed := param("n"), param("dst"), param("seed")
	repeat := func(r reg.GPVirtual, d reg.VecVirtual) {
		x := XMM()
		VMOVQ(r, x)
		VPBROADCASTQ(x, d)
	}
	constant := func(v uint64) reg.VecVirtual {
		r, d := GP64(), YMM()
		MOVQ(U64(v), r)
		repeat(r, d)
		return d
	}
	counter, k0, k1 := YMM(), YMM(), YMM()
	c := param("counter")
	repeat(c, counter)
	VPADDQ(blockOrder(), counter, counter)
	repeat(seed, k0)
	SHRQ(U8(32), seed)
	repeat(seed, k1)
	m0, m1, w0, w1 := constant(0xD2511F53), constant(0xCD9E8D57), constant(0x9E3779B9), constant(0xBB67AE85)
	four := constant(4)
	Label("loop")
	x0, x1, x2, x3, a, b := YMM(), YMM(), YMM(), YMM(), YMM(), YMM()
	VMOVDQU(counter, x0)
	VPSRLQ(U8(32), counter, x1)
	VPXOR(x2, x2, x2)
	VPXOR(x3, x3, x3)
	VMOVDQU(k0, a)
	VMOVDQU(k1, b)
	for round := range 10 {
		p0, p1, high := YMM(), YMM(), YMM()
		VPMULUDQ(m0, x0, p0)
		VPMULUDQ(m1, x2, p1)
		x0 = YMM()
		VPSRLQ(U8(32), p1, high)
		VPXOR(x1, high, high)
		VPXOR(a, high, x0)
		x1 = p1
		high, x2 = YMM(), YMM()
		VPSRLQ(U8(32), p0, high)
		VPXOR(x3, high, high)
		VPXOR(b, high, x2)
		x3 = p0
		if round < 9 {
			VPADDQ(w0, a, a)
			VPADDQ(w1, b, b)
		}
	}
	join := func(low, high reg.VecVirtual) reg.VecVirtual {
		d := YMM()
		VPSLLQ(U8(32), high, d)
		VPBLENDD(U8(0x55), low, d, d)
		return d
	}
	u, v := join(x0, x1), join(x2, x3)
	even, odd := YMM(), YMM() // blocks 0 and 2, 1 and 3
	VPUNPCKLQDQ(v, u, even)
	VPUNPCKHQDQ(v, u, odd)
	first, second := YMM(), YMM()
	VPERM2I128(U8(0x20), odd, even, first)
	VPERM2I128(U8(0x31), odd, even, second)
	VMOVDQU(first, Mem{Base: dst})
	VMOVDQU(second, Mem{Base: dst, Disp: 32})
	VPADDQ(four, counter, counter)
	ADDQ(U8(64), dst)
	SUBQ(U8(4), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// blockOrder is the numbers 0 to 3.
func blockOrder() Mem {
	m := GLOBL("blockOrder", RODATA|NOPTR)
	for i := range 4 {
		DATA(8*i, U64(uint64(i)))
	}
	return m
}
