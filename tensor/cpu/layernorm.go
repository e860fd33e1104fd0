package cpu

import (
	"fmt"
	"math"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
)

var _ backend.LayerNormBackend = (*Backend)(nil)

// LayerNorm computes weight·(x − mean)/√(variance + eps) + bias along the last axis.
func (*Backend) LayerNorm(dst, x, weight, bias backend.View, o backend.LayerNorm) error {
	if err := checkLayerNorm(dst, x, weight, bias, dst, dst); err != nil {
		return err
	}
	return byType(dst.Storage.DType(),
		func() { layerNorm(dst, x, weight, bias, layerNormRow32, o) },
		func() { layerNorm(dst, x, weight, bias, layerNormRow64, o) })
}

// LayerNormGrad computes the gradients of x, weight and bias.
func (*Backend) LayerNormGrad(dx, dweight, dbias, x, weight, g backend.View, o backend.LayerNorm) error {
	if err := checkLayerNorm(dx, x, weight, dbias, dweight, g); err != nil {
		return err
	}
	return byType(dx.Storage.DType(),
		func() { layerNormGrad(dx, dweight, dbias, x, weight, g, layerNormGradRow32, o) },
		func() { layerNormGrad(dx, dweight, dbias, x, weight, g, layerNormGradRow64, o) })
}

// checkLayerNorm checks operands: rows has x's shape as well, and dweight may be dst where there is none.
func checkLayerNorm(dst, x, weight, bias, dweight, rows backend.View) error {
	all := append(make([]backend.View, 0, 6), dst, x, rows)
	n := 1
	if r := x.Layout.Rank(); r > 0 {
		n = x.Layout.Shape[r-1]
	}
	for _, v := range []backend.View{weight, bias} {
		if v.Storage == nil {
			continue
		}
		if all = append(all, v); v.Layout.Len() != n {
			return fmt.Errorf("cpu: layernorm: a weight or bias of %d elements for rows of %d", v.Layout.Len(), n)
		}
	}
	if dweight.Storage != nil {
		all = append(all, dweight)
	}
	return sameFloat("layernorm", all...)
}

// optional is the elements of a view, or nil of none.
func optional[T float](v backend.View) []T {
	if v.Storage == nil {
		return nil
	}
	return dense[T](v)
}

func layerNorm[T float](dst, x, weight, bias backend.View, row func(dst, x, w, b []T, o backend.LayerNorm), o backend.LayerNorm) {
	w, b := optional[T](weight), optional[T](bias)
	rows(dst, 4, func(dst []T, ins [2][]T, _ *scratch) { row(dst, ins[0], w, b, o) }, x)
}

// layerNormGrad gives row a buffer of a row and four numbers. It sums the gradients of weight and bias over stripes of rows, and these in order, so that they don't depend
// on the number of threads.
func layerNormGrad[T float](dx, dweight, dbias, x, weight, g backend.View,
	row func(dx, x, w, g, buf []T, dw, db []float64, o backend.LayerNorm), o backend.LayerNorm,
) {
	dxs, xs, gs, w := dense[T](dx), dense[T](x), dense[T](g), optional[T](weight)
	dws, dbs := optional[T](dweight), optional[T](dbias)
	if len(dxs) == 0 {
		clear(dws)
		clear(dbs)
		return
	}
	n := dx.Layout.Shape[dx.Layout.Rank()-1]
	count := len(dxs) / n
	each := max((count+stripes-1)/stripes, grain/4/n, 1)
	sums, done := workspace[float64]((count + each - 1) / each * 2 * n)
	defer done()
	par.For(count, each, func(lo, hi int) {
		buf, done := workspace[T](n + 4)
		defer done()
		dw, db := sums[lo/each*2*n:][:n], sums[lo/each*2*n+n:][:n]
		clear(dw)
		clear(db)
		for i := lo; i < hi; i++ {
			at, to := i*n, (i+1)*n
			row(dxs[at:to], xs[at:to], w, gs[at:to], buf, dw, db, o)
		}
	})
	for at := 2 * n; at < len(sums); at += 2 * n {
		for i, v := range sums[at : at+2*n] {
			sums[i] += v
		}
	}
	for i := range dws {
		dws[i] = T(sums[i])
	}
	for i := range dbs {
		dbs[i] = T(sums[n+i])
	}
}

