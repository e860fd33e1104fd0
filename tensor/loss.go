package tensor

import (
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// LossOptions are for CrossEntropyWith.
type LossOptions struct {
	IgnoreIndex    int       // targets that don't count; 0 means -100, as PyTorch's default
	LabelSmoothing float64   // share of the probability spread over all classes (Szegedy et al. 2016)
	Weight         *Tensor   // (classes,) of each class; the mean is weighted too
	Reduction      Reduction // ReduceNone gives losses of the targets' shape
}

// CrossEntropy is the mean of −log softmax(x)[target]: logits (…, classes), targets (…) of whole
// numbers. Targets of -100 don't count. The classes lie along the last axis, whatever the rank. Targets
// of floats in the shape of the logits are probabilities.
func (t *Tensor) CrossEntropy(targets *Tensor) *Tensor {
	return t.CrossEntropyWith(targets, LossOptions{})
}

// CrossEntropyWith is CrossEntropy with options.
func (t *Tensor) CrossEntropyWith(targets *Tensor, o LossOptions) *Tensor {
	const op = "crossentropy"
	sameDevice(op, t, targets)
	if targets.DType().IsFloat() && t.Rank() > 0 && slices.Equal(t.layout.Shape, targets.layout.Shape) {
		return t.softTargets(op, targets, o)
	}
	if t.Rank() == 0 || !slices.Equal(t.layout.Shape[:t.Rank()-1], targets.layout.Shape) {
		fail(op, []*Tensor{t, targets}, "takes logits (…, classes) and targets (…)")
	}
	t = t.higher()
	if t = t.To(floating(t.DType())); o.LabelSmoothing > 0 || t.DType().IsHalf() {
		return t.LogSoftmax(-1).nll(op, targets, o)
	}
	return t.rowLosses(op, targets, o, (*Tensor).crossEntropy)
}

// MSE is the mean squared difference.
func (t *Tensor) MSE(target *Tensor) *Tensor { return t.reals().Sub(target.higher()).Square().Mean() }

// L1 is the mean absolute difference.
func (t *Tensor) L1(target *Tensor) *Tensor { return t.reals().Sub(target.higher()).Abs().Mean() }

// BCEWithLogits is the mean binary cross-entropy of sigmoid(x) against targets between 0 and 1,
// computed without overflow: softplus(x) − x·y.
func (t *Tensor) BCEWithLogits(target *Tensor) *Tensor {
	t, target = t.reals(), target.reals()
	return t.Softplus().Sub(t.Mul(target)).Mean()
}

// crossEntropy is −log softmax(x)[target] of each row of x (N, classes), with targets (N,) of Int64.
func (t *Tensor) crossEntropy(targets *Tensor) *Tensor {
	const op = "crossentropy"
	b, ok := backend.As[backend.CrossEntropyBackend](t.backend())
	if !ok {
		return t.LogSoftmax(-1).pickLoss(targets)
	}
	backend.Poll()
	out, lse := t.like(op, t.DType(), targets.layout.Shape), t.like(op, Float64, targets.layout.Shape)
	must(b.CrossEntropy(out.v(), lse.v(), t.v(), targets.v()), op, t, targets)
	return record(out, op, nil, t, targets, lse)
}

// pickLoss is the losses (N,) of targets (N,) whose logarithms of probabilities are t (N, classes).
func (t *Tensor) pickLoss(targets *Tensor) *Tensor {
	return t.gather("crossentropy", 1, targets.Unsqueeze(1)).Squeeze(1).Neg()
}

func init() {
	moreRules(map[string]rule{"crossentropy": of(both|third, crossEntropyVJP, nil)})
}

// crossEntropyVJP is g·(softmax(x) − onehot(target)).
func crossEntropyVJP(c *call) *Tensor {
	x, targets, g := c.in(0), c.in(1), c.g
	if b, ok := backend.As[backend.CrossEntropyBackend](x.backend()); ok && !GradEnabled() {
		backend.Poll()
		out := x.like(c.node.op, x.DType(), x.layout.Shape)
		must(b.CrossEntropyGrad(out.v(), x.v(), targets.v(), c.in(2).v(), g.v()), c.node.op, x, targets, g)
		return out
	}
	column := g.Unsqueeze(1) // (N, 1)
	return x.Softmax(-1).Mul(column).Add(ZerosLike(x.Detach()).addAt(1, targets.Unsqueeze(1), column.Neg()))
}
