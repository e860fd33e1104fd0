package prof

import (
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// traced stands in for a backend and notes what it does. backend.As sees to it that the optional
// methods are called only when inner has them.
type traced struct {
	inner  backend.Backend
	counts backend.MemoryBackend // inner, if it counts its memory
	held   int64                 // what it counted last; mu guards it
	timer  backend.TimerBackend  // inner, if it computes in the background and tells when
	queue  []queued              // what it computes; mu guards it
}

var (
	_ backend.Backend               = (*traced)(nil)
	_ backend.AdoptBackend          = (*traced)(nil)
	_ backend.SoftmaxBackend        = (*traced)(nil)
	_ backend.SoftmaxGradBackend    = (*traced)(nil)
	_ backend.CrossEntropyBackend   = (*traced)(nil)
	_ backend.NormBackend           = (*traced)(nil)
	_ backend.LayerNormBackend      = (*traced)(nil)
	_ backend.ActivationBackend     = (*traced)(nil)
	_ backend.MatMulEpilogueBackend = (*traced)(nil)
	_ backend.SwiGLUBackend         = (*traced)(nil)
	_ backend.DropoutBackend        = (*traced)(nil)
	_ backend.RoPEBackend           = (*traced)(nil)
	_ backend.AttentionBackend      = (*traced)(nil)
	_ backend.ConvBackend           = (*traced)(nil)
	_ backend.PoolBackend           = (*traced)(nil)
	_ backend.SortBackend           = (*traced)(nil)
	_ backend.ScanBackend           = (*traced)(nil)
	_ backend.ScatterBackend        = (*traced)(nil)
	_ backend.LinearBackend         = (*traced)(nil)
	_ backend.DecompositionBackend  = (*traced)(nil)
	_ backend.CTCBackend            = (*traced)(nil)
	_ backend.FourierBackend        = (*traced)(nil)
	_ backend.AdamBackend           = (*traced)(nil)
	_ backend.AdamListBackend       = (*traced)(nil)
)

// Unwrap returns the backend itself.
func (b *traced) Unwrap() backend.Backend { return b.inner }

func (b *traced) Name() string { return b.inner.Name() }

// Synchronize waits, after which it costs nothing to see when what was queued ran.
func (b *traced) Synchronize() error {
	err := b.inner.Synchronize()
	b.resolve()
	return err
}

// done notes an operation that began at start and has just returned err. An operation that failed, or
// panicked and never came here, is none.
func (b *traced) done(err error, name string, start moment, c cost, dt dtype.DType, shapes ...[]int) error {
	if err == nil && b.timer == nil {
		// What computes in the background and can't tell when is waited for; it costs nothing where there is none.
		err = b.inner.Synchronize()
	}
	if err != nil {
		return err
	}
	e := event{name: name, by: b, start: start.host, end: clock(), dtype: dt, flops: c.flops, bytes: c.bytes}
	e.operands = uint8(copy(e.shapes[:], shapes))
	if b.timer != nil {
		return b.enqueue(e, start.mark)
	}
	mu.Lock()
	note(&e)
	mu.Unlock()
	return nil
}

// smallAlloc is the size from which on allocations are noted, in bytes. To do so costs more than to make the
// small ones, scalars most of them, and they are little of the memory.
const smallAlloc = 4 << 10

func (b *traced) Alloc(dt dtype.DType, n int) (backend.Storage, error) {
	if n*dt.Size() < smallAlloc {
		return b.inner.Alloc(dt, n)
	}
	began := clock()
	s, err := b.inner.Alloc(dt, n)
	if err != nil {
		return nil, err
	}
	e := event{name: "alloc", by: b, start: began, end: clock(), dtype: dt, operands: 1}
	e.shapes[0] = []int{n}
	mu.Lock()
	note(&e)
	weigh(e.end, b)
	mu.Unlock()
	return s, nil
}

// Adopt is no operation, and what it adopts is not memory that was allocated.
func (b *traced) Adopt(dt dtype.DType, buf []byte, owner any) (backend.Storage, error) {
	return b.inner.(backend.AdoptBackend).Adopt(dt, buf, owner)
}

func (b *traced) Upload(dst backend.Storage, src []byte) error {
	start := b.begin()
	err := b.inner.Upload(dst, src)
	return b.done(err, "upload", start, moved(2*int64(len(src))), dst.DType(), []int{dst.Len()})
}

func (b *traced) Download(dst []byte, src backend.Storage) error {
	start := b.begin()
	err := b.inner.Download(dst, src)
	return b.done(err, "download", start, moved(2*int64(len(dst))), src.DType(), []int{src.Len()})
}

func (b *traced) Copy(dst, x backend.View) error {
	name := "copy"
	if dst.Storage.DType() != x.Storage.DType() {
		name = "cast"
	}
	start := b.begin()
	err := b.inner.Copy(dst, x)
	return b.done(err, name, start, moved(size(dst)+size(x)), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) Fill(dst backend.View, value float64) error {
	start := b.begin()
	err := b.inner.Fill(dst, value)
	return b.done(err, "fill", start, moved(size(dst)), dst.Storage.DType(), dst.Layout.Shape)
}

func (b *traced) Unary(op backend.UnaryOp, dst, x backend.View) error {
	start := b.begin()
	err := b.inner.Unary(op, dst, x)
	return b.done(err, op.String(), start, unaryCost(op, dst, x), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) Binary(op backend.BinaryOp, dst, x, y backend.View) error {
	start := b.begin()
	err := b.inner.Binary(op, dst, x, y)
	return b.done(err, op.String(), start, binaryCost(op, dst, x, y), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) Where(dst, cond, x, y backend.View) error {
	start := b.begin()
	err := b.inner.Where(dst, cond, x, y)
	return b.done(err, "where", start, moved(size(dst)+size(cond)+size(x)+size(y)), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) Reduce(op backend.ReduceOp, dst, x backend.View, axes ...int) error {
	start := b.begin()
	err := b.inner.Reduce(op, dst, x, axes...)
	return b.done(err, op.String(), start, reduceCost(op, dst, x), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) MatMul(dst, x, y backend.View) error {
	start := b.begin()
	err := b.inner.MatMul(dst, x, y)
	return b.done(err, "matmul", start, matmulCost(dst, x, y), x.Storage.DType(), x.Layout.Shape, y.Layout.Shape)
}

func (b *traced) Gather(dst, x, idx backend.View, axis int) error {
	start := b.begin()
	err := b.inner.Gather(dst, x, idx, axis)
	return b.done(err, "gather", start, moved(2*size(dst)+size(idx)), x.Storage.DType(), x.Layout.Shape, idx.Layout.Shape)
}

func (b *traced) ScatterAdd(dst, src, idx backend.View, axis int) error {
	start := b.begin()
	err := b.inner.ScatterAdd(dst, src, idx, axis)
	return b.done(err, "scatter_add", start, scatterCost(dst, src, idx), src.Storage.DType(), dst.Layout.Shape, src.Layout.Shape)
}

func (b *traced) Random(dst backend.View, d backend.Distribution, seed, offset uint64) error {
	start := b.begin()
	err := b.inner.Random(dst, d, seed, offset)
	return b.done(err, "random", start, moved(size(dst)), dst.Storage.DType(), dst.Layout.Shape)
}

func (b *traced) Softmax(dst, x backend.View) error {
	start := b.begin()
	err := b.inner.(backend.SoftmaxBackend).Softmax(dst, x)
	return b.done(err, "softmax", start, perElement(4, dst, x), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) LogSoftmax(dst, x backend.View) error {
	start := b.begin()
	err := b.inner.(backend.SoftmaxBackend).LogSoftmax(dst, x)
	return b.done(err, "log_softmax", start, perElement(4, dst, x), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) SoftmaxGrad(dst, y, g backend.View) error {
	start := b.begin()
	err := b.inner.(backend.SoftmaxGradBackend).SoftmaxGrad(dst, y, g)
	return b.done(err, "softmax_grad", start, perElement(4, dst, y, g), y.Storage.DType(), y.Layout.Shape)
}

func (b *traced) LogSoftmaxGrad(dst, y, g backend.View) error {
	start := b.begin()
	err := b.inner.(backend.SoftmaxGradBackend).LogSoftmaxGrad(dst, y, g)
	return b.done(err, "log_softmax_grad", start, perElement(4, dst, y, g), y.Storage.DType(), y.Layout.Shape)
}

func (b *traced) CrossEntropy(dst, lse, x, targets backend.View) error {
	start := b.begin()
	err := b.inner.(backend.CrossEntropyBackend).CrossEntropy(dst, lse, x, targets)
	c := cost{flops: arithmetic(x, 4*count(x)), bytes: size(dst) + size(lse) + size(x) + size(targets)}
	return b.done(err, "crossentropy", start, c, x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) CrossEntropyGrad(dst, x, targets, lse, g backend.View) error {
	start := b.begin()
	err := b.inner.(backend.CrossEntropyBackend).CrossEntropyGrad(dst, x, targets, lse, g)
	return b.done(err, "crossentropy_grad", start, perElement(4, dst, x, targets, lse, g), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) Norm(dst, x backend.View, eps float64) error {
	start := b.begin()
	err := b.inner.(backend.NormBackend).Norm(dst, x, eps)
	return b.done(err, "norm", start, perElement(5, dst, x), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) NormGrad(dst, x, g backend.View, eps float64) error {
	start := b.begin()
	err := b.inner.(backend.NormBackend).NormGrad(dst, x, g, eps)
	return b.done(err, "norm_grad", start, perElement(12, dst, x, g), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) LayerNorm(dst, x, weight, bias backend.View, o backend.LayerNorm) error {
	start := b.begin()
	err := b.inner.(backend.LayerNormBackend).LayerNorm(dst, x, weight, bias, o)
	return b.done(err, "layernorm", start, perElement(7, dst, x), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) LayerNormGrad(dx, dweight, dbias, x, weight, g backend.View, o backend.LayerNorm) error {
	start := b.begin()
	err := b.inner.(backend.LayerNormBackend).LayerNormGrad(dx, dweight, dbias, x, weight, g, o)
	return b.done(err, "layernorm_grad", start, perElement(16, dx, x, g), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) Activation(a backend.Activation, dst, x backend.View) error {
	start := b.begin()
	err := b.inner.(backend.ActivationBackend).Activation(a, dst, x)
	return b.done(err, a.String(), start, perElement(activationFLOPs[a].forward, dst, x), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) ActivationGrad(a backend.Activation, dst, x, g backend.View) error {
	start := b.begin()
	err := b.inner.(backend.ActivationBackend).ActivationGrad(a, dst, x, g)
	return b.done(err, activationFLOPs[a].grad, start, perElement(activationFLOPs[a].backward, dst, x, g), x.Storage.DType(), x.Layout.Shape)
}

// MatMulEpilogue is named by what it does: "matmul_bias_gelu".
func (b *traced) MatMulEpilogue(dst, x, y backend.View, e backend.Epilogue) error {
	start := b.begin()
	err := b.inner.(backend.MatMulEpilogueBackend).MatMulEpilogue(dst, x, y, e)
	name, c := "matmul", matmulCost(dst, x, y)
	if e.Bias.Storage != nil {
		name, c.flops, c.bytes = name+"_bias", c.flops+count(dst), c.bytes+size(e.Bias)
	}
	if e.Activation != backend.EpilogueNone {
		name, c.flops = name+"_"+e.Activation.String(), c.flops+epilogueFLOPs[e.Activation]*count(dst)
	}
	if e.Before.Storage != nil {
		c.bytes += size(e.Before)
	}
	return b.done(err, name, start, c, x.Storage.DType(), x.Layout.Shape, y.Layout.Shape)
}

func (b *traced) SwiGLU(dst, x, gate backend.View) error {
	start := b.begin()
	err := b.inner.(backend.SwiGLUBackend).SwiGLU(dst, x, gate)
	return b.done(err, "swiglu", start, perElement(activationFLOPs[backend.SiLU].forward+1, dst, x, gate), x.Storage.DType(), x.Layout.Shape)
}

// SwiGLUGrad takes the products of g with x and with the activation, the activation and its gradient.
func (b *traced) SwiGLUGrad(dx, dgate, x, gate, g backend.View) error {
	start := b.begin()
	err := b.inner.(backend.SwiGLUBackend).SwiGLUGrad(dx, dgate, x, gate, g)
	silu := activationFLOPs[backend.SiLU]
	return b.done(err, "swiglu_grad", start, perElement(silu.forward+silu.backward+2, dx, x, gate, g, dgate), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) Dropout(dst, x backend.View, d backend.Dropout) error {
	start := b.begin()
	err := b.inner.(backend.DropoutBackend).Dropout(dst, x, d)
	return b.done(err, "dropout", start, perElement(1, dst, x), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) RoPE(dst, x, cos, sin backend.View, o backend.RoPE) error {
	start := b.begin()
	err := b.inner.(backend.RoPEBackend).RoPE(dst, x, cos, sin, o)
	name := "rope"
	if o.Inverse {
		name = "rope_grad"
	}
	return b.done(err, name, start, ropeCost(dst, x, cos, sin), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) Attention(dst, lse, q, k, v backend.View, o backend.Attention) error {
	start := b.begin()
	err := b.inner.(backend.AttentionBackend).Attention(dst, lse, q, k, v, o)
	return b.done(err, "attention", start, attentionCost(dst, lse, q, k, v, o), q.Storage.DType(), q.Layout.Shape, k.Layout.Shape)
}

func (b *traced) AttentionGrad(dq, dk, dv, q, k, v, dst, lse, g backend.View, o backend.Attention) error {
	start := b.begin()
	err := b.inner.(backend.AttentionBackend).AttentionGrad(dq, dk, dv, q, k, v, dst, lse, g, o)
	return b.done(err, "attention_grad", start, attentionGradCost(q, k, v, dst, lse, g, o), q.Storage.DType(), q.Layout.Shape, k.Layout.Shape)
}

func (b *traced) Conv2D(dst, x, weight backend.View, c backend.Conv) error {
	start := b.begin()
	err := b.inner.(backend.ConvBackend).Conv2D(dst, x, weight, c)
	return b.done(err, "conv2d", start, convCost(dst, weight, dst, x, weight), x.Storage.DType(), x.Layout.Shape, weight.Layout.Shape)
}

func (b *traced) Conv2DInputGrad(dst, weight, g backend.View, c backend.Conv) error {
	start := b.begin()
	err := b.inner.(backend.ConvBackend).Conv2DInputGrad(dst, weight, g, c)
	return b.done(err, "conv2d_input_grad", start, convCost(g, weight, dst, weight, g), g.Storage.DType(), g.Layout.Shape, weight.Layout.Shape)
}

func (b *traced) Conv2DWeightGrad(dst, x, g backend.View, c backend.Conv) error {
	start := b.begin()
	err := b.inner.(backend.ConvBackend).Conv2DWeightGrad(dst, x, g, c)
	return b.done(err, "conv2d_weight_grad", start, convCost(g, dst, dst, x, g), g.Storage.DType(), x.Layout.Shape, g.Layout.Shape)
}

func (b *traced) MaxPool(dst, places, x backend.View, p backend.Pool) error {
	start := b.begin()
	err := b.inner.(backend.PoolBackend).MaxPool(dst, places, x, p)
	return b.done(err, "max_pool", start, moved(size(dst)+size(places)+size(x)), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) MaxPoolGrad(dst, places, g backend.View, p backend.Pool) error {
	start := b.begin()
	err := b.inner.(backend.PoolBackend).MaxPoolGrad(dst, places, g, p)
	return b.done(err, "max_pool_grad", start, moved(size(dst)+size(places)+size(g)), g.Storage.DType(), g.Layout.Shape)
}

func (b *traced) AvgPool(dst, x backend.View, p backend.Pool) error {
	start := b.begin()
	err := b.inner.(backend.PoolBackend).AvgPool(dst, x, p)
	return b.done(err, "avg_pool", start, moved(size(dst)+size(x)), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) AvgPoolGrad(dst, g backend.View, p backend.Pool) error {
	start := b.begin()
	err := b.inner.(backend.PoolBackend).AvgPoolGrad(dst, g, p)
	return b.done(err, "avg_pool_grad", start, moved(size(dst)+size(g)), g.Storage.DType(), g.Layout.Shape)
}

func (b *traced) ArgSort(dst, x backend.View, o backend.SortOrder) error {
	start := b.begin()
	err := b.inner.(backend.SortBackend).ArgSort(dst, x, o)
	return b.done(err, "argsort", start, moved(size(dst)+size(x)), x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) SearchSorted(dst, edges, values backend.View, side backend.SearchSide) error {
	start := b.begin()
	err := b.inner.(backend.SortBackend).SearchSorted(dst, edges, values, side)
	return b.done(err, "searchsorted", start, moved(size(dst)+size(values)), values.Storage.DType(), edges.Layout.Shape, values.Layout.Shape)
}

func (b *traced) Scatter(dst, src, idx backend.View, axis int) error {
	start := b.begin()
	err := b.inner.(backend.ScatterBackend).Scatter(dst, src, idx, axis)
	return b.done(err, "scatter", start, moved(2*size(src)+size(idx)), src.Storage.DType(), dst.Layout.Shape, src.Layout.Shape)
}

func (b *traced) ScatterReduce(op backend.ReduceOp, dst, src, idx backend.View, axis int) error {
	start := b.begin()
	err := b.inner.(backend.ScatterBackend).ScatterReduce(op, dst, src, idx, axis)
	return b.done(err, "scatter_"+op.String(), start, moved(3*size(src)+size(idx)), src.Storage.DType(), dst.Layout.Shape, src.Layout.Shape)
}

func (b *traced) Scan(op backend.ScanOp, dst, x backend.View) error {
	start := b.begin()
	err := b.inner.(backend.ScanBackend).Scan(op, dst, x)
	return b.done(err, op.String(), start, cost{flops: count(x), bytes: size(dst) + size(x)}, x.Storage.DType(), x.Layout.Shape)
}

func (b *traced) Eliminate(matrices, det backend.View) error {
	start := b.begin()
	err := b.inner.(backend.LinearBackend).Eliminate(matrices, det)
	n := int64(matrices.Layout.Shape[1])
	c := cost{flops: 2 * n * count(matrices), bytes: 2 * size(matrices)}
	return b.done(err, "eliminate", start, c, dtype.Float64, matrices.Layout.Shape)
}

func (b *traced) Cholesky(matrices backend.View) error {
	start := b.begin()
	err := b.inner.(backend.LinearBackend).Cholesky(matrices)
	n := int64(matrices.Layout.Shape[1])
	c := cost{flops: n * count(matrices) / 3, bytes: 2 * size(matrices)}
	return b.done(err, "cholesky", start, c, dtype.Float64, matrices.Layout.Shape)
}

func (b *traced) LU(matrices, order backend.View) error {
	start := b.begin()
	err := b.inner.(backend.DecompositionBackend).LU(matrices, order)
	return b.done(err, "lu", start, decompositionCost(matrices, 2.0/3), dtype.Float64, matrices.Layout.Shape)
}

func (b *traced) QR(q, matrices backend.View) error {
	start := b.begin()
	err := b.inner.(backend.DecompositionBackend).QR(q, matrices)
	return b.done(err, "qr", start, decompositionCost(matrices, 4), dtype.Float64, matrices.Layout.Shape)
}

func (b *traced) EigH(values, vectors, matrices backend.View) error {
	start := b.begin()
	err := b.inner.(backend.DecompositionBackend).EigH(values, vectors, matrices)
	return b.done(err, "eigh", start, decompositionCost(matrices, 9), dtype.Float64, matrices.Layout.Shape)
}

func (b *traced) SVD(scaled, values, turned, matrices backend.View) error {
	start := b.begin()
	err := b.inner.(backend.DecompositionBackend).SVD(scaled, values, turned, matrices)
	return b.done(err, "svd", start, decompositionCost(matrices, 14), dtype.Float64, matrices.Layout.Shape)
}

// decompositionCost counts some FLOPs, as the textbooks do (Golub and Van Loan 2013), for each element and the matrix's shorter side.
func decompositionCost(matrices backend.View, each float64) cost {
	n := min(matrices.Layout.Shape[1], matrices.Layout.Shape[2])
	return cost{flops: int64(each * float64(n) * float64(count(matrices))), bytes: 2 * size(matrices)}
}

func (b *traced) CTC(losses, slopes, logp, labels, lengths backend.View, c backend.CTC) error {
	start := b.begin()
	err := b.inner.(backend.CTCBackend).CTC(losses, slopes, logp, labels, lengths, c)
	return b.done(err, "ctc", start, moved(size(logp)+size(slopes)), dtype.Float64, logp.Layout.Shape, labels.Layout.Shape)
}

func (b *traced) DFT(dst, x backend.View, way backend.DFTWay) error {
	start := b.begin()
	err := b.inner.(backend.FourierBackend).DFT(dst, x, way)
	return b.done(err, "dft", start, moved(size(dst)+size(x)), dtype.Float64, x.Layout.Shape)
}

func (b *traced) AdamW(param, grad, m, v backend.View, s backend.AdamStep) error {
	start := b.begin()
	err := b.inner.(backend.AdamBackend).AdamW(param, grad, m, v, s)
	return b.done(err, "adamw", start, adamCost(param, grad, m, v), param.Storage.DType(), param.Layout.Shape)
}

func (b *traced) AdamWList(list []backend.AdamParam) error {
	start := b.begin()
	err := b.inner.(backend.AdamListBackend).AdamWList(list)
	if len(list) == 0 {
		return err
	}
	var c cost
	for _, p := range list {
		one := adamCost(p.Param, p.Grad, p.M, p.V)
		if p.Master.Storage != nil { // read and written where the parameter is only written
			one.bytes += 2*size(p.Master) - size(p.Param)
		}
		c.flops, c.bytes = c.flops+one.flops, c.bytes+one.bytes
	}
	return b.done(err, "adamw", start, c, list[0].Param.Storage.DType(), []int{len(list)})
}

// Memory and ReleaseMemory compute nothing, so there is nothing to note.

func (b *traced) Memory() backend.Memory { return b.inner.(backend.MemoryBackend).Memory() }

func (b *traced) ReleaseMemory() { b.inner.(backend.MemoryBackend).ReleaseMemory() }
