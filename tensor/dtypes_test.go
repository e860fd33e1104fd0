package tensor_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// notOfWholes are the golden cases that small whole numbers are no inputs for, or that mean something else with them.
var notOfWholes = map[string]string{
	"inverse": "singular", "solve": "singular", "solve_vector": "singular", "solve_triangular": "singular", "cholesky": "of floats",
	"floor_divide": "a division by zero", "floor_divide_negative": "a division by zero", "floor_divide_int": "a division by zero",
	"fmod": "a division by zero", "fmod_int": "a division by zero", "remainder": "a division by zero",
	"bitwise": "of integers", "gcd": "of integers", "lcm": "of integers", "shifts": "of integers", "bincount": "of integers",
	"lstsq_tall": "singular", "lstsq_wide": "singular", "matrix_power": "singular", "cond": "singular",
	"det_singular": "it isn't", "matrix_rank": "near the limit",
	"svd_tall": "not unique", "svd_wide": "not unique", "eigh": "not unique", "qr_tall": "not unique", "qr_wide": "not unique",
	"pinv_tall": "near singular in bfloat16", "gaussian_nll": "it is near float16's end",
	"triplet_margin": "uint8 wraps", "pairwise_distance": "uint8 wraps",
	"nan_to_num": "the case compares with -1, which wraps in uint8",
	"lu_tall":    "0/0", "lu_wide": "0/0", "lu_square": "0/0", "cholesky_solve": "singular",
}

// TestEveryType runs the goldens' operations on small whole numbers in every data type, and compares with the result in
// float64, which holds them all. Where a type is refused, it is by an *Error that names it.
func TestEveryType(t *testing.T) {
	tabled := map[string]fn{}
	for _, c := range opCases() {
		tabled[c.golden] = c.f
	}
	run := func(c goldenCase, dt tensor.DType, most float64) (out *tensor.Tensor, err error) {
		f := goldenOps[c.Name]
		if f == nil {
			f = tabled[c.Name]
		}
		var xs ts
		for _, g := range c.Inputs {
			x := g.tensor(tensor.Float64)
			if !g.Int {
				x = x.Abs().MulScalar(1.7).Floor().ClampMax(most).To(dt)
			}
			xs = append(xs, x)
		}
		err = tensor.Try(func() { out = f(xs...) })
		return out, err
	}
	for _, dt := range dtypes {
		refused, compared := []string{}, 0
		most := 3.0
		if dt == tensor.Bool {
			most = 1
		}
		for _, c := range goldens() {
			if notOfWholes[c.Name] != "" || dt == tensor.Bool && boolsDiffer[c.Name] != "" {
				continue
			}
			want, err := run(c, tensor.Float64, most)
			if err != nil {
				t.Errorf("%s: %v", c.Name, err)
				continue
			}
			got, err := run(c, dt, most)
			if err != nil {
				refused = append(refused, c.Name)
				if dt.IsFloat() {
					t.Errorf("%s of %s: %v", c.Name, dt, err)
				}
				continue
			}
			compared++
			tol := tensortest.Tolerance{Rel: 1e-5, Abs: 1e-5}
			if dt.IsHalf() {
				eps := map[tensor.DType]float64{tensor.Float16: 1.0 / 1024, tensor.BFloat16: 1.0 / 128}[dt]
				tol = tensortest.Tolerance{Rel: 8 * eps, Abs: 8 * eps}
			}
			if !got.DType().IsFloat() && want.DType().IsFloat() { // what integers can't hold
				want = want.AddScalar(1e-6).Floor().To(got.DType())
			}
			if d := tensortest.Diff(got.To(tensor.Float64), want.To(tensor.Float64), tol); d != "" {
				t.Errorf("%s of %s, a %s: %s", c.Name, dt, got.DType(), d)
			}
		}
		t.Logf("%s: %d compared, refused: %v", dt, compared, refused)
		if !dt.IsFloat() {
			for _, name := range refused {
				if !slices.Contains(refusesIntegers, name) && !(dt == tensor.Bool && slices.Contains(refusesBools, name)) {
					t.Errorf("%s refuses %s", name, dt)
				}
			}
		}
	}
}

