package backend

import (
	"errors"
	"math"
	"slices"

	"github.com/rustygradients/rg/tensor/dtype"
)

// The interfaces below are optional. The tensor package asserts them at the call and composes the
// same result from the required operations where a backend lacks them.

// HostStorage is storage whose bytes lie in this process's memory, so that reading and writing
// elements needs no copy. Bytes is valid until Free.
type HostStorage interface {
	Storage
	Bytes() []byte
}

// AdoptBackend makes storage of host memory without copying it. The storage keeps owner alive, and
// owner the memory. Where buf doesn't begin at a multiple of the element size, the error is ErrUnaligned.
type AdoptBackend interface {
	Adopt(dt dtype.DType, buf []byte, owner any) (Storage, error)
}

// ErrUnaligned says that memory can't be adopted because of where it begins.
var ErrUnaligned = errors.New("memory is not aligned to its elements")

// MemoryBackend tells how much memory its storage takes, and gives back what it keeps for reuse.
type MemoryBackend interface {
	Memory() Memory
	ReleaseMemory()
}

// Memory counts bytes and allocations. Backends may leave out storage of less than a page.
type Memory struct {
	Current, Peak int // bytes in use by storage, now and at most; storage is in use until it is freed or collected
	Pooled        int // bytes kept for the next allocations
	Limit         int // bytes that may be in use; 0 if that isn't known
	Allocs        int // allocations so far
	Reused        int // of these, how many took memory from the pool
}

// MatMulEpilogueBackend multiplies as Backend.MatMul does, floats alone, and goes on with each sum: dst = f(x·y + bias). Halves may be rounded once, at the
// end, or after each step.
type MatMulEpilogueBackend interface {
	MatMulEpilogue(dst, x, y View, e Epilogue) error
}

// Epilogue is what a product's sums become. A view without storage is none.
type Epilogue struct {
	Bias       View // (n,), added to each row of the product (…, m, n); of the operands' type, or Float32 beside halves, to which it is rounded first
	Activation EpilogueActivation
	Before     View // receives the sums before the activation, for its gradient; contiguous and of dst's shape and type
}

// EpilogueActivation names an activation at a product's end.
type EpilogueActivation uint8

// The activations at a product's end. EpilogueNone leaves the sums as they are.
const (
	EpilogueNone EpilogueActivation = iota
	EpilogueReLU
	EpilogueGELU
	EpilogueGELUTanh
)

func (a EpilogueActivation) String() string {
	return [...]string{"none", "relu", "gelu", "gelu_tanh"}[a]
}

// SoftmaxBackend computes softmax along the last axis in one pass over memory. dst may be x.
type SoftmaxBackend interface {
	Softmax(dst, x View) error
	LogSoftmax(dst, x View) error
}

// SoftmaxGradBackend computes the gradient of softmax and log-softmax along the last axis from the
// saved output y and the incoming gradient g: y·(g − Σ g·y), and g − exp(y)·Σ g.
type SoftmaxGradBackend interface {
	SoftmaxGrad(dst, y, g View) error
	LogSoftmaxGrad(dst, y, g View) error
}

// CrossEntropyBackend computes −log softmax(x)[target] of each row of x (n, classes) into dst (n,): targets (n,) are
// Int64, and one out of range is an error. lse (n,), of Float64, receives the logarithm of Σ exp(x) of each row, from which
// CrossEntropyGrad computes g·(softmax(x) − onehot(target)), where g (n,) is the gradient of dst. x and what is written but
// lse are Float32 or Float64; what is written is contiguous.
type CrossEntropyBackend interface {
	CrossEntropy(dst, lse, x, targets View) error
	CrossEntropyGrad(dst, x, targets, lse, g View) error
}

// NormBackend normalises the last axis to mean 0 and variance 1, (x − mean) / sqrt(var + eps), with
// the biased variance of Ba et al. 2016. NormGrad takes x and the gradient g of the normalised
// value. Weight and bias are applied by the caller.
type NormBackend interface {
	Norm(dst, x View, eps float64) error
	NormGrad(dst, x, g View, eps float64) error
}

