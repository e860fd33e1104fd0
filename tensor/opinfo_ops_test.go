package tensor_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// looser is a tolerance above the default.
type looser struct {
	dtype tensor.DType
	tol   tensortest.Tolerance
	why   string
}

// opinfoLooser lists the operations that don't reach the default tolerance in a data type.
var opinfoLooser = map[string]looser{
	"log_softmax": {
		tensor.BFloat16,
		tensortest.Tolerance{Rel: 0.1, Abs: 1e-2},
		"the gradient is of the rounded result, whose last bit may differ",
	},
	"linalg.multi_dot": {tensor.Float16, tensortest.Tolerance{Rel: 1e-2, Abs: 5e-2}, "rounded after each product, in another order"},
	"nn.functional.cosine_similarity": {
		tensor.BFloat16,
		tensortest.Tolerance{Rel: 1.6e-2, Abs: 1e-3},
		"a gradient that cancels; torch's is rounded on the way",
	},
}

// opinfoLacks counts the samples that aren't compared: they ask for what rg doesn't have, or torch's answer is one that
// can't be compared with. After the colon is what.
var opinfoLacks = map[string]int{
	"__getitem__: a mask for some of the axes":                      1,
	"addbmm: fractions of integers":                                 1,
	"addcdiv: mixed types, whose gradient torch computes in a half": 6,
	"addcmul: mixed types, whose gradient torch computes in a half": 5,
	"addmv: fractions of integers":                                  2,
	"addr: fractions of integers":                                   2,
	"angle: not in rg":                                              27,
	"as_strided: not in rg":                                         29,
	"atleast_1d: not in rg":                                         29,
	"atleast_2d: not in rg":                                         29,
	"atleast_3d: not in rg":                                         29,
	"baddbmm: fractions of integers":                                1,
	"cholesky_inverse: not in rg":                                   15,
	"cholesky_solve: upper=True":                                    3,
	"combinations: with_replacement":                                8,
	"conj: real numbers":                                            29,
	"cov: weights and corrections":                                  16,
	"cumulative_trapezoid: not in rg":                               27,
	"diagflat: not in rg":                                           29,
	"div.trunc_rounding: division rounded towards zero":             26,
	"dsplit: not in rg":                                             22,
	"eye: an identity that isn't square":                            14,
	"fft.hfft: not in rg":                                           28,
	"fft.ihfft: not in rg":                                          24,
	"fft.irfft2: not in rg":                                         28,
	"fft.irfftn: not in rg":                                         28,
	"fft.rfft2: not in rg":                                          24,
	"fft.rfftn: not in rg":                                          24,
	"float_power: not in rg":                                        33,
	"fmax: not in rg":                                               33,
	"fmin: not in rg":                                               33,
	"hsplit: not in rg":                                             22,
	"i0: not in rg":                                                 30,
	"index_copy: an index that comes twice":                         1,
	"index_fill: a tensor for a number":                             9,
	"index_put: not in rg":                                          27,
	"index_reduce.amax: not in rg":                                  27,
	"index_reduce.amin: not in rg":                                  27,
	"index_reduce.mean: not in rg":                                  27,
	"index_reduce.prod: not in rg":                                  27,
	"isreal: not in rg":                                             31,
	"lcm: overflow, whose sign isn't the same in torch's types":     3,
	"linalg.cond: not in rg":                                        11,
	"linalg.lstsq: solution, residuals, rank and singular values together": 15,
	"linalg.matrix_norm: not in rg":                                        20,
	"linalg.matrix_rank: tolerances":                                       11,
	"linalg.norm: matrix norms":                                            7,
	"linalg.pinv: tolerances":                                              9,
	"linalg.vander: batches":                                               13,
	"logdet: logdet":                                                       15,
	"logit: eps above one half":                                            1,
	"logspace: not in rg":                                                  27,
	"masked_fill: a tensor for a number":                                   11,
	"meshgrid.list_of_tensors: indexing xy":                                19,
	"meshgrid.variadic_tensors: indexing xy":                               19,
	"nanquantile: not in rg":                                               15,
	"nextafter: not in rg":                                                 17,
	"nn.functional.adaptive_avg_pool3d: not in rg":                         8,
	"nn.functional.adaptive_max_pool1d: indices of maxima":                 12,
	"nn.functional.adaptive_max_pool2d: indices of maxima":                 10,
	"nn.functional.avg_pool1d: whole numbers as means of integers":         4,
	"nn.functional.avg_pool2d: divisor_override":                           19,
	"nn.functional.avg_pool2d: whole numbers as means of integers":         1,
	"nn.functional.avg_pool3d: not in rg":                                  19,
	"nn.functional.batch_norm: a momentum of 0":                            2,
	"nn.functional.batch_norm: inputs of rank 1":                           4,
	"nn.functional.conv3d: not in rg":                                      24,
	"nn.functional.embedding: max_norm":                                    6,
	"nn.functional.embedding: scale_grad_by_freq":                          1,
	"nn.functional.gaussian_nll_loss: full=True":                           1,
	"nn.functional.grid_sample: not in rg":                                 20,
	"nn.functional.hardswish: NaN, whose gradient in float32 isn't that in torch's other types": 1,
	"nn.functional.hardtanh: a bound below 0 of uint8":                                          3,
	"nn.functional.instance_norm: running values":                                               19,
	"nn.functional.interpolate.bicubic: integers between integers":                              1,
	"nn.functional.interpolate.bilinear: integers between integers":                             1,
	"nn.functional.linear: a vector as weight":                                                  4,
	"nn.functional.local_response_norm: integers":                                               4,
	"nn.functional.margin_ranking_loss: uint8, in which differences wrap":                       1,
	"nn.functional.max_pool1d: indices of maxima":                                               14,
	"nn.functional.max_pool2d: indices of maxima":                                               21,
	"nn.functional.max_pool3d: not in rg":                                                       27,
	"nn.functional.multi_margin_loss: not in rg":                                                15,
	"nn.functional.multilabel_margin_loss: inputs without a batch":                              10,
	"nn.functional.multilabel_soft_margin_loss: not in rg":                                      18,
	"nn.functional.nll_loss: ignore_index=0":                                                    2,
	"nn.functional.pairwise_distance: p and eps":                                                7,
	"nn.functional.pairwise_distance: uint8, in which differences wrap":                         1,
	"nn.functional.pdist: not in rg":                                                            15,
	"nn.functional.poisson_nll_loss: log_input=False and full=True":                             23,
	"nn.functional.scaled_dot_product_attention: random numbers":                                5,
	"nn.functional.triplet_margin_loss: p, swap and eps":                                        4,
	"nn.functional.triplet_margin_loss: uint8, in which differences wrap":                       1,
	"nn.functional.unfold: not in rg":                                                           22,
	"nn.functional.upsample_bilinear: integers between integers":                                1,
	"nonzero: a tuple for a scalar":                                                             1,
	"polygamma.polygamma_n_0: integers, whose poles torch computes in float32":                  6,
	"polygamma.polygamma_n_1: integers, whose poles torch computes in float32":                  6,
	"put: not in rg":                          29,
	"quantile: interpolation midpoint":        6,
	"real: real numbers":                      29,
	"renorm: not in rg":                       18,
	"round.decimals_0: not in rg":             15,
	"round.decimals_3: not in rg":             12,
	"round.decimals_neg_3: not in rg":         12,
	"scatter: scatter with reduce":            13,
	"scatter_reduce.amax: include_self=False": 17,
	"scatter_reduce.amin: include_self=False": 17,
	"scatter_reduce.mean: include_self=False": 16,
	"scatter_reduce.prod: include_self=False": 17,
	"scatter_reduce.sum: include_self=False":  17,
	"special.erfcx: not in rg":                25,
	"special.i0e: not in rg":                  30,
	"special.i1: not in rg":                   30,
	"special.i1e: not in rg":                  30,
	"special.log_ndtr: not in rg":             25,
	"special.ndtri: probabilities far below the precision of 1, and float32 of the least int64": 3,
	"std: a correction that isn't whole":       4,
	"std_mean: a correction that isn't whole":  4,
	"tensor_split: not in rg":                  29,
	"tensordot: axes by name":                  11,
	"to: not in rg":                            29,
	"trapezoid: not in rg":                     27,
	"unique: unique along an axis":             16,
	"unique_consecutive: unique along an axis": 14,
	"var: a correction that isn't whole":       4,
	"var_mean: a correction that isn't whole":  4,
	"view_as_complex: not in rg":               4,
	"vsplit: not in rg":                        22,
	"where: a number for a tensor":             10,
	"zero_: not in rg":                         25,
}

// row says how rg is called for an operation of torch's.
type row func(a *args) ts

type tt = tensor.Tensor

// opinfoOps is the table from torch's operations to rg's.
var opinfoOps = func() map[string]row {
	out := map[string]row{}
	for _, family := range []map[string]row{
		opinfoUnary(), opinfoActivations(), opinfoBinary(), opinfoTernary(), opinfoReductions(), opinfoScans(), opinfoSearch(),
		opinfoShape(), opinfoPicks(), opinfoScatter(), opinfoCreate(), opinfoProducts(), opinfoLinalg(), opinfoFFT(),
		opinfoNorms(), opinfoConv(), opinfoPools(), opinfoInterpolate(), opinfoLosses(),
	} {
		for k, v := range family {
			if out[k] != nil {
				panic("two rows for " + k)
			}
			out[k] = v
		}
	}
	return out
}()

func of1(f func(x *tt) *tt) row { return func(a *args) ts { return ts{f(a.in())} } }

func opinfoUnary() map[string]row {
	out := map[string]row{}
	for name, f := range map[string]func(*tt) *tt{
		"abs": (*tt).Abs, "acos": (*tt).Acos, "acosh": (*tt).Acosh, "asin": (*tt).Asin, "asinh": (*tt).Asinh,
		"atan": (*tt).Atan, "atanh": (*tt).Atanh, "ceil": (*tt).Ceil, "cos": (*tt).Cos, "cosh": (*tt).Cosh,
		"deg2rad": (*tt).DegToRad, "digamma": (*tt).Digamma, "erf": (*tt).Erf, "erfc": (*tt).Erfc, "erfinv": (*tt).ErfInv,
		"exp": (*tt).Exp, "exp2": (*tt).Exp2, "expm1": (*tt).Expm1, "floor": (*tt).Floor, "frac": (*tt).Frac,
		"isfinite": (*tt).IsFinite, "isinf": (*tt).IsInf, "isnan": (*tt).IsNaN, "lgamma": (*tt).LGamma, "log": (*tt).Log,
		"log10": (*tt).Log10, "log1p": (*tt).Log1p, "log2": (*tt).Log2, "logical_not": (*tt).LogicalNot,
		"bitwise_not": (*tt).BitwiseNot, "neg": (*tt).Neg, "rad2deg": (*tt).RadToDeg,
		"reciprocal": (*tt).Reciprocal, "round": (*tt).Round, "rsqrt": (*tt).Rsqrt, "sigmoid": (*tt).Sigmoid, "sign": (*tt).Sign, "sgn": (*tt).Sign,
		"signbit": (*tt).SignBit, "sin": (*tt).Sin, "sinc": (*tt).Sinc, "sinh": (*tt).Sinh, "sqrt": (*tt).Sqrt,
		"isposinf": (*tt).IsPosInf, "isneginf": (*tt).IsNegInf, "special.entr": (*tt).Entr, "special.ndtr": (*tt).NDTR,
		"positive": (*tt).Clone,
		"square":   (*tt).Square, "tan": (*tt).Tan, "tanh": (*tt).Tanh, "trunc": (*tt).Trunc,
	} {
		out[name] = of1(f)
	}
	out["special.ndtri"] = func(a *args) ts {
		for _, v := range a.get(0, "input").(*operand).host.Float64s() {
			if v > 0 && v < 1e-6 || v < -1e15 {
				a.no("probabilities far below the precision of 1, and float32 of the least int64")
			}
		}
		return ts{a.in().NDTRI()}
	}
	polygamma := func(a *args) ts {
		if !a.in().DType().IsFloat() {
			a.no("integers, whose poles torch computes in float32")
		}
		return ts{a.in().Polygamma(a.i(1, "n", 0))}
	}
	out["polygamma.polygamma_n_0"], out["polygamma.polygamma_n_1"] = polygamma, polygamma
	out["logit"] = func(a *args) ts {
		x := a.in()
		if a.get(1, "eps") != nil {
			eps := a.f(1, "eps", 0)
			if !x.DType().IsFloat() {
				x = x.To(tensor.Float32)
			}
			if eps > 0.5 {
				a.no("eps above one half")
			}
			x = x.Clamp(eps, 1-eps)
		}
		return ts{x.Logit()}
	}
	out["nan_to_num"] = func(a *args) ts {
		x := a.in()
		o := tensor.NaNToNumOptions{NaN: a.f(1, "nan", 0), PosInf: a.f(2, "posinf", 0), NegInf: a.f(3, "neginf", 0)}
		return ts{x.NaNToNum(o)}
	}
	return out
}

