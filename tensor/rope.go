package tensor

import (
	"math"
	"slices"

	"github.com/rustygradients/rg/tensor/backend"
)

// RoPEOptions are for RoPE.
type RoPEOptions struct {
	Base        float64 // of the frequencies; 0 means 10000
	Dim         int     // how many of the last axis's elements are turned, the first; 0 means all
	Interleaved bool    // pairs are neighbours, as in the paper and GPT-J; otherwise halves, as in LLaMA and NeoX
}

// RoPE turns pairs of elements of queries or keys (…, T, d) by angles in proportion to their positions: pair i
// by position·base^(−2i/d) (Su et al. 2021, eq. 15). Positions are (T,), or of the shape of t's axes before
// the last, broadcast; nil means 0, 1, 2, ….
func (t *Tensor) RoPE(positions *Tensor, o RoPEOptions) *Tensor {
	const op = "rope"
	if o.Base == 0 {
		o.Base = 10000
	}
	if t.Rank() < 2 {
		fail(op, []*Tensor{t}, "takes queries or keys (…, T, d)")
	}
	if o.Dim == 0 {
		o.Dim = t.Dim(-1)
	}
	if o.Dim%2 != 0 || o.Dim < 0 || o.Dim > t.Dim(-1) {
		fail(op, []*Tensor{t}, "%d elements can't be turned; give an even number of at most %d", o.Dim, t.Dim(-1))
	}
	if positions == nil {
		positions = Options{Device: t.Device()}.Arange(0, float64(t.Dim(-2)), 1)
	}
	sameDevice(op, t, positions)
	half := o.Dim / 2
	room(op, []*Tensor{t}, half)
	frequencies := make([]float64, half)
	for i := range frequencies {
		frequencies[i] = math.Pow(o.Base, -2*float64(i)/float64(o.Dim))
	}
	// The angles are computed in float64: at position 10⁵ float32 has lost three digits of them.
	f := Options{Device: t.Device()}.FromSlice(frequencies)       // (d/2,)
	angles := positions.Detach().To(Float64).Unsqueeze(-1).Mul(f) // (…, T, d/2)
	x := t.To(floating(t.DType()))
	return x.rope(angles.Cos().To(x.DType()), angles.Sin().To(x.DType()), backend.RoPE{Interleaved: o.Interleaved})
}

// rope turns pairs of the last axis by angles (…, half), which are broadcast.
func (t *Tensor) rope(cos, sin *Tensor, o backend.RoPE) *Tensor {
	const op = "rope"
	half, last := cos.Dim(-1), t.Rank()-1
	front, ok := broadcastShapes(t.layout.Shape[:last], cos.layout.Shape[:cos.Rank()-1])
	if !ok {
		fail(op, []*Tensor{t, cos}, "the positions' shape doesn't broadcast with that of the axes before the last")
	}
	if !slices.Equal(front, t.layout.Shape[:last]) {
		t = t.Expand(append(slices.Clone(front), t.Dim(-1))...)
	}
	b, ok := backend.As[backend.RoPEBackend](t.backend())
	if !ok {
		return t.composedRoPE(cos, sin, o)
	}
	backend.Poll()
	out := t.like(op, t.DType(), t.layout.Shape)
	angles := append(front, half)
	must(b.RoPE(out.v(), t.v(), cos.stretched(angles), sin.stretched(angles), o), op, t, cos)
	return record(out, op, o, t, cos, sin)
}

// composedRoPE is rope in operations that every backend has. The angles don't broadcast t.
func (t *Tensor) composedRoPE(cos, sin *Tensor, o backend.RoPE) *Tensor {
	if o.Inverse {
		sin = sin.Neg()
	}
	half := cos.Dim(-1)
	x := t.Narrow(-1, 0, 2*half)
	var a, b *Tensor // the two of each pair
	if o.Interleaved {
		pairs := x.Unflatten(-1, half, 2)
		a, b = pairs.Select(-1, 0), pairs.Select(-1, 1)
	} else {
		a, b = x.Narrow(-1, 0, half), x.Narrow(-1, half, half)
	}
	left, right := a.Mul(cos).Sub(b.Mul(sin)), b.Mul(cos).Add(a.Mul(sin))
	var out *Tensor
	if o.Interleaved {
		out = Stack(-1, left, right).Flatten(-2, -1)
	} else {
		out = Cat(-1, left, right)
	}
	if 2*half == t.Dim(-1) {
		return out
	}
	return Cat(-1, out, t.Narrow(-1, 2*half, t.Dim(-1)-2*half))
}

func init() {
	moreRules(map[string]rule{"rope": of(second|third, func(c *call) *Tensor {
		o := c.node.attr.(backend.RoPE)
		o.Inverse = !o.Inverse // a rotation's transpose
		return c.g.rope(c.in(1), c.in(2), o)
	}, nil)})
}

// EmbeddingOptions are for EmbeddingWith.
type EmbeddingOptions struct {
	// NoGradient is an index whose row gets no gradient, as torch's padding_idx; 0 means none, so row 0 is
	// named by -V, counted from the end.
	NoGradient int
}

// EmbeddingWith is Embedding with options.
func (t *Tensor) EmbeddingWith(idx *Tensor, o EmbeddingOptions) *Tensor {
	out := t.Embedding(idx)
	if o.NoGradient == 0 {
		return out
	}
	row := checkIndex("embedding", o.NoGradient, t.Dim(0), 0, t)
	padding := idx.EqualScalar(float64(row)).Unsqueeze(-1) // (…, 1)
	return Where(padding, out.Detach(), out)
}

// FeatureDropout zeroes whole channels of (N, C, …) with probability p and scales the others by 1/(1-p), torch's
// dropout1d and dropout2d (Tompson et al. 2015).
func (t *Tensor) FeatureDropout(p float64) *Tensor {
	if t.Rank() < 2 {
		fail("featuredropout", []*Tensor{t}, "takes (N, C, …)")
	}
	shape := channelShape(t.Rank(), t.Dim(1))
	shape[0] = t.Dim(0)
	mask := Options{DType: floating(t.DType()), Device: t.Device()}.Ones(shape...).Dropout(p)
	return t.Mul(mask)
}
