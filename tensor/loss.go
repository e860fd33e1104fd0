package tensor

import "slices"

// LossOptions are for CrossEntropyWith.
type LossOptions struct {
	IgnoreIndex    int     // targets that don't count; 0 means -100, as PyTorch's default
	LabelSmoothing float64 // share of the probability spread over all classes (Szegedy et al. 2016)
}

// CrossEntropy is the mean of −log softmax(x)[target]: logits (…, classes), targets (…) of whole
// numbers. Targets of -100 don't count. The classes lie along the last axis, whatever the rank.
func (t *Tensor) CrossEntropy(targets *Tensor) *Tensor {
	return t.CrossEntropyWith(targets, LossOptions{})
}

// CrossEntropyWith is CrossEntropy with options.
func (t *Tensor) CrossEntropyWith(targets *Tensor, o LossOptions) *Tensor {
	const op = "crossentropy"
	sameDevice(op, t, targets)
	if t.Rank() == 0 || !slices.Equal(t.layout.Shape[:t.Rank()-1], targets.layout.Shape) {
		fail(op, []*Tensor{t, targets}, "takes logits (…, classes) and targets (…)")
	}
	if o.IgnoreIndex == 0 {
		o.IgnoreIndex = -100
	}
	classes := t.Dim(-1)
	logp := t.LogSoftmax(-1).Reshape(-1, max(classes, 1))          // (N, classes)
	index := asIndex(op, targets).Reshape(-1)                      // (N,)
	counts := index.NotEqualScalar(float64(o.IgnoreIndex))         // (N,)
	safe := Where(counts, index, index.scalar(op, 0, Int64))       // (N,)
	loss := logp.gather(op, 1, safe.Unsqueeze(1)).Squeeze(1).Neg() // (N,)
	if s := o.LabelSmoothing; s > 0 {
		loss = loss.MulScalar(1 - s).Sub(logp.Mean(1).MulScalar(s))
	}
	loss = Where(counts, loss, loss.scalar(op, 0, loss.DType()))
	return loss.Sum().Div(counts.Sum())
}

// MSE is the mean squared difference.
func (t *Tensor) MSE(target *Tensor) *Tensor { return t.Sub(target).Square().Mean() }

// L1 is the mean absolute difference.
func (t *Tensor) L1(target *Tensor) *Tensor { return t.Sub(target).Abs().Mean() }

// BCEWithLogits is the mean binary cross-entropy of sigmoid(x) against targets between 0 and 1,
// computed without overflow: max(x, 0) − x·y + log(1 + e^−|x|).
func (t *Tensor) BCEWithLogits(target *Tensor) *Tensor {
	soft := t.Abs().Neg().Exp().AddScalar(1).Log()
	return t.ReLU().Sub(t.Mul(target)).Add(soft).Mean()
}
