package tensor_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// fails runs f, which must panic with an *Error whose text holds all the parts.
func fails(t *testing.T, f func(), parts ...string) {
	t.Helper()
	err := tensor.Try(f)
	var e *tensor.Error
	if !errors.As(err, &e) {
		t.Errorf("no *tensor.Error: %v", err)
		return
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("%q doesn't say %q", err, p)
		}
	}
}

func leaf(values ...float64) *tensor.Tensor { return tensor.Of(values...).SetRequiresGrad(true) }

func wantGrad(t *testing.T, x *tensor.Tensor, want ...float64) {
	t.Helper()
	if x.Grad() == nil {
		t.Errorf("there is no gradient, want %v", want)
		return
	}
	tensortest.AssertClose(t, x.Grad(), tensor.Of(want...).Reshape(x.Shape()...))
}

func TestBackwardAccumulates(t *testing.T) {
	x := leaf(1, 2)
	x.Square().Sum().Backward()
	wantGrad(t, x, 2, 4)
	x.MulScalar(3).Sum().Backward()
	wantGrad(t, x, 5, 7)
	x.ZeroGrad()
	if x.Grad() != nil {
		t.Error("ZeroGrad left a gradient")
	}
}

// A gradient that reaches two leaves by one addition must not be shared between them.
func TestGradientsAreNotAliased(t *testing.T) {
	a, b := leaf(1, 2), leaf(3, 4)
	for range 2 {
		a.Add(b).Sum().Backward()
	}
	b.Grad().MulScalarInPlace(10)
	wantGrad(t, a, 2, 2)
	wantGrad(t, b, 20, 20)

	// The gradient that the caller gives is the caller's.
	c, seed := leaf(1, 2), tensor.Of(5, 6)
	c.Reshape(2, 1).Reshape(2).Backward(seed)
	c.Grad().Zero()
	if seed.At(0) != 5 {
		t.Error("the given gradient was changed through the leaf's")
	}
}

func TestSharedSubexpressions(t *testing.T) {
	x := leaf(2)
	y := x.Mul(x)          // x²
	z := y.Mul(y).Add(y)   // x⁴ + x²
	z.Add(x).Backward()    // 4x³ + 2x + 1
	wantGrad(t, x, 32+4+1) // at 2
}

func TestBackwardOfNonScalar(t *testing.T) {
	x := leaf(1, 2)
	fails(t, func() { x.Square().Backward() }, "backward", "(2,)", "Sum or Mean")
	fails(t, func() { x.Square().Backward(tensor.Of(1, 2, 3)) }, "the output's shape")
	x.Square().Backward(tensor.Of(1, 10))
	wantGrad(t, x, 2, 40)
	fails(t, func() { tensor.Of(1).Backward() }, "requires grad")
}

func TestGraphIsFreed(t *testing.T) {
	x := leaf(3)
	y := x.Square()
	y.Backward()
	fails(t, func() { y.Backward() }, "freed", "RetainGraph")

	z := x.Square()
	z.BackwardWith(tensor.BackwardOptions{RetainGraph: true})
	z.Backward()
	wantGrad(t, x, 18)
}

func TestSavedTensorChangedInPlace(t *testing.T) {
	x, w := leaf(1, 2), tensor.Of(3, 4)
	y := x.Mul(w).Sum()
	w.Set(7, 0)
	fails(t, func() { y.Backward() }, "saved", "mul", "changed in place")

	// A view shares the count of writes with its base.
	v := tensor.Of(3, 4)
	y = x.Mul(v.Narrow(0, 0, 1)).Sum()
	v.Fill(0)
	fails(t, func() { y.Backward() }, "changed in place")

	// The result of exp is saved; the sum's operand is not.
	y = x.Exp()
	tensor.NoGrad(func() { y.Detach().Zero() })
	fails(t, func() { y.Sum().Backward() }, "the result of exp")
	u := tensor.Of(1, 1)
	y = x.Add(u).Sum()
	u.Zero()
	y.Backward()
	wantGrad(t, x, 1, 1)
}

func TestInPlaceOnVariables(t *testing.T) {
	x := leaf(1, 2)
	fails(t, func() { x.Zero() }, "NoGrad")
	fails(t, func() { tensor.Of(1, 2).AddInPlace(x) }, "lose the gradient")
	fails(t, func() { tensor.Of(1, 2).Expand(3, 2).Zero() }, "Clone")
	tensor.NoGrad(func() { x.AddScaledInPlace(x, -0.5) })
	tensortest.AssertClose(t, x, tensor.Of(0.5, 1))
	if !x.RequiresGrad() || !x.IsLeaf() {
		t.Error("the update made x something else")
	}
}

func TestNoGrad(t *testing.T) {
	x := leaf(1)
	tensor.NoGrad(func() {
		if x.Square().RequiresGrad() || tensor.GradEnabled() {
			t.Error("NoGrad records")
		}
		tensor.EnableGrad(func() {
			if !x.Square().RequiresGrad() {
				t.Error("EnableGrad doesn't record")
			}
		})
		if tensor.GradEnabled() {
			t.Error("EnableGrad outlived its function")
		}
	})
	if err := tensor.Try(func() { tensor.NoGrad(func() { tensor.Of(1).Add(tensor.Of(1, 2, 3).Reshape(3)).Reshape(2) }) }); err == nil {
		t.Error("no error")
	}
	if !tensor.GradEnabled() {
		t.Error("a panic left NoGrad on")
	}
}

