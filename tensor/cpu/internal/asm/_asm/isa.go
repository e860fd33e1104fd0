package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"
)

// isa is a width of vectors.
type isa struct {
	name string
	size int // bytes a register
	v    []reg.VecPhysical
}

// lanes is how many float32 a register holds.
func (s isa) lanes() int { return s.size / 4 }

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

// zero clears a register.
func zero(s isa, r reg.VecPhysical) {
	if s.size == 64 {
		VPXORD(r, r, r)
	} else {
		VXORPS(r, r, r)
	}
}
