package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/data"
)

// corpus is a text as tokens: the characters' places in its alphabet. Every tenth passage is kept apart.
type corpus struct {
	alphabet     []rune
	learn, judge []int
}

// readCorpus reads passages that are divided by empty lines.
func readCorpus(path string) (*corpus, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &corpus{}
	for _, r := range string(raw) {
		if !slices.Contains(c.alphabet, r) {
			c.alphabet = append(c.alphabet, r)
		}
	}
	slices.Sort(c.alphabet)
	for i, passage := range strings.Split(strings.TrimSpace(string(raw)), "\n\n") {
		into := &c.learn
		if (i+1)%10 == 0 {
			into = &c.judge
		}
		for _, r := range passage + "\n\n" {
			*into = append(*into, slices.Index(c.alphabet, r))
		}
	}
	if len(c.judge) <= context {
		return nil, fmt.Errorf("%s is too short: it needs ten passages, divided by empty lines", path)
	}
	return c, nil
}

// stretches draws n·size stretches of context+1 tokens, (n, size, context+1), as small as they are
// stored.
func stretches(tokens []int, n, size int, seed uint64) *tensor.Tensor {
	loader := data.NewLoader(data.NewWindows(tokens, context), data.LoaderOptions{BatchSize: size, Seed: seed})
	out := make([]*tensor.Tensor, n)
	for i := range out {
		x, y := loader.Sample(i)                         // (size, context) each
		last := y.Narrow(1, context-1, 1)                // (size, 1)
		out[i] = tensor.Cat(1, x, last).To(tensor.Uint8) // (size, context+1)
	}
	return tensor.Stack(0, out...)
}

// pair splits stretches (size, context+1) into what is read and what comes next.
func pair(s *tensor.Tensor) (x, y *tensor.Tensor) {
	s = s.To(tensor.Int64)
	return s.Narrow(1, 0, context), s.Narrow(1, 1, context)
}
