package cpu

import (
	"fmt"
	"math"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
	"github.com/rustygradients/rg/tensor/dtype"
)

// The operations of this file are backend's optional interfaces: one pass over memory for what would
// be several.
var (
	_ backend.HostStorage        = (*Storage)(nil)
	_ backend.SoftmaxBackend     = (*Backend)(nil)
	_ backend.SoftmaxGradBackend = (*Backend)(nil)
	_ backend.NormBackend        = (*Backend)(nil)
	_ backend.ActivationBackend  = (*Backend)(nil)
	_ backend.AdamBackend        = (*Backend)(nil)
	_ backend.MemoryBackend      = (*Backend)(nil)
)

type float interface{ float32 | float64 }

// sameFloat checks that all operands are of one floating-point type that there are kernels for, and
// that the first, which is written, is contiguous.
func sameFloat(op string, views ...backend.View) error {
	if err := owned(views...); err != nil {
		return err
	}
	dt := views[0].Storage.DType()
	for _, v := range views {
		if d := v.Storage.DType(); d != dt {
			return fmt.Errorf("cpu: %s: data types differ: %s and %s", op, dt, d)
		}
	}
	if dt != dtype.Float32 && dt != dtype.Float64 {
		return errDType(opName(op), dt)
	}
	if !views[0].Layout.IsContiguous() {
		return fmt.Errorf("cpu: %s: the destination is not contiguous", op)
	}
	return nil
}

// dense returns the elements of a view in order: in place if they lie so, else copied.
func dense[T elem](v backend.View) []T {
	o := newOperand[T](v)
	if o.n == 0 {
		return nil
	}
	if o.contiguous() {
		return o.data[o.offset : o.offset+o.n]
	}
	return gathered[T](v)
}

// gathered is dense where the elements have to be copied. It is apart because its closure would cost garbage even where none is.
func gathered[T elem](v backend.View) []T {
	o := newOperand[T](v)
	out := make([]T, o.n)
	par.For(o.n, grain, func(lo, hi int) { o.load(lo, hi, out[lo:hi]) })
	return out
}

// rowFunc computes a row of the result from the rows of the operands. dst may be one of them.
type rowFunc[T float] func(dst []T, ins [2][]T, s *scratch)

// rows calls f for each row along the last axis. ins are the operands; a row of each is given to f.
func rows[T float](dst backend.View, cost int, f rowFunc[T], ins ...backend.View) {
	n := 1
	if r := dst.Layout.Rank(); r > 0 {
		n = dst.Layout.Shape[r-1]
	}
	if dst.Layout.Len() == 0 {
		return
	}
	d := dense[T](dst)
	var xs [2][]T
	for i, v := range ins {
		xs[i] = dense[T](v)
	}
	par.For(len(d)/n, max(1, grain/cost/n), func(lo, hi int) {
		s := scratches.Get().(*scratch)
		defer scratches.Put(s)
		for ; lo < hi; lo++ {
			var part [2][]T
			for i := range ins {
				part[i] = xs[i][lo*n : (lo+1)*n]
			}
			f(d[lo*n:(lo+1)*n], part, s)
		}
	})
}

// byType runs the float32 or the float64 form.
func byType(dt dtype.DType, f32, f64 func()) error {
	if dt == dtype.Float32 {
		f32()
	} else {
		f64()
	}
	return nil
}

// expInto computes e^x into dst.
func expInto[T float](dst, x []T) {
	if d, ok := any(dst).([]float32); ok {
		exp32(d, any(x).([]float32))
		return
	}
	for i, v := range x {
		dst[i] = T(math.Exp(float64(v)))
	}
}

func maxOf[T float](x []T) T {
	if x, ok := any(x).([]float32); ok {
		return T(max32(x))
	}
	m := x[0]
	for _, v := range x[1:] {
		m = max(m, v)
	}
	return m
}

// affineInto computes a·x + b into dst.
func affineInto[T float](dst, x []T, a, b T) {
	if d, ok := any(dst).([]float32); ok {
		affine32(d, any(x).([]float32), float32(a), float32(b))
		return
	}
	for i, v := range x {
		dst[i] = a*v + b
	}
}

