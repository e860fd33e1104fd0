package tensor_test

import (
	"math"
	"slices"

	"github.com/rustygradients/rg/tensor"
)

// onnxLacks lists the operations and results of ONNX's that rg doesn't have, and why.
var onnxLacks = map[string]string{
	"Adagrad": "package optim's", "Adam": "package optim's", "Momentum": "package optim's",
	"Bernoulli": "random numbers", "RandomUniformLike": "random numbers", "random numbers": "Dropout in training",
	"BitShift":       "of unsigned types that rg lacks",
	"BlackmanWindow": "rg's are periodic and of another constant", "HammingWindow": "rg's are periodic and of another constant",
	"HannWindow": "rg's are periodic", "MelWeightMatrix": "no such operation", "STFT": "another layout of frames",
	"ConvInteger": "quantized", "MatMulInteger": "quantized", "QLinearConv": "quantized", "QLinearMatMul": "quantized",
	"QuantizeLinear": "quantized", "DequantizeLinear": "quantized", "DynamicQuantizeLinear": "quantized",
	"GRU": "recurrent modules are not tensor operations", "LSTM": "recurrent modules are not tensor operations",
	"RNN":        "recurrent modules are not tensor operations",
	"GridSample": "options of which rg has a part", "RoiAlign": "no such operation", "NonMaxSuppression": "no such operation",
	"MaxUnpool": "no such operation", "ReverseSequence": "no such operation",
	"If": "control flow is Go's", "Loop": "control flow is Go's", "Scan": "control flow is Go's",
	"OptionalGetElement": "no tensor", "OptionalHasElement": "no tensor", "SequenceInsert": "no tensor",
	"SequenceLength": "no tensor", "SequenceMap": "no tensor", "StringNormalizer": "strings", "TfIdfVectorizer": "strings",
	"AveragePool in three dimensions":     "MaxPool3D and its like have tests of their own",
	"MaxPool in three dimensions":         "MaxPool3D and its like have tests of their own",
	"ConvTranspose in three dimensions":   "ConvTranspose3D has tests of its own",
	"Resize with align_corners and floor": "PyTorch has no such mode", "Resize with another cubic": "PyTorch has no such mode",
	"Resize with asymmetric": "PyTorch has no such mode", "Resize with asymmetric and round_prefer_ceil": "PyTorch has no such mode",
	"Resize with half_pixel and ceil":                                          "PyTorch has no such mode",
	"Resize with half_pixel and round_prefer_floor":                            "NearestExact rounds halves up, this mode down",
	"Resize with tf_crop_and_resize":                                           "PyTorch has no such mode",
	"Resize with tf_half_pixel_for_nn and round_prefer_floor":                  "PyTorch has no such mode",
	"Resize to one element with pytorch_half_pixel":                            "PyTorch itself has changed it",
	"Resize with align_corners between the corners of a size that isn't whole": "PyTorch rounds the size first",
	"casts to types that rg lacks":                                             "strings",
	"data type 4":                                                              "uint16", "data type 5": "int16", "data type 8": "strings", "data type 12": "uint32", "data type 13": "uint64",
	"ignore_index=0": "0 means the default there", "indices of maxima": "MaxPool doesn't give them",
	"unique along an axis": "UniqueAxis has tests of its own",
}

// onnxSkips lists single tests that can't be run, and why.
var onnxSkips = map[string]string{
	"blackmanwindow_expanded": roughWindow, "blackmanwindow_symmetric_expanded": roughWindow, "hammingwindow_expanded": roughWindow,
	"hammingwindow_symmetric_expanded": roughWindow, "hannwindow_expanded": roughWindow, "hannwindow_symmetric_expanded": roughWindow,
	"identity_opt": "its value is an optional, not a tensor", "identity_sequence": "its value is a sequence, not a tensor",
}

const roughWindow = "its values are off in the fourth digit, for which ONNX's own runner allows"

type onnxOp func(c *onnxCall) ts

// onnxOps is the table from ONNX's operations to rg's.
var onnxOps = func() map[string]onnxOp {
	out := map[string]onnxOp{}
	for _, family := range []map[string]onnxOp{
		onnxElementwise(), onnxReductions(), onnxProducts(), onnxNetworks(), onnxShapes(), onnxIndices(), onnxMakers(), onnxLosses(),
	} {
		addRows(out, family)
	}
	return out
}()

func addRows(out, more map[string]onnxOp) {
	for k, v := range more {
		if out[k] != nil {
			panic("two rows for " + k)
		}
		out[k] = v
	}
}

