package tensor_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/tensortest"
)

type (
	ts = []*tensor.Tensor
	fn = func(x ...*tensor.Tensor) *tensor.Tensor
)

// values draws numbers from [lo, hi) that keep away from kinks at whole numbers and from each other.
func values(lo, hi float64, shape ...int) *tensor.Tensor {
	g := tensor.Options{DType: tensor.Float64, Generator: tensor.NewGenerator(uint64(1000*lo+hi) + uint64(len(shape)))}
	n := 1
	for _, d := range shape {
		n *= d
	}
	return g.Perm(n).AddScalar(0.513).MulScalar((hi - lo) / float64(max(n, 1))).AddScalar(lo).Reshape(shape...)
}

func indices(hi int, shape ...int) *tensor.Tensor {
	return tensor.Options{Generator: tensor.NewGenerator(5)}.RandInt(0, hi, shape...)
}

// gradCase is one differentiable operation at one point. Op names the exported method or function, or
// several, that it exercises.
type gradCase struct {
	op     string
	f      fn
	inputs ts
	once   bool // no second derivative to check: it is 0 or not defined
}

func unary(f func(*tensor.Tensor) *tensor.Tensor) fn {
	return func(x ...*tensor.Tensor) *tensor.Tensor { return f(x[0]) }
}

func binary(f func(x, y *tensor.Tensor) *tensor.Tensor) fn {
	return func(x ...*tensor.Tensor) *tensor.Tensor { return f(x[0], x[1]) }
}

func linearActivation(a tensor.Activation) gradCase {
	return gradCase{
		op: "LinearActivation", f: func(x ...*tensor.Tensor) *tensor.Tensor { return x[0].LinearActivation(x[1], x[2], a) },
		inputs: ts{values(-1, 1, 2, 3), values(-1, 1, 4, 3), values(-1, 1, 4)},
	}
}

