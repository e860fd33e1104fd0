package tensor_test

import (
	"math"
	"slices"

	"github.com/rustygradients/rg/tensor"
)

// opCase is an operation that is held against torch's golden of that name, and whose gradients are checked
// at the golden's inputs. Op names the exported methods or functions that it exercises.
type opCase struct {
	golden, op string
	f          fn
	order      order
}

// order is how far an operation is differentiated.
type order int

const (
	twice order = iota
	once        // the second derivative is 0, not defined, or not there
	never
)

// opCases gathers the tables of the families.
func opCases() []opCase {
	return slices.Concat(mathCases(), activationCases(), reduceCases(), searchCases(), shapeCases(), scatterCases(), productCases(),
		convCases(), poolCases(), interpolateCases(), normCases(), lossCases(), attentionCases(),
		linalgCases(), fftCases(), volumeCases(), bagCases(), matrixCases(), signalCases(), specialCases(), momentCases(),
		pieceCases(), imageCases())
}

// withoutGradient lists the methods in the tables that give no gradient, and why.
var withoutGradient = map[string]string{
	"SignBit": "bool", "IsInf": "bool", "IsFinite": "bool",
	"IsClose": "bool", "BitwiseAnd": "of integers", "BitwiseOr": "of integers", "BitwiseXor": "of integers",
	"BitwiseNot": "of integers", "Heaviside": "0 or undefined", "GumbelSoftmax": "random; composed of Softmax",
	"CountNonZero": "a count", "Unique": "by design", "UniqueConsecutive": "by design", "SearchSorted": "index",
	"Bucketize": "index", "BinCount": "a count", "Histc": "a count", "NonZero": "index",
	"MatrixRank": "a count", "UniqueAxis": "by design", "MultinomialDistinct": "index", "IsPosInf": "bool", "IsNegInf": "bool",
	"IsIn": "bool", "GCD": "of integers", "LCM": "of integers", "LeftShift": "of integers", "RightShift": "of integers",
	"FeatureDropout": "random; composed of Dropout",
}

// tabledGradCases makes gradient checks of the tables.
func tabledGradCases() []gradCase {
	inputs := map[string][]goldenTensor{}
	for _, g := range goldens() {
		inputs[g.Name] = g.Inputs
	}
	out := untabledGradCases()
	for _, c := range opCases() {
		if c.order == never {
			continue
		}
		// Indices among the inputs stay as they are; gradcheck sees the others.
		var all, floats ts
		for _, in := range inputs[c.golden] {
			x := in.tensor(tensor.Float64)
			if in.Int {
				all = append(all, x)
				continue
			}
			all = append(all, nil)
			floats = append(floats, x)
		}
		f := func(x ...*tensor.Tensor) *tensor.Tensor {
			args, next := slices.Clone(all), 0
			for i, a := range args {
				if a == nil {
					args[i] = x[next]
					next++
				}
			}
			return c.f(args...)
		}
		out = append(out, gradCase{op: c.op, f: f, inputs: floats, once: c.order == once})
	}
	return out
}

// untabledGradCases are the operations whose goldens have operands without a gradient, or are those of others.
func untabledGradCases() []gradCase {
	type t = tensor.Tensor
	x := ts{values(-2, 2, 2, 3)}
	share := values(0.1, 0.9, 2, 3)
	return []gradCase{
		{op: "MultiLabelSoftMargin", f: unary(func(x *t) *t { return x.MultiLabelSoftMargin(share) }), inputs: x},
		{op: "FModScalar", f: unary(func(x *t) *t { return x.FModScalar(0.7) }), inputs: x},
		{op: "FloorDivideScalar", f: unary(func(x *t) *t { return x.FloorDivideScalar(0.7) }), inputs: x},
		{op: "BCE", f: unary(func(x *t) *t { return x.Sigmoid().BCE(share) }), inputs: x},
		{op: "BCEWithLogitsWith", f: unary(func(x *t) *t {
			return x.BCEWithLogitsWith(share, tensor.BCEOptions{Weight: share, PosWeight: share, Reduction: tensor.ReduceNone})
		}), inputs: x},
		{op: "EmbeddingWith", f: unary(func(x *t) *t {
			return x.EmbeddingWith(tensor.FromSlice([]int{1, 1}), tensor.EmbeddingOptions{NoGradient: -2})
		}), inputs: x},
		{op: "NLL", f: unary(func(x *t) *t {
			return x.NLL(tensor.FromSlice([]int{2, 1}), tensor.LossOptions{Weight: tensor.Of(0.5, 2, 3).To(tensor.Float64)})
		}), inputs: x},
		{op: "BatchNorm", f: unary(func(x *t) *t {
			return x.BatchNorm(tensor.BatchNormOptions{RunningMean: share.Mean(0), RunningVar: share.Mean(0)})
		}), inputs: x},
	}
}