func onnxElementwise() map[string]onnxOp {
	out := map[string]onnxOp{}
	for name, f := range map[string]func(*tt) *tt{
		"Abs": (*tt).Abs, "Acos": (*tt).Acos, "Acosh": (*tt).Acosh, "Asin": (*tt).Asin, "Asinh": (*tt).Asinh, "Atan": (*tt).Atan,
		"Atanh": (*tt).Atanh, "Ceil": (*tt).Ceil, "Cos": (*tt).Cos, "Cosh": (*tt).Cosh, "Erf": (*tt).Erf, "Exp": (*tt).Exp,
		"Floor": (*tt).Floor, "HardSwish": (*tt).Hardswish, "IsNaN": (*tt).IsNaN, "Log": (*tt).Log, "Neg": (*tt).Neg, "Not": (*tt).LogicalNot,
		"Reciprocal": (*tt).Reciprocal, "Relu": (*tt).ReLU, "Round": (*tt).Round, "Sigmoid": (*tt).Sigmoid, "Sign": (*tt).Sign,
		"Sin": (*tt).Sin, "Sinh": (*tt).Sinh, "Softplus": (*tt).Softplus, "Softsign": (*tt).Softsign, "Sqrt": (*tt).Sqrt,
		"Tan": (*tt).Tan, "Tanh": (*tt).Tanh, "Identity": (*tt).Clone, "Mish": (*tt).Mish,
	} {
		out[name] = func(c *onnxCall) ts { return ts{f(c.t(0))} }
	}
	for name, f := range map[string]func(x, y *tt) *tt{
		"Add": (*tt).Add, "Sub": (*tt).Sub, "Mul": (*tt).Mul, "And": (*tt).LogicalAnd, "Or": (*tt).LogicalOr, "Xor": (*tt).LogicalXor,
		"Equal": (*tt).Equal, "Greater": (*tt).Greater, "GreaterOrEqual": (*tt).GreaterEqual, "Less": (*tt).Less,
		"LessOrEqual": (*tt).LessEqual, "Max": (*tt).Maximum, "Min": (*tt).Minimum, "Sum": (*tt).Add,
	} {
		out[name] = func(c *onnxCall) ts {
			x := c.t(0)
			for i := 1; i < len(c.x); i++ {
				x = f(x, c.t(i))
			}
			return ts{x}
		}
	}
	addRows(out, map[string]onnxOp{
		"Mean": func(c *onnxCall) ts {
			x := c.t(0)
			for i := 1; i < len(c.x); i++ {
				x = x.Add(c.t(i))
			}
			return ts{x.DivScalar(float64(len(c.x)))}
		},
		"Div": func(c *onnxCall) ts {
			if c.t(0).DType().IsInt() { // ONNX rounds towards zero; the tests' numbers aren't negative
				return ts{c.t(0).FloorDivide(c.t(1))}
			}
			return ts{c.t(0).Div(c.t(1))}
		},
		"Mod": func(c *onnxCall) ts {
			if c.i("fmod", 0) == 1 {
				return ts{c.t(0).FMod(c.t(1))}
			}
			return ts{c.t(0).Mod(c.t(1))}
		},
		"Pow": func(c *onnxCall) ts { return ts{c.t(0).Pow(c.t(1)).To(c.t(0).DType())} },
		"Cast": func(c *onnxCall) ts {
			dt, ok := onnxTypes[c.i("to", 0)]
			if !ok {
				c.no("casts to types that rg lacks")
			}
			return ts{c.t(0).To(dt)}
		},
		"CastLike": func(c *onnxCall) ts { return ts{c.t(0).To(c.t(1).DType())} },
		"Celu":     func(c *onnxCall) ts { return ts{c.t(0).CELU(c.f("alpha", 1))} },
		"Elu":      func(c *onnxCall) ts { return ts{c.t(0).ELU(c.f("alpha", 1))} },
		"Selu": func(c *onnxCall) ts {
			alpha, gamma := c.f("alpha", 1.67326319217681884765625), c.f("gamma", 1.05070102214813232421875)
			return ts{c.t(0).ELU(alpha).MulScalar(gamma)}
		},
		"LeakyRelu": func(c *onnxCall) ts { return ts{c.t(0).LeakyReLU(c.f("alpha", 0.01))} },
		"PRelu": func(c *onnxCall) ts {
			x := c.t(0)
			return ts{tensor.Where(x.LessScalar(0), x.Mul(c.t(1)), x)}
		},
		"ThresholdedRelu": func(c *onnxCall) ts { return ts{c.t(0).Threshold(c.f("alpha", 1), 0)} },
		"HardSigmoid": func(c *onnxCall) ts {
			return ts{c.t(0).MulScalar(c.f("alpha", 0.2)).AddScalar(c.f("beta", 0.5)).Clamp(0, 1)}
		},
		"Shrink": func(c *onnxCall) ts {
			x, bias, lambda := c.t(0), c.f("bias", 0), c.f("lambd", 0.5)
			zero := tensor.ZerosLike(x)
			return ts{tensor.Where(x.LessScalar(-lambda), x.AddScalar(bias), tensor.Where(x.GreaterScalar(lambda), x.SubScalar(bias), zero))}
		},
		"Clip": func(c *onnxCall) ts { return ts{c.t(0).ClampTensor(c.t(1), c.t(2))} },
		"IsInf": func(c *onnxCall) ts {
			x := c.t(0)
			out := x.IsInf()
			if c.i("detect_negative", 1) == 0 {
				out = out.LogicalAnd(x.GreaterScalar(0))
			}
			if c.i("detect_positive", 1) == 0 {
				out = out.LogicalAnd(x.LessScalar(0))
			}
			return ts{out}
		},
		"Where": func(c *onnxCall) ts { return ts{tensor.Where(c.t(0), c.t(1), c.t(2))} },
		"Dropout": func(c *onnxCall) ts {
			x := c.t(0)
			if training := c.t(2); training != nil && training.Bool() && (c.t(1) == nil || c.t(1).Item() != 0) {
				c.no("random numbers")
			}
			return ts{x, tensor.OnesLike(x).To(tensor.Bool)}
		},
	})
	return out
}

