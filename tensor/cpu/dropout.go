package cpu

import (
	"fmt"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/dtype"
)

var _ backend.DropoutBackend = (*Backend)(nil)

// Dropout keeps and scales elements as they are drawn, at any thread count.
func (*Backend) Dropout(dst, x backend.View, d backend.Dropout) error {
	if err := owned(dst, x); err != nil {
		return err
	}
	dt := dst.Storage.DType()
	if from := x.Storage.DType(); from != dt {
		return fmt.Errorf("cpu: dropout: data types differ: %s and %s", dt, from)
	}
	switch dt {
	case dtype.Float32, dtype.Float16, dtype.BFloat16: // halves are multiplied in float32, and rounded once
		dropout[float32](dst, x, d)
	case dtype.Float64:
		dropout[float64](dst, x, d)
	default:
		return errDType(opName("dropout"), dt)
	}
	return nil
}

func dropout[T float](dst, x backend.View, d backend.Dropout) {
	o, in := newOperand[T](dst), newOperand[T](x)
	below := d.Below()
	factor := [2]T{0, T(d.Scale)} // by whether an element is kept: a branch would be guessed wrong too often
	each(o.n, o.contiguous() && in.contiguous(), 8, func(lo, hi int, s *scratch) {
		from, to := in.load(lo, hi, typed[T](s, 0)), o.room(lo, hi, typed[T](s, 2))
		words := s[1][:]                      // of block/2 blocks
		for i := 0; i < len(to); i += block { // pieces begin at even elements
			part := to[i:min(i+block, len(to))]
			asm.Best.Philox((len(part)+7)/8*4, &words[0], d.Seed, d.Offset+uint64(lo+i)/2)
			for k, v := range from[i : i+len(part)] {
				part[k] = v * factor[(words[k]>>11-below)>>63] // the difference's sign
			}
		}
		o.store(lo, to)
	})
}
