package tensor_test

import (
	"math"

	"github.com/rustygradients/rg/tensor"
)

func volumeCases() []opCase {
	type t = tensor.Tensor
	type c = tensor.Conv3DOptions
	type p = tensor.Pool3DOptions
	return []opCase{
		{"conv3d", "Conv3D", func(x ...*t) *t {
			return x[0].Conv3D(x[1], x[2], c{Strides: [3]int{2, 1, 2}, Paddings: [3]int{1, 0, 1}, Dilations: [3]int{1, 2, 1}, Groups: 2})
		}, once},
		{"conv3d_plain", "Conv3D", binary(func(x, w *t) *t { return x.Conv3D(w, nil, c{}) }), twice},
		{"conv_transpose3d", "ConvTranspose3D", func(x ...*t) *t {
			return x[0].ConvTranspose3D(x[1], x[2], c{
				Strides: [3]int{2, 1, 2}, Paddings: [3]int{1, 0, 1}, OutputPaddings: [3]int{1, 0, 1}, Dilations: [3]int{1, 2, 1}, Groups: 2,
			})
		}, once},
		{"max_pool3d", "MaxPool3D", unary(func(x *t) *t {
			return x.MaxPool3D(p{Kernels: [3]int{2, 3, 2}, Strides: [3]int{2, 1, 2}, Paddings: [3]int{1, 1, 0}, Dilations: [3]int{1, 2, 1}})
		}), once},
		{"max_pool3d_ties", "", unary(func(x *t) *t { return x.Round().MaxPool3D(p{Kernel: 2}) }), never},
		{"avg_pool3d", "AvgPool3D", unary(func(x *t) *t {
			return x.AvgPool3D(p{Kernels: [3]int{3, 2, 2}, Stride: 2, Paddings: [3]int{1, 1, 0}, CeilMode: true, ExcludePad: true})
		}), once},
		{"adaptive_avg_pool3d", "AdaptiveAvgPool3D", unary(func(x *t) *t { return x.AdaptiveAvgPool3D(2, 3, 5) }), once},
		{"adaptive_max_pool3d", "AdaptiveMaxPool3D", unary(func(x *t) *t { return x.AdaptiveMaxPool3D(2, 3, 2) }), once},
	}
}

func bagCases() []opCase {
	type t = tensor.Tensor
	type o = tensor.BagOptions
	return []opCase{
		{"embedding_bag_mean", "EmbeddingBag", binary(func(w, i *t) *t { return w.EmbeddingBag(i, o{}) }), twice},
		{"embedding_bag_sum", "EmbeddingBag", func(x ...*t) *t {
			return x[0].EmbeddingBag(x[1], o{Mode: tensor.BagSum, Offsets: x[2], Weights: x[3]})
		}, twice},
		{"embedding_bag_max", "EmbeddingBag", func(x ...*t) *t {
			return x[0].EmbeddingBag(x[1], o{Mode: tensor.BagMax, Offsets: x[2]})
		}, twice},
		{"embedding_bag_padding", "EmbeddingBag", binary(func(w, i *t) *t { return w.EmbeddingBag(i, o{Ignore: 1}) }), twice},
	}
}

func matrixCases() []opCase {
	type t = tensor.Tensor
	eye := func(x *t, n int) *t { return tensor.Options{DType: x.DType(), Device: x.Device()}.Eye(n) }
	spd := func(x *t) *t { return x.MatMul(x.Transpose(-2, -1)).Add(eye(x, x.Dim(-2)).MulScalar(0.5)) }
	lu := unary(func(x *t) *t { return flat(x.LU()) })
	return []opCase{
		{"lu_square", "LU", lu, twice},
		{"lu_tall", "LU", lu, twice},
		{"lu_wide", "LU", lu, twice},
		{"matrix_exp", "MatrixExp", unary((*t).MatrixExp), twice},
		{"cholesky_solve", "CholeskySolve", binary(func(x, b *t) *t { return spd(x).Cholesky().CholeskySolve(b) }), twice},
		{"matrix_norm", "MatrixNorm", unary(func(x *t) *t {
			var all ts
			for _, p := range []float64{2, -2, 1, -1, math.Inf(1), math.Inf(-1)} {
				all = append(all, x.MatrixNorm(p))
			}
			return tensor.Stack(0, all...)
		}), twice},
		{"cond", "Cond", unary(func(x *t) *t { return tensor.Stack(0, x.Cond(2), x.Cond(1), x.Cond(math.Inf(1))) }), twice},
		{"multi_dot", "MultiDot", func(x ...*t) *t { return tensor.MultiDot(x...) }, twice},
		{"addmm", "AddMM", func(x ...*t) *t { return x[0].AddMM(x[1], x[2], 0.7, 1.3) }, twice},
		{"bilinear", "Bilinear", func(x ...*t) *t { return tensor.Bilinear(x[0], x[1], x[2], x[3]) }, twice},
	}
}