// axes are those of a reduction, as an attribute or an input, and whether there is nothing to do.
func (c *onnxCall) axes() (axes []int, nothing bool) {
	axes = c.ints("axes", 1)
	return axes, len(axes) == 0 && c.i("noop_with_empty_axes", 0) == 1
}

func onnxReductions() map[string]onnxOp {
	out := map[string]onnxOp{}
	for name, f := range map[string]func(x *tt, axes ...int) *tt{
		"ReduceSum": (*tt).Sum, "ReduceMean": (*tt).Mean, "ReduceProd": (*tt).Prod, "ReduceMax": (*tt).Max, "ReduceMin": (*tt).Min,
		"ReduceLogSumExp": (*tt).LogSumExp,
		"ReduceLogSum":    func(x *tt, axes ...int) *tt { return x.Sum(axes...).Log() },
		"ReduceSumSquare": func(x *tt, axes ...int) *tt { return x.Square().Sum(axes...) },
		"ReduceL1":        func(x *tt, axes ...int) *tt { return x.Norm(1, axes...) },
		"ReduceL2":        func(x *tt, axes ...int) *tt { return x.Norm(2, axes...) },
	} {
		out[name] = func(c *onnxCall) ts {
			x := c.t(0)
			axes, nothing := c.axes()
			if nothing {
				return ts{x}
			}
			return ts{keeping(x, f(x, axes...), axes, c.i("keepdims", 1) == 1)}
		}
	}
	arg := func(f func(x *tt, axis ...int) *tt) onnxOp {
		return func(c *onnxCall) ts {
			x, axis := c.t(0), c.i("axis", 0)
			var at *tt
			if c.i("select_last_index", 0) == 1 {
				at = f(x.Flip(axis), axis).RSubScalar(float64(x.Dim(axis) - 1))
			} else {
				at = f(x, axis)
			}
			return ts{keeping(x, at, []int{axis}, c.i("keepdims", 1) == 1)}
		}
	}
	out["ArgMax"], out["ArgMin"] = arg((*tt).ArgMax), arg((*tt).ArgMin)
	out["CumSum"] = func(c *onnxCall) ts {
		x, axis := c.t(0), c.t(1).Int()
		if c.i("reverse", 0) == 1 {
			x = x.Flip(axis)
		}
		sum := x.CumSum(axis)
		if c.i("exclusive", 0) == 1 {
			sum = sum.Sub(x)
		}
		if c.i("reverse", 0) == 1 {
			sum = sum.Flip(axis)
		}
		return ts{sum}
	}
	return out
}

func onnxProducts() map[string]onnxOp {
	return map[string]onnxOp{
		"MatMul": func(c *onnxCall) ts { return ts{c.t(0).MatMul(c.t(1))} },
		"Gemm": func(c *onnxCall) ts {
			a, b := c.t(0), c.t(1)
			if c.i("transA", 0) == 1 {
				a = a.T()
			}
			if c.i("transB", 0) == 1 {
				b = b.T()
			}
			out := a.MatMul(b).MulScalar(c.f("alpha", 1))
			if bias := c.t(2); bias != nil {
				out = out.Add(bias.MulScalar(c.f("beta", 1)))
			}
			return ts{out}
		},
		"Einsum": func(c *onnxCall) ts { return ts{tensor.Einsum(c.s("equation", ""), c.x...)} },
		"Det":    func(c *onnxCall) ts { return ts{c.t(0).Det()} },
		"DFT": func(c *onnxCall) ts { // (N, …, 1 or 2) → (N, …, 2)
			x := c.t(0)
			if x.Dim(-1) == 1 {
				x = tensor.Complex(x.Select(-1, 0), tensor.ZerosLike(x.Select(-1, 0)))
			}
			axis := c.i("axis", 1)
			o := tensor.FFTOptions{Axis: axis - (x.Rank() - 1)}
			if c.i("inverse", 0) == 1 {
				return ts{x.IFFT(o)}
			}
			x = x.FFT(o)
			if c.i("onesided", 0) == 1 {
				x = x.Narrow(axis, 0, x.Dim(axis)/2+1)
			}
			return ts{x}
		},
	}
}

// window reads the attributes of a convolution or pooling: pads holds the beginnings, then the ends.
func (c *onnxCall) window(x *tt, kernel []int) (strides, dilations, pads []int) {
	spatial := len(kernel)
	ones := slices.Repeat([]int{1}, spatial)
	strides, dilations, pads = c.ints("strides", 0), c.ints("dilations", 0), c.ints("pads", 0)
	if strides == nil {
		strides = ones
	}
	if dilations == nil {
		dilations = ones
	}
	if pads == nil {
		pads = make([]int, 2*spatial)
	}
	if auto := c.s("auto_pad", "NOTSET"); auto == "SAME_UPPER" || auto == "SAME_LOWER" {
		pads = make([]int, 2*spatial)
		for i := range spatial {
			n, s := x.Dim(2+i), strides[i]
			total := max(((n+s-1)/s-1)*s+dilations[i]*(kernel[i]-1)+1-n, 0)
			lo := total / 2
			if auto == "SAME_LOWER" {
				lo = total - lo
			}
			pads[i], pads[spatial+i] = lo, total-lo
		}
	}
	return strides, dilations, pads
}

