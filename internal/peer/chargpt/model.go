package main

import (
	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
)

// Sizes of the model and of a step: those of notebooks/02-char-gpt.ipynb.
const (
	layers  = 4
	heads   = 4
	width   = 128
	context = 64
	batch   = 16
)

// GPT is the notebook's model: a decoder-only transformer over characters, with GPT-2's names.
type GPT struct {
	Tokens    *nn.Embedding `rg:"wte"`
	Positions *nn.Embedding `rg:"wpe"`
	Blocks    []*nn.Block   `rg:"h"`
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
		g.Blocks = append(g.Blocks, nn.NewBlock(width, heads))
	}
	nn.InitNormal(g.Tokens.Weight, 0, std)
	nn.InitNormal(g.Positions.Weight, 0, std)
	return g
}

// Forward maps tokens (B, T) to logits (B, T, vocab).
func (g *GPT) Forward(tokens *tensor.Tensor) *tensor.Tensor {
	places := tensor.Arange(0, float64(tokens.Dim(1)), 1)            // (T)
	x := g.Tokens.Forward(tokens).Add(g.Positions.Forward(places)) // (B, T, C)
	for _, block := range g.Blocks {
		x = block.Forward(x) // (B, T, C)
	}
	return g.Head.Forward(g.Norm.Forward(x)) // (B, T, vocab)
}
