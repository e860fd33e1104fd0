package tensor

import (
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// BackwardOptions are for the passes that Backward doesn't do by itself.
type BackwardOptions struct {
	// RetainGraph keeps the graph for another pass; it is freed otherwise. CreateGraph implies it.
	RetainGraph bool
	// CreateGraph records the backward pass itself, so that gradients have gradients.
	CreateGraph bool
	// Gradients are what flows into the outputs, in place of ones for scalars.
	Gradients []*Tensor
}

// Backward computes the gradients of t with respect to every leaf that requires grad, and adds them
// to the leaves' Grad. t is a scalar unless the gradient that flows into it is given. The graph is freed.
func (t *Tensor) Backward(gradient ...*Tensor) {
	t.BackwardWith(BackwardOptions{Gradients: gradient})
}

// BackwardWith is Backward with options.
func (t *Tensor) BackwardWith(o BackwardOptions) {
	defer backend.Enter(backend.Backward)()
	p := newPass("backward", []*Tensor{t}, o)
	p.run(nil)
	for leaf, sum := range p.leaves {
		leaf.accumulate(sum, o.CreateGraph)
	}
}

// Grad returns the gradients of the outputs' sum with respect to the inputs, leaves or not, and
// leaves their Grad alone. The gradient is nil for an input that the outputs don't depend on.
func Grad(outputs, inputs []*Tensor, options ...BackwardOptions) []*Tensor {
	var o BackwardOptions
	if len(options) > 0 {
		o = options[0]
	}
	for i, t := range inputs {
		if !t.RequiresGrad() {
			fail("grad", []*Tensor{t}, "input %d doesn't require grad", i)
		}
	}
	defer backend.Enter(backend.Backward)()
	p := newPass("grad", outputs, o)
	p.run(inputs)
	grads := make([]*Tensor, len(inputs))
	for i, t := range inputs {
		if t.node != nil {
			grads[i] = p.wanted[t.node]
		} else if s, ok := p.leaves[t]; ok {
			grads[i] = s.t
		}
	}
	return grads
}

// partial is the sum of the gradients that have arrived at one place. A pass that owns the sum's
// storage, because a rule has made it and no one else knows it, may add to it in place and free it. A rule
// must therefore return the gradient it was given, a view of that, or something new; never what it saved.
type partial struct {
	t     *Tensor
	owned bool
}

// pass is one backward pass.
type pass struct {
	op     string
	opts   BackwardOptions
	roots  []*Tensor
	seeds  []*Tensor
	sums   map[*node]partial
	leaves map[*Tensor]partial
	wanted map[*node]*Tensor // gradients of interior tensors asked for by Grad
}

func newPass(op string, roots []*Tensor, o BackwardOptions) *pass {
	p := &pass{op: op, opts: o, roots: roots, sums: map[*node]partial{}, leaves: map[*Tensor]partial{}}
	if len(o.Gradients) > 0 && len(o.Gradients) != len(roots) {
		fail(op, roots, "%d gradients for %d outputs", len(o.Gradients), len(roots))
	}
	for i, t := range roots {
		if !t.RequiresGrad() {
			fail(op, []*Tensor{t}, "nothing that this was computed from requires grad; "+
				"call SetRequiresGrad(true) on a leaf before computing, outside NoGrad")
		}
		var seed *Tensor
		if len(o.Gradients) > 0 {
			seed = o.Gradients[i]
		}
		switch {
		case seed == nil && t.Len() != 1:
			fail(op, []*Tensor{t}, "only a scalar has a gradient of its own; take Sum or Mean, or give the gradient that flows in")
		case seed == nil:
			seed = OnesLike(t)
		case !slices.Equal(seed.layout.Shape, t.layout.Shape):
			fail(op, []*Tensor{t, seed}, "the gradient that flows in must have the output's shape")
		}
		p.seeds = append(p.seeds, seed)
	}
	return p
}

// run carries the gradients from the roots down. Targets, if any, are all that it computes.
func (p *pass) run(targets []*Tensor) {
	with(func(m *modes) { m.noGrad, m.autocast, m.region = !p.opts.CreateGraph, 0, nil }, func() {
		order, useful := p.sort(targets)
		for i, t := range p.roots {
			p.arrive(edge{node: t.node, leaf: t, shape: t.layout.Shape, dtype: t.DType()}, p.seeds[i], false)
		}
		for i := len(order) - 1; i >= 0; i-- {
			p.visit(order[i], useful)
		}
		for leaf, sum := range p.leaves {
			for _, h := range leaf.hooks {
				sum = partial{t: h.run(sum.t)}
				p.leaves[leaf] = sum
			}
		}
	})
}

// run gives what a user's hook makes of a gradient.
func (h *hook) run(g *Tensor) *Tensor {
	out := h.f(g)
	if out == nil {
		return g
	}
	if !slices.Equal(out.layout.Shape, g.layout.Shape) {
		fail("backward", []*Tensor{g, out}, "a hook returned a gradient of another shape")
	}
	return out
}

// sort lists the operations below the roots, each after what made its operands, and those of them that
// lead to a target. It doesn't recurse: a graph may be deeper than a stack.
func (p *pass) sort(targets []*Tensor) (order []*node, useful func(edge) bool) {
	type frame struct {
		n    *node
		next int
	}
	leaves, nodes := map[*Tensor]bool{}, map[*node]bool{}
	for _, t := range targets {
		if t.node != nil {
			nodes[t.node] = true
		} else {
			leaves[t] = true
		}
	}
	if len(nodes) > 0 {
		p.wanted = map[*node]*Tensor{}
		for n := range nodes {
			p.wanted[n] = nil
		}
	}
	all := len(targets) == 0
	useful = func(e edge) bool {
		if e.node != nil {
			return all || nodes[e.node]
		}
		return e.leaf != nil && (all || leaves[e.leaf])
	}
	seen := map[*node]bool{}
	var stack []frame
	push := func(n *node) {
		if n == nil || seen[n] {
			return
		}
		if n.freed {
			panic(&Error{Op: p.op, Hint: "the graph was freed by an earlier backward pass; keep it with " +
				"BackwardWith(tensor.BackwardOptions{RetainGraph: true}), or compute the loss again"})
		}
		seen[n] = true
		stack = append(stack, frame{n: n})
	}
	for _, t := range p.roots {
		push(t.node)
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next < len(top.n.edges) {
				top.next++
				push(top.n.edges[top.next-1].node)
				continue
			}
			if slices.ContainsFunc(top.n.edges, useful) {
				nodes[top.n] = true
			}
			order = append(order, top.n)
			stack = stack[:len(stack)-1]
		}
	}
	return order, useful
}

