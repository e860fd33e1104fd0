package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// line is elements that lie one after another, and how to load as many as a register holds of what they become, or one.
type line struct {
	name string // the letter of BLAS
	typ  string
	size int // bytes of an element
	wide string
	load func(m Mem, dst reg.VecPhysical)
	one  func(m Mem, dst reg.VecPhysical)
}

var (
	line32 = line{"s", "float32", 4, "float32", func(m Mem, dst reg.VecPhysical) { VMOVUPS(m, dst) }, func(m Mem, dst reg.VecPhysical) { VMOVSS(m, dst) }}
	line64 = line{"d", "float64", 8, "float64", func(m Mem, dst reg.VecPhysical) { VMOVUPD(m, dst) }, func(m Mem, dst reg.VecPhysical) { VMOVSD(m, dst) }}

	lineBF16 = line{"b", "uint16", 2, "float32", func(m Mem, dst reg.VecPhysical) {
		VPMOVZXWD(m, dst)
		VPSLLD(U8(16), dst, dst)
	}, func(m Mem, dst reg.VecPhysical) {
		MOVWLZX(m, reg.EAX)
		SHLL(U8(16), reg.EAX)
		VMOVD(reg.EAX, dst)
	}}
	lineF16 = line{"h", "uint16", 2, "float32", func(m Mem, dst reg.VecPhysical) { VCVTPH2PS(m, dst) }, func(m Mem, dst reg.VecPhysical) {
		MOVWLZX(m, reg.EAX)
		VMOVD(reg.EAX, dst)
		VCVTPH2PS(dst, dst)
	}}
	lineInt8 = line{"i", "int8", 1, "int32", func(m Mem, dst reg.VecPhysical) { VPMOVSXBD(m, dst) }, func(m Mem, dst reg.VecPhysical) {
		MOVBLSX(m, reg.EAX)
		VMOVD(reg.EAX, dst)
	}}
)

// wideSize is the size of what the elements become.
func (l line) wideSize() int {
	if l.wide == "float64" {
		return 8
	}
	return 4
}

// fma adds x·y to sum, and overwrites y.
func (l line) fma(x Op, y, sum reg.VecPhysical) {
	switch l.wide {
	case "float64":
		VFMADD231PD(x, y, sum)
	case "int32":
		VPMULLD(x, y, y)
		VPADDD(y, sum, sum)
	default:
		VFMADD231PS(x, y, sum)
	}
}

func (l line) add(x, y, sum Op) {
	switch l.wide {
	case "float64":
		VADDPD(x, y, sum)
	case "int32":
		VPADDD(x, y, sum)
	default:
		VADDPS(x, y, sum)
	}
}

// fmaOne adds x·y to sum, of one element each, and overwrites y.
func (l line) fmaOne(x Op, y, sum reg.VecPhysical) {
	switch l.wide {
	case "float64":
		VFMADD231SD(x, y, sum)
	case "int32":
		l.fma(x, y, sum)
	default:
		VFMADD231SS(x, y, sum)
	}
}

// moveOne moves one element of what they become, from or to memory.
func (l line) moveOne(from, to Op) {
	switch l.wide {
	case "float64":
		VMOVSD(from, to)
	case "int32":
		VMOVD(from, to)
	default:
		VMOVSS(from, to)
	}
}

// turns writes the loop over n elements: 32 at a time while there are so many, then as many as a register holds of what they
// become, then one by one. step is given the number of registers.
func (l line) turns(n reg.GPPhysical, step func(registers int), one func()) {
	size := l.wideSize()
	SUBQ(U8(32), n)
	JL(LabelRef("rest"))
	Label("loop")
	step(size)
	SUBQ(U8(32), n)
	JGE(LabelRef("loop"))
	Label("rest")
	ADDQ(U8(32-32/size), n)
	JS(LabelRef("few"))
	Label("register")
	step(1)
	SUBQ(U8(32/size), n)
	JGE(LabelRef("register"))
	Label("few")
	ADDQ(U8(32/size), n)
	JZ(LabelRef("done"))
	Label("one")
	one()
	DECQ(n)
	JNZ(LabelRef("one"))
	Label("done")
}

