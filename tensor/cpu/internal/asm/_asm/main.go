// Command _asm writes the assembly of package asm, one family of routines a run. Run it by go generate, in
// this folder.
package main

//go:generate go run . -family gemm -out ../gemm_amd64.s -stubs ../gemm_amd64.go -pkg asm
//go:generate go run . -family probe -out ../probe_amd64.s -stubs ../probe_amd64.go -pkg asm
//go:generate go run . -family vector -out ../vector_amd64.s -stubs ../vector_amd64.go -tables ../vector_tables_amd64.go -pkg asm
//go:generate go run . -family vector512 -out ../vector512_amd64.s -stubs ../vector512_amd64.go -tables ../vector512_tables_amd64.go -pkg asm

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build" //nolint:revive // avo is written to be read so
)

// families are what a run can write.
var families = map[string]func(){"gemm": gemm, "probe": probe, "vector": vector, "vector512": vector512}

func main() {
	name := flag.String("family", "", "routines to write")
	tables := flag.String("tables", "", "Go file that lists the routines")
	flag.Parse()
	write, ok := families[*name]
	if !ok {
		log.Fatalf("no family %q", *name)
	}
	ConstraintExpr("amd64,!purego")
	write()
	if *tables != "" {
		writeTables(*name, *tables)
	}
	Generate()
}

// gemm is the routines of matrix products.
func gemm() {
	for _, rows := range []int{14, 8, 4, 2, 1} {
		for _, m := range []arithmetic{f32, f64, i16, i16VNNI, bf16} {
			tile(avx512, m, rows)
		}
	}
	for _, rows := range []int{6, 4, 2, 1} {
		for _, m := range []arithmetic{f32, f64, i16} {
			tile(avx2, m, rows)
		}
	}
	transpose8()
	transpose4()
	spread()
	window()
	for _, l := range []line{line32, line64, lineBF16, lineF16, lineInt8} {
		dot(l)
		dots(l)
		axpy(l)
		axpys(l)
	}
	widen(lineBF16, "bfloat16")
	widen(lineF16, "float16")
	extend()
	pair()
	bpair()
}

// probe is what measures the processor.
func probe() {
	probeFMA(avx512)
	probeFMA(avx2)
	probeRead()
}

// vector is the routines over contiguous elements.
func vector() {
	sum()
	fourRowRoutines()
	unaries()
	activations()
	binaries()
	compares()
	for _, size := range []int{1, 2, 4, 8} {
		where(size)
	}
	casts()
	fill()
	rows()
	philox()
	addRows()
}

// vector512 is those of them that compute much with an element, in AVX-512.
func vector512() {
	width = 64
	unaries()
	activations()
	pow()
	rows()
}