func opinfoActivations() map[string]row {
	nn := func(f func(x *tt, a *args) *tt) row {
		return func(a *args) ts {
			a.ignore("inplace")
			return ts{f(a.in(), a)}
		}
	}
	out := map[string]row{}
	for name, f := range map[string]func(x *tt, a *args) *tt{
		"relu": func(x *tt, _ *args) *tt { return x.ReLU() }, "relu6": func(x *tt, _ *args) *tt { return x.ReLU6() },
		"gelu": func(x *tt, a *args) *tt {
			if a.s(1, "approximate", "none") == "tanh" {
				return x.GELUTanh()
			}
			return x.GELU()
		},
		"silu":       func(x *tt, _ *args) *tt { return x.SiLU() },
		"elu":        func(x *tt, a *args) *tt { return x.ELU(a.f(1, "alpha", 1)) },
		"celu":       func(x *tt, a *args) *tt { return x.CELU(a.f(1, "alpha", 1)) },
		"selu":       func(x *tt, _ *args) *tt { return x.SELU() },
		"leaky_relu": func(x *tt, a *args) *tt { return x.LeakyReLU(a.f(1, "negative_slope", 0.01)) },
		"softplus": func(x *tt, a *args) *tt {
			beta := a.f(1, "beta", 1)
			a.f(2, "threshold", 20)
			if beta == 1 {
				return x.Softplus()
			}
			return x.MulScalar(beta).Softplus().DivScalar(beta)
		},
		"softsign": func(x *tt, _ *args) *tt { return x.Softsign() }, "logsigmoid": func(x *tt, _ *args) *tt { return x.LogSigmoid() },
		"mish": func(x *tt, _ *args) *tt { return x.Mish() }, "tanhshrink": func(x *tt, _ *args) *tt { return x.Tanhshrink() },
		"hardtanh": func(x *tt, a *args) *tt {
			if x.DType() == tensor.Uint8 && a.f(1, "min_val", -1) < 0 {
				a.no("a bound below 0 of uint8")
			}
			return x.Hardtanh(a.f(1, "min_val", -1), a.f(2, "max_val", 1))
		},
		"hardsigmoid": func(x *tt, _ *args) *tt { return x.Hardsigmoid() }, "hardswish": func(x *tt, a *args) *tt {
			if x.DType() == tensor.Float32 && x.IsNaN().Any().Bool() {
				a.no("NaN, whose gradient in float32 isn't that in torch's other types")
			}
			return x.Hardswish()
		},
		"hardshrink": func(x *tt, a *args) *tt { return x.Hardshrink(a.f(1, "lambd", 0.5)) },
		"softshrink": func(x *tt, a *args) *tt { return x.Softshrink(a.f(1, "lambd", 0.5)) },
		"threshold":  func(x *tt, a *args) *tt { return x.Threshold(a.f(1, "threshold", 0), a.f(2, "value", 0)) },
		"glu":        func(x *tt, a *args) *tt { return x.GLU(a.i(1, "dim", -1)) },
		"prelu":      func(x *tt, a *args) *tt { return x.PReLU(a.t(1, "weight")) },
	} {
		out["nn.functional."+name] = nn(f)
	}
	soft := func(f func(x *tt, axis int) *tt) row {
		return func(a *args) ts {
			a.ignore("_stacklevel")
			x := a.in()
			axis := a.i(1, "dim", 0)
			if dt := a.dtype(2, "dtype"); dt != 0 {
				x = x.To(dt)
			}
			return ts{f(x, axis)}
		}
	}
	for name, f := range map[string]func(x *tt, axis int) *tt{
		"softmax": (*tt).Softmax, "log_softmax": (*tt).LogSoftmax, "nn.functional.softmin": (*tt).Softmin,
	} {
		out[name], out[name+".with_dtype"] = soft(f), soft(f)
	}
	return out
}

// number makes x float when Python's number is a float, as torch promotes; Go has only one kind of number there.
func number(x *tt, v any) (*tt, float64) {
	switch v := v.(type) {
	case float64:
		if !x.DType().IsFloat() {
			x = x.To(tensor.Float32)
		}
		return x, v
	case bool:
		if v {
			return x, 1
		}
		return x, 0
	case int:
		return x, float64(v)
	}
	panic(lacks(fmt.Sprintf("a %T for a number", v)))
}

// operands is the two operands of a binary operation; a number among them becomes a scalar tensor.
func (a *args) operands() (x, y *tt) {
	p, q := a.get(0, "input"), a.get(1, "other")
	scalar := func(v any) *tt {
		switch v := v.(type) {
		case float64:
			return tensor.Scalar(v)
		case int:
			return tensor.FromSlice(v)
		case bool:
			return tensor.FromSlice(v)
		}
		panic(lacks(fmt.Sprintf("a %T for a tensor", v)))
	}
	if l, ok := p.(*operand); ok {
		x = l.x
	} else {
		x = scalar(p)
	}
	if l, ok := q.(*operand); ok {
		y = l.x
	} else {
		y = scalar(q)
	}
	return x, y
}

func opinfoBinary() map[string]row {
	type num = func(x *tt, v float64) *tt
	bin := func(f func(x, y *tt) *tt, s num) row {
		return func(a *args) ts {
			if v := a.get(1, "other"); s != nil {
				if _, ok := v.(*operand); !ok {
					return ts{s(number(a.in(), v))}
				}
			}
			return ts{f(a.operands())}
		}
	}
	// swap is for Python's reversed operators.
	swap := func(f func(x, y *tt) *tt, s num) row {
		return bin(func(x, y *tt) *tt { return f(y, x) }, s)
	}
	scaled := func(f func(x, y *tt) *tt, s num) row {
		return func(a *args) ts {
			alpha := a.kw["alpha"]
			if alpha == nil {
				return bin(f, s)(a)
			}
			a.ignore("alpha")
			x, y := a.operands()
			return ts{f(x, (*tt).MulScalar(number(y, alpha)))}
		}
	}
	div := func() row {
		return func(a *args) ts {
			x, y := a.operands()
			switch a.s(2, "rounding_mode", "") {
			case "floor":
				return ts{x.FloorDivide(y)}
			case "trunc":
				a.no("division rounded towards zero")
			}
			return bin((*tt).Div, (*tt).DivScalar)(a)
		}
	}
	out := map[string]row{
		"add": scaled((*tt).Add, (*tt).AddScalar), "sub": scaled((*tt).Sub, (*tt).SubScalar),
		"rsub": func(a *args) ts {
			alpha := a.kw["alpha"]
			a.ignore("alpha")
			x, y := a.operands()
			if alpha != nil {
				x = (*tt).MulScalar(number(x, alpha))
			}
			if _, ok := a.get(1, "other").(*operand); !ok {
				return ts{(*tt).RSubScalar(number(x, a.get(1, "other")))}
			}
			return ts{y.Sub(x)}
		},
		"mul": bin((*tt).Mul, (*tt).MulScalar), "true_divide": bin((*tt).Div, (*tt).DivScalar),
		"div.no_rounding_mode": div(), "div.floor_rounding": div(), "div.trunc_rounding": div(),
		"floor_divide": bin((*tt).FloorDivide, (*tt).FloorDivideScalar), "remainder": bin((*tt).Mod, (*tt).ModScalar),
		"fmod": bin((*tt).FMod, (*tt).FModScalar), "pow": bin((*tt).Pow, (*tt).PowScalar),
		"maximum": bin((*tt).Maximum, nil), "minimum": bin((*tt).Minimum, nil), "max.binary": bin((*tt).Maximum, nil),
		"min.binary": bin((*tt).Minimum, nil),
		"eq":         bin((*tt).Equal, (*tt).EqualScalar), "ne": bin((*tt).NotEqual, (*tt).NotEqualScalar),
		"lt": bin((*tt).Less, (*tt).LessScalar), "le": bin((*tt).LessEqual, (*tt).LessEqualScalar),
		"gt": bin((*tt).Greater, (*tt).GreaterScalar), "ge": bin((*tt).GreaterEqual, (*tt).GreaterEqualScalar),
		"logical_and": bin((*tt).LogicalAnd, nil), "logical_or": bin((*tt).LogicalOr, nil), "logical_xor": bin((*tt).LogicalXor, nil),
		"bitwise_and": bin((*tt).BitwiseAnd, nil), "bitwise_or": bin((*tt).BitwiseOr, nil), "bitwise_xor": bin((*tt).BitwiseXor, nil),
		"atan2": bin((*tt).Atan2, nil), "hypot": bin((*tt).Hypot, nil), "copysign": bin((*tt).CopySign, nil),
		"gcd": bin((*tt).GCD, nil), "lcm": func(a *args) ts {
			if dt := a.in().DType(); dt != tensor.Int64 && a.in().Len() > 0 && a.in().Abs().Max().Item() > 100 {
				a.no("overflow, whose sign isn't the same in torch's types")
			}
			return bin((*tt).LCM, nil)(a)
		}, "ldexp": bin((*tt).LDExp, nil),
		"bitwise_left_shift": bin((*tt).LeftShift, nil), "bitwise_right_shift": bin((*tt).RightShift, nil),
		"logaddexp2": bin((*tt).LogAddExp2, nil), "special.xlog1py": bin((*tt).XLog1pY, nil),
		"heaviside": bin((*tt).Heaviside, nil), "logaddexp": bin((*tt).LogAddExp, nil), "xlogy": bin((*tt).XLogY, nil),
		"__radd__": swap((*tt).Add, (*tt).AddScalar), "__rmul__": swap((*tt).Mul, (*tt).MulScalar),
		"__rsub__": swap((*tt).Sub, (*tt).RSubScalar), "__rdiv__": swap((*tt).Div, (*tt).RDivScalar),
		"__rmod__": swap((*tt).Mod, nil), "__rpow__": swap((*tt).Pow, nil),
		"__rand__": swap((*tt).BitwiseAnd, nil), "__ror__": swap((*tt).BitwiseOr, nil), "__rxor__": swap((*tt).BitwiseXor, nil),
		"isclose": func(a *args) ts {
			rel, abs := a.f(2, "rtol", 1e-5), a.f(3, "atol", 1e-8)
			if rel == 0 && abs == 0 {
				a.no("both tolerances 0")
			}
			x, y := a.operands()
			return ts{x.IsClose(y, tensor.CloseOptions{Rel: rel, Abs: abs, EqualNaN: a.b(4, "equal_nan", false)})}
		},
		"equal": func(a *args) ts { return ts{tensor.FromSlice(a.in().Equals(a.t(1)))} },
		"allclose": func(a *args) ts {
			rel, abs := a.f(2, "rtol", 1e-5), a.f(3, "atol", 1e-8)
			x, y := a.operands()
			return ts{tensor.FromSlice(x.AllClose(y, tensor.CloseOptions{Rel: rel, Abs: abs, EqualNaN: a.b(4, "equal_nan", false)}))}
		},
		"clamp_max": bin(func(x, y *tt) *tt { return x.ClampTensor(nil, y) }, (*tt).ClampMax),
		"clamp_min": bin(func(x, y *tt) *tt { return x.ClampTensor(y, nil) }, (*tt).ClampMin),
	}
	return out
}