// layerNormRow64 is a row as the formula is written.
func layerNormRow64(dst, x, w, b []float64, o backend.LayerNorm) {
	mean, rstd := layerMoments64(x, o)
	for i, v := range x {
		y := (v - mean) * rstd
		if w != nil {
			y *= w[i]
		}
		if b != nil {
			y += b[i]
		}
		dst[i] = y
	}
}

// layerNormGradRow64 is a row of the gradients: with y = rstd·(x − mean) and h = g·w, that of x is
// rstd·(h − mean(h) − y·mean(h·y)), where an uncentered norm has no mean(h). g·y and g are added to dw and db.
func layerNormGradRow64(dx, x, w, g, h []float64, dw, db []float64, o backend.LayerNorm) {
	mean, rstd := layerMoments64(x, o)
	n := float64(len(x))
	sum, dot := 0.0, 0.0
	for i, v := range g {
		y := (x[i] - mean) * rstd
		dw[i] += v * y
		db[i] += v
		if h[i] = v; w != nil {
			h[i] *= w[i]
		}
		sum += h[i]
		dot += h[i] * y
	}
	if o.Uncentered {
		sum = 0
	}
	for i, v := range x {
		dx[i] = rstd * (h[i] - sum/n - (v-mean)*rstd*dot/n)
	}
}

// layerMoments64 is the mean of a row, or 0, and 1/√(variance + eps), in two passes: see moments.
func layerMoments64(x []float64, o backend.LayerNorm) (mean, rstd float64) {
	n, squares := float64(len(x)), 0.0
	if !o.Uncentered {
		mean = sumRow(0, x) / n
	}
	for _, v := range x {
		squares += (v - mean) * (v - mean)
	}
	return mean, 1 / math.Sqrt(squares/n+o.Eps)
}

func layerNormRow32(dst, x, w, b []float32, o backend.LayerNorm) {
	mean, rstd := layerMoments32(x, o)
	if w != nil && b != nil {
		asm.Best.LayerNorm(len(dst), &dst[0], &x[0], &w[0], &b[0], float32(mean), float32(rstd))
		return
	}
	asm.Best.Standardize(len(dst), &dst[0], &x[0], float32(mean), float32(rstd), 0)
	if w != nil {
		mul32(dst, dst, w)
	}
	if b != nil {
		add32(dst, dst, b)
	}
}

func layerNormGradRow32(dx, x, w, g, buf []float32, dw, db []float64, o backend.LayerNorm) {
	buf, k := buf[:len(x)], buf[len(x):]
	mean, rstd := layerMoments32(x, o)
	n := float64(len(x))
	asm.Best.Standardize(len(x), &buf[0], &x[0], float32(mean), float32(rstd), 0)
	mul32(buf, buf, g)
	asm.Best.AddWide(len(x), &dw[0], &buf[0])
	asm.Best.AddWide(len(x), &db[0], &g[0])
	h := g
	if w != nil {
		mul32(buf, g, w)
		h = buf
	}
	sum, dot := slopes32(x, h, float32(mean))
	if o.Uncentered {
		sum = 0
	}
	k[0], k[1], k[2], k[3] = float32(mean), float32(-rstd*rstd*rstd*dot/n), float32(sum/n), float32(rstd)
	asm.Best.NormGrad(len(x), &dx[0], &x[0], &h[0], &k[0])
}

func layerMoments32(x []float32, o backend.LayerNorm) (mean, rstd float64) {
	if !o.Uncentered {
		return moments32(x, o.Eps)
	}
	_, squares := sums32(x, 0)
	return 0, 1 / math.Sqrt(squares/float64(len(x))+o.Eps)
}
