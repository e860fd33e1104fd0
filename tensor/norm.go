package tensor

// BatchNormOptions are for BatchNorm. Nil tensors are left out.
type BatchNormOptions struct {
	Weight, Bias            *Tensor // (C,)
	RunningMean, RunningVar *Tensor // (C,); what Training updates in place, and is used otherwise
	Training                bool    // normalise by the batch's own statistics
	Momentum                float64 // how much of the batch enters the running values; 0 means 0.1
	Eps                     float64 // inside the root; 0 means 1e-5
}

// BatchNorm normalises each channel of (N, C) or (N, C, …) to mean 0 and variance 1 over the others, then
// scales and shifts it (Ioffe and Szegedy 2015). Without running values it uses the batch's statistics.
func (t *Tensor) BatchNorm(o BatchNormOptions) *Tensor {
	t = t.higher()
	const op = "batchnorm"
	if t.Rank() < 2 {
		fail(op, []*Tensor{t}, "takes (N, C, …)")
	}
	for _, p := range []*Tensor{o.Weight, o.Bias, o.RunningMean, o.RunningVar} {
		if p != nil {
			sameDevice(op, t, p)
			if p.Rank() != 1 || p.Dim(0) != t.Dim(1) {
				fail(op, []*Tensor{t, p}, "there must be one value for each of the %d channels", t.Dim(1))
			}
		}
	}
	if o.Eps == 0 {
		o.Eps = 1e-5
	}
	if o.Momentum == 0 {
		o.Momentum = 0.1
	}
	x := t.wide()
	channels := channelShape(t.Rank(), t.Dim(1))
	axes := []int{0}
	for a := 2; a < t.Rank(); a++ {
		axes = append(axes, a)
	}
	var mean, variance *Tensor
	if o.Training || o.RunningMean == nil || o.RunningVar == nil {
		count := x.count(axes)
		if count < 2 && o.Training {
			fail(op, []*Tensor{t}, "training takes more than one value for each channel")
		}
		mean = x.MeanKeepDim(axes...)
		variance = x.Variance(VarOptions{Axes: axes, KeepDim: true})
		if o.Training {
			// The running variance is the unbiased one, as in PyTorch.
			unbiased := float64(count) / float64(max(count-1, 1))
			NoGrad(func() {
				if o.RunningMean != nil {
					o.RunningMean.MulScalarInPlace(1-o.Momentum).AddScaledInPlace(mean.Reshape(-1), o.Momentum)
				}
				if o.RunningVar != nil {
					o.RunningVar.MulScalarInPlace(1-o.Momentum).AddScaledInPlace(variance.Reshape(-1), o.Momentum*unbiased)
				}
			})
		}
	} else {
		mean, variance = o.RunningMean.Detach().Clone().Reshape(channels...), o.RunningVar.Detach().Clone().Reshape(channels...)
	}
	scale := variance.AddScalar(o.Eps).Rsqrt()
	if o.Weight != nil {
		scale = scale.Mul(o.Weight.Reshape(channels...))
	}
	return x.Sub(mean).Mul(scale).addBias(op, o.Bias).To(floating(t.DType()))
}

// GroupNorm normalises groups of neighbouring channels of (N, C, …) to mean 0 and variance 1, then scales and
// shifts each channel by weight and bias (C,), or nil (Wu and He 2018).
func (t *Tensor) GroupNorm(groups int, weight, bias *Tensor, eps float64) *Tensor {
	return t.groupNorm("groupnorm", groups, weight, bias, eps)
}

// InstanceNorm is GroupNorm with each channel a group of its own (Ulyanov et al. 2016).
func (t *Tensor) InstanceNorm(weight, bias *Tensor, eps float64) *Tensor {
	if t.Rank() < 3 {
		fail("instancenorm", []*Tensor{t}, "takes (N, C, …) with at least one axis after the channels")
	}
	return t.groupNorm("instancenorm", t.Dim(1), weight, bias, eps)
}

func (t *Tensor) groupNorm(op string, groups int, weight, bias *Tensor, eps float64) *Tensor {
	t = t.higher()
	if t.Rank() < 2 || groups < 1 || t.Dim(1)%groups != 0 {
		fail(op, []*Tensor{t}, "takes (N, C, …) whose channels make up %d groups", groups)
	}
	t, weight, bias = t.higher(), weight.higher(), bias.higher()
	if t.DType().IsHalf() {
		return t.wide().groupNorm(op, groups, weight, bias, eps).To(t.DType())
	}
	x := t.To(floating(t.DType()))
	out := x
	if x.Len() > 0 {
		out = x.Reshape(t.Dim(0), groups, -1).norm(eps).Reshape(t.layout.Shape...)
	}
	if weight != nil {
		if weight.Rank() != 1 || weight.Dim(0) != t.Dim(1) {
			fail(op, []*Tensor{t, weight}, "the weight has one value for each of the %d channels", t.Dim(1))
		}
		out = out.Mul(weight.Reshape(channelShape(t.Rank(), t.Dim(1))...))
	}
	return out.addBias(op, bias)
}

// LocalResponseNorm divides x (N, C, …) by (k + alpha/size·Σ x²)^beta, summed over size neighbouring channels
// (Krizhevsky et al. 2012).
func (t *Tensor) LocalResponseNorm(size int, alpha, beta, k float64) *Tensor {
	if t.Rank() < 2 || size < 1 {
		fail("localresponsenorm", []*Tensor{t}, "takes (N, C, …) and a number of channels")
	}
	square := t.To(floating(t.DType())).Square().MoveAxis(1, -1)
	square = square.Pad(0, size/2, (size-1)/2).Unfold(-1, size, 1).Mean(-1).MoveAxis(-1, 1)
	return t.Div(square.MulScalar(alpha).AddScalar(k).PowScalar(beta))
}