func signalCases() []opCase {
	type t = tensor.Tensor
	type o = tensor.STFTOptions
	type c = tensor.CTCOptions
	ones := func(x *t, n int) *t { return tensor.Options{DType: x.DType(), Device: x.Device()}.Ones(n) }
	return []opCase{
		{"stft", "STFT", binary(func(x, w *t) *t { return x.STFT(o{N: 8, Hop: 3, Window: w}) }), once},
		{"stft_plain", "STFT", unary(func(x *t) *t {
			return x.STFT(o{N: 6, Hop: 2, NoCenter: true, TwoSided: true, Norm: tensor.FFTOrtho})
		}), twice},
		{"istft", "ISTFT", binary(func(x, w *t) *t { return x.ISTFT(o{N: 8, Hop: 3, Window: w}) }), once},
		{"istft_length", "ISTFT", unary(func(x *t) *t {
			return x.ISTFT(o{N: 4, Length: 9, Norm: tensor.FFTOrtho, Window: ones(x, 4)})
		}), twice},
		{"windows", "", unary(func(*t) *t {
			return flat(tensor.HannWindow(5), tensor.HammingWindow(6), tensor.BlackmanWindow(7))
		}), never},
		{"ctc", "CTC", binary(func(x, y *t) *t {
			return x.LogSoftmax(2).CTC(y, c{InputLengths: []int{6, 5}, TargetLengths: []int{3, 2}})
		}), once},
		{"ctc_sum", "CTC", binary(func(x, y *t) *t { return x.LogSoftmax(2).CTC(y, c{Blank: 3, Reduction: tensor.ReduceSum}) }), once},
		{"ctc_none", "CTC", binary(func(x, y *t) *t {
			return x.LogSoftmax(2).CTC(y, c{
				InputLengths: []int{6, 2}, TargetLengths: []int{0, 3}, Reduction: tensor.ReduceNone, ZeroInfinity: true,
			})
		}), once},
	}
}

func specialCases() []opCase {
	type t = tensor.Tensor
	polygamma := func(n int) fn { return unary(func(x *t) *t { return x.Polygamma(n) }) }
	return []opCase{
		{"polygamma_0", "Polygamma", polygamma(0), twice},
		{"polygamma_1", "Polygamma Trigamma", polygamma(1), twice},
		{"polygamma_2", "Polygamma", polygamma(2), twice},
		{"polygamma_5", "Polygamma", polygamma(5), never}, // steep
		{"mvlgamma", "MultiGammaLn", unary(func(x *t) *t { return x.MultiGammaLn(3) }), twice},
		{"entr", "Entr", unary((*t).Entr), twice},
		{"xlog1py", "XLog1pY", binary((*t).XLog1pY), twice},
		{"ndtr", "NDTR", unary((*t).NDTR), twice},
		{"ndtri", "NDTRI", unary((*t).NDTRI), twice},
		{"logaddexp2", "LogAddExp2", binary((*t).LogAddExp2), twice},
		{"ldexp", "LDExp", binary((*t).LDExp), twice},
		{"gcd", "", binary((*t).GCD), never},
		{"lcm", "", binary((*t).LCM), never},
		{"shifts", "", binary(func(x, y *t) *t { return tensor.Stack(0, x.LeftShift(y), x.RightShift(y)) }), never},
		{"isin", "", binary((*t).IsIn), never},
	}
}

func momentCases() []opCase {
	type t = tensor.Tensor
	return []opCase{
		{"var_mean", "VarMean", unary(func(x *t) *t { return flat(x.VarMean(1)) }), twice},
		{"std_mean", "StdMean", unary(func(x *t) *t { return flat(x.StdMean(0)) }), twice},
		{"aminmax", "MinMax", unary(func(x *t) *t { return flat(x.MinMax(1)) }), twice},
		{"dist", "Dist", binary(func(x, y *t) *t { return x.Dist(y, 3) }), twice},
		{"pdist", "PDist", unary(func(x *t) *t { return x.PDist(3) }), twice},
		{"renorm", "Renorm", unary(func(x *t) *t { return x.Renorm(2, 1, 1.5) }), twice},
		{"trapezoid", "Trapezoid", unary(func(x *t) *t { return x.Trapezoid(0.3, 0) }), twice},
		{"cumulative_trapezoid", "CumulativeTrapezoid", unary(func(x *t) *t { return x.CumulativeTrapezoid(0.3, 1) }), twice},
		{"nanquantile", "NaNQuantile", unary(func(x *t) *t {
			return x.MaskedFill(x.GreaterScalar(1), math.NaN()).NaNQuantile(0.3, 1)
		}), twice},
	}
}

