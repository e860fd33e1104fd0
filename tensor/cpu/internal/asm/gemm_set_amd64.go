//go:build amd64 && !purego

package asm

func gemmAVX512() GEMM {
	p := gemmAVX2()
	p.Cols, p.NarrowTiles = 32, p.Tiles
	p.Tiles = []SizedTile{
		{14, sgemm14x32AVX512},
		{8, sgemm8x32AVX512},
		{4, sgemm4x32AVX512},
		{2, sgemm2x32AVX512},
		{1, sgemm1x32AVX512},
	}
	return p
}

func gemmAVX2() GEMM {
	return GEMM{
		Cols: 16,
		Tiles: []SizedTile{
			{6, sgemm6x16AVX2},
			{4, sgemm4x16AVX2},
			{2, sgemm2x16AVX2},
			{1, sgemm1x16AVX2},
		},
		Transpose8: transpose8AVX2,
		Dot:        sdotAVX2,
		Axpy:       saxpyAVX2,
	}
}
