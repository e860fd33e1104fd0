package tensor_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

var nan, inf = math.NaN(), math.Inf(1)

func float64s(values ...float64) *tensor.Tensor { return tensor.FromSlice(values) }

func wantValues(t *testing.T, what string, got *tensor.Tensor, shape []int, want ...float64) {
	t.Helper()
	if !slices.Equal(got.Shape(), shape) {
		t.Errorf("%s: shape %v, want %v", what, got.Shape(), shape)
		return
	}
	if d := tensortest.Diff(got.To(tensor.Float64), float64s(want...).Reshape(shape...), tensortest.Tolerance{Rel: 1e-9, Abs: 1e-12}); d != "" {
		t.Errorf("%s: %s", what, d)
	}
}

// What torch gives for what isn't finite, looked up there.
func TestSpecialValues(t *testing.T) {
	x := float64s(-inf, -1, 0, 2, inf, nan)
	n := []int{6}
	wantValues(t, "isinf", x.IsInf(), n, 1, 0, 0, 0, 1, 0)
	wantValues(t, "isfinite", x.IsFinite(), n, 0, 1, 1, 1, 0, 0)
	wantValues(t, "nan_to_num", x.NaNToNum(tensor.NaNToNumOptions{}), n, -math.MaxFloat64, -1, 0, 2, math.MaxFloat64, 0)
	wantValues(t, "softplus", x.Softplus(), n, 0, 0.31326168751822286, math.Ln2, 2.1269280110429727, inf, nan)
	wantValues(t, "logsigmoid", x.LogSigmoid(), n, -inf, -1.3132616875182228, -math.Ln2, -0.1269280110429726, 0, nan)
	wantValues(t, "elu", x.ELU(1), n, -1, -0.6321205588285577, 0, 2, inf, nan)
	wantValues(t, "leaky_relu", x.LeakyReLU(0.1), n, -inf, -0.1, 0, 2, inf, nan)
	wantValues(t, "hardtanh", x.Hardtanh(-1, 1), n, -1, -1, 0, 1, 1, nan)
	wantValues(t, "hardsigmoid", x.Hardsigmoid(), n, 0, 1.0/3, 0.5, 5.0/6, 1, nan)
	wantValues(t, "hardshrink", x.Hardshrink(1), n, -inf, 0, 0, 2, inf, nan)
	wantValues(t, "softshrink", x.Softshrink(1), n, -inf, 0, 0, 1, inf, nan)
	wantValues(t, "heaviside", x.Heaviside(float64s(7)), n, 0, 0, 7, 1, 1, 0)
	wantValues(t, "logaddexp", x.LogAddExp(float64s(-inf)), n, -inf, -1, 0, 2, inf, nan)
	wantValues(t, "xlogy", float64s(0, 0, 0, 2, -1).XLogY(float64s(0, inf, nan, 0, 0)), []int{5}, 0, 0, nan, -inf, inf)
	wantValues(t, "sinc", float64s(0, 1, 0.5).Sinc(), []int{3}, 1, 0, 2/math.Pi)
	wantValues(t, "copysign", float64s(1, -2, 3).CopySign(float64s(0, 1, math.Copysign(0, -1))), []int{3}, 1, 2, -3)
	wantValues(t, "floor_divide", float64s(1, -1, 0, 6, inf, 1).FloorDivide(float64s(0, 0, 0, inf, 2, nan)), n, inf, -inf, nan, 0, nan, nan)
	wantValues(t, "fmod", float64s(5, -5, inf, 1).FMod(float64s(inf, 3, 2, 0)), []int{4}, 5, -2, nan, nan)
	wantValues(t, "lgamma", float64s(0, -1, 1, inf, -inf).LGamma(), []int{5}, inf, inf, 0, inf, inf)
	wantValues(t, "digamma", float64s(0, -1, inf).Digamma(), []int{3}, -inf, nan, inf)
	wantValues(t, "nansum", x.NaNSum(), []int{}, nan) // ∞ − ∞
	wantValues(t, "nansum", float64s(1, nan, 2).NaNSum(), []int{}, 3)
	wantValues(t, "nanmean", float64s(nan, nan).NaNMean(), []int{}, nan)
	wantValues(t, "count_nonzero", x.CountNonZero(), []int{}, 5)
	wantValues(t, "norm", float64s(3, -4).Norm(2), []int{}, 5)
	wantValues(t, "norm", float64s(3, nan).Norm(2), []int{}, nan)
	for _, c := range []struct {
		name string
		f    func(axis int) (v, i *tensor.Tensor)
		v, i float64
	}{
		{"max", float64s(1, nan, 3).MaxWithIndices, nan, 1},
		{"min", float64s(4, 3, 3).MinWithIndices, 3, 1},
		{"median", float64s(1, nan, 3).Median, nan, 1},
		{"median", float64s(4, 1, 3, 2).Median, 2, 3},
		{"nanmedian", float64s(1, nan, 3).NaNMedian, 1, 0},
		{"nanmedian", float64s(nan, nan).NaNMedian, nan, 0},
		{"mode", float64s(2, 1, 2, 1, 3).Mode, 1, 3},
	} {
		v, i := c.f(0)
		wantValues(t, c.name, v, []int{}, c.v)
		wantValues(t, c.name+" index", i, []int{}, c.i)
	}
	v, i := float64s(1, nan, 3, 3, 2).CumMax(0)
	wantValues(t, "cummax", v, []int{5}, 1, nan, nan, nan, nan)
	wantValues(t, "cummax index", i, []int{5}, 0, 1, 1, 1, 1)
	v, i = float64s(1, 3, 3, 2).CumMax(0)
	wantValues(t, "cummax", v, []int{4}, 1, 3, 3, 3)
	wantValues(t, "cummax index", i, []int{4}, 0, 1, 2, 2)
	wantValues(t, "quantile", float64s(1, nan).Quantile(0.5, 0), []int{}, nan)
	wantValues(t, "searchsorted", float64s(1, 2, 3).SearchSorted(float64s(nan, inf, -inf, 2), tensor.SearchOptions{}), []int{4}, 3, 3, 0, 1)
	u, inverse, counts := float64s(2, nan, 2, nan).Unique()
	wantValues(t, "unique", u, []int{3}, 2, nan, nan)
	wantValues(t, "unique inverse", inverse, []int{4}, 0, 1, 0, 2)
	wantValues(t, "unique counts", counts, []int{3}, 2, 1, 1)
	wantValues(t, "histc", float64s(0, 1, nan, 5, 2).Histc(2, 0, 2), []int{2}, 1, 2)
	wantValues(t, "isclose", float64s(1, inf, nan, inf).IsClose(float64s(1+1e-6, inf, nan, 0), tensor.CloseOptions{EqualNaN: true}), []int{4}, 1, 1, 1, 0)
	if !float64s(1, 2).AllClose(float64s(1, 2), tensor.CloseOptions{}) || float64s(1, nan).AllClose(float64s(1, nan), tensor.CloseOptions{}) {
		t.Error("AllClose is wrong")
	}
}