// mixed leaves out halves among wider types.
func mixed(a *args) {
	x, y, z := a.in().DType(), a.t(1).DType(), a.t(2).DType()
	if (x.IsHalf() || y.IsHalf() || z.IsHalf()) && (x != y || y != z) {
		a.no("mixed types, whose gradient torch computes in a half")
	}
}

func opinfoTernary() map[string]row {
	return map[string]row{
		"lerp": func(a *args) ts {
			x, end := a.in(), a.t(1, "end")
			if v, ok := a.get(2, "weight").(float64); ok {
				return ts{x.Lerp(end, v)}
			}
			return ts{x.LerpTensor(end, a.t(2, "weight"))}
		},
		"addcmul": func(a *args) ts {
			mixed(a)
			return ts{a.in().AddCMul(a.t(1), a.t(2), a.f(3, "value", 1))}
		},
		"addcdiv": func(a *args) ts {
			mixed(a)
			return ts{a.in().AddCDiv(a.t(1), a.t(2), a.f(3, "value", 1))}
		},
		"clamp": func(a *args) ts {
			x := a.in()
			lo, hi := a.get(1, "min"), a.get(2, "max")
			_, tensors := lo.(*operand)
			if _, ok := hi.(*operand); ok || tensors {
				return ts{x.ClampTensor(a.t(1, "min"), a.t(2, "max"))}
			}
			switch {
			case hi == nil:
				return ts{(*tt).ClampMin(number(x, lo))}
			case lo == nil:
				return ts{(*tt).ClampMax(number(x, hi))}
			}
			x, low := number(x, lo)
			x, high := number(x, hi)
			return ts{x.Clamp(low, high)}
		},
		"where": func(a *args) ts {
			x, y := a.get(0, "input"), a.get(2, "other")
			cond := a.t(1, "condition")
			if _, ok := x.(*operand); !ok {
				a.no("a number for a tensor")
			}
			if _, ok := y.(*operand); !ok {
				a.no("a number for a tensor")
			}
			if cond.DType() != tensor.Bool {
				a.no("a condition that isn't bool")
			}
			return ts{tensor.Where(cond, a.in(), a.t(2))}
		},
		"masked_fill": func(a *args) ts {
			if _, ok := a.get(2, "value").(*operand); ok {
				a.no("a tensor for a number")
			}
			return ts{a.in().MaskedFill(a.t(1), a.f(2, "value", 0))}
		},
	}
}

// reduction reads the axes, whether they are kept, and the data type.
func (a *args) reduction() (x *tt, axes []int, keep bool) {
	x, axes, keep = a.in(), a.ints(1, "dim"), a.b(2, "keepdim", false)
	if dt := a.dtype(-1, "dtype"); dt != 0 {
		x = x.To(dt)
	}
	return x, axes, keep
}

// keeping puts the axes back with size 1, for the reductions that have no KeepDim form.
func keeping(x, out *tt, axes []int, keep bool) *tt {
	if !keep || x.Rank() == 0 {
		return out
	}
	shape := x.Shape()
	for i := range shape {
		if len(axes) == 0 || slices.Contains(axes, i) || slices.Contains(axes, i-x.Rank()) {
			shape[i] = 1
		}
	}
	return out.Reshape(shape...)
}

func opinfoReductions() map[string]row {
	type plain = func(x *tt, axes ...int) *tt
	red := func(f, kept plain) row {
		return func(a *args) ts {
			x, axes, keep := a.reduction()
			switch {
			case keep && kept != nil:
				return ts{kept(x, axes...)}
			default:
				return ts{keeping(x, f(x, axes...), axes, keep)}
			}
		}
	}
	pair := func(f func(x *tt, axis int) (v, i *tt)) row {
		return func(a *args) ts {
			x := a.in()
			axis := a.i(1, "dim", -1)
			v, i := f(x, axis)
			keep := a.b(2, "keepdim", false)
			return ts{keeping(x, v, []int{axis}, keep), keeping(x, i, []int{axis}, keep)}
		}
	}
	whole := func(f func(x *tt, axis int) (v, i *tt), g plain) row {
		return func(a *args) ts {
			if a.get(1, "dim") == nil {
				if g != nil {
					return ts{g(a.in())}
				}
				v, _ := f(a.in().Reshape(-1), 0)
				return ts{v}
			}
			return pair(f)(a)
		}
	}
	// truth of uint8 is uint8 in torch, as when there were no bools.
	truth := func(f plain) row {
		return func(a *args) ts {
			out := red(f, nil)(a)
			if a.in().DType() == tensor.Uint8 {
				out[0] = out[0].To(tensor.Uint8)
			}
			return out
		}
	}
	arg := func(f func(x *tt, axis ...int) *tt) row {
		return func(a *args) ts {
			x, axes, keep := a.reduction()
			return ts{keeping(x, f(x, axes...), axes, keep)}
		}
	}
	// variance reads var's arguments, of which there are two sets.
	variance := func(a *args) (*tt, tensor.VarOptions) {
		o := tensor.VarOptions{Correction: 1}
		x := a.in()
		for i := 1; i <= 2; i++ {
			if unbiased, ok := a.get(i, "unbiased").(bool); ok && !unbiased {
				o.Correction = 0
			}
		}
		o.Axes = a.ints(1, "dim")
		if c := a.kw["correction"]; c != nil {
			v := a.f(-1, "correction", 1)
			if v != math.Trunc(v) {
				a.no("a correction that isn't whole")
			}
			o.Correction = int(v)
		}
		o.KeepDim = a.b(3, "keepdim", false)
		return x, o
	}
	// deviation of halves is rounded once, as Std's, which has no options.
	deviation := func(x *tt, o tensor.VarOptions) *tt {
		if dt := x.DType(); dt.IsHalf() {
			return x.To(tensor.Float32).Variance(o).Sqrt().To(dt)
		}
		return x.Variance(o).Sqrt()
	}
	std := func(a *args) ts {
		x, o := variance(a)
		return ts{deviation(x, o)}
	}
	vari := func(a *args) ts {
		x, o := variance(a)
		return ts{x.Variance(o)}
	}
	mean := func(x *tt, o tensor.VarOptions) *tt {
		if o.KeepDim {
			return x.MeanKeepDim(o.Axes...)
		}
		return x.Mean(o.Axes...)
	}
	norm := func(a *args) ts {
		x := a.in()
		axes, keep := a.ints(2, "dim"), a.b(3, "keepdim", false)
		if dt := a.dtype(-1, "dtype"); dt != 0 {
			x = x.To(dt)
		}
		p := 2.0
		switch v := a.get(1, "p").(type) {
		case string:
			if v != "fro" {
				a.no("matrix norms")
			}
		case nil:
			if v := a.get(1, "ord"); v != nil {
				if _, ok := v.(string); ok {
					a.no("matrix norms")
				}
				p = a.f(1, "ord", 2)
				if len(axes) == 2 || axes == nil && x.Rank() == 2 {
					a.no("matrix norms")
				}
			}
		default:
			p = a.f(1, "p", 2)
		}
		if keep {
			return ts{x.NormKeepDim(p, axes...)}
		}
		return ts{x.Norm(p, axes...)}
	}
	vectorNorm := func(a *args) ts {
		x, axes, keep := a.in(), a.ints(2, "dim"), a.b(3, "keepdim", false)
		if dt := a.dtype(-1, "dtype"); dt != 0 {
			x = x.To(dt)
		}
		if keep {
			return ts{x.NormKeepDim(a.f(1, "ord", 2), axes...)}
		}
		return ts{x.Norm(a.f(1, "ord", 2), axes...)}
	}
	return map[string]row{
		"sum": red((*tt).Sum, (*tt).SumKeepDim), "mean": red((*tt).Mean, (*tt).MeanKeepDim),
		"prod": red((*tt).Prod, (*tt).ProdKeepDim), "amax": red((*tt).Max, (*tt).MaxKeepDim), "amin": red((*tt).Min, (*tt).MinKeepDim),
		"logsumexp": red((*tt).LogSumExp, (*tt).LogSumExpKeepDim), "nansum": red((*tt).NaNSum, nil), "nanmean": red((*tt).NaNMean, nil),
		"all": truth((*tt).All), "any": truth((*tt).Any), "count_nonzero": red((*tt).CountNonZero, nil),
		"max.reduction_with_dim": pair((*tt).MaxWithIndices), "min.reduction_with_dim": pair((*tt).MinWithIndices),
		"max.reduction_no_dim": red((*tt).Max, nil), "min.reduction_no_dim": red((*tt).Min, nil),
		"argmax": arg((*tt).ArgMax), "argmin": arg((*tt).ArgMin),
		"aminmax": func(a *args) ts {
			x, axes, keep := a.in(), a.ints(-1, "dim"), a.b(-1, "keepdim", false)
			return ts{keeping(x, x.Min(axes...), axes, keep), keeping(x, x.Max(axes...), axes, keep)}
		},
		"var": vari, "var.unbiased": vari, "std": std, "std.unbiased": std,
		"var_mean": func(a *args) ts {
			x, o := variance(a)
			return ts{x.Variance(o), mean(x, o)}
		},
		"std_mean": func(a *args) ts {
			x, o := variance(a)
			if dt := x.DType(); dt.IsHalf() { // gradients of both add up before they are rounded
				x = x.To(tensor.Float32)
				return ts{x.Variance(o).Sqrt().To(dt), mean(x, o).To(dt)}
			}
			return ts{deviation(x, o), mean(x, o)}
		},
		"norm": norm, "norm.fro": norm, "norm.inf": norm,
		"linalg.norm": func(a *args) ts {
			if ord := a.get(1, "ord"); ord != nil && (len(a.ints(2, "dim")) == 2 || a.ints(2, "dim") == nil && a.in().Rank() == 2) {
				a.no("matrix norms")
			}
			return vectorNorm(a)
		},
		"linalg.vector_norm": vectorNorm,
		"median":             whole((*tt).Median, nil), "nanmedian": whole((*tt).NaNMedian, nil), "mode": pair((*tt).Mode),
		"kthvalue": func(a *args) ts {
			x, k, axis, keep := a.in(), a.i(1, "k", 1), a.i(2, "dim", -1), a.b(3, "keepdim", false)
			v, i := x.KthValue(k, axis)
			return ts{keeping(x, v, []int{axis}, keep), keeping(x, i, []int{axis}, keep)}
		},
		"quantile": func(a *args) ts {
			x, keep := a.in(), a.b(3, "keepdim", false)
			if s := a.s(4, "interpolation", "linear"); s != "linear" {
				a.no("interpolation " + s)
			}
			var q []float64
			var leading bool
			switch v := a.get(1, "q").(type) {
			case *operand:
				v.hasGrad = false // rg takes numbers
				q, leading = v.host.Float64s(), v.x.Rank() == 1
			case float64:
				q = []float64{v}
			}
			axes := a.ints(2, "dim")
			var outs ts
			for _, q := range q {
				if axes == nil {
					outs = append(outs, keeping(x, x.Reshape(-1).Quantile(q, 0), nil, keep))
				} else {
					outs = append(outs, keeping(x, x.Quantile(q, axes[0]), axes, keep))
				}
			}
			if leading {
				return ts{tensor.Stack(0, outs...)}
			}
			return outs
		},
		"dist": func(a *args) ts { return ts{a.in().Sub(a.t(1)).Norm(a.f(2, "p", 2))} },
	}
}

