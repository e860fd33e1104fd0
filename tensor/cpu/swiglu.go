package cpu

import (
	"fmt"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
	"github.com/rustygradients/rg/tensor/dtype"
)

var _ backend.SwiGLUBackend = (*Backend)(nil)

// SwiGLU computes x·gate·σ(gate).
func (*Backend) SwiGLU(dst, x, gate backend.View) error {
	return gated([]backend.View{dst}, []backend.View{x, gate},
		func(to, from [][]float32, _ []float32) { swiGLU(to[0], from[0], from[1], silu32) },
		func(to, from [][]float64, _ []float64) { swiGLU(to[0], from[0], from[1], silu64) })
}

// SwiGLUGrad computes the gradients of x and gate.
func (*Backend) SwiGLUGrad(dx, dgate, x, gate, g backend.View) error {
	return gated([]backend.View{dx, dgate}, []backend.View{x, gate, g},
		func(to, from [][]float32, buf []float32) {
			swiGLUGrad(to[0], to[1], from[0], from[1], from[2], buf, silu32)
		},
		func(to, from [][]float64, buf []float64) {
			swiGLUGrad(to[0], to[1], from[0], from[1], from[2], buf, silu64)
		})
}

func silu32(dst, x, g []float32) { activation32(backend.SiLU, dst, x, g) }
func silu64(dst, x, g []float64) { activation64(backend.SiLU, dst, x, g) }

// swiGLU is a block, by SiLU of it.
func swiGLU[T float](dst, x, gate []T, silu func(dst, x, g []T)) {
	silu(dst, gate, nil)
	mulInto(dst, dst, x)
}

// swiGLUGrad is a block: dx = g·silu(gate) and dgate = g·x·silu′(gate).
func swiGLUGrad[T float](dx, dgate, x, gate, g, buf []T, silu func(dst, x, g []T)) {
	silu(dx, gate, nil)
	mulInto(dx, dx, g)
	mulInto(buf, g, x)
	silu(dgate, gate, buf)
}

// gated calls f for blocks of the operands, which it loads and stores, with a buffer as long; halves are computed in float32.
func gated(dst, x []backend.View, f32 func(to, from [][]float32, buf []float32), f64 func(to, from [][]float64, buf []float64)) error {
	all := append(dst[:len(dst):len(dst)], x...)
	if err := owned(all...); err != nil {
		return err
	}
	dt := dst[0].Storage.DType()
	for _, v := range all {
		if d := v.Storage.DType(); d != dt {
			return fmt.Errorf("cpu: swiglu: data types differ: %s and %s", dt, d)
		}
	}
	switch dt {
	case dtype.Float32, dtype.Float16, dtype.BFloat16:
		blocks(dst, x, f32)
	case dtype.Float64:
		blocks(dst, x, f64)
	default:
		return errDType(opName("swiglu"), dt)
	}
	return nil
}

func blocks[T float](dst, x []backend.View, f func(to, from [][]T, buf []T)) {
	var outs, ins []operand[T]
	for _, v := range dst {
		outs = append(outs, newOperand[T](v))
	}
	for _, v := range x {
		ins = append(ins, newOperand[T](v))
	}
	par.For(outs[0].n, grain/8, func(lo, hi int) {
		buf, done := workspace[T]((len(outs) + len(ins) + 1) * block)
		defer done()
		to, from := make([][]T, len(outs)), make([][]T, len(ins))
		for ; lo < hi; lo += block {
			end, rest := min(lo+block, hi), buf
			for k := range ins {
				from[k], rest = ins[k].load(lo, end, rest[:block]), rest[block:]
			}
			for k := range outs {
				to[k], rest = outs[k].room(lo, end, rest[:block]), rest[block:]
			}
			f(to, from, rest[:end-lo])
			for k := range outs {
				outs[k].store(lo, to[k])
			}
		}
	})
}