// The slope at 0 is what torch takes it to be.
func TestSlopesAtKinks(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func(*tensor.Tensor) *tensor.Tensor
		at   float64
		want float64
	}{
		{"elu", func(x *tensor.Tensor) *tensor.Tensor { return x.ELU(1) }, 0, 1},
		{"leaky_relu", func(x *tensor.Tensor) *tensor.Tensor { return x.LeakyReLU(0.1) }, 0, 0.1},
		{"logsigmoid", (*tensor.Tensor).LogSigmoid, 0, 0.5},
		{"softplus", (*tensor.Tensor).Softplus, 0, 0.5},
		{"hardtanh", func(x *tensor.Tensor) *tensor.Tensor { return x.Hardtanh(-1, 1) }, 1, 0},
		{"relu6", (*tensor.Tensor).ReLU6, 6, 0},
		{"norm", func(x *tensor.Tensor) *tensor.Tensor { return x.Norm(2) }, 0, 0},
		{"norm 3", func(x *tensor.Tensor) *tensor.Tensor { return x.Norm(3) }, 0, 0},
		{"softsign", (*tensor.Tensor).Softsign, 0, 1},
		{"softshrink", func(x *tensor.Tensor) *tensor.Tensor { return x.Softshrink(0.5) }, 0.2, 0},
		{"elu far out", func(x *tensor.Tensor) *tensor.Tensor { return x.ELU(1) }, 1e4, 1},
		{"bce", func(x *tensor.Tensor) *tensor.Tensor { return x.BCEWithLogits(float64s(1)) }, 0, -0.5},
	} {
		x := float64s(c.at).SetRequiresGrad(true)
		c.f(x).Sum().Backward()
		if got := x.Grad().Item(); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s at %v: slope %v, want %v", c.name, c.at, got, c.want)
		}
	}
	x := float64s(1, 0, 0, 0, 2, 0, 0, 0, 0).Reshape(3, 3).SetRequiresGrad(true)
	x.Det().Backward()
	wantValues(t, "det at a singular matrix", x.Grad(), []int{3, 3}, 0, 0, 0, 0, 0, 0, 0, 0, 2)
}