// Softmax computes eˣ / Σ eˣ along the last axis.
func (b *Backend) Softmax(dst, x backend.View) error {
	if isHalf(dst, x) {
		return inFloat32(dst, func(dst backend.View, ins []backend.View) error { return b.Softmax(dst, ins[0]) }, x)
	}
	if err := sameFloat("softmax", dst, x); err != nil {
		return err
	}
	return byType(dst.Storage.DType(),
		func() { rows(dst, 8, softmaxRow32, x) },
		func() { rows(dst, 8, softmaxRow[float64], x) })
}

func softmaxRow[T float](dst []T, ins [2][]T, _ *scratch) {
	affineInto(dst, ins[0], 1, -maxOf(ins[0]))
	expInto(dst, dst)
	affineInto(dst, dst, T(1/sumRow(0, dst)), 0)
}

// LogSoftmax computes x − log Σ eˣ along the last axis.
func (b *Backend) LogSoftmax(dst, x backend.View) error {
	if isHalf(dst, x) {
		return inFloat32(dst, func(dst backend.View, ins []backend.View) error { return b.LogSoftmax(dst, ins[0]) }, x)
	}
	if err := sameFloat("log_softmax", dst, x); err != nil {
		return err
	}
	return byType(dst.Storage.DType(),
		func() { rows(dst, 8, logSoftmaxRow32, x) },
		func() { rows(dst, 8, logSoftmaxRow[float64], x) })
}

func logSoftmaxRow[T float](dst []T, ins [2][]T, s *scratch) {
	x := ins[0]
	m := maxOf(x)
	buf := typed[T](s, 0)
	sum := 0.0
	for rest := x; len(rest) > 0; {
		e := buf[:min(block, len(rest))]
		affineInto(e, rest[:len(e)], 1, -m)
		expInto(e, e)
		sum = sumRow(sum, e)
		rest = rest[len(e):]
	}
	shift := T(math.Log(sum))
	affineInto(dst, x, 1, -m) // not −(m + shift) at once, where a large m would swallow shift
	affineInto(dst, dst, 1, -shift)
}

// SoftmaxGrad computes y·(g − Σ g·y).
func (b *Backend) SoftmaxGrad(dst, y, g backend.View) error {
	if isHalf(dst, y, g) {
		return inFloat32(dst, func(dst backend.View, ins []backend.View) error { return b.SoftmaxGrad(dst, ins[0], ins[1]) }, y, g)
	}
	if err := sameFloat("softmax", dst, y, g); err != nil {
		return err
	}
	return byType(dst.Storage.DType(),
		func() { rows(dst, 2, softmaxGradRow32, y, g) },
		func() { rows(dst, 2, softmaxGradRow[float64], y, g) })
}

func softmaxGradRow[T float](dst []T, ins [2][]T, s *scratch) {
	y, g := ins[0], ins[1]
	sum := T(dotRow(y, g, s))
	for i, v := range y {
		dst[i] = v * (g[i] - sum)
	}
}

// LogSoftmaxGrad computes g − eʸ·Σ g.
func (b *Backend) LogSoftmaxGrad(dst, y, g backend.View) error {
	if isHalf(dst, y, g) {
		return inFloat32(dst, func(dst backend.View, ins []backend.View) error { return b.LogSoftmaxGrad(dst, ins[0], ins[1]) }, y, g)
	}
	if err := sameFloat("log_softmax", dst, y, g); err != nil {
		return err
	}
	return byType(dst.Storage.DType(),
		func() { rows(dst, 8, logSoftmaxGradRow32, y, g) },
		func() { rows(dst, 8, logSoftmaxGradRow[float64], y, g) })
}

func logSoftmaxGradRow[T float](dst []T, ins [2][]T, s *scratch) {
	y, g := ins[0], ins[1]
	sum := T(sumRow(0, g))
	buf := typed[T](s, 0)
	for at := 0; at < len(y); at += block {
		n := min(block, len(y)-at)
		expInto(buf[:n], y[at:at+n])
		for i, e := range buf[:n] {
			dst[at+i] = g[at+i] - e*sum
		}
	}
}