func mathCases() []opCase {
	type t = tensor.Tensor
	return []opCase{
		{"tan", "Tan", unary((*t).Tan), twice},
		{"asin", "Asin", unary((*t).Asin), twice},
		{"acos", "Acos", unary((*t).Acos), twice},
		{"atan", "Atan", unary((*t).Atan), twice},
		{"sinh", "Sinh", unary((*t).Sinh), twice},
		{"cosh", "Cosh", unary((*t).Cosh), twice},
		{"asinh", "Asinh", unary((*t).Asinh), twice},
		{"acosh", "Acosh", unary((*t).Acosh), twice},
		{"atanh", "Atanh", unary((*t).Atanh), twice},
		{"log2", "Log2", unary((*t).Log2), twice},
		{"log10", "Log10", unary((*t).Log10), twice},
		{"log1p", "Log1p", unary((*t).Log1p), twice},
		{"exp2", "Exp2", unary((*t).Exp2), twice},
		{"expm1", "Expm1", unary((*t).Expm1), twice},
		{"trunc", "Trunc", unary((*t).Trunc), twice},
		{"frac", "Frac", unary((*t).Frac), twice},
		{"erfc", "Erfc", unary((*t).Erfc), twice},
		{"erfinv", "ErfInv", unary((*t).ErfInv), twice},
		{"lgamma", "LGamma", unary((*t).LGamma), twice},
		{"lgamma_negative", "LGamma", unary((*t).LGamma), twice},
		{"digamma", "Digamma", unary((*t).Digamma), twice},
		{"digamma_negative", "Digamma", unary((*t).Digamma), twice},
		{"trigamma", "Trigamma", unary((*t).Trigamma), twice},
		{"logit_", "Logit", unary(func(x *t) *t { return x.MulScalar(0.4).AddScalar(0.5).Logit() }), twice},
		{"sinc", "Sinc", unary((*t).Sinc), twice},
		{"rad2deg", "RadToDeg", unary((*t).RadToDeg), twice},
		{"deg2rad", "DegToRad", unary((*t).DegToRad), twice},
		{"signbit", "SignBit", unary((*t).SignBit), never},
		{"isfinite", "IsFinite", unary(func(x *t) *t { return x.Trunc().Reciprocal().IsFinite() }), never},
		{"isinf", "IsInf", unary(func(x *t) *t { return x.Trunc().Reciprocal().IsInf() }), never},
		{"isclose", "IsClose", binary(func(x, y *t) *t { return x.IsClose(y, tensor.CloseOptions{Rel: 0.3, Abs: 0.2}) }), never},
		{"nan_to_num", "NaNToNum", unary(func(x *t) *t {
			x = x.MaskedFill(x.GreaterScalar(1), math.Inf(1)).MaskedFill(x.LessScalar(-1), math.NaN())
			return x.NaNToNum(tensor.NaNToNumOptions{NaN: 7, PosInf: 9, NegInf: 5})
		}), twice},
		{"atan2", "Atan2", binary((*t).Atan2), twice},
		{"hypot", "Hypot", binary((*t).Hypot), twice},
		{"fmod", "FMod", binary((*t).FMod), twice},
		{"fmod_int", "FMod", binary((*t).FMod), never},
		{"floor_divide", "FloorDivide", binary((*t).FloorDivide), twice},
		{"floor_divide_negative", "FloorDivide", binary((*t).FloorDivide), twice},
		{"floor_divide_int", "FloorDivide", binary((*t).FloorDivide), never},
		{"copysign", "CopySign", binary(func(x, y *t) *t { return x.CopySign(y).Add(y.MulScalar(0)) }), twice},
		{"bitwise", "", binary(func(x, y *t) *t {
			return tensor.Stack(0, x.BitwiseAnd(y), x.BitwiseOr(y), x.BitwiseXor(y), x.BitwiseNot())
		}), never},
		{"logaddexp", "LogAddExp", binary((*t).LogAddExp), twice},
		{"xlogy", "XLogY", binary((*t).XLogY), twice},
		{"heaviside", "Heaviside", binary(func(x, y *t) *t { return x.Trunc().Heaviside(y) }), never},
		{"lerp", "Lerp", binary(func(x, y *t) *t { return x.Lerp(y, 0.3) }), twice},
		{"lerp_tensor", "LerpTensor", func(x ...*t) *t { return x[0].LerpTensor(x[1], x[2]) }, twice},
		{"addcmul", "AddCMul", func(x ...*t) *t { return x[0].AddCMul(x[1], x[2], 0.7) }, twice},
		{"addcdiv", "AddCDiv", func(x ...*t) *t { return x[0].AddCDiv(x[1], x[2], 0.7) }, twice},
		{"clamp_tensor", "ClampTensor", func(x ...*t) *t { return x[0].ClampTensor(x[1], x[2]) }, twice},
	}
}

