package tensor

import "github.com/rustygradients/rg/tensor/backend"

// scanner is the device's way to combine each element with those before it, if it has one.
func (t *Tensor) scanner() (b backend.ScanBackend, ok bool) {
	return backend.As[backend.ScanBackend](t.backend())
}

// scanned is a scan along an axis by the device, without a gradient.
func (t *Tensor) scanned(b backend.ScanBackend, op backend.ScanOp, axis int) *Tensor {
	backend.Poll()
	last, dt := t.Rank()-1, t.DType()
	if op == backend.CumMax || op == backend.CumMin {
		dt = Int64
	}
	x := t.Detach().Transpose(axis, last)
	out := x.like(op.String(), dt, x.layout.Shape)
	must(b.Scan(op, out.v(), x.v()), op.String(), t)
	return out.Transpose(axis, last)
}

// scan combines each element along an axis with all that come before it. f is associative and v its neutral
// element. Each round combines with what lies d back, which is d elements already (Hillis and Steele 1986).
func (t *Tensor) scan(op backend.ScanOp, axis int, v float64, f func(x, y *Tensor) *Tensor) *Tensor {
	if t.scalarAxis(axis) {
		return t
	}
	axis = t.axis(op.String(), axis)
	if b, ok := t.scanner(); ok && !(t.RequiresGrad() && GradEnabled()) {
		return t.scanned(b, op, axis)
	}
	n := t.layout.Shape[axis]
	x := t
	for d := 1; d < n; d *= 2 {
		spans := x.spans()
		spans[axis] = span{d, 1, n - d}
		x = f(x, x.Narrow(axis, 0, n-d).embed(x.layout.Shape, spans, v))
	}
	return x
}

// CumSum adds the elements up along an axis: each with all that come before it.
func (t *Tensor) CumSum(axis int) *Tensor {
	x := t.summed()
	if x.DType().IsHalf() {
		return x.wide().CumSum(axis).To(x.DType())
	}
	if t.scalarAxis(axis) {
		return x
	}
	return record(x.Detach().scan(backend.CumSum, axis, 0, (*Tensor).Add), "cumsum", t.axis("cumsum", axis), x)
}

// CumProd multiplies the elements up along an axis: each with all that come before it.
func (t *Tensor) CumProd(axis int) *Tensor {
	x := t.summed()
	if x.DType().IsHalf() {
		return x.wide().CumProd(axis).To(x.DType())
	}
	return x.scan(backend.CumProd, axis, 1, (*Tensor).Mul)
}

// LogCumSumExp is the logarithm of CumSum of eˣ, without overflow.
func (t *Tensor) LogCumSumExp(axis int) *Tensor {
	// In float64, as rounding adds up on the way to and fro.
	return t.To(Float64).scan(backend.LogCumSumExp, axis, -inf, (*Tensor).LogAddExp).To(floating(t.DType()))
}

// CumMax is the largest element so far along an axis, and its index; the last of equals.
func (t *Tensor) CumMax(axis int) (values, indices *Tensor) {
	return t.cumulative(backend.CumMax, axis, func(v, best float64) bool { return v >= best })
}

// CumMin is the smallest element so far along an axis, and its index; see CumMax.
func (t *Tensor) CumMin(axis int) (values, indices *Tensor) {
	return t.cumulative(backend.CumMin, axis, func(v, best float64) bool { return v <= best })
}

func (t *Tensor) cumulative(op backend.ScanOp, axis int, better func(v, best float64) bool) (values, indices *Tensor) {
	if b, ok := t.scanner(); ok && t.Rank() > 0 {
		axis = t.axis(op.String(), axis)
		indices = t.scanned(b, op, axis)
		return t.Gather(axis, indices), indices
	}
	indices = t.alongRows(op.String(), axis, func(row []float64, index []int64) {
		best := 0
		for i, v := range row {
			if row[best] == row[best] && (v != v || better(v, row[best])) || v != v {
				best = i
			}
			index[i] = int64(best)
		}
	})
	return t.Gather(axis, indices), indices
}

// alongRows finds an Int64 index for each element on the CPU, a row along the axis at a time.
func (t *Tensor) alongRows(op string, axis int, f func(row []float64, index []int64)) *Tensor {
	backend.Poll()
	if t.scalarAxis(axis) {
		return t.Reshape(1).alongRows(op, 0, f).Reshape()
	}
	axis = t.axis(op, axis)
	last := t.Rank() - 1
	x := t.Detach().Transpose(axis, last)
	values, index := x.Float64s(), make([]int64, x.Len())
	n := x.Dim(last)
	for at := 0; at+n <= len(values) && n > 0; at += n {
		f(values[at:at+n], index[at:at+n])
	}
	return Options{Device: t.Device()}.FromSlice(index).Reshape(x.layout.Shape...).Transpose(axis, last)
}

func init() {
	moreRules(map[string]rule{
		"cumsum": of(nothing, func(c *call) *Tensor {
			axis := c.node.attr.(int)
			return c.g.Flip(axis).CumSum(axis).Flip(axis)
		}),
	})
}
