package tensor

import (
	"slices"
)

// node is one recorded operation. It keeps what its rule says it needs, and edges to where the
// gradients of its operands go.
type node struct {
	op    string
	rule  rule
	attr  any // what the rule needs beside tensors: axes, a scalar, …
	edges []edge
	ins   []saved
	out   saved
	freed bool

	region *region // that computes ins and out again when they are wanted
	where  string  // the line that called the operation, in anomaly mode

	retain *Tensor // the tensor whose gradient the user asked to keep
	hooks  []*hook
}

// edge leads from an operation to what made one of its operands: another operation, or a leaf that
// requires grad, or neither.
type edge struct {
	node  *node
	leaf  *Tensor
	shape []int
	dtype DType
}

func (e edge) live() bool { return e.node != nil || e.leaf != nil }

// saved is a tensor kept for the backward pass, and the count of writes it had then.
type saved struct {
	t       *Tensor
	version uint64
}

func save(t *Tensor) saved {
	t.data.saves.Add(1)
	return saved{t, t.data.version.Load()}
}

// drop lets go of the tensor, and frees what was released and nothing else has saved.
func (s saved) drop() {
	if s.t != nil {
		s.t.data.unsave()
	}
}

func (b *block) unsave() {
	if b.saves.Add(-1) < 0 {
		b.Free()
	}
}

// saving says what a rule keeps.
type saving uint8

const (
	nothing saving = 0
	first   saving = 1 << iota // the first operand
	second
	third
	fourth
	output
	both = first | second
)

// call is one application of a rule: the gradient g of the operation's result, to be carried over to
// operand i.
type call struct {
	g    *Tensor
	i    int
	node *node
	wide bool // halves are computed in float32, so that a rule of several steps rounds once

	others []*Tensor // the gradients of all operands, for rules that compute them together
}

// in is a saved operand.
func (c *call) in(i int) *Tensor {
	c.node.region.fill()
	return c.widened(c.get(c.node.ins[i], "operand "+ordinal(i)))
}

// out is the saved result.
func (c *call) out() *Tensor {
	c.node.region.fill()
	return c.widened(c.get(c.node.out, "the result"))
}

func (c *call) widened(t *Tensor) *Tensor {
	if c.wide && t.DType().IsHalf() {
		return t.To(Float32)
	}
	return t
}

func (c *call) get(s saved, what string) *Tensor {
	if s.t == nil {
		panic("tensor: the rule of " + c.node.op + " reads " + what + " but doesn't save it")
	}
	if now := s.t.data.version.Load(); now != s.version {
		fail("backward", []*Tensor{s.t}, "%s of %s was saved for the backward pass and has been changed in place "+
			"since (%d writes); change a Clone of it, or run Backward first", what, c.node.op, now-s.version)
	}
	return s.t
}

// shape is the shape of operand i, whether it was saved or not.
func (c *call) shape() []int { return c.node.edges[c.i].shape }

// record notes that op made out from the inputs, if a gradient may be wanted.
func record(out *Tensor, op string, attr any, inputs ...*Tensor) *Tensor {
	m := mode()
	if m.anomaly {
		m.findNaN(out, op, inputs)
	}
	if m.noGrad || !slices.ContainsFunc(inputs, (*Tensor).RequiresGrad) || !out.DType().IsFloat() {
		return out
	}
	r, ok := rules[op]
	if !ok {
		panic("tensor: there is no gradient rule for " + op)
	}
	n := &node{op: op, rule: r, attr: attr, edges: make([]edge, len(inputs)), ins: make([]saved, len(inputs))}
	for i, t := range inputs {
		e := edge{shape: t.layout.Shape, dtype: t.DType(), node: t.node}
		if t.node == nil && t.requiresGrad {
			e.leaf = t
		}
		n.edges[i] = e
		if i < 4 && r.saves&(first<<i) != 0 {
			n.ins[i] = save(t)
		}
	}
	out.node = n
	if r.saves&output != 0 {
		n.out = save(out)
	}
	if m.region != nil {
		m.region.note(n)
	}
	if m.anomaly {
		n.where = caller()
	}
	return out
}

