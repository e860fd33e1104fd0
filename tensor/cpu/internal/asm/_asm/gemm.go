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

// lines is how many lines are read side by side. A core that reads several streams keeps more of them on their way from memory than one
// that reads one, and more than it does by asking for one early.
const lines = 4

// at is where line r's register i lies, from an address on; three is three times the stride, in bytes.
func (l line) at(from, stride, three reg.Register, r, i int) Mem {
	m := Mem{Base: from, Disp: 32 / l.wideSize() * l.size * i}
	switch r {
	case 1, 2:
		m.Index, m.Scale = stride, uint8(r)
	case 3:
		m.Index, m.Scale = three, 1
	}
	return m
}

// loadStride loads the parameters of the address of the lines and of their stride, and makes three times that.
func loadStride(name string, from, stride, three reg.GPPhysical) {
	Load(Param(name), from)
	Load(Param("stride"), stride)
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, three)
}

// dot writes the dot product of a vector with a line, and dots those with four. A line has sums of its own, in the same order whichever others it is with.
func dot(l line) {
	name := l.name + "dotAVX2"
	TEXT(name, NOSPLIT, "func(n int, x *"+l.wide+", y *"+l.typ+") "+l.wide)
	Pragma("noescape")
	Doc(name + " returns Σ x[i]·y[i]. The Go loop that it stands for is dotGo.")
	l.products(1)
}

func dots(l line) {
	name := l.name + "dotsAVX2"
	TEXT(name, NOSPLIT, "func(n int, x *"+l.wide+", y *"+l.typ+", stride int) (sum0, sum1, sum2, sum3 "+l.wide+")")
	Pragma("noescape")
	Doc(name + " returns Σ x[i]·y[i] for four lines y, stride bytes apart. The Go loop that it stands for is dotGo.")
	l.products(lines)
}

// products writes the body of dot or dots.
func (l line) products(lines int) {
	size := l.wideSize()
	n, x, y, stride, three := reg.RCX, reg.RSI, reg.RDI, reg.RDX, reg.R8
	Load(Param("n"), n)
	Load(Param("x"), x)
	if lines > 1 {
		loadStride("y", y, stride, three)
	} else {
		Load(Param("y"), y)
	}
	v := avx2.v
	x1, y1 := reg.X8, []reg.VecPhysical{reg.X10, reg.X11}
	rest := []reg.VecPhysical{reg.X12, reg.X13, reg.X14, reg.X15} // sums of their own for the last elements
	for i := range lines {
		zero(avx2, v[2*i])
		zero(avx2, v[2*i+1])
		zero(avx2, v[12+i])
	}
	l.turns(n, func(registers int) {
		for i := range registers {
			xs := v[8+i&1]
			VMOVUPS(Mem{Base: x, Disp: 32 * i}, xs)
			for r := range lines {
				if from := l.at(y, stride, three, r, i); l.typ == l.wide {
					l.fma(from, xs, v[2*r+i&1])
				} else {
					l.load(from, v[10+r&1])
					l.fma(xs, v[10+r&1], v[2*r+i&1])
				}
			}
		}
		ADDQ(U32(uint32(32*registers)), x)
		ADDQ(U32(uint32(32/size*l.size*registers)), y)
	}, func() {
		l.moveOne(Mem{Base: x}, x1)
		for r := range lines {
			l.one(l.at(y, stride, three, r, 0), y1[r&1])
			l.fmaOne(x1, y1[r&1], rest[r])
		}
		ADDQ(U8(uint8(size)), x)
		ADDQ(U8(uint8(l.size)), y)
	})
	for r := range lines {
		sum, low, high := v[2*r], v[2*r].AsX(), reg.X8
		l.add(v[2*r+1], sum, sum)
		VEXTRACTF128(U8(1), sum, high)
		l.add(high, low, low)
		to := address(ReturnIndex(r))
		switch l.wide {
		case "float64":
			VHADDPD(low, low, low)
			VADDSD(rest[r], low, low)
			VMOVSD(low, to)
		case "int32":
			VPHADDD(low, low, low)
			VPHADDD(low, low, low)
			VPADDD(rest[r], low, low)
			VMOVD(low, reg.EAX) // as vet wants it: to it VMOVD moves 8 bytes
			MOVL(reg.EAX, to)
		default:
			VHADDPS(low, low, low)
			VHADDPS(low, low, low)
			VADDSS(rest[r], low, low)
			VMOVSS(low, to)
		}
	}
	VZEROUPPER()
	RET()
}

// axpys writes y += a[0]·x₀ + … + a[3]·x₃ for four lines, added one after the other as axpy does.
func axpys(l line) {
	name, size := l.name+"axpysAVX2", l.wideSize()
	TEXT(name, NOSPLIT, "func(n int, a *[4]"+l.wide+", x *"+l.typ+", stride int, y *"+l.wide+")")
	Pragma("noescape")
	Doc(name + " computes y[i] += a[r]·x[i] for four lines x, stride bytes apart. The Go loop that it stands for is axpyGo.")
	n, a, x, stride, three, y := reg.RCX, reg.R9, reg.RSI, reg.RDX, reg.R8, reg.RDI
	Load(Param("n"), n)
	Load(Param("a"), a)
	loadStride("x", x, stride, three)
	Load(Param("y"), y)
	v := avx2.v
	for r := range lines {
		if from := (Mem{Base: a, Disp: size * r}); size == 8 {
			VBROADCASTSD(from, v[12+r])
		} else {
			VBROADCASTSS(from, v[12+r])
		}
	}
	l.turns(n, func(registers int) {
		for i := range registers {
			sum := v[i&3]
			VMOVUPS(Mem{Base: y, Disp: 32 * i}, sum)
			for r := range lines {
				if from := l.at(x, stride, three, r, i); l.typ == l.wide {
					l.fma(from, v[12+r], sum)
				} else {
					l.load(from, v[4+r])
					l.fma(v[12+r], v[4+r], sum)
				}
			}
			VMOVUPS(sum, Mem{Base: y, Disp: 32 * i})
		}
		ADDQ(U32(uint32(32/size*l.size*registers)), x)
		ADDQ(U32(uint32(32*registers)), y)
	}, func() {
		l.moveOne(Mem{Base: y}, reg.X0)
		for r, factor := range []reg.VecPhysical{reg.X12, reg.X13, reg.X14, reg.X15} {
			l.one(l.at(x, stride, three, r, 0), reg.X4)
			l.fmaOne(factor, reg.X4, reg.X0)
		}
		l.moveOne(reg.X0, Mem{Base: y})
		ADDQ(U8(uint8(l.size)), x)
		ADDQ(U8(uint8(size)), y)
	})
	VZEROUPPER()
	RET()
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
