package data

import (
	"fmt"
	"math/rand/v2"

	"github.com/rustygradients/rg/tensor"
)

// LoaderOptions are for NewLoader.
type LoaderOptions struct {
	BatchSize int    // default 32
	Shuffle   bool   // another order in each epoch
	Seed      uint64 // of the orders
	DropLast  bool   // leave out a last batch that is not full
}

// Loader cuts a dataset into batches. It belongs to one goroutine.
type Loader struct {
	dataset Dataset
	options LoaderOptions
	order   []int
	at      int // the first example after the present batch
	epoch   int
	x, y    *tensor.Tensor
}

// NewLoader makes a loader that stands before the first batch.
func NewLoader(d Dataset, options ...LoaderOptions) *Loader {
	var o LoaderOptions
	switch len(options) {
	case 0:
	case 1:
		o = options[0]
	default:
		panic("data: NewLoader takes options at most once")
	}
	if o.BatchSize == 0 {
		o.BatchSize = 32
	}
	if o.BatchSize < 0 {
		panic(fmt.Sprintf("data: a batch of %d examples", o.BatchSize))
	}
	l := &Loader{dataset: d, options: o}
	l.begin()
	return l
}

// begin starts an epoch.
func (l *Loader) begin() {
	n := l.dataset.Len()
	l.order = make([]int, n)
	for i := range l.order {
		l.order[i] = i
	}
	if l.options.Shuffle {
		// PCG's numbers are part of Go's promise, so an order stays what it is.
		rng := rand.New(rand.NewPCG(l.options.Seed, uint64(l.epoch)))
		for i := n - 1; i > 0; i-- {
			j := int(rng.Uint64N(uint64(i + 1)))
			l.order[i], l.order[j] = l.order[j], l.order[i]
		}
	}
	l.at = 0
}

// Len is the number of batches in an epoch.
func (l *Loader) Len() int {
	n, b := l.dataset.Len(), l.options.BatchSize
	if l.options.DropLast {
		return n / b
	}
	return (n + b - 1) / b
}

// Epoch is how many epochs have ended.
func (l *Loader) Epoch() int { return l.epoch }

// Next goes to the next batch. After the last of an epoch it returns false, once, and then begins the
// next epoch.
func (l *Loader) Next() bool {
	n := min(l.options.BatchSize, len(l.order)-l.at)
	if n == 0 || n < l.options.BatchSize && l.options.DropLast {
		l.epoch++
		l.begin()
		l.x, l.y = nil, nil
		return false
	}
	l.x, l.y = l.dataset.Get(l.order[l.at : l.at+n])
	l.at += n
	return true
}

// Batch returns the inputs and targets that Next went to.
func (l *Loader) Batch() (x, y *tensor.Tensor) {
	if l.x == nil {
		panic("data: there is no batch; call Next first, and Batch only if it returned true")
	}
	return l.x, l.y
}

// Sample returns a batch of examples drawn at random, with repetition, apart from epochs: what
// training loops count in steps use.
func (l *Loader) Sample(step int) (x, y *tensor.Tensor) {
	rng := rand.New(rand.NewPCG(l.options.Seed, ^uint64(step)))
	index := make([]int, l.options.BatchSize)
	for i := range index {
		index[i] = int(rng.Uint64N(uint64(l.dataset.Len())))
	}
	return l.dataset.Get(index)
}
