package tensor_test

import (
	"encoding/json"
	"os"
	"sync"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// goldenTensor is a tensor in testdata/goldens.json, made by torch; see gen_goldens.py.
type goldenTensor struct {
	Int   bool
	Shape []int
	Data  []float64
}

func (g goldenTensor) tensor(dt tensor.DType) *tensor.Tensor {
	if g.Int {
		dt = tensor.Int64
	}
	return tensor.FromSlice(g.Data).Reshape(g.Shape...).To(dt)
}

// goldenCase is one operation at one point, and what torch makes of it.
type goldenCase struct {
	Name   string
	Inputs []goldenTensor
	Output goldenTensor
	Grads  []*goldenTensor
}

var goldens = sync.OnceValue(func() []goldenCase {
	raw, err := os.ReadFile("testdata/goldens.json")
	if err != nil {
		panic(err)
	}
	var file struct{ Cases []goldenCase }
	if err := json.Unmarshal(raw, &file); err != nil {
		panic(err)
	}
	return file.Cases
})

func x0(f func(x *tensor.Tensor) *tensor.Tensor) fn {
	return func(x ...*tensor.Tensor) *tensor.Tensor { return f(x[0]) }
}

var goldenOps = map[string]fn{
	"neg": unary((*tensor.Tensor).Neg), "abs": unary((*tensor.Tensor).Abs), "sign": unary((*tensor.Tensor).Sign),
	"floor": unary((*tensor.Tensor).Floor), "ceil": unary((*tensor.Tensor).Ceil), "round": unary((*tensor.Tensor).Round),
	"square": unary((*tensor.Tensor).Square), "exp": unary((*tensor.Tensor).Exp), "sin": unary((*tensor.Tensor).Sin),
	"cos": unary((*tensor.Tensor).Cos), "tanh": unary((*tensor.Tensor).Tanh), "sigmoid": unary((*tensor.Tensor).Sigmoid),
	"relu": unary((*tensor.Tensor).ReLU), "erf": unary((*tensor.Tensor).Erf), "log": unary((*tensor.Tensor).Log),
	"sqrt": unary((*tensor.Tensor).Sqrt), "rsqrt": unary((*tensor.Tensor).Rsqrt),
	"reciprocal": unary((*tensor.Tensor).Reciprocal), "gelu": unary((*tensor.Tensor).GELU),
	"gelu_tanh": unary((*tensor.Tensor).GELUTanh), "silu": unary((*tensor.Tensor).SiLU),

	"add": binary((*tensor.Tensor).Add), "sub": binary((*tensor.Tensor).Sub), "mul": binary((*tensor.Tensor).Mul),
	"div": binary((*tensor.Tensor).Div), "maximum": binary((*tensor.Tensor).Maximum),
	"minimum": binary((*tensor.Tensor).Minimum), "remainder": binary((*tensor.Tensor).Mod), "pow": binary((*tensor.Tensor).Pow),
	"pow_scalar": x0(func(x *tensor.Tensor) *tensor.Tensor { return x.PowScalar(3) }),
	"clamp":      x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Clamp(-0.5, 1) }),
	"where": binary(func(x, y *tensor.Tensor) *tensor.Tensor {
		return tensor.Where(x.Greater(y), x.MulScalar(2), y.MulScalar(3))
	}),
	"eq": binary((*tensor.Tensor).Equal), "ne": binary((*tensor.Tensor).NotEqual), "lt": binary((*tensor.Tensor).Less),
	"le": binary((*tensor.Tensor).LessEqual), "gt": binary((*tensor.Tensor).Greater), "ge": binary((*tensor.Tensor).GreaterEqual),

	"sum":         x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Sum(1) }),
	"mean":        x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Mean(1) }),
	"prod":        x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Prod(1) }),
	"amax":        x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Max(1) }),
	"amin":        x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Min(1) }),
	"logsumexp":   x0(func(x *tensor.Tensor) *tensor.Tensor { return x.LogSumExp(1) }),
	"sum_all":     x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Sum() }),
	"sum_keepdim": x0(func(x *tensor.Tensor) *tensor.Tensor { return x.SumKeepDim(0, 2) }),
	"var":         x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Var(1) }),
	"var_biased": x0(func(x *tensor.Tensor) *tensor.Tensor {
		return x.Variance(tensor.VarOptions{Axes: []int{0, 2}})
	}),
	"std":        x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Std() }),
	"argmax":     x0(func(x *tensor.Tensor) *tensor.Tensor { return x.ArgMax(1) }),
	"argmin":     x0(func(x *tensor.Tensor) *tensor.Tensor { return x.ArgMin(0) }),
	"argmax_all": x0(func(x *tensor.Tensor) *tensor.Tensor { return x.ArgMax() }),

	"permute": x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Permute(2, 0, 1).Reshape(4, 6) }),
	"expand":  x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Expand(2, 3, 4).MulScalar(1) }),
	"slice":   x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Slice("1:, ::2, -1") }),
	"flip":    x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Flip(0, 1) }),
	"cat":     binary(func(x, y *tensor.Tensor) *tensor.Tensor { return tensor.Cat(1, x, y, x) }),
	"stack":   binary(func(x, y *tensor.Tensor) *tensor.Tensor { return tensor.Stack(1, x, y) }),
	"pad":     x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Pad(0.5, 1, 2, 0, -1) }),
	"tril":    x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Tril(-1) }),
	"triu":    x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Triu(1) }),
	"gather":  binary(func(x, i *tensor.Tensor) *tensor.Tensor { return x.Gather(1, i) }),
	"scatter_add": func(x ...*tensor.Tensor) *tensor.Tensor {
		return x[0].ScatterAdd(0, x[1], x[2])
	},
	"index_select": binary(func(x, i *tensor.Tensor) *tensor.Tensor { return x.IndexSelect(1, i) }),
	"embedding":    binary((*tensor.Tensor).Embedding),
	"one_hot":      x0(func(i *tensor.Tensor) *tensor.Tensor { return i.OneHot(4) }),

	"matmul": binary((*tensor.Tensor).MatMul), "matmul_batch": binary((*tensor.Tensor).MatMul),
	"matmul_vector": binary((*tensor.Tensor).MatMul),
	"linear":        func(x ...*tensor.Tensor) *tensor.Tensor { return x[0].Linear(x[1], x[2]) },
	"softmax":       x0(func(x *tensor.Tensor) *tensor.Tensor { return x.Softmax(1) }),
	"log_softmax":   x0(func(x *tensor.Tensor) *tensor.Tensor { return x.LogSoftmax(-1) }),
	"layer_norm":    func(x ...*tensor.Tensor) *tensor.Tensor { return x[0].LayerNorm(x[1], x[2], 1e-5) },
	"rms_norm":      binary(func(x, w *tensor.Tensor) *tensor.Tensor { return x.RMSNorm(w, 1e-5) }),
	"cross_entropy": binary((*tensor.Tensor).CrossEntropy),
	"cross_entropy_ignore": binary(func(x, t *tensor.Tensor) *tensor.Tensor {
		return x.CrossEntropyWith(t, tensor.LossOptions{LabelSmoothing: 0.1})
	}),
	"mse": binary((*tensor.Tensor).MSE), "l1": binary((*tensor.Tensor).L1), "bce": binary((*tensor.Tensor).BCEWithLogits),
	"conv2d": func(x ...*tensor.Tensor) *tensor.Tensor {
		return x[0].Conv2D(x[1], x[2], tensor.ConvOptions{Stride: 2, Padding: 1})
	},
	"conv2d_groups": func(x ...*tensor.Tensor) *tensor.Tensor {
		return x[0].Conv2D(x[1], nil, tensor.ConvOptions{Dilation: 2, Groups: 2})
	},
	"max_pool2d": x0(func(x *tensor.Tensor) *tensor.Tensor {
		return x.MaxPool2D(tensor.PoolOptions{Kernel: 3, Stride: 2, Padding: 1})
	}),
	"max_pool2d_ties": x0(func(x *tensor.Tensor) *tensor.Tensor {
		return x.Round().MaxPool2D(tensor.PoolOptions{Kernel: 2})
	}),
	"max_pool2d_relu": x0(func(x *tensor.Tensor) *tensor.Tensor {
		return x.ReLU().Add(x).MaxPool2D(tensor.PoolOptions{Kernel: 2})
	}),
	"avg_pool2d": x0(func(x *tensor.Tensor) *tensor.Tensor {
		return x.AvgPool2D(tensor.PoolOptions{Kernel: 3, Stride: 2, Padding: 1})
	}),
	"attention": func(x ...*tensor.Tensor) *tensor.Tensor {
		return tensor.Attention(x[0], x[1], x[2], tensor.AttentionOptions{})
	},
	"attention_causal": func(x ...*tensor.Tensor) *tensor.Tensor {
		return tensor.Attention(x[0], x[1], x[2], tensor.AttentionOptions{Causal: true})
	},
}

