package cpu

import (
	"github.com/rustygradients/rg/tensor/backend"
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
	each(o.n, o.contiguous(), 16, func(lo, hi int, s *scratch) {
		to := o.room(lo, hi, typed[T](s, 0))
		for i := 0; i < len(to); i += 2 { // pieces begin at even elements
			pair := d.Pair(seed, offset+uint64(lo+i)/2, dt)
			to[i] = T(pair[0])
			if i+1 < len(to) {
				to[i+1] = T(pair[1])
			}
		}
		o.store(lo, to)
	})
}
