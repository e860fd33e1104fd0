package cpu

import (
	"fmt"
	"math"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
	"github.com/rustygradients/rg/tensor/dtype"
)

var _ backend.CrossEntropyBackend = (*Backend)(nil)

// CrossEntropy computes −log softmax(x)[target] of each row.
func (*Backend) CrossEntropy(dst, lse, x, targets backend.View) error {
	if err := checkCrossEntropy(x, targets, lse, dst, x); err != nil {
		return err
	}
	return byType(x.Storage.DType(), func() { crossEntropy[float32](dst, lse, x, targets) }, func() { crossEntropy[float64](dst, lse, x, targets) })
}

// CrossEntropyGrad computes g·(softmax(x) − onehot(target)).
func (*Backend) CrossEntropyGrad(dst, x, targets, lse, g backend.View) error {
	if err := checkCrossEntropy(x, targets, lse, dst, x, g); err != nil {
		return err
	}
	return byType(x.Storage.DType(), func() { crossEntropyGrad[float32](dst, x, targets, lse, g) }, func() { crossEntropyGrad[float64](dst, x, targets, lse, g) })
}

func checkCrossEntropy(x, targets, lse backend.View, floats ...backend.View) error {
	if err := sameFloat("crossentropy", floats...); err != nil {
		return err
	}
	if err := owned(targets, lse); err != nil {
		return err
	}
	if targets.Storage.DType() != dtype.Int64 || lse.Storage.DType() != dtype.Float64 || !lse.Layout.IsContiguous() {
		return fmt.Errorf("cpu: crossentropy: takes int64 targets and a contiguous float64 log-sum-exp")
	}
	classes := x.Layout.Shape[1]
	for _, t := range dense[int64](targets) {
		if t < 0 || t >= int64(classes) {
			return fmt.Errorf("cpu: crossentropy: index %d is out of range for %d classes", t, classes)
		}
	}
	return nil
}

func crossEntropy[T float](dst, lse, x, targets backend.View) {
	xs, at, out, sums := dense[T](x), dense[int64](targets), dense[T](dst), dense[float64](lse)
	classes := x.Layout.Shape[1]
	par.For(len(out), max(1, grain/8/max(classes, 1)), func(lo, hi int) {
		s := scratches.Get().(*scratch)
		defer scratches.Put(s)
		buf := typed[T](s, 0)
		for i := lo; i < hi; i++ {
			row := xs[i*classes : (i+1)*classes]
			top, sum := row[0], 0.0
			for rest := row; len(rest) > 0; { // once over memory: the sum shrinks where a larger maximum comes
				e := rest[:min(block, len(rest))]
				rest = rest[len(e):]
				if m := max(top, maxOf(e)); m != top {
					sum *= math.Exp(float64(top) - float64(m))
					top = m
				}
				sum += expSum(buf[:len(e)], e, top)
			}
			// In float64, where a large top doesn't swallow the rest.
			sums[i] = float64(top) + math.Log(sum)
			out[i] = T(float64(top) - float64(row[at[i]]) + math.Log(sum))
		}
	})
}

func crossEntropyGrad[T float](dst, x, targets, lse, g backend.View) {
	xs, at, out, sums, gs := dense[T](x), dense[int64](targets), dense[T](dst), dense[float64](lse), dense[T](g)
	classes := x.Layout.Shape[1]
	par.For(len(at), max(1, grain/8/max(classes, 1)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			// exp(x − lse), where lse has more digits than T: the rest of it is a factor.
			near := T(sums[i])
			factor := gs[i] * T(math.Exp(float64(near)-sums[i]))
			for from := i * classes; from < (i+1)*classes; from += block {
				to := min(from+block, (i+1)*classes)
				expSum(out[from:to], xs[from:to], near)
				affineInto(out[from:to], out[from:to], factor, 0)
			}
			out[i*classes+int(at[i])] -= gs[i]
		}
	})
}