var (
	// refusesIntegers are the cases of operations of floats only.
	refusesIntegers = []string{
		"hardtanh", // uint8, for it has no bound below 0
		"attention", "attention_causal", "attention_gqa", "attention_mask", "det", "slogdet", "pinv_tall", "pinv_wide",
		"fft", "fft_axis", "ifft", "fft2", "ifft2", "irfft", "irfft_odd", "complex_mul", "complex_abs",
		"scatter_reduce_mean", "scatter_reduce_amax", "scatter_reduce_amin", "scatter_reduce_prod", "embedding_bag_mean",
		"embedding_bag_sum", "embedding_bag_max", "embedding_bag_padding", "matrix_exp", "matrix_norm", "istft",
		"istft_length", "grid_sample_bilinear", "grid_sample_border", "grid_sample_corners", "grid_sample_nearest",
		"affine_grid", "affine_grid_corners",
	}
	// refusesBools are those that have no meaning for bools besides.
	refusesBools = []string{
		"neg", "abs", "sign", "square", "relu", "sub", "pow", "scatter_add", "matmul", "matmul_batch", "matmul_vector",
		"linear", "mse", "l1", "bce", "conv2d", "conv2d_groups", "max_pool2d_relu", "frac", "lerp", "lerp_tensor",
		"softplus", "mish", "softsign", "hardshrink", "softmin", "bincount_weights", "index_add", "cross", "tensordot",
		"dot", "cdist", "einsum_matmul", "einsum_batch", "einsum_ellipsis", "einsum_broadcast", "einsum_bilinear",
		"conv1d", "conv2d_pairs", "conv_transpose1d", "conv_transpose2d", "nll", "nll_weight", "kl_div_log", "bce_prob",
		"bce_logits_weight", "huber", "smooth_l1", "gaussian_nll", "hinge_embedding", "margin_ranking", "triplet_margin",
		"pairwise_distance", "conv3d", "conv3d_plain", "conv_transpose3d", "multi_dot", "addmm", "bilinear", "dist",
		"pdist", "index_put_add", "multilabel_soft_margin",
	}
	// boolsDiffer are those that mean something else for bools, as in PyTorch.
	boolsDiffer = map[string]string{"pad": "half is true", "index_fill": "half is true", "hardtanh": "the bounds are true"}
)

// TestIntegersWrap is what torch does on overflow.
func TestIntegersWrap(t *testing.T) {
	for _, c := range []struct {
		dt       tensor.DType
		lo, hi   int64
		big      int64 // whose square wraps
		squared  int64
		negative int64 // −lo
	}{
		{tensor.Int8, -128, 127, 100, 16, -128},
		{tensor.Uint8, 0, 255, 100, 16, 0},
		{tensor.Int32, -1 << 31, 1<<31 - 1, 1 << 17, 0, -1 << 31},
		{tensor.Int64, -1 << 63, 1<<63 - 1, 1 << 33, 0, -1 << 63},
	} {
		of := func(v int64) *tensor.Tensor { return tensor.FromSlice([]int64{v}).To(c.dt) }
		for name, got := range map[string]struct {
			x    *tensor.Tensor
			want int64
		}{
			"hi + 1": {of(c.hi).AddScalar(1), c.lo}, "lo - 1": {of(c.lo).SubScalar(1), c.hi}, "big²": {of(c.big).Mul(of(c.big)), c.squared},
			"square": {of(c.big).Square(), c.squared}, "-lo": {of(c.lo).Neg(), c.negative}, "|lo|": {of(c.lo).Abs(), c.negative},
			"hi + hi": {of(c.hi).Add(of(c.hi)), -2}, "in place": {of(c.hi).AddScalarInPlace(1), c.lo},
		} {
			want := got.want
			if name == "hi + hi" && c.dt == tensor.Uint8 {
				want = 254
			}
			if v := got.x.Int64s()[0]; v != want || got.x.DType() != c.dt {
				t.Errorf("%s of %s is %d (%s), want %d", name, c.dt, v, got.x.DType(), want)
			}
		}
		if got := fmt.Sprint(of(c.hi).Expand(3).Sum().DType()); got != "int64" {
			t.Errorf("the sum of %s is %s", c.dt, got)
		}
	}
}
