package cpu

import (
	"fmt"
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/dtype"
)

// BenchmarkRoutines times the routines alone, on operands that stay in the L1 cache, in nanoseconds an element.
func BenchmarkRoutines(b *testing.B) {
	const n = 2048
	x, y, d := make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range x {
		x[i], y[i] = 0.1+float32(i*7919%n)/n, float32(i*104729%n)/n+0.5
	}
	time := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
			b.ReportMetric(0, "ns/op")
		})
	}
	for _, op := range backend.UnaryOps() {
		if f := asm.Best.Unary(op, dtype.Float32); f != nil {
			time(op.String(), func() { f(n, first(d), first(x)) })
		}
	}
	for _, a := range []backend.Activation{backend.GELU, backend.GELUTanh, backend.SiLU} {
		if f, g := asm.Best.Activation(a), asm.Best.ActivationGrad(a); f != nil {
			time(a.String(), func() { f(n, first(d), first(x)) })
			time(a.String()+"_grad", func() { g(n, first(d), first(x), first(y)) })
		}
	}
	for _, op := range []backend.BinaryOp{backend.Add, backend.Div, backend.Maximum, backend.Pow} {
		if f := asm.Best.Binary(op, dtype.Float32); f != nil {
			time(op.String(), func() { f(n, first(d), first(x), first(y), 1, 1) })
		}
	}
	v := asm.Best
	for _, p := range []struct {
		name string
		f    func()
	}{
		{"pass/max", func() { v.Max(n, &x[0]) }},
		{"pass/exp_sum", func() { v.ExpSum(n, &d[0], &x[0], 1.1) }},
		{"pass/sum", func() { sum32(0, x) }},
		{"pass/moments", func() { v.Moments(n, &x[0], 0.5) }},
		{"pass/standardize", func() { v.Standardize(n, &d[0], &x[0], 0.5, 2, 0) }},
	} {
		time(p.name, p.f)
	}
	s := new(scratch)
	for _, width := range []int{64, 1024} {
		for _, r := range []struct {
			name string
			f    rowFunc[float32]
		}{
			{"softmax", softmaxRow32},
			{"log_softmax", logSoftmaxRow32},
			{"norm", normRow32(1e-5)},
			{"norm_grad", normGradRow32(1e-5)},
			{"softmax_grad", softmaxGradRow32},
			{"log_softmax_grad", logSoftmaxGradRow32},
		} {
			time(fmt.Sprintf("%s/%d", r.name, width), func() {
				for at := 0; at < n; at += width {
					r.f(d[at:at+width], [2][]float32{x[at : at+width], y[at : at+width]}, s)
				}
			})
		}
	}
}
