package tensor_test

import (
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

var inFloat64 = tensor.Options{DType: tensor.Float64}

// A bias is added in the product's memory; the gradients are those of a plain sum, and a product that
// someone can see is left alone.
func TestBiasInPlace(t *testing.T) {
	tensor.ManualSeed(3)
	x, w := inFloat64.Randn(2, 3, 4).SetRequiresGrad(true), inFloat64.Randn(5, 4).SetRequiresGrad(true)
	for name, b := range map[string]*tensor.Tensor{
		"vector": inFloat64.Randn(5), "one": inFloat64.Randn(1), "column": inFloat64.Randn(3, 1), "larger": inFloat64.Randn(7, 2, 3, 5),
		"float32": tensor.Randn(5),
	} {
		t.Run(name, func(t *testing.T) {
			b.SetRequiresGrad(true)
			got, want := x.Linear(w, b), x.MatMul(w.T()).Add(b)
			tensortest.AssertClose(t, got, want)
			gs := tensor.Grad([]*tensor.Tensor{got.Square().Sum()}, []*tensor.Tensor{x, w, b})
			for i, g := range tensor.Grad([]*tensor.Tensor{want.Square().Sum()}, []*tensor.Tensor{x, w, b}) {
				tensortest.AssertClose(t, gs[i], g)
			}
		})
	}
	t.Run("layernorm", func(t *testing.T) {
		b := inFloat64.Randn(4)
		plain := x.LayerNorm(nil, nil, 1e-5)
		kept := plain.Clone()
		tensortest.AssertClose(t, x.LayerNorm(nil, b, 1e-5), plain.Add(b))
		tensortest.AssertClose(t, plain, kept)
		if err := tensortest.GradCheck(func(in ...*tensor.Tensor) *tensor.Tensor {
			return in[0].LayerNorm(in[1], in[2], 1e-5)
		}, x, inFloat64.Randn(4).SetRequiresGrad(true), b.SetRequiresGrad(true)); err != nil {
			t.Error(err)
		}
	})
}

// The causal option hides what a mask of the same form hides, in results and in gradients.
func TestCausalIsAMask(t *testing.T) {
	tensor.ManualSeed(4)
	q, k, v := inFloat64.Randn(2, 3, 5, 4), inFloat64.Randn(2, 3, 5, 4), inFloat64.Randn(2, 3, 5, 4)
	in := []*tensor.Tensor{q.SetRequiresGrad(true), k.SetRequiresGrad(true), v.SetRequiresGrad(true)}
	mask := tensor.Options{DType: tensor.Bool}.Ones(5, 5).Tril(0)
	got, weights := tensor.AttentionWeights(q, k, v, tensor.AttentionOptions{Causal: true})
	want := tensor.Attention(q, k, v, tensor.AttentionOptions{Mask: mask})
	tensortest.AssertClose(t, got, want)
	if weights.Triu(1).Abs().Sum().Item() != 0 {
		t.Errorf("someone sees the future: %v", weights)
	}
	gs := tensor.Grad([]*tensor.Tensor{got.Square().Sum()}, in)
	for i, g := range tensor.Grad([]*tensor.Tensor{want.Square().Sum()}, in) {
		tensortest.AssertClose(t, gs[i], g)
	}
	if err := tensortest.GradCheck(func(in ...*tensor.Tensor) *tensor.Tensor {
		return tensor.Attention(in[0], in[1], in[2], tensor.AttentionOptions{Causal: true})
	}, in...); err != nil {
		t.Error(err)
	}
}

// Gradients of slices of one whole add up, wherever the slices lie.
func TestGradientsOfSlices(t *testing.T) {
	tensor.ManualSeed(5)
	for name, f := range map[string]func(x *tensor.Tensor) *tensor.Tensor{
		"parts":   func(x *tensor.Tensor) *tensor.Tensor { return x.Select(0, 0).Mul(x.Select(0, 1)).Mul(x.Select(0, 2)) },
		"overlap": func(x *tensor.Tensor) *tensor.Tensor { return x.Narrow(0, 0, 2).Mul(x.Narrow(0, 1, 2)) },
		"twice":   func(x *tensor.Tensor) *tensor.Tensor { return x.Select(1, 3).Mul(x.Select(1, 3)) },
		"whole":   func(x *tensor.Tensor) *tensor.Tensor { return x.Mul(x.Narrow(1, 2, 1)) },
		"sum": func(x *tensor.Tensor) *tensor.Tensor {
			return x.Select(0, 0).Sum().Add(x.Select(0, 1).Square().Sum()).Add(x.Sum())
		},
		"flipped": func(x *tensor.Tensor) *tensor.Tensor { return x.Flip(0).Mul(x) },
	} {
		t.Run(name, func(t *testing.T) {
			leaf := inFloat64.Randn(3, 4).SetRequiresGrad(true)
			for _, whole := range []func(x *tensor.Tensor) *tensor.Tensor{
				func(x *tensor.Tensor) *tensor.Tensor { return x }, // a leaf
				func(x *tensor.Tensor) *tensor.Tensor { return x.Exp() },
				func(x *tensor.Tensor) *tensor.Tensor { return x.Exp().T().T() },
				func(x *tensor.Tensor) *tensor.Tensor { return x.Narrow(0, 0, 1).Expand(3, 4) }, // its gradient overlaps nothing
			} {
				if err := tensortest.GradCheck(func(in ...*tensor.Tensor) *tensor.Tensor { return f(whole(in[0])) }, leaf); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
