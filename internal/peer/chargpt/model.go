package main

import (
	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
)

// Sizes of the model and of a step: the notebook's. A test compares them.
const (
	layers  = 4
	heads   = 4
	width   = 128 // C
	context = 64  // T
	batch   = 16  // B
)

// Block is the notebook's: a transformer layer, normalised before each branch.
type Block struct {
	Norm1     *nn.LayerNorm           `rg:"ln_1"`
	Attention *nn.CausalSelfAttention `rg:"attn"`
	Norm2     *nn.LayerNorm           `rg:"ln_2"`
	MLP       *nn.FeedForward         `rg:"mlp"`
}

// Forward maps (B, T, C) to the same shape.
func (b *Block) Forward(x *tensor.Tensor) *tensor.Tensor {
	x = x.Add(b.Attention.Forward(b.Norm1.Forward(x))) // (B, T, C)
	return x.Add(b.MLP.Forward(b.Norm2.Forward(x)))    // (B, T, C)
}

// GPT is the notebook's model: a decoder-only transformer over characters, with GPT-2's names.
type GPT struct {
	Tokens    *nn.Embedding `rg:"wte"`
	Positions *nn.Embedding `rg:"wpe"`
	Blocks    []*Block      `rg:"h"`
	Norm      *nn.LayerNorm `rg:"ln_f"`
	Head      *nn.Linear    `rg:"lm_head"`
}

// NewGPT makes a model of fresh weights.
func NewGPT(vocab int) *GPT {
	g := &GPT{
		Tokens:    nn.NewEmbedding(vocab, width),
		Positions: nn.NewEmbedding(context, width),
		Norm:      nn.NewLayerNorm(width),
		Head:      nn.NewLinear(width, vocab, nn.LinearOptions{NoBias: true}),
	}
	for range layers {
		g.Blocks = append(g.Blocks, &Block{
			Norm1:     nn.NewLayerNorm(width),
			Attention: nn.NewCausalSelfAttention(width, heads),
			Norm2:     nn.NewLayerNorm(width),
			MLP:       nn.NewFeedForward(width),
		})
	}
	nn.InitNormal(g.Tokens.Weight, 0, 0.2)
	nn.InitNormal(g.Positions.Weight, 0, 0.2)
	return g
}

// Forward maps tokens (B, T) to logits (B, T, vocab).
func (g *GPT) Forward(tokens *tensor.Tensor) *tensor.Tensor {
	places := tensor.Arange(0, float64(tokens.Dim(1)), 1)          // (T)
	x := g.Tokens.Forward(tokens).Add(g.Positions.Forward(places)) // (B, T, C)
	for _, block := range g.Blocks {
		x = block.Forward(x) // (B, T, C)
	}
	return g.Head.Forward(g.Norm.Forward(x)) // (B, T, vocab)
}