func activationCases() []opCase {
	type t = tensor.Tensor
	return []opCase{
		{"leaky_relu", "LeakyReLU", unary(func(x *t) *t { return x.LeakyReLU(0.1) }), twice},
		{"prelu", "PReLU", binary((*t).PReLU), twice},
		{"elu", "ELU", unary(func(x *t) *t { return x.ELU(1.3) }), twice},
		{"celu", "CELU", unary(func(x *t) *t { return x.CELU(1.3) }), twice},
		{"selu", "SELU", unary((*t).SELU), twice},
		{"softplus", "Softplus", unary((*t).Softplus), twice},
		{"logsigmoid", "LogSigmoid", unary((*t).LogSigmoid), twice},
		{"mish", "Mish", unary((*t).Mish), twice},
		{"softsign", "Softsign", unary((*t).Softsign), twice},
		{"tanhshrink", "Tanhshrink", unary((*t).Tanhshrink), twice},
		{"hardtanh", "Hardtanh", unary(func(x *t) *t { return x.Hardtanh(-1, 0.5) }), twice},
		{"relu6", "ReLU6", unary((*t).ReLU6), twice},
		{"hardsigmoid", "Hardsigmoid", unary((*t).Hardsigmoid), twice},
		{"hardswish", "Hardswish", unary((*t).Hardswish), twice},
		{"hardshrink", "Hardshrink", unary(func(x *t) *t { return x.Hardshrink(0.5) }), twice},
		{"softshrink", "Softshrink", unary(func(x *t) *t { return x.Softshrink(0.5) }), twice},
		{"threshold", "Threshold", unary(func(x *t) *t { return x.Threshold(0.4, -3) }), twice},
		{"swiglu", "SwiGLU", binary((*t).SwiGLU), twice},
		{"glu", "GLU", unary(func(x *t) *t { return x.GLU(0) }), twice},
		{"softmin", "Softmin", unary(func(x *t) *t { return x.Softmin(0) }), twice},
	}
}

// flat joins results into one vector; indices become numbers.
func flat(x ...*tensor.Tensor) *tensor.Tensor {
	for i := range x {
		x[i] = x[i].Reshape(-1)
	}
	return tensor.Cat(0, x...)
}

func norm(p float64) fn {
	return unary(func(x *tensor.Tensor) *tensor.Tensor { return x.Norm(p, 1) })
}

func reduceCases() []opCase {
	type t = tensor.Tensor
	someNaN := func(x *t) *t { return x.MaskedFill(x.GreaterScalar(1), math.NaN()) }
	return []opCase{
		{"max_indices", "MaxWithIndices", unary(func(x *t) *t { return flat(x.MaxWithIndices(1)) }), twice},
		{"min_indices", "MinWithIndices", unary(func(x *t) *t { return flat(x.MinWithIndices(0)) }), twice},
		{"norm_0", "Norm", norm(0), never},
		{"norm_1", "Norm", norm(1), twice},
		{"norm_2", "Norm NormKeepDim", norm(2), twice},
		{"norm_3", "Norm", norm(3), twice},
		{"norm_0.5", "Norm", norm(0.5), twice},
		{"norm_inf", "Norm", norm(math.Inf(1)), twice},
		{"norm_-inf", "Norm", norm(math.Inf(-1)), twice},
		{"norm_zero", "Norm", unary(func(x *t) *t { return x.MulScalar(0).Norm(2) }), twice},
		{"normalize", "Normalize", unary(func(x *t) *t { return x.Normalize(2, 1, 1e-12) }), twice},
		{"count_nonzero", "CountNonZero", unary(func(x *t) *t { return x.Trunc().CountNonZero(1) }), never},
		{"nansum", "NaNSum", unary(func(x *t) *t { return someNaN(x).NaNSum(1) }), twice},
		{"nanmean", "NaNMean", unary(func(x *t) *t { return someNaN(x).NaNMean(1) }), twice},
		{"cumsum", "CumSum", unary(func(x *t) *t { return x.CumSum(1) }), twice},
		{"cumprod", "CumProd", unary(func(x *t) *t { return x.CumProd(1) }), twice},
		{"logcumsumexp", "LogCumSumExp", unary(func(x *t) *t { return x.LogCumSumExp(1) }), twice},
		{"cummax", "CumMax", unary(func(x *t) *t { return flat(x.CumMax(1)) }), twice},
		{"cummin", "CumMin", unary(func(x *t) *t { return flat(x.CumMin(0)) }), twice},
		{"median", "Median", unary(func(x *t) *t { return flat(x.Median(1)) }), twice},
		{"nanmedian", "NaNMedian", unary(func(x *t) *t { return flat(someNaN(x).NaNMedian(1)) }), twice},
		{"kthvalue", "KthValue", unary(func(x *t) *t { return flat(x.KthValue(3, 1)) }), twice},
		{"quantile", "Quantile", unary(func(x *t) *t { return x.Quantile(0.3, 1) }), twice},
		{"mode", "Mode", unary(func(x *t) *t {
			v, _ := x.Round().Mode(1)
			return v
		}), twice},
		{"diff", "Diff", unary(func(x *t) *t { return x.Diff(2, 1) }), twice},
		{"cov", "Cov", unary((*t).Cov), twice},
		{"corrcoef", "CorrCoef", unary((*t).CorrCoef), twice},
	}
}