// padsOf turns ONNX's pads into Pad's sizes.
func padsOf(pads []int) []int {
	n := len(pads) / 2
	var out []int
	for i := n - 1; i >= 0; i-- {
		out = append(out, pads[i], pads[n+i])
	}
	return out
}

func onnxNetworks() map[string]onnxOp {
	pool := func(op string) onnxOp {
		return func(c *onnxCall) ts {
			x, kernel := c.t(0), c.ints("kernel_shape", 0)
			if len(kernel) > 2 {
				c.no(op + " in three dimensions")
			}
			if len(c.out) > 1 {
				c.no("indices of maxima")
			}
			strides, dilations, pads := c.window(x, kernel)
			o := tensor.PoolOptions{CeilMode: c.i("ceil_mode", 0) == 1, ExcludePad: c.i("count_include_pad", 0) == 0}
			n := len(kernel)
			symmetric := slices.Equal(pads[:n], pads[n:])
			for i := range n { // rg takes at most half a kernel
				symmetric = symmetric && pads[i] <= kernel[i]/2
			}
			dt := x.DType()
			if !symmetric {
				if op == "AveragePool" && o.ExcludePad {
					// Sums over counts, of ones padded alike.
					o.ExcludePad = false
					ones := tensor.OnesLike(x).Pad(0, padsOf(pads)...)
					return ts{onnxPool(op, x.Pad(0, padsOf(pads)...), o, kernel, strides, dilations, make([]int, n)).
						Div(onnxPool(op, ones, o, kernel, strides, dilations, make([]int, n)))}
				}
				fill := 0.0
				if op == "MaxPool" {
					fill = math.Inf(-1)
					if !dt.IsFloat() {
						fill = 0
					}
				}
				x, pads = x.Pad(fill, padsOf(pads)...), make([]int, n)
			}
			return ts{onnxPool(op, x, o, kernel, strides, dilations, pads[:n]).To(dt)}
		}
	}
	norm := func(c *onnxCall) ts {
		x, axis := c.t(0), c.i("axis", -1)
		if axis < 0 {
			axis += x.Rank()
		}
		flat := func(p *tt) *tt {
			if p == nil {
				return nil
			}
			return p.Reshape(-1)
		}
		y := x.Flatten(axis, -1)
		eps := c.f("epsilon", 1e-5)
		out := y.LayerNorm(flat(c.t(1)), flat(c.t(2)), eps).Reshape(x.Shape()...)
		mean := y.MeanKeepDim(-1)
		inverse := y.Variance(tensor.VarOptions{Axes: []int{-1}, KeepDim: true}).AddScalar(eps).Rsqrt()
		shape := slices.Concat(x.Shape()[:axis], slices.Repeat([]int{1}, x.Rank()-axis))
		return ts{out, mean.Reshape(shape...), inverse.Reshape(shape...)}
	}
	// older softmax flattened the axes from the one named.
	soft := func(f func(x *tt, axis int) *tt) onnxOp {
		return func(c *onnxCall) ts {
			x := c.t(0)
			if c.opset < 13 {
				axis := c.i("axis", 1)
				return ts{f(x.Flatten(axis, -1), -1).Reshape(x.Shape()...)}
			}
			return ts{f(x, c.i("axis", -1))}
		}
	}
	return map[string]onnxOp{
		"Conv": func(c *onnxCall) ts {
			x, w := c.t(0), c.t(1)
			strides, dilations, pads := c.window(x, w.Shape()[2:])
			if len(strides) > 2 {
				c.no("Conv in three dimensions")
			}
			x = x.Pad(0, padsOf(pads)...)
			o := tensor.ConvOptions{Groups: c.i("group", 1)}
			if len(strides) == 1 {
				o.Stride, o.Dilation = strides[0], dilations[0]
				return ts{x.Conv1D(w, c.t(2), o)}
			}
			o.Strides, o.Dilations = twoOf(strides), twoOf(dilations)
			return ts{x.Conv2D(w, c.t(2), o)}
		},
		"ConvTranspose": func(c *onnxCall) ts {
			x, w := c.t(0), c.t(1)
			kernel := w.Shape()[2:]
			if len(kernel) > 2 {
				c.no("ConvTranspose in three dimensions")
			}
			strides, dilations, pads := c.window(x, kernel)
			n := len(kernel)
			extra := c.ints("output_padding", 0)
			if extra == nil {
				extra = make([]int, n)
			}
			shape := c.ints("output_shape", 0)
			auto := c.s("auto_pad", "NOTSET")
			if auto != "NOTSET" && shape == nil {
				for i := range n {
					shape = append(shape, x.Dim(2+i)*strides[i])
				}
			}
			for i := range shape {
				total := strides[i]*(x.Dim(2+i)-1) + extra[i] + (kernel[i]-1)*dilations[i] + 1 - shape[i]
				lo := total - total/2
				switch {
				case total < 0: // what is missing is added at the end
					lo = 0
				case auto == "SAME_UPPER":
					lo = total / 2
				}
				pads[i], pads[n+i] = lo, total-lo
			}
			// What the padding takes away is cropped afterwards, so that the ends may differ.
			var crop []int
			for i := n - 1; i >= 0; i-- {
				crop = append(crop, -pads[i], extra[i]-pads[n+i])
			}
			var out *tt
			if n == 1 {
				out = x.ConvTranspose1D(w, nil, tensor.ConvOptions{Stride: strides[0], Dilation: dilations[0], Groups: c.i("group", 1)})
			} else {
				out = x.ConvTranspose2D(w, nil, tensor.ConvOptions{Strides: twoOf(strides), Dilations: twoOf(dilations), Groups: c.i("group", 1)})
			}
			out = out.Pad(0, crop...)
			if b := c.t(2); b != nil {
				out = out.Add(b.Reshape(append([]int{1, -1}, slices.Repeat([]int{1}, n)...)...))
			}
			return ts{out}
		},
		"MaxPool": pool("MaxPool"), "AveragePool": pool("AveragePool"),
		"GlobalAveragePool": func(c *onnxCall) ts { return ts{keeping(c.t(0), c.t(0).Mean(2, 3), []int{2, 3}, true)} },
		"GlobalMaxPool":     func(c *onnxCall) ts { return ts{c.t(0).MaxKeepDim(2, 3)} },
		"BatchNormalization": func(c *onnxCall) ts {
			o := tensor.BatchNormOptions{
				Weight: c.t(1), Bias: c.t(2), RunningMean: c.t(3), RunningVar: c.t(4), Eps: c.f("epsilon", 1e-5), Momentum: 1 - c.f("momentum", 0.9),
			}
			if c.i("training_mode", 0) == 1 {
				// ONNX's running variance is the biased one.
				mean, variance := o.RunningMean, o.RunningVar
				o.RunningMean, o.RunningVar, o.Training = nil, nil, true
				x, axes := c.t(0), []int{0, 2, 3}
				axes = axes[:x.Rank()-1]
				m := 1 - o.Momentum
				return ts{
					x.BatchNorm(o), mean.MulScalar(m).Add(x.Mean(axes...).MulScalar(1 - m)),
					variance.MulScalar(m).Add(x.Variance(tensor.VarOptions{Axes: axes}).MulScalar(1 - m)),
				}
			}
			return ts{c.t(0).BatchNorm(o)}
		},
		"InstanceNormalization": func(c *onnxCall) ts { return ts{c.t(0).InstanceNorm(c.t(1), c.t(2), c.f("epsilon", 1e-5))} },
		"LayerNormalization":    norm,
		"LRN": func(c *onnxCall) ts {
			size := c.i("size", 1)
			if size%2 == 0 {
				c.no("LRN over an even number of channels")
			}
			return ts{c.t(0).LocalResponseNorm(size, c.f("alpha", 1e-4), c.f("beta", 0.75), c.f("bias", 1))}
		},
		"MeanVarianceNormalization": func(c *onnxCall) ts {
			x, axes := c.t(0), c.ints("axes", 0)
			if axes == nil {
				axes = []int{0, 2, 3}
			}
			d := x.Sub(x.MeanKeepDim(axes...))
			return ts{d.Div(x.Variance(tensor.VarOptions{Axes: axes, KeepDim: true}).Sqrt().AddScalar(1e-9))}
		},
		"Softmax": soft((*tt).Softmax), "LogSoftmax": soft((*tt).LogSoftmax),
		"Hardmax": soft(func(x *tt, axis int) *tt {
			return x.ArgMax(axis).OneHot(x.Dim(axis)).MoveAxis(-1, axis).To(x.DType())
		}),
		"Resize": onnxResize, "Upsample": onnxResize,
	}
}

