package tensor_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/cpu"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// attentionShapes are shapes of queries, keys and values.
var attentionShapes = [][3][]int{
	{{5, 4}, {5, 4}, {5, 4}},
	{{1, 64}, {300, 64}, {300, 64}},
	{{200, 7}, {200, 7}, {200, 5}},
	{{2, 3, 65, 16}, {2, 3, 65, 16}, {2, 3, 65, 16}},
	{{2, 6, 33, 8}, {2, 2, 33, 8}, {2, 2, 33, 8}}, // grouped
	{{2, 4, 17, 8}, {2, 1, 17, 8}, {2, 1, 17, 8}}, // one head for all
	{{2, 3, 9, 8}, {3, 9, 8}, {1, 3, 9, 8}},       // broadcast
	{{3, 9, 8}, {2, 3, 9, 8}, {2, 3, 9, 8}},       // queries broadcast: composed
	{{130, 8}, {700, 8}, {700, 8}},                // several tiles of keys
	{{700, 8}, {130, 8}, {130, 8}},                // late queries see all keys
	{{2, 3, 8}, {2, 0, 8}, {2, 0, 8}},             // nothing to see
	{{2, 0, 8}, {2, 3, 8}, {2, 3, 8}},             // nobody to see it
	{{0, 2, 3, 8}, {0, 2, 3, 8}, {0, 2, 3, 8}},
	{{3, 20000}, {5, 20000}, {5, 3}},
}

// attendBoth gives the results and the gradients of the fused form and of the composed one.
func attendBoth(o tensor.AttentionOptions, x ...*tensor.Tensor) (fused, composed []*tensor.Tensor) {
	both := [2][]*tensor.Tensor{}
	var g *tensor.Tensor
	for i, f := range []func(q, k, v *tensor.Tensor) *tensor.Tensor{
		func(q, k, v *tensor.Tensor) *tensor.Tensor { return tensor.Attention(q, k, v, o) },
		func(q, k, v *tensor.Tensor) *tensor.Tensor { y, _ := tensor.AttentionWeights(q, k, v, o); return y },
	} {
		in := make([]*tensor.Tensor, len(x))
		for j := range in {
			in[j] = x[j].Detach().SetRequiresGrad(true)
		}
		y := f(in[0], in[1], in[2])
		if g == nil {
			g = tensor.Options{Generator: tensor.NewGenerator(9), DType: y.DType()}.Randn(y.Shape()...)
		}
		both[i] = append([]*tensor.Tensor{y.Detach()}, tensor.Grad([]*tensor.Tensor{y}, in, tensor.BackwardOptions{Gradients: []*tensor.Tensor{g}})...)
	}
	return both[0], both[1]
}

func TestAttentionAgreesWithItsComposition(t *testing.T) {
	for _, dt := range []tensor.DType{tensor.Float32, tensor.Float64, tensor.BFloat16} {
		tol := map[tensor.DType]tensortest.Tolerance{tensor.Float32: {Rel: 1e-4, Abs: 2e-5}, tensor.Float64: {Rel: 1e-10, Abs: 1e-11}, tensor.BFloat16: {Rel: 0.05, Abs: 0.05}}[dt]
		for _, shapes := range attentionShapes {
			for _, causal := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%v/causal=%t", dt, shapes, causal), func(t *testing.T) {
					gen := tensor.Options{Generator: tensor.NewGenerator(1), DType: dt}
					x := []*tensor.Tensor{gen.Randn(shapes[0]...), gen.Randn(shapes[1]...), gen.Randn(shapes[2]...)}
					fused, composed := attendBoth(tensor.AttentionOptions{Causal: causal}, x...)
					for i, what := range []string{"result", "queries", "keys", "values"} {
						if d := tensortest.Diff(fused[i], composed[i], tol); d != "" {
							t.Errorf("%s: %s", what, d)
						}
					}
				})
			}
		}
	}
}

// Heads cut out of one product are read where they lie, and the result is the next product's operand as it is.
func TestAttentionOfSlices(t *testing.T) {
	const b, n, h, d = 2, 70, 3, 8
	qkv := tensor.Randn(b, n, 3, h, d).Permute(2, 0, 3, 1, 4)
	x := []*tensor.Tensor{qkv.Select(0, 0), qkv.Select(0, 1), qkv.Select(0, 2)}
	fused, composed := attendBoth(tensor.AttentionOptions{Causal: true, Scale: -0.4}, x...)
	for i := range fused {
		if d := tensortest.Diff(fused[i], composed[i], tensortest.Tolerance{Rel: 1e-4, Abs: 2e-5}); d != "" {
			t.Errorf("%d: %s", i, d)
		}
	}
	if y := tensor.Attention(x[0], x[1], x[2], tensor.AttentionOptions{}); !y.Transpose(1, 2).IsContiguous() {
		t.Errorf("the result has strides %v", y.Strides())
	}
}