// release lets go of everything that the node keeps alive.
func (n *node) release() {
	n.forget()
	n.freed, n.attr, n.edges, n.region, n.retain, n.hooks = true, nil, nil, nil, nil, nil
}

// forget lets go of what the node has saved.
func (n *node) forget() {
	for _, s := range n.ins {
		s.drop()
	}
	n.out.drop()
	n.ins, n.out = nil, saved{}
}

// RequiresGrad reports whether operations on t are recorded for Backward.
func (t *Tensor) RequiresGrad() bool {
	t.exists()
	return t.requiresGrad || t.node != nil
}

// SetRequiresGrad makes a leaf a variable that Backward computes the gradient of, or stops that. It
// returns t.
func (t *Tensor) SetRequiresGrad(on bool) *Tensor {
	t.exists()
	if on && !t.DType().IsFloat() {
		failTypes("setrequiresgrad", []*Tensor{t}, "only floating-point tensors have gradients; convert with To")
	}
	if t.node != nil {
		if !on {
			fail("setrequiresgrad", []*Tensor{t}, "this tensor was computed from ones that require grad; use Detach")
		}
		return t
	}
	t.requiresGrad = on
	if on {
		t.stay()
	}
	return t
}

// IsLeaf reports whether t was made by the user and not by a recorded operation.
func (t *Tensor) IsLeaf() bool {
	t.exists()
	return t.node == nil
}

// Detach returns a view of the same elements that autograd knows nothing of.
func (t *Tensor) Detach() *Tensor {
	t.exists()
	return t.view(t.layout)
}

// Grad returns the gradient that Backward has accumulated, or nil.
func (t *Tensor) Grad() *Tensor {
	t.exists()
	if t.grad != nil {
		t.grad.data.shown.Store(true)
	}
	return t.grad
}

// BorrowGrad is Grad for those who don't keep what they get, as optimizers: ZeroGrad frees a gradient at once that has
// only been borrowed.
func (t *Tensor) BorrowGrad() *Tensor {
	t.exists()
	return t.grad
}

// SetGrad replaces the accumulated gradient; nil drops it.
func (t *Tensor) SetGrad(g *Tensor) {
	t.exists()
	if g != nil && !slices.Equal(g.layout.Shape, t.layout.Shape) {
		fail("setgrad", []*Tensor{t, g}, "a gradient has its tensor's shape")
	}
	if g != nil {
		sameDevice("setgrad", t, g)
	}
	t.stay()
	t.grad = g
	t.Grad() // the user has it
}

// ZeroGrad drops the accumulated gradient.
func (t *Tensor) ZeroGrad() {
	t.exists()
	if g := t.grad; g != nil && !g.data.shown.Load() {
		g.data.Free()
	}
	t.grad = nil
}

// RetainGrad asks Backward to keep the gradient of an interior tensor too. It returns t.
func (t *Tensor) RetainGrad() *Tensor {
	t.exists()
	if t.node != nil {
		t.node.retain = t
	}
	return t
}

// RegisterHook calls f with the gradient of t when a backward pass has computed it; what f returns
// replaces it unless that is nil. f must not write to its argument. On a leaf, f sees the
// gradient of this pass, before it is added to Grad. Hooks are called in the order of their registration;
// remove takes this one away again.
func (t *Tensor) RegisterHook(f func(grad *Tensor) *Tensor) (remove func()) {
	t.exists()
	var hooks *[]*hook
	switch {
	case t.node != nil:
		hooks = &t.node.hooks
	case t.requiresGrad:
		hooks = &t.hooks
	default:
		fail("registerhook", []*Tensor{t}, "this tensor doesn't require grad, so no gradient will come")
	}
	h := &hook{f}
	*hooks = append(*hooks, h)
	return func() { *hooks = slices.DeleteFunc(slices.Clone(*hooks), func(o *hook) bool { return o == h }) }
}

// hook is a user's function on a gradient.
type hook struct{ f func(*Tensor) *Tensor }
