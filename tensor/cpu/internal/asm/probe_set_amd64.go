//go:build amd64 && !purego

package asm

var (
	probeAVX512 = Probe{FMA: probeFMAAVX512, FMAFlops: 12 * 16 * 2, Read: probeReadAVX2}
	probeAVX2   = Probe{FMA: probeFMAAVX2, FMAFlops: 12 * 8 * 2, Read: probeReadAVX2}
)