func opinfoScans() map[string]row {
	scan := func(f func(x *tt, axis int) *tt) row {
		return func(a *args) ts {
			x := a.in()
			if dt := a.dtype(-1, "dtype"); dt != 0 {
				x = x.To(dt)
			}
			return ts{f(x, a.i(1, "dim", 0))}
		}
	}
	pair := func(f func(x *tt, axis int) (v, i *tt)) row {
		return func(a *args) ts {
			v, i := f(a.in(), a.i(1, "dim", 0))
			return ts{v, i}
		}
	}
	return map[string]row{
		"cumsum": scan((*tt).CumSum), "cumprod": scan((*tt).CumProd), "logcumsumexp": scan((*tt).LogCumSumExp),
		"cummax": pair((*tt).CumMax), "cummin": pair((*tt).CumMin),
		"diff": func(a *args) ts {
			x, n, axis := a.in(), a.i(1, "n", 1), a.i(2, "dim", -1)
			if n == 0 {
				a.t(3, "prepend")
				a.t(4, "append")
				return ts{x}
			}
			all := ts{}
			if p := a.t(3, "prepend"); p != nil {
				all = append(all, p)
			}
			all = append(all, x)
			if p := a.t(4, "append"); p != nil {
				all = append(all, p)
			}
			if len(all) > 1 {
				x = tensor.Cat(axis, all...)
			}
			return ts{x.Diff(n, axis)}
		},
		"cov": func(a *args) ts {
			if a.has("correction") || a.has("fweights") || a.has("aweights") || len(a.pos) > 1 {
				a.no("weights and corrections")
			}
			a.ignore("correction", "fweights", "aweights")
			return ts{a.in().Cov()}
		},
		"corrcoef": of1((*tt).CorrCoef),
	}
}

func opinfoSearch() map[string]row {
	return map[string]row{
		"sort": func(a *args) ts {
			a.ignore("stable")
			x := a.in()
			axis, at := -1, 1
			if _, ok := a.get(1, "").(bool); ok { // stable, dim, descending
				at = 2
			}
			axis = a.i(at, "dim", axis)
			v, i := x.SortWithIndices(tensor.SortOptions{Axis: axis, Descending: a.b(at+1, "descending", false)})
			return ts{v, i}
		},
		"msort": of1(func(x *tt) *tt { return x.Sort(tensor.SortOptions{}) }),
		"argsort": func(a *args) ts {
			a.ignore("stable")
			return ts{a.in().ArgSort(tensor.SortOptions{Axis: a.i(1, "dim", -1), Descending: a.b(2, "descending", false)})}
		},
		"topk": func(a *args) ts {
			x, k, axis, largest := a.in(), a.i(1, "k", 1), a.i(2, "dim", -1), a.b(3, "largest", true)
			a.b(4, "sorted", true)
			f := (*tt).TopK
			if !largest {
				f = (*tt).BottomK
			}
			v, i := f(x, k, axis)
			return ts{v, i}
		},
		"unique": func(a *args) ts {
			a.b(1, "sorted", true)
			return uniques(a, (*tt).Unique, 2)
		},
		"unique_consecutive": func(a *args) ts { return uniques(a, (*tt).UniqueConsecutive, 1) },
		"searchsorted": func(a *args) ts {
			x, values := a.in(), a.t(1)
			o := tensor.SearchOptions{Right: a.b(-1, "right", false) || a.s(-1, "side", "left") == "right"}
			if s := a.t(-1, "sorter"); s != nil {
				x = x.Gather(-1, s)
			}
			out := x.SearchSorted(values, o)
			if a.b(-1, "out_int32", false) {
				out = out.To(tensor.Int32)
			}
			return ts{out}
		},
		"bucketize": func(a *args) ts {
			out := a.in().Bucketize(a.t(1), tensor.SearchOptions{Right: a.b(-1, "right", false)})
			if a.b(-1, "out_int32", false) {
				out = out.To(tensor.Int32)
			}
			return ts{out}
		},
		"bincount": func(a *args) ts { return ts{a.in().BinCount(a.t(-1, "weights"), a.i(-1, "minlength", 0))} },
		"histc": func(a *args) ts {
			return ts{a.in().Histc(a.i(1, "bins", 100), a.f(2, "min", 0), a.f(3, "max", 0))}
		},
		"nonzero": func(a *args) ts {
			out := a.in().NonZero()
			if a.b(1, "as_tuple", false) {
				if a.in().Rank() == 0 {
					a.no("a tuple for a scalar")
				}
				return out.Unbind(1)
			}
			return ts{out}
		},
		"argwhere": of1((*tt).NonZero),
		"isin": func(a *args) ts {
			if a.b(-1, "invert", false) {
				a.no("invert")
			}
			a.ignore("assume_unique")
			return ts{a.in().IsIn(a.t(1, "test_elements"))}
		},
	}
}

func uniques(a *args, f func(*tt) (v, i, n *tt), at int) ts {
	if a.get(-1, "dim") != nil {
		a.no("unique along an axis")
	}
	v, i, n := f(a.in())
	out := ts{v}
	if a.b(at, "return_inverse", false) {
		out = append(out, i)
	}
	if a.b(at+1, "return_counts", false) {
		out = append(out, n)
	}
	return out
}

func opinfoShape() map[string]row {
	shaped := func(f func(x *tt, shape ...int) *tt) row {
		return func(a *args) ts { return ts{f(a.in(), a.rest(1, "size")...)} }
	}
	at := func(f func(x *tt, axis int) *tt, name string, otherwise int) row {
		return func(a *args) ts { return ts{f(a.in(), a.i(1, name, otherwise))} }
	}
	list := func(f func(x *tt, axis int, sizes ...int) []*tt) row {
		return func(a *args) ts { return f(a.in(), a.i(2, "dim", 0), a.ints(1, "split_size")...) }
	}
	joined := func(f func(axis int, x ...*tt) *tt) row {
		return func(a *args) ts { return ts{f(a.i(1, "dim", 0), a.list(0, "tensors")...)} }
	}
	diag := func(a *args) ts {
		return ts{a.in().Diagonal(a.i(1, "offset", 0), a.i(2, "dim1", 0), a.i(3, "dim2", 1))}
	}
	permute := func(a *args) ts { return ts{a.in().Permute(a.rest(1, "dims")...)} }
	squeeze := func(a *args) ts {
		x, axes := a.in(), a.ints(1, "dim")
		if axes != nil && len(axes) == 0 {
			return ts{x}
		}
		return ts{x.Squeeze(axes...)}
	}
	split := list((*tt).Split)
	return map[string]row{
		"reshape": shaped((*tt).Reshape), "view": shaped((*tt).View), "expand": shaped((*tt).Expand), "broadcast_to": shaped((*tt).Expand),
		"repeat": shaped((*tt).Repeat), "tile": shaped((*tt).Tile), "permute": permute,
		"view_as":    func(a *args) ts { return ts{a.in().View(a.t(1).Shape()...)} },
		"reshape_as": func(a *args) ts { return ts{a.in().Reshape(a.t(1).Shape()...)} },
		"expand_as":  func(a *args) ts { return ts{a.in().ExpandAs(a.t(1))} },
		"transpose":  func(a *args) ts { return ts{a.in().Transpose(a.i(1, "dim0", 0), a.i(2, "dim1", 0))} },
		"t":          of1((*tt).T), "T": of1(func(x *tt) *tt {
			order := make([]int, x.Rank())
			for i := range order {
				order[i] = x.Rank() - 1 - i
			}
			return x.Permute(order...)
		}),
		"mT":      of1(func(x *tt) *tt { return x.Transpose(-2, -1) }),
		"squeeze": squeeze, "squeeze.multiple": squeeze,
		"unsqueeze": at((*tt).Unsqueeze, "dim", 0),
		"flip":      func(a *args) ts { return ts{flipped(a.in(), a.ints(1, "dims"))} },
		"fliplr":    of1(func(x *tt) *tt { return x.Flip(1) }), "flipud": of1(func(x *tt) *tt { return x.Flip(0) }),
		"roll": func(a *args) ts {
			x, shifts, axes := a.in(), a.ints(1, "shifts"), a.ints(2, "dims")
			if len(axes) == 0 {
				return ts{x.Reshape(-1).Roll(shifts[0], 0).Reshape(x.Shape()...)}
			}
			for i := range axes {
				x = x.Roll(shifts[i], axes[i])
			}
			return ts{x}
		},
		"cat": joined(tensor.Cat), "stack": joined(tensor.Stack),
		"dstack":            func(a *args) ts { return ts{tensor.DStack(a.list(0, "tensors")...)} },
		"column_stack":      func(a *args) ts { return ts{tensor.ColumnStack(a.list(0, "tensors")...)} },
		"broadcast_tensors": func(a *args) ts { return tensor.BroadcastTensors(a.tensors(0)...) },
		"combinations": func(a *args) ts {
			if a.b(2, "with_replacement", false) {
				a.no("with_replacement")
			}
			return ts{a.in().Combinations(a.i(1, "r", 2))}
		},
		"linalg.vander": func(a *args) ts {
			if a.in().Rank() != 1 {
				a.no("batches")
			}
			return ts{a.in().Vander(a.i(-1, "N", a.in().Len()))}
		},
		"select_scatter": func(a *args) ts { return ts{a.in().SelectScatter(a.t(1), a.i(2, "dim", 0), a.i(3, "index", 0))} },
		"diagonal_scatter": func(a *args) ts {
			return ts{a.in().DiagonalScatter(a.t(1), a.i(2, "offset", 0), a.i(3, "dim1", 0), a.i(4, "dim2", 1))}
		},
		"nn.functional.channel_shuffle": at((*tt).ChannelShuffle, "groups", 1),
		"hstack":                        func(a *args) ts { return ts{tensor.HStack(a.list(0, "tensors")...)} },
		"vstack":                        func(a *args) ts { return ts{tensor.VStack(a.list(0, "tensors")...)} },
		"split":                         split, "split.list_args": split, "split_with_sizes": split,
		"chunk":  func(a *args) ts { return a.in().Chunk(a.i(2, "dim", 0), a.i(1, "chunks", 1)) },
		"unbind": func(a *args) ts { return a.in().Unbind(a.i(1, "dim", 0)) },
		"narrow": func(a *args) ts {
			return ts{a.in().Narrow(a.i(1, "dim", 0), scalarInt(a, 2, "start"), a.i(3, "length", 0))}
		},
		"select": func(a *args) ts { return ts{a.in().Select(a.i(1, "dim", 0), a.i(2, "index", 0))} },
		"slice": func(a *args) ts {
			bound := func(i int, name string) string {
				if v := a.get(i, name); v != nil {
					return fmt.Sprint(v)
				}
				return ""
			}
			x, axis := a.in(), a.i(1, "dim", 0)
			if axis < 0 {
				axis += x.Rank()
			}
			index := strings.Repeat(":, ", axis) + bound(2, "start") + ":" + bound(3, "end") + ":" + bound(4, "step")
			return ts{x.Slice(index)}
		},
		"tril": at((*tt).Tril, "diagonal", 0), "triu": at((*tt).Triu, "diagonal", 0), "diag": at((*tt).Diag, "diagonal", 0),
		"trace": of1((*tt).Trace), "diagonal": diag,
		"linalg.diagonal": func(a *args) ts {
			return ts{a.in().Diagonal(a.i(1, "offset", 0), a.i(2, "dim1", -2), a.i(3, "dim2", -1))}
		},
		"diag_embed": func(a *args) ts {
			x, offset := a.in(), a.i(1, "offset", 0)
			out := x.DiagEmbed(offset)
			one, two := a.i(2, "dim1", -2), a.i(3, "dim2", -1)
			norm := func(d int) int { return (d + out.Rank()) % out.Rank() }
			one, two = norm(one), norm(two)
			if one > two {
				out = out.Transpose(-2, -1)
				one, two = two, one
			}
			rows := out.MoveAxis(-2, one) // the columns are still last
			return ts{rows.MoveAxis(-1, two)}
		},
		"movedim": func(a *args) ts {
			from, to := a.ints(1, "source"), a.ints(2, "destination")
			x := a.in()
			if len(from) == 1 {
				return ts{x.MoveAxis(from[0], to[0])}
			}
			order := slices.Repeat([]int{-1}, x.Rank())
			used := map[int]bool{}
			for i := range from {
				f, t := (from[i]+x.Rank())%x.Rank(), (to[i]+x.Rank())%x.Rank()
				order[t], used[f] = f, true
			}
			next := 0
			for i := range order {
				for order[i] < 0 && used[next] {
					next++
				}
				if order[i] < 0 {
					order[i] = next
					next++
				}
			}
			return ts{x.Permute(order...)}
		},
		"unflatten": func(a *args) ts { return ts{a.in().Unflatten(a.i(1, "dim", 0), a.ints(2, "sizes")...)} },
		"flatten":   func(a *args) ts { return ts{a.in().Flatten(a.i(1, "start_dim", 0), a.i(2, "end_dim", -1))} },
		"ravel":     of1(func(x *tt) *tt { return x.Reshape(-1) }),
		"rot90": func(a *args) ts {
			axes := a.ints(2, "dims")
			if axes == nil {
				axes = []int{0, 1}
			}
			return ts{a.in().Rot90(a.i(1, "k", 1), axes[0], axes[1])}
		},
		"unfold": func(a *args) ts {
			return ts{a.in().Unfold(a.i(1, "dimension", 0), a.i(2, "size", 1), a.i(3, "step", 1))}
		},
		"meshgrid.list_of_tensors":      meshgrid,
		"meshgrid.variadic_tensors":     meshgrid,
		"cartesian_prod":                func(a *args) ts { return ts{tensor.CartesianProd(a.tensors(0)...)} },
		"block_diag":                    func(a *args) ts { return ts{tensor.BlockDiag(a.tensors(0)...)} },
		"clone":                         func(a *args) ts { a.ignore("memory_format"); return ts{a.in().Clone()} },
		"contiguous":                    func(a *args) ts { a.ignore("memory_format"); return ts{a.in().Contiguous()} },
		"nn.functional.pixel_shuffle":   at((*tt).PixelShuffle, "upscale_factor", 1),
		"nn.functional.pixel_unshuffle": at((*tt).PixelUnshuffle, "downscale_factor", 1),
		"nn.functional.pad.constant":    padded, "constant_pad_nd": padded, "nn.functional.pad.reflect": padded,
		"nn.functional.pad.replicate": padded, "nn.functional.pad.circular": padded, "nn.functional.pad.replicate_negative": padded,
		"repeat_interleave": func(a *args) ts {
			x := a.in()
			a.ignore("output_size")
			axes := a.ints(2, "dim")
			if axes == nil {
				x, axes = x.Reshape(-1), []int{0}
			}
			if counts, ok := a.get(1, "repeats").(*operand); ok {
				if counts.x.Len() == 1 {
					return ts{x.RepeatInterleave(int(counts.x.Item()), axes[0])}
				}
				return ts{x.RepeatInterleaveEach(counts.x, axes[0])}
			}
			return ts{x.RepeatInterleave(a.i(1, "repeats", 1), axes[0])}
		},
	}
}

