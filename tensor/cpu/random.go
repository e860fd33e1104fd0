package cpu

import (
	"math"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Random fills dst as backend.Distribution.Draw defines, at any thread count.
func (*Backend) Random(dst backend.View, d backend.Distribution, seed, offset uint64) error {
	if err := owned(dst); err != nil {
		return err
	}
	switch dt := dst.Storage.DType(); dt {
	case dtype.Float32, dtype.Float16, dtype.BFloat16:
		random[float32](dst, d, seed, offset)
	case dtype.Float64:
		random[float64](dst, d, seed, offset)
	case dtype.Int64:
		random[int64](dst, d, seed, offset)
	case dtype.Int32:
		random[int32](dst, d, seed, offset)
	case dtype.Int8:
		random[int8](dst, d, seed, offset)
	case dtype.Uint8, dtype.Bool:
		random[uint8](dst, d, seed, offset)
	default:
		return errDType(opName("random"), dt)
	}
	return nil
}

func random[T number](dst backend.View, d backend.Distribution, seed, offset uint64) {
	dt := dst.Storage.DType()
	o := newOperand[T](dst)
	each(o.n, o.contiguous(), 8, func(lo, hi int, s *scratch) {
		to := o.room(lo, hi, typed[T](s, 0))
		words := s[1][:]                      // of block/2 blocks
		for i := 0; i < len(to); i += block { // pieces begin at even elements
			part := to[i:min(i+block, len(to))]
			asm.Best.Philox((len(part)+7)/8*4, &words[0], seed, offset+uint64(lo+i)/2)
			if f, ok := any(part).([]float32); ok && dt == dtype.Float32 && d.Kind == backend.Uniform {
				uniform32(f, words, d)
				continue
			}
			for k := 0; k < len(part); k += 2 {
				pair := d.Of(words[k], words[k+1], dt)
				part[k] = T(pair[0])
				if k+1 < len(part) {
					part[k+1] = T(pair[1])
				}
			}
		}
		o.store(lo, to)
	})
}

// uniform32 is Distribution.Of for even distributions, with what doesn't change outside the loop.
func uniform32(dst []float32, words []uint64, d backend.Distribution) {
	width, end, last := d.B-d.A, math.Inf(1), float32(0)
	if d.B > d.A {
		end, last = d.B, float32(dtype.Float32.Below(d.B))
	}
	for i := range dst {
		v := float32(d.A + width*(float64(words[i]>>11)*0x1p-53))
		if float64(v) >= end {
			v = last
		}
		dst[i] = v
	}
}
