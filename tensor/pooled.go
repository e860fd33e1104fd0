package tensor

import "github.com/rustygradients/rg/tensor/backend"

// The pooling of devices that do it in one pass; pool.go composes it elsewhere.

// pooler is the device's way to pool images, if it has one.
func (t *Tensor) pooler() (b backend.PoolBackend, ok bool) {
	return backend.As[backend.PoolBackend](t.backend())
}

// pooling is what the rules need of a pooling: the images' shape, the windows, and of the largest elements their places.
type pooling struct {
	shape  []int // of the images
	how    backend.Pool
	places *Tensor
}

// maxPooled takes the largest elements of windows of images, to (N, C, h, w).
func (t *Tensor) maxPooled(b backend.PoolBackend, op string, h, w int, how backend.Pool) *Tensor {
	backend.Poll()
	x := t.Detach().Contiguous()
	shape := []int{t.Dim(0), t.Dim(1), h, w}
	out, places := x.like(op, x.DType(), shape), x.like(op, Int64, shape)
	must(b.MaxPool(out.v(), places.v(), x.v(), how), op, t)
	return record(out, "maxpool", pooling{t.Shape(), how, places}, t)
}

// avgPooled takes the means of windows.
func (t *Tensor) avgPooled(b backend.PoolBackend, op string, h, w int, how backend.Pool) *Tensor {
	backend.Poll()
	x := t.Detach().Contiguous()
	out := x.like(op, x.DType(), []int{t.Dim(0), t.Dim(1), h, w})
	must(b.AvgPool(out.v(), x.v(), how), op, t)
	return record(out, "avgpool", pooling{t.Shape(), how, nil}, t)
}

// unpooled carries a gradient (N, C, h, w) back to the images.
func (t *Tensor) unpooled(p pooling) *Tensor {
	backend.Poll()
	b, _ := t.pooler()
	g := t.Detach().Contiguous()
	out := g.like("pool", g.DType(), p.shape)
	if p.places != nil {
		must(b.MaxPoolGrad(out.v(), p.places.v(), g.v(), p.how), "maxpool", t)
		return record(out, "maxpoolgrad", p, t)
	}
	must(b.AvgPoolGrad(out.v(), g.v(), p.how), "avgpool", t)
	return record(out, "avgpoolgrad", p, t)
}

func init() {
	back := func(c *call) *Tensor { return c.g.unpooled(c.node.attr.(pooling)) }
	moreRules(map[string]rule{
		"maxpool": of(nothing, back),
		"avgpool": of(nothing, back),
		"maxpoolgrad": of(nothing, func(c *call) *Tensor {
			p := c.node.attr.(pooling)
			picked := c.g.Flatten(2, 3).gather("maxpool", 2, p.places.Flatten(2, 3).ClampMin(0)).Reshape(p.places.layout.Shape...)
			return picked.MaskedFill(p.places.LessScalar(0), 0)
		}),
		"avgpoolgrad": of(nothing, func(c *call) *Tensor {
			p := c.node.attr.(pooling)
			b, _ := c.g.pooler()
			shape := c.node.edges[0].shape
			return c.g.avgPooled(b, "avgpool", shape[2], shape[3], p.how)
		}),
	})
}