// laidOut is the same elements in another order in memory.
func laidOut(x *tensor.Tensor, layout string) *tensor.Tensor {
	if x.Rank() == 0 {
		return x
	}
	switch layout {
	case "transposed":
		x = x.MoveAxis(-1, 0).Clone().MoveAxis(0, -1)
	case "strided":
		x = tensor.Stack(-1, x.AddScalar(1).To(x.DType()), x, x).Select(-1, 1)
	case "negative":
		x = x.Flip().Clone().Flip()
	}
	return x.Detach()
}

// TestGoldens compares results and gradients with torch's, in both float types, on both devices and in several
// layouts.
func TestGoldens(t *testing.T) {
	cases := goldens()
	if want := len(goldenOps) + len(opCases()); len(cases) != want {
		t.Errorf("the file has %d cases, the tables %d", len(cases), want)
	}
	tabled := map[string]fn{}
	for _, c := range opCases() {
		tabled[c.golden] = c.f
	}
	for _, dt := range []tensor.DType{tensor.Float64, tensor.Float32} {
		tol := tensortest.Tolerance{Rel: 1e-7, Abs: 1e-8}
		if dt == tensor.Float32 {
			tol = tensortest.Tolerance{Rel: 2e-5, Abs: 5e-6}
		}
		for _, in := range []struct {
			device tensor.Device
			layout string
		}{{tensor.CPU, "contiguous"}, {other, "contiguous"}, {tensor.CPU, "transposed"}, {tensor.CPU, "strided"}, {tensor.CPU, "negative"}} {
			device := in.device
			for _, c := range cases {
				t.Run(c.Name+"/"+dt.String()+"/"+string(device)+"/"+in.layout, func(t *testing.T) {
					f := goldenOps[c.Name]
					if f == nil {
						f = tabled[c.Name]
					}
					if f == nil {
						t.Fatal("no such case in the table")
					}
					var xs ts
					for _, g := range c.Inputs {
						xs = append(xs, laidOut(g.tensor(dt).ToDevice(device), in.layout))
						if !g.Int {
							xs[len(xs)-1].SetRequiresGrad(true)
						}
					}
					out := f(xs...)
					if d := tensortest.Diff(out, c.Output.tensor(tensor.Float64), tol); d != "" {
						t.Errorf("result: %s", d)
					}
					if out.RequiresGrad() {
						w := make([]float64, out.Len())
						for i := range w {
							w[i] = 0.5 + float64(7919*i%101)/101
						}
						out.Backward(tensor.FromSlice(w).Reshape(out.Shape()...).To(dt).ToDevice(device))
					}
					for i, g := range c.Grads {
						switch got := xs[i].Grad(); {
						case g == nil && got != nil:
							t.Errorf("gradient %d: torch has none", i)
						case g != nil && got == nil:
							t.Errorf("gradient %d: there is none", i)
						case g != nil:
							if d := tensortest.Diff(got, g.tensor(tensor.Float64), tol); d != "" {
								t.Errorf("gradient %d: %s", i, d)
							}
						}
					}
				})
			}
		}
	}
}