// LayerNormBackend normalises the last axis, of n elements, and scales and shifts it in the same pass:
// weight·(x − mean)/√(variance + eps) + bias. LayerNormGrad computes the gradients of the three from that of the result. weight
// and bias are (n,); a view without storage, as an operand or to be written, is none. All are of one type, Float32 or Float64,
// and what is written is contiguous.
type LayerNormBackend interface {
	LayerNorm(dst, x, weight, bias View, o LayerNorm) error
	LayerNormGrad(dx, dweight, dbias, x, weight, g View, o LayerNorm) error
}

// LayerNorm is how LayerNormBackend normalises.
type LayerNorm struct {
	Eps        float64
	Uncentered bool // the mean is taken as 0: RMS norm (Zhang and Sennrich 2019)
}

// ActivationBackend computes smooth activations in one pass, and their gradients g·f′(x).
type ActivationBackend interface {
	Activation(a Activation, dst, x View) error
	ActivationGrad(a Activation, dst, x, g View) error
}

// Activation names a smooth activation function.
type Activation uint8

// The activations.
const (
	GELU     Activation = iota // x·Φ(x), exact by erf (Hendrycks and Gimpel 2016)
	GELUTanh                   // its tanh approximation, as in GPT-2
	SiLU                       // x·σ(x)
)

func (a Activation) String() string { return [...]string{"gelu", "gelu_tanh", "silu"}[a] }

// SwiGLUBackend gates: SwiGLU computes x·gate·σ(gate) (Shazeer 2020), and SwiGLUGrad the gradients of x and of gate from that of the result, g. Operands are
// of one shape and one type of floats; what is written is contiguous, and no operand.
type SwiGLUBackend interface {
	SwiGLU(dst, x, gate View) error
	SwiGLUGrad(dx, dgate, x, gate, g View) error
}

// DropoutBackend writes x·Scale where an element is kept, and x·0 elsewhere (Srivastava et al. 2014). It keeps those elements of which, in row-major
// order, a Distribution of kind Bernoulli with A = Keep draws one; so the gradient is the same operation, and no mask is stored. dst is contiguous,
// of x's type of floats, and may be x. Scale is a number of the elements' type.
type DropoutBackend interface {
	Dropout(dst, x View, d Dropout) error
}

// Dropout is what DropoutBackend keeps.
type Dropout struct {
	Keep, Scale  float64
	Seed, Offset uint64
}

// Below is the number under which a word of the generator without its lowest 11 bits keeps an element: a whole number u is
// below Keep·2⁵³ where u·2⁻⁵³ is below Keep.
func (d Dropout) Below() uint64 { return uint64(math.Ceil(d.Keep * (1 << 53))) }

// RoPEBackend turns pairs of elements of x (…, d) by angles whose cosines and sines are given, (…, r/2), broadcast to x's axes in front:
// the pair (a, b) becomes (a·cos − b·sin, b·cos + a·sin) (Su et al. 2021, section 3.4.2). The first r elements of the last axis are turned, and the others
// copied. All are of one type of floats; dst is contiguous, and may be x.
type RoPEBackend interface {
	RoPE(dst, x, cos, sin View, o RoPE) error
}

// RoPE is how RoPEBackend turns.
type RoPE struct {
	Interleaved bool // pairs are neighbours; otherwise i and i + r/2
	Inverse     bool // by the angles' negatives, which is the gradient too
}

// Pairs is the two elements of each pair of v (…, d), as (…, half), and what is beside the pairs, as (…, d − 2·half).
func (o RoPE) Pairs(v View, half int) (a, b, rest View) {
	last := v.Layout.Rank() - 1
	step := v.Layout.Stride[last]
	part := func(from, n, step int) View {
		l := Layout{Shape: slices.Clone(v.Layout.Shape), Stride: slices.Clone(v.Layout.Stride), Offset: v.Layout.Offset}
		l.Offset += from * l.Stride[last]
		l.Shape[last], l.Stride[last] = n, step
		return View{Storage: v.Storage, Layout: l}
	}
	rest = part(2*half, v.Layout.Shape[last]-2*half, step)
	if o.Interleaved {
		return part(0, half, 2*step), part(1, half, 2*step), rest
	}
	return part(0, half, step), part(half, half, step), rest
}