func searchCases() []opCase {
	type t = tensor.Tensor
	return []opCase{
		{"sort", "SortWithIndices", unary(func(x *t) *t {
			return flat(x.SortWithIndices(tensor.SortOptions{Axis: 1, Descending: true}))
		}), twice},
		{"argsort", "", unary(func(x *t) *t { return x.ArgSort(tensor.SortOptions{}) }), never},
		{"topk", "TopK", unary(func(x *t) *t { return flat(x.TopK(2, 1)) }), twice},
		{"bottomk", "BottomK", unary(func(x *t) *t { return flat(x.BottomK(2, 1)) }), twice},
		{"unique", "", unary(func(x *t) *t { return flat(x.Unique()) }), never},
		{"unique_consecutive", "", unary(func(x *t) *t { return flat(x.UniqueConsecutive()) }), never},
		{"searchsorted", "", binary(func(x, v *t) *t {
			return x.Sort(tensor.SortOptions{Axis: 1}).SearchSorted(v, tensor.SearchOptions{})
		}), never},
		{"searchsorted_right", "", binary(func(x, v *t) *t { return x.SearchSorted(v, tensor.SearchOptions{Right: true}) }), never},
		{"bucketize", "", binary(func(x, b *t) *t { return x.Bucketize(b, tensor.SearchOptions{}) }), never},
		{"bincount", "", unary(func(x *t) *t { return x.BinCount(nil, 7) }), never},
		{"bincount_weights", "", binary(func(x, w *t) *t { return x.BinCount(w.Detach(), 0) }), never},
		{"histc", "", unary(func(x *t) *t { return x.Histc(5, -1.5, 1.5) }), never},
		{"nonzero", "", unary((*t).NonZero), never},
	}
}

func shapeCases() []opCase {
	type t = tensor.Tensor
	return []opCase{
		{"roll", "Roll", unary(func(x *t) *t { return x.Roll(-2, 1) }), twice},
		{"repeat_interleave", "RepeatInterleave", unary(func(x *t) *t { return x.RepeatInterleave(2, 0) }), twice},
		{"repeat_interleave_each", "RepeatInterleaveEach", binary(func(x, n *t) *t { return x.RepeatInterleaveEach(n, 0) }), twice},
		{"tile", "Tile", unary(func(x *t) *t { return x.Tile(2) }), twice},
		{"pad_reflect", "PadWith", unary(func(x *t) *t { return x.PadWith(tensor.PadReflect, 2, 1, 1, 0) }), twice},
		{"pad_replicate", "PadWith", unary(func(x *t) *t { return x.PadWith(tensor.PadReplicate, 2, 5, 1, 0) }), twice},
		{"pad_circular", "PadWith", unary(func(x *t) *t { return x.PadWith(tensor.PadCircular, 2, 1, 1, 0) }), twice},
		{"diagonal", "Diagonal", unary(func(x *t) *t { return x.Diagonal(1, 0, 2) }), twice},
		{"diag_embed", "DiagEmbed", unary(func(x *t) *t { return x.DiagEmbed(-1) }), twice},
		{"diag", "Diag", unary(func(x *t) *t { return x.Diag(1) }), twice},
		{"trace", "Trace", unary((*t).Trace), twice},
		{"movedim", "MoveAxis", unary(func(x *t) *t { return x.MoveAxis(0, 2) }), twice},
		{"unflatten", "Unflatten", unary(func(x *t) *t { return x.Unflatten(1, 2, -1) }), twice},
		{"unbind", "Unbind", unary(func(x *t) *t { return x.Unbind(1)[2] }), twice},
		{"rot90", "Rot90", unary(func(x *t) *t { return tensor.Stack(0, x.Rot90(1, 0, 1), x.Rot90(-3, 0, 1), x.Rot90(5, 0, 1)) }), twice},
		{"rot90_back", "Rot90", unary(func(x *t) *t { return tensor.Stack(0, x.Rot90(-1, 0, 1), x.Rot90(3, 0, 1)) }), twice},
		{"unfold", "Unfold", unary(func(x *t) *t { return x.Unfold(1, 3, 2) }), twice},
		{"meshgrid", "MeshGrid", binary(func(x, y *t) *t { return tensor.Stack(0, tensor.MeshGrid(x, y)...) }), twice},
		{"cartesian_prod", "CartesianProd", binary(func(x, y *t) *t { return tensor.CartesianProd(x, y) }), twice},
		{"hstack", "HStack", binary(func(x, y *t) *t { return tensor.HStack(x, y) }), twice},
		{"vstack", "VStack", binary(func(x, y *t) *t { return tensor.VStack(x, y) }), twice},
		{"block_diag", "BlockDiag", binary(func(x, y *t) *t { return tensor.BlockDiag(x, y) }), twice},
		{"tril_indices", "", unary(func(*t) *t { return tensor.TrilIndices(3, 4, 1) }), never},
		{"triu_indices", "", unary(func(*t) *t { return tensor.TriuIndices(3, 4, 1) }), never},
	}
}