func onnxPool(op string, x *tt, o tensor.PoolOptions, kernel, strides, dilations, pads []int) *tt {
	f, g := (*tt).MaxPool2D, (*tt).MaxPool1D
	if op == "AveragePool" {
		f, g = (*tt).AvgPool2D, (*tt).AvgPool1D
	}
	if len(kernel) == 1 {
		o.Kernel, o.Stride, o.Padding, o.Dilation = kernel[0], strides[0], pads[0], dilations[0]
		return g(x, o)
	}
	o.Kernels, o.Strides, o.Paddings, o.Dilations = twoOf(kernel), twoOf(strides), twoOf(pads), twoOf(dilations)
	return f(x, o)
}

func onnxResize(c *onnxCall) ts {
	x := c.t(0)
	mode, coordinates := c.s("mode", "nearest"), c.s("coordinate_transformation_mode", "half_pixel")
	if c.op == "Upsample" {
		coordinates = "asymmetric"
	}
	rounding := c.s("nearest_mode", "round_prefer_floor")
	var o tensor.InterpolateOptions
	switch {
	case mode == "nearest" && coordinates == "asymmetric" && (rounding == "floor" || c.op == "Upsample"):
		o.Mode = tensor.Nearest
	case mode == "nearest":
		// Where scales are whole numbers all of ONNX's roundings of half pixels agree with these.
		c.no("Resize with " + coordinates + " and " + rounding)
	case mode == "linear":
		o.Mode = tensor.Linear
	case c.f("cubic_coeff_a", -0.75) != -0.75 || c.i("exclude_outside", 0) != 0:
		c.no("Resize with another cubic")
	default:
		o.Mode = tensor.Cubic
	}
	if mode != "nearest" {
		switch coordinates {
		case "half_pixel", "pytorch_half_pixel":
		case "align_corners":
			o.AlignCorners = true
		default:
			c.no("Resize with " + coordinates)
		}
	}
	scales, sizes := c.t(2), c.t(3)
	if coordinates == "pytorch_half_pixel" && sizes != nil && slices.Contains(sizes.Ints()[2:], 1) {
		c.no("Resize to one element with pytorch_half_pixel")
	}
	if coordinates == "align_corners" && sizes == nil && slices.Max(scales.Float64s()[2:]) < 1 {
		c.no("Resize with align_corners between the corners of a size that isn't whole")
	}
	if c.op == "Upsample" {
		scales = c.t(1)
	}
	if sizes != nil {
		o.Size = append(o.Size, sizes.Ints()[2:]...)
		return ts{x.Interpolate(o)}
	}
	all := scales.Float64s()[2:]
	if !slices.Equal(all, slices.Repeat(all[:1], len(all))) {
		for i, s := range all {
			n := float64(x.Dim(2+i)) * s
			if n != math.Trunc(n) {
				c.no("Resize with a scale for each axis")
			}
			o.Size = append(o.Size, int(n))
		}
	} else {
		o.Scale = all[0]
	}
	return ts{x.Interpolate(o)}
}

