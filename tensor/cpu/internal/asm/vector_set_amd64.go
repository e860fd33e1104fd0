//go:build amd64 && !purego

package asm

func vectorAVX512() Vector {
	v := vectorAVX2()
	v.Exp = sexpAVX512
	return v
}

func vectorAVX2() Vector {
	return Vector{
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
}