func scatterCases() []opCase {
	type t = tensor.Tensor
	mask := func(m *t) *t { return m.To(tensor.Bool) }
	reduce := func(r tensor.ScatterReduction) fn {
		return func(x ...*t) *t { return x[0].ScatterReduce(r, 0, x[1], x[2]) }
	}
	return []opCase{
		{"scatter_reduce_mean", "ScatterReduce", reduce(tensor.ScatterMean), twice},
		{"scatter_reduce_amax", "ScatterReduce", reduce(tensor.ScatterMax), twice},
		{"scatter_reduce_amin", "ScatterReduce", reduce(tensor.ScatterMin), twice},
		{"scatter_reduce_prod", "ScatterReduce", reduce(tensor.ScatterProd), twice},
		{"scatter", "Scatter", func(x ...*t) *t { return x[0].Scatter(1, x[1], x[2]) }, twice},
		{"scatter_scalar", "ScatterScalar", binary(func(x, i *t) *t { return x.ScatterScalar(1, i, 1.5) }), twice},
		{"index_add", "IndexAdd", func(x ...*t) *t { return x[0].IndexAdd(0, x[1], x[2]) }, twice},
		{"index_copy", "IndexCopy", func(x ...*t) *t { return x[0].IndexCopy(0, x[1], x[2]) }, twice},
		{"index_fill", "IndexFill", binary(func(x, i *t) *t { return x.IndexFill(1, i, 0.5) }), twice},
		{"take", "Take", binary((*t).Take), twice},
		{"take_along_dim", "TakeAlongAxis", binary(func(x, i *t) *t { return x.TakeAlongAxis(i.Unsqueeze(0).Reshape(1, 3), 1) }), twice},
		{"index", "Index", func(x ...*t) *t { return x[0].Index(x[1], x[2]) }, twice},
		{"masked_select", "MaskedSelect", binary(func(x, m *t) *t { return x.MaskedSelect(mask(m)) }), twice},
		{"masked_scatter", "MaskedScatter", func(x ...*t) *t { return x[0].MaskedScatter(mask(x[1]), x[2]) }, twice},
	}
}

func einsum(equation string) fn {
	return func(x ...*tensor.Tensor) *tensor.Tensor { return tensor.Einsum(equation, x...) }
}

func productCases() []opCase {
	type t = tensor.Tensor
	return []opCase{
		{"outer", "Outer", binary((*t).Outer), twice},
		{"kron", "Kron", binary((*t).Kron), twice},
		{"cross", "Cross", binary(func(x, y *t) *t { return x.Cross(y, 1) }), twice},
		{"tensordot", "TensorDot", binary(func(x, y *t) *t { return x.TensorDot(y, 2) }), twice},
		{"dot", "Dot", binary((*t).Dot), twice},
		{"cosine_similarity", "CosineSimilarity", binary(func(x, y *t) *t { return x.CosineSimilarity(y, 1, 1e-8) }), twice},
		{"cdist", "CDist", binary(func(x, y *t) *t { return x.CDist(y, 2) }), twice},
		{"einsum_matmul", "Einsum", einsum("ij,jk->ik"), twice},
		{"einsum_batch", "Einsum", einsum("bhtd,bhsd->bhts"), twice},
		{"einsum_ellipsis", "Einsum", einsum("...ij,kj->...ki"), twice},
		{"einsum_broadcast", "Einsum", einsum("...i,...i"), twice},
		{"einsum_trace", "Einsum", einsum("ii"), twice},
		{"einsum_diagonal", "Einsum", einsum("b i i -> b i"), twice},
		{"einsum_transpose", "Einsum", einsum("ji"), twice},
		{"einsum_bilinear", "Einsum", einsum("bi,oij,bj->bo"), twice},
		{"einsum_sum", "Einsum", einsum("ab,cd->bd"), twice},
	}
}

func convCases() []opCase {
	type t = tensor.Tensor
	type o = tensor.ConvOptions
	return []opCase{
		{"conv1d", "Conv1D", func(x ...*t) *t {
			return x[0].Conv1D(x[1], x[2], o{Stride: 2, Padding: 2, Dilation: 2, Groups: 2})
		}, twice},
		{"conv2d_pairs", "Conv2D", binary(func(x, w *t) *t {
			return x.Conv2D(w, nil, o{Strides: [2]int{2, 1}, Paddings: [2]int{0, 2}, Dilations: [2]int{1, 2}})
		}), twice},
		{"conv_transpose1d", "ConvTranspose1D", func(x ...*t) *t {
			return x[0].ConvTranspose1D(x[1], x[2], o{Stride: 2, Padding: 1, OutputPadding: 1})
		}, twice},
		{"conv_transpose2d", "ConvTranspose2D", func(x ...*t) *t {
			return x[0].ConvTranspose2D(x[1], x[2], o{
				Strides: [2]int{2, 3}, Paddings: [2]int{1, 0}, OutputPaddings: [2]int{1, 2}, Groups: 2, Dilations: [2]int{2, 1},
			})
		}, twice},
	}
}