func onnxShapes() map[string]onnxOp {
	vector := func(v ...int) ts { return ts{tensor.FromSlice(append([]int{}, v...))} }
	// blocks splits the axis of channels into c and the square of b, in the order of the mode.
	return map[string]onnxOp{
		"Flatten": func(c *onnxCall) ts {
			x, axis := c.t(0), c.i("axis", 1)
			if axis < 0 {
				axis += x.Rank()
			}
			n := 1
			for _, d := range x.Shape()[:axis] {
				n *= d
			}
			return ts{x.Reshape(n, -1)}
		},
		"Reshape": func(c *onnxCall) ts {
			x, shape := c.t(0), c.t(1).Ints()
			for i, d := range shape {
				if d == 0 && c.i("allowzero", 0) == 0 {
					shape[i] = x.Dim(i)
				}
			}
			return ts{x.Reshape(shape...)}
		},
		"Shape": func(c *onnxCall) ts {
			shape := c.t(0).Shape()
			n := len(shape)
			clip := func(v int) int {
				if v < 0 {
					v += n
				}
				return min(max(v, 0), n)
			}
			lo, hi := clip(c.i("start", 0)), clip(c.i("end", n))
			return vector(shape[lo:max(lo, hi)]...)
		},
		"Size":    func(c *onnxCall) ts { return ts{tensor.FromSlice(c.t(0).Len())} },
		"Squeeze": func(c *onnxCall) ts { return ts{c.t(0).Squeeze(c.ints("axes", 1)...)} },
		"Unsqueeze": func(c *onnxCall) ts {
			x, axes := c.t(0), slices.Clone(c.ints("axes", 1))
			rank := x.Rank() + len(axes)
			for i, a := range axes {
				if a < 0 {
					axes[i] += rank
				}
			}
			slices.Sort(axes)
			for _, a := range axes {
				x = x.Unsqueeze(a)
			}
			return ts{x}
		},
		"Transpose": func(c *onnxCall) ts {
			x, order := c.t(0), c.ints("perm", 0)
			if order == nil {
				for i := range x.Rank() {
					order = append(order, x.Rank()-1-i)
				}
			}
			return ts{x.Permute(order...)}
		},
		"Concat": func(c *onnxCall) ts { return ts{tensor.Cat(c.i("axis", 0), c.x...)} },
		"Split": func(c *onnxCall) ts {
			x, axis, sizes := c.t(0), c.i("axis", 0), c.ints("split", 1)
			if sizes == nil {
				n := len(c.out)
				return x.Split(axis, max((x.Dim(axis)+n-1)/n, 1))
			}
			return x.Split(axis, sizes...)
		},
		"Slice": func(c *onnxCall) ts {
			x, starts, ends := c.t(0), c.t(1).Ints(), c.t(2).Ints()
			axes, steps := c.ints("axes", 3), c.ints("steps", 4)
			for i := range starts {
				axis, step := i, 1
				if axes != nil {
					axis = axes[i]
				}
				if steps != nil {
					step = steps[i]
				}
				x = onnxSlice(x, axis, starts[i], ends[i], step)
			}
			return ts{x}
		},
		"Pad": func(c *onnxCall) ts {
			x, v := c.t(0), 0.0
			if c.t(2) != nil {
				v = c.t(2).Item()
			}
			sizes := padsOf(c.ints("pads", 1))
			switch c.s("mode", "constant") {
			case "reflect":
				return ts{x.PadWith(tensor.PadReflect, sizes...)}
			case "edge":
				return ts{x.PadWith(tensor.PadReplicate, sizes...)}
			}
			return ts{x.Pad(v, sizes...)}
		},
		"Tile": func(c *onnxCall) ts { return ts{c.t(0).Repeat(c.t(1).Ints()...)} },
		"Expand": func(c *onnxCall) ts { // in both directions
			x, shape := c.t(0), c.t(1).Ints()
			ones := tensor.Options{DType: x.DType()}.Ones(shape...)
			if x.DType() == tensor.Bool {
				return ts{x.LogicalAnd(ones)}
			}
			return ts{x.Mul(ones)}
		},
		"DepthToSpace": func(c *onnxCall) ts {
			x, b := c.t(0), c.i("blocksize", 1)
			n, ch, h, w := x.Dim(0), x.Dim(1), x.Dim(2), x.Dim(3)
			if c.s("mode", "DCR") == "CRD" {
				return ts{x.PixelShuffle(b)}
			}
			return ts{x.Reshape(n, b, b, ch/(b*b), h, w).Permute(0, 3, 4, 1, 5, 2).Reshape(n, ch/(b*b), h*b, w*b)}
		},
		"SpaceToDepth": func(c *onnxCall) ts {
			x, b := c.t(0), c.i("blocksize", 1)
			n, ch, h, w := x.Dim(0), x.Dim(1), x.Dim(2), x.Dim(3)
			return ts{x.Reshape(n, ch, h/b, b, w/b, b).Permute(0, 3, 5, 1, 2, 4).Reshape(n, ch*b*b, h/b, w/b)}
		},
		"Trilu": func(c *onnxCall) ts {
			k := 0
			if c.t(1) != nil {
				k = c.t(1).Int()
			}
			if c.i("upper", 1) == 1 {
				return ts{c.t(0).Triu(k)}
			}
			return ts{c.t(0).Tril(k)}
		},
	}
}

