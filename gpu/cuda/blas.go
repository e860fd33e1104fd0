//go:build cuda

package cuda

import (
	"errors"
	"sync"

	"github.com/rustygradients/rg/gpu/cublas"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
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
	c := &call{
		b: b, epilogue: e, views: [6]backend.View{p.y.view, p.x.view, dst, e.Bias, e.Before},
		product: cublas.Product{
			M: p.n, N: p.m, K: p.k, Count: p.batch.packs, DType: dst.Storage.DType(), TF32: tf32.Load(),
			A: cublas.Matrix{Lead: yLead, Step: p.batch.step[1][0], Transposed: yDense},
			B: cublas.Matrix{Lead: xLead, Step: p.batch.step[0][0], Transposed: !xDense},
			C: cublas.Matrix{Lead: p.n, Step: p.m * p.n},
		},
	}
	err = c.whole()
	if errors.Is(err, cublas.ErrUnsupported) {
		rest = e
		err = c.with(func(h *cublas.Handle, _ addresses) error { return h.Multiply(c.product) })
	}
	if errors.Is(err, cublas.ErrUnsupported) {
		return false, e, nil
	}
	if err == nil && debugSync.Load() {
		err = b.synchronize(matMulOp)
	}
	return true, rest, err
}

var matMulOp = "matmul"

// call is a product and its epilogue on the way to cuBLAS.
type call struct {
	b        *Backend
	product  cublas.Product
	epilogue backend.Epilogue
	views    [6]backend.View // what the matrices A, B and C, the bias, what comes before the activation, and workspace are; some have no storage
}

// addresses are those of a call's views; 0 for none.
type addresses [6]uint64

// with calls f with the handle of the context, in that context, and the addresses, which are in the product, too.
func (c *call) with(f func(h *cublas.Handle, at addresses) error) error {
	c.b.launched.Store(&matMulOp)
	return c.b.do(matMulOp, func() error {
		h := c.b.blas.get(c.b)
		if h == nil {
			return cublas.ErrUnsupported
		}
		a := newArguments()
		defer a.release()
		var at addresses
		for i, v := range c.views {
			if v.Storage != nil {
				at[i] = a.hold(v)
			}
		}
		if err := anyGone(a.keep); err != nil {
			return err
		}
		c.product.A.At, c.product.B.At, c.product.C.At = at[0], at[1], at[2]
		return f(h, at)
	})
}

// whole has cublasLt compute the product with its epilogue. Bias and the tanh approximation of GELU are what it is asked for: of NaN its ReLU makes
// 0, where rg's, as torch's, leaves it, and it doesn't keep what ReLU was applied to.
func (c call) whole() error {
	bias, gelu := c.epilogue.Bias, c.epilogue.Activation == backend.EpilogueGELUTanh
	if !gelu && (c.epilogue.Activation != backend.EpilogueNone || bias.Storage == nil) {
		return cublas.ErrUnsupported
	}
	again := bias.Storage != nil && !c.reads(bias)
	var plan *cublas.Plan
	multiply := func(h *cublas.Handle, at addresses) error {
		in := cublas.Epilogue{Bias: at[3], GELU: gelu, Before: at[4]}
		if plan != nil {
			return h.MultiplyBy(plan, c.product, in, at[5])
		}
		if again {
			in.Bias = blockAlignment // it has no address yet
		}
		var err error
		plan, err = h.Plan(c.product, in)
		if err != nil || plan.Workspace > 0 || again {
			return err
		}
		return h.MultiplyBy(plan, c.product, in, 0)
	}
	if err := c.with(multiply); err != nil || plan.Workspace == 0 && !again {
		return err
	}
	// The pool's blocks follow the stream, so the next who has one of these comes after the product.
	var err error
	if plan.Workspace > 0 {
		if c.views[5], err = c.room(dtype.Uint8, plan.Workspace); err != nil {
			return err
		}
		defer c.views[5].Storage.Free()
	}
	if again {
		if c.views[3], err = c.room(c.product.DType, c.product.M); err != nil {
			return err
		}
		defer c.views[3].Storage.Free()
		if err := c.b.Copy(c.views[3], bias); err != nil {
			return err
		}
	}
	return c.with(multiply)
}

// room is scratch, for want of which cuBLAS is to compute the product.
func (c *call) room(dt dtype.DType, n int) (backend.View, error) {
	v, err := c.b.scratch(dt, n)
	if errors.Is(err, errFull) {
		err = cublas.ErrUnsupported
	}
	return v, err
}

// reads says whether cublasLt reads a bias where it lies: of the product's type, its elements neighbours, and as aligned as algorithms take for granted.
func (c *call) reads(bias backend.View) bool {
	size := bias.Storage.DType().Size()
	return bias.Storage.DType() == c.product.DType && (c.product.M == 1 || bias.Layout.Stride[0] == 1) &&
		(bias.Storage.(*Storage).address()+uint64(bias.Layout.Offset*size))%cublas.BiasAlignment == 0
}