func poolCases() []opCase {
	type t = tensor.Tensor
	type o = tensor.PoolOptions
	avg := func(o o) fn { return unary(func(x *t) *t { return x.AvgPool2D(o) }) }
	return []opCase{
		{"max_pool1d", "MaxPool1D", unary(func(x *t) *t { return x.MaxPool1D(o{Kernel: 3, Stride: 2, Padding: 1}) }), twice},
		{"max_pool2d_dilation", "MaxPool2D", unary(func(x *t) *t {
			return x.MaxPool2D(o{Kernels: [2]int{2, 3}, Strides: [2]int{1, 2}, Dilations: [2]int{2, 1}, Paddings: [2]int{0, 1}})
		}), twice},
		{"max_pool2d_ceil", "MaxPool2D", unary(func(x *t) *t { return x.MaxPool2D(o{Kernel: 3, Stride: 2, CeilMode: true}) }), twice},
		{"avg_pool1d", "AvgPool1D", unary(func(x *t) *t { return x.AvgPool1D(o{Kernel: 3, Stride: 2, Padding: 1}) }), twice},
		{"avg_pool2d_ceil", "AvgPool2D", avg(o{Kernels: [2]int{3, 2}, Stride: 2, Paddings: [2]int{1, 0}, CeilMode: true}), twice},
		{"avg_pool2d_exclude", "AvgPool2D", avg(o{Kernel: 3, Stride: 2, Padding: 1, ExcludePad: true}), twice},
		{"avg_pool2d_exclude_ceil", "AvgPool2D", avg(o{Kernel: 3, Stride: 2, Padding: 1, ExcludePad: true, CeilMode: true}), twice},
		{"adaptive_avg_pool1d", "AdaptiveAvgPool1D", unary(func(x *t) *t { return x.AdaptiveAvgPool1D(3) }), twice},
		{"adaptive_avg_pool2d", "AdaptiveAvgPool2D", unary(func(x *t) *t { return x.AdaptiveAvgPool2D(3, 6) }), twice},
		{"adaptive_max_pool1d", "AdaptiveMaxPool1D", unary(func(x *t) *t { return x.AdaptiveMaxPool1D(3) }), twice},
		{"adaptive_max_pool2d", "AdaptiveMaxPool2D", unary(func(x *t) *t { return x.AdaptiveMaxPool2D(3, 2) }), twice},
	}
}

func interpolateCases() []opCase {
	type t = tensor.Tensor
	type o = tensor.InterpolateOptions
	to := func(o o) fn { return unary(func(x *t) *t { return x.Interpolate(o) }) }
	size := []int{5, 3}
	return []opCase{
		{"interpolate_nearest", "Interpolate", to(o{Size: size}), twice},
		{"interpolate_nearest_scale", "Interpolate", to(o{Scale: 1.7}), twice},
		{"interpolate_exact", "Interpolate", to(o{Size: size, Mode: tensor.NearestExact}), twice},
		{"interpolate_linear", "Interpolate", to(o{Size: []int{7}, Mode: tensor.Linear}), twice},
		{"interpolate_bilinear", "Interpolate", to(o{Size: size, Mode: tensor.Linear}), twice},
		{"interpolate_bilinear_corners", "Interpolate", to(o{Size: size, Mode: tensor.Linear, AlignCorners: true}), twice},
		{"interpolate_bilinear_scale", "Interpolate", to(o{Scale: 1.6, Mode: tensor.Linear}), twice},
		{"interpolate_bicubic", "Interpolate", to(o{Size: size, Mode: tensor.Cubic}), twice},
		{"interpolate_bicubic_corners", "Interpolate", to(o{Size: size, Mode: tensor.Cubic, AlignCorners: true}), twice},
		{"interpolate_area", "Interpolate", to(o{Size: []int{2, 3}, Mode: tensor.Area}), twice},
		{"pixel_shuffle", "PixelShuffle", unary(func(x *t) *t { return x.PixelShuffle(2) }), twice},
		{"pixel_unshuffle", "PixelUnshuffle", unary(func(x *t) *t { return x.PixelUnshuffle(2) }), twice},
	}
}

