package nn

import (
	"fmt"

	"github.com/rustygradients/rg/tensor"
)

// The modules of this file are GPT-2's, and their parameters have its names.

// CausalSelfAttention lets each position of a sequence gather from itself and those before it, by
// several heads side by side (Vaswani et al. 2017). Queries, keys and values come from one product.
type CausalSelfAttention struct {
	QKV         *Linear `rg:"c_attn"` // (C → 3C)
	Out         *Linear `rg:"c_proj"` // (C → C)
	Dropout     *Dropout
	WeightsDrop *Dropout // of attention weights
	Heads       int
}

// AttentionOptions are for NewCausalSelfAttention and NewBlock.
type AttentionOptions struct {
	Dropout float64 // of attention weights and of each branch's result
	NoBias  bool
}

// NewCausalSelfAttention makes attention over vectors of dim numbers, which heads share evenly.
func NewCausalSelfAttention(dim, heads int, options ...AttentionOptions) *CausalSelfAttention {
	o := option("NewCausalSelfAttention", options)
	if heads < 1 || dim%heads != 0 {
		panic(fmt.Sprintf("nn: %d heads don't share %d numbers evenly", heads, dim))
	}
	linear := LinearOptions{NoBias: o.NoBias}
	return &CausalSelfAttention{
		QKV:         NewLinear(dim, 3*dim, linear),
		Out:         NewLinear(dim, dim, linear),
		Dropout:     NewDropout(o.Dropout),
		WeightsDrop: NewDropout(o.Dropout),
		Heads:       heads,
	}
}

// Forward maps (B, T, C) to the same shape.
func (a *CausalSelfAttention) Forward(x *tensor.Tensor) *tensor.Tensor {
	q, k, v := a.heads(x)                       // (B, heads, T, C/heads)
	y := tensor.Attention(q, k, v, a.options()) // (B, heads, T, C/heads)
	q.Release()                                 // and k and v, which are of the same product
	return a.merge(y, x.Shape())                // (B, T, C)
}

// ForwardWeights is Forward that also returns the attention weights (B, heads, T, T), to look at.
func (a *CausalSelfAttention) ForwardWeights(x *tensor.Tensor) (out, weights *tensor.Tensor) {
	q, k, v := a.heads(x) // (B, heads, T, C/heads)
	y, weights := tensor.AttentionWeights(q, k, v, a.options())
	q.Release()
	return a.merge(y, x.Shape()), weights
}

func (a *CausalSelfAttention) options() tensor.AttentionOptions {
	return tensor.AttentionOptions{Causal: true, Dropout: a.WeightsDrop.Rate()}
}

// heads maps (B, T, C) to queries, keys and values (B, heads, T, C/heads), cut out of one product.
func (a *CausalSelfAttention) heads(x *tensor.Tensor) (q, k, v *tensor.Tensor) {
	b, t, c := x.Dim(0), x.Dim(1), x.Dim(2)
	qkv := a.QKV.Forward(x).Reshape(b, t, 3, a.Heads, c/a.Heads).Permute(2, 0, 3, 1, 4) // (3, B, heads, T, C/heads)
	return qkv.Select(0, 0), qkv.Select(0, 1), qkv.Select(0, 2)
}

// merge maps what the heads have gathered (B, heads, T, C/heads) to (B, T, C).
func (a *CausalSelfAttention) merge(y *tensor.Tensor, shape []int) *tensor.Tensor {
	merged := y.Transpose(1, 2).Reshape(shape...)
	out := a.Dropout.Forward(a.Out.Forward(merged))
	y.Release()
	merged.Release()
	return out
}

// FeedForward is the part of a transformer that works on each position by itself.
type FeedForward struct {
	Up      *Linear `rg:"c_fc"`   // (C → 4C)
	Down    *Linear `rg:"c_proj"` // (4C → C)
	Dropout *Dropout
}

// NewFeedForward makes a FeedForward that is four times as wide inside.
func NewFeedForward(dim int, options ...AttentionOptions) *FeedForward {
	o := option("NewFeedForward", options)
	linear := LinearOptions{NoBias: o.NoBias}
	return &FeedForward{
		Up:      NewLinear(dim, 4*dim, linear),
		Down:    NewLinear(4*dim, dim, linear),
		Dropout: NewDropout(o.Dropout),
	}
}

// Forward maps (…, C) to the same shape.
func (f *FeedForward) Forward(x *tensor.Tensor) *tensor.Tensor {
	h := f.Up.activated(x, tensor.GELUTanhActivation) // (…, 4C)
	out := f.Dropout.Forward(f.Down.Forward(h))
	h.Release()
	return out
}

// Block is a transformer layer, normalised before each branch as in GPT-2: attention, then the
// feed-forward part, each added to what came in.
type Block struct {
	Norm1     *LayerNorm           `rg:"ln_1"`
	Attention *CausalSelfAttention `rg:"attn"`
	Norm2     *LayerNorm           `rg:"ln_2"`
	MLP       *FeedForward
}

// NewBlock makes a Block for vectors of dim numbers.
func NewBlock(dim, heads int, options ...AttentionOptions) *Block {
	o := option("NewBlock", options)
	norm := LayerNormOptions{NoBias: o.NoBias}
	return &Block{
		Norm1:     NewLayerNorm(dim, norm),
		Attention: NewCausalSelfAttention(dim, heads, o),
		Norm2:     NewLayerNorm(dim, norm),
		MLP:       NewFeedForward(dim, o),
	}
}

// Forward maps (B, T, C) to the same shape.
func (b *Block) Forward(x *tensor.Tensor) *tensor.Tensor {
	middle := branch(x, b.Norm1, b.Attention.Forward) // (B, T, C)
	defer middle.Release()
	return branch(middle, b.Norm2, b.MLP.Forward) // (B, T, C)
}

// branch adds what f makes of the normalised x to x, and gives up what lies between.
func branch(x *tensor.Tensor, norm *LayerNorm, f func(*tensor.Tensor) *tensor.Tensor) *tensor.Tensor {
	h := norm.Forward(x)
	y := f(h)
	h.Release()
	defer y.Release()
	return x.Add(y)
}