func pieceCases() []opCase {
	type t = tensor.Tensor
	return []opCase{
		{"unique_rows", "", unary(func(x *t) *t { return flat(x.UniqueAxis(0)) }), never},
		{"unique_columns", "", unary(func(x *t) *t { return flat(x.Round().UniqueAxis(1)) }), never},
		{"tensor_split", "TensorSplit", unary(func(x *t) *t {
			p := x.TensorSplit(1, 1, -1)
			return flat(p[0], p[1].MulScalar(2), p[2].MulScalar(3))
		}), twice},
		{"hsplit", "HSplit", unary(func(x *t) *t { return x.HSplit(1, 3)[1] }), twice},
		{"vsplit", "VSplit", unary(func(x *t) *t { return x.VSplit(1)[1] }), twice},
		{"dsplit", "DSplit", unary(func(x *t) *t { return x.DSplit(1)[1] }), twice},
		{"dstack", "DStack", binary(func(x, y *t) *t { return tensor.DStack(x, y) }), twice},
		{"column_stack", "ColumnStack", binary(func(x, y *t) *t { return tensor.ColumnStack(x, y) }), twice},
		{"broadcast_tensors", "BroadcastTensors", binary(func(x, y *t) *t {
			return tensor.Stack(0, tensor.BroadcastTensors(x, y)...)
		}), twice},
		{"slice_scatter", "SliceScatter", binary(func(x, y *t) *t { return x.SliceScatter(y, 1, 1, 5, 2) }), twice},
		{"select_scatter", "SelectScatter", binary(func(x, y *t) *t { return x.SelectScatter(y, 1, -1) }), twice},
		{"diagonal_scatter", "DiagonalScatter", binary(func(x, y *t) *t { return x.DiagonalScatter(y, 1, 0, 1) }), twice},
		{"index_put", "IndexPut", func(x ...*t) *t { return x[0].IndexPut(x[1], x[2], x[3]) }, twice},
		{"index_put_add", "IndexPutAdd", func(x ...*t) *t { return x[0].IndexPutAdd(x[1], x[2]) }, twice},
		{"put", "Put", func(x ...*t) *t { return x[0].Put(x[1], x[2]) }, twice},
		{"combinations", "Combinations", unary(func(x *t) *t { return x.Combinations(3) }), twice},
		{"vander", "Vander", unary(func(x *t) *t { return x.Vander(4) }), twice},
	}
}

func imageCases() []opCase {
	type t = tensor.Tensor
	type o = tensor.PoolOptions
	windows := o{Kernels: [2]int{2, 3}, Strides: [2]int{1, 2}, Dilations: [2]int{2, 1}, Padding: 1}
	sample := func(o tensor.GridOptions) fn { return binary(func(x, g *t) *t { return x.GridSample(g, o) }) }
	return []opCase{
		{"im2col", "Im2Col", unary(func(x *t) *t { return x.Im2Col(windows) }), twice},
		{"col2im", "Col2Im", unary(func(x *t) *t { return x.Col2Im(4, 5, windows) }), once},
		{"lp_pool2d", "LPPool2D", unary(func(x *t) *t { return x.LPPool2D(3, o{Kernels: [2]int{2, 3}, Stride: 2}) }), twice},
		{"channel_shuffle", "ChannelShuffle", unary(func(x *t) *t { return x.ChannelShuffle(2) }), twice},
		{"grid_sample_bilinear", "GridSample", sample(tensor.GridOptions{}), once},
		{"grid_sample_border", "GridSample", sample(tensor.GridOptions{Border: true}), once},
		{"grid_sample_corners", "GridSample", sample(tensor.GridOptions{AlignCorners: true}), once},
		{"grid_sample_nearest", "", sample(tensor.GridOptions{Nearest: true}), never},
		{"affine_grid", "AffineGrid", unary(func(x *t) *t { return x.AffineGrid(2, 3, tensor.GridOptions{}) }), twice},
		{"affine_grid_corners", "AffineGrid", unary(func(x *t) *t { return x.AffineGrid(2, 3, tensor.GridOptions{AlignCorners: true}) }), twice},
		{"multi_margin", "MultiMargin", binary(func(x, y *t) *t { return x.MultiMargin(y, tensor.MarginOptions{P: 2, Margin: 0.7}) }), once},
		{"multilabel_soft_margin", "MultiLabelSoftMargin", binary(func(x, y *t) *t { return x.MultiLabelSoftMargin(y.Detach()) }), never},
		{"multilabel_margin", "MultiLabelMargin", binary(func(x, y *t) *t { return x.MultiLabelMargin(y) }), twice},
	}
}
