package nn_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// array is a tensor as golden.py writes it.
type array struct {
	Shape []int
	Data  []float64
}

func (a array) tensor() *tensor.Tensor { return tensor.FromSlice(a.Data, a.Shape...) }

// golden is what golden.json holds.
type golden struct {
	Cases map[string]struct {
		State, Grads, After map[string]array
		X, Y, G             array
	}
	Losses map[string]struct {
		X, Target, Grad array
		Loss            float64
	}
}

func readGolden(t *testing.T) (g golden) {
	t.Helper()
	raw, err := os.ReadFile("testdata/golden.json")
	if err == nil {
		err = json.Unmarshal(raw, &g)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestModulesAgreeWithTorch(t *testing.T) {
	golden := readGolden(t)
	modules := map[string]nn.Layer{
		"linear":    nn.NewLinear(4, 3),
		"embedding": nn.NewEmbedding(6, 3),
		"layernorm": nn.NewLayerNorm(6),
		"rmsnorm":   nn.NewRMSNorm(6),
		"batchnorm": nn.NewBatchNorm(3),
		"conv2d":    nn.NewConv2D(4, 6, nn.ConvOptions{Stride: 2, Padding: 1, Groups: 2}),
		"maxpool2d": nn.MaxPool2D{Kernel: 2},
		"block":     nn.NewBlock(8, 2),
	}
	if len(modules) != len(golden.Cases) {
		t.Errorf("%d modules, %d golden cases", len(modules), len(golden.Cases))
	}
	for name, m := range modules {
		t.Run(name, func(t *testing.T) {
			c, ok := golden.Cases[name]
			if !ok {
				t.Fatal("golden.json has no such case")
			}
			nn.To(m, tensor.Float64)
			state := map[string]*tensor.Tensor{}
			for k, v := range c.State {
				state[k] = v.tensor()
			}
			if name == "batchnorm" { // the golden state is that from before the forward pass
				for k := range c.After {
					if _, ok := state[k]; !ok {
						t.Fatalf("no %s", k)
					}
				}
			}
			if err := nn.LoadStateDict(m, state); err != nil {
				t.Fatal(err)
			}
			x := c.X.tensor()
			if name == "embedding" {
				x = x.To(tensor.Int64)
			} else {
				x.SetRequiresGrad(true)
			}
			y := m.Forward(x)
			tensortest.AssertClose(t, y, c.Y.tensor())
			y.Backward(c.G.tensor())
			for k, p := range withInput(nn.NamedParameters(m), x) {
				want, ok := c.Grads[k]
				if !ok {
					t.Errorf("torch has no gradient of %s", k)
					continue
				}
				delete(c.Grads, k)
				tensortest.AssertClose(t, p.Grad(), want.tensor())
			}
			for k := range c.Grads {
				t.Errorf("no gradient of %s", k)
			}
			after := nn.StateDict(m)
			for k, v := range c.After {
				tensortest.AssertClose(t, after[k], v.tensor())
			}
		})
	}
}

func withInput(params []nn.Named, x *tensor.Tensor) map[string]*tensor.Tensor {
	out := map[string]*tensor.Tensor{}
	for _, p := range params {
		out[p.Name] = p.Tensor
	}
	if x.RequiresGrad() {
		out["x"] = x
	}
	return out
}

func TestLossesAgreeWithTorch(t *testing.T) {
	golden := readGolden(t)
	losses := map[string]func(x, y *tensor.Tensor) *tensor.Tensor{
		"crossentropy": nn.CrossEntropy,
		"mse":          nn.MSE,
		"l1":           nn.L1,
		"huber":        nn.Huber,
		"bce":          nn.BCEWithLogits,
	}
	if len(losses) != len(golden.Losses) {
		t.Errorf("%d losses, %d golden ones", len(losses), len(golden.Losses))
	}
	for name, f := range losses {
		t.Run(name, func(t *testing.T) {
			c := golden.Losses[name]
			x, target := c.X.tensor().SetRequiresGrad(true), c.Target.tensor()
			if name == "crossentropy" {
				target = target.To(tensor.Int64)
			}
			loss := f(x, target)
			tensortest.AssertClose(t, loss, tensor.Options{DType: tensor.Float64}.Scalar(c.Loss))
			loss.Backward()
			tensortest.AssertClose(t, x.Grad(), c.Grad.tensor())
		})
	}
}

func TestGradCheckBlock(t *testing.T) {
	tensor.ManualSeed(1)
	b := nn.NewBlock(4, 2)
	nn.To(b, tensor.Float64)
	x := tensor.Options{DType: tensor.Float64}.Randn(1, 3, 4).SetRequiresGrad(true)
	inputs := append(nn.Parameters(b), x)
	if len(inputs) != 13 {
		t.Fatalf("a block has %d parameters, want 12", len(inputs)-1)
	}
	if err := tensortest.GradCheck(func(in ...*tensor.Tensor) *tensor.Tensor {
		c := nn.Block{
			Norm1: &nn.LayerNorm{Weight: in[0], Bias: in[1], Eps: 1e-5},
			Attention: &nn.CausalSelfAttention{
				QKV: &nn.Linear{Weight: in[2], Bias: in[3]}, Out: &nn.Linear{Weight: in[4], Bias: in[5]}, Heads: 2,
			},
			Norm2: &nn.LayerNorm{Weight: in[6], Bias: in[7], Eps: 1e-5},
			MLP:   &nn.FeedForward{Up: &nn.Linear{Weight: in[8], Bias: in[9]}, Down: &nn.Linear{Weight: in[10], Bias: in[11]}},
		}
		return c.Forward(in[12])
	}, inputs...); err != nil {
		t.Error(err)
	}
}
