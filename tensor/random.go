package tensor

import (
	"sync"

	"github.com/rustygradients/rg/tensor/backend"
)

// Generator is a source of random numbers: a seed, and how far its sequence has been used. The
// numbers depend on nothing else; every device and thread count gives the same.
//
// A Generator may be used from several goroutines. Each operation takes the next stretch of the
// sequence at once, so no number is given twice; which goroutine gets which stretch depends on
// scheduling. Where that matters, give each goroutine a Generator with its own seed.
type Generator struct {
	mu     sync.Mutex
	seed   uint64
	offset uint64
}

// NewGenerator starts the sequence of that seed.
func NewGenerator(seed uint64) *Generator { return &Generator{seed: seed} }

// take reserves the numbers for n elements.
func (g *Generator) take(n int) (seed, offset uint64) {
	if r := mode().region; r != nil {
		return r.draw(g, n)
	}
	return g.reserve(n)
}

func (g *Generator) reserve(n int) (seed, offset uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	seed, offset = g.seed, g.offset
	g.offset += backend.Blocks(n)
	return seed, offset
}

// Seed starts the sequence of a seed from its beginning.
func (g *Generator) Seed(seed uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seed, g.offset = seed, 0
}

// State is where the sequence stands, to be given to SetState later.
func (g *Generator) State() (seed, offset uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seed, g.offset
}

// SetState continues a sequence where State found it.
func (g *Generator) SetState(seed, offset uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seed, g.offset = seed, offset
}

// global is what constructors use when Options names no Generator. Unlike NumPy's it starts from a fixed
// seed, so that a program that sets none gives the same numbers on each run.
var global = NewGenerator(0)

// WithSeed runs f with the sequence of a seed in place of the global generator, on this goroutine
// only: what f draws is the same each time, whatever other goroutines draw meanwhile.
func WithSeed(seed uint64, f func()) {
	g := NewGenerator(seed)
	with(func(m *modes) { m.generator = g }, f)
}

// generator is the one that o names, or the goroutine's, or the global one.
func (o Options) generator() *Generator {
	if o.Generator != nil {
		return o.Generator
	}
	return DefaultGenerator()
}

// ManualSeed starts the global generator afresh: the same seed gives the same numbers. The global
// generator belongs to the process; see Generator for what several goroutines get.
func ManualSeed(seed uint64) { global.Seed(seed) }

// DefaultGenerator is the generator that is used where none is named: the global one, or inside WithSeed
// that of the seed.
func DefaultGenerator() *Generator {
	if g := mode().generator; g != nil {
		return g
	}
	return global
}

func (o Options) random(op string, d backend.Distribution, dt DType, shape []int) *Tensor {
	backend.Poll()
	g := o.generator()
	t := alloc(op, o.Device.backend(op), o.dtype(dt), shape)
	seed, offset := g.take(t.Len())
	must(t.backend().Random(t.v(), d, seed, offset), op, t)
	return t
}

// Rand draws Float32 numbers evenly from [0, 1).
func Rand(shape ...int) *Tensor { return Options{}.Rand(shape...) }

// Randn draws Float32 numbers from the standard normal distribution.
func Randn(shape ...int) *Tensor { return Options{}.Randn(shape...) }

// Uniform draws Float32 numbers evenly from [lo, hi).
func Uniform(lo, hi float64, shape ...int) *Tensor { return Options{}.Uniform(lo, hi, shape...) }

// Normal draws Float32 numbers from a normal distribution.
func Normal(mean, std float64, shape ...int) *Tensor { return Options{}.Normal(mean, std, shape...) }

// RandInt draws Int64 numbers evenly from lo up to, and without, hi.
func RandInt(lo, hi int, shape ...int) *Tensor { return Options{}.RandInt(lo, hi, shape...) }

// Bernoulli draws Float32 ones with probability p, and zeros otherwise.
func Bernoulli(p float64, shape ...int) *Tensor { return Options{}.Bernoulli(p, shape...) }

// Perm is a random order of the Int64 numbers 0 to n-1.
func Perm(n int) *Tensor { return Options{}.Perm(n) }

