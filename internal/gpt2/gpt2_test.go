package gpt2_test

import (
	"math"
	"slices"
	"testing"

	"github.com/rustygradients/rg/internal/gpt2"
	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
)

// parameters counts those of the paper's layers.
func parameters(c gpt2.Config) int {
	return (c.Vocab+c.Context)*c.Width + c.Layers*(12*c.Width*c.Width+13*c.Width) + 2*c.Width
}

// A model has GPT-2's number of parameters and its names, and knows nothing at first: all tokens are about as likely.
func TestNew(t *testing.T) {
	if n := parameters(gpt2.Small); n != 124_439_808 {
		t.Errorf("the smallest has %d parameters", n)
	}
	tensor.ManualSeed(1)
	c := gpt2.Config{Vocab: 101, Layers: 2, Heads: 3, Width: 48, Context: 16}
	m := gpt2.New(c)
	if n := nn.NumParameters(m); n != parameters(c) {
		t.Errorf("%d parameters, want %d", n, parameters(c))
	}
	for _, name := range []string{"wte.weight", "wpe.weight", "h.1.ln_1.weight", "h.1.attn.c_attn.weight", "h.0.mlp.c_proj.bias", "ln_f.bias"} {
		if nn.StateDict(m)[name] == nil {
			t.Errorf("no %s", name)
		}
	}
	logits := m.Forward(tensor.RandInt(0, c.Vocab, 2, 9))
	if want := []int{2, 9, c.Vocab}; !slices.Equal(logits.Shape(), want) {
		t.Fatalf("logits %v, want %v", logits.Shape(), want)
	}
	if loss := nn.CrossEntropy(logits, tensor.RandInt(0, c.Vocab, 2, 9)).Item(); math.Abs(loss-math.Log(float64(c.Vocab))) > 0.2 {
		t.Errorf("the loss is %v", loss)
	}
}