func TestIntegers(t *testing.T) {
	x := tensor.FromSlice([]int64{-7, 0, 3})
	if dt := x.Log1p().DType(); dt != tensor.Float32 {
		t.Errorf("log1p of integers is %s", dt)
	}
	for _, y := range []*tensor.Tensor{x.Trunc(), x.FloorDivideScalar(2), x.FModScalar(2), x.BitwiseNot(), x.CumProd(0), x.Roll(1, 0), x.Hardtanh(-2, 2)} {
		if y.DType() != tensor.Int64 {
			t.Errorf("%s of integers", y.DType())
		}
	}
	wantValues(t, "floor_divide", x.FloorDivideScalar(2), []int{3}, -4, 0, 1)
	wantValues(t, "fmod", x.FModScalar(2), []int{3}, -1, 0, 1)
	wantValues(t, "bitwise_not", x.BitwiseNot(), []int{3}, 6, -1, -4)
	wantValues(t, "bitwise_not", tensor.FromSlice([]uint8{1, 255}).BitwiseNot(), []int{2}, 254, 0)
	wantValues(t, "bitwise", tensor.FromSlice([]bool{true, false}).BitwiseXor(tensor.FromSlice([]bool{true, true})), []int{2}, 0, 1)
	fails(t, func() { x.FloorDivideScalar(0) }, "floordiv", "zero")
	fails(t, func() { tensor.Ones(2).BitwiseAnd(tensor.Ones(2)) }, "bitand", "float32")
	fails(t, func() { x.Inverse() }, "inverse")
	fails(t, func() { x.Reshape(1, 3).QR() }, "qr", "int64", "floats")
}

