package probe

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// fmaFLOP is what one turn of fma's loop does: twelve multiply-adds of eight numbers.
const fmaFLOP = 12 * 8 * 2

var (
	fma  func(n int)
	read func(n int, p unsafe.Pointer)
)

func init() {
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		fma, read = fmaAVX2, readAVX2
	}
}

// fmaAVX2 is n turns of
//
//	for i := range 12 { for j := range 8 { a[i][j] += b[j] * c[j] } }
//
// on registers. Wider registers change little where they share the multipliers of two narrow ones, as on
// Zen 4, and where they don't, the peak is higher than this and the row's ratio flatters: fmaAVX512 is used
// there.
//
//go:noescape
func fmaAVX2(n int)

// readAVX2 reads n bytes at p, a multiple of 256.
//
//go:noescape
func readAVX2(n int, p unsafe.Pointer)
