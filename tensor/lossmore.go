package tensor

import "slices"

// Reduction says what a loss makes of the losses of all elements.
type Reduction int

// The reductions.
const (
	ReduceMean      Reduction = iota // their mean
	ReduceSum                        // their sum
	ReduceNone                       // nothing
	ReduceBatchMean                  // their sum, divided by the size of the first axis
)

// reduced applies the one reduction that is given, or takes the mean.
func (t *Tensor) reduced(op string, reduction []Reduction) *Tensor {
	r := ReduceMean
	switch len(reduction) {
	case 0:
	case 1:
		r = reduction[0]
	default:
		fail(op, []*Tensor{t}, "takes one reduction, not %d", len(reduction))
	}
	switch r {
	case ReduceSum:
		return t.Sum()
	case ReduceNone:
		return t
	case ReduceBatchMean:
		if t.Rank() == 0 {
			return t
		}
		return t.Sum().DivScalar(float64(t.Dim(0)))
	}
	return t.Mean()
}

// NLL is the mean of −x[target], for log-probabilities (…, classes) and targets (…) of whole numbers: what
// CrossEntropy does after LogSoftmax. LabelSmoothing isn't for it.
func (t *Tensor) NLL(targets *Tensor, o LossOptions) *Tensor {
	if o.LabelSmoothing != 0 {
		fail("nll", []*Tensor{t, targets}, "label smoothing is for CrossEntropyWith")
	}
	return t.nll("nll", targets, o)
}

// nll is the loss of log-probabilities.
func (t *Tensor) nll(op string, targets *Tensor, o LossOptions) *Tensor {
	return t.reals().rowLosses(op, targets, o, (*Tensor).pickLoss)
}

// rowLosses is the loss that of gives for rows (N, classes) and targets (N,). Where labels are smoothed, the rows are
// log-probabilities.
func (t *Tensor) rowLosses(op string, targets *Tensor, o LossOptions, of func(rows, targets *Tensor) *Tensor) *Tensor {
	sameDevice(op, t, targets)
	if t.Rank() == 0 || !slices.Equal(t.layout.Shape[:t.Rank()-1], targets.layout.Shape) {
		fail(op, []*Tensor{t, targets}, "takes (…, classes) and targets (…)")
	}
	if o.IgnoreIndex == 0 {
		o.IgnoreIndex = -100
	}
	classes := t.Dim(-1)
	rows := t.Reshape(targets.Len(), classes)                // (N, classes)
	index := asIndex(op, targets).Reshape(-1)                // (N,)
	counts := index.NotEqualScalar(float64(o.IgnoreIndex))   // (N,)
	safe := Where(counts, index, index.scalar(op, 0, Int64)) // (N,)
	zero := rows.scalar(op, 0, rows.DType())
	loss := of(rows, safe)           // (N,)
	share := counts.To(rows.DType()) // (N,), the weight of each target
	if w := o.Weight; w != nil {
		checkClassWeight(op, t, w)
		share = share.Mul(w.IndexSelect(0, safe))
		loss = loss.Mul(w.IndexSelect(0, safe))
	}
	if s := o.LabelSmoothing; s > 0 {
		// Each class with the weight of its own.
		all := rows
		if o.Weight != nil {
			all = all.Mul(o.Weight)
		}
		loss = loss.MulScalar(1 - s).Sub(all.Mean(1).MulScalar(s))
	}
	loss = Where(counts, loss, zero)
	switch o.Reduction {
	case ReduceMean:
		return loss.Sum().Div(share.Sum())
	case ReduceNone:
		return loss.Reshape(targets.layout.Shape...)
	}
	return loss.reduced(op, []Reduction{o.Reduction})
}

func checkClassWeight(op string, t, w *Tensor) {
	sameDevice(op, t, w)
	if w.Rank() != 1 || w.Dim(0) != t.Dim(-1) {
		fail(op, []*Tensor{t, w}, "the weight has one value for each of the %d classes", t.Dim(-1))
	}
}

// softTargets is the cross-entropy with a distribution over the classes as target.
func (t *Tensor) softTargets(op string, targets *Tensor, o LossOptions) *Tensor {
	classes := t.Dim(-1)
	p := targets
	if s := o.LabelSmoothing; s > 0 {
		p = p.MulScalar(1 - s).AddScalar(s / float64(classes))
	}
	if o.Weight != nil {
		checkClassWeight(op, t, o.Weight)
		p = p.Mul(o.Weight)
	}
	return t.LogSoftmax(-1).Mul(p).Sum(-1).Neg().reduced(op, []Reduction{o.Reduction})
}

