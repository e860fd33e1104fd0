package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The routines of this file take n elements, a multiple of 32 and not 0: four registers a turn.
const perTurn = 4

func disp(base reg.Register, u int) Mem { return Mem{Base: base, Disp: 32 * u} }

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

// affine writes dst[i] = a·x[i] + b.
func affine() {
	TEXT("saffineAVX2", NOSPLIT, "func(n int, dst, x *float32, a, b float32)")
	Pragma("noescape")
	Doc("saffineAVX2 computes dst[i] = a·x[i] + b; n is a multiple of 32 and not 0. The Go loop that it stands for is", "saffineGo.")
	n, dst, x := reg.RCX, reg.RDI, reg.RSI
	Load(Param("n"), n)
	Load(Param("dst"), dst)
	Load(Param("x"), x)
	v := avx2.v
	VBROADCASTSS(NewParamAddr("a", 24), v[8])
	VBROADCASTSS(NewParamAddr("b", 28), v[9])
	turns(n, []reg.GPPhysical{dst, x}, func() {
		for u := range perTurn {
			VMOVUPS(disp(x, u), v[u])
		}
		for u := range perTurn {
			VFMADD213PS(v[9], v[8], v[u])
		}
		for u := range perTurn {
			VMOVUPS(v[u], disp(dst, u))
		}
	})
	VZEROUPPER()
	RET()
}

// logistic writes dst[i] = 1/(1 + x[i]), the second half of a sigmoid.
func logistic() {
	TEXT("slogisticAVX2", NOSPLIT, "func(n int, dst, x *float32)")
	Pragma("noescape")
	Doc("slogisticAVX2 computes dst[i] = 1/(1 + x[i]); n is a multiple of 32 and not 0. The Go loop that it stands for is", "slogisticGo.")
	one := GLOBL("oneAVX2", RODATA|NOPTR)
	DATA(0, U32(0x3f800000))
	n, dst, x := reg.RCX, reg.RDI, reg.RSI
	Load(Param("n"), n)
	Load(Param("dst"), dst)
	Load(Param("x"), x)
	v := avx2.v
	VBROADCASTSS(one, v[8])
	turns(n, []reg.GPPhysical{dst, x}, func() {
		for u := range perTurn {
			VADDPS(disp(x, u), v[8], v[u])
		}
		for u := range perTurn {
			VDIVPS(v[u], v[8], v[u])
		}
		for u := range perTurn {
			VMOVUPS(v[u], disp(dst, u))
		}
	})
	VZEROUPPER()
	RET()
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
	Store(reg.X0, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// maximum writes the largest element.
func maximum() {
	TEXT("smaxAVX2", NOSPLIT, "func(n int, x *float32) (largest float32, nan int)")
	Pragma("noescape")
	Doc("smaxAVX2 returns the largest x[i] that is a number, and whether there is one that is not (then nan is not 0);",
		"n is a multiple of 32 and not 0. The Go loop that it stands for is smaxGo.")
	inf := GLOBL("minusInfAVX2", RODATA|NOPTR)
	DATA(0, U32(0xff800000))
	n, x := reg.RCX, reg.RSI
	Load(Param("n"), n)
	Load(Param("x"), x)
	v := avx2.v
	for u := range perTurn {
		VBROADCASTSS(inf, v[u])
	}
	VXORPS(v[12], v[12], v[12])
	turns(n, []reg.GPPhysical{x}, func() {
		for u := range perTurn {
			VMOVUPS(disp(x, u), v[4+u])
			VCMPPS(U8(3), v[4+u], v[4+u], v[8+u]) // unordered
			VORPS(v[8+u], v[12], v[12])
			// Of a NaN and a number, the operand that comes first here is returned.
			VMAXPS(v[u], v[4+u], v[u])
		}
	})
	VMAXPS(v[1], v[0], v[0])
	VMAXPS(v[3], v[2], v[2])
	VMAXPS(v[2], v[0], v[0])
	VEXTRACTF128(U8(1), v[0], reg.X1)
	VMAXPS(reg.X1, reg.X0, reg.X0)
	VSHUFPS(U8(0x4E), reg.X0, reg.X0, reg.X1)
	VMAXPS(reg.X1, reg.X0, reg.X0)
	VSHUFPS(U8(0xB1), reg.X0, reg.X0, reg.X1)
	VMAXPS(reg.X1, reg.X0, reg.X0)
	Store(reg.X0, Return("largest"))
	VMOVMSKPS(v[12], reg.EAX)
	Store(reg.RAX, Return("nan"))
	VZEROUPPER()
	RET()
}

// adamW writes an optimizer's step.
func adamW() {
	TEXT("sadamwAVX2", NOSPLIT, "func(n int, p, grad, m, v, c *float32)")
	Pragma("noescape")
	Doc("sadamwAVX2 makes a step of AdamW with the numbers c, an *AdamW; n is a multiple of 32 and not 0. The Go loop", "that it stands for is sadamwGo.")
	n, p, g, m, v, c := reg.RCX, reg.RDI, reg.RSI, reg.RDX, reg.RBX, reg.R8
	Load(Param("n"), n)
	Load(Param("p"), p)
	Load(Param("grad"), g)
	Load(Param("m"), m)
	Load(Param("v"), v)
	Load(Param("c"), c)
	y := avx2.v
	number := y[7:] // in the order of AdamW's fields
	for i := range 9 {
		VBROADCASTSS(Mem{Base: c, Disp: 4 * i}, number[i])
	}
	beta1, rest1, beta2, rest2, scale := number[0], number[1], number[2], number[3], number[4]
	keep, step, root, eps := number[5], number[6], number[7], number[8]
	turns(n, []reg.GPPhysical{p, g, m, v}, func() {
		for u := range perTurn {
			VMULPS(disp(g, u), scale, y[0])
			VMULPS(disp(m, u), beta1, y[1])
			VFMADD231PS(rest1, y[0], y[1])
			VMOVUPS(y[1], disp(m, u))
			VMULPS(y[0], y[0], y[0])
			VMULPS(disp(v, u), beta2, y[2])
			VFMADD231PS(rest2, y[0], y[2])
			VMOVUPS(y[2], disp(v, u))
			VSQRTPS(y[2], y[2])
			VFMADD213PS(eps, root, y[2])
			VMULPS(step, y[1], y[1])
			VDIVPS(y[2], y[1], y[1])
			VMOVUPS(disp(p, u), y[3])
			VFMSUB132PS(keep, y[1], y[3]) // p·keep − y1
			VMOVUPS(y[3], disp(p, u))
		}
	})
	VZEROUPPER()
	RET()
}