func normCases() []opCase {
	type t = tensor.Tensor
	return []opCase{
		{"batch_norm", "BatchNorm", func(x ...*t) *t {
			return x[0].BatchNorm(tensor.BatchNormOptions{Weight: x[1], Bias: x[2], Training: true})
		}, twice},
		{"batch_norm_running", "", func(x ...*t) *t {
			return x[0].BatchNorm(tensor.BatchNormOptions{RunningMean: x[1], RunningVar: x[2]})
		}, never},
		{"group_norm", "GroupNorm", func(x ...*t) *t { return x[0].GroupNorm(2, x[1], x[2], 1e-5) }, twice},
		{"instance_norm", "InstanceNorm", unary(func(x *t) *t { return x.InstanceNorm(nil, nil, 1e-5) }), twice},
		{"local_response_norm", "LocalResponseNorm", unary(func(x *t) *t { return x.LocalResponseNorm(3, 0.3, 0.7, 1.5) }), twice},
		{"embedding_padding", "EmbeddingWith", binary(func(w, i *t) *t {
			return w.EmbeddingWith(i, tensor.EmbeddingOptions{NoGradient: 1})
		}), never},
	}
}

func lossCases() []opCase {
	type t = tensor.Tensor
	type o = tensor.LossOptions
	weighted := func(smoothing float64) fn {
		return func(x ...*t) *t {
			if smoothing == 0 {
				return x[0].NLL(x[1], o{Weight: x[2].Detach()})
			}
			return x[0].CrossEntropyWith(x[1], o{Weight: x[2].Detach(), LabelSmoothing: smoothing})
		}
	}
	return []opCase{
		{"nll", "NLL", binary(func(x, y *t) *t { return x.NLL(y, o{}) }), twice},
		{"nll_weight", "", weighted(0), never},
		{"cross_entropy_weight", "", weighted(0.1), never},
		{"cross_entropy_none", "CrossEntropyWith", binary(func(x, y *t) *t {
			return x.CrossEntropyWith(y, o{Reduction: tensor.ReduceNone})
		}), twice},
		{"cross_entropy_sum", "CrossEntropyWith", binary(func(x, y *t) *t {
			return x.CrossEntropyWith(y, o{Reduction: tensor.ReduceSum, LabelSmoothing: 0.2})
		}), twice},
		{"cross_entropy_soft", "CrossEntropyWith", binary(func(x, p *t) *t {
			return x.CrossEntropyWith(p.Softmax(1), o{LabelSmoothing: 0.1})
		}), twice},
		{"kl_div", "KLDiv", binary(func(x, p *t) *t {
			return x.LogSoftmax(1).KLDiv(p, tensor.KLDivOptions{Reduction: tensor.ReduceBatchMean})
		}), twice},
		{"kl_div_log", "KLDiv", binary(func(x, p *t) *t { return x.KLDiv(p, tensor.KLDivOptions{LogTarget: true, Reduction: tensor.ReduceSum}) }), twice},
		{"bce_prob", "", binary(func(x, y *t) *t { return x.BCE(y.Detach()) }), never},
		{"bce_logits_weight", "", func(x ...*t) *t {
			return x[0].BCEWithLogitsWith(x[1], tensor.BCEOptions{Weight: x[2].Detach(), PosWeight: x[3].Detach(), Reduction: tensor.ReduceSum})
		}, never},
		{"huber", "Huber", binary(func(x, y *t) *t { return x.Huber(y, 0.7) }), twice},
		{"smooth_l1", "SmoothL1", binary(func(x, y *t) *t { return x.SmoothL1(y, 0.7) }), twice},
		{"poisson_nll", "PoissonNLL", binary(func(x, y *t) *t { return x.PoissonNLL(y) }), twice},
		{"gaussian_nll", "GaussianNLL", func(x ...*t) *t { return x[0].GaussianNLL(x[1], x[2], 1e-6) }, twice},
		{"soft_margin", "SoftMargin", binary(func(x, y *t) *t { return x.SoftMargin(y) }), twice},
		{"hinge_embedding", "HingeEmbedding", binary(func(x, y *t) *t { return x.HingeEmbedding(y, 1) }), twice},
		{"margin_ranking", "MarginRanking", func(x ...*t) *t { return x[0].MarginRanking(x[1], x[2], 0.3) }, twice},
		{"triplet_margin", "TripletMargin", func(x ...*t) *t { return x[0].TripletMargin(x[1], x[2], 1) }, twice},
		{"pairwise_distance", "PairwiseDistance", binary((*t).PairwiseDistance), twice},
		{"cosine_embedding", "CosineEmbedding", func(x ...*t) *t { return x[0].CosineEmbedding(x[1], x[2], 0.1) }, twice},
	}
}

func attentionCases() []opCase {
	type t = tensor.Tensor
	rope := func(interleaved bool) fn {
		return unary(func(x *t) *t {
			positions := tensor.Arange(5, 8, 1).ToDevice(x.Device())
			return x.RoPE(positions, tensor.RoPEOptions{Interleaved: interleaved})
		})
	}
	return []opCase{
		{"attention_gqa", "Attention", func(x ...*t) *t {
			return tensor.Attention(x[0], x[1], x[2], tensor.AttentionOptions{Causal: true})
		}, twice},
		{"attention_mask", "Attention", func(x ...*t) *t {
			return tensor.Attention(x[0], x[1], x[2], tensor.AttentionOptions{Mask: x[3].To(tensor.Bool)})
		}, twice},
		{"rope", "RoPE", rope(false), twice},
		{"rope_interleaved", "RoPE", rope(true), twice},
	}
}

