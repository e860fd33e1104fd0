package tensor

// Checkpoint is f(inputs), computed without keeping what the backward pass needs: that pass computes it
// again when it comes there, trading time for memory (Chen et al. 2016). Gradients are the same, also of
// parameters that f uses without naming them, and so are the random numbers that f draws, from whatever
// generator. f is called twice and must do the same both times; what it changes beside its result, such as
// a running mean, is changed twice.
func Checkpoint(f func(x []*Tensor) *Tensor, inputs ...*Tensor) *Tensor {
	m := mode()
	if m.noGrad {
		return f(inputs)
	}
	for _, t := range inputs {
		if t != nil {
			save(t)
		}
	}
	r := &region{f: f, inputs: inputs, parent: m.region, autocast: m.autocast, generator: m.generator}
	var out *Tensor
	with(func(m *modes) { m.region = r }, func() { out = f(inputs) })
	for _, n := range r.nodes {
		n.forget()
	}
	r.recorded = true
	return out
}

// region is the part of a graph that one call of Checkpoint has recorded. Its nodes hold no tensors until
// the first of them is asked for one.
type region struct {
	f         func(x []*Tensor) *Tensor
	inputs    []*Tensor
	parent    *region // the one that it was called in
	autocast  DType
	generator *Generator

	nodes    []*node
	versions [][4]uint64 // of what each node saved: its operands, and the result
	draws    [][2]uint64 // of random numbers: seed and offset

	recorded bool    // f has run once, and the nodes have let go of their tensors
	replay   *replay // while f runs again
	filled   bool
}

// replay is how far the second run of f has come.
type replay struct{ nodes, draws int }

// note takes a node that f has recorded, and the second time gives what it saved to the node of the first.
func (r *region) note(n *node) {
	versions := [4]uint64{3: n.out.version}
	for i, s := range n.ins[:min(3, len(n.ins))] {
		versions[i] = s.version
	}
	if r.replay == nil {
		n.region = r
		r.nodes, r.versions = append(r.nodes, n), append(r.versions, versions)
		return
	}
	at := r.replay.nodes
	r.replay.nodes++
	if at >= len(r.nodes) || !r.nodes[at].freed && r.nodes[at].op != n.op {
		fail("checkpoint", nil, "the function ran otherwise the second time: its operation %d is %s now; "+
			"it must depend on nothing that changes", at+1, n.op)
	}
	if r.versions[at] != versions {
		fail("checkpoint", nil, "an operand of %s has been changed in place since the forward pass; run Backward before changing it", n.op)
	}
	if first := r.nodes[at]; !first.freed {
		first.ins, first.out = n.ins, n.out
	}
}

// fill computes f again, so that the region's nodes hold what they saved.
func (r *region) fill() {
	if r == nil || !r.recorded || r.filled || r.replay != nil {
		return
	}
	r.replay = &replay{}
	defer func() { r.replay = nil }()
	with(func(m *modes) {
		m.noGrad, m.region, m.autocast, m.generator = false, r, r.autocast, r.generator
	}, func() { r.f(r.inputs) })
	if r.replay.nodes != len(r.nodes) {
		fail("checkpoint", nil, "the function ran otherwise the second time: %d operations, not %d; "+
			"it must depend on nothing that changes", r.replay.nodes, len(r.nodes))
	}
	r.filled = true
	for _, t := range r.inputs {
		saved{t: t}.drop()
	}
	r.f, r.inputs, r.nodes, r.versions, r.draws = nil, nil, nil, nil, nil
}

// draw reserves random numbers, or gives those of the first run.
func (r *region) draw(g *Generator, n int) (seed, offset uint64) {
	if r.replay != nil {
		if r.replay.draws >= len(r.draws) {
			fail("checkpoint", nil, "the function drew more random numbers the second time; it must depend on nothing that changes")
		}
		d := r.draws[r.replay.draws]
		r.replay.draws++
		return d[0], d[1]
	}
	if r.parent != nil {
		seed, offset = r.parent.draw(g, n)
	} else {
		seed, offset = g.reserve(n)
	}
	r.draws = append(r.draws, [2]uint64{seed, offset})
	return seed, offset
}
