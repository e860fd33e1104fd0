package cpu

import (
	"unsafe"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/dtype"
)

// number is what arithmetic is done in.
type number interface {
	float32 | float64 | int64 | int32 | int8 | uint8
}

// Copy copies x into dst element by element and converts between data types: to Bool, anything but
// zero is true; from floating point to integers, fractions are dropped.
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
	if runUnary(asm.Best.Cast(x.Storage.DType(), dst.Storage.DType()), 1, dst, x) {
		return nil
	}
	switch dst.Storage.DType() {
	case dtype.Float32, dtype.Float16, dtype.BFloat16:
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
	}
	return errDType(opName("copy"), dst.Storage.DType())
}

func copySame[T elem](dst, x backend.View) {
	dst, x = inMemoryOrder(dst, x)
	if runUnary(move[T], 1, dst, x) || transpose[T](dst, x) {
		return
	}
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

// move copies n elements.
func move[T elem](n int, dst, x *byte) {
	copy(unsafe.Slice((*T)(unsafe.Pointer(dst)), n), unsafe.Slice((*T)(unsafe.Pointer(x)), n))
}

func copyTo[D number](dst, x backend.View) error {
	switch x.Storage.DType() {
	case dtype.Float32, dtype.Float16, dtype.BFloat16:
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
			for i, v := range from {
				to[i] = truth[D](v != 0)
			}
		} else {
			convert(to, from)
		}
		d.store(lo, to)
	})
}

// convert converts by Go's rules, except that floats become bytes by way of int64, so that -1 is
// 255 on every processor.
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
	case dtype.Float32, dtype.Float16, dtype.BFloat16:
		fill(dst, float32(value))
	case dtype.Float64:
		fill(dst, value)
	case dtype.Int64:
		fill(dst, int64(value))
	case dtype.Int32:
		fill(dst, int32(value))
	case dtype.Int8:
		fill(dst, int8(int64(value)))
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
	same := dst.Storage.DType().Size() == int(unsafe.Sizeof(value)) // and not halves, which are written as float32
	if same && dst.Layout.IsContiguous() && dst.Layout.Len() == 1 { // an operand that is a number
		slice[T](dst)[dst.Layout.Offset] = value
		return
	}
	d := newOperand[T](dst)
	each(d.n, d.contiguous(), 1, func(lo, hi int, b *scratch) {
		to := d.room(lo, hi, typed[T](b, 0))
		if len(to) > 0 {
			asm.Best.Fill(raw(to), raw([]T{value}))
		}
		d.store(lo, to)
	})
}