func TestEmptyAndScalar(t *testing.T) {
	none, scalar := tensor.Zeros(0, 3), tensor.Scalar(2)
	for _, c := range []struct {
		name string
		f    func() *tensor.Tensor
		want string
	}{
		{"tan", func() *tensor.Tensor { return none.Tan() }, "[0 3]"},
		{"elu", func() *tensor.Tensor { return none.ELU(1) }, "[0 3]"},
		{"atan2", func() *tensor.Tensor { return scalar.Atan2(scalar) }, "[]"},
		{"norm", func() *tensor.Tensor { return none.Norm(2) }, "[]"},
		{"norm", func() *tensor.Tensor { return none.Norm(2, 0) }, "[3]"},
		{"cumprod", func() *tensor.Tensor { return none.CumProd(0) }, "[0 3]"},
		{"roll", func() *tensor.Tensor { return none.Roll(1, 0) }, "[0 3]"},
		{"diff", func() *tensor.Tensor { return none.Diff(2, 0) }, "[0 3]"},
		{"diff", func() *tensor.Tensor { return tensor.Zeros(2).Diff(5, 0) }, "[0]"},
		{"sort", func() *tensor.Tensor { return flat(none.SortWithIndices(tensor.SortOptions{})) }, "[0]"},
		{"unique", func() *tensor.Tensor { return flat(none.Unique()) }, "[0]"},
		{"nonzero", func() *tensor.Tensor { return none.NonZero() }, "[0 2]"},
		{"nonzero", func() *tensor.Tensor { return scalar.NonZero() }, "[1 0]"},
		{"bincount", func() *tensor.Tensor { return none.Reshape(-1).To(tensor.Int64).BinCount(nil, 3) }, "[3]"},
		{"masked_select", func() *tensor.Tensor { return none.MaskedSelect(none.To(tensor.Bool)) }, "[0]"},
		{"masked_select", func() *tensor.Tensor { return scalar.MaskedSelect(scalar.To(tensor.Bool)) }, "[1]"},
		{"diagonal", func() *tensor.Tensor { return tensor.Ones(2, 3).Diagonal(7, 0, 1) }, "[0]"},
		{"diag", func() *tensor.Tensor { return tensor.Zeros(0).Diag(1) }, "[1 1]"},
		{"repeat_interleave", func() *tensor.Tensor { return tensor.Ones(2).RepeatInterleave(0, 0) }, "[0]"},
		{"meshgrid", func() *tensor.Tensor { return tensor.MeshGrid(none.Reshape(-1), scalar)[0] }, "[0 1]"},
		{"outer", func() *tensor.Tensor { return tensor.Zeros(0).Outer(tensor.Zeros(2)) }, "[0 2]"},
		{"kron", func() *tensor.Tensor { return scalar.Kron(tensor.Ones(2, 3)) }, "[2 3]"},
		{"einsum", func() *tensor.Tensor { return tensor.Einsum("ij,jk->ik", tensor.Zeros(2, 0), tensor.Zeros(0, 3)) }, "[2 3]"},
		{"einsum", func() *tensor.Tensor { return tensor.Einsum(",", scalar, scalar) }, "[]"},
		{"einsum", func() *tensor.Tensor { return tensor.Einsum("...", scalar) }, "[]"},
		{"det", func() *tensor.Tensor { return tensor.Zeros(2, 0, 0).Det() }, "[2]"},
		{"inverse", func() *tensor.Tensor { return tensor.Zeros(0, 2, 2).Inverse() }, "[0 2 2]"},
		{"inverse", func() *tensor.Tensor { return tensor.Zeros(0, 0).Inverse() }, "[0 0]"},
		{"solve", func() *tensor.Tensor { return tensor.Eye(2).Solve(tensor.Zeros(2, 0)) }, "[2 0]"},
		{"cholesky", func() *tensor.Tensor { return tensor.Zeros(0, 0).Cholesky() }, "[0 0]"},
		{"qr", func() *tensor.Tensor { return flat(tensor.Zeros(3, 0).QR()) }, "[0]"},
		{"svd", func() *tensor.Tensor { return flat(tensor.Zeros(0, 3).SVD()) }, "[0]"},
		{"eigh", func() *tensor.Tensor { return flat(tensor.Zeros(0, 0).EigH()) }, "[0]"},
		{"pinv", func() *tensor.Tensor { return tensor.Zeros(3, 0).PInv() }, "[0 3]"},
		{"fft", func() *tensor.Tensor { return tensor.Zeros(0, 3, 2).FFT(tensor.FFTOptions{}) }, "[0 3 2]"},
		{"group_norm", func() *tensor.Tensor { return tensor.Zeros(0, 4, 2).GroupNorm(2, nil, nil, 1e-5) }, "[0 4 2]"},
		{"conv1d", func() *tensor.Tensor {
			return tensor.Zeros(0, 2, 5).Conv1D(tensor.Ones(3, 2, 2), nil, tensor.ConvOptions{})
		}, "[0 3 4]"},
		{"rope", func() *tensor.Tensor { return tensor.Zeros(2, 0, 4).RoPE(nil, tensor.RoPEOptions{}) }, "[2 0 4]"},
		{"adaptive", func() *tensor.Tensor { return tensor.Zeros(1, 2, 5).AdaptiveMaxPool1D(0) }, "[1 2 0]"},
	} {
		if err := tensor.Try(func() {
			if got := fmt.Sprint(c.f().Shape()); got != c.want {
				t.Errorf("%s: shape %s, want %s", c.name, got, c.want)
			}
		}); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	wantValues(t, "det of nothing", tensor.Zeros(0, 0).Det(), []int{}, 1)
}

func TestOperationsRefuse(t *testing.T) {
	m, v := tensor.Ones(2, 3), tensor.Ones(3)
	idx := tensor.FromSlice([]int{0, 5})
	image := tensor.Ones(1, 2, 4, 4)
	odd := make([]int, 1)
	for _, c := range []struct {
		f     func()
		parts []string
	}{
		{func() { m.Roll(1, 2) }, []string{"roll", "axis 2"}},
		{func() { m.CumProd(-3) }, []string{"cumprod"}},
		{func() { m.MaxWithIndices(5) }, []string{"argmax"}},
		{func() { tensor.Zeros(0).MaxWithIndices(0) }, []string{"nothing"}},
		{func() { tensor.Zeros(0).Median(0) }, []string{"median", "nothing"}},
		{func() { m.KthValue(4, 1) }, []string{"kthvalue", "first is 1"}},
		{func() { m.Quantile(2, 0) }, []string{"quantile"}},
		{func() { m.Norm(nan) }, []string{"norm", "NaN"}},
		{func() { m.BottomK(4, 1) }, []string{"bottomk"}},
		{func() { m.SearchSorted(v, tensor.SearchOptions{}) }, []string{"searchsorted"}},
		{func() { idx.Neg().BinCount(nil, 0) }, []string{"bincount", "negative"}},
		{func() { v.BinCount(nil, 0) }, []string{"bincount", "whole numbers"}},
		{func() { m.Histc(0, 0, 1) }, []string{"histc"}},
		{func() { m.RepeatInterleave(-1, 0) }, []string{"repeatinterleave"}},
		{func() { m.PadWith(tensor.PadReflect, 3, 0) }, []string{"pad", "at most 2"}},
		{func() { m.PadWith(tensor.PadReplicate, odd...) }, []string{"pad", "pair"}},
		{func() { m.Diagonal(0, 1, -1) }, []string{"diagonal", "twice"}},
		{func() { image.Diag(0) }, []string{"diag"}},
		{func() { v.Trace() }, []string{"trace"}},
		{func() { m.Unfold(1, 4, 1) }, []string{"unfold"}},
		{func() { m.Unflatten(1, 2, -1) }, []string{"unflatten"}},
		{func() { m.Rot90(1, 0, 0) }, []string{"rot90"}},
		{func() { v.Scatter(0, idx, tensor.Ones(2)) }, []string{"scatter", "index 5"}},
		{func() { v.IndexAdd(0, idx, m) }, []string{"indexadd", "(2,)"}},
		{func() { v.Take(idx) }, []string{"take", "5"}},
		{func() { m.Index(idx) }, []string{"index", "out of range"}},
		{func() { m.Index() }, []string{"index"}},
		{func() { m.MaskedSelect(m) }, []string{"maskedselect", "bool"}},
		{func() { m.MaskedScatter(m.To(tensor.Bool), v) }, []string{"maskedscatter", "6 trues"}},
		{func() { m.Outer(v) }, []string{"outer"}},
		{func() { v.Cross(tensor.Ones(2), 0) }, []string{"cross"}},
		{func() { m.TensorDot(v, 2) }, []string{"tensordot"}},
		{func() { tensor.Einsum("ij,jk", m) }, []string{"einsum", "2 operands"}},
		{func() { tensor.Einsum("ij,jk", m, m) }, []string{"einsum", "sizes"}},
		{func() { tensor.Einsum("i->j", v) }, []string{"einsum", "right only"}},
		{func() { tensor.Einsum("ii", m) }, []string{"einsum", "diagonal"}},
		{func() { tensor.Einsum("i", m) }, []string{"einsum", "1 axes"}},
		{func() { tensor.Einsum("i1->i", m) }, []string{"einsum", "no letter"}},
		{func() { tensor.Einsum("ij->ii", m) }, []string{"einsum", "twice"}},
		{func() { v.Conv1D(m, nil, tensor.ConvOptions{}) }, []string{"conv1d"}},
		{func() { image.Conv2D(tensor.Ones(1, 2, 9, 1), nil, tensor.ConvOptions{}) }, []string{"conv2d", "larger"}},
		{func() { image.Conv2D(tensor.Ones(1, 2, 1, 1), nil, tensor.ConvOptions{Stride: -1}) }, []string{"conv2d", "strides"}},
		{func() { image.ConvTranspose2D(tensor.Ones(2, 1, 1, 1), nil, tensor.ConvOptions{Padding: 3}) }, []string{"convtranspose2d", "padding"}},
		{func() { image.MaxPool2D(tensor.PoolOptions{Kernel: 2, Padding: 2}) }, []string{"maxpool2d", "padding"}},
		{func() { image.AdaptiveAvgPool2D(-1, 2) }, []string{"adaptiveavgpool2d"}},
		{func() { image.Interpolate(tensor.InterpolateOptions{}) }, []string{"interpolate", "scale"}},
		{func() { image.PixelShuffle(2) }, []string{"pixelshuffle"}},
		{func() { image.GroupNorm(3, nil, nil, 0) }, []string{"groupnorm"}},
		{func() { image.BatchNorm(tensor.BatchNormOptions{Weight: v}) }, []string{"batchnorm", "2 channels"}},
		{func() { m.NLL(idx, tensor.LossOptions{}) }, []string{"index 5"}},
		{func() { m.Huber(v, 1) }, []string{"huber", "agree"}},
		{func() { m.Huber(m, 0) }, []string{"huber", "delta"}},
		{func() { m.KLDiv(v, tensor.KLDivOptions{}) }, []string{"kldiv"}},
		{func() { m.RoPE(nil, tensor.RoPEOptions{}) }, []string{"rope", "even"}},
		{func() { m.Inverse() }, []string{"inverse", "square"}},
		{func() { tensor.Ones(2, 2).Inverse() }, []string{"inverse", "singular"}},
		{func() { tensor.Ones(2, 2).Solve(tensor.Ones(2)) }, []string{"solve", "singular"}},
		{func() { tensor.Ones(2, 2).Solve(v) }, []string{"solve", "(3,"}},
		{func() { tensor.Eye(2).Neg().Cholesky() }, []string{"cholesky", "positive definite"}},
		{func() { tensor.Full(nan, 2, 2).SVD() }, []string{"svd", "NaN"}},
		{func() { v.QR() }, []string{"qr"}},
		{func() { v.FFT(tensor.FFTOptions{}) }, []string{"fft", "complex"}},
		{func() { v.RFFT(tensor.FFTOptions{N: -1}) }, []string{"rfft"}},
		{func() { v.PReLU(tensor.Ones(2)) }, []string{"prelu"}},
		{func() { m.GLU(1) }, []string{"glu"}},
		{func() { m.Atan2(m.ToDevice(other)) }, []string{"atan2", "reference"}},
	} {
		fails(t, c.f, c.parts...)
	}
}

func TestBatchNormRunningValues(t *testing.T) {
	x := float64s(1, 2, 3, 4, 5, 9).Reshape(3, 2)
	mean, variance := float64s(0, 0), float64s(1, 1)
	x.BatchNorm(tensor.BatchNormOptions{RunningMean: mean, RunningVar: variance, Training: true, Momentum: 0.5})
	wantValues(t, "running mean", mean, []int{2}, 1.5, 2.5)
	wantValues(t, "running variance", variance, []int{2}, 0.5+2, 0.5+6.5)
}

func TestFeatureDropout(t *testing.T) {
	tensor.ManualSeed(4)
	y := tensor.Ones(20, 5, 3).FeatureDropout(0.5)
	rows := y.Reshape(100, 3).Float64s()
	zeros := 0
	for i := 0; i < len(rows); i += 3 {
		if rows[i] != rows[i+1] || rows[i] != rows[i+2] || rows[i] != 0 && rows[i] != 2 {
			t.Fatalf("a channel is %v", rows[i:i+3])
		}
		if rows[i] == 0 {
			zeros++
		}
	}
	if zeros < 30 || zeros > 70 {
		t.Errorf("%d of 100 channels are zero", zeros)
	}
}

func TestGumbelSoftmax(t *testing.T) {
	tensor.ManualSeed(5)
	logits := tensor.Of(0.7, 0.2, 0.1).Log().Expand(4000, 3)
	drawn := logits.GumbelSoftmax(0.5, -1)
	wantSum := drawn.Sum(1).Sub(tensor.Ones(4000)).Abs().Max().Item()
	share := drawn.ArgMax(1).EqualScalar(0).Mean().Item()
	if wantSum > 1e-5 || math.Abs(share-0.7) > 0.03 {
		t.Errorf("sums are off by %v, the first class wins %v of draws", wantSum, share)
	}
}

func FuzzEinsum(f *testing.F) {
	for _, s := range []string{"ij,jk->ik", "...i,i...", "ii->i", "a,b->ab", "->", ",", "i->...", "....", "aA->Aa", "ij,kj", "\x01i,i"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, equation string) {
		for _, xs := range []ts{{tensor.Ones(2, 2)}, {tensor.Ones(2, 3), tensor.Ones(3, 2)}, {tensor.Ones(2), tensor.Scalar(1)}} {
			// It may refuse by an *Error and nothing else.
			_ = tensor.Try(func() { tensor.Einsum(equation, xs...) })
		}
	})
}