func gradCases() []gradCase {
	any23 := ts{values(-2, 2, 2, 3)}
	positive := ts{values(0.3, 3, 2, 3)}
	two := ts{values(-2, 2, 2, 3), values(-1.9, 2.3, 2, 3)}
	bcast := ts{values(-2, 2, 2, 1, 3), values(0.5, 2.3, 4, 1)}
	mask := tensor.FromSlice([]bool{true, false, true, false, false, true}, 2, 3)
	image := ts{values(-1, 1, 2, 2, 5, 6)}
	zeros := ts{tensor.FromSlice([]float64{1, 0, 3, 0, 0, 2, 4, 5, 6}, 3, 3)}

	cases := []gradCase{
		{op: "Neg", f: unary((*tensor.Tensor).Neg), inputs: any23},
		{op: "Abs", f: unary((*tensor.Tensor).Abs), inputs: any23},
		{op: "Sign", f: unary((*tensor.Tensor).Sign), inputs: any23},
		{op: "Floor", f: unary((*tensor.Tensor).Floor), inputs: any23},
		{op: "Ceil", f: unary((*tensor.Tensor).Ceil), inputs: any23},
		{op: "Round", f: unary((*tensor.Tensor).Round), inputs: ts{values(-1.4, 1.4, 2, 3)}},
		{op: "Square", f: unary((*tensor.Tensor).Square), inputs: any23},
		{op: "Exp", f: unary((*tensor.Tensor).Exp), inputs: any23},
		{op: "Log", f: unary((*tensor.Tensor).Log), inputs: positive},
		{op: "Sqrt", f: unary((*tensor.Tensor).Sqrt), inputs: positive},
		{op: "Rsqrt", f: unary((*tensor.Tensor).Rsqrt), inputs: positive},
		{op: "Reciprocal", f: unary((*tensor.Tensor).Reciprocal), inputs: positive},
		{op: "Sin", f: unary((*tensor.Tensor).Sin), inputs: any23},
		{op: "Cos", f: unary((*tensor.Tensor).Cos), inputs: any23},
		{op: "Tanh", f: unary((*tensor.Tensor).Tanh), inputs: any23},
		{op: "Sigmoid", f: unary((*tensor.Tensor).Sigmoid), inputs: any23},
		{op: "ReLU", f: unary((*tensor.Tensor).ReLU), inputs: any23},
		{op: "Erf", f: unary((*tensor.Tensor).Erf), inputs: any23},
		{op: "GELU", f: unary((*tensor.Tensor).GELU), inputs: any23},
		{op: "GELUTanh", f: unary((*tensor.Tensor).GELUTanh), inputs: any23},
		{op: "SiLU", f: unary((*tensor.Tensor).SiLU), inputs: any23},

		{op: "Add", f: binary((*tensor.Tensor).Add), inputs: bcast},
		{op: "Sub", f: binary((*tensor.Tensor).Sub), inputs: bcast},
		{op: "Mul", f: binary((*tensor.Tensor).Mul), inputs: bcast},
		{op: "Div", f: binary((*tensor.Tensor).Div), inputs: bcast},
		{op: "Pow", f: binary((*tensor.Tensor).Pow), inputs: ts{values(0.5, 2, 2, 1, 3), values(-2, 3, 4, 1)}},
		{op: "Mod", f: binary((*tensor.Tensor).Mod), inputs: ts{values(5.1, 7.9, 2, 3), values(1.3, 2.2, 2, 3)}},
		{op: "Maximum", f: binary((*tensor.Tensor).Maximum), inputs: two},
		{op: "Minimum", f: binary((*tensor.Tensor).Minimum), inputs: two},
		{op: "Where", f: binary(func(x, y *tensor.Tensor) *tensor.Tensor { return tensor.Where(mask, x, y) }), inputs: two},
		{op: "MaskedFill", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.MaskedFill(mask, 3) }), inputs: any23},
		{op: "Dot", f: binary((*tensor.Tensor).Dot), inputs: ts{values(-2, 2, 4), values(-1, 3, 4)}},

		{op: "AddScalar", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.AddScalar(1.5) }), inputs: any23},
		{op: "SubScalar", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.SubScalar(1.5) }), inputs: any23},
		{op: "RSubScalar", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.RSubScalar(1.5) }), inputs: any23},
		{op: "MulScalar", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.MulScalar(-1.5) }), inputs: any23},
		{op: "DivScalar", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.DivScalar(-1.5) }), inputs: any23},
		{op: "RDivScalar", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.RDivScalar(-1.5) }), inputs: positive},
		{op: "PowScalar", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.PowScalar(2.5) }), inputs: positive},
		{op: "PowScalar", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.PowScalar(3) }), inputs: any23},
		{op: "PowScalar", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.PowScalar(0) }), inputs: any23},
		{op: "ModScalar", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.ModScalar(1.7) }), inputs: any23},
		{op: "ClampMin", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.ClampMin(0.4) }), inputs: any23},
		{op: "ClampMax", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.ClampMax(0.4) }), inputs: any23},
		{op: "Clamp", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Clamp(-1, 0.4) }), inputs: any23},

		{op: "Sum", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Sum() }), inputs: any23},
		{op: "Sum", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Sum(0, 2) }), inputs: ts{values(-1, 1, 2, 3, 4)}},
		{op: "SumKeepDim", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.SumKeepDim(-2) }), inputs: any23},
		{op: "Prod", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Prod(1) }), inputs: any23},
		{op: "Prod", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Prod(1) }), inputs: zeros, once: true},
		{op: "ProdKeepDim", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.ProdKeepDim() }), inputs: any23},
		{op: "Mean", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Mean(0) }), inputs: any23},
		{op: "MeanKeepDim", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.MeanKeepDim(0) }), inputs: any23},
		{op: "Max", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Max(1) }), inputs: any23},
		{op: "MaxKeepDim", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.MaxKeepDim(0, 1) }), inputs: any23},
		{op: "Min", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Min(0) }), inputs: any23},
		{op: "MinKeepDim", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.MinKeepDim() }), inputs: any23},
		{op: "Variance", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Variance(tensor.VarOptions{}) }), inputs: any23},
		{op: "Var", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Var(1) }), inputs: any23},
		{op: "VarKeepDim", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.VarKeepDim(1) }), inputs: any23},
		{op: "Std", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Std() }), inputs: any23},
		{op: "StdKeepDim", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.StdKeepDim(1) }), inputs: any23},
		{op: "LogSumExp", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.LogSumExp(1) }), inputs: any23},
		{op: "LogSumExpKeepDim", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.LogSumExpKeepDim() }), inputs: any23},

		{op: "Sort", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Sort(tensor.SortOptions{Axis: 1, Descending: true}) }), inputs: any23},
		{op: "TopK", f: unary(func(x *tensor.Tensor) *tensor.Tensor {
			v, _ := x.TopK(2, 0)
			return v
		}), inputs: ts{values(-1, 1, 3, 2)}},
		{op: "CumSum", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.CumSum(1) }), inputs: ts{values(-1, 1, 2, 5)}},

		{op: "Clone", f: unary((*tensor.Tensor).Clone), inputs: any23},
		{op: "Contiguous", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.T().Contiguous() }), inputs: any23},
		{op: "To", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Square().To(tensor.Float64) }), inputs: any23},
		{op: "ToDevice", f: unary(func(x *tensor.Tensor) *tensor.Tensor {
			return x.Square().ToDevice(other).Mul(x.ToDevice(other)).ToDevice(tensor.CPU)
		}), inputs: any23},
		{op: "Reshape", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.T().Reshape(-1) }), inputs: any23},
		{op: "View", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.View(3, 2) }), inputs: any23},
		{op: "Flatten", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Flatten(0, -1) }), inputs: any23},
		{op: "Squeeze", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Squeeze() }), inputs: ts{values(-1, 1, 2, 1, 3)}},
		{op: "Unsqueeze", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Unsqueeze(-1) }), inputs: any23},
		{op: "Permute", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Permute(2, 0, 1) }), inputs: ts{values(-1, 1, 2, 1, 3)}},
		{op: "Transpose", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Transpose(0, -1) }), inputs: ts{values(-1, 1, 2, 1, 3)}},
		{op: "T", f: unary((*tensor.Tensor).T), inputs: any23},
		{op: "Expand", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Expand(4, 2, -1) }), inputs: ts{values(-1, 1, 2, 1)}},
		{op: "Expand", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Expand(4, 2, 5) }), inputs: ts{values(-1, 1, 2, 1)}},
		{op: "ExpandAs", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.ExpandAs(tensor.Zeros(3, 2, 2)) }), inputs: ts{values(-1, 1, 2, 1)}},
		{op: "Repeat", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Repeat(2, 1, 3) }), inputs: any23},
		{op: "Narrow", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Narrow(1, -2, 2) }), inputs: any23},
		{op: "Select", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Select(0, -1) }), inputs: any23},
		{op: "SliceAxis", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.SliceAxis(1, 2, -5, -2) }), inputs: any23},
		{op: "Slice", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Slice("::-1, None, 1:") }), inputs: any23},
		{op: "Flip", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Flip(1) }), inputs: any23},
		{op: "Split", f: unary(func(x *tensor.Tensor) *tensor.Tensor {
			p := x.Split(1, 1, 2)
			return p[0].Mul(p[1])
		}), inputs: any23},
		{op: "Chunk", f: unary(func(x *tensor.Tensor) *tensor.Tensor {
			p := x.Chunk(1, 2)
			return p[0].Mul(p[1])
		}), inputs: any23},
		{op: "Cat", f: binary(func(x, y *tensor.Tensor) *tensor.Tensor { return tensor.Cat(1, x, y, x) }), inputs: ts{values(-1, 1, 2, 3), values(-2, 1, 2, 2)}},
		{op: "Stack", f: binary(func(x, y *tensor.Tensor) *tensor.Tensor { return tensor.Stack(-1, x, y) }), inputs: two},
		{op: "Pad", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Pad(2, 1, -1, 0, 2) }), inputs: any23},
		{op: "Tril", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Tril(0) }), inputs: any23},
		{op: "Triu", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Triu(1) }), inputs: any23},
		{op: "Gather", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Gather(1, indices(3, 1, 4)) }), inputs: any23},
		{op: "ScatterAdd", f: binary(func(x, y *tensor.Tensor) *tensor.Tensor { return x.ScatterAdd(0, indices(2, 4, 2), y) }), inputs: ts{values(-1, 1, 2, 3), values(-2, 1, 4, 2)}},
		{op: "IndexSelect", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.IndexSelect(1, indices(3, 5)) }), inputs: any23},
		{op: "Embedding", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Embedding(indices(4, 2, 3)) }), inputs: ts{values(-1, 1, 4, 3)}},

		{op: "MatMul", f: binary((*tensor.Tensor).MatMul), inputs: ts{values(-1, 1, 2, 3), values(-1, 1, 3, 4)}},
		{op: "MatMul", f: binary((*tensor.Tensor).MatMul), inputs: ts{values(-1, 1, 2, 2, 3), values(-1, 1, 3, 2)}},
		{op: "MatMul", f: binary((*tensor.Tensor).MatMul), inputs: ts{values(-1, 1, 2, 1, 2, 3), values(-1, 1, 3, 3, 2)}},
		{op: "MatMul", f: binary((*tensor.Tensor).MatMul), inputs: ts{values(-1, 1, 3), values(-1, 1, 2, 3, 2)}},
		{op: "MatMul", f: binary((*tensor.Tensor).MatMul), inputs: ts{values(-1, 1, 2, 2, 3), values(-1, 1, 3)}},
		{op: "Linear", f: func(x ...*tensor.Tensor) *tensor.Tensor { return x[0].Linear(x[1], x[2]) }, inputs: ts{values(-1, 1, 2, 3), values(-1, 1, 4, 3), values(-1, 1, 4)}},
		linearActivation(tensor.ReLUActivation), linearActivation(tensor.GELUActivation), linearActivation(tensor.GELUTanhActivation),
		{op: "Softmax", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Softmax(-1) }), inputs: any23},
		{op: "Softmax", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Softmax(0) }), inputs: any23},
		{op: "LogSoftmax", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.LogSoftmax(0) }), inputs: any23},
		{op: "LayerNorm", f: func(x ...*tensor.Tensor) *tensor.Tensor { return x[0].LayerNorm(x[1], x[2], 1e-5) }, inputs: ts{values(-1, 1, 2, 3), values(0.5, 1, 3), values(-1, 1, 3)}},
		{op: "RMSNorm", f: func(x ...*tensor.Tensor) *tensor.Tensor { return x[0].RMSNorm(x[1], 1e-5) }, inputs: ts{values(-1, 1, 2, 3), values(0.5, 1, 3)}},
		{op: "CrossEntropy", f: unary(func(x *tensor.Tensor) *tensor.Tensor { return x.CrossEntropy(indices(3, 2)) }), inputs: any23},
		{op: "CrossEntropyWith", f: unary(func(x *tensor.Tensor) *tensor.Tensor {
			return x.CrossEntropyWith(tensor.FromSlice([]int{1, -1, 2}), tensor.LossOptions{IgnoreIndex: -1, LabelSmoothing: 0.1})
		}), inputs: ts{values(-1, 1, 3, 4)}},
		{op: "MSE", f: binary((*tensor.Tensor).MSE), inputs: two},
		{op: "L1", f: binary((*tensor.Tensor).L1), inputs: two},
		{op: "BCEWithLogits", f: binary((*tensor.Tensor).BCEWithLogits), inputs: two},
		{op: "Dropout", f: unary(func(x *tensor.Tensor) *tensor.Tensor {
			tensor.ManualSeed(3)
			return x.Dropout(0.5)
		}), inputs: any23},
		{op: "Conv2D", f: func(x ...*tensor.Tensor) *tensor.Tensor {
			return x[0].Conv2D(x[1], x[2], tensor.ConvOptions{Stride: 2, Padding: 1})
		}, inputs: ts{image[0], values(-1, 1, 3, 2, 3, 2), values(-1, 1, 3)}},
		{op: "Conv2D", f: func(x ...*tensor.Tensor) *tensor.Tensor {
			return x[0].Conv2D(x[1], nil, tensor.ConvOptions{Groups: 2, Dilation: 2})
		}, inputs: ts{image[0], values(-1, 1, 4, 1, 2, 2)}},
		{op: "MaxPool2D", f: unary(func(x *tensor.Tensor) *tensor.Tensor {
			return x.MaxPool2D(tensor.PoolOptions{Kernel: 3, Stride: 2, Padding: 1})
		}), inputs: image},
		{op: "AvgPool2D", f: unary(func(x *tensor.Tensor) *tensor.Tensor {
			return x.AvgPool2D(tensor.PoolOptions{Kernel: 2, Stride: 1})
		}), inputs: image},
		{op: "Attention AttentionWeights", f: func(x ...*tensor.Tensor) *tensor.Tensor {
			return tensor.Attention(x[0], x[1], x[2], tensor.AttentionOptions{Causal: true})
		}, inputs: ts{values(-1, 1, 2, 3, 2), values(-1, 1, 2, 3, 2), values(-1, 1, 2, 3, 4)}},
		{op: "Attention", f: func(x ...*tensor.Tensor) *tensor.Tensor {
			return tensor.Attention(x[0], x[1], x[2], tensor.AttentionOptions{Mask: x[3], Scale: 0.3})
		}, inputs: ts{values(-1, 1, 2, 3), values(-1, 1, 3, 3), values(-1, 1, 3, 1), values(-1, 1, 2, 3)}},
	}
	return append(cases, tabledGradCases()...)
}

