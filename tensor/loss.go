package tensor

import "slices"

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
	return t.LogSoftmax(-1).nll(op, targets, o)
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
