package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// exp constants, in the order of the table. The polynomial is that of Moshier's Cephes library,
// expf: e^r ≈ 1 + r + r²·p(r) for |r| ≤ ½ ln 2.
var expTable = []float32{
	89,            // above, the result is infinite
	-104,          // below, it is 0
	1.44269504089, // log₂ e
	0.693359375,   // ln 2, the upper bits, of which any multiple is exact
	-2.12194440e-4,
	1.9875691500e-4, // p, the highest power first
	1.3981999507e-3,
	8.3334519073e-3,
	4.1665795894e-2,
	1.6666665459e-1,
	5.0000001201e-1,
	1,
}

// sexp writes the exponential of a vector.
func sexp(s isa) {
	name := "sexp" + s.name
	TEXT(name, NOSPLIT, "func(n int, dst, x *float32)")
	Pragma("noescape")
	Doc(name+" computes dst[i] = e^x[i] for n elements, a multiple of 16 and not 0. The Go loop that it stands for is", "sexpGo.")

	table := GLOBL(name+"Table", RODATA|NOPTR)
	for i, c := range expTable {
		DATA(4*i, U32(math.Float32bits(c))) // avo 0.5 would print F32(1) as an integer
	}
	consts := make([]reg.VecPhysical, len(expTable))
	avx512 := s.size == 64
	constant := func(i int) Op {
		if avx512 {
			return consts[i]
		}
		VBROADCASTSS(table.Offset(4*i), s.v[15])
		return s.v[15]
	}
	if avx512 {
		for i := range expTable {
			consts[i] = s.v[16+i]
			VBROADCASTSS(table.Offset(4*i), consts[i])
		}
	}
	n, dst, x := reg.RCX, reg.RDI, reg.RSI
	Load(Param("n"), n)
	Load(Param("dst"), dst)
	Load(Param("x"), x)

	// Registers at a time: 16 elements.
	regs := 16 / s.lanes()
	r, e, p := s.v[0:regs], s.v[2:2+regs], s.v[4:4+regs]
	each := func(f func(u int)) {
		for u := range regs {
			f(u)
		}
	}
	Label("loop")
	// The operand that may be NaN comes first here, second in Intel's order: it is what is returned.
	hi := constant(0)
	each(func(u int) { VMOVUPS(Mem{Base: x, Disp: s.size * u}, r[u]) })
	each(func(u int) { VMINPS(r[u], hi, r[u]) })
	lo := constant(1)
	each(func(u int) { VMAXPS(r[u], lo, r[u]) })
	log2e := constant(2)
	each(func(u int) {
		VMULPS(log2e, r[u], e[u])
		if avx512 {
			VRNDSCALEPS(U8(0), e[u], e[u])
		} else {
			VROUNDPS(U8(0), e[u], e[u])
		}
	})
	for i := 3; i <= 4; i++ {
		c := constant(i)
		each(func(u int) { VFNMADD231PS(c, e[u], r[u]) })
	}
	c := constant(5)
	each(func(u int) { VMOVAPS(c, p[u]) })
	for i := 6; i <= 10; i++ {
		c := constant(i)
		each(func(u int) { VFMADD213PS(c, r[u], p[u]) })
	}
	one := constant(11)
	for range 2 { // r²·p + r + 1 = (p·r + 1)·r + 1
		each(func(u int) { VFMADD213PS(one, r[u], p[u]) })
	}
	if avx512 {
		each(func(u int) { VSCALEFPS(e[u], p[u], p[u]) })
	} else {
		// 2ⁿ in two factors, because n may be beyond the exponents that there are.
		half, other := s.v[6:6+regs], s.v[8:8+regs]
		each(func(u int) {
			VCVTPS2DQ(e[u], e[u])
			VPSRAD(U8(1), e[u], half[u])
			VPSUBD(half[u], e[u], other[u])
		})
		for _, f := range [][]reg.VecPhysical{half, other} {
			each(func(u int) {
				VPSLLD(U8(23), f[u], f[u])
				VPADDD(one, f[u], f[u]) // the bits of 1 are an exponent of 0
				VMULPS(f[u], p[u], p[u])
			})
		}
	}
	each(func(u int) { VMOVUPS(p[u], Mem{Base: dst, Disp: s.size * u}) })
	ADDQ(U8(64), x)
	ADDQ(U8(64), dst)
	SUBQ(U8(16), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
