package tensor_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// settle collects garbage until what is in use falls to want bytes, or stays the same for a while.
func settle(want int) (now int) {
	for same := 0; same < 10; same++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
		before := now
		if now = tensor.MemoryStats().Current; now <= want {
			return now
		}
		if now != before {
			same = 0
		}
	}
	return now
}

func TestAbandonedGraphsComeBack(t *testing.T) {
	w := tensor.Rand(64, 64).SetRequiresGrad(true)
	settle(0)
	before := tensor.MemoryStats()
	for range 1000 {
		_ = w.MatMul(w).GELU().Softmax(-1).Sum() // never walked back
	}
	if now := settle(before.Current); now > before.Current {
		t.Errorf("1000 abandoned graphs left %d bytes in use", now-before.Current)
	}
	after := tensor.MemoryStats()
	if after.Peak < after.Current || after.Limit == 0 || after.Allocs-before.Allocs < 3000 || after.Reused == before.Reused {
		t.Errorf("before %+v, after %+v", before, after)
	}
	tensor.ReleaseMemory()
	if after := tensor.MemoryStats(); after.Pooled != 0 {
		t.Errorf("%d bytes are pooled after ReleaseMemory", after.Pooled)
	}
	if (tensor.MemoryStats(other) != tensor.Memory{}) {
		t.Error("the reference backend counts nothing")
	}
}

func TestManyStepsDontGrow(t *testing.T) {
	w := tensor.Rand(40, 40).SetRequiresGrad(true)
	x := tensor.Rand(40, 40)
	step := func() {
		w.ZeroGrad()
		x.MatMul(w).Tanh().Square().Mean().Backward()
		tensor.NoGrad(func() { w.AddScaledInPlace(w.Grad(), -0.1) })
	}
	step()
	before := settle(0)
	for range 10_000 {
		step()
	}
	if now := settle(before); now > before {
		t.Errorf("10,000 steps left %d bytes more in use", now-before)
	}
}

// The collector may find a tensor unreachable while a kernel still works on its elements: those must not
// go to anybody else before it is done.
func TestMemoryComesBackOnlyWhenUnused(t *testing.T) {
	done := make(chan struct{})
	var collector, workers sync.WaitGroup
	collector.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				runtime.GC()
			}
		}
	})
	for g := range 4 {
		workers.Go(func() {
			v := float64(g + 1)
			for range 300 {
				x := tensor.Full(v, 128, 128).MulScalar(2).Add(tensor.Full(v, 128, 128)).T().Clone().Sub(tensor.Full(v, 128, 128))
				if lo, hi := x.Min().Item(), x.Max().Item(); lo != 2*v || hi != 2*v {
					t.Errorf("got elements from %v to %v, want %v", lo, hi, 2*v)
					return
				}
			}
		})
	}
	workers.Wait()
	close(done)
	collector.Wait()
}

func TestScope(t *testing.T) {
	outside := tensor.Rand(64, 64).SetRequiresGrad(true)
	var lost, kept, view, leaf, inner, middle *tensor.Tensor
	before := tensor.MemoryStats().Current
	tensor.Scope(func() {
		lost = tensor.Full(1, 64, 64)
		kept = tensor.Full(2, 64, 64).Keep()
		view = kept.T()
		leaf = tensor.Full(3, 64, 64).SetRequiresGrad(true)
		lost.MatMul(outside).Mul(leaf).Sum().Backward()
		tensor.Scope(func() {
			inner = tensor.Full(4, 64, 64)
			middle = tensor.Full(5, 64, 64).Keep()
		})
		fails(t, func() { inner.Sum() }, "Scope", "Keep")
	})
	if now := tensor.MemoryStats().Current; now > before+6*64*64*5 {
		t.Errorf("%d bytes more are in use", now-before)
	}
	fails(t, func() { lost.AddScalar(1) }, "add", "Scope", "Keep")
	fails(t, func() { lost.Float32s() }, "Scope", "Keep")
	if middle.At(3, 3) != 5 || kept.At(1, 1) != 2 || view.Sum().Item() != 2*64*64 || leaf.At(0, 0) != 3 {
		t.Error("what was kept is gone")
	}
	tensortest.AssertClose(t, outside.Grad(), tensor.Full(3*64, 64, 64))
	if leaf.Grad().Len() != 64*64 {
		t.Error("the leaf's gradient is gone")
	}

	// A kept result can be differentiated: what its graph has saved stays too.
	x := tensor.Rand(64, 64).SetRequiresGrad(true)
	var y *tensor.Tensor
	tensor.Scope(func() { y = x.Exp().Square().Sum().Keep() })
	for range 20 {
		_ = tensor.Full(77, 64, 64)
	}
	y.Backward()
	tensortest.AssertClose(t, x.Grad(), x.Detach().MulScalar(2).Exp().MulScalar(2))

	// So it is when f panics, and there is no limit to how much is made in a scope.
	_ = tensor.Try(func() {
		tensor.Scope(func() {
			for range 3000 {
				lost = tensor.Zeros(64, 64)
			}
			lost.Reshape(7)
		})
	})
	fails(t, func() { lost.Sum() }, "Scope")
	if tensor.Zeros(4).Keep() == nil {
		t.Error("Keep outside a scope")
	}
}

