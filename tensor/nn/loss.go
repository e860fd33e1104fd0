package nn

import "github.com/rustygradients/rg/tensor"

// CrossEntropy is the mean of −log softmax(logits)[target]: logits (…, classes), targets (…) of whole
// numbers. Targets of -100 don't count.
func CrossEntropy(logits, targets *tensor.Tensor) *tensor.Tensor {
	return logits.CrossEntropy(targets)
}

// MSE is the mean squared difference.
func MSE(x, target *tensor.Tensor) *tensor.Tensor { return x.MSE(target) }

// L1 is the mean absolute difference.
func L1(x, target *tensor.Tensor) *tensor.Tensor { return x.L1(target) }

// BCEWithLogits is the mean binary cross-entropy of σ(logits) against targets between 0 and 1.
func BCEWithLogits(logits, target *tensor.Tensor) *tensor.Tensor {
	return logits.BCEWithLogits(target)
}

// Huber is the mean of ½d² where the difference d is below 1, and of |d| − ½ beyond (Huber 1964;
// PyTorch's SmoothL1Loss).
func Huber(x, target *tensor.Tensor) *tensor.Tensor {
	d := x.Sub(target).Abs()
	near := d.ClampMax(1)
	// ½·near² + (d − near): the second part is 0 below 1.
	return near.Square().MulScalar(0.5).Add(d.Sub(near)).Mean()
}

// Accuracy is the share of targets (…) that have the largest of the logits (…, classes).
func Accuracy(logits, targets *tensor.Tensor) float64 {
	hits := logits.Detach().ArgMax(-1).Equal(targets)
	return hits.To(tensor.Float32).Mean().Item()
}
