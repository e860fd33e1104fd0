package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The routines of this file read four rows side by side: memory gives more to four streams than to one. Turns are of 16 columns.

// fourRows is the loop. It calls body with where 64 bytes of row r lie.
func fourRows(n, x, stride reg.GPVirtual, body func(r int, at func(disp int) Mem)) {
	last := GP64()
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, last)
	ADDQ(x, last)
	Label("loop")
	for r, row := range []Mem{{Base: x}, {Base: x, Index: stride, Scale: 1}, {Base: x, Index: stride, Scale: 2}, {Base: last}} {
		body(r, func(disp int) Mem {
			m := row
			m.Disp = disp
			return m
		})
	}
	ADDQ(U8(64), x)
	ADDQ(U8(64), last)
	SUBQ(U8(16), n)
	JNZ(LabelRef("loop"))
}

// sumRows writes the sums of four rows, in float64.
func sumRows() {
	TEXT("ssumRowsAVX2", NOSPLIT, "func(n int, sums *float64, x *float32, stride int)")
	Pragma("noescape")
	Doc("ssumRowsAVX2 writes the sums of four rows of n float32s, a multiple of 16 and not 0, that lie stride bytes apart. The Go loop that it",
		"stands for is ssumRowsGo.")
	n, sums, x, stride := param("n"), param("sums"), param("x"), param("stride")
	acc := code{regs: 8}.sum()
	fourRows(n, x, stride, func(r int, at func(int) Mem) {
		for i := range 4 {
			v, s := YMM(), acc.r[2*r+i&1]
			VCVTPS2PD(at(16*i), v)
			VADDPD(v, s, s)
		}
	})
	for r := range 4 {
		s, high := acc.r[2*r], XMM()
		VADDPD(acc.r[2*r+1], s, s)
		VEXTRACTF128(U8(1), s, high)
		VADDPD(s.AsX(), high, high)
		VHADDPD(high, high, high)
		VMOVSD(high, Mem{Base: sums, Disp: 8 * r})
	}
	VZEROUPPER()
	RET()
}

// extremeRows writes the largest or the smallest elements of four rows.
func extremeRows(name string, from float64, op instr) {
	symbol := "s" + name + "RowsAVX2"
	TEXT(symbol, NOSPLIT, "func(n int, extremes, x *float32, stride int) (nan int)")
	Pragma("noescape")
	Doc(symbol+" writes the "+name+" of each of four rows of n float32s, a multiple of 16 and not 0, that lie stride bytes apart. nan is not 0",
		"if there is a NaN in one of them, and then what is written has no meaning. The Go loop that it stands for is s"+name+"RowsGo.")
	n, extremes, x, stride := param("n"), param("extremes"), param("x"), param("stride")
	acc := code{regs: 8}.copy(num(from))
	nan := YMM()
	zeroVec(nan)
	fourRows(n, x, stride, func(r int, at func(int) Mem) {
		for i := range 2 {
			v, u, s := YMM(), YMM(), acc.r[2*r+i]
			VMOVUPS(at(32*i), v)
			VCMPPS(U8(unordered), v, v, u)
			VORPS(u, nan, nan)
			op(v, s, s)
		}
	})
	for r := range 4 {
		s, y := acc.r[2*r], XMM()
		op(acc.r[2*r+1], s, s)
		VEXTRACTF128(U8(1), s, y)
		m := s.AsX()
		op(y, m, m)
		VSHUFPS(U8(0x4e), m, m, y)
		op(y, m, m)
		VSHUFPS(U8(0xb1), m, m, y)
		op(y, m, m)
		VMOVSS(m, Mem{Base: extremes, Disp: 4 * r})
	}
	any := GP32()
	VMOVMSKPS(nan, any)
	Store(any.As64(), ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// find writes the search for a number.
func find() {
	TEXT("sfindAVX2", NOSPLIT, "func(n int, x *float32, v float32) int")
	Pragma("noescape")
	Doc("sfindAVX2 returns the first i where x[i] equals v, or n; n is a multiple of 32 and not 0. The Go loop that it stands for is sfindGo.")
	n, x, i, y := param("n"), param("x"), GP64(), YMM()
	VBROADCASTSS(address(Param("v")), y)
	XORQ(i, i)
	Label("loop")
	var found []reg.VecVirtual
	for u := range 4 {
		m := YMM()
		VCMPPS(U8(eq), Mem{Base: x, Index: i, Scale: 4, Disp: 32 * u}, y, m)
		found = append(found, m)
	}
	low, high := YMM(), YMM() // 32 masks as bytes, in an order of fours
	VPACKSSDW(found[1], found[0], low)
	VPACKSSDW(found[3], found[2], high)
	VPACKSSWB(high, low, low)
	any := GP32()
	VPMOVMSKB(low, any)
	TESTL(any, any)
	JNZ(LabelRef("found"))
	ADDQ(U8(32), i)
	CMPQ(i, n)
	JLT(LabelRef("loop"))
	Store(n, ReturnIndex(0))
	VZEROUPPER()
	RET()
	Label("found")
	VPERMD(low, packOrderIn(), low)
	VPMOVMSKB(low, any)
	TZCNTL(any, any)
	ADDQ(any.As64(), i)
	Store(i, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// packOrderIn is packOrder in a register.
func packOrderIn() reg.VecVirtual {
	order := YMM()
	VMOVDQU(packOrder(), order)
	return order
}

func fourRowRoutines() {
	sumRows()
	extremeRows("max", math.Inf(-1), maxPS)
	extremeRows("min", math.Inf(1), minPS)
	find()
}
