package tensor

import (
	"math"
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// CTCOptions are for CTC.
type CTCOptions struct {
	Blank         int       // the class that stands for no symbol
	InputLengths  []int     // of each sequence of log-probabilities; nil means all T
	TargetLengths []int     // of each target; nil means all S
	ZeroInfinity  bool      // a target that is too long for its input costs 0, and not ∞
	Reduction     Reduction // ReduceMean divides each loss by the target's length first, as PyTorch
}

// CTC is the connectionist temporal classification loss −log p(target) over all alignments with blanks (Graves et
// al. 2006): t holds log-probabilities (T, N, classes), targets whole numbers (N, S). The gradient is the one with
// respect to the log-probabilities, eq. 15 through the logarithm; PyTorch gives the one that holds after LogSoftmax,
// where they agree. It has no second derivative. The sums are made in float64.
func (t *Tensor) CTC(targets *Tensor, o CTCOptions) *Tensor {
	const op = "ctc"
	sameDevice(op, t, targets)
	if t.Rank() != 3 || targets.Rank() != 2 || targets.Dim(0) != t.Dim(1) || !t.DType().IsFloat() {
		fail(op, []*Tensor{t, targets}, "takes log-probabilities (T, N, classes) and targets (N, S)")
	}
	steps, n, classes := t.Dim(0), t.Dim(1), t.Dim(2)
	in := o.lengths(op, t, targets, o.InputLengths, n, steps)
	lengths := o.lengths(op, t, targets, o.TargetLengths, n, targets.Dim(1))
	if o.Blank < 0 || o.Blank >= classes {
		fail(op, []*Tensor{t, targets}, "the blank %d is not one of the %d classes", o.Blank, classes)
	}
	room(op, []*Tensor{t, targets}, n)
	backend.Poll()
	count := o.count
	if b, ok := backend.As[backend.CTCBackend](t.backend()); ok && t.Len() > 0 {
		count = func(op string, t, targets *Tensor, in, lengths []int) (loss, slope *Tensor) {
			return o.countOn(b, op, t, targets, in, lengths)
		}
	}
	loss, slope := count(op, t, targets, in, lengths)
	loss = record(loss.To(t.DType()), op, slope.To(t.DType()), t)
	if o.Reduction == ReduceMean {
		divisors := make([]float64, n)
		for i, l := range lengths {
			divisors[i] = float64(max(l, 1))
		}
		loss = loss.Div(Options{DType: Float64, Device: t.Device()}.FromSlice(divisors, n).To(t.DType()))
	}
	return loss.reduced(op, []Reduction{o.Reduction})
}

// count finds the losses (N,) and their slope on the CPU, in float64.
func (o CTCOptions) count(op string, t, targets *Tensor, in, lengths []int) (loss, slope *Tensor) {
	n, classes, most := t.Dim(1), t.Dim(2), targets.Dim(1)
	labels, logp := asIndex(op, targets).Int64s(), t.Float64s()
	losses, slopes := make([]float64, n), make([]float64, len(logp))
	for i := range n {
		backend.Poll()
		a := alignment{classes: classes, blank: o.Blank, steps: in[i], labels: labels[i*most : i*most+lengths[i]]}
		for _, l := range a.labels {
			if l < 0 || l >= int64(classes) || l == int64(o.Blank) {
				o.failLabel(op, t, targets, i, l)
			}
		}
		a.logp = func(step, class int) *float64 { return &logp[(step*n+i)*classes+class] }
		a.slope = func(step, class int) *float64 { return &slopes[(step*n+i)*classes+class] }
		losses[i] = a.loss(o.ZeroInfinity)
	}
	like := Options{DType: Float64, Device: t.Device()}
	return like.FromSlice(losses, n), like.FromSlice(slopes).Reshape(t.layout.Shape...)
}

// countOn is count by the device.
func (o CTCOptions) countOn(b backend.CTCBackend, op string, t, targets *Tensor, in, lengths []int) (loss, slope *Tensor) {
	n, classes, most := t.Dim(1), t.Dim(2), targets.Dim(1)
	both := make([]int64, 0, 2*n)
	for _, l := range slices.Concat(in, lengths) {
		both = append(both, int64(l))
	}
	labels, sizes := asIndex(op, targets).Contiguous(), t.index(both).Reshape(2, n)
	if most > 0 {
		counts := Options{Device: t.Device()}.Arange(0, float64(most), 1).Less(sizes.Select(0, 1).Unsqueeze(1)) // (N, S)
		wrong := labels.LessScalar(0).LogicalOr(labels.GreaterEqualScalar(float64(classes))).LogicalOr(labels.EqualScalar(float64(o.Blank)))
		if at := wrong.LogicalAnd(counts).nonZero(); at.Len() > 0 {
			first := at.Select(0, 0).Int()
			o.failLabel(op, t, targets, first/most, int64(labels.Reshape(-1).Select(0, first).Int()))
		}
	}
	logp := t.Detach().To(Float64).Contiguous()
	loss, slope = logp.like(op, Float64, []int{n}), logp.like(op, Float64, logp.layout.Shape)
	must(b.CTC(loss.v(), slope.v(), logp.v(), labels.v(), sizes.v(), backend.CTC{Blank: o.Blank, ZeroInfinity: o.ZeroInfinity}), op, t, targets)
	return loss, slope
}

func (o CTCOptions) failLabel(op string, t, targets *Tensor, i int, label int64) {
	fail(op, []*Tensor{t, targets}, "target %d has the class %d; targets are classes other than the blank", i, label)
}

func (o CTCOptions) lengths(op string, t, targets *Tensor, given []int, n, most int) []int {
	if given == nil {
		return slices.Repeat([]int{most}, n)
	}
	if len(given) != n || slices.ContainsFunc(given, func(l int) bool { return l < 0 || l > most }) {
		fail(op, []*Tensor{t, targets}, "the lengths %v are not %d numbers up to %d", given, n, most)
	}
	return given
}

// alignment is one sequence and its target, which is read as blank, l₀, blank, l₁, …, blank.
type alignment struct {
	classes, blank, steps int
	labels                []int64
	logp, slope           func(step, class int) *float64
}

// class is that of place s of the target with blanks.
func (a alignment) class(s int) int {
	if s%2 == 0 {
		return a.blank
	}
	return int(a.labels[s/2])
}

// skips reports whether place s may follow place s − 2: it is no blank, and another symbol.
func (a alignment) skips(s int) bool {
	return s%2 == 1 && s >= 2 && a.labels[s/2] != a.labels[s/2-1]
}

// loss is −log p(target), by the sums of the ways to and from each place (Graves et al. 2006, eqs. 6 to 8). It fills
// in the slopes.
func (a alignment) loss(zeroInfinity bool) float64 {
	places := 2*len(a.labels) + 1
	if a.steps == 0 {
		if len(a.labels) == 0 {
			return 0
		}
		if zeroInfinity {
			return 0
		}
		return inf
	}
	row := func() []float64 { return slices.Repeat([]float64{-inf}, places) }
	alpha := make([][]float64, a.steps) // including the step itself
	for step := range alpha {
		now := row()
		for s := range now {
			var from float64
			switch {
			case step == 0 && s < 2:
				from = 0
			case step == 0:
				from = -inf
			default:
				from = a.ways(alpha[step-1], s, -1, a.skips(s))
			}
			now[s] = from + *a.logp(step, a.class(s))
		}
		alpha[step] = now
	}
	last := alpha[a.steps-1]
	total := last[places-1]
	if places > 1 {
		total = logAdd(total, last[places-2])
	}
	if math.IsInf(total, -1) {
		if zeroInfinity {
			return 0
		}
		for step := range a.steps { // torch's slope of an infinite loss
			for c := range a.classes {
				*a.slope(step, c) = math.NaN()
			}
		}
		return inf
	}
	beta := row() // from the step on, without its own
	beta[places-1] = 0
	if places > 1 {
		beta[places-2] = 0
	}
	for step := a.steps - 1; step >= 0; step-- {
		if step < a.steps-1 {
			next := row()
			for s := range next {
				next[s] = beta[s] + *a.logp(step+1, a.class(s))
			}
			for s := range beta {
				beta[s] = a.ways(next, s, 1, s+2 < places && a.skips(s+2))
			}
		}
		for s, b := range beta {
			*a.slope(step, a.class(s)) -= math.Exp(alpha[step][s] + b - total)
		}
	}
	return -total
}

// ways adds up what leads to place s from itself, its neighbour, and the one after that if it skips.
func (a alignment) ways(from []float64, s, side int, skips bool) float64 {
	sum := from[s]
	if at := s + side; at >= 0 && at < len(from) {
		sum = logAdd(sum, from[at])
	}
	if skips {
		sum = logAdd(sum, from[s+2*side])
	}
	return sum
}

// logAdd is log(eᵃ + eᵇ).
func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

func init() {
	moreRules(map[string]rule{
		"ctc": of(nothing, func(c *call) *Tensor {
			if GradEnabled() {
				fail("ctc", []*Tensor{c.g}, "has no second derivative; leave CreateGraph out")
			}
			return c.node.attr.(*Tensor).Mul(c.g.Unsqueeze(1)) // (T, N, classes)
		}),
	})
}
