package tensor_test

import (
	"math"
	"sync"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// A checkpointed function gives the same result and the same gradients, of its inputs and of what it uses
// without naming it, though it draws random numbers, from several goroutines at once.
func TestCheckpoint(t *testing.T) {
	direct := func(f func(x []*tensor.Tensor) *tensor.Tensor, x ...*tensor.Tensor) *tensor.Tensor { return f(x) }
	run := func(apply func(f func(x []*tensor.Tensor) *tensor.Tensor, x ...*tensor.Tensor) *tensor.Tensor) ts {
		g := tensor.NewGenerator(5)
		x := tensor.Options{Generator: g}.Randn(4, 6).SetRequiresGrad(true)
		w := tensor.Options{Generator: g}.Randn(6, 6).SetRequiresGrad(true)
		var out, before *tensor.Tensor
		tensor.WithSeed(11, func() {
			h := x.MulScalar(2)
			h = apply(func(in []*tensor.Tensor) *tensor.Tensor {
				y := in[0].MatMul(w).GELU().Dropout(0.5)
				y = apply(func(in []*tensor.Tensor) *tensor.Tensor { return in[0].Tanh().Dropout(0.3).MatMul(w) }, y)
				return y.Softmax(-1).Add(tensor.Options{Generator: g}.Rand(4, 6))
			}, h)
			before = tensor.Rand(3)
			out = h.Square().Sum()
		})
		out.Backward()
		return ts{out, x.Grad(), w.Grad(), before}
	}
	want := run(direct)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i, got := range run(tensor.Checkpoint) {
				if !got.Equals(want[i]) {
					t.Errorf("value %d: got %v, want %v", i, got, want[i])
				}
			}
		})
	}
	wg.Wait()
}

func TestCheckpointForgets(t *testing.T) {
	x := tensor.Rand(256, 256).SetRequiresGrad(true)
	calls := 0
	deep := func(in []*tensor.Tensor) *tensor.Tensor {
		calls++
		y := in[0]
		for range 20 {
			y = y.Sin()
		}
		return y
	}
	held := func(f func() *tensor.Tensor) (int, *tensor.Tensor) {
		before := settle(0)
		y := f()
		return settle(0) - before, y
	}
	plain, y := held(func() *tensor.Tensor { return deep(ts{x}) })
	y.Sum().Backward()
	want := x.Grad()
	x.ZeroGrad()
	checkpointed, y := held(func() *tensor.Tensor { return tensor.Checkpoint(deep, x) })
	if checkpointed*5 > plain {
		t.Errorf("a checkpoint holds %d bytes, without it is %d", checkpointed, plain)
	}
	calls = 0
	y.Sum().BackwardWith(tensor.BackwardOptions{RetainGraph: true})
	if calls != 1 || !x.Grad().Equals(want) {
		t.Errorf("after %d calls the gradient is %v, want %v", calls, x.Grad(), want)
	}
	y.Sum().Backward()
	tensortest.AssertClose(t, x.Grad(), want.MulScalar(2))
	tensor.NoGrad(func() {
		if tensor.Checkpoint(deep, x).RequiresGrad() {
			t.Error("a checkpoint in NoGrad records")
		}
	})
}

func TestCheckpointTwiceDifferentiated(t *testing.T) {
	x := leaf(0.3, 0.7)
	f := func(in []*tensor.Tensor) *tensor.Tensor { return in[0].Sin().Mul(in[0]).Exp() }
	twice := func(y *tensor.Tensor) *tensor.Tensor {
		g := tensor.Grad(ts{y.Sum()}, ts{x}, tensor.BackwardOptions{CreateGraph: true})[0]
		return tensor.Grad(ts{g.Square().Sum()}, ts{x})[0]
	}
	tensortest.AssertClose(t, twice(tensor.Checkpoint(f, x)), twice(f(ts{x})))
}

func TestCheckpointMisuse(t *testing.T) {
	x := leaf(1, 2)
	calls := 0
	y := tensor.Checkpoint(func(in []*tensor.Tensor) *tensor.Tensor {
		if calls++; calls > 1 {
			return in[0].Cos().Exp()
		}
		return in[0].Sin().Exp()
	}, x)
	fails(t, func() { y.Sum().Backward() }, "checkpoint", "otherwise", "cos")

	n := 1
	y = tensor.Checkpoint(func(in []*tensor.Tensor) *tensor.Tensor {
		z := in[0]
		for range n {
			z = z.Sin()
		}
		return z
	}, x)
	n = 3
	fails(t, func() { y.Sum().Backward() }, "checkpoint", "otherwise")

	w := tensor.Of(3, 4)
	y = tensor.Checkpoint(func(in []*tensor.Tensor) *tensor.Tensor { return in[0].Mul(w) }, x)
	w.Zero()
	fails(t, func() { y.Sum().Backward() }, "checkpoint", "mul", "changed in place")
}

// Grad inside a checkpointed function, before its tensors are let go.
func TestGradInsideCheckpoint(t *testing.T) {
	x := leaf(0.5)
	f := func(in []*tensor.Tensor) *tensor.Tensor {
		y := in[0].Sin()
		g := tensor.Grad(ts{y}, ts{in[0]}, tensor.BackwardOptions{CreateGraph: true})[0]
		return g.Square()
	}
	tensor.Checkpoint(f, x).Backward()
	wantGrad(t, x, -2*math.Cos(0.5)*math.Sin(0.5))
}

func TestDetectAnomaly(t *testing.T) {
	x := leaf(-1, 4)
	tensor.DetectAnomaly(func() {
		fails(t, func() { x.AddScalar(0.5).Log() }, "log", "(2,)", "first NaN at checkpoint_test.go:")
		// A NaN that comes from outside is not this operation's fault, and infinities are none.
		bad := tensor.Of(math.NaN())
		if !math.IsNaN(bad.Exp().Item()) || !math.IsInf(tensor.Of(0).Log().Item(), -1) {
			t.Error("wrong results")
		}
	})
	if y := x.Log(); !math.IsNaN(y.At(0)) {
		t.Error("anomalies are looked for outside")
	}
	// The gradient of √x at 0 is infinite; times 0 that is NaN.
	z := leaf(0)
	var loss *tensor.Tensor
	tensor.DetectAnomaly(func() {
		loss = z.Sqrt().MulScalar(0)
		fails(t, func() { loss.Backward() }, "first NaN", "gradient of sqrt", "called at checkpoint_test.go:")
	})
}