func scalarInt(a *args, i int, name string) int {
	if l, ok := a.get(i, name).(*operand); ok {
		return l.x.Int()
	}
	return a.i(i, name, 0)
}

// flipped is Flip, of which no axes means all.
func flipped(x *tt, axes []int) *tt {
	if len(axes) == 0 {
		return x
	}
	return x.Flip(axes...)
}

func meshgrid(a *args) ts {
	indexing := a.s(-1, "indexing", "ij")
	vectors := a.tensors(0)
	if indexing == "xy" {
		a.no("indexing xy")
	}
	for i, v := range vectors {
		vectors[i] = v.Reshape(-1)
	}
	return tensor.MeshGrid(vectors...)
}

func padded(a *args) ts {
	x, sizes, mode := a.in(), a.ints(1, "pad"), a.get(2, "mode")
	switch mode {
	case "reflect":
		return ts{x.PadWith(tensor.PadReflect, sizes...)}
	case "replicate":
		return ts{x.PadWith(tensor.PadReplicate, sizes...)}
	case "circular":
		return ts{x.PadWith(tensor.PadCircular, sizes...)}
	case "constant", nil:
		return ts{x.Pad(a.f(3, "value", 0), sizes...)}
	}
	return ts{x.Pad(a.f(2, "value", 0), sizes...)} // constant_pad_nd
}

func opinfoPicks() map[string]row {
	return map[string]row{
		"__getitem__": func(a *args) ts {
			x := a.in()
			index, ok := a.get(1, "").(pyTuple)
			if !ok {
				index = pyTuple{a.get(1, "")}
			}
			var parts []string
			var tensors ts
			for _, v := range index {
				bound := func(v any) string {
					if v == nil {
						return ""
					}
					return fmt.Sprint(v)
				}
				switch v := v.(type) {
				case int:
					parts = append(parts, strconv.Itoa(v))
				case nil:
					parts = append(parts, "None")
				case pyEllipsis:
					parts = append(parts, "...")
				case pySlice:
					p := bound(v.start) + ":" + bound(v.stop)
					if v.step != nil {
						p += ":" + bound(v.step)
					}
					parts = append(parts, p)
				case *operand:
					tensors = append(tensors, v.x)
				case []any:
					idx := make([]int64, len(v))
					for i := range v {
						n, ok := v[i].(int)
						if !ok {
							a.no("lists of lists as indices")
						}
						idx[i] = int64(n)
					}
					tensors = append(tensors, tensor.FromSlice(idx).ToDevice(x.Device()))
				default:
					a.no(fmt.Sprintf("an index of %T", v))
				}
			}
			switch {
			case len(tensors) == 0:
				return ts{x.Slice(strings.Join(parts, ", "))}
			case len(parts) > 0:
				a.no("tensors and slices as indices together")
			case slices.ContainsFunc(tensors, func(i *tt) bool { return i.DType() == tensor.Bool || i.DType() == tensor.Uint8 }):
				if len(tensors) == 1 && tensors[0].DType() == tensor.Bool && slices.Equal(tensors[0].Shape(), x.Shape()) {
					return ts{x.MaskedSelect(tensors[0])}
				}
				a.no("a mask for some of the axes")
			}
			return ts{x.Index(tensors...)}
		},
		"index_select": func(a *args) ts { return ts{a.in().IndexSelect(a.i(1, "dim", 0), a.t(2, "index"))} },
		"gather": func(a *args) ts {
			a.ignore("sparse_grad", "3")
			return ts{a.in().Gather(a.i(1, "dim", 0), a.t(2, "index"))}
		},
		"take": func(a *args) ts { return ts{a.in().Take(a.t(1))} },
		"take_along_dim": func(a *args) ts {
			if axes := a.ints(2, "dim"); axes != nil {
				return ts{a.in().TakeAlongAxis(a.t(1), axes[0])}
			}
			return ts{a.in().Take(a.t(1).Reshape(-1))}
		},
		"masked_select": func(a *args) ts { return ts{a.in().MaskedSelect(a.t(1))} },
		"nn.functional.embedding": func(a *args) ts {
			w, idx := a.in(), a.t(1, "idx") // as the database has it
			if a.has("max_norm") || a.has("norm_type") {
				a.no("max_norm")
			}
			if a.b(-1, "scale_grad_by_freq", false) {
				a.no("scale_grad_by_freq")
			}
			a.ignore("sparse")
			if a.has("padding_idx") {
				p := a.i(-1, "padding_idx", 0)
				if p >= 0 {
					p -= w.Dim(0)
				}
				return ts{w.EmbeddingWith(idx, tensor.EmbeddingOptions{NoGradient: p})}
			}
			return ts{w.Embedding(idx)}
		},
		"nn.functional.one_hot": func(a *args) ts {
			idx, n := a.in(), a.i(1, "num_classes", -1)
			if n < 0 {
				n = idx.Max().Int() + 1
			}
			return ts{idx.OneHot(n)}
		},
	}
}

func opinfoScatter() map[string]row {
	reduce := func(a *args) ts {
		x, axis, idx, src, how := a.in(), a.i(1, "dim", 0), a.t(2, "index"), a.t(3, "src"), a.s(4, "reduce", "")
		if !a.b(5, "include_self", true) {
			a.no("include_self=False")
		}
		if how == "sum" {
			return ts{x.ScatterAdd(axis, idx, src)}
		}
		r := map[string]tensor.ScatterReduction{"mean": tensor.ScatterMean, "amax": tensor.ScatterMax, "amin": tensor.ScatterMin, "prod": tensor.ScatterProd}
		return ts{x.ScatterReduce(r[how], axis, idx, src)}
	}
	out := map[string]row{
		"scatter": func(a *args) ts {
			x, axis, idx := a.in(), a.i(1, "dim", 0), a.t(2, "index")
			if a.has("reduce") {
				a.no("scatter with reduce")
			}
			src := a.get(3, "src")
			if src == nil {
				src = a.get(-1, "value")
			}
			if l, ok := src.(*operand); ok {
				return ts{x.Scatter(axis, idx, cropped(l.x, idx))}
			}
			_, v := number(x, src)
			return ts{x.ScatterScalar(axis, idx, v)}
		},
		"scatter_add": func(a *args) ts {
			return ts{a.in().ScatterAdd(a.i(1, "dim", 0), a.t(2, "index"), cropped(a.t(3, "src"), a.t(2)))}
		},
		"masked_scatter": func(a *args) ts { return ts{a.in().MaskedScatter(a.t(1), a.t(2))} },
		"index_add": func(a *args) ts {
			x, axis, idx, src := a.in(), a.i(1, "dim", 0), a.t(2, "index"), a.t(3, "source")
			if a.has("alpha") {
				src = (*tt).MulScalar(number(src, a.get(-1, "alpha")))
			}
			return ts{x.IndexAdd(axis, idx, src)}
		},
		"index_copy": func(a *args) ts {
			if at := a.t(2, "index"); at.Len() > 1 {
				if v, _, _ := at.Unique(); v.Len() < at.Len() {
					a.no("an index that comes twice")
				}
			}
			return ts{a.in().IndexCopy(a.i(1, "dim", 0), a.t(2, "index"), a.t(3, "source"))}
		},
		"index_fill": func(a *args) ts {
			if _, ok := a.get(3, "value").(*operand); ok {
				a.no("a tensor for a number")
			}
			return ts{a.in().IndexFill(a.i(1, "dim", 0), a.t(2, "index"), a.f(3, "value", 0))}
		},
	}
	for _, k := range []string{"sum", "mean", "amax", "amin", "prod"} {
		out["scatter_reduce."+k] = reduce
	}
	return out
}

