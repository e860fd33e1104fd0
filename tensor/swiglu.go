package tensor

import "github.com/rustygradients/rg/tensor/backend"

// SwiGLU is t gated by the SiLU of another tensor, t·gate·σ(gate), broadcast (Shazeer 2020).
func (t *Tensor) SwiGLU(gate *Tensor) *Tensor {
	const op = "swiglu"
	sameDevice(op, t, gate)
	dt := floating(resultType(t, gate))
	shape := broadcast(op, t, gate)
	x, gate := t.To(dt), gate.To(dt)
	b, ok := backend.As[backend.SwiGLUBackend](x.backend())
	if !ok {
		return x.composedSwiGLU(gate)
	}
	backend.Poll()
	out := x.like(op, dt, shape)
	must(b.SwiGLU(out.v(), x.stretched(shape), gate.stretched(shape)), op, x, gate)
	return record(out, op, nil, x, gate)
}

func (t *Tensor) composedSwiGLU(gate *Tensor) *Tensor { return t.Mul(gate.SiLU()) }

func init() {
	grad := func(i int) vjp {
		return func(c *call) *Tensor {
			if c.others == nil {
				c.others = swiGLUGrad(c.in(0), c.in(1), c.g)
			}
			return c.others[i]
		}
	}
	moreRules(map[string]rule{"swiglu": of(both, grad(0), grad(1))})
}

// swiGLUGrad is the gradients of x and gate, of the broadcast shape.
func swiGLUGrad(x, gate, g *Tensor) []*Tensor {
	b, ok := backend.As[backend.SwiGLUBackend](x.backend())
	if !ok || GradEnabled() {
		return []*Tensor{g.Mul(gate.SiLU()), activationGrad(backend.SiLU, gate, g.Mul(x))}
	}
	backend.Poll()
	const op = "swiglu"
	shape := g.layout.Shape
	dx, dgate := x.like(op, x.DType(), shape), x.like(op, x.DType(), shape)
	must(b.SwiGLUGrad(dx.v(), dgate.v(), x.stretched(shape), gate.stretched(shape), g.v()), op, x, gate, g)
	return []*Tensor{dx, dgate}
}