// other is a second device, to which tensors can be moved.
const other = tensor.Device("reference")

func TestGradients(t *testing.T) {
	for _, c := range gradCases() {
		t.Run(strings.ReplaceAll(c.op, " ", "+"), func(t *testing.T) {
			if err := tensortest.GradCheck(c.f, c.inputs...); err != nil {
				t.Error(err)
			}
			if c.once {
				return
			}
			if err := tensortest.GradGradCheck(c.f, c.inputs...); err != nil {
				t.Error(err)
			}
		})
	}
}

// notDifferentiable lists the exported methods that give tensors but no gradient, and why.
var notDifferentiable = map[string]string{
	"LogicalNot": "bool", "LogicalAnd": "bool", "LogicalOr": "bool", "LogicalXor": "bool", "IsNaN": "bool",
	"Equal": "bool", "NotEqual": "bool", "Less": "bool", "LessEqual": "bool", "Greater": "bool", "GreaterEqual": "bool",
	"EqualScalar": "bool", "NotEqualScalar": "bool", "LessScalar": "bool", "LessEqualScalar": "bool",
	"GreaterScalar": "bool", "GreaterEqualScalar": "bool", "Any": "bool", "All": "bool",
	"ArgMax": "index", "ArgMin": "index", "ArgMaxKeepDim": "index", "ArgMinKeepDim": "index", "OneHot": "of indices", "ArgSort": "index", "Multinomial": "index",
	"Detach": "by design", "Grad": "accessor", "BorrowGrad": "accessor", "SetRequiresGrad": "returns its receiver", "RetainGrad": "returns its receiver",
	"Keep": "returns its receiver",
	"Fill": "in place", "Zero": "in place", "CopyFrom": "in place", "AddInPlace": "in place", "SubInPlace": "in place",
	"MulInPlace": "in place", "DivInPlace": "in place", "AddScalarInPlace": "in place", "MulScalarInPlace": "in place",
	"AddScaledInPlace": "in place", "SetData": "in place",

	"Arange": "new", "Bernoulli": "new", "BlackmanWindow": "new", "Eye": "new", "FFTFreq": "new", "FromSlice": "new", "Full": "new",
	"FullLike": "new", "HammingWindow": "new", "HannWindow": "new", "Linspace": "new", "Normal": "new", "Of": "new", "Ones": "new",
	"OnesLike": "new", "Perm": "new", "RFFTFreq": "new", "Rand": "new", "RandInt": "new", "Randn": "new", "Scalar": "new",
	"TrilIndices": "new", "TriuIndices": "new", "Uniform": "new", "Zeros": "new", "ZerosLike": "new",
	"VJP": "TestJVPAndVJP", "JVP": "TestJVPAndVJP", "Jacobian": "TestJacobian", "Hessian": "TestHessian",
	"Checkpoint": "TestCheckpoint",
}

