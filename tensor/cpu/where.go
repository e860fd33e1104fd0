package cpu

import (
	"fmt"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Where takes each element from x where cond is true and from y where it is not.
func (*Backend) Where(dst, cond, x, y backend.View) error {
	if err := owned(dst, cond, x, y); err != nil {
		return err
	}
	dt := dst.Storage.DType()
	if cond.Storage.DType() != dtype.Bool {
		return fmt.Errorf("cpu: where: the condition is %s, not bool", cond.Storage.DType())
	}
	if x.Storage.DType() != dt || y.Storage.DType() != dt {
		return fmt.Errorf("cpu: where: data types differ: %s from %s and %s", dt, x.Storage.DType(), y.Storage.DType())
	}
	if runWhere(asm.Best.Where(dt.Size()), dst, cond, x, y) {
		return nil
	}
	switch dt.Size() { // only moves elements, so only their size matters
	case 1:
		where[uint8](dst, cond, x, y)
	case 2:
		where[uint16](dst, cond, x, y)
	case 4:
		where[int32](dst, cond, x, y)
	default:
		where[int64](dst, cond, x, y)
	}
	return nil
}

func where[T elem](dst, cond, x, y backend.View) {
	d, c, a, b := newOperand[T](dst), newOperand[uint8](cond), newOperand[T](x), newOperand[T](y)
	direct := d.contiguous() && c.contiguous() && a.contiguous() && b.contiguous()
	each(d.n, direct, 1, func(lo, hi int, s *scratch) {
		to := d.room(lo, hi, typed[T](s, 0))
		cs := c.load(lo, hi, typed[uint8](s, 1))[:len(to)]
		as := a.load(lo, hi, typed[T](s, 2))[:len(to)]
		bs := b.load(lo, hi, typed[T](s, 3))[:len(to)]
		for i, ok := range cs {
			if ok != 0 {
				to[i] = as[i]
			} else {
				to[i] = bs[i]
			}
		}
		d.store(lo, to)
	})
}
