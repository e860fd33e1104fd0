package tensor

import "slices"

// The functions of this file differentiate a function of tensors, f(x) → y, at given inputs. f is a
// pure function: the gradients of what it uses beside its arguments are not touched. Where an input
// requires grad, the results can be differentiated in their turn; otherwise they are plain tensors.

// VJP computes f(inputs) and the vector–Jacobian product vᵀ·J: for each input, the gradient of Σ v·y. v
// has y's shape; for a scalar y it may be nil, meaning 1.
func VJP(f func(x []*Tensor) *Tensor, inputs []*Tensor, v *Tensor) (y *Tensor, grads []*Tensor) {
	d := derive("vjp", f, inputs)
	grads = d.pull(d.y, v, false)
	return d.result(d.y), d.results(grads)
}

// JVP computes f(inputs) and the Jacobian–vector product J·v: how y moves when each input moves along its
// tangent. It differentiates the vector–Jacobian product, which is linear, once more (Townsend 2017).
func JVP(f func(x []*Tensor) *Tensor, inputs, tangents []*Tensor) (y, tangent *Tensor) {
	const op = "jvp"
	if len(tangents) != len(inputs) {
		fail(op, inputs, "%d tangents for %d inputs", len(tangents), len(inputs))
	}
	for i, v := range tangents {
		if v == nil || inputs[i] == nil || !slices.Equal(v.layout.Shape, inputs[i].layout.Shape) {
			fail(op, nil, "the tangent of input %d must have its shape", i)
		}
	}
	d := derive(op, f, inputs)
	u := ZerosLike(d.y.Detach()).SetRequiresGrad(true)
	var outs, seeds []*Tensor
	for i, g := range d.pull(d.y, u, true) {
		if g.RequiresGrad() {
			outs, seeds = append(outs, g), append(seeds, tangents[i])
		}
	}
	tangent = ZerosLike(d.y.Detach())
	if len(outs) > 0 {
		g := Grad(outs, []*Tensor{u}, BackwardOptions{Gradients: seeds, CreateGraph: d.differentiable, RetainGraph: true})
		if g[0] != nil {
			tangent = g[0]
		}
	}
	return d.result(d.y), d.result(tangent)
}

// Jacobian gives all derivatives of f's result with respect to each input: a tensor of y's shape followed
// by the input's.
func Jacobian(f func(x []*Tensor) *Tensor, inputs ...*Tensor) []*Tensor {
	d := derive("jacobian", f, inputs)
	return d.results(d.jacobian(d.y, d.differentiable))
}

// Hessian gives the second derivatives of a scalar function: element [i][j] has the shape of input i
// followed by that of input j.
func Hessian(f func(x []*Tensor) *Tensor, inputs ...*Tensor) [][]*Tensor {
	d := derive("hessian", f, inputs)
	if d.y.Len() != 1 {
		fail("hessian", []*Tensor{d.y}, "the function must have a scalar result; use Jacobian for others")
	}
	out := make([][]*Tensor, len(inputs))
	for i, g := range d.pull(d.y, OnesLike(d.y.Detach()), true) {
		out[i] = d.results(d.jacobian(g, d.differentiable))
	}
	return out
}

// derivation is a function at its inputs.
type derivation struct {
	op             string
	xs             []*Tensor // the inputs, as variables
	y              *Tensor
	differentiable bool // an input required grad
}

func derive(op string, f func(x []*Tensor) *Tensor, inputs []*Tensor) *derivation {
	if len(inputs) == 0 {
		fail(op, nil, "there are no inputs to differentiate by")
	}
	d := &derivation{op: op, differentiable: GradEnabled() && slices.ContainsFunc(inputs, (*Tensor).RequiresGrad)}
	for i, x := range inputs {
		if x == nil || !x.DType().IsFloat() {
			fail(op, nil, "input %d isn't a floating-point tensor", i)
		}
		if d.differentiable && x.RequiresGrad() {
			x = x.Reshape(append(x.Shape(), 1)...).Reshape(x.layout.Shape...) // a place of its own in the graph
		} else {
			x = x.Detach().SetRequiresGrad(true)
		}
		d.xs = append(d.xs, x)
	}
	EnableGrad(func() { d.y = f(d.xs) })
	if d.y == nil {
		fail(op, inputs, "the function returned nil")
	}
	return d
}

// pull is vᵀ·J for each input, zeros where y doesn't depend on it.
func (d *derivation) pull(y, v *Tensor, create bool) []*Tensor {
	grads := make([]*Tensor, len(d.xs))
	if y.RequiresGrad() {
		var seeds []*Tensor
		if v != nil {
			seeds = []*Tensor{v}
		}
		grads = Grad([]*Tensor{y}, d.xs, BackwardOptions{RetainGraph: true, CreateGraph: create || d.differentiable, Gradients: seeds})
	}
	for i, g := range grads {
		if g == nil {
			grads[i] = ZerosLike(d.xs[i].Detach())
		}
	}
	return grads
}

// jacobian computes a row for each element of y.
func (d *derivation) jacobian(y *Tensor, create bool) []*Tensor {
	rows := make([][]*Tensor, len(d.xs))
	flat := ZerosLike(y.Detach()).Reshape(-1)
	for k := range y.Len() {
		one := flat.Clone()
		one.Set(1, k)
		for i, g := range d.pull(y, one.Reshape(y.layout.Shape...), create) {
			rows[i] = append(rows[i], g)
		}
	}
	out := make([]*Tensor, len(d.xs))
	for i, x := range d.xs {
		shape := append(y.Shape(), x.layout.Shape...)
		if len(rows[i]) == 0 {
			out[i] = x.Detach().like(d.op, x.DType(), shape)
			continue
		}
		out[i] = Stack(0, rows[i]...).Reshape(shape...)
	}
	return out
}

func (d *derivation) result(t *Tensor) *Tensor {
	if d.differentiable {
		return t
	}
	return t.Detach()
}

func (d *derivation) results(ts []*Tensor) []*Tensor {
	for i, t := range ts {
		ts[i] = d.result(t)
	}
	return ts
}