// visit applies one operation's rule.
func (p *pass) visit(n *node, useful func(edge) bool) {
	sum, ok := p.sums[n]
	if !ok {
		return // not on a way from a root to a target
	}
	delete(p.sums, n)
	for _, h := range n.hooks {
		sum.t = h.run(sum.t)
	}
	if n.retain != nil {
		n.retain.accumulate(partial{t: sum.t}, p.opts.CreateGraph)
	}
	if _, ok := p.wanted[n]; ok {
		p.wanted[n] = sum.t
	}
	// The gradient's storage goes back to the backend when no one can see it any more: neither the
	// user, nor an operand that it was passed on to as it is.
	_, wanted := p.wanted[n]
	spent := sum.owned && !wanted && n.retain == nil && len(n.hooks) == 0 && !p.opts.CreateGraph
	flow, wide := sum.t, sum.t.DType().IsHalf() && n.rule.computes() && !roundsItself[n.op]
	if wide {
		flow = flow.To(Float32)
	}
	c := &call{g: flow, node: n, wide: wide}
	for i, e := range n.edges {
		if !e.live() || !useful(e) {
			continue
		}
		rule := n.rule.vjps[min(i, len(n.rule.vjps)-1)]
		if c.i = i; rule == nil || p.addToPart(c, e) {
			continue
		}
		g := p.carry(rule, c)
		passedOn := g.data == flow.data
		spent = spent && !passedOn
		p.arrive(e, g, !passedOn)
	}
	if spent {
		sum.t.data.Free()
		if wide {
			flow.data.Free()
		}
	}
	if !p.opts.RetainGraph && !p.opts.CreateGraph {
		n.release()
	}
}

// computes reports whether a rule does more than move the gradient.
func (r rule) computes() bool { return r.saves != nothing }

// roundsItself are the operations whose rules round halves once already, in the backend, or move them only.
var roundsItself = map[string]bool{
	"matmul": true, "norm": true, "gelu": true, "gelu_tanh": true, "silu": true, "attention": true, "gather": true, "scatteradd": true,
	"where": true, "todevice": true, "maximum_scalar": true, "minimum_scalar": true, "relu": true,
}

