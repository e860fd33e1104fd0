package nn_test

import (
	"fmt"
	"testing"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/data"
	"github.com/rustygradients/rg/tensor/nn"
	"github.com/rustygradients/rg/tensor/optim"
)

// fit trains a classifier of digits and returns its accuracy on the test set.
func fit(m nn.Layer, shape []int, epochs int, rate float64) float64 {
	train, test := data.Digits()
	loader := data.NewLoader(train, data.LoaderOptions{BatchSize: 64, Shuffle: true, Seed: 1})
	opt := optim.NewAdamW(nn.Parameters(m), optim.AdamWOptions{LR: rate})
	nn.Train(m)
	for range epochs {
		for loader.Next() {
			x, y := loader.Batch()
			nn.CrossEntropy(m.Forward(x.Reshape(shape...)), y).Backward()
			opt.Step()
			opt.ZeroGrad()
		}
	}
	nn.Eval(m)
	var accuracy float64
	tensor.NoGrad(func() { accuracy = nn.Accuracy(m.Forward(test.X.Reshape(shape...)), test.Y) })
	return accuracy
}

func TestMLPLearnsDigits(t *testing.T) {
	tensor.ManualSeed(1)
	if got := fit(nn.NewMLP(64, 64, 10), []int{-1, 64}, 20, 3e-3); got < 0.95 {
		t.Errorf("accuracy %v, want at least 0.95", got)
	} else {
		t.Logf("accuracy %v", got)
	}
}

func TestCNNLearnsDigits(t *testing.T) {
	tensor.ManualSeed(1)
	cnn := nn.Sequential{
		nn.NewConv2D(1, 8, nn.ConvOptions{Padding: 1}), // (N, 8, 8, 8)
		nn.NewBatchNorm(8),
		nn.ReLU{},
		nn.MaxPool2D{Kernel: 2}, // (N, 8, 4, 4)
		nn.Flatten{},            // (N, 128)
		nn.NewDropout(0.1),
		nn.NewLinear(128, 10), // (N, 10)
	}
	if got := fit(cnn, []int{-1, 1, 8, 8}, 5, 1e-2); got < 0.95 {
		t.Errorf("accuracy %v, want at least 0.95", got)
	} else {
		t.Logf("accuracy %v", got)
	}
}

// gpt is a language model as a reader of the documentation would write it.
type gpt struct {
	Tokens    *nn.Embedding `rg:"wte"`
	Positions *nn.Embedding `rg:"wpe"`
	Blocks    []*nn.Block   `rg:"h"`
	Norm      *nn.LayerNorm `rg:"ln_f"`
	Head      *nn.Linear    `rg:"lm_head"`
}

func newGPT(vocab, length, dim, heads, layers int) *gpt {
	g := &gpt{
		Tokens: nn.NewEmbedding(vocab, dim), Positions: nn.NewEmbedding(length, dim),
		Norm: nn.NewLayerNorm(dim), Head: nn.NewLinear(dim, vocab, nn.LinearOptions{NoBias: true}),
	}
	for range layers {
		g.Blocks = append(g.Blocks, nn.NewBlock(dim, heads))
	}
	g.Head.Weight = g.Tokens.Weight // tied
	nn.InitNormal(g.Tokens.Weight, 0, 0.02)
	nn.InitNormal(g.Positions.Weight, 0, 0.02)
	return g
}

// Forward maps tokens (B, T) to logits (B, T, vocab).
func (g *gpt) Forward(idx *tensor.Tensor) *tensor.Tensor {
	x := g.Tokens.Forward(idx).Add(g.Positions.Forward(tensor.Arange(0, float64(idx.Dim(1)), 1))) // (B, T, C)
	for _, b := range g.Blocks {
		x = b.Forward(x)
	}
	return g.Head.Forward(g.Norm.Forward(x)) // (B, T, vocab)
}

// TestGPTLearnsToCount trains a tiny GPT on a sequence that it can only continue by looking back two
// tokens.
func TestGPTLearnsToCount(t *testing.T) {
	tensor.ManualSeed(1)
	const vocab, length = 7, 12
	tokens := []int{1, 1}
	for len(tokens) < 300 {
		n := len(tokens)
		tokens = append(tokens, (tokens[n-1]+tokens[n-2])%vocab)
	}
	g := newGPT(vocab, length, 32, 4, 2)
	params := nn.Parameters(g)
	opt := optim.NewAdamW(params, optim.AdamWOptions{LR: 3e-3})
	schedule := optim.Cosine{Peak: 1e-2, Floor: 1e-3, Warmup: 5, Steps: 60}
	loader := data.NewLoader(data.NewWindows(tokens, length), data.LoaderOptions{BatchSize: 16, Seed: 2})
	var first, last float64
	for step := range 60 {
		x, y := loader.Sample(step)
		loss := nn.CrossEntropy(g.Forward(x), y)
		if last = loss.Item(); step == 0 {
			first = last
		}
		loss.Backward()
		optim.ClipGradNorm(params, 1)
		opt.SetLR(schedule.At(step))
		opt.Step()
		opt.ZeroGrad()
	}
	// The first token of a window can't be known, so the loss has a floor of ln(7)/12 or so.
	if first < 1.8 || last > 0.4 {
		t.Errorf("the loss went from %v to %v", first, last)
	}
	if _, ok := nn.StateDict(g)["h.1.attn.c_attn.weight"]; !ok {
		t.Errorf("the names are not GPT-2's")
	}
}

func ExampleSequential() {
	tensor.ManualSeed(0)
	net := nn.Sequential{nn.NewLinear(64, 32), nn.ReLU{}, nn.NewLinear(32, 10)}
	logits := net.Forward(tensor.Randn(5, 64))
	fmt.Println(logits.Shape(), nn.NumParameters(net))
	// Output: [5 10] 2410
}