// cropped is the part of a source that an index speaks of; torch allows a larger one.
func cropped(src, idx *tt) *tt {
	for axis := range idx.Rank() {
		if src.Dim(axis) > idx.Dim(axis) {
			src = src.Narrow(axis, 0, idx.Dim(axis))
		}
	}
	return src
}

func opinfoCreate() map[string]row {
	options := func(a *args, otherwise tensor.DType) tensor.Options {
		a.ignore("device", "requires_grad", "memory_format", "layout", "pin_memory")
		dt := a.dtype(-1, "dtype")
		if dt == 0 {
			dt = otherwise
		}
		return tensor.Options{DType: dt}
	}
	like := func(v float64) row {
		return func(a *args) ts {
			x := a.in()
			return ts{options(a, x.DType()).Full(v, x.Shape()...)}
		}
	}
	filled := func(f func(o tensor.Options, shape ...int) *tt) row {
		return func(a *args) ts { return ts{f(options(a, tensor.Float32), a.rest(0, "size")...)} }
	}
	indices := func(f func(r, c, offset int) *tt) row {
		return func(a *args) ts {
			out := f(a.i(0, "row", 0), a.i(1, "col", 0), a.i(2, "offset", 0))
			return ts{out.To(options(a, tensor.Int64).DType)}
		}
	}
	return map[string]row{
		"zeros_like": like(0), "ones_like": like(1),
		"full_like": func(a *args) ts {
			x := a.in()
			if l, ok := a.get(1, "fill_value").(*operand); ok {
				return ts{options(a, x.DType()).Full(l.x.Item(), x.Shape()...)}
			}
			return ts{options(a, x.DType()).Full(a.f(1, "fill_value", 0), x.Shape()...)}
		},
		"zeros": filled(tensor.Options.Zeros), "ones": filled(tensor.Options.Ones),
		"full": func(a *args) ts {
			shape := a.ints(0, "size")
			var otherwise tensor.DType
			switch a.get(1, "fill_value").(type) {
			case bool:
				otherwise = tensor.Bool
			case int:
				otherwise = tensor.Int64
			}
			return ts{options(a, otherwise).Full(a.f(1, "fill_value", 0), shape...)}
		},
		"eye": func(a *args) ts {
			o := options(a, tensor.Float32)
			n := a.i(0, "n", 0)
			if m := a.i(1, "m", n); m != n {
				a.no("an identity that isn't square")
			}
			return ts{o.Eye(n)}
		},
		"linspace": func(a *args) ts {
			o := options(a, tensor.Float32)
			return ts{o.Linspace(a.f(0, "start", 0), a.f(1, "end", 0), a.i(2, "steps", 0))}
		},
		"arange": func(a *args) ts {
			o := options(a, 0)
			lo, hi, step := a.f(0, "start", 0), a.f(1, "end", 0), a.f(2, "step", 1)
			if a.get(1, "end") == nil {
				lo, hi = 0, lo
			}
			whole := true
			for _, v := range append(slices.Clone(a.pos), slices.Collect(maps.Values(a.kw))...) {
				_, fraction := v.(float64)
				whole = whole && !fraction
			}
			if o.DType == 0 && !whole {
				o.DType = tensor.Float32
			}
			return ts{o.Arange(lo, hi, step)}
		},
		"tril_indices": indices(tensor.TrilIndices), "triu_indices": indices(tensor.TriuIndices),
		"fill": func(a *args) ts {
			if _, ok := a.get(1, "value").(*operand); ok {
				a.no("a tensor for a number")
			}
			x := a.in().Clone()
			return ts{tensor.FullLike(x, a.f(1, "value", 0))}
		},
	}
}

func opinfoProducts() map[string]row {
	two := func(f func(x, y *tt) *tt) row {
		return func(a *args) ts { return ts{f(a.in(), a.t(1, "other"))} }
	}
	// added is beta·c + alpha·(x·y).
	added := func(f func(x, y *tt) *tt) row {
		return func(a *args) ts {
			c, x, y := a.in(), a.t(1), a.t(2)
			dt := c.DType()
			for _, k := range []string{"beta", "alpha"} {
				if v, ok := a.get(-1, k).(float64); !dt.IsFloat() && (ok && v != math.Trunc(v) || dt == tensor.Bool) {
					a.no("fractions of integers")
				}
			}
			if dt.IsHalf() { // rg composes it, and would round several times
				c, x, y = c.To(tensor.Float32), x.To(tensor.Float32), y.To(tensor.Float32)
			}
			p := f(x, y)
			beta, alpha := a.f(-1, "beta", 1), a.f(-1, "alpha", 1)
			if alpha != 1 {
				p = p.MulScalar(alpha)
			}
			if beta == 0 { // c doesn't count, even where it is NaN
				c = tensor.ZerosLike(c)
			} else if beta != 1 {
				c = c.MulScalar(beta)
			}
			return ts{p.Add(c).To(dt)}
		}
	}
	cross := func(a *args) ts {
		x, y := a.in(), a.t(1, "other")
		axis := -1
		if axes := a.ints(2, "dim"); axes != nil {
			axis = axes[0]
		} else if a.kw["linalg"] == nil {
			axis = slices.Index(x.Shape(), 3)
		}
		return ts{x.Cross(y, axis)}
	}
	return map[string]row{
		"linalg.matrix_exp": of1((*tt).MatrixExp), "matrix_exp": of1((*tt).MatrixExp),
		"nn.functional.bilinear": func(a *args) ts { return ts{tensor.Bilinear(a.in(), a.t(1), a.t(2), a.t(3, "bias"))} },
		"matmul":                 two((*tt).MatMul), "mm": two((*tt).MatMul), "bmm": two((*tt).MatMul), "mv": two((*tt).MatMul),
		"dot": two((*tt).Dot), "vdot": two((*tt).Dot), "outer": two((*tt).Outer), "kron": two((*tt).Kron),
		"__rmatmul__": two(func(x, y *tt) *tt { return y.MatMul(x) }),
		"inner": two(func(x, y *tt) *tt {
			if x.Rank() == 0 || y.Rank() == 0 {
				return x.Mul(y)
			}
			return x.MatMul(y.Reshape(-1, y.Dim(-1)).T()).Reshape(append(x.Shape()[:x.Rank()-1], y.Shape()[:y.Rank()-1]...)...)
		}),
		"addmm": added((*tt).MatMul), "addmv": added((*tt).MatMul), "baddbmm": added((*tt).MatMul), "addr": added((*tt).Outer),
		"addbmm": added(func(x, y *tt) *tt { return x.MatMul(y).Sum(0) }),
		"cross":  cross,
		"linalg.cross": func(a *args) ts {
			return ts{a.in().Cross(a.t(1), a.i(2, "dim", -1))}
		},
		"tensordot": func(a *args) ts {
			x, y := a.in(), a.t(1)
			switch d := a.get(2, "dims").(type) {
			case int:
				return ts{x.TensorDot(y, d)}
			}
			a.no("axes by name")
			return nil
		},
		"einsum": func(a *args) ts {
			operands := a.list(0, "operands")
			return ts{tensor.Einsum(a.s(1, "equation", ""), operands...)}
		},
		"cdist": func(a *args) ts {
			a.ignore("compute_mode")
			a.get(3, "compute_mode")
			return ts{a.in().CDist(a.t(1), a.f(2, "p", 2))}
		},
		"linalg.multi_dot": func(a *args) ts {
			return ts{tensor.MultiDot(a.list(0, "tensors")...)}
		},
		"linalg.vecdot": func(a *args) ts { return ts{a.in().Mul(a.t(1)).Sum(a.i(2, "dim", -1))} },
		"nn.functional.linear": func(a *args) ts {
			x, w := a.in(), a.t(1, "weight")
			if w.Rank() == 1 {
				a.no("a vector as weight")
			}
			return ts{x.Linear(w, a.t(2, "bias"))}
		},
		"nn.functional.scaled_dot_product_attention": func(a *args) ts {
			if a.f(-1, "dropout_p", 0) != 0 {
				a.no("random numbers")
			}
			a.b(-1, "enable_gqa", false)
			o := tensor.AttentionOptions{Causal: a.b(-1, "is_causal", false), Mask: a.t(-1, "attn_mask"), Scale: a.f(-1, "scale", 0)}
			return ts{tensor.Attention(a.in(), a.t(1), a.t(2), o)}
		},
		"nn.functional.cosine_similarity": func(a *args) ts {
			return ts{a.in().CosineSimilarity(a.t(1), a.i(2, "dim", 1), a.f(3, "eps", 1e-8))}
		},
		"nn.functional.normalize": func(a *args) ts {
			return ts{a.in().Normalize(a.f(1, "p", 2), a.i(2, "dim", 1), a.f(3, "eps", 1e-12))}
		},
		"nn.functional.pairwise_distance": func(a *args) ts {
			x, y, p, eps, keep := a.in(), a.t(1), a.f(2, "p", 2), a.f(3, "eps", 1e-6), a.b(4, "keepdim", false)
			if p != 2 || eps != 1e-6 {
				a.no("p and eps")
			}
			if x.DType() == tensor.Uint8 {
				a.no("uint8, in which differences wrap")
			}
			out := x.PairwiseDistance(y)
			if keep {
				out = out.Unsqueeze(-1)
			}
			return ts{out}
		},
	}
}

// gauge is what doesn't depend on the signs of vectors: their sizes.
func opinfoLinalg() map[string]row {
	svd := func(a *args) ts {
		full := a.b(1, "full_matrices", true)
		if a.kw["some"] != nil {
			full = !a.b(-1, "some", true)
		}
		x := a.in()
		if full && x.Dim(-1) != x.Dim(-2) {
			a.no("full matrices")
		}
		u, s, vt := x.SVD()
		return ts{u.Abs(), s, vt.Abs()} // as the signs are arbitrary
	}
	return map[string]row{
		"linalg.inv": of1((*tt).Inverse),
		"linalg.solve": func(a *args) ts {
			if !a.b(-1, "left", true) {
				a.no("left=False")
			}
			return ts{a.in().Solve(a.t(1))}
		},
		"linalg.solve_triangular": func(a *args) ts {
			if !a.b(-1, "left", true) {
				a.no("left=False")
			}
			o := tensor.TriangularOptions{Upper: a.b(-1, "upper", false), UnitDiagonal: a.b(-1, "unitriangular", false)}
			return ts{a.in().SolveTriangular(a.t(1), o)}
		},
		"triangular_solve": func(a *args) ts {
			b, m := a.in(), a.t(1)
			upper, unit := a.b(2, "upper", true), a.b(4, "unitriangular", false)
			if a.b(3, "transpose", false) {
				m, upper = m.Transpose(-2, -1), !upper
			}
			return ts{m.SolveTriangular(b, tensor.TriangularOptions{Upper: upper, UnitDiagonal: unit}), a.t(1)}
		},
		"linalg.det": of1((*tt).Det),
		"linalg.lu": func(a *args) ts {
			if !a.b(-1, "pivot", true) {
				a.no("pivot=False")
			}
			p, l, u := a.in().LU()
			return ts{p, l, u}
		},
		"cholesky_solve": func(a *args) ts {
			if a.b(2, "upper", false) {
				a.no("upper=True")
			}
			a.get(1, "").(*operand).hasGrad = false // torch's isn't 0 above the diagonal, where nothing is read
			return ts{a.t(1).CholeskySolve(a.in())}
		},
		"logdet": func(a *args) ts { a.no("logdet"); return nil },
		"linalg.slogdet": func(a *args) ts {
			s, l := a.in().SlogDet()
			return ts{s, l}
		},
		"linalg.cholesky": func(a *args) ts {
			x := a.in()
			if a.b(-1, "upper", false) {
				return ts{x.Transpose(-2, -1).Cholesky().Transpose(-2, -1)}
			}
			return ts{x.Cholesky()}
		},
		"linalg.qr": func(a *args) ts {
			if m := a.s(1, "mode", "reduced"); m != "reduced" && !(m == "complete" && a.in().Dim(-2) <= a.in().Dim(-1)) {
				a.no("mode " + m)
			}
			q, r := a.in().QR()
			return ts{q, r}
		},
		"linalg.svd": svd,
		"svd": func(a *args) ts { // which gives V itself
			out := svd(a)
			out[2] = out[2].Transpose(-2, -1)
			return out
		},
		"linalg.svdvals": of1(func(x *tt) *tt {
			_, s, _ := x.SVD()
			return s
		}),
		"linalg.eigh": func(a *args) ts {
			x := a.in()
			if a.s(1, "UPLO", "L") == "U" {
				x = x.Transpose(-2, -1)
			}
			l, v := x.EigH()
			return ts{l, v.Abs()}
		},
		"linalg.eigvalsh": func(a *args) ts {
			x := a.in()
			if a.s(1, "UPLO", "L") == "U" {
				x = x.Transpose(-2, -1)
			}
			l, _ := x.EigH()
			return ts{l}
		},
		"linalg.pinv": func(a *args) ts {
			if len(a.pos) > 1 || a.has("rtol") || a.has("atol") || a.has("rcond") || a.b(-1, "hermitian", false) {
				a.no("tolerances")
			}
			return ts{a.in().PInv()}
		},
		"pinverse":            of1((*tt).PInv),
		"linalg.matrix_power": func(a *args) ts { return ts{a.in().MatrixPower(a.i(1, "n", 0))} },
		"linalg.matrix_rank": func(a *args) ts {
			if len(a.pos) > 1 || a.has("rtol") || a.has("atol") || a.has("tol") || a.b(-1, "hermitian", false) {
				a.no("tolerances")
			}
			return ts{a.in().MatrixRank()}
		},
		"linalg.lstsq": func(a *args) ts {
			a.no("solution, residuals, rank and singular values together")
			return nil
		},
	}
}