// addToPart adds the gradient of a slice, or of elements gathered, to that part of the whole's gradient, if there is one
// already: the rule would make a whole of zeros for it. So three slices, as of queries, keys and values, cost one whole,
// and an embedding whose weight is also that of the last product costs none.
func (p *pass) addToPart(c *call, e edge) bool {
	if p.opts.CreateGraph || mode().anomaly {
		return false
	}
	sum := p.leaves[e.leaf]
	if e.node != nil {
		sum = p.sums[e.node]
	}
	if sum.t == nil || !sum.owned || sum.t.overlaps() || sum.t.DType() != c.g.DType() || !slices.Equal(sum.t.layout.Shape, e.shape) {
		return false
	}
	switch spans, ok := c.node.attr.([]span); {
	case c.node.op == "slice" && ok:
		sum.t.slice(spans).AddInPlace(c.g)
	case c.node.op == "gather":
		sum.t.addAt(c.node.attr.(int), c.in(1), c.g)
	default:
		return false
	}
	return true
}

// carry applies one rule. In anomaly mode a NaN is traced to it.
func (p *pass) carry(rule vjp, c *call) (g *Tensor) {
	if !mode().anomaly {
		return rule(c)
	}
	with(func(m *modes) { m.within = c.node }, func() { g = rule(c) })
	if g.hasNaN() && !c.g.hasNaN() {
		for _, s := range append(slices.Clone(c.node.ins), c.node.out) {
			if s.t.hasNaN() {
				return g
			}
		}
		fail("backward", []*Tensor{c.g}, "the gradient of %s has the first NaN, for operand %s%s", c.node.op, ordinal(c.i), c.node.called())
	}
	return g
}

// arrive adds a gradient where an edge leads. Rules of broadcasting operations leave the summing over
// stretched axes, and of mixed data types the conversion, to this place.
func (p *pass) arrive(e edge, g *Tensor, owned bool) {
	before := g.data
	if !slices.Equal(g.layout.Shape, e.shape) {
		g = g.sumTo(e.shape)
	}
	g = g.To(e.dtype)
	owned = owned || g.data != before
	if e.node != nil {
		p.sums[e.node] = p.add(p.sums[e.node], g, owned)
	} else {
		p.leaves[e.leaf] = p.add(p.leaves[e.leaf], g, owned)
	}
}

func (p *pass) add(sum partial, g *Tensor, owned bool) partial {
	switch {
	case sum.t == nil:
		return partial{g, owned}
	case p.opts.CreateGraph:
		return partial{sum.t.Add(g), false}
	case sum.owned && !sum.t.overlaps():
		sum.t.AddInPlace(g)
		if owned {
			g.data.Free()
		}
		return sum
	case owned && !g.overlaps():
		g.AddInPlace(sum.t)
		return partial{g, true}
	}
	return partial{sum.t.Add(g), true}
}

// accumulate adds the gradient of a finished pass to Grad.
func (t *Tensor) accumulate(s partial, createGraph bool) {
	t.stay()
	switch {
	case createGraph && t.grad != nil:
		EnableGrad(func() { t.SetGrad(t.grad.Add(s.t)) })
	case createGraph:
		t.SetGrad(s.t) // graphs may have saved it
	case t.grad != nil && !t.grad.RequiresGrad():
		t.grad.AddInPlace(s.t)
	case t.grad != nil:
		NoGrad(func() { t.grad = t.grad.Add(s.t) })
	case s.owned && s.t.IsContiguous():
		t.grad = s.t
	default:
		t.grad = s.t.Detach().Clone()
	}
}

// sumTo sums over the axes along which shape was stretched to t's.
func (t *Tensor) sumTo(shape []int) *Tensor {
	pad := t.Rank() - len(shape)
	var axes []int
	for i, d := range t.layout.Shape {
		if i < pad || (shape[i-pad] == 1 && d != 1) {
			axes = append(axes, i)
		}
	}
	if len(axes) > 0 {
		t = t.SumKeepDim(axes...)
	}
	return t.Reshape(shape...)
}

// overlaps reports whether two elements may share memory, as in a broadcast view.
func (t *Tensor) overlaps() bool {
	for i, d := range t.layout.Shape {
		if d > 1 && t.layout.Stride[i] == 0 {
			return true
		}
	}
	return false
}
