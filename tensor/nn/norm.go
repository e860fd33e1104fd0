package nn

import "github.com/rustygradients/rg/tensor"

// LayerNorm normalises the last axis to mean 0 and variance 1, then scales and shifts it (Ba et al.
// 2016).
type LayerNorm struct {
	Weight *tensor.Tensor // (dim,)
	Bias   *tensor.Tensor // (dim,), or nil
	Eps    float64
}

// LayerNormOptions are for NewLayerNorm.
type LayerNormOptions struct {
	Eps    float64 // default 1e-5
	NoBias bool
}

// NewLayerNorm makes a LayerNorm that changes no scale yet.
func NewLayerNorm(dim int, options ...LayerNormOptions) *LayerNorm {
	o := option("NewLayerNorm", options)
	n := &LayerNorm{Weight: param(tensor.Ones(dim)), Eps: orDefault(o.Eps, 1e-5)}
	if !o.NoBias {
		n.Bias = param(tensor.Zeros(dim))
	}
	return n
}

// Forward maps (…, dim) to the same shape.
func (n *LayerNorm) Forward(x *tensor.Tensor) *tensor.Tensor {
	return observed(n, x.LayerNorm(n.Weight, n.Bias, n.Eps))
}

// RMSNorm divides the last axis by its root mean square, then scales it (Zhang and Sennrich 2019).
type RMSNorm struct {
	Weight *tensor.Tensor // (dim,)
	Eps    float64
}

// RMSNormOptions are for NewRMSNorm.
type RMSNormOptions struct {
	Eps float64 // default 1e-6
}

// NewRMSNorm makes an RMSNorm that changes no scale yet.
func NewRMSNorm(dim int, options ...RMSNormOptions) *RMSNorm {
	o := option("NewRMSNorm", options)
	return &RMSNorm{Weight: param(tensor.Ones(dim)), Eps: orDefault(o.Eps, 1e-6)}
}

// Forward maps (…, dim) to the same shape.
func (n *RMSNorm) Forward(x *tensor.Tensor) *tensor.Tensor {
	return observed(n, x.RMSNorm(n.Weight, n.Eps))
}

// BatchNorm normalises each channel over the batch, and in evaluation by the mean and variance that
// training has seen, then scales and shifts it (Ioffe and Szegedy 2015). It serves (N, C) and
// (N, C, …) alike.
type BatchNorm struct {
	Weight      *tensor.Tensor // (C,)
	Bias        *tensor.Tensor // (C,)
	RunningMean *tensor.Tensor `rg:",buffer"` // (C,)
	RunningVar  *tensor.Tensor `rg:",buffer"` // (C,)
	Eps         float64
	Momentum    float64 // how much of a new batch enters the running values

	mode Mode
}

// BatchNormOptions are for NewBatchNorm.
type BatchNormOptions struct {
	Eps      float64 // default 1e-5
	Momentum float64 // default 0.1
}

// NewBatchNorm makes a BatchNorm that changes no scale yet.
func NewBatchNorm(channels int, options ...BatchNormOptions) *BatchNorm {
	o := option("NewBatchNorm", options)
	return &BatchNorm{
		Weight:      param(tensor.Ones(channels)),
		Bias:        param(tensor.Zeros(channels)),
		RunningMean: tensor.Zeros(channels),
		RunningVar:  tensor.Ones(channels),
		Eps:         orDefault(o.Eps, 1e-5),
		Momentum:    orDefault(o.Momentum, 0.1),
	}
}

// SetMode chooses between the statistics of the batch and those of training.
func (n *BatchNorm) SetMode(m Mode) { n.mode = m }

// Forward maps (N, C, …) to the same shape.
func (n *BatchNorm) Forward(x *tensor.Tensor) *tensor.Tensor {
	return observed(n, x.BatchNorm(tensor.BatchNormOptions{
		Weight: n.Weight, Bias: n.Bias, RunningMean: n.RunningMean, RunningVar: n.RunningVar,
		Training: n.mode == Training, Momentum: n.Momentum, Eps: n.Eps,
	}))
}

func orDefault(v, otherwise float64) float64 {
	if v == 0 {
		return otherwise
	}
	return v
}