func opinfoFFT() map[string]row {
	norm := func(a *args) tensor.FFTNorm {
		switch a.s(3, "norm", "backward") {
		case "ortho":
			return tensor.FFTOrtho
		case "forward":
			return tensor.FFTForward
		}
		return tensor.FFTBackward
	}
	// complexIn is the input with an imaginary part.
	complexIn := func(a *args) *tt {
		l := a.get(0, "input").(*operand)
		if l.complex {
			return l.x
		}
		x := l.x
		if !x.DType().IsFloat() {
			x = x.To(tensor.Float32)
		}
		return tensor.Complex(x, tensor.ZerosLike(x))
	}
	realIn := func(a *args) *tt { return a.get(0, "input").(*operand).x }
	axisOf := func(axis, rank int) int {
		if axis < 0 {
			return axis
		}
		return axis - rank
	}
	along := func(in func(a *args) *tt, trailing int, f func(x *tt, o tensor.FFTOptions) *tt) row {
		return func(a *args) ts {
			x := in(a)
			o := tensor.FFTOptions{N: a.i(1, "n", 0), Axis: axisOf(a.i(2, "dim", -1), x.Rank()-trailing), Norm: norm(a)}
			return ts{f(x, o)}
		}
	}
	// over transforms along several axes, the last of which may be real.
	over := func(f func(x *tt, o tensor.FFTOptions) *tt, two bool) row {
		return func(a *args) ts {
			x := complexIn(a)
			rank := x.Rank() - 1
			sizes, axes := a.ints(1, "s"), a.ints(2, "dim")
			if axes == nil {
				switch {
				case two:
					axes = []int{-2, -1}
				case sizes != nil:
					for i := range sizes {
						axes = append(axes, i-len(sizes))
					}
				default:
					for i := range rank {
						axes = append(axes, i-rank)
					}
				}
			}
			n := norm(a)
			for i, axis := range axes {
				o := tensor.FFTOptions{Axis: axisOf(axis, rank), Norm: n}
				if sizes != nil && sizes[i] > 0 {
					o.N = sizes[i]
				}
				x = f(x, o)
			}
			return ts{x}
		}
	}
	shift := func(f func(x *tt, axis int) *tt) row {
		return func(a *args) ts {
			l := a.get(0, "input").(*operand)
			x := l.x
			rank := x.Rank()
			if l.complex {
				rank--
			}
			axes := a.ints(1, "dim")
			if axes == nil {
				for i := range rank {
					axes = append(axes, i)
				}
			}
			for _, axis := range axes {
				x = f(x, (axis+rank)%rank)
			}
			return ts{x}
		}
	}
	part := func(f func(*tt) *tt) row {
		return func(a *args) ts {
			l := a.get(0, "input").(*operand)
			if !l.complex {
				a.no("real numbers")
			}
			return ts{f(l.x)}
		}
	}
	return map[string]row{
		"view_as_real": part((*tt).Clone),
		"fft.fft":      along(complexIn, 1, (*tt).FFT), "fft.ifft": along(complexIn, 1, (*tt).IFFT),
		"fft.rfft": along(realIn, 0, (*tt).RFFT), "fft.irfft": along(complexIn, 1, (*tt).IRFFT),
		"fft.fft2": over((*tt).FFT, true), "fft.ifft2": over((*tt).IFFT, true),
		"fft.fftn": over((*tt).FFT, false), "fft.ifftn": over((*tt).IFFT, false),
		"fft.fftshift": shift((*tt).FFTShift), "fft.ifftshift": shift((*tt).IFFTShift),
		"complex": func(a *args) ts { return ts{tensor.Complex(a.in(), a.t(1))} },
		"real":    part((*tt).Real), "imag": part((*tt).Imag), "conj": part((*tt).Conj),
	}
}

func opinfoNorms() map[string]row {
	batch := func(a *args) ts {
		x := a.in()
		if x.Rank() == 1 {
			a.no("inputs of rank 1")
		}
		o := tensor.BatchNormOptions{
			RunningMean: a.t(1, "running_mean"), RunningVar: a.t(2, "running_var"), Weight: a.t(3, "weight"), Bias: a.t(4, "bias"),
			Training: a.b(5, "training", false), Momentum: a.f(6, "momentum", 0.1), Eps: a.f(7, "eps", 1e-5),
		}
		if m, ok := a.get(6, "momentum").(float64); ok && m == 0 {
			a.no("a momentum of 0")
		}
		out := x.BatchNorm(o)
		if o.Training && o.RunningMean != nil {
			a.changed = ts{o.RunningMean, o.RunningVar}
		}
		return ts{out}
	}
	return map[string]row{
		"nn.functional.layer_norm": func(a *args) ts {
			x, shape, w, b, eps := a.in(), a.ints(1, "normalized_shape"), a.t(2, "weight"), a.t(3, "bias"), a.f(4, "eps", 1e-5)
			if n := len(shape); n > 1 { // the last axes as one
				flat := func(p *tt) *tt {
					if p == nil {
						return nil
					}
					return p.Reshape(-1)
				}
				return ts{x.Flatten(x.Rank()-n, -1).LayerNorm(flat(w), flat(b), eps).Reshape(x.Shape()...)}
			}
			return ts{x.LayerNorm(w, b, eps)}
		},
		"nn.functional.rms_norm": func(a *args) ts {
			x, shape, w := a.in(), a.ints(1, "normalized_shape"), a.t(2, "weight")
			eps := a.f(3, "eps", map[tensor.DType]float64{tensor.Float64: 0x1p-52, tensor.Float32: 0x1p-23, tensor.Float16: 0x1p-10, tensor.BFloat16: 0x1p-7}[x.DType()])
			if n := len(shape); n > 1 {
				if w != nil {
					w = w.Reshape(-1)
				}
				return ts{x.Flatten(x.Rank()-n, -1).RMSNorm(w, eps).Reshape(x.Shape()...)}
			}
			return ts{x.RMSNorm(w, eps)}
		},
		"nn.functional.batch_norm": batch,
		"nn.functional.group_norm": func(a *args) ts {
			return ts{a.in().GroupNorm(a.i(1, "num_groups", 1), a.t(2, "weight"), a.t(3, "bias"), a.f(4, "eps", 1e-5))}
		},
		"nn.functional.instance_norm": func(a *args) ts {
			if a.t(1, "running_mean") != nil || a.t(2, "running_var") != nil {
				a.no("running values")
			}
			a.ignore("momentum", "use_input_stats")
			return ts{a.in().InstanceNorm(a.t(3, "weight"), a.t(4, "bias"), a.f(7, "eps", 1e-5))}
		},
		"nn.functional.local_response_norm": func(a *args) ts {
			if !a.in().DType().IsFloat() {
				a.no("integers")
			}
			return ts{a.in().LocalResponseNorm(a.i(1, "size", 1), a.f(2, "alpha", 1e-4), a.f(3, "beta", 0.75), a.f(4, "k", 1))}
		},
	}
}

// twoOf makes a pair of one or two numbers.
func twoOf(v []int) (out [2]int) {
	switch len(v) {
	case 1:
		return [2]int{v[0], v[0]}
	case 2:
		return [2]int{v[0], v[1]}
	}
	return out
}

func first(v []int, otherwise int) int {
	if len(v) > 0 {
		return v[0]
	}
	return otherwise
}

// batchless adds the batch that torch lets go missing, and takes it away again.
func batchless(x *tt, rank int, f func(x *tt) *tt) *tt {
	if x.Rank() == rank-1 {
		return f(x.Unsqueeze(0)).Select(0, 0)
	}
	return f(x)
}

func opinfoConv() map[string]row {
	// padding gives the padding, or for "same" pads x.
	padding := func(a *args, x, w *tt, dilation []int) (*tt, []int) {
		switch v := a.get(4, "padding").(type) {
		case string:
			if v == "valid" {
				return x, nil
			}
			var sizes []int
			for axis := w.Rank() - 1; axis >= 2; axis-- {
				d := 1
				if len(dilation) > 0 {
					d = dilation[min(axis-2, len(dilation)-1)]
				}
				total := d * (w.Dim(axis) - 1)
				sizes = append(sizes, total/2, total-total/2)
			}
			return x.Pad(0, sizes...), nil
		}
		return x, a.ints(4, "padding")
	}
	conv := func(rank int) row {
		return func(a *args) ts {
			x, w, b := a.in(), a.t(1, "weight"), a.t(2, "bias")
			stride, dilation, groups := a.ints(3, "stride"), a.ints(5, "dilation"), a.i(6, "groups", 1)
			x, pad := padding(a, x, w, dilation)
			return ts{batchless(x, rank, func(x *tt) *tt {
				if rank == 3 {
					return x.Conv1D(w, b, tensor.ConvOptions{Stride: first(stride, 1), Padding: first(pad, 0), Dilation: first(dilation, 1), Groups: groups})
				}
				return x.Conv2D(w, b, tensor.ConvOptions{Strides: twoOf(stride), Paddings: twoOf(pad), Dilations: twoOf(dilation), Groups: groups})
			})}
		}
	}
	transposed := func(rank int) row {
		return func(a *args) ts {
			x, w, b := a.in(), a.t(1, "weight"), a.t(2, "bias")
			stride, pad, extra, groups, dilation := a.ints(3, "stride"), a.ints(4, "padding"), a.ints(5, "output_padding"), a.i(6, "groups", 1), a.ints(7, "dilation")
			return ts{batchless(x, rank, func(x *tt) *tt {
				if rank == 3 {
					return x.ConvTranspose1D(w, b, tensor.ConvOptions{
						Stride: first(stride, 1), Padding: first(pad, 0),
						Dilation: first(dilation, 1), OutputPadding: first(extra, 0), Groups: groups,
					})
				}
				return x.ConvTranspose2D(w, b, tensor.ConvOptions{
					Strides: twoOf(stride), Paddings: twoOf(pad),
					Dilations: twoOf(dilation), OutputPaddings: twoOf(extra), Groups: groups,
				})
			})}
		}
	}
	return map[string]row{
		"nn.functional.conv1d": conv(3), "nn.functional.conv2d": conv(4),
		"nn.functional.conv_transpose1d": transposed(3), "nn.functional.conv_transpose2d": transposed(4),
	}
}

