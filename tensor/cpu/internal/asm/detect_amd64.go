//go:build amd64 && !purego

package asm

import "golang.org/x/sys/cpu"

func detect() []*Set {
	var found []*Set
	hasAVX2 := cpu.X86.HasAVX2 && cpu.X86.HasFMA
	if hasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL {
		vector := vectorAVX2
		vector.Exp = sexpAVX512
		found = append(found, &Set{
			Name: "avx512",
			Cols: 32,
			Tiles: []SizedTile{
				{14, sgemm14x32AVX512},
				{8, sgemm8x32AVX512},
				{4, sgemm4x32AVX512},
				{2, sgemm2x32AVX512},
				{1, sgemm1x32AVX512},
			},
			NarrowTiles: tilesAVX2,
			Transpose8:  transpose8AVX2,
			Vector:      vector,
		})
	}
	if hasAVX2 {
		found = append(found, &Set{
			Name:       "avx2",
			Cols:       16,
			Tiles:      tilesAVX2,
			Transpose8: transpose8AVX2,
			Vector:     vectorAVX2,
		})
	}
	return found
}

var tilesAVX2 = []SizedTile{
	{6, sgemm6x16AVX2},
	{4, sgemm4x16AVX2},
	{2, sgemm2x16AVX2},
	{1, sgemm1x16AVX2},
}

var vectorAVX2 = Vector{
	Dot:      sdotAVX2,
	Axpy:     saxpyAVX2,
	Exp:      sexpAVX2,
	Add:      saddAVX2,
	Sub:      ssubAVX2,
	Mul:      smulAVX2,
	Div:      sdivAVX2,
	Affine:   saffineAVX2,
	Logistic: slogisticAVX2,
	Sum:      ssumAVX2,
	Max:      smaxAVX2,
	AdamW:    sadamwAVX2,
}