func TestAttentionExtremes(t *testing.T) {
	inf := math.Inf(1)
	for name, x := range map[string][3]*tensor.Tensor{
		"large scores":       {tensor.Randn(70, 8).MulScalar(60), tensor.Randn(70, 8), tensor.Randn(70, 8)},
		"overflow":           {tensor.Full(1e25, 2, 4), tensor.Full(1e25, 3, 4), tensor.Ones(3, 4)},
		"hidden by -∞":       {tensor.Ones(3, 1), tensor.FromSlice([]float32{1, float32(-inf), 2}, 3, 1), tensor.Randn(3, 4)},
		"all are -∞":         {tensor.Ones(2, 1), tensor.Full(-inf, 3, 1), tensor.Randn(3, 4)},
		"NaN":                {tensor.Ones(2, 1), tensor.FromSlice([]float32{1, float32(math.NaN())}, 2, 1), tensor.Randn(2, 4)},
		"-∞ in the 1st tile": {tensor.Ones(64, 1), tensor.Cat(0, tensor.Full(-inf, 600, 1), tensor.Ones(100, 1)), tensor.Randn(700, 4)},
	} {
		for _, causal := range []bool{false, true} {
			o := tensor.AttentionOptions{Causal: causal, Scale: 1}
			got := tensor.Attention(x[0], x[1], x[2], o)
			want, _ := tensor.AttentionWeights(x[0], x[1], x[2], o)
			if d := tensortest.Diff(got, want, tensortest.Tolerance{Rel: 1e-4, Abs: 1e-4}); d != "" {
				t.Errorf("%s, causal=%t: %s", name, causal, d)
			}
		}
	}
}

func TestAttentionDoesNotDependOnThreads(t *testing.T) {
	defer cpu.SetThreads(cpu.SetThreads(1))
	x := []*tensor.Tensor{tensor.Randn(2, 4, 150, 16), tensor.Randn(2, 2, 150, 16), tensor.Randn(2, 2, 150, 16)}
	one, _ := attendBoth(tensor.AttentionOptions{Causal: true}, x...)
	cpu.SetThreads(3)
	three, _ := attendBoth(tensor.AttentionOptions{Causal: true}, x...)
	for i := range one {
		if !slices.Equal(one[i].Float32s(), three[i].Float32s()) {
			t.Errorf("%d: three threads give other numbers than one", i)
		}
	}
}

func TestAttentionTwiceDifferentiated(t *testing.T) {
	gen := tensor.Options{DType: tensor.Float64, Generator: tensor.NewGenerator(2)}
	for _, c := range [][3]*tensor.Tensor{
		{gen.Randn(4, 3), gen.Randn(4, 3), gen.Randn(4, 2)},
		{gen.Randn(4, 3, 2), gen.Randn(2, 3, 2), gen.Randn(2, 3, 2)},
	} {
		err := tensortest.GradCheck(func(x ...*tensor.Tensor) *tensor.Tensor {
			var g *tensor.Tensor
			tensor.EnableGrad(func() {
				y := tensor.Attention(x[0], x[1], x[2], tensor.AttentionOptions{Causal: true})
				g = tensor.Grad([]*tensor.Tensor{y.Square().Sum()}, x[:1], tensor.BackwardOptions{CreateGraph: true})[0]
			})
			return g
		}, c[:]...)
		if err != nil {
			t.Error(err)
		}
	}
}

// Without keeping it in memory, the result is the same under Checkpoint, which computes it twice.
func TestAttentionUnderCheckpoint(t *testing.T) {
	x := tensor.Randn(3, 9, 4).SetRequiresGrad(true)
	f := func(x []*tensor.Tensor) *tensor.Tensor {
		return tensor.Attention(x[0], x[0], x[0], tensor.AttentionOptions{Causal: true})
	}
	f([]*tensor.Tensor{x}).Sum().Backward()
	want := x.Grad()
	x.ZeroGrad()
	tensor.Checkpoint(f, x).Sum().Backward()
	tensortest.AssertClose(t, x.Grad(), want)
}

// A graph that is kept out of a scope keeps what attention saved beside its operands.
func TestAttentionInScope(t *testing.T) {
	x := tensor.Randn(64, 64, 4).SetRequiresGrad(true)
	var y *tensor.Tensor
	tensor.Scope(func() { y = tensor.Attention(x, x, x, tensor.AttentionOptions{}).Keep() })
	y.Sum().Backward()
	if g := x.Grad(); g == nil || g.IsNaN().Any().Bool() {
		t.Error("the gradient is lost")
	}
}