// NoGrad belongs to the goroutine that calls it.
func TestNoGradIsPerGoroutine(t *testing.T) {
	x := leaf(1)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 50 {
				if i%2 == 0 {
					tensor.NoGrad(func() {
						if x.Square().RequiresGrad() {
							t.Error("NoGrad records")
						}
						wg.Add(1)
						go func() {
							defer wg.Done()
							if !x.Square().RequiresGrad() {
								t.Error("a goroutine inherited NoGrad")
							}
						}()
					})
				} else if g := tensor.Grad([]*tensor.Tensor{x.Square()}, []*tensor.Tensor{x}); g[0].Item() != 2 {
					t.Error("wrong gradient")
				}
			}
		}()
	}
	wg.Wait()
}

func TestGradFunction(t *testing.T) {
	x, unused := leaf(2), leaf(1)
	y := x.Square()
	z := y.MulScalar(3)
	g := tensor.Grad([]*tensor.Tensor{z}, []*tensor.Tensor{x, y, unused, z}, tensor.BackwardOptions{RetainGraph: true})
	if g[0].Item() != 12 || g[1].Item() != 3 || g[2] != nil || g[3].Item() != 1 {
		t.Errorf("got %v", g)
	}
	if x.Grad() != nil {
		t.Error("Grad wrote to a leaf")
	}
	// Two outputs add up.
	g = tensor.Grad([]*tensor.Tensor{z, y}, []*tensor.Tensor{x})
	if g[0].Item() != 16 {
		t.Errorf("got %v, want 16", g[0])
	}
	fails(t, func() { tensor.Grad([]*tensor.Tensor{x.Square()}, []*tensor.Tensor{tensor.Of(1)}) }, "input 0 doesn't require grad")
}

func TestDoubleBackward(t *testing.T) {
	x := leaf(2)
	y := x.PowScalar(3)
	first := tensor.Grad([]*tensor.Tensor{y}, []*tensor.Tensor{x}, tensor.BackwardOptions{CreateGraph: true})[0]
	if first.Item() != 12 { // 3x²
		t.Errorf("first derivative %v", first)
	}
	second := tensor.Grad([]*tensor.Tensor{first}, []*tensor.Tensor{x}, tensor.BackwardOptions{CreateGraph: true})[0]
	if second.Item() != 12 { // 6x
		t.Errorf("second derivative %v", second)
	}
	second.Backward()
	wantGrad(t, x, 6)
}

func TestDetach(t *testing.T) {
	x := leaf(3)
	x.Mul(x.Detach()).Backward()
	wantGrad(t, x, 3)
	y := x.Square()
	fails(t, func() { y.SetRequiresGrad(false) }, "Detach")
	fails(t, func() { tensor.Arange(0, 3, 1).SetRequiresGrad(true) }, "int64", "floating-point")
}

func TestRetainGrad(t *testing.T) {
	x := leaf(3)
	y := x.Square().RetainGrad()
	y.MulScalar(5).Backward()
	wantGrad(t, y, 5)
	wantGrad(t, x, 30)
}

func TestHooks(t *testing.T) {
	x := leaf(3)
	y := x.Square()
	var seen float64
	y.RegisterHook(func(g *tensor.Tensor) *tensor.Tensor {
		seen = g.Item()
		return g.MulScalar(10)
	})
	x.RegisterHook(func(g *tensor.Tensor) *tensor.Tensor { return g.AddScalar(1) })
	y.MulScalar(2).Backward()
	if seen != 2 {
		t.Errorf("the hook saw %v, want 2", seen)
	}
	wantGrad(t, x, 6*2*10+1)

	// A hook that is removed is not called, nor one of an inner tensor.
	x = leaf(3)
	y = x.Square()
	never := func(*tensor.Tensor) *tensor.Tensor {
		t.Error("a removed hook was called")
		return nil
	}
	order := ""
	x.RegisterHook(func(*tensor.Tensor) *tensor.Tensor { order += "a"; return nil })
	remove := []func(){x.RegisterHook(never), y.RegisterHook(never)}
	x.RegisterHook(func(*tensor.Tensor) *tensor.Tensor { order += "b"; return nil })
	for _, r := range remove {
		r()
		r()
	}
	y.Backward()
	if order != "ab" {
		t.Errorf("the hooks were called in the order %s", order)
	}
	fails(t, func() { tensor.Of(1).RegisterHook(nil) }, "doesn't require grad")
	x.RegisterHook(func(*tensor.Tensor) *tensor.Tensor { return tensor.Zeros(3) })
	fails(t, func() { x.Square().Backward() }, "a hook returned")
}

func TestDeepGraph(t *testing.T) {
	x := leaf(1)
	y := x
	const depth = 200_000
	for range depth {
		y = y.AddScalar(1)
	}
	y.Backward()
	wantGrad(t, x, 1)
}