// dot writes the dot product.
func dot(l line) {
	name, size := l.name+"dotAVX2", l.wideSize()
	TEXT(name, NOSPLIT, "func(n int, x *"+l.wide+", y *"+l.typ+") "+l.wide)
	Pragma("noescape")
	Doc(name + " returns Σ x[i]·y[i]. The Go loop that it stands for is dotGo.")
	n, x, y := reg.RCX, reg.RSI, reg.RDI
	Load(Param("n"), n)
	Load(Param("x"), x)
	Load(Param("y"), y)
	v := avx2.v
	for i := range 4 {
		zero(avx2, v[i])
	}
	rest, y1 := reg.X12, reg.X13 // a sum of its own for the last
	zero(avx2, v[12])
	l.turns(n, func(registers int) {
		if registers > 1 {
			prefetch(y, l)
		}
		for i := range registers {
			l.load(Mem{Base: y, Disp: 32 / size * l.size * i}, v[4+i])
			l.fma(Mem{Base: x, Disp: 32 * i}, v[4+i], v[i&3])
		}
		ADDQ(U32(uint32(32*registers)), x)
		ADDQ(U32(uint32(32/size*l.size*registers)), y)
	}, func() {
		l.one(Mem{Base: y}, y1)
		var x1 Op = Mem{Base: x}
		if l.wide == "int32" {
			VMOVD(x1, reg.X14)
			x1 = reg.X14
		}
		l.fmaOne(x1, y1, rest)
		ADDQ(U8(uint8(size)), x)
		ADDQ(U8(uint8(l.size)), y)
	})
	l.add(v[1], v[0], v[0])
	l.add(v[3], v[2], v[2])
	l.add(v[2], v[0], v[0])
	VEXTRACTF128(U8(1), v[0], reg.X1)
	l.add(reg.X1, reg.X0, reg.X0)
	switch l.wide {
	case "float64":
		VHADDPD(reg.X0, reg.X0, reg.X0)
		VADDSD(rest, reg.X0, reg.X0)
		storeFloat(reg.X0, ReturnIndex(0))
	case "int32":
		VPHADDD(reg.X0, reg.X0, reg.X0)
		VPHADDD(reg.X0, reg.X0, reg.X0)
		VPADDD(rest, reg.X0, reg.X0)
		VMOVD(reg.X0, reg.EAX)
		Store(reg.EAX, ReturnIndex(0))
	default:
		VHADDPS(reg.X0, reg.X0, reg.X0)
		VHADDPS(reg.X0, reg.X0, reg.X0)
		VADDSS(rest, reg.X0, reg.X0)
		storeFloat(reg.X0, ReturnIndex(0))
	}
	VZEROUPPER()
	RET()
}

// prefetch asks for what a turn of 32 elements will read: one stream a core reaches the memory's bandwidth
// if it is asked for early.
func prefetch(y reg.Register, l line) {
	for d := 0; d < 32*l.size; d += 64 {
		PREFETCHT0(Mem{Base: y, Disp: 4096 + d})
	}
}

// axpy writes y += a·x.
func axpy(l line) {
	name, size := l.name+"axpyAVX2", l.wideSize()
	TEXT(name, NOSPLIT, "func(n int, a "+l.wide+", x *"+l.typ+", y *"+l.wide+")")
	Pragma("noescape")
	Doc(name + " computes y[i] += a·x[i]. The Go loop that it stands for is axpyGo.")
	n, x, y := reg.RCX, reg.RSI, reg.RDI
	Load(Param("n"), n)
	Load(Param("x"), x)
	Load(Param("y"), y)
	v := avx2.v
	if size == 8 {
		VBROADCASTSD(NewParamAddr("a", 8), v[15])
	} else {
		VBROADCASTSS(NewParamAddr("a", 8), v[15])
	}
	l.turns(n, func(registers int) {
		if registers > 1 {
			prefetch(x, l)
		}
		for i := range registers {
			l.load(Mem{Base: x, Disp: 32 / size * l.size * i}, v[i&3])
			VMOVUPS(Mem{Base: y, Disp: 32 * i}, v[4+i&3])
			l.fma(v[15], v[i&3], v[4+i&3])
			VMOVUPS(v[4+i&3], Mem{Base: y, Disp: 32 * i})
		}
		ADDQ(U32(uint32(32/size*l.size*registers)), x)
		ADDQ(U32(uint32(32*registers)), y)
	}, func() {
		l.one(Mem{Base: x}, reg.X0)
		l.moveOne(Mem{Base: y}, reg.X4)
		l.fmaOne(reg.X15, reg.X0, reg.X4)
		l.moveOne(reg.X4, Mem{Base: y})
		ADDQ(U8(uint8(l.size)), x)
		ADDQ(U8(uint8(size)), y)
	})
	VZEROUPPER()
	RET()
}