// ZeroGrad frees a gradient that nobody can hold, and only such a one.
func TestZeroGradFrees(t *testing.T) {
	const n = 1 << 16
	w := tensor.Ones(n).SetRequiresGrad(true)
	step := func() { w.MulScalar(3).Sum().Backward() }
	step()
	before := tensor.MemoryStats().Current
	w.BorrowGrad()
	w.ZeroGrad()
	if freed := before - tensor.MemoryStats().Current; freed < 4*n {
		t.Errorf("%d bytes were freed", freed)
	}
	step()
	held, part := w.Grad(), w.Grad().Narrow(0, 5, 2)
	w.ZeroGrad()
	given := tensor.Ones(n)
	w.SetGrad(given)
	w.ZeroGrad()
	seen := tensor.Ones(n)
	remove := w.RegisterHook(func(g *tensor.Tensor) *tensor.Tensor { seen = g; return g })
	step()
	remove()
	w.ZeroGrad()
	w.Square().Sum().BackwardWith(tensor.BackwardOptions{CreateGraph: true})
	g := w.Grad()
	w.ZeroGrad()
	for i, x := range []*tensor.Tensor{held, part, given, seen, g} {
		if v := x.Select(0, 0).Item(); v != []float64{3, 3, 1, 3, 2}[i] {
			t.Errorf("%d: the first element is %v", i, v)
		}
	}
}

// A weight that is looked up in and multiplied with gets the gradients of both in one piece.
func TestTiedEmbedding(t *testing.T) {
	w := tensor.Randn(7, 3).SetRequiresGrad(true)
	idx := tensor.FromSlice([]int64{2, 5, 2}, 3)
	x := w.Embedding(idx)
	x.Square().Linear(w, nil).Square().Sum().Backward()
	a, b := w.Detach().Clone().SetRequiresGrad(true), w.Detach().Clone().SetRequiresGrad(true)
	a.Embedding(idx).Square().Linear(b, nil).Square().Sum().Backward()
	tensortest.AssertClose(t, w.Grad(), a.Grad().Add(b.Grad()))
}

// What was released goes back when the last graph that saved it has been walked back, not before and not later.
func TestRelease(t *testing.T) {
	const n = 1 << 16
	current := func() int { return tensor.MemoryStats().Current }
	x := tensor.Rand(n).SetRequiresGrad(true)
	h := x.Exp() // its rule saves it
	y := h.Square().Sum()
	z := h.Mul(h.Detach()).Sum()
	h.Release()
	h.Release() // the second time does nothing
	y.BackwardWith(tensor.BackwardOptions{RetainGraph: true})
	g := x.Grad()
	tensortest.AssertClose(t, g, x.Detach().MulScalar(2).Exp().MulScalar(2))
	if v := h.Narrow(0, 0, 1).Exp().Item(); !(v > 1) {
		t.Error("a graph's tensor is gone")
	}
	x.SetGrad(nil)
	y.Add(z).Backward()
	tensortest.AssertClose(t, x.Grad(), x.Detach().MulScalar(2).Exp().MulScalar(3))
	fails(t, func() { h.Neg() }, "was freed")

	settle(0)
	before := current()
	a := tensor.Rand(n)
	view := a.Narrow(0, 3, 5)
	a.Release()
	if now := current(); now != before {
		t.Errorf("%d bytes more are in use though nothing has saved what was released", now-before)
	}
	fails(t, func() { view.Neg() }, "was freed")
	x.Release()
	if x.Neg().Len() != n {
		t.Error("a leaf is gone")
	}
}

// Release inside a checkpointed function frees what the first run made, and what the second makes when it is used.
func TestReleaseInCheckpoint(t *testing.T) {
	x := tensor.Rand(100, 100).SetRequiresGrad(true)
	f := func(in []*tensor.Tensor) *tensor.Tensor {
		h := in[0].Exp()
		defer h.Release()
		return h.Square()
	}
	y := x.MulScalar(2)
	out := tensor.Checkpoint(f, y)
	y.Release()
	out.Sum().Backward()
	tensortest.AssertClose(t, x.Grad(), x.Detach().MulScalar(4).Exp().MulScalar(4))
	fails(t, func() { y.Neg() }, "was freed")
}
