//go:build amd64 && !purego

package asm

import "golang.org/x/sys/cpu"

func gemmAVX512() GEMM {
	g := gemmAVX2()
	wide := func(t *Tiles, f14, f8, f4, f2, f1 Tile) {
		t.Cols, t.Narrow = 2*t.Cols, t.Sizes
		t.Sizes = []SizedTile{{14, f14}, {8, f8}, {4, f4}, {2, f2}, {1, f1}}
	}
	wide(&g.F32, sgemm14x32AVX512, sgemm8x32AVX512, sgemm4x32AVX512, sgemm2x32AVX512, sgemm1x32AVX512)
	wide(&g.F64, dgemm14x16AVX512, dgemm8x16AVX512, dgemm4x16AVX512, dgemm2x16AVX512, dgemm1x16AVX512)
	if cpu.X86.HasAVX512VNNI {
		wide(&g.I16, igemmVNNI14x32AVX512, igemmVNNI8x32AVX512, igemmVNNI4x32AVX512, igemmVNNI2x32AVX512, igemmVNNI1x32AVX512)
	} else {
		wide(&g.I16, igemm14x32AVX512, igemm8x32AVX512, igemm4x32AVX512, igemm2x32AVX512, igemm1x32AVX512)
	}
	if cpu.X86.HasAVX512BF16 {
		g.BF16 = Tiles{Word: 4, Group: 2, Cols: 16}
		wide(&g.BF16, bgemm14x32AVX512, bgemm8x32AVX512, bgemm4x32AVX512, bgemm2x32AVX512, bgemm1x32AVX512)
	}
	return g
}

func gemmAVX2() GEMM {
	return GEMM{
		F32: Tiles{Word: 4, Group: 1, Cols: 16, Sizes: []SizedTile{
			{6, sgemm6x16AVX2},
			{4, sgemm4x16AVX2},
			{2, sgemm2x16AVX2},
			{1, sgemm1x16AVX2},
		}},
		F64: Tiles{Word: 8, Group: 1, Cols: 8, Sizes: []SizedTile{
			{6, dgemm6x8AVX2},
			{4, dgemm4x8AVX2},
			{2, dgemm2x8AVX2},
			{1, dgemm1x8AVX2},
		}},
		I16: Tiles{Word: 4, Group: 2, Cols: 16, Sizes: []SizedTile{
			{6, igemm6x16AVX2},
			{4, igemm4x16AVX2},
			{2, igemm2x16AVX2},
			{1, igemm1x16AVX2},
		}},
		Transpose8: transpose8AVX2,
		Transpose4: transpose4AVX2,
		Spread:     spreadAVX2,
		Window:     windowAVX2,
		WidenBF16:  bwidenAVX2,
		WidenF16:   hwidenAVX2,
		Extend:     iextendAVX2,
		Pair:       ipairAVX2,
		Pair16:     bpairAVX2,
		Line32:     Line[float32, float32]{sdotAVX2, sdotsAVX2, saxpyAVX2, saxpysAVX2},
		Line64:     Line[float64, float64]{ddotAVX2, ddotsAVX2, daxpyAVX2, daxpysAVX2},
		LineBF16:   Line[float32, uint16]{bdotAVX2, bdotsAVX2, baxpyAVX2, baxpysAVX2},
		LineF16:    Line[float32, uint16]{hdotAVX2, hdotsAVX2, haxpyAVX2, haxpysAVX2},
		LineInt8:   Line[int32, int8]{idotAVX2, idotsAVX2, iaxpyAVX2, iaxpysAVX2},
	}
}
