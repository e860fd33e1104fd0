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

// partial is the sum of the gradients that have arrived at one place. Its storage is the pass's own when a rule has made it
// and no one else knows it. A rule must therefore return the gradient it was given, a view of that, or something new; never
// what it saved. Where a gradient is passed on as it is, several partials share storage: the block counts them. The last
// to be done with it frees it, and one that is alone may be added to in place.
type partial struct {
	t   *Tensor
	own bool
}

// passedOn is the same gradient at another place too, as it is or as a view.
func (s partial) passedOn(view *Tensor) partial {
	if s.own {
		s.t.data.partials++
	}
	return partial{view, s.own}
}

// alone reports whether the storage may be written to.
func (s partial) alone() bool { return s.own && s.t.data.partials == 1 && !s.t.overlaps() }

// done lets go of the storage.
func (s partial) done() {
	if !s.own {
		return
	}
	if s.t.data.partials--; s.t.data.partials == 0 {
		s.t.data.Free()
	}
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
		sameDevice(op, t, seed)
		p.seeds = append(p.seeds, seed)
	}
	return p
}

// run carries the gradients from the roots down. Targets, if any, are all that it computes.
func (p *pass) run(targets []*Tensor) {
	with(func(m *modes) { m.noGrad, m.autocast, m.region = !p.opts.CreateGraph, 0, nil }, func() {
		order, useful := p.sort(targets)
		for i, t := range p.roots {
			p.arrive(edge{node: t.node, leaf: t, shape: t.layout.Shape, dtype: t.DType()}, partial{t: p.seeds[i]})
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
	// What the user has seen is no longer the pass's own.
	_, wanted := p.wanted[n]
	if wanted || n.retain != nil || len(n.hooks) > 0 {
		sum.own = false
	}
	wide := false
	if sum.t.DType().IsHalf() && n.rule.computes() && !roundsItself[n.op] {
		wide, sum = true, p.become(sum, sum.t.To(Float32))
	}
	c := &call{g: sum.t, node: n, wide: wide}
	for i, e := range n.edges {
		if !e.live() || !useful(e) {
			continue
		}
		rule := n.rule.vjps[min(i, len(n.rule.vjps)-1)]
		if c.i = i; rule == nil || p.addToPart(c, e) {
			continue
		}
		if g := p.carry(rule, c); g.data != sum.t.data {
			p.arrive(e, p.fresh(g))
		} else {
			p.arrive(e, sum.passedOn(g))
		}
	}
	sum.done()
	if !p.opts.RetainGraph && !p.opts.CreateGraph {
		n.release()
	}
}

// computes reports whether a rule does more than move the gradient.
func (r rule) computes() bool { return r.saves != nothing }

// roundsItself are the operations whose rules round halves once already, in the backend, or move them only.
var roundsItself = map[string]bool{
	"matmul": true, "norm": true, "gelu": true, "gelu_tanh": true, "silu": true, "attention": true, "rope": true, "swiglu": true, "gather": true, "scatteradd": true,
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
	if sum.t == nil || !sum.alone() || sum.t.DType() != c.g.DType() || !slices.Equal(sum.t.layout.Shape, e.shape) {
		return false
	}
	switch c.node.op {
	case "slice":
		sum.t.slice(c.node.attr.(*cut).spans).AddInPlace(c.g)
	case "gather":
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

// fresh is a gradient that a rule has just made. One that has a graph of its own is in that, too.
func (p *pass) fresh(t *Tensor) partial {
	if p.opts.CreateGraph {
		return partial{t: t}
	}
	t.data.partials++
	return partial{t, true}
}

// become replaces a gradient by what was made of it: a view, or something new.
func (p *pass) become(s partial, t *Tensor) partial {
	if t.data == s.t.data {
		return partial{t, s.own}
	}
	s.done()
	return p.fresh(t)
}

// arrive adds a gradient where an edge leads. Rules of broadcasting operations leave the summing over
// stretched axes, and of mixed data types the conversion, to this place.
func (p *pass) arrive(e edge, g partial) {
	if !slices.Equal(g.t.layout.Shape, e.shape) {
		g = p.become(g, g.t.sumTo(e.shape))
	}
	g = p.become(g, g.t.To(e.dtype))
	if e.node != nil {
		p.sums[e.node] = p.add(p.sums[e.node], g)
	} else {
		p.leaves[e.leaf] = p.add(p.leaves[e.leaf], g)
	}
}

func (p *pass) add(sum, g partial) partial {
	switch {
	case sum.t == nil:
		return g
	case p.opts.CreateGraph:
		return partial{t: sum.t.Add(g.t)}
	case !sum.alone() && g.alone():
		sum, g = g, sum
	case !sum.alone():
		out := p.fresh(sum.t.Add(g.t))
		sum.done()
		g.done()
		return out
	}
	sum.t.AddInPlace(g.t)
	g.done()
	return sum
}

// accumulate adds the gradient of a finished pass to Grad.
func (t *Tensor) accumulate(s partial, createGraph bool) {
	t.stay()
	switch {
	case createGraph && t.grad != nil:
		EnableGrad(func() { t.SetGrad(t.grad.Add(s.t)) })
	case createGraph:
		t.SetGrad(s.t) // graphs may have saved it
	case t.grad == nil && s.alone() && s.t.IsContiguous() && s.t.Len() == s.t.data.Len():
		s.t.data.partials = 0
		t.grad = s.t
	default:
		switch {
		case t.grad == nil:
			t.grad = s.t.Detach().Clone()
		case t.grad.RequiresGrad():
			NoGrad(func() { t.grad = t.grad.Add(s.t) })
		default:
			t.grad.AddInPlace(s.t)
		}
		s.done()
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
