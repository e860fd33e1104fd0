package data

import (
	"fmt"

	"github.com/rustygradients/rg/tensor"
)

// Dataset is a number of examples.
type Dataset interface {
	// Len is how many there are.
	Len() int

	// Get returns the examples of those numbers, from 0 to Len()-1, as a batch: the inputs and the
	// targets, with the batch as first axis.
	Get(index []int) (x, y *tensor.Tensor)
}

// Tensors is a dataset in memory: X and Y have the examples along their first axis.
type Tensors struct {
	X, Y *tensor.Tensor
}

// NewTensors makes a dataset of inputs and targets.
func NewTensors(x, y *tensor.Tensor) *Tensors {
	if x.Rank() == 0 || y.Rank() == 0 || x.Dim(0) != y.Dim(0) {
		panic(fmt.Sprintf("data: inputs %v and targets %v must have as many entries along the first axis", x.Shape(), y.Shape()))
	}
	return &Tensors{X: x, Y: y}
}

// Len is the number of examples.
func (d *Tensors) Len() int { return d.X.Dim(0) }

// Get returns the examples of those numbers.
func (d *Tensors) Get(index []int) (x, y *tensor.Tensor) {
	idx := tensor.FromSlice(index)
	return d.X.IndexSelect(0, idx.ToDevice(d.X.Device())), d.Y.IndexSelect(0, idx.ToDevice(d.Y.Device()))
}

// Windows is a dataset for language models: every stretch of Length tokens of a text, with the same
// stretch one token later as target.
type Windows struct {
	tokens *tensor.Tensor // (n,) Int64
	length int
}

// NewWindows makes a dataset of the stretches of a text given as tokens.
func NewWindows(tokens []int, length int) *Windows {
	if length < 1 || len(tokens) <= length {
		panic(fmt.Sprintf("data: windows of %d tokens don't fit into %d; one more is needed as target", length, len(tokens)))
	}
	return &Windows{tensor.FromSlice(tokens), length}
}

// Len is the number of stretches.
func (w *Windows) Len() int { return w.tokens.Dim(0) - w.length }

// Get returns the stretches that begin at those tokens: (B, length) each.
func (w *Windows) Get(index []int) (x, y *tensor.Tensor) {
	xs, ys := make([]*tensor.Tensor, len(index)), make([]*tensor.Tensor, len(index))
	for i, at := range index {
		xs[i] = w.tokens.Narrow(0, at, w.length)
		ys[i] = w.tokens.Narrow(0, at+1, w.length)
	}
	return tensor.Stack(0, xs...), tensor.Stack(0, ys...)
}
