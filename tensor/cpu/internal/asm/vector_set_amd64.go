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

// vectorAVX512 is AVX2's but for what there is in both widths.
func vectorAVX512() Vector {
	v := vectorAVX2()
	v.Exp = sexpAVX512
	return v
}

// vectorAVX2 uses F16C too, which every processor with AVX2 has. Routines that work in whole turns are made fit for any
// number of elements here.
var vectorAVX2 = sync.OnceValue(func() Vector {
	v := Vector{
		Exp: sexpAVX2,
		Sum: ssumAVX2,

		AddWide: saddWideAVX2,

		Affine:         saffineAVX2,
		ExpSum:         sexpSumAVX2,
		Squares:        ssquaresAVX2,
		Standardize:    sstandardizeAVX2,
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
	for key, f := range periodicAVX2 {
		v.unary[key] = f.withLarge(map[backend.UnaryOp]func(float64) float64{backend.Sin: math.Sin, backend.Cos: math.Cos, backend.Tan: math.Tan}[key.op])
	}
	for key, f := range v.binary {
		if key.dt.Size() == 1 {
			v.binary[key] = f.anyLength(64, 1, 1)
		}
	}
	v.binary[binaryKey{dtype.Float32, backend.Pow}] = pow
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

// withLarge computes the large arguments that a periodic routine stops at by the function of one number.
func (f periodic) withLarge(slow func(float64) float64) Unary {
	return func(n int, dst, x *byte) {
		for n > 0 {
			left := f(n, dst, x)
			done := n - left
			if left == 0 {
				return
			}
			few := min(left, 8)
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

// pow computes what the routine stops at by the function of two numbers.
func pow(n int, dst, x, y *byte, xStep, yStep int) {
	for n > 0 {
		left := float32PowAVX2(n, dst, x, y, xStep, yStep)
		done := n - left
		if left == 0 {
			return
		}
		few := min(left, 8)
		d, xs, ys := floats(dst, done, few), floats(x, xStep*done, few), floats(y, yStep*done, few)
		b := tails.Get().(*[3][256]byte)
		easyX, easyY, easy := floats(&b[0][0], 0, 8), floats(&b[1][0], 0, 8), [8]bool{}
		for i := range easyX {
			easyX[i], easyY[i] = 1, 1
		}
		for i, v := range xs {
			w := ys[i]
			if easy[i] = v > 0 && v <= math.MaxFloat32 && w-w == 0; easy[i] {
				easyX[i], easyY[i] = v, w
			}
		}
		float32PowAVX2(8, &b[0][0], &b[0][0], &b[1][0], 1, 1)
		for i, v := range xs {
			if easy[i] {
				d[i] = easyX[i]
			} else {
				d[i] = float32(math.Pow(float64(v), float64(ys[i])))
			}
		}
		tails.Put(b)
		if left == few {
			return
		}
		done += few
		dst, x, y, n = behind(dst, 4*done), behind(x, 4*xStep*done), behind(y, 4*yStep*done), left-few
	}
}

// floats is n float32s from the one with that index.
func floats(p *byte, from, n int) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(behind(p, 4*from))), n)
}