// TestEveryOperationIsChecked fails for a method that gives a tensor and has neither a checked gradient
// nor a reason not to.
func TestEveryOperationIsChecked(t *testing.T) {
	checked := map[string]bool{}
	for _, c := range gradCases() {
		for op := range strings.FieldsSeq(c.op) {
			checked[op] = true
		}
	}
	typ := reflect.TypeFor[*tensor.Tensor]()
	gives := func(m reflect.Type) bool {
		for i := range m.NumOut() {
			if out := m.Out(i); out == typ || out == reflect.SliceOf(typ) {
				return true
			}
		}
		return false
	}
	look := func(name string, f reflect.Type) {
		if !gives(f) {
			return
		}
		why, ok := notDifferentiable[name]
		if !ok {
			why, ok = withoutGradient[name]
		}
		switch {
		case ok && checked[name]:
			t.Errorf("%s has a gradient check, and a reason (%s) not to have one", name, why)
		case !ok && !checked[name]:
			t.Errorf("%s has no gradient check", name)
		}
	}
	for i := range typ.NumMethod() {
		look(typ.Method(i).Name, typ.Method(i).Type)
	}
	for name, f := range functions { // which TestEveryFunctionIsCalled keeps whole
		look(name, reflect.TypeOf(f))
	}
}