func linalgCases() []opCase {
	type t = tensor.Tensor
	eye := func(x *t, n int) *t { return tensor.Options{DType: x.DType(), Device: x.Device()}.Eye(n) }
	spd := func(x *t) *t { return x.MatMul(x.Transpose(-2, -1)).Add(eye(x, x.Dim(-2)).MulScalar(0.5)) }
	squares := func(xs ...*t) *t {
		for i, x := range xs {
			xs[i] = x.Square()
		}
		return flat(xs...)
	}
	svd := unary(func(x *t) *t { return squares(x.SVD()) })
	return []opCase{
		{"inverse", "Inverse", unary((*t).Inverse), twice},
		{"solve", "Solve", binary((*t).Solve), twice},
		{"solve_vector", "Solve", binary((*t).Solve), twice},
		{"solve_triangular", "SolveTriangular", binary(func(a, b *t) *t {
			return a.SolveTriangular(b, tensor.TriangularOptions{Upper: true})
		}), twice},
		{"det", "Det", unary((*t).Det), twice},
		{"det_singular", "Det", binary(func(x, y *t) *t {
			d := tensor.Of(0, 0, 2).To(x.DType()).ToDevice(x.Device()).Diag(0)
			return x.Outer(y).Add(d).Det()
		}), never},
		{"slogdet", "SlogDet", unary(func(x *t) *t { return flat(x.SlogDet()) }), twice},
		{"cholesky", "Cholesky", unary(func(x *t) *t { return spd(x).Cholesky() }), twice},
		{"qr_tall", "QR", unary(func(x *t) *t { return flat(x.QR()) }), twice},
		{"qr_wide", "QR", unary(func(x *t) *t { return flat(x.QR()) }), twice},
		{"svd_tall", "SVD", svd, twice},
		{"svd_wide", "SVD", svd, twice},
		{"eigh", "EigH", unary(func(x *t) *t { return squares(spd(x).EigH()) }), twice},
		{"lstsq_tall", "Lstsq", binary((*t).Lstsq), twice},
		{"lstsq_wide", "Lstsq", binary((*t).Lstsq), twice},
		{"pinv_tall", "PInv", unary((*t).PInv), twice},
		{"pinv_wide", "PInv", unary((*t).PInv), twice},
		{"matrix_rank", "", binary(func(x, y *t) *t { return tensor.Stack(0, x.Outer(y), eye(x, 3)).MatrixRank() }), never},
		{"matrix_power", "MatrixPower", unary(func(x *t) *t {
			return tensor.Stack(0, x.MatrixPower(0), x.MatrixPower(1), x.MatrixPower(3), x.MatrixPower(-2))
		}), twice},
	}
}

func fftCases() []opCase {
	type t = tensor.Tensor
	type o = tensor.FFTOptions
	return []opCase{
		{"fft", "FFT", unary(func(x *t) *t { return x.FFT(o{}) }), twice},
		{"fft_axis", "FFT", unary(func(x *t) *t { return x.FFT(o{Axis: -2, N: 3, Norm: tensor.FFTOrtho}) }), twice},
		{"ifft", "IFFT", unary(func(x *t) *t { return x.IFFT(o{N: 6}) }), twice},
		{"fft2", "FFT2", unary(func(x *t) *t { return x.FFT2(tensor.FFTForward) }), twice},
		{"ifft2", "IFFT2", unary(func(x *t) *t { return x.IFFT2(tensor.FFTBackward) }), twice},
		{"rfft", "RFFT", unary(func(x *t) *t { return x.RFFT(o{}) }), twice},
		{"rfft_odd", "RFFT", unary(func(x *t) *t { return x.RFFT(o{N: 5, Norm: tensor.FFTOrtho}) }), twice},
		{"irfft", "IRFFT", unary(func(x *t) *t { return x.IRFFT(o{}) }), twice},
		{"irfft_odd", "IRFFT", unary(func(x *t) *t { return x.IRFFT(o{N: 5, Norm: tensor.FFTForward}) }), twice},
		{"fftfreq", "", unary(func(*t) *t {
			return flat(tensor.FFTFreq(5, 0.5), tensor.FFTFreq(6, 0.5), tensor.RFFTFreq(6, 0.5))
		}), never},
		{"fftshift", "FFTShift IFFTShift", unary(func(x *t) *t { return tensor.Stack(0, x.FFTShift(0), x.IFFTShift(0)) }), twice},
		{"complex_mul", "ComplexMul Complex Conj Real Imag", binary(func(x, y *t) *t { return x.ComplexMul(y.Conj()) }), twice},
		{"complex_abs", "ComplexAbs", unary((*t).ComplexAbs), twice},
	}
}
