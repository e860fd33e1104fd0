package tensor_test

import (
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/optim"
)

// One training step of a perceptron for small images.
func BenchmarkStepMLP(b *testing.B) {
	tensor.ManualSeed(1)
	m := nn.NewSequential(nn.NewLinear(64, 128), nn.ReLU{}, nn.NewLinear(128, 10))
	opt := optim.NewAdamW(nn.Parameters(m))
	x, y := tensor.Rand(64, 64), tensor.RandInt(0, 10, 64)
	b.ReportAllocs()
	for b.Loop() {
		opt.ZeroGrad()
		nn.CrossEntropy(m.Forward(x), y).Backward()
		opt.Step()
	}
}

// One training step of a transformer block of GPT-2's proportions, at a third of its width.
func BenchmarkStepBlock(b *testing.B) {
	tensor.ManualSeed(1)
	const batch, length, width, heads, vocab = 4, 64, 256, 4, 1000
	emb := nn.NewEmbedding(vocab, width)
	norm1, norm2 := nn.NewLayerNorm(width), nn.NewLayerNorm(width)
	qkv, proj := nn.NewLinear(width, 3*width), nn.NewLinear(width, width)
	up, down := nn.NewLinear(width, 4*width), nn.NewLinear(4*width, width)
	model := []any{emb, norm1, norm2, qkv, proj, up, down}
	var params []*tensor.Tensor
	for _, m := range model {
		params = append(params, nn.Parameters(m)...)
	}
	opt := optim.NewAdamW(params)
	ids := tensor.RandInt(0, vocab, batch, length)
	split := func(t *tensor.Tensor) *tensor.Tensor { // (B, T, C) → (B, H, T, C/H)
		return t.Reshape(batch, length, heads, width/heads).Transpose(1, 2)
	}
	b.ReportAllocs()
	for b.Loop() {
		opt.ZeroGrad()
		x := emb.Forward(ids)                           // (B, T, C)
		p := qkv.Forward(norm1.Forward(x)).Chunk(-1, 3) // three of (B, T, C)
		y := tensor.Attention(split(p[0]), split(p[1]), split(p[2]), tensor.AttentionOptions{Causal: true})
		x = x.Add(proj.Forward(y.Transpose(1, 2).Reshape(batch, length, width)))
		x = x.Add(down.Forward(up.Forward(norm2.Forward(x)).GELUTanh()))
		x.MatMul(emb.Weight.T()).CrossEntropy(ids).Backward()
		opt.Step()
	}
}

// What an operation costs beside its arithmetic.
func BenchmarkAddSmall(b *testing.B) {
	x, y := tensor.Rand(8), tensor.Rand(8)
	b.ReportAllocs()
	for b.Loop() {
		x.Add(y)
	}
}
