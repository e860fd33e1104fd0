package tensor

import (
	"errors"
	"math"
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// AttentionOptions are for Attention.
type AttentionOptions struct {
	Causal  bool    // position i sees positions up to i
	Mask    *Tensor // bool: true where attention is allowed; float: added to the scores. Broadcast to (…, T, S)
	Scale   float64 // of the scores; 0 means 1/√d
	Dropout float64 // probability of dropping an attention weight
}

// Attention is scaled dot-product attention (Vaswani et al. 2017): queries (…, T, d), keys (…, S, d) and
// values (…, S, e) give (…, T, e). Where queries (…, h, T, d) have a multiple of the keys' and values' heads
// (…, h/g, S, d), g neighbouring heads share one of those: grouped-query attention (Ainslie et al. 2023).
// Masks are for all h heads. Without a mask and dropout, the scores (…, T, S) are never all in memory (Dao et al. 2022),
// and the result's axes lie in memory as those of q do.
func Attention(q, k, v *Tensor, o AttentionOptions) *Tensor {
	o.check(q, k, v)
	if o.Mask == nil && o.Dropout == 0 {
		q, k, v := q.lower(), k.lower(), v.lower()
		dt := q.DType()
		if dt.IsHalf() && k.DType() == dt && v.DType() == dt && !forTensorCores(q, v) { // rounded once, and the gradient needs the result before it is
			q, k, v = q.wide(), k.wide(), v.wide()
		}
		if out := flashAttention(q, k, v, o); out != nil {
			return out.To(dt)
		}
	}
	out, _ := AttentionWeights(q, k, v, o)
	return out
}

// AttentionWeights is Attention that also returns the weights (…, T, S), to look at.
func AttentionWeights(q, k, v *Tensor, o AttentionOptions) (out, weights *Tensor) {
	o.check(q, k, v)
	if dt := q.DType(); dt.IsHalf() && k.DType() == dt && v.DType() == dt { // rounded once
		out, weights = AttentionWeights(q.wide(), k.wide(), v.wide(), o)
		return out.To(dt), weights.To(dt)
	}
	k, v = groupHeads(q, k), groupHeads(q, v)
	scores := q.MulScalar(o.scale(q)).MatMul(k.Transpose(-2, -1)) // (…, T, S)
	if o.Causal {
		scores.hideFuture()
	}
	if o.Mask != nil {
		if o.Mask.DType() == Bool {
			scores = scores.MaskedFill(o.Mask.LogicalNot(), -inf)
		} else {
			scores = scores.Add(o.Mask)
		}
	}
	weights = scores.Softmax(-1)
	if o.Dropout > 0 {
		return weights.Dropout(o.Dropout).MatMul(v), weights
	}
	return weights.MatMul(v), weights
}

func (o AttentionOptions) check(q, k, v *Tensor) {
	sameDevice("attention", q, k, v)
	if q.Rank() < 2 || k.Rank() < 2 || v.Rank() < 2 || q.Dim(-1) != k.Dim(-1) || k.Dim(-2) != v.Dim(-2) {
		fail("attention", []*Tensor{q, k, v}, "takes queries (…, T, d), keys (…, S, d) and values (…, S, e)")
	}
}

func (o AttentionOptions) scale(q *Tensor) float64 {
	if o.Scale != 0 {
		return o.Scale
	}
	return 1 / math.Sqrt(float64(q.Dim(-1)))
}

// groupHeads repeats each head of keys or values for the queries that share it.
func groupHeads(q, k *Tensor) *Tensor {
	if q.Rank() < 3 || k.Rank() < 3 {
		return k
	}
	if h, n := q.Dim(-3), k.Dim(-3); n > 1 && h > n && h%n == 0 {
		return k.RepeatInterleave(h/n, -3)
	}
	return k
}

// forTensorCores reports whether heads of halves are of the sizes for which GPUs have units: these round the result before the gradient reads it,
// as torch's do.
func forTensorCores(q, v *Tensor) bool {
	d := q.Dim(-1)
	return q.Device() != CPU && d == v.Dim(-1) && (d == 64 || d == 128)
}

// flashAttention is the backend's attention, or nil where it has none for such operands.
func flashAttention(q, k, v *Tensor, o AttentionOptions) *Tensor {
	b, ok := backend.As[backend.AttentionBackend](q.backend())
	if !ok || !q.DType().IsFloat() || k.DType() != q.DType() || v.DType() != q.DType() {
		return nil
	}
	qs, ks, vs := headShape(q), headShape(k), headShape(v)
	r := len(qs) - 3
	n := ks[len(ks)-3]
	if n == 0 || vs[len(vs)-3] != n || qs[r]%n != 0 {
		return nil
	}
	for _, front := range [][]int{ks[:len(ks)-3], vs[:len(vs)-3]} {
		if all, ok := broadcastShapes(qs[:r], front); !ok || !slices.Equal(all, qs[:r]) {
			return nil
		}
	}
	backend.Poll()
	a := &attention{backend.Attention{Scale: o.scale(q), Causal: o.Causal}, qs, slices.Concat(qs[:r], ks[len(ks)-3:]), slices.Concat(qs[:r], vs[len(vs)-3:])}
	out := q.inOrder("attention", append(slices.Clone(q.layout.Shape[:q.Rank()-1]), v.Dim(-1)))
	stats := q.DType()
	if stats.IsHalf() {
		stats = Float32
	}
	lse := q.like("attention", stats, qs[:r+2]) // (…, h, T)
	dst := out.stretched(append(slices.Clone(qs[:r+2]), v.Dim(-1)))
	err := b.Attention(dst, lse.v(), q.stretched(a.q), k.stretched(a.k), v.stretched(a.v), a.Attention)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	must(err, "attention", q, k, v)
	return record(out, "attention", a, q, k, v, lse)
}

// headShape is a shape of at least three axes.
func headShape(t *Tensor) []int {
	if t.Rank() == 2 {
		return append([]int{1}, t.layout.Shape...)
	}
	return t.layout.Shape
}

// inOrder makes a tensor of that shape, with undefined contents, whose axes lie in memory as t's do, but for the last,
// which is contiguous. So heads that were cut out of a product (B, T, h·d) give a result that is one again without a
// copy.
func (t *Tensor) inOrder(op string, shape []int) *Tensor {
	order := make([]int, len(shape)-1)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return t.layout.Stride[b] - t.layout.Stride[a] })
	order = append(order, len(shape)-1)
	sorted := make([]int, len(shape))
	for i, a := range order {
		sorted[i] = shape[a]
	}
	out := t.like(op, t.DType(), sorted)
	l := backend.Layout{Shape: shape, Stride: make([]int, len(shape))}
	for i, a := range order {
		l.Stride[a] = out.layout.Stride[i]
	}
	return out.view(l)
}