// TestEveryRuleIsUsed fails for a backend operation without a rule, and for a rule that no gradient check
// has applied.
func TestEveryRuleIsUsed(t *testing.T) {
	used := tensor.CountRules(func() {
		for _, c := range gradCases() {
			if err := tensortest.GradCheck(c.f, c.inputs...); err != nil {
				t.Errorf("%s: %v", c.op, err)
			}
			if !c.once {
				if err := tensortest.GradGradCheck(c.f, c.inputs...); err != nil {
					t.Errorf("%s: %v", c.op, err)
				}
			}
		}
	})
	for _, rule := range tensor.RuleNames() {
		// Conversions are checked by TestMixedTypes: gradcheck works in one data type.
		// Those of pooling are of devices that pool at once: TestPoolGradientsOnCUDA checks them.
		if used[rule] == 0 && rule != "to" && !strings.HasPrefix(rule, "maxpool") && !strings.HasPrefix(rule, "avgpool") {
			t.Errorf("no gradient check applies the rule %s", rule)
		}
	}
	var ops []string
	for _, op := range backend.UnaryOps() {
		ops = append(ops, op.String())
	}
	for _, op := range backend.BinaryOps() {
		ops = append(ops, op.String())
	}
	for _, op := range backend.ReduceOps() {
		ops = append(ops, op.String())
	}
	for _, op := range ops {
		if !slices.Contains(tensor.RuleNames(), op) && tensor.NoGradientReason(op) == "" {
			t.Errorf("%s has neither a rule nor a reason not to have one", op)
		}
	}
}
