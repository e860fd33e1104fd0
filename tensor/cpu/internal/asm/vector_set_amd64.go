//go:build amd64 && !purego

package asm

import (
	"maps"
	"math"
	"sync"
	"unsafe"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// vectorAVX512 is AVX2's but for what there is in both widths: what computes much with an element.
var vectorAVX512 = sync.OnceValue(func() Vector {
	v := vectorAVX2()
	v.ExpSum, v.Moments, v.Slopes, v.Standardize, v.Affine = sexpSumAVX512, smomentsAVX512, sslopesAVX512, sstandardizeAVX512, saffineAVX512
	v.LayerNorm = slayerNormAVX512
	v.NormGrad, v.SoftmaxGrad, v.LogSoftmaxGrad = snormGradAVX512, ssoftmaxGradAVX512, slogSoftmaxGradAVX512
	v.Max, v.Min = smaxAVX512, sminAVX512
	v.unary, v.binary = maps.Clone(v.unary), maps.Clone(v.binary)
	maps.Copy(v.unary, unaryAVX512)
	v.addPeriodic(periodicAVX512)
	maps.Copy(v.binary, binaryAVX512)
	v.activation, v.activationGrad = activationAVX512, activationGradAVX512
	return v
})

// vectorAVX2 uses F16C too, which every processor with AVX2 has. Routines that work in whole turns are made fit for any
// number of elements here.
var vectorAVX2 = sync.OnceValue(func() Vector {
	v := Vector{
		Sum: ssumAVX2,

		AddWide: saddWideAVX2,
		AddRows: saddRowsAVX2,
		SumRows: ssumRowsAVX2,
		MaxRows: smaxRowsAVX2,
		MinRows: sminRowsAVX2,
		Find:    sfindAVX2,
		Philox:  philoxAVX2,

		Affine:         saffineAVX2,
		ExpSum:         sexpSumAVX2,
		Moments:        smomentsAVX2,
		Standardize:    sstandardizeAVX2,
		LayerNorm:      slayerNormAVX2,
		Slopes:         sslopesAVX2,
		NormGrad:       snormGradAVX2,
		SoftmaxGrad:    ssoftmaxGradAVX2,
		LogSoftmaxGrad: slogSoftmaxGradAVX2,
		Max:            smaxAVX2,
		Min:            sminAVX2,
		AdamW:          sadamwAVX2,

		unary:          maps.Clone(unaryAVX2),
		binary:         maps.Clone(binaryAVX2),
		compare:        maps.Clone(compareAVX2),
		where:          maps.Clone(whereAVX2),
		cast:           maps.Clone(castAVX2),
		activation:     activationAVX2,
		activationGrad: activationGradAVX2,
		fill:           fillAVX2,
	}
	v.addPeriodic(periodicAVX2)
	for key, f := range v.binary {
		if key.dt.Size() == 1 {
			v.binary[key] = f.anyLength(64, 1, 1)
		}
	}
	for key, f := range v.compare {
		v.compare[key] = f.anyLength(32, 1, key.dt.Size())
	}
	for size, f := range v.where {
		v.where[size] = f.anyLength(size)
	}
	for key, f := range v.cast {
		v.cast[key] = f.anyLength(32, key.to.Size(), key.from.Size())
	}
	for _, to := range []dtype.DType{dtype.Float32, dtype.Int32, dtype.Int64} { // Bool is held as Uint8
		v.cast[castKey{dtype.Bool, to}] = v.cast[castKey{dtype.Uint8, to}]
	}
	for _, op := range []backend.BinaryOp{backend.Equal, backend.NotEqual, backend.Less, backend.LessEqual, backend.Greater, backend.GreaterEqual} {
		v.compare[binaryKey{dtype.Bool, op}] = v.compare[binaryKey{dtype.Uint8, op}]
	}
	for _, op := range []backend.BinaryOp{backend.And, backend.Or, backend.Xor} {
		v.compare[binaryKey{dtype.Bool, op}] = v.binary[binaryKey{dtype.Bool, op}]
	}
	return v
})

func (v *Vector) addPeriodic(routines map[unaryKey]periodic) {
	for key, f := range routines {
		v.unary[key] = f.withLarge(map[backend.UnaryOp]func(float64) float64{backend.Sin: math.Sin, backend.Cos: math.Cos, backend.Tan: math.Tan}[key.op])
	}
}

// withLarge computes the large arguments that a periodic routine stops at by the function of one number.
func (f periodic) withLarge(slow func(float64) float64) Unary {
	return func(n int, dst, x *byte) {
		for n > 0 {
			left := f(n, dst, x)
			done := n - left
			if left == 0 {
				return
			}
			few := min(left, aGroup)
			b := tails.Get().(*[3][256]byte)
			small, d, s := floats(&b[0][0], 0, few), floats(dst, done, few), floats(x, done, few)
			for i, v := range s {
				small[i] = v
				if !(v < 1<<30 && v > -1<<30) {
					small[i] = 0
				}
			}
			f(few, &b[0][0], &b[0][0])
			for i, v := range s {
				if v < 1<<30 && v > -1<<30 {
					d[i] = small[i]
				} else {
					d[i] = float32(slow(float64(v)))
				}
			}
			tails.Put(b)
			if left == few {
				return // no pointer is made behind the end of an operand, where the memory is somebody else's
			}
			dst, x, n = behind(dst, 4*(done+few)), behind(x, 4*(done+few)), left-few
		}
	}
}

// aGroup is how many elements the widest registers hold: a routine that stops early leaves at least as many, or all there are.
const aGroup = 16

// floats is n float32s from the one with that index.
func floats(p *byte, from, n int) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(behind(p, 4*from))), n)
}
