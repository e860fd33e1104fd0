package cpu

import (
	"fmt"
	"math"

	"github.com/rustygradients/rg/tensor/backend"
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
	out := make([]T, o.n)
	par.For(o.n, grain, func(lo, hi int) { o.load(lo, hi, out[lo:hi]) })
	return out
}

// rows calls f for each row along the last axis. ins are the operands; a row of each is given to f.
func rows[T float](dst backend.View, cost int, f func(dst []T, ins [2][]T), ins ...backend.View) {
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
		for ; lo < hi; lo++ {
			var part [2][]T
			for i := range ins {
				part[i] = xs[i][lo*n : (lo+1)*n]
			}
			f(d[lo*n:(lo+1)*n], part)
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
	m := x[0]
	for _, v := range x[1:] {
		m = max(m, v)
	}
	return m
}

// Softmax computes eˣ / Σ eˣ along the last axis.
func (*Backend) Softmax(dst, x backend.View) error {
	if err := sameFloat("softmax", dst, x); err != nil {
		return err
	}
	return byType(dst.Storage.DType(),
		func() { rows(dst, 8, softmaxRow[float32], x) },
		func() { rows(dst, 8, softmaxRow[float64], x) })
}

func softmaxRow[T float](dst []T, ins [2][]T) {
	x := ins[0]
	m := maxOf(x)
	for i, v := range x {
		dst[i] = v - m
	}
	expInto(dst, dst)
	scale := T(1 / sumRow(0, dst))
	for i := range dst {
		dst[i] *= scale
	}
}

// LogSoftmax computes x − log Σ eˣ along the last axis.
func (*Backend) LogSoftmax(dst, x backend.View) error {
	if err := sameFloat("log_softmax", dst, x); err != nil {
		return err
	}
	return byType(dst.Storage.DType(),
		func() { rows(dst, 8, logSoftmaxRow[float32], x) },
		func() { rows(dst, 8, logSoftmaxRow[float64], x) })
}

func logSoftmaxRow[T float](dst []T, ins [2][]T) {
	x := ins[0]
	m := maxOf(x)
	var buf [block]T
	sum := 0.0
	for rest := x; len(rest) > 0; {
		e := buf[:min(block, len(rest))]
		for i := range e {
			e[i] = rest[i] - m
		}
		expInto(e, e)
		sum = sumRow(sum, e)
		rest = rest[len(e):]
	}
	shift := T(math.Log(sum))
	for i, v := range x {
		dst[i] = v - m - shift // not v − (m + shift), where a large m would swallow shift
	}
}

// SoftmaxGrad computes y·(g − Σ g·y).
func (*Backend) SoftmaxGrad(dst, y, g backend.View) error {
	if err := sameFloat("softmax", dst, y, g); err != nil {
		return err
	}
	return byType(dst.Storage.DType(),
		func() { rows(dst, 2, softmaxGradRow[float32], y, g) },
		func() { rows(dst, 2, softmaxGradRow[float64], y, g) })
}

func softmaxGradRow[T float](dst []T, ins [2][]T) {
	y, g := ins[0], ins[1]
	sum := T(dotRow(y, g))
	for i, v := range y {
		dst[i] = v * (g[i] - sum)
	}
}

// LogSoftmaxGrad computes g − eʸ·Σ g.
func (*Backend) LogSoftmaxGrad(dst, y, g backend.View) error {
	if err := sameFloat("log_softmax", dst, y, g); err != nil {
		return err
	}
	return byType(dst.Storage.DType(),
		func() { rows(dst, 8, logSoftmaxGradRow[float32], y, g) },
		func() { rows(dst, 8, logSoftmaxGradRow[float64], y, g) })
}

func logSoftmaxGradRow[T float](dst []T, ins [2][]T) {
	y, g := ins[0], ins[1]
	sum := T(sumRow(0, g))
	var buf [block]T
	for at := 0; at < len(y); at += block {
		n := min(block, len(y)-at)
		expInto(buf[:n], y[at:at+n])
		for i, e := range buf[:n] {
			dst[at+i] = g[at+i] - e*sum
		}
	}
}

// dotRow is Σ x·y, in float64.
func dotRow[T float](x, y []T) float64 {
	y = y[:len(x)]
	var s [4]float64
	i := 0
	for ; i+4 <= len(x); i += 4 {
		s[0] += float64(x[i]) * float64(y[i])
		s[1] += float64(x[i+1]) * float64(y[i+1])
		s[2] += float64(x[i+2]) * float64(y[i+2])
		s[3] += float64(x[i+3]) * float64(y[i+3])
	}
	for ; i < len(x); i++ {
		s[0] += float64(x[i]) * float64(y[i])
	}
	return (s[0] + s[1]) + (s[2] + s[3])
}

// moments returns the mean of a row and 1/√(variance + eps), with the biased variance. Two passes,
// because the mean of squares less the square of the mean cancels.
func moments[T float](x []T, eps float64) (mean, rstd float64) {
	n := float64(len(x))
	mean = sumRow(0, x) / n
	var s0, s1 float64
	i := 0
	for ; i+2 <= len(x); i += 2 {
		d0, d1 := float64(x[i])-mean, float64(x[i+1])-mean
		s0 += d0 * d0
		s1 += d1 * d1
	}
	if i < len(x) {
		d := float64(x[i]) - mean
		s0 += d * d
	}
	return mean, 1 / math.Sqrt((s0+s1)/n+eps)
}

// Norm computes (x − mean) / √(variance + eps) along the last axis.
func (*Backend) Norm(dst, x backend.View, eps float64) error {
	if err := sameFloat("norm", dst, x); err != nil {
		return err
	}
	return byType(dst.Storage.DType(),
		func() { rows(dst, 4, normRow[float32](eps), x) },
		func() { rows(dst, 4, normRow[float64](eps), x) })
}

func normRow[T float](eps float64) func(dst []T, ins [2][]T) {
	return func(dst []T, ins [2][]T) {
		mean, rstd := moments(ins[0], eps)
		m, r := T(mean), T(rstd)
		for i, v := range ins[0] {
			dst[i] = (v - m) * r
		}
	}
}

// NormGrad computes rstd·(g − mean(g) − y·mean(g·y)), where y is the normalised x.
func (*Backend) NormGrad(dst, x, g backend.View, eps float64) error {
	if err := sameFloat("norm", dst, x, g); err != nil {
		return err
	}
	return byType(dst.Storage.DType(),
		func() { rows(dst, 4, normGradRow[float32](eps), x, g) },
		func() { rows(dst, 4, normGradRow[float64](eps), x, g) })
}

func normGradRow[T float](eps float64) func(dst []T, ins [2][]T) {
	return func(dst []T, ins [2][]T) {
		x, g := ins[0], ins[1]
		n := float64(len(x))
		mean, rstd := moments(x, eps)
		gSum := sumRow(0, g)
		gMean := T(gSum / n)
		// Σ g·y = rstd·(Σ g·x − mean·Σ g)
		gy := T(rstd * (dotRow(g, x) - mean*gSum) / n)
		m, r := T(mean), T(rstd)
		for i, v := range x {
			dst[i] = r * (g[i] - gMean - (v-m)*r*gy)
		}
	}
}

// Activation computes a smooth activation.
func (*Backend) Activation(a backend.Activation, dst, x backend.View) error {
	if err := sameFloat(a.String(), dst, x); err != nil {
		return err
	}
	return byType(dst.Storage.DType(),
		func() { activate(a, activation32, dst, x) },
		func() { activate(a, activation64, dst, x) })
}

// ActivationGrad computes g times the derivative at x.
func (*Backend) ActivationGrad(a backend.Activation, dst, x, g backend.View) error {
	if err := sameFloat(a.String(), dst, x, g); err != nil {
		return err
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
func (*Backend) AdamW(param, grad, m, v backend.View, s backend.AdamStep) error {
	if err := sameFloat("adamw", param, grad, m, v); err != nil {
		return err
	}
	for _, view := range []backend.View{m, v} {
		if !view.Layout.IsContiguous() {
			return fmt.Errorf("cpu: adamw: the moments are not contiguous")
		}
	}
	return byType(param.Storage.DType(),
		func() { adamW(dense[float32](param), dense[float32](grad), dense[float32](m), dense[float32](v), s) },
		func() { adamW(dense[float64](param), dense[float64](grad), dense[float64](m), dense[float64](v), s) })
}

func adamW[T float](param, grad, m, v []T, s backend.AdamStep) {
	b1, b2, scale := T(s.Beta1), T(s.Beta2), T(s.Scale)
	rest1, rest2 := T(1-s.Beta1), T(1-s.Beta2)
	keep, step := T(1-s.Rate*s.Decay), T(s.Rate/s.Correction1)
	eps, root := T(s.Eps), T(1/math.Sqrt(s.Correction2))
	par.For(len(param), grain/4, func(lo, hi int) {
		p, g := param[lo:hi], grad[lo:hi]
		m, v := m[lo:hi], v[lo:hi]
		for i := range p {
			gi := g[i] * scale
			mi := b1*m[i] + rest1*gi
			vi := b2*v[i] + rest2*gi*gi
			m[i], v[i] = mi, vi
			p[i] = p[i]*keep - step*mi/(T(math.Sqrt(float64(vi)))*root+eps)
		}
	})
}