// elementwise checks that a loss's operands have one shape.
func elementwise(op string, t *Tensor, others ...*Tensor) {
	all := append([]*Tensor{t}, others...)
	sameDevice(op, all...)
	for _, y := range others {
		if !slices.Equal(t.layout.Shape, y.layout.Shape) {
			fail(op, all, "the shapes must agree; a loss doesn't broadcast")
		}
	}
}

// KLDivOptions are for KLDiv.
type KLDivOptions struct {
	LogTarget bool      // the target holds log-probabilities too
	Reduction Reduction // ReduceBatchMean is the divergence's definition
}

// KLDiv is the Kullback–Leibler divergence p·(log p − x) of target probabilities p from log-probabilities x.
func (t *Tensor) KLDiv(target *Tensor, o KLDivOptions) *Tensor {
	t, target = t.reals(), target.reals()
	elementwise("kldiv", t, target)
	var loss *Tensor
	if o.LogTarget {
		loss = target.Exp().Mul(target.Sub(t))
	} else {
		loss = target.XLogY(target).Sub(target.Mul(t))
	}
	return loss.reduced("kldiv", []Reduction{o.Reduction})
}

// BCE is binary cross-entropy −y·log x − (1−y)·log(1−x) of probabilities x against targets y between 0 and 1.
// Logarithms are no less than −100, as in PyTorch; BCEWithLogits is exact.
func (t *Tensor) BCE(target *Tensor, reduction ...Reduction) *Tensor {
	t, target = t.reals(), target.reals()
	elementwise("bce", t, target)
	if dt := t.DType(); dt.IsHalf() { // rounded once, as others below
		return t.wide().BCE(target.wide(), reduction...).To(dt)
	}
	yes := target.Mul(t.Log().ClampMin(-100))
	no := target.RSubScalar(1).Mul(t.Neg().Log1p().ClampMin(-100))
	return yes.Add(no).Neg().reduced("bce", reduction)
}

// BCEOptions are for BCEWithLogitsWith.
type BCEOptions struct {
	Weight    *Tensor // multiplies the losses; broadcast
	PosWeight *Tensor // multiplies the part of the targets that are 1; broadcast
	Reduction Reduction
}

// BCEWithLogitsWith is BCEWithLogits with options.
func (t *Tensor) BCEWithLogitsWith(target *Tensor, o BCEOptions) *Tensor {
	t, target = t.reals(), target.reals()
	elementwise("bcewithlogits", t, target)
	if dt := t.DType(); dt.IsHalf() {
		return t.wide().BCEWithLogitsWith(target.wide(), o).To(dt)
	}
	yes := target.Mul(t.LogSigmoid())
	if o.PosWeight != nil {
		yes = yes.Mul(o.PosWeight)
	}
	loss := yes.Add(target.RSubScalar(1).Mul(t.Neg().LogSigmoid())).Neg()
	if o.Weight != nil {
		loss = loss.Mul(o.Weight)
	}
	return loss.reduced("bcewithlogits", []Reduction{o.Reduction})
}

// Huber is d²/2 where the difference d is smaller than delta, and delta·(|d| − delta/2) elsewhere (Huber
// 1964).
func (t *Tensor) Huber(target *Tensor, delta float64, reduction ...Reduction) *Tensor {
	t, target = t.reals(), target.reals()
	elementwise("huber", t, target)
	if !(delta > 0) {
		fail("huber", []*Tensor{t, target}, "delta is %v; it must be above 0", delta)
	}
	size := t.Sub(target).Abs()
	small := size.Detach().LessScalar(delta)
	loss := Where(small, size.Square().MulScalar(0.5), size.SubScalar(delta/2).MulScalar(delta))
	return loss.reduced("huber", reduction)
}

// SmoothL1 is Huber divided by beta, so that its slope is that of L1; beta 0 is L1.
func (t *Tensor) SmoothL1(target *Tensor, beta float64, reduction ...Reduction) *Tensor {
	t, target = t.reals(), target.reals()
	if beta == 0 {
		elementwise("smoothl1", t, target)
		return t.Sub(target).Abs().reduced("smoothl1", reduction)
	}
	return t.Huber(target, beta, reduction...).DivScalar(beta)
}

