package tensor

import (
	"weak"

	"github.com/rustygradients/rg/tensor/backend"
)

// Memory counts a device's memory; see MemoryStats.
type Memory = backend.Memory

// MemoryStats tells how much memory the tensors of a device, the default one if none is named, take. Storage
// that nothing refers to any more counts until the garbage collector has found it.
func MemoryStats(device ...Device) Memory {
	if b, ok := backend.As[backend.MemoryBackend](memoryOf(device)); ok {
		return b.Memory()
	}
	return Memory{}
}

// ReleaseMemory gives back the memory that a device, the default one if none is named, keeps for the next tensors.
func ReleaseMemory(device ...Device) {
	if b, ok := backend.As[backend.MemoryBackend](memoryOf(device)); ok {
		b.ReleaseMemory()
	}
}

func memoryOf(device []Device) backend.Backend {
	if len(device) > 0 {
		return device[0].backend("memory")
	}
	return Device("").backend("memory")
}

// Scope runs f and then frees, at once, the storage of all tensors that f has made on this goroutine,
// whoever still holds them: using one afterwards is an error that says so. Left alone are tensors that
// Keep was called on, with their views and what their graphs have saved, gradients of leaves, and leaves
// that require grad. A scope is for loops that make much and keep little; without one, the garbage
// collector finds the same memory somewhat later.
//
//	var loss float64
//	tensor.Scope(func() { loss = model.Forward(x).CrossEntropy(y).Item() })
func Scope(f func()) {
	s := &scope{outer: mode().scope}
	defer s.free()
	with(func(m *modes) { m.scope = s }, f)
}

// Keep takes t out of the Scope that it was made in, and out of those round that one. It returns t.
func (t *Tensor) Keep() *Tensor {
	if s := mode().scope; s != nil {
		s.keep(t)
	}
	return t
}

// Release gives t up: its storage goes back at once, or, where a graph has saved it, when Backward has used it, and not only
// when the garbage collector finds it. Neither t nor a view of it, nor what it is a view of, may be used again; that is an
// error that says so. It is for code that makes large tensors between its operands and its result, and lets nobody else
// see them. A leaf that requires grad stays.
func (t *Tensor) Release() {
	t.exists()
	if t.requiresGrad || t.data.released.Swap(true) {
		return
	}
	t.data.unsave()
}

// scope is what was made in a call of Scope. It doesn't keep it from being collected.
type scope struct {
	outer  *scope
	blocks []weak.Pointer[block]
	prune  int // how many blocks there are before the dead are looked for
	kept   map[*Tensor]struct{}
	leaves map[weak.Pointer[Tensor]]struct{} // stay, and their gradients, in every scope
}

func (s *scope) add(b *block) {
	if len(s.blocks) >= max(s.prune, 1024) {
		live := s.blocks[:0]
		for _, w := range s.blocks {
			if w.Value() != nil {
				live = append(live, w)
			}
		}
		clear(s.blocks[len(live):])
		s.blocks, s.prune = live, 2*len(live)
	}
	s.blocks = append(s.blocks, weak.Make(b))
}

func (s *scope) free() {
	var roots []*Tensor
	for t := range s.kept {
		roots = append(roots, t)
		if s.outer != nil {
			s.outer.keep(t)
		}
	}
	for w := range s.leaves {
		if t := w.Value(); t != nil {
			roots = append(roots, t)
			if s.outer != nil {
				s.outer.addLeaf(w)
			}
		}
	}
	kept := reachable(roots)
	for _, w := range s.blocks {
		if b := w.Value(); b != nil && !kept[b] {
			b.Free()
		}
	}
}

func (s *scope) keep(t *Tensor) {
	if s.kept == nil {
		s.kept = map[*Tensor]struct{}{}
	}
	s.kept[t] = struct{}{}
}

func (s *scope) addLeaf(w weak.Pointer[Tensor]) {
	if s.leaves == nil {
		s.leaves = map[weak.Pointer[Tensor]]struct{}{}
	}
	s.leaves[w] = struct{}{}
}

// reachable is the storage of tensors, of their gradients, and of what their graphs have saved.
func reachable(ts []*Tensor) map[*block]bool {
	blocks, seen := map[*block]bool{}, map[*node]bool{}
	var nodes []*node
	visit := func(t *Tensor) {
		for ; t != nil; t = t.grad {
			blocks[t.data] = true
			if t.node != nil && !seen[t.node] {
				seen[t.node] = true
				nodes = append(nodes, t.node)
			}
		}
	}
	for _, t := range ts {
		visit(t)
	}
	for len(nodes) > 0 {
		n := nodes[len(nodes)-1]
		nodes = nodes[:len(nodes)-1]
		for _, s := range n.ins {
			visit(s.t)
		}
		visit(n.out.t)
		visit(n.retain)
		if n.region != nil {
			for _, t := range n.region.inputs {
				visit(t)
			}
		}
		for _, e := range n.edges {
			visit(e.leaf)
			if e.node != nil && !seen[e.node] {
				seen[e.node] = true
				nodes = append(nodes, e.node)
			}
		}
	}
	return blocks
}

// stay keeps a leaf and its gradient out of every scope.
func (t *Tensor) stay() {
	if s := mode().scope; s != nil && t.node == nil {
		s.addLeaf(weak.Make(t))
	}
}
