package cpu

import (
	"fmt"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
	"github.com/rustygradients/rg/tensor/dtype"
)

var _ backend.RoPEBackend = (*Backend)(nil)

// RoPE turns pairs of elements along the last axis.
func (*Backend) RoPE(dst, x, cos, sin backend.View, o backend.RoPE) error {
	const op = "rope"
	if err := owned(dst, x, cos, sin); err != nil {
		return err
	}
	dt, last := dst.Storage.DType(), dst.Layout.Rank()-1
	for _, v := range []backend.View{x, cos, sin} {
		if d := v.Storage.DType(); d != dt {
			return fmt.Errorf("cpu: %s: data types differ: %s and %s", op, dt, d)
		}
	}
	if n, half := x.Layout.Shape[last], cos.Layout.Shape[last]; 2*half > n {
		return fmt.Errorf("cpu: %s: %d pairs in %d elements", op, half, n)
	}
	switch dt {
	case dtype.Float32, dtype.Float16, dtype.BFloat16: // halves are computed in float32
		rope[float32](dst, x, cos, sin, o)
	case dtype.Float64:
		rope[float64](dst, x, cos, sin, o)
	default:
		return errDType(opName(op), dt)
	}
	return nil
}

// rope turns a row at a time, where operands lie or in a buffer.
func rope[T float](dst, x, cos, sin backend.View, o backend.RoPE) {
	to, from, cosines, sines := newOperand[T](dst), newOperand[T](x), newOperand[T](cos), newOperand[T](sin)
	if from.n == 0 {
		return
	}
	last := dst.Layout.Rank() - 1
	n, half := x.Layout.Shape[last], cos.Layout.Shape[last]
	par.For(from.n/n, max(1, grain/4/n), func(lo, hi int) {
		buf, done := workspace[T](2 * (n + half))
		defer done()
		for i := lo; i < hi; i++ {
			y := to.room(i*n, (i+1)*n, buf[:n])
			row := from.load(i*n, (i+1)*n, buf[n:2*n])
			c, s := row[:0], row[:0]
			if half > 0 {
				c = cosines.load(i*half, (i+1)*half, buf[2*n:2*n+half])
				s = sines.load(i*half, (i+1)*half, buf[2*n+half:])
			}
			ropeRow(y, row, c, s, o)
			to.store(i*n, y)
		}
	})
}

// ropeRow turns the pairs of one row, as the formula is written. y may be x.
func ropeRow[T float](y, x, cos, sin []T, o backend.RoPE) {
	half, sign := len(cos), T(1)
	sin = sin[:half]
	if o.Inverse {
		sign = -1
	}
	copy(y[2*half:], x[2*half:])
	if o.Interleaved {
		for i, c := range cos {
			a, b, s := x[2*i], x[2*i+1], sign*sin[i]
			y[2*i], y[2*i+1] = a*c-b*s, b*c+a*s
		}
		return
	}
	left, right, first, second := x[:half], x[half:2*half], y[:half], y[half:2*half]
	for i, c := range cos {
		a, b, s := left[i], right[i], sign*sin[i]
		first[i], second[i] = a*c-b*s, b*c+a*s
	}
}