// dotRow is Σ x·y, added in float64. It uses the last buffer of s.
func dotRow[T float](x, y []T, s *scratch) float64 {
	sum := 0.0
	for buf := typed[T](s, 3); len(x) > 0; {
		p := buf[:min(block, len(x))]
		mulInto(p, x[:len(p)], y[:len(p)])
		sum = sumRow(sum, p)
		x, y = x[len(p):], y[len(p):]
	}
	return sum
}

func mulInto[T float](dst, x, y []T) {
	if d, ok := any(dst).([]float32); ok {
		mul32(d, any(x).([]float32), any(y).([]float32))
		return
	}
	mul(dst, x, y)
}

// moments returns the mean of a row and 1/√(variance + eps), with the biased variance. Two passes,
// because the mean of squares less the square of the mean cancels. It uses the last buffer of s.
func moments[T float](x []T, eps float64, s *scratch) (mean, rstd float64) {
	n := float64(len(x))
	mean = sumRow(0, x) / n
	squares := 0.0
	for buf := typed[T](s, 3); len(x) > 0; {
		d := buf[:min(block, len(x))]
		affineInto(d, x[:len(d)], 1, T(-mean))
		mulInto(d, d, d)
		squares = sumRow(squares, d)
		x = x[len(d):]
	}
	return mean, 1 / math.Sqrt(squares/n+eps)
}

// Norm computes (x − mean) / √(variance + eps) along the last axis.
func (b *Backend) Norm(dst, x backend.View, eps float64) error {
	if isHalf(dst, x) {
		return inFloat32(dst, func(dst backend.View, ins []backend.View) error { return b.Norm(dst, ins[0], eps) }, x)
	}
	if err := sameFloat("norm", dst, x); err != nil {
		return err
	}
	return byType(dst.Storage.DType(),
		func() { rows(dst, 4, normRow32(eps), x) },
		func() { rows(dst, 4, normRow[float64](eps), x) })
}

func normRow[T float](eps float64) rowFunc[T] {
	return func(dst []T, ins [2][]T, s *scratch) {
		mean, rstd := moments(ins[0], eps, s)
		affineInto(dst, ins[0], 1, T(-mean)) // first, so that a large mean doesn't cancel
		affineInto(dst, dst, T(rstd), 0)
	}
}

// NormGrad computes rstd·(g − mean(g) − y·mean(g·y)), where y is the normalised x.
func (b *Backend) NormGrad(dst, x, g backend.View, eps float64) error {
	if isHalf(dst, x, g) {
		return inFloat32(dst, func(dst backend.View, ins []backend.View) error { return b.NormGrad(dst, ins[0], ins[1], eps) }, x, g)
	}
	if err := sameFloat("norm", dst, x, g); err != nil {
		return err
	}
	return byType(dst.Storage.DType(),
		func() { rows(dst, 4, normGradRow32(eps), x, g) },
		func() { rows(dst, 4, normGradRow[float64](eps), x, g) })
}

func normGradRow[T float](eps float64) rowFunc[T] {
	return func(dst []T, ins [2][]T, s *scratch) {
		x, g := ins[0], ins[1]
		n := float64(len(x))
		mean, rstd := moments(x, eps, s)
		gMean := sumRow(0, g) / n
		gy := 0.0 // mean(g·y), y = rstd·(x − mean)
		for at := 0; at < len(x); at += block {
			end := min(at+block, len(x))
			y := typed[T](s, 0)[:end-at]
			affineInto(y, x[at:end], 1, T(-mean))
			gy += rstd * dotRow(g[at:end], y, s) / n
		}
		for at := 0; at < len(x); at += block {
			end := min(at+block, len(x))
			y := typed[T](s, 0)[:end-at]
			affineInto(y, x[at:end], 1, T(-mean))
			affineInto(y, y, T(-rstd*gy), T(-gMean)) // −y·mean(g·y) − mean(g)
			addInto(y, y, g[at:end])
			affineInto(dst[at:end], y, T(rstd), 0)
		}
	}
}

func addInto[T float](dst, x, y []T) {
	if d, ok := any(dst).([]float32); ok {
		add32(d, any(x).([]float32), any(y).([]float32))
		return
	}
	add(dst, x, y)
}

