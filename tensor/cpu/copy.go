package cpu

import (
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// number is what arithmetic is done in.
type number interface {
	float32 | float64 | int64 | int32 | int8 | uint8
}

// Copy copies x into dst element by element and converts between data types: to Bool, anything but
// zero is true; from floating point to integers, fractions are dropped; to float16 and bfloat16, by way
// of float32 and to the nearest, ties to even.
func (*Backend) Copy(dst, x backend.View) error {
	if err := owned(dst, x); err != nil {
		return err
	}
	if dd, xd := dst.Storage.DType(), x.Storage.DType(); dd == xd {
		switch dd.Size() { // the same type: only the size matters
		case 1:
			copySame[uint8](dst, x)
		case 2:
			copySame[uint16](dst, x)
		case 4:
			copySame[int32](dst, x)
		default:
			copySame[int64](dst, x)
		}
		return nil
	}
	switch dst.Storage.DType() {
	case dtype.Float32:
		return copyTo[float32](dst, x)
	case dtype.Float64:
		return copyTo[float64](dst, x)
	case dtype.Int64:
		return copyTo[int64](dst, x)
	case dtype.Int32:
		return copyTo[int32](dst, x)
	case dtype.Int8:
		return copyTo[int8](dst, x)
	case dtype.Uint8, dtype.Bool:
		return copyTo[uint8](dst, x)
	case dtype.Float16:
		return copyToHalf(dst, x, dtype.NarrowFloat16)
	case dtype.BFloat16:
		return copyToHalf(dst, x, dtype.NarrowBFloat16)
	}
	return errDType(opName("copy"), dst.Storage.DType())
}

func copySame[T elem](dst, x backend.View) {
	d, s := newOperand[T](dst), newOperand[T](x)
	each(d.n, d.contiguous(), 1, func(lo, hi int, b *scratch) {
		if d.contiguous() { // gather straight into place
			to := d.data[d.offset+lo : d.offset+hi]
			if from := s.load(lo, hi, to); &from[0] != &to[0] {
				copy(to, from)
			}
			return
		}
		d.store(lo, s.load(lo, hi, typed[T](b, 0)))
	})
}

func copyTo[D number](dst, x backend.View) error {
	switch x.Storage.DType() {
	case dtype.Float32:
		copyCast[D, float32](dst, x)
	case dtype.Float64:
		copyCast[D, float64](dst, x)
	case dtype.Int64:
		copyCast[D, int64](dst, x)
	case dtype.Int32:
		copyCast[D, int32](dst, x)
	case dtype.Int8:
		copyCast[D, int8](dst, x)
	case dtype.Uint8, dtype.Bool:
		copyCast[D, uint8](dst, x)
	case dtype.Float16:
		copyFromHalf[D](dst, x, dtype.WidenFloat16)
	case dtype.BFloat16:
		copyFromHalf[D](dst, x, dtype.WidenBFloat16)
	default:
		return errDType(opName("copy"), x.Storage.DType())
	}
	return nil
}

func copyCast[D, S number](dst, x backend.View) {
	toBool := dst.Storage.DType() == dtype.Bool
	d, s := newOperand[D](dst), newOperand[S](x)
	each(d.n, d.contiguous() && s.contiguous(), 1, func(lo, hi int, b *scratch) {
		from := s.load(lo, hi, typed[S](b, 0))
		to := d.room(lo, hi, typed[D](b, 1))
		if toBool {
			test(to, from)
		} else {
			convert(to, from)
		}
		d.store(lo, to)
	})
}

// copyFromHalf widens elements of two bytes to float32, a block at a time, and converts those.
func copyFromHalf[D number](dst, x backend.View, widen func(uint16) float32) {
	toBool := dst.Storage.DType() == dtype.Bool
	d, s := newOperand[D](dst), newOperand[uint16](x)
	each(d.n, false, 2, func(lo, hi int, b *scratch) {
		f := typed[float32](b, 2)[:hi-lo]
		widenAll(widen)(f, s.load(lo, hi, typed[uint16](b, 0)))
		to := d.room(lo, hi, typed[D](b, 1))
		if toBool {
			test(to, f)
		} else {
			convert(to, f)
		}
		d.store(lo, to)
	})
}

// copyToHalf converts to float32, a block at a time, and narrows that, as PyTorch does: a float64 is
// rounded twice.
func copyToHalf(dst, x backend.View, narrow func(float32) uint16) error {
	switch x.Storage.DType() {
	case dtype.Float32:
		copyNarrow(dst, x, convert[float32, float32], narrow)
	case dtype.Float64:
		copyNarrow(dst, x, convert[float32, float64], narrow)
	case dtype.Int64:
		copyNarrow(dst, x, convert[float32, int64], narrow)
	case dtype.Int32:
		copyNarrow(dst, x, convert[float32, int32], narrow)
	case dtype.Int8:
		copyNarrow(dst, x, convert[float32, int8], narrow)
	case dtype.Uint8, dtype.Bool:
		copyNarrow(dst, x, convert[float32, uint8], narrow)
	case dtype.Float16:
		copyNarrow(dst, x, widenAll(dtype.WidenFloat16), narrow)
	case dtype.BFloat16:
		copyNarrow(dst, x, widenAll(dtype.WidenBFloat16), narrow)
	default:
		return errDType(opName("copy"), x.Storage.DType())
	}
	return nil
}

func copyNarrow[S elem](dst, x backend.View, wide func(dst []float32, src []S), narrow func(float32) uint16) {
	d, s := newOperand[uint16](dst), newOperand[S](x)
	each(d.n, false, 2, func(lo, hi int, b *scratch) {
		f := typed[float32](b, 2)[:hi-lo]
		wide(f, s.load(lo, hi, typed[S](b, 0)))
		to := d.room(lo, hi, typed[uint16](b, 1))
		for i, v := range f {
			to[i] = narrow(v)
		}
		d.store(lo, to)
	})
}

func widenAll(widen func(uint16) float32) func(dst []float32, src []uint16) {
	return func(dst []float32, src []uint16) {
		dst = dst[:len(src)]
		for i, v := range src {
			dst[i] = widen(v)
		}
	}
}

// test writes whether elements are anything but zero.
func test[D, S number](dst []D, src []S) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = truth[D](v != 0)
	}
}