// widen writes the conversion of halves.
func widen(l line, of string) {
	name := l.name + "widenAVX2"
	TEXT(name, NOSPLIT, "func(n int, dst *byte, src *byte)")
	Pragma("noescape")
	Doc(name+" writes n elements of "+of+", a multiple of 16 and not 0, as float32. The Go loop that it stands for is", name[:1]+"widenGo.")
	n, dst, src := loadLines()
	Label("loop")
	for i := range 2 {
		l.load(Mem{Base: src, Disp: 16 * i}, avx2.v[i])
		VMOVUPS(avx2.v[i], Mem{Base: dst, Disp: 32 * i})
	}
	ADDQ(U8(32), src)
	ADDQ(U8(64), dst)
	SUBQ(U8(16), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

func loadLines() (n, dst, src reg.GPPhysical) {
	n, dst, src = reg.RCX, reg.RDI, reg.RSI
	Load(Param("n"), n)
	Load(Param("dst"), dst)
	Load(Param("src"), src)
	return n, dst, src
}

// extend writes the widening of int8 to int16.
func extend() {
	TEXT("iextendAVX2", NOSPLIT, "func(n int, dst *byte, src *byte)")
	Pragma("noescape")
	Doc("iextendAVX2 writes n int8, a multiple of 16 and not 0, as int16. The Go loop that it stands for is iextendGo.")
	n, dst, src := loadLines()
	Label("loop")
	VPMOVSXBW(Mem{Base: src}, reg.Y0)
	VMOVDQU(reg.Y0, Mem{Base: dst})
	ADDQ(U8(16), src)
	ADDQ(U8(32), dst)
	SUBQ(U8(16), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// pair writes two rows as one of pairs.
func pair() {
	TEXT("ipairAVX2", NOSPLIT, "func(n int, dst *byte, src *byte, next *byte)")
	Pragma("noescape")
	Doc("ipairAVX2 writes n pairs (src[i], next[i]) of int8, a multiple of 16 and not 0, as int16. The Go loop that", "it stands for is ipairGo.")
	n, dst, src := loadLines()
	next := reg.RDX
	Load(Param("next"), next)
	Label("loop")
	VMOVDQU(Mem{Base: src}, reg.X0)
	VMOVDQU(Mem{Base: next}, reg.X1)
	VPUNPCKLBW(reg.X1, reg.X0, reg.X2)
	VPUNPCKHBW(reg.X1, reg.X0, reg.X3)
	VPMOVSXBW(reg.X2, reg.Y2)
	VPMOVSXBW(reg.X3, reg.Y3)
	VMOVDQU(reg.Y2, Mem{Base: dst})
	VMOVDQU(reg.Y3, Mem{Base: dst, Disp: 32})
	ADDQ(U8(16), src)
	ADDQ(U8(16), next)
	ADDQ(U8(64), dst)
	SUBQ(U8(16), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// bpair writes two rows of bfloat16 as one of pairs.
func bpair() {
	TEXT("bpairAVX2", NOSPLIT, "func(n int, dst *byte, src *byte, next *byte)")
	Pragma("noescape")
	Doc("bpairAVX2 writes n pairs (src[i], next[i]) of two bytes each, a multiple of 16 and not 0. The Go loop that", "it stands for is bpairGo.")
	n, dst, src := loadLines()
	next := reg.RDX
	Load(Param("next"), next)
	Label("loop")
	VMOVDQU(Mem{Base: src}, reg.X0)
	VMOVDQU(Mem{Base: next}, reg.X1)
	VPUNPCKLWD(reg.X1, reg.X0, reg.X2)
	VPUNPCKHWD(reg.X1, reg.X0, reg.X3)
	VMOVDQU(reg.X2, Mem{Base: dst})
	VMOVDQU(reg.X3, Mem{Base: dst, Disp: 16})
	ADDQ(U8(16), src)
	ADDQ(U8(16), next)
	ADDQ(U8(32), dst)
	SUBQ(U8(8), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
