// Package gpt2 is GPT-2 (Radford et al. 2019), as the benchmarks of the CPU and of GPUs train it: with the checkpoint's names, and fresh weights.
package gpt2

import (
	"math"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
)

// Config has the sizes of a model.
type Config struct {
	Vocab   int `json:"vocab"`
	Layers  int `json:"layers"`
	Heads   int `json:"heads"`
	Width   int `json:"width"`
	Context int `json:"context"` // the longest sequence
}

// Small is the least of the four, of 124 M parameters.
var Small = Config{Vocab: 50257, Layers: 12, Heads: 12, Width: 768, Context: 1024}

// Model is the network; its last product is with the embedding of tokens.
type Model struct {
	Tokens    *nn.Embedding `rg:"wte"`
	Positions *nn.Embedding `rg:"wpe"`
	Blocks    []*nn.Block   `rg:"h"`
	Norm      *nn.LayerNorm `rg:"ln_f"`
}

// New makes a model of fresh weights: N(0, 0.02²), those of the n layers that add to the sum of branches N(0, 0.02²/n) (section 2.3), and biases of 0.
func New(c Config) *Model {
	m := &Model{Tokens: nn.NewEmbedding(c.Vocab, c.Width), Positions: nn.NewEmbedding(c.Context, c.Width), Norm: nn.NewLayerNorm(c.Width)}
	const std = 0.02
	nn.InitNormal(m.Tokens.Weight, 0, std)
	nn.InitNormal(m.Positions.Weight, 0, std)
	for range c.Layers {
		b := nn.NewBlock(c.Width, c.Heads)
		for _, l := range []*nn.Linear{b.Attention.QKV, b.MLP.Up} {
			nn.InitNormal(l.Weight, 0, std)
			nn.InitConstant(l.Bias, 0)
		}
		for _, l := range []*nn.Linear{b.Attention.Out, b.MLP.Down} {
			nn.InitNormal(l.Weight, 0, std/math.Sqrt(2*float64(c.Layers)))
			nn.InitConstant(l.Bias, 0)
		}
		m.Blocks = append(m.Blocks, b)
	}
	return m
}

// Forward maps tokens (B, T) to logits (B, T, vocab).
func (m *Model) Forward(tokens *tensor.Tensor) *tensor.Tensor {
	places := tensor.Options{Device: tokens.Device(), DType: tensor.Int64}.Arange(0, float64(tokens.Dim(1)), 1) // (T)
	x := m.Tokens.Forward(tokens).Add(m.Positions.Forward(places))                                              // (B, T, C)
	for _, block := range m.Blocks {
		x = block.Forward(x) // (B, T, C)
	}
	return m.Norm.Forward(x).Linear(m.Tokens.Weight, nil) // (B, T, vocab)
}
