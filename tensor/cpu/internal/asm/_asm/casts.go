package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// cast writes a conversion of 32 elements a turn. f converts those from i on, per of them at a time.
func cast(from, to string, fromSize, toSize, per int, f func(src func(disp int) Mem, dst func(disp int) Mem)) {
	text("Cast", from, "To"+to, "func(n int, dst, x *byte)", "converts n elements, a multiple of 32 and not 0. The Go loop that it stands for is in package cpu, copy.go.")
	n, dst, x := param("n"), param("dst"), param("x")
	Label("loop")
	for i := 0; i < 32; i += per {
		f(func(disp int) Mem { return Mem{Base: x, Disp: i*fromSize + disp} }, func(disp int) Mem { return Mem{Base: dst, Disp: i*toSize + disp} })
	}
	ADDQ(U32(uint32(32*fromSize)), x)
	ADDQ(U32(uint32(32*toSize)), dst)
	SUBQ(U8(32), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

func casts() {
	type at = func(disp int) Mem
	one := func(from, to string, fromSize, toSize, per int, f func(src Op, d reg.VecVirtual)) {
		cast(from, to, fromSize, toSize, per, func(src, dst at) {
			d := YMM()
			f(src(0), d)
			VMOVUPS(d, dst(0))
		})
	}
	one("Float32", "Float64", 4, 8, 4, func(s Op, d reg.VecVirtual) { VCVTPS2PD(s, d) })
	one("Int32", "Float64", 4, 8, 4, func(s Op, d reg.VecVirtual) { VCVTDQ2PD(s, d) })
	one("Int32", "Float32", 4, 4, 8, func(s Op, d reg.VecVirtual) { VCVTDQ2PS(s, d) })
	one("Float32", "Int32", 4, 4, 8, func(s Op, d reg.VecVirtual) { VCVTTPS2DQ(s, d) })
	one("Int32", "Int64", 4, 8, 4, func(s Op, d reg.VecVirtual) { VPMOVSXDQ(s, d) })
	one("Uint8", "Int64", 1, 8, 4, func(s Op, d reg.VecVirtual) { VPMOVZXBQ(s, d) })
	one("Uint8", "Int32", 1, 4, 8, func(s Op, d reg.VecVirtual) { VPMOVZXBD(s, d) })
	one("Uint8", "Float32", 1, 4, 8, func(s Op, d reg.VecVirtual) { VPMOVZXBD(s, d); VCVTDQ2PS(d, d) })
	one("Int8", "Float32", 1, 4, 8, func(s Op, d reg.VecVirtual) { VPMOVSXBD(s, d); VCVTDQ2PS(d, d) })
	one("Float16", "Float32", 2, 4, 8, func(s Op, d reg.VecVirtual) { VCVTPH2PS(s, d) })
	one("BFloat16", "Float32", 2, 4, 8, func(s Op, d reg.VecVirtual) { VPMOVZXWD(s, d); VPSLLD(U8(16), d, d) })
	cast("Float64", "Float32", 8, 4, 4, func(src, dst at) {
		d := XMM()
		VCVTPD2PSY(src(0), d)
		VMOVUPS(d, dst(0))
	})
	cast("Int64", "Int32", 8, 4, 8, func(src, dst at) {
		a := YMM()
		VMOVUPS(src(0), a)
		VSHUFPS(U8(0x88), src(32), a, a)
		VPERMQ(U8(0xd8), a, a)
		VMOVUPS(a, dst(0))
	})
	cast("Float32", "Float16", 4, 2, 8, func(src, dst at) {
		a := YMM()
		VMOVUPS(src(0), a)
		VCVTPS2PH(U8(0), a, dst(0))
	})
	cast("Float32", "BFloat16", 4, 2, 16, func(src, dst at) {
		c := code{regs: 2}
		b := c.fresh()
		VMOVUPS(src(0), b.r[0])
		VMOVUPS(src(32), b.r[1])
		// To the nearest, ties to even. A NaN keeps its upper bits, and one without any there gets one.
		odd := c.and(c.shr(16, b), int32s(1))
		rounded := c.do(addI32, c.do(addI32, b, int32s(0x7fff)), odd)
		nan := c.or(b, c.and(c.cmp0(c.and(b, int32s(0x7f<<16))), int32s(0x40<<16)))
		r := c.shr(16, c.choose(c.cmp(unordered, b, b), nan, rounded))
		VPACKUSDW(r.r[1], r.r[0], r.r[0])
		VPERMQ(U8(0xd8), r.r[0], r.r[0])
		VMOVUPS(r.r[0], dst(0))
	})
	cast("Float32", "Bool", 4, 1, 32, func(src, dst at) {
		zero, order := YMM(), YMM()
		VXORPS(zero, zero, zero)
		VMOVDQU(packOrder(), order)
		i := 0
		m := packMasks(4, func() reg.VecVirtual {
			d := YMM()
			VCMPPS(U8(neq), src(i), zero, d)
			i += 32
			return d
		}, order)
		VPAND(bytes1(1).m, m, m)
		VMOVDQU(m, dst(0))
	})
}

// fill writes a pattern of 32 bytes.
func fill() {
	TEXT("fillAVX2", NOSPLIT, "func(n int, dst, pattern *byte)")
	Pragma("noescape")
	Doc("fillAVX2 writes the 32 bytes of pattern, n bytes in all, a multiple of 32 and not 0. The Go loop", "that it stands for is in package cpu, copy.go.")
	n, dst, pattern := param("n"), param("dst"), param("pattern")
	v := YMM()
	VMOVUPS(Mem{Base: pattern}, v)
	Label("loop")
	VMOVUPS(v, Mem{Base: dst})
	ADDQ(U8(32), dst)
	SUBQ(U8(32), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
