// Command _asm writes the assembly of package asm. Run it by go generate, in this folder.
package main

//go:generate go run . -out ../kernels_amd64.s -stubs ../kernels_amd64.go -pkg asm

import . "github.com/mmcloughlin/avo/build" //nolint:revive // avo is written to be read so

func main() {
	ConstraintExpr("amd64,!purego")
	for _, rows := range []int{14, 8, 4, 2, 1} {
		sgemm(avx512, rows)
	}
	for _, rows := range []int{6, 4, 2, 1} {
		sgemm(avx2, rows)
	}
	transpose8()
	sdot()
	saxpy()
	sexp(avx512)
	sexp(avx2)
	binaries()
	affine()
	logistic()
	sum()
	maximum()
	adamW()
	Generate()
}