// Diamonds make a number of paths that is exponential in the depth; each node is visited once.
func TestManyPaths(t *testing.T) {
	x := leaf(1)
	y := x
	for range 60 {
		y = y.Add(y).MulScalar(0.5)
	}
	y.Backward()
	wantGrad(t, x, 1)
}

func TestMixedTypes(t *testing.T) {
	x, y := leaf(1, 2), tensor.Of(3, 4).To(tensor.Float64).SetRequiresGrad(true)
	z := x.Mul(y)
	if z.DType() != tensor.Float64 {
		t.Errorf("float32 × float64 is %s", z.DType())
	}
	z.Sum().Backward()
	if x.Grad().DType() != tensor.Float32 || y.Grad().DType() != tensor.Float64 {
		t.Errorf("gradients are %s and %s", x.Grad().DType(), y.Grad().DType())
	}
	wantGrad(t, x, 3, 4)
	// Nothing flows through integers.
	if x.To(tensor.Int64).To(tensor.Float32).RequiresGrad() {
		t.Error("an integer tensor requires grad")
	}
}

func TestEmptyTensors(t *testing.T) {
	x := tensor.Zeros(0, 3).SetRequiresGrad(true)
	w := tensor.Ones(3, 2).SetRequiresGrad(true)
	x.MatMul(w).Softmax(-1).Sum().Backward()
	tensortest.AssertClose(t, w.Grad(), tensor.Zeros(3, 2))
	tensortest.AssertClose(t, x.Grad(), tensor.Zeros(0, 3))
	if got := tensor.Zeros(0).Mean().Item(); !math.IsNaN(got) {
		t.Errorf("the mean of nothing is %v", got)
	}
	fails(t, func() { tensor.Zeros(2, 0).Max(1) }, "max", "empty")
}

func TestTrainingLearns(t *testing.T) {
	tensor.ManualSeed(1)
	w := tensor.Randn(3, 1).SetRequiresGrad(true)
	x := tensor.Randn(100, 3)
	y := x.MatMul(tensor.FromSlice([]float32{1, -2, 3}, 3, 1))
	for range 200 {
		w.ZeroGrad()
		x.MatMul(w).MSE(y).Backward()
		tensor.NoGrad(func() { w.AddScaledInPlace(w.Grad(), -0.1) })
	}
	tensortest.AssertClose(t, w, tensor.Of(1, -2, 3).Reshape(3, 1))
}

func TestInterrupt(t *testing.T) {
	defer backend.SetInterrupt(nil)
	n := 0
	backend.SetInterrupt(func() bool { n++; return n > 100 })
	defer func() {
		if _, ok := recover().(backend.Interrupted); !ok {
			t.Error("the loop ended otherwise than by an interrupt")
		}
	}()
	// Try is for the programmer's mistakes; an interrupt passes through it.
	_ = tensor.Try(func() {
		for x := tensor.Ones(3); ; {
			x = x.AddScalar(1)
		}
	})
}

// Storage that a backward pass gives back is never one that the user still holds: the reference
// backend's freed storage can't be read.
func TestIntermediatesOutliveBackward(t *testing.T) {
	for _, device := range []tensor.Device{tensor.CPU, other} {
		t.Run(string(device), func(t *testing.T) {
			x := tensor.Rand(4, 6).ToDevice(device).SetRequiresGrad(true)
			w := tensor.Rand(6, 6).ToDevice(device).SetRequiresGrad(true)
			var kept []*tensor.Tensor
			keep := func(y *tensor.Tensor) *tensor.Tensor {
				kept = append(kept, y)
				return y
			}
			var gradients []*tensor.Tensor
			h := keep(x.MatMul(w))
			h.RegisterHook(func(g *tensor.Tensor) *tensor.Tensor {
				gradients = append(gradients, g)
				return nil
			})
			a := keep(keep(h.GELU()).Reshape(4, 2, 3)).RetainGrad()
			b := keep(keep(a.Transpose(1, 2)).Add(keep(a.Transpose(1, 2))))
			c := keep(b.Softmax(-1)).RetainGrad()
			d := keep(keep(c.LayerNorm(nil, nil, 1e-5)).Exp())
			loss := keep(keep(d.Mul(c)).Sum())
			var before [][]float64
			for _, y := range kept {
				before = append(before, y.Float64s())
			}
			seed := keep(tensor.OnesLike(loss))
			before = append(before, seed.Float64s())
			loss.Backward(seed)
			for range 50 { // whatever was freed is used again
				keepBusy := tensor.Options{Device: device}.Full(77, 4, 6)
				_ = keepBusy.Add(keepBusy)
			}
			for i, y := range kept {
				if !slices.Equal(y.Float64s(), before[i]) {
					t.Errorf("the intermediate %d changed", i)
				}
			}
			for _, g := range append(gradients, a.Grad(), c.Grad(), x.Grad(), w.Grad()) {
				if g.Abs().Max().Item() > 70 {
					t.Errorf("a gradient was written over: %v", g)
				}
			}
		})
	}
}