// AttentionBackend computes scaled dot-product attention (Vaswani et al. 2017) without keeping the scores of all
// queries and keys: queries (…, h, T, d), keys (…, n, S, d) and values (…, n, S, e) give dst (…, h, T, e). The axes in
// front are equal in number and, but for h and n, in size; h is a multiple of n, and h/n neighbouring heads of queries
// share a head of keys and values. lse (…, h, T) receives the logarithm of Σ exp(scores) of each query; it is contiguous,
// and Float32 where the others are halves. AttentionGrad computes, from what Attention has computed and the gradient g
// of dst, those of the operands, in the operands' shapes. The last axis of what is written has stride 1. Either may answer errors.ErrUnsupported, of heads that
// are too large for it.
type AttentionBackend interface {
	Attention(dst, lse, q, k, v View, o Attention) error
	AttentionGrad(dq, dk, dv, q, k, v, dst, lse, g View, o Attention) error
}

// Attention is how AttentionBackend attends.
type Attention struct {
	Scale  float64 // of the scores q·kᵀ
	Causal bool    // query i sees keys up to i
}

// ConvBackend computes the cross-correlation that deep learning calls convolution, of images x (N, C, H, W) and a weight
// (O, C/groups, kh, kw), and its gradients from g, that of the result (N, O, H′, W′). Operands are of one type, Float32 or
// Float64; what is written is contiguous.
type ConvBackend interface {
	Conv2D(dst, x, weight View, c Conv) error
	Conv2DInputGrad(dst, weight, g View, c Conv) error
	Conv2DWeightGrad(dst, x, g View, c Conv) error
}

// Conv is how ConvBackend convolves: along the height and the width of an image, which the padding surrounds with zeros.
type Conv struct {
	Stride, Padding, Dilation [2]int
	Groups                    int
}

// PoolBackend pools windows of images (N, C, H, W), to (N, C, H′, W′): MaxPool takes the largest element of each, of equals the first, NaN above
// all, and tells in places, Int64, where in its image that is, row-major, or −1 if the window has none; AvgPool takes the mean. The gradients
// carry g, that of the result, back to dst, the images'. All are contiguous, and of one type of floats but for places.
type PoolBackend interface {
	MaxPool(dst, places, x View, p Pool) error
	MaxPoolGrad(dst, places, g View, p Pool) error
	AvgPool(dst, x View, p Pool) error
	AvgPoolGrad(dst, g View, p Pool) error
}

// Pool is how PoolBackend pools, along the height and the width of an image. A mean counts the padding, as zeros, unless ExcludePad, and never what
// lies beyond it. With Bins, windows are bins: bin i of n elements cut into h is from ⌊i·n/h⌋ to ⌈(i+1)·n/h⌉, and there is nothing else to say.
// AvgPool's dilation is 1.
type Pool struct {
	Kernel, Stride, Padding, Dilation [2]int
	Bins, ExcludePad                  bool
}

// SortBackend orders elements where they are. ArgSort writes to dst (Int64, contiguous, of x's shape) the places along the last axis in
// order; equals keep their order, and NaN is above everything. SearchSorted writes to dst (Int64) how many elements of edges, which ascend
// along the last axis, lie before each of values: edges (n,) and values (k,), or edges (rows, n) and values (rows, k); both are Float64 or
// both Int64, and contiguous, as dst is.
type SortBackend interface {
	ArgSort(dst, x View, o SortOrder) error
	SearchSorted(dst, edges, values View, side SearchSide) error
}

// SortOrder is which way ArgSort orders.
type SortOrder uint8

// The orders.
const (
	Ascending SortOrder = iota
	Descending
)

// SearchSide is whether SearchSorted counts the edges that equal a value.
type SearchSide uint8

// The sides.
const (
	Before SearchSide = iota // it doesn't
	After
)

// ScanBackend combines each element along the last axis with all that come before it. dst is contiguous, of x's shape. CumSum and CumProd
// are of Float32, Float64 and Int64, and LogCumSumExp is of Float64; dst is of x's type. CumMax and CumMin write to dst, Int64, where the
// extreme so far is: of equals the last; NaN is the extreme.
type ScanBackend interface {
	Scan(op ScanOp, dst, x View) error
}

// ScanOp is what ScanBackend combines by.
type ScanOp uint8

// The scans.
const (
	CumSum ScanOp = iota
	CumProd
	LogCumSumExp
	CumMax
	CumMin
)

func (o ScanOp) String() string {
	return [...]string{"cumsum", "cumprod", "logcumsumexp", "cummax", "cummin"}[o]
}

