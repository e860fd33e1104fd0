//go:build amd64 && !purego

package asm

import "golang.org/x/sys/cpu"

func detect() []*Set {
	var found []*Set
	hasAVX2 := cpu.X86.HasAVX2 && cpu.X86.HasFMA
	if hasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL {
		found = append(found, &Set{Name: "avx512", GEMM: gemmAVX512(), Vector: vectorAVX512(), Probe: probeAVX512})
	}
	if hasAVX2 {
		found = append(found, &Set{Name: "avx2", GEMM: gemmAVX2(), Vector: vectorAVX2(), Probe: probeAVX2})
	}
	return found
}