// attention is what the rule of the backend's attention needs beside tensors: shapes with heads, and with the batch
// axes of the queries.
type attention struct {
	backend.Attention
	q, k, v []int
}

func init() {
	grad := func(i int) vjp {
		return func(c *call) *Tensor {
			if c.others == nil {
				c.others = attentionGrad(c)
			}
			return c.others[i]
		}
	}
	moreRules(map[string]rule{"attention": of(both|third|fourth|output, grad(0), grad(1), grad(2), nil)})
}

// attentionGrad is the gradients of queries, keys and values.
func attentionGrad(c *call) []*Tensor {
	a, q, k, v, g := c.node.attr.(*attention), c.in(0), c.in(1), c.in(2), c.g
	b, ok := backend.As[backend.AttentionBackend](q.backend())
	if !ok || GradEnabled() {
		return a.composedGrad(q, k, v, g)
	}
	backend.Poll()
	out, lse := c.out(), c.in(3)
	front := len(a.q) - 2
	dst := append(slices.Clone(a.q[:front+1]), a.v[front+1])
	dq, dk, dv := q.Expand(a.q...).inOrder("attention", a.q), k.Expand(a.k...).inOrder("attention", a.k), v.Expand(a.v...).inOrder("attention", a.v)
	err := b.AttentionGrad(dq.v(), dk.v(), dv.v(), q.stretched(a.q), k.stretched(a.k), v.stretched(a.v),
		out.stretched(dst), lse.v(), g.stretched(dst), a.Attention)
	if errors.Is(err, errors.ErrUnsupported) {
		return a.composedGrad(q, k, v, g)
	}
	must(err, "attention", q, k, v, g)
	return []*Tensor{dq, dk, dv}
}

// composedGrad is attentionGrad in operations that have gradients themselves.
func (a *attention) composedGrad(q, k, v, g *Tensor) []*Tensor {
	dt := q.DType()
	q, k, v, g = q.Expand(a.q...).wide(), k.Expand(a.k...).wide(), v.Expand(a.v...).wide(), g.wide()
	front := len(a.q) - 2
	g = g.Reshape(append(slices.Clone(a.q[:front+1]), a.v[front+1])...)
	h, n := a.q[front-1], a.k[front-1]
	if h > n {
		k, v = k.RepeatInterleave(h/n, -3), v.RepeatInterleave(h/n, -3)
	}
	scores := q.MulScalar(a.Scale).MatMul(k.Transpose(-2, -1)) // (…, h, T, S)
	if a.Causal {
		scores.hideFuture()
	}
	weights := scores.Softmax(-1)
	dv := weights.Transpose(-2, -1).MatMul(g)                                    // (…, h, S, e)
	ds := softmaxGrad(weights, g.MatMul(v.Transpose(-2, -1))).MulScalar(a.Scale) // (…, h, T, S)
	dq, dk := ds.MatMul(k), ds.Transpose(-2, -1).MatMul(q)
	if h > n {
		dk, dv = dk.Unflatten(-3, n, h/n).Sum(-3), dv.Unflatten(-3, n, h/n).Sum(-3)
	}
	return []*Tensor{dq.To(dt), dk.To(dt), dv.To(dt)}
}