// onnxSlice is Python's slice; ends beyond the axis in the negative direction mean to the first element.
func onnxSlice(x *tt, axis, start, stop, step int) *tt {
	n := x.Dim(axis)
	if step < 0 && stop < -n {
		stop = -n - 1
	}
	return x.SliceAxis(axis, start, stop, step)
}

func onnxIndices() map[string]onnxOp {
	// wrapped makes negative indices count from the start.
	wrapped := func(idx *tt, n int) *tt {
		idx = idx.To(tensor.Int64)
		return tensor.Where(idx.LessScalar(0), idx.AddScalar(float64(n)), idx)
	}
	scatter := func(c *onnxCall) ts {
		x, src, axis := c.t(0), c.t(2), c.i("axis", 0)
		idx := wrapped(c.t(1), x.Dim(axis))
		switch c.s("reduction", "none") {
		case "add":
			return ts{x.ScatterAdd(axis, idx, src)}
		case "mul":
			return ts{x.ScatterReduce(tensor.ScatterProd, axis, idx, src)}
		case "max":
			return ts{x.ScatterReduce(tensor.ScatterMax, axis, idx, src)}
		case "min":
			return ts{x.ScatterReduce(tensor.ScatterMin, axis, idx, src)}
		}
		return ts{x.Scatter(axis, idx, src)}
	}
	return map[string]onnxOp{
		"Gather": func(c *onnxCall) ts {
			x, axis := c.t(0), c.i("axis", 0)
			idx := wrapped(c.t(1), x.Dim(axis))
			out := x.IndexSelect(axis, idx.Reshape(-1))
			shape := slices.Concat(x.Shape()[:axis], idx.Shape(), x.Shape()[axis+1:])
			return ts{out.Reshape(shape...)}
		},
		"GatherElements": func(c *onnxCall) ts {
			x, axis := c.t(0), c.i("axis", 0)
			return ts{x.Gather(axis, wrapped(c.t(1), x.Dim(axis)))}
		},
		"GatherND": func(c *onnxCall) ts {
			x, idx, batch := c.t(0), c.t(1).To(tensor.Int64), c.i("batch_dims", 0)
			if batch == 0 {
				return ts{x.Index(idx.Unbind(-1)...)}
			}
			var rows ts
			for i := range x.Dim(0) {
				rows = append(rows, x.Select(0, i).Index(idx.Select(0, i).Unbind(-1)...))
			}
			return ts{tensor.Stack(0, rows...)}
		},
		"ScatterElements": scatter, "Scatter": scatter,
		"ScatterND": func(c *onnxCall) ts {
			x, idx, src := c.t(0), c.t(1), c.t(2)
			k := idx.Dim(-1)
			// The first k axes as one, which a number names.
			lead := 1
			number := tensor.ZerosLike(idx.Select(-1, 0))
			for a := range k {
				number = number.MulScalar(float64(x.Dim(a))).Add(wrapped(idx.Select(-1, a), x.Dim(a)))
				lead *= x.Dim(a)
			}
			flat := x.Reshape(lead, -1)
			src = src.Reshape(-1, flat.Dim(1))
			number = number.Reshape(-1)
			switch c.s("reduction", "none") {
			case "none":
				flat = flat.IndexCopy(0, number, src)
			case "add":
				flat = flat.IndexAdd(0, number, src)
			default:
				flat = flat.ScatterReduce(tensor.ScatterProd, 0, number.Unsqueeze(1).Expand(src.Shape()...).Contiguous(), src)
			}
			return ts{flat.Reshape(x.Shape()...)}
		},
		"NonZero": func(c *onnxCall) ts { return ts{c.t(0).NonZero().T()} },
		"OneHot": func(c *onnxCall) ts {
			depth, values := c.t(1).Int(), c.t(2)
			hot := wrapped(c.t(0), depth)
			inside := hot.GreaterEqualScalar(0).LogicalAnd(hot.LessScalar(float64(depth)))
			rows := tensor.Where(inside, hot, tensor.ZerosLike(hot)).OneHot(depth).To(tensor.Bool).LogicalAnd(inside.Unsqueeze(-1))
			return ts{tensor.Where(rows, values.Select(0, 1), values.Select(0, 0)).MoveAxis(-1, c.i("axis", -1))}
		},
		"TopK": func(c *onnxCall) ts {
			x, k, axis := c.t(0), c.t(1).Int(), c.i("axis", -1)
			f := (*tt).TopK
			if c.i("largest", 1) == 0 {
				f = (*tt).BottomK
			}
			v, i := f(x, k, axis)
			return ts{v, i}
		},
		"Unique": func(c *onnxCall) ts {
			if c.attr["axis"] != nil {
				c.no("unique along an axis")
			}
			values, inverse, counts := c.t(0).Unique()
			// Where each value comes first.
			first := make([]int, values.Len())
			for i, at := range slices.Backward(inverse.Ints()) {
				first[at] = i
			}
			order := tensor.FromSlice(first)
			if c.i("sorted", 1) == 0 {
				by := order.ArgSort(tensor.SortOptions{})
				rank := by.ArgSort(tensor.SortOptions{})
				return ts{values.IndexSelect(0, by), order.IndexSelect(0, by), rank.Take(inverse.Reshape(-1)), counts.IndexSelect(0, by)}
			}
			return ts{values, order, inverse.Reshape(-1), counts}
		},
		"Compress": func(c *onnxCall) ts {
			x, keep := c.t(0), c.t(1)
			axis, ok := c.attr["axis"].(int)
			if !ok {
				x, axis = x.Reshape(-1), 0
			}
			return ts{x.IndexSelect(axis, keep.NonZero().Reshape(-1))}
		},
	}
}