func opinfoPools() map[string]row {
	options := func(rank int, kernel, stride, pad, dilation []int) tensor.PoolOptions {
		if rank == 3 {
			return tensor.PoolOptions{Kernel: first(kernel, 1), Stride: first(stride, 0), Padding: first(pad, 0), Dilation: first(dilation, 1)}
		}
		return tensor.PoolOptions{Kernels: twoOf(kernel), Strides: twoOf(stride), Paddings: twoOf(pad), Dilations: twoOf(dilation)}
	}
	maxes := func(rank int, f func(x *tt, o tensor.PoolOptions) *tt) row {
		return func(a *args) ts {
			o := options(rank, a.ints(1, "kernel_size"), a.ints(2, "stride"), a.ints(3, "padding"), a.ints(4, "dilation"))
			o.CeilMode = a.b(5, "ceil_mode", false)
			if a.b(6, "return_indices", false) {
				a.no("indices of maxima")
			}
			return ts{batchless(a.in(), rank, func(x *tt) *tt { return f(x, o) })}
		}
	}
	means := func(rank int, f func(x *tt, o tensor.PoolOptions) *tt) row {
		return func(a *args) ts {
			o := options(rank, a.ints(1, "kernel_size"), a.ints(2, "stride"), a.ints(3, "padding"), nil)
			o.CeilMode, o.ExcludePad = a.b(4, "ceil_mode", false), !a.b(5, "count_include_pad", true)
			if a.get(6, "divisor_override") != nil {
				a.no("divisor_override")
			}
			if !a.in().DType().IsFloat() {
				a.no("whole numbers as means of integers")
			}
			return ts{batchless(a.in(), rank, func(x *tt) *tt { return f(x, o) })}
		}
	}
	one := func(f func(x *tt, l int) *tt) row {
		return func(a *args) ts {
			if a.b(2, "return_indices", false) {
				a.no("indices of maxima")
			}
			n := a.i(1, "output_size", 1)
			return ts{batchless(a.in(), 3, func(x *tt) *tt { return f(x, n) })}
		}
	}
	two := func(f func(x *tt, h, w int) *tt) row {
		return func(a *args) ts {
			if a.b(2, "return_indices", false) {
				a.no("indices of maxima")
			}
			x := a.in()
			size := [2]int{x.Dim(-2), x.Dim(-1)}
			switch v := a.get(1, "output_size").(type) {
			case int:
				size = [2]int{v, v}
			case []any:
				for i := range size {
					if n, ok := v[i].(int); ok {
						size[i] = n
					}
				}
			}
			return ts{batchless(x, 4, func(x *tt) *tt { return f(x, size[0], size[1]) })}
		}
	}
	return map[string]row{
		"nn.functional.max_pool1d": maxes(3, (*tt).MaxPool1D), "nn.functional.max_pool2d": maxes(4, (*tt).MaxPool2D),
		"nn.functional.avg_pool1d": means(3, (*tt).AvgPool1D), "nn.functional.avg_pool2d": means(4, (*tt).AvgPool2D),
		"nn.functional.adaptive_avg_pool1d": one((*tt).AdaptiveAvgPool1D), "nn.functional.adaptive_max_pool1d": one((*tt).AdaptiveMaxPool1D),
		"nn.functional.adaptive_avg_pool2d": two((*tt).AdaptiveAvgPool2D), "nn.functional.adaptive_max_pool2d": two((*tt).AdaptiveMaxPool2D),
	}
}

func opinfoInterpolate() map[string]row {
	to := func(mode tensor.InterpolateMode, corners bool) row {
		return func(a *args) ts {
			x := a.in()
			a.ignore("mode")
			a.get(3, "mode")
			o := tensor.InterpolateOptions{Mode: mode, AlignCorners: a.b(4, "align_corners", corners)}
			o.Size = a.ints(1, "size")
			if len(o.Size) == 1 {
				o.Size = slices.Repeat(o.Size, x.Rank()-2)
			}
			switch v := a.get(2, "scale_factor").(type) {
			case []any:
				o.Scale, _ = v[0].(float64)
				for _, w := range v {
					if w != v[0] {
						a.no("a scale for each axis")
					}
				}
			default:
				o.Scale = a.f(2, "scale_factor", 0)
			}
			if a.b(5, "recompute_scale_factor", false) && o.Scale != 0 {
				for _, n := range x.Shape()[2:] {
					o.Size = append(o.Size, int(math.Floor(float64(n)*o.Scale)))
				}
				o.Scale = 0
			}
			if !x.DType().IsFloat() && mode != tensor.Nearest && mode != tensor.NearestExact {
				a.no("integers between integers")
			}
			if a.b(-1, "antialias", false) {
				a.no("antialias")
			}
			return ts{x.Interpolate(o)}
		}
	}
	out := map[string]row{}
	for name, mode := range map[string]tensor.InterpolateMode{
		"nearest": tensor.Nearest, "nearest-exact": tensor.NearestExact, "linear": tensor.Linear, "bilinear": tensor.Linear,
		"trilinear": tensor.Linear, "bicubic": tensor.Cubic, "area": tensor.Area,
	} {
		out["nn.functional.interpolate."+name] = to(mode, false)
	}
	out["nn.functional.upsample_nearest"] = to(tensor.Nearest, false)
	out["nn.functional.upsample_bilinear"] = to(tensor.Linear, true)
	return out
}

func opinfoLosses() map[string]row {
	how := func(a *args) tensor.Reduction {
		a.ignore("size_average", "reduce")
		return map[string]tensor.Reduction{
			"mean": tensor.ReduceMean, "sum": tensor.ReduceSum, "none": tensor.ReduceNone, "batchmean": tensor.ReduceBatchMean,
		}[a.s(-1, "reduction", "mean")]
	}
	reduced := func(x *tt, r tensor.Reduction) *tt {
		switch r {
		case tensor.ReduceMean:
			return x.Mean()
		case tensor.ReduceSum:
			return x.Sum()
		}
		return x
	}
	// classesLast moves the classes from axis 1, where torch has them.
	classesLast := func(x *tt) *tt {
		if x.Rank() > 2 {
			return x.MoveAxis(1, -1)
		}
		return x
	}
	nll := func(f func(x, target *tt, o tensor.LossOptions) *tt) row {
		return func(a *args) ts {
			x, target := classesLast(a.in()), a.t(1, "target")
			if target.DType().IsFloat() {
				target = classesLast(target)
			}
			o := tensor.LossOptions{IgnoreIndex: a.i(-1, "ignore_index", 0), LabelSmoothing: a.f(-1, "label_smoothing", 0), Weight: a.t(2, "weight"), Reduction: how(a)}
			if v, ok := a.kw["ignore_index"].(int); ok && v == 0 {
				a.no("ignore_index=0")
			}
			return ts{f(x, target, o)}
		}
	}
	with := func(f func(x, target *tt, r ...tensor.Reduction) *tt) row {
		return func(a *args) ts { return ts{f(a.in(), a.t(1, "target"), how(a))} }
	}
	nn := map[string]row{
		"cross_entropy": nll((*tt).CrossEntropyWith), "nll_loss": nll((*tt).NLL),
		"mse_loss": func(a *args) ts {
			r := how(a)
			if a.t(-1, "weight") != nil {
				a.no("weights")
			}
			if r == tensor.ReduceMean {
				return ts{a.in().MSE(a.t(1))}
			}
			return ts{reduced(a.in().Sub(a.t(1)).Square(), r)}
		},
		"l1_loss": func(a *args) ts {
			r := how(a)
			if r == tensor.ReduceMean {
				return ts{a.in().L1(a.t(1))}
			}
			return ts{reduced(a.in().Sub(a.t(1)).Abs(), r)}
		},
		"smooth_l1_loss": func(a *args) ts { return ts{a.in().SmoothL1(a.t(1), a.f(-1, "beta", 1), how(a))} },
		"huber_loss": func(a *args) ts {
			if a.t(-1, "weight") != nil {
				a.no("weights")
			}
			return ts{a.in().Huber(a.t(1), a.f(-1, "delta", 1), how(a))}
		},
		"binary_cross_entropy": func(a *args) ts {
			if w := a.t(-1, "weight"); w != nil {
				return ts{reduced(a.in().BCE(a.t(1), tensor.ReduceNone).Mul(w), how(a))}
			}
			return ts{a.in().BCE(a.t(1), how(a))}
		},
		"binary_cross_entropy_with_logits": func(a *args) ts {
			return ts{a.in().BCEWithLogitsWith(a.t(1), tensor.BCEOptions{Weight: a.t(-1, "weight"), PosWeight: a.t(-1, "pos_weight"), Reduction: how(a)})}
		},
		"kl_div": func(a *args) ts {
			return ts{a.in().KLDiv(a.t(1), tensor.KLDivOptions{LogTarget: a.b(-1, "log_target", false), Reduction: how(a)})}
		},
		"poisson_nll_loss": func(a *args) ts {
			if !a.b(-1, "log_input", true) || a.b(-1, "full", false) {
				a.no("log_input=False and full=True")
			}
			a.f(-1, "eps", 0)
			return ts{a.in().PoissonNLL(a.t(1), how(a))}
		},
		"gaussian_nll_loss": func(a *args) ts {
			if a.b(-1, "full", false) {
				a.no("full=True")
			}
			return ts{a.in().GaussianNLL(a.t(1), a.t(2), a.f(-1, "eps", 1e-6), how(a))}
		},
		"soft_margin_loss":     with((*tt).SoftMargin),
		"hinge_embedding_loss": func(a *args) ts { return ts{a.in().HingeEmbedding(a.t(1), a.f(-1, "margin", 1), how(a))} },
		"margin_ranking_loss": func(a *args) ts {
			if a.in().DType() == tensor.Uint8 {
				a.no("uint8, in which differences wrap")
			}
			return ts{a.in().MarginRanking(a.t(1), a.t(2), a.f(-1, "margin", 0), how(a))}
		},
		"triplet_margin_loss": func(a *args) ts {
			if p, swap, eps := a.f(-1, "p", 2), a.b(-1, "swap", false), a.f(-1, "eps", 1e-6); p != 2 || swap || eps != 1e-6 {
				a.no("p, swap and eps")
			}
			if a.in().DType() == tensor.Uint8 {
				a.no("uint8, in which differences wrap")
			}
			return ts{a.in().TripletMargin(a.t(1), a.t(2), a.f(-1, "margin", 1), how(a))}
		},
		"multilabel_margin_loss": func(a *args) ts {
			if a.in().Rank() < 2 {
				a.no("inputs without a batch")
			}
			return with((*tt).MultiLabelMargin)(a)
		},
		"cosine_embedding_loss": func(a *args) ts { return ts{a.in().CosineEmbedding(a.t(1), a.t(2), a.f(-1, "margin", 0), how(a))} },
	}
	out := map[string]row{}
	for k, v := range nn {
		out["nn.functional."+k] = v
	}
	return out
}