// convert converts by Go's rules, except that floats become bytes by way of int64, so that 511 is
// 255 or -1 on every processor.
func convert[D, S number](dst []D, src []S) {
	dst = dst[:len(src)]
	var zero D
	switch any(zero).(type) {
	case uint8, int8:
		for i, v := range src {
			dst[i] = D(int64(v))
		}
		return
	}
	for i, v := range src {
		dst[i] = D(v)
	}
}

func truth[T number](b bool) T {
	if b {
		return 1
	}
	return 0
}

// Fill sets every element of dst.
func (*Backend) Fill(dst backend.View, value float64) error {
	if err := owned(dst); err != nil {
		return err
	}
	switch dst.Storage.DType() {
	case dtype.Float32:
		fill(dst, float32(value))
	case dtype.Float64:
		fill(dst, value)
	case dtype.Int64:
		fill(dst, int64(value))
	case dtype.Int32:
		fill(dst, int32(value))
	case dtype.Uint8:
		fill(dst, uint8(int64(value)))
	case dtype.Bool:
		fill(dst, truth[uint8](value != 0))
	default:
		return errDType(opName("fill"), dst.Storage.DType())
	}
	return nil
}

func fill[T number](dst backend.View, value T) {
	d := newOperand[T](dst)
	each(d.n, d.contiguous(), 1, func(lo, hi int, b *scratch) {
		to := d.room(lo, hi, typed[T](b, 0))
		for i := range to {
			to[i] = value
		}
		d.store(lo, to)
	})
}
