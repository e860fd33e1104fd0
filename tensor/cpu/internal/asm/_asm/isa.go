package main

import (
	"go/types"
	"log"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is a width of vectors.
type isa struct {
	name string
	size int // bytes a register
	v    []reg.VecPhysical
}

var (
	avx512 = isa{"AVX512", 64, []reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7, reg.Z8, reg.Z9, reg.Z10, reg.Z11,
		reg.Z12, reg.Z13, reg.Z14, reg.Z15, reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22,
		reg.Z23, reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
	}}
	avx2 = isa{"AVX2", 32, []reg.VecPhysical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11,
		reg.Y12, reg.Y13, reg.Y14, reg.Y15,
	}}
)

// rows is how many rows the tallest tile of a product has, which is how A is packed.
func (s isa) rows() int { return len(s.v)/2 - 2 }

// zero clears a register.
func zero(s isa, r reg.VecPhysical) {
	if s.size == 64 {
		VPXORD(r, r, r)
	} else {
		VXORPS(r, r, r)
	}
}

// address is where a parameter or a result of a simple type is.
func address(c gotypes.Component) operand.Mem { return resolve(c).Addr }

func resolve(c gotypes.Component) *gotypes.Basic {
	b, err := c.Resolve()
	if err != nil {
		log.Fatal(err)
	}
	return b
}

// storeFloat is Store for floats. That one writes MOVSS, and so Load does: not AVX, they wait, for 100 ns on a Zen 3, wherever
// the upper half of a register is in use.
func storeFloat(x reg.Register, c gotypes.Component) {
	to := resolve(c)
	if to.Type.Kind() == types.Float32 {
		VMOVSS(x, to.Addr)
		return
	}
	VMOVSD(x, to.Addr)
}