// Rand draws numbers evenly from [0, 1).
func (o Options) Rand(shape ...int) *Tensor { return o.Uniform(0, 1, shape...) }

// Randn draws numbers from the standard normal distribution.
func (o Options) Randn(shape ...int) *Tensor { return o.Normal(0, 1, shape...) }

// Uniform draws numbers evenly from [lo, hi).
func (o Options) Uniform(lo, hi float64, shape ...int) *Tensor {
	return o.random("uniform", backend.Distribution{Kind: backend.Uniform, A: lo, B: hi}, Float32, shape)
}

// Normal draws numbers from a normal distribution.
func (o Options) Normal(mean, std float64, shape ...int) *Tensor {
	return o.random("normal", backend.Distribution{Kind: backend.Normal, A: mean, B: std}, Float32, shape)
}

// RandInt draws numbers evenly from lo up to, and without, hi.
func (o Options) RandInt(lo, hi int, shape ...int) *Tensor {
	if hi <= lo {
		panic(&Error{Op: "randint", Hint: "the upper end must be above the lower"})
	}
	d := backend.Distribution{Kind: backend.Integers, A: float64(lo), B: float64(hi)}
	return o.random("randint", d, Int64, shape)
}

// Bernoulli draws ones with probability p, and zeros otherwise.
func (o Options) Bernoulli(p float64, shape ...int) *Tensor {
	if !(p >= 0 && p <= 1) {
		panic(&Error{Op: "bernoulli", Hint: "a probability lies between 0 and 1"})
	}
	return o.random("bernoulli", backend.Distribution{Kind: backend.Bernoulli, A: p}, Float32, shape)
}

// Perm is a random order of the numbers 0 to n-1.
func (o Options) Perm(n int) *Tensor {
	if n < 0 {
		panic(&Error{Op: "perm", Hint: "the number of elements can't be negative"})
	}
	g := o.generator()
	return o.from("perm", n, o.dtype(Int64), func(order []float64) {
		seed, offset := g.take(n)
		for i := range order { // Fisher and Yates 1938, from the inside out
			if i%(1<<14) == 0 {
				backend.Poll()
			}
			d := backend.Distribution{Kind: backend.Integers, B: float64(i + 1)}
			j := int(d.Draw(seed, offset, i, Int64))
			order[i] = order[j]
			order[j] = float64(i)
		}
	})
}

// Dropout zeroes elements with probability p and scales the others by 1/(1-p), so that the mean stays
// (Srivastava et al. 2014). It is for training: leave it out in evaluation.
func (t *Tensor) Dropout(p float64) *Tensor {
	if !(p >= 0 && p <= 1) {
		fail("dropout", []*Tensor{t}, "the probability %v isn't between 0 and 1", p)
	}
	switch p {
	case 0:
		return t
	case 1:
		return t.MulScalar(0)
	}
	x := t.To(floating(t.DType()))
	d := backend.Dropout{Keep: 1 - p, Scale: x.DType().Round(1 / (1 - p))}
	d.Seed, d.Offset = DefaultGenerator().take(x.Len())
	return x.dropout(d)
}

// dropout keeps and scales the elements that d draws, which are the same each time.
func (t *Tensor) dropout(d backend.Dropout) *Tensor {
	const op = "dropout"
	b, ok := backend.As[backend.DropoutBackend](t.backend())
	if !ok {
		return t.composedDropout(d)
	}
	backend.Poll()
	out := t.like(op, t.DType(), t.layout.Shape)
	must(b.Dropout(out.v(), t.v(), d), op, t)
	return record(out, op, d, t)
}

// composedDropout is dropout in operations that every backend has.
func (t *Tensor) composedDropout(d backend.Dropout) *Tensor {
	mask := t.like("dropout", t.DType(), t.layout.Shape)
	must(mask.backend().Random(mask.v(), backend.Distribution{Kind: backend.Bernoulli, A: d.Keep}, d.Seed, d.Offset), "dropout", mask)
	return t.Mul(mask.MulScalarInPlace(d.Scale))
}

func init() {
	moreRules(map[string]rule{"dropout": of(nothing, func(c *call) *Tensor { return c.g.dropout(c.node.attr.(backend.Dropout)) })})
}
