package tensor

import "slices"

// MarginOptions are for MultiMargin.
type MarginOptions struct {
	P         float64 // 1 or 2, the power of what is above; 0 means 1
	Margin    float64 // 0 means 1
	Weight    *Tensor // (classes,) of each class
	Reduction Reduction
}

// MultiMargin is the mean over the other classes of max(0, margin − x[target] + x[class])ᵖ: scores (N, classes) and
// targets (N,).
func (t *Tensor) MultiMargin(targets *Tensor, o MarginOptions) *Tensor {
	const op = "multimargin"
	sameDevice(op, t, targets)
	if t.Rank() != 2 || targets.Rank() != 1 || targets.Dim(0) != t.Dim(0) {
		fail(op, []*Tensor{t, targets}, "takes scores (N, classes) and targets (N,)")
	}
	if o.P == 0 {
		o.P = 1
	}
	if o.Margin == 0 {
		o.Margin = 1
	}
	x := t.reals()
	idx := asIndex(op, targets).Unsqueeze(1)                        // (N, 1)
	above := x.Sub(x.gather(op, 1, idx)).AddScalar(o.Margin).ReLU() // (N, classes)
	if o.P != 1 {
		above = above.PowScalar(o.P)
	}
	if w := o.Weight; w != nil {
		checkClassWeight(op, t, w)
		above = above.Mul(w.IndexSelect(0, asIndex(op, targets)).Unsqueeze(1))
	}
	mine := targets.Unsqueeze(1).Equal(Options{DType: Int64, Device: t.Device()}.Arange(0, float64(t.Dim(1)), 1))
	return above.MaskedFill(mine, 0).Sum(1).DivScalar(float64(max(t.Dim(1), 1))).reduced(op, []Reduction{o.Reduction})
}

// MultiLabelSoftMargin is the mean over the classes of BCEWithLogits: logits and targets (…, classes).
func (t *Tensor) MultiLabelSoftMargin(targets *Tensor, reduction ...Reduction) *Tensor {
	const op = "multilabelsoftmargin"
	elementwise(op, t, targets)
	if t.Rank() == 0 {
		fail(op, []*Tensor{t, targets}, "takes logits (…, classes)")
	}
	t, targets = t.reals(), targets.reals()
	yes := targets.Mul(t.LogSigmoid())
	no := targets.RSubScalar(1).Mul(t.Neg().LogSigmoid())
	return yes.Add(no).Neg().Mean(-1).reduced(op, reduction)
}

// MultiLabelMargin is the sum over targets y and other classes i of max(0, 1 − x[y] + x[i]), divided by the number of
// classes: scores and targets (N, classes), or (classes,). A row of targets ends before the first −1.
func (t *Tensor) MultiLabelMargin(targets *Tensor, reduction ...Reduction) *Tensor {
	const op = "multilabelmargin"
	sameDevice(op, t, targets)
	if t.Rank() < 1 || t.Rank() > 2 || !slices.Equal(t.layout.Shape, targets.layout.Shape) {
		fail(op, []*Tensor{t, targets}, "takes scores and targets (N, classes)")
	}
	if t.Rank() == 1 {
		return t.Unsqueeze(0).MultiLabelMargin(targets.Unsqueeze(0), append(reduction, ReduceMean)[:1]...).reshapedTo(reduction)
	}
	x := t.reals()
	idx := asIndex(op, targets)
	named := idx.LessScalar(0).To(Int64).CumSum(1).EqualScalar(0) // (N, classes): before the first −1
	zero := idx.scalar(op, 0, Int64)
	safe := Where(named, idx, zero)
	mine := ZerosLike(idx).scatterAdd(1, safe, named.To(Int64)).GreaterScalar(0) // (N, classes): is a target
	own := x.gather(op, 1, safe)
	above := x.Unsqueeze(1).Sub(own.Unsqueeze(2)).AddScalar(1).ReLU() // (N, targets, classes)
	skip := named.LogicalNot().Unsqueeze(2).LogicalOr(mine.Unsqueeze(1))
	return above.MaskedFill(skip, 0).Sum(1, 2).DivScalar(float64(max(t.Dim(1), 1))).reduced(op, reduction)
}

// reshapedTo drops the axis of one row where nothing was reduced.
func (t *Tensor) reshapedTo(reduction []Reduction) *Tensor {
	if len(reduction) > 0 && reduction[0] == ReduceNone {
		return t.Reshape()
	}
	return t
}