// PoissonNLL is eˣ − y·x, the negative log-likelihood of counts y for logarithms x of rates, but for log y!.
func (t *Tensor) PoissonNLL(target *Tensor, reduction ...Reduction) *Tensor {
	elementwise("poissonnll", t, target)
	t, target = t.reals(), target.higher()
	return t.Exp().Sub(target.Mul(t)).reduced("poissonnll", reduction)
}

// GaussianNLL is (log v + (x − y)²/v)/2, the negative log-likelihood of y for means x and variances v, but for
// a constant. Variances below eps count as eps, and get no gradient of that.
func (t *Tensor) GaussianNLL(target, variance *Tensor, eps float64, reduction ...Reduction) *Tensor {
	sameDevice("gaussiannll", t, target, variance)
	if r := t.Rank() - 1; r > 0 && slices.Equal(variance.layout.Shape, t.layout.Shape[:r]) {
		variance = variance.Unsqueeze(-1) // one for each row
	}
	t, target, variance = t.reals(), target.reals(), variance.reals()
	v := variance.Add(variance.Detach().ClampMin(eps).Sub(variance.Detach()))
	return v.Log().Add(t.Sub(target).Square().Div(v)).MulScalar(0.5).reduced("gaussiannll", reduction)
}

// SoftMargin is log(1 + e^(−y·x)) for targets y of 1 and −1.
func (t *Tensor) SoftMargin(target *Tensor, reduction ...Reduction) *Tensor {
	elementwise("softmargin", t, target)
	t, target = t.reals(), target.higher()
	return t.Mul(target).Neg().Softplus().reduced("softmargin", reduction)
}

// HingeEmbedding is x where the target is 1, and max(0, margin − x) where it is −1; their sum where it is neither,
// as in PyTorch.
func (t *Tensor) HingeEmbedding(target *Tensor, margin float64, reduction ...Reduction) *Tensor {
	sameDevice("hingeembedding", t, target)
	t, target = t.reals(), target.higher()
	zero := t.scalar("hingeembedding", 0, t.DType())
	near := Where(target.EqualScalar(-1), zero, t)
	far := Where(target.EqualScalar(1), zero, t.RSubScalar(margin).ClampMin(0))
	loss := near.Add(far)
	return loss.reduced("hingeembedding", reduction)
}

// MarginRanking is max(0, margin − target·(x − y)): x shall be above y where the target is 1, below where it
// is −1.
func (t *Tensor) MarginRanking(y, target *Tensor, margin float64, reduction ...Reduction) *Tensor {
	elementwise("marginranking", t, y, target)
	t, y, target = t.reals(), y.reals(), target.higher()
	return t.Sub(y).Mul(target).RSubScalar(margin).ClampMin(0).reduced("marginranking", reduction)
}

// TripletMargin is max(0, margin + |x − positive| − |x − negative|), with Euclid's distance along the last
// axis (Schroff et al. 2015).
func (t *Tensor) TripletMargin(positive, negative *Tensor, margin float64, reduction ...Reduction) *Tensor {
	elementwise("tripletmargin", t, positive, negative)
	t, positive, negative = t.higher(), positive.higher(), negative.higher()
	if dt := t.DType(); dt.IsHalf() {
		return t.wide().TripletMargin(positive.wide(), negative.wide(), margin, reduction...).To(dt)
	}
	near, far := t.PairwiseDistance(positive), t.PairwiseDistance(negative)
	return near.Sub(far).AddScalar(margin).ReLU().reduced("tripletmargin", reduction)
}

// PairwiseDistance is |x − y + 10⁻⁶| along the last axis, as torch's, which never is 0.
func (t *Tensor) PairwiseDistance(y *Tensor) *Tensor {
	return t.Sub(y).AddScalar(1e-6).Norm(2, -1)
}

// CosineEmbedding is 1 − cos(x, y) where the target is 1, and max(0, cos(x, y) − margin) where it is −1:
// (N, d), (N, d) and (N,).
func (t *Tensor) CosineEmbedding(y, target *Tensor, margin float64, reduction ...Reduction) *Tensor {
	const op = "cosineembedding"
	sameDevice(op, t, y, target)
	cos := t.CosineSimilarity(y, -1, 1e-8)
	if !slices.Equal(cos.layout.Shape, target.layout.Shape) {
		fail(op, []*Tensor{t, y, target}, "there must be one target for each row")
	}
	return Where(target.EqualScalar(1), cos.RSubScalar(1), cos.SubScalar(margin).ReLU()).reduced(op, reduction)
}