func onnxMakers() map[string]onnxOp {
	return map[string]onnxOp{
		"Constant": func(c *onnxCall) ts {
			for _, v := range c.attr {
				switch v := v.(type) {
				case *tt:
					return ts{v}
				case int:
					return ts{tensor.FromSlice(v)}
				case float64:
					return ts{tensor.Scalar(v)}
				case []int:
					return ts{tensor.FromSlice(v)}
				case []float64:
					return ts{tensor.FromSlice(v).To(tensor.Float32)}
				}
			}
			c.no("constants of strings")
			return nil
		},
		"ConstantOfShape": func(c *onnxCall) ts {
			v, ok := c.attr["value"].(*tt)
			if !ok {
				v = tensor.Of(0)
			}
			return ts{tensor.Options{DType: v.DType()}.Full(v.Item(), c.t(0).Ints()...)}
		},
		"EyeLike": func(c *onnxCall) ts {
			x := c.t(0)
			dt := x.DType()
			if to, ok := c.attr["dtype"].(int); ok {
				dt = onnxTypes[to]
			}
			out := tensor.Zeros(x.Shape()...)
			for i := range x.Dim(0) {
				if j := i + c.i("k", 0); j >= 0 && j < x.Dim(1) {
					out.Set(1, i, j)
				}
			}
			return ts{out.To(dt)}
		},
		"Range": func(c *onnxCall) ts {
			return ts{tensor.Options{DType: c.t(0).DType()}.Arange(c.t(0).Item(), c.t(1).Item(), c.t(2).Item())}
		},
	}
}

func onnxLosses() map[string]onnxOp {
	how := func(c *onnxCall) tensor.Reduction {
		return map[string]tensor.Reduction{"mean": tensor.ReduceMean, "sum": tensor.ReduceSum, "none": tensor.ReduceNone}[c.s("reduction", "mean")]
	}
	loss := func(f func(x, target *tt, o tensor.LossOptions) *tt) onnxOp {
		return func(c *onnxCall) ts {
			x, target := c.t(0), c.t(1)
			o := tensor.LossOptions{Weight: c.t(2), Reduction: how(c), IgnoreIndex: -100}
			if v, ok := c.attr["ignore_index"].(int); ok {
				o.IgnoreIndex = v
				if v == 0 {
					c.no("ignore_index=0")
				}
			}
			last := x.MoveAxis(1, -1)
			return ts{f(last, target, o), last.LogSoftmax(-1).MoveAxis(-1, 1)}
		}
	}
	return map[string]onnxOp{
		"NegativeLogLikelihoodLoss": loss((*tt).NLL), "SoftmaxCrossEntropyLoss": loss((*tt).CrossEntropyWith),
	}
}
