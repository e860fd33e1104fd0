//go:build cuda

package cuda

import (
	"errors"
	"sync"

	"github.com/rustygradients/rg/gpu/cublas"
	"github.com/rustygradients/rg/tensor/backend"
)

// blas is a device's cuBLAS, where there is one.
type blas struct {
	mu         sync.Mutex
	handle     *cublas.Handle // nil where there is none
	generation int64          // of the context that it was made in
}

// Products says what multiplies matrices: cuBLAS, or kernels of rg's own, and why.
func Products() string {
	l, err := cublas.Open()
	if err != nil {
		return "matrix products by rg's own kernels (" + err.Error() + ")"
	}
	return "matrix products by " + l.String()
}

// get gives the handle of a context, in that context; nil where cuBLAS is missing or doesn't work with the driver.
func (c *blas) get(b *Backend) *cublas.Handle {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation := b.generation.Load() + 1; c.generation != generation { // once: it takes its time
		c.generation, c.handle = generation, nil
		if l, err := cublas.Open(); err == nil {
			c.handle, _ = l.NewHandle(b.rawStream())
		}
	}
	return c.handle
}

// lead is a side as cuBLAS sees it: whether k is the axis whose elements lie one behind the other, and the step along the other.
// ok is false where neither axis is dense.
func (s side) lead(k, outer int) (dense bool, lead int, ok bool) {
	if s.k == 1 || k == 1 {
		lead = s.outer
		if outer == 1 {
			lead = k
		}
		if lead >= k {
			return true, lead, true
		}
	}
	if s.outer == 1 || outer == 1 {
		lead = s.k
		if k == 1 {
			lead = outer
		}
		return false, lead, lead >= outer
	}
	return false, 0, false
}

// multiply has cuBLAS compute a product; done is false where that is for rg's own kernels, and rest is what of the epilogue is left to do. cuBLAS has
// columns one behind the other, where dst has rows, and so computes the product of the transposed, y·x.
func (b *Backend) multiply(dst backend.View, p *product, e backend.Epilogue) (done bool, rest backend.Epilogue, err error) {
	xDense, xLead, xOK := p.x.lead(p.k, p.m)
	yDense, yLead, yOK := p.y.lead(p.k, p.n)
	if !xOK || !yOK || p.k == 0 || p.batch.rank > 1 {
		return false, e, nil
	}
	const op = "matmul"
	name := op
	b.launched.Store(&name)
	err = b.do(op, func() error {
		h := b.blas.get(b)
		if h == nil {
			return cublas.ErrUnsupported
		}
		a := newArguments()
		at := [3]uint64{a.hold(p.y.view), a.hold(p.x.view), a.hold(dst)}
		if err := anyGone(a.keep); err != nil {
			return err
		}
		err := h.Multiply(cublas.Product{
			M: p.n, N: p.m, K: p.k, Count: p.batch.packs, DType: dst.Storage.DType(), TF32: tf32.Load(),
			A: cublas.Matrix{At: at[0], Lead: yLead, Step: p.batch.step[1][0], Transposed: yDense},
			B: cublas.Matrix{At: at[1], Lead: xLead, Step: p.batch.step[0][0], Transposed: !xDense},
			C: cublas.Matrix{At: at[2], Lead: p.n, Step: p.m * p.n},
		})
		a.release()
		return err
	})
	if errors.Is(err, cublas.ErrUnsupported) {
		return false, e, nil
	}
	if err == nil && debugSync.Load() {
		err = b.synchronize(op)
	}
	return true, e, err
}
