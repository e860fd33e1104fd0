package tensor

import (
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// layerNorm normalises the last axis, scales and shifts it by the backend's fused operation, or returns nil where there is
// none for such operands: weight and bias are (n,), and bias may be nil.
func (t *Tensor) layerNorm(weight, bias *Tensor, o backend.LayerNorm) *Tensor {
	b, ok := backend.As[backend.LayerNormBackend](t.backend())
	if !ok || weight == nil || t.Rank() == 0 || t.DType() != Float32 && t.DType() != Float64 {
		return nil
	}
	params := []*Tensor{weight}
	if bias != nil {
		params = append(params, bias)
	}
	for _, p := range params {
		if p.DType() != t.DType() || p.Device() != t.Device() || !slices.Equal(p.layout.Shape, t.layout.Shape[t.Rank()-1:]) {
			return nil
		}
	}
	const op = "layernorm"
	backend.Poll()
	out := t.like(op, t.DType(), t.layout.Shape)
	var shift backend.View
	if bias != nil {
		shift = bias.v()
	}
	must(b.LayerNorm(out.v(), t.v(), weight.v(), shift, o), op, append([]*Tensor{t}, params...)...)
	return record(out, op, o, append([]*Tensor{t}, params...)...)
}

func init() {
	grad := func(i int) vjp {
		return func(c *call) *Tensor {
			if c.others == nil {
				c.others = layerNormGrad(c)
			}
			return c.others[i]
		}
	}
	moreRules(map[string]rule{"layernorm": of(both, grad(0), grad(1), grad(2))})
}

// layerNormGrad is the gradients of x, weight and bias.
func layerNormGrad(c *call) []*Tensor {
	o, x, weight, g := c.node.attr.(backend.LayerNorm), c.in(0), c.in(1), c.g
	b, ok := backend.As[backend.LayerNormBackend](x.backend())
	if !ok || GradEnabled() {
		return composedLayerNormGrad(x, weight, g, o)
	}
	backend.Poll()
	const op = "layernorm"
	dx, dw := x.like(op, x.DType(), x.layout.Shape), weight.like(op, x.DType(), weight.layout.Shape)
	grads := []*Tensor{dx, dw}
	var shift backend.View
	if len(c.node.edges) == 3 {
		db := weight.like(op, x.DType(), weight.layout.Shape)
		grads, shift = append(grads, db), db.v()
	}
	must(b.LayerNormGrad(dx.v(), dw.v(), shift, x.v(), weight.v(), g.v(), o), op, x, weight, g)
	return grads
}

// composedLayerNormGrad is layerNormGrad in operations that have gradients themselves. Those of weight and bias are not yet
// summed over the rows.
func composedLayerNormGrad(x, weight, g *Tensor, o backend.LayerNorm) []*Tensor {
	h := g.Mul(weight)
	if o.Uncentered {
		r := x.Square().MeanKeepDim(-1).AddScalar(o.Eps).Rsqrt()
		y := x.Mul(r)
		return []*Tensor{h.Sub(y.Mul(h.Mul(y).MeanKeepDim(-1))).Mul(r), g.Mul(y)}
	}
	y := x.norm(o.Eps)
	return []*Tensor{normGrad(x, y, h, o.Eps), g.Mul(y), g}
}