// Activation computes a smooth activation.
func (b *Backend) Activation(a backend.Activation, dst, x backend.View) error {
	if isHalf(dst, x) {
		return inFloat32(dst, func(dst backend.View, ins []backend.View) error { return b.Activation(a, dst, ins[0]) }, x)
	}
	if err := sameFloat(a.String(), dst, x); err != nil {
		return err
	}
	if dst.Storage.DType() == dtype.Float32 && runUnary(asm.Best.Activation(a), 8, dst, x) {
		return nil
	}
	return byType(dst.Storage.DType(),
		func() { activate(a, activation32, dst, x) },
		func() { activate(a, activation64, dst, x) })
}

// ActivationGrad computes g times the derivative at x.
func (b *Backend) ActivationGrad(a backend.Activation, dst, x, g backend.View) error {
	if isHalf(dst, x, g) {
		return inFloat32(dst, func(dst backend.View, ins []backend.View) error { return b.ActivationGrad(a, dst, ins[0], ins[1]) }, x, g)
	}
	if err := sameFloat(a.String(), dst, x, g); err != nil {
		return err
	}
	if dst.Storage.DType() == dtype.Float32 && runGated(asm.Best.ActivationGrad(a), 8, dst, x, g) {
		return nil
	}
	return byType(dst.Storage.DType(),
		func() { activate(a, activation32, dst, x, g) },
		func() { activate(a, activation64, dst, x, g) })
}

func activate[T float](a backend.Activation, f func(a backend.Activation, dst, x, g []T), dst, x backend.View, g ...backend.View) {
	d, xs := dense[T](dst), dense[T](x)
	var gs []T
	if len(g) > 0 {
		gs = dense[T](g[0])
	}
	par.For(len(d), grain/8, func(lo, hi int) {
		var part []T
		if gs != nil {
			part = gs[lo:hi]
		}
		f(a, d[lo:hi], xs[lo:hi], part)
	})
}

// AdamW updates a parameter and its moments in one pass.
func (b *Backend) AdamW(param, grad, m, v backend.View, s backend.AdamStep) error {
	if isHalf(param, grad, m, v) { // three destinations, one inside the other
		return inFloat32(param, func(param backend.View, ins []backend.View) error {
			return inFloat32(m, func(m backend.View, _ []backend.View) error {
				return inFloat32(v, func(v backend.View, _ []backend.View) error { return b.AdamW(param, ins[0], m, v, s) })
			})
		}, grad)
	}
	if err := sameFloat("adamw", param, grad, m, v); err != nil {
		return err
	}
	for _, view := range []backend.View{m, v} {
		if !view.Layout.IsContiguous() {
			return fmt.Errorf("cpu: adamw: the moments are not contiguous")
		}
	}
	return byType(param.Storage.DType(),
		func() {
			c := asm.AdamW{
				Beta1: float32(s.Beta1), Rest1: float32(1 - s.Beta1),
				Beta2: float32(s.Beta2), Rest2: float32(1 - s.Beta2),
				Scale: float32(s.Scale), Keep: float32(1 - s.Rate*s.Decay), Step: float32(s.Rate / s.Correction1),
				Root: float32(1 / math.Sqrt(s.Correction2)), Eps: float32(s.Eps),
			}
			p, g, m, v := dense[float32](param), dense[float32](grad), dense[float32](m), dense[float32](v)
			par.For(len(p), grain, func(lo, hi int) { adamW32(p[lo:hi], g[lo:hi], m[lo:hi], v[lo:hi], &c) })
		},
		func() { adamW64(dense[float64](param), dense[float64](grad), dense[float64](m), dense[float64](v), s) })
}

// adamW64 is a step in float64, as the formula is written.
func adamW64(p, g, m, v []float64, s backend.AdamStep) {
	for i := range p {
		gi := g[i] * s.Scale
		m[i] = s.Beta1*m[i] + (1-s.Beta1)*gi
		v[i] = s.Beta2*v[i] + (1-s.Beta2)*gi*gi
		p[i] = p[i]*(1-s.Rate*s.Decay) - s.Rate/s.Correction1*m[i]/(math.Sqrt(v[i]/s.Correction2)+s.Eps)
	}
}