// ScatterBackend writes along one axis, as ScatterAdd adds: dst[…, idx[…, i, …], …] = src[…, i, …], in the order of i, so that of several
// for one place the last stays. ScatterReduce combines them, and what is there, by Max, Min or Prod; it is of Float64 and Int64.
type ScatterBackend interface {
	Scatter(dst, src, idx View, axis int) error
	ScatterReduce(op ReduceOp, dst, src, idx View, axis int) error
}

// LinearBackend solves systems of linear equations where they are. Operands are contiguous and Float64, and are overwritten. Eliminate turns
// matrices [A B] (batch, n, n+k) to [1 A⁻¹·B]; det (batch, 3) receives the sign of A's determinant, the logarithm of its size, and itself: of a
// singular matrix 0, −∞ and 0, and the rest means nothing. Cholesky replaces symmetric matrices (batch, n, n), of which the
// lower triangle is read, by lower triangular L with L·Lᵀ = A; one that isn't positive definite has NaN on its diagonal.
type LinearBackend interface {
	Eliminate(matrices, det View) error
	Cholesky(matrices View) error
}

// DecompositionBackend decomposes matrices. Operands are contiguous and Float64, and matrices are overwritten.
type DecompositionBackend interface {
	// LU turns matrices (batch, m, n) to the factors of Gauss's elimination with the largest element of a column as pivot: below the diagonal
	// those of L, whose diagonal is 1, and from it on U. order (batch, m), Int64, tells where each of their rows came from. A column
	// without a pivot is left as it is.
	LU(matrices, order View) error

	// QR writes to q (batch, m, n) what multiplies with the upper triangle that is left in matrices (batch, m, n), m ≥ n, to what these were.
	QR(q, matrices View) error

	// EigH writes the eigenvalues, ascending, of symmetric matrices (batch, n, n), of which the lower triangle is read, and the eigenvectors in
	// columns (batch, n, n).
	EigH(values, vectors, matrices View) error

	// SVD decomposes matrices (batch, n, m), n ≤ m, to a product: the transpose of turned (batch, n, n), orthonormal, and scaled (batch, n, m), whose
	// rows are at right angles and whose lengths are the values (batch, n), the largest first.
	SVD(scaled, values, turned, matrices View) error
}

// CTCBackend computes the connectionist temporal classification loss (Graves et al. 2006) of log-probabilities (T, N, classes), losses (N,), and
// its slopes, of their shape. labels (N, S), Int64, are classes other than the blank, and lengths (2, N), Int64, are the steps and the labels
// that count of each sequence. The others are Float64, and all are contiguous.
type CTCBackend interface {
	CTC(losses, slopes, logp, labels, lengths View, c CTC) error
}

// CTC is how CTCBackend counts.
type CTC struct {
	Blank        int
	ZeroInfinity bool // a target that is too long for its input costs 0, and not ∞
}

// FourierBackend computes discrete Fourier transforms, without a factor, of rows of complex numbers (rows, n, 2), Float64 and
// contiguous: Σⱼ xⱼ·e^(∓2πi·jk/n).
type FourierBackend interface {
	DFT(dst, x View, way DFTWay) error
}

// DFTWay is the sign of the exponent.
type DFTWay uint8

// The ways.
const (
	ForwardDFT DFTWay = iota // −
	InverseDFT
)

// AdamBackend updates one parameter by AdamW (Loshchilov and Hutter 2019) in one pass over param,
// its gradient and its two moments, all contiguous, of equal shape and data type.
type AdamBackend interface {
	AdamW(param, grad, m, v View, s AdamStep) error
}

// AdamListBackend makes AdamBackend's step for many parameters at once, of which each has its own numbers.
type AdamListBackend interface {
	AdamWList(list []AdamParam) error
}

// AdamParam is a parameter, its gradient and its two moments, contiguous and of equal shape and data type. Where Master has storage, it is
// the parameter before it was rounded to Float16 or BFloat16; then the moments are Float32 as it is.
type AdamParam struct {
	Param, Grad, M, V, Master View
	Step                      AdamStep
}

// AdamStep holds one step's numbers. Correction1 and Correction2 are 1 − βᵗ.
type AdamStep struct {
	Rate, Beta1, Beta2, Eps, Decay float64
	Correction1, Correction2       float64
	Scale                          float64 // multiplies the gradient first (clipping, loss scaling)
}
