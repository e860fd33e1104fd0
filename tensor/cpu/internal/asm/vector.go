package asm

import (
	"sync"
	"unsafe"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// Vector is routines over contiguous elements; dst may be an operand. They take any number of elements but 0.
// Those that are fields exist in Go too; where a table has none for an operation and a data type, package cpu has a loop.
type Vector struct {
	Sum func(n int, x *float32) float64 // Σ x[i] added in float64, n a multiple of 32 and not 0

	AddWide func(n int, acc *float64, x *float32)             // acc[i] += x[i]
	AddRows func(n int, acc *float64, x *float32, stride int) // for eight rows stride bytes apart; n a multiple of 16 and not 0

	// Of four rows stride bytes apart, n a multiple of 16 and not 0. nan is not 0 if there is one; then extremes have no meaning.
	SumRows          func(n int, sums *float64, x *float32, stride int)
	MaxRows, MinRows func(n int, extremes, x *float32, stride int) (nan int)

	Find func(n int, x *float32, v float32) int // the first i where x[i] equals v, or n, a multiple of 32 and not 0

	Philox func(n int, dst *uint64, seed, counter uint64) // the two 64-bit numbers of each of n blocks, a multiple of 4 and not 0

	// The passes that fused operations make over a row. Sums are of float32s in lanes: for long rows, a part at a time.
	Affine         func(n int, dst, x *float32, a, b float32)                      // a·x[i] + b
	ExpSum         func(n int, dst, x *float32, shift float32) float64             // e^(x[i]−shift), and their sum
	Moments        func(n int, x *float32, shift float32) (sum, squares float64)   // Σ (x[i]−shift), Σ (x[i]−shift)²
	Standardize    func(n int, dst, x *float32, mean, scale, offset float32)       // (x[i]−mean)·scale + offset
	LayerNorm      func(n int, dst, x, weight, bias *float32, mean, scale float32) // (x[i]−mean)·scale·weight[i] + bias[i]
	Slopes         func(n int, x, g *float32, mean float32) (sum, dot float64)     // Σ g[i] and Σ g[i]·(x[i]−mean)
	NormGrad       func(n int, dst, x, g, k *float32)                              // (x[i]−k[0])·k[1] + (g[i]−k[2])·k[3]
	SoftmaxGrad    func(n int, dst, y, g *float32, sum float32)                    // y[i]·(g[i]−sum)
	LogSoftmaxGrad func(n int, dst, y, g *float32, sum float32)                    // g[i] − e^y[i]·sum
	Max, Min       func(n int, x *float32) (extreme float32, nan int)              // nan is not 0 if there is one; it is no candidate
	AdamW          func(n int, p, g, m, v *float32, c *float32)                    // c points to an AdamW

	unary          map[unaryKey]Unary
	binary         map[binaryKey]Binary
	compare        map[binaryKey]Binary
	where          map[int]Where
	cast           map[castKey]Unary
	activation     map[backend.Activation]Unary
	activationGrad map[backend.Activation]Gated
	fill           func(n int, dst, pattern *byte)
}

type (
	// Unary computes n elements of dst from those of x.
	Unary func(n int, dst, x *byte)
	// Binary computes n elements of dst from those of x and y. A step is 1, or 0 for an operand that is a Repeated
	// element.
	Binary func(n int, dst, x, y *byte, xStep, yStep int)
	// Where takes n elements from x where cond is 1 and from y where it is 0. Steps are Binary's.
	Where func(n int, dst, cond, x, y *byte, xStep, yStep int)
	// Gated computes n elements of dst from those of x and g.
	Gated func(n int, dst, x, g *byte)

	// periodic is a Unary that stops before a group of elements that is not for it, and tells how many are left.
	periodic func(n int, dst, x *byte) (left int)

	unaryKey struct {
		dt dtype.DType
		op backend.UnaryOp
	}
	binaryKey struct {
		dt dtype.DType
		op backend.BinaryOp
	}
	castKey struct{ from, to dtype.DType }
)

// Repeated is an operand of step 0: as many times the element as a routine reads at once.
type Repeated [64]byte

// Repeat fills r with the element of size bytes at p.
func (r *Repeated) Repeat(p unsafe.Pointer, size int) {
	copy(r[:], unsafe.Slice((*byte)(p), size))
	for n := size; n < len(r); n *= 2 {
		copy(r[n:], r[:n])
	}
}

// AdamW is the numbers of one step: with g scaled,
//
//	m ← Beta1·m + Rest1·g
//	v ← Beta2·v + Rest2·g²
//	p ← Keep·p − Step·m/(√v·Root + Eps)
type AdamW struct {
	Beta1, Rest1, Beta2, Rest2, Scale, Keep, Step, Root, Eps float32
}

// Unary returns the routine of an operation, or nil.
func (v *Vector) Unary(op backend.UnaryOp, dt dtype.DType) Unary { return v.unary[unaryKey{dt, op}] }

// Binary returns the routine of an operation that writes what it reads, or nil.
func (v *Vector) Binary(op backend.BinaryOp, dt dtype.DType) Binary {
	return v.binary[binaryKey{dt, op}]
}

// Compare returns the routine of a comparison, which writes Bool, or nil.
func (v *Vector) Compare(op backend.BinaryOp, dt dtype.DType) Binary {
	return v.compare[binaryKey{dt, op}]
}

// Where returns the routine for elements of a size, or nil.
func (v *Vector) Where(size int) Where { return v.where[size] }

// Cast returns the routine of a conversion, or nil.
func (v *Vector) Cast(from, to dtype.DType) Unary { return v.cast[castKey{from, to}] }

// Activation returns the routine of an activation of Float32, or nil.
func (v *Vector) Activation(a backend.Activation) Unary { return v.activation[a] }

// ActivationGrad returns the routine of g times the derivative of an activation of Float32, or nil.
func (v *Vector) ActivationGrad(a backend.Activation) Gated { return v.activationGrad[a] }

// Fill repeats a pattern, whose size divides 32, over dst.
func (v *Vector) Fill(dst, pattern []byte) {
	n := 0
	if v.fill != nil && len(dst) >= 32 {
		var full [32]byte
		copy(full[:], pattern)
		for n := len(pattern); n < len(full); n *= 2 {
			copy(full[n:], full[:n])
		}
		n = len(dst) &^ 31
		v.fill(n, &dst[0], &full[0])
	} else {
		n = copy(dst, pattern)
	}
	for n < len(dst) {
		n += copy(dst[n:], dst[:n])
	}
}

// tails are buffers for what is left over of three operands.
var tails = sync.Pool{New: func() any { return new([3][256]byte) }}

func behind(p *byte, n int) *byte { return (*byte)(unsafe.Add(unsafe.Pointer(p), n)) }

func bytesAt(p *byte, n int) []byte { return unsafe.Slice(p, n) }

// anyLength makes a routine for any number of elements of one for multiples of turn, which is a power of 2.
func (f Unary) anyLength(turn, dstSize, xSize int) Unary {
	return func(n int, dst, x *byte) {
		whole := n &^ (turn - 1)
		if whole > 0 {
			f(whole, dst, x)
		}
		if n -= whole; n > 0 {
			b := tails.Get().(*[3][256]byte)
			copy(b[1][:], bytesAt(behind(x, whole*xSize), n*xSize))
			f(turn, &b[0][0], &b[1][0])
			copy(bytesAt(behind(dst, whole*dstSize), n*dstSize), b[0][:])
			tails.Put(b)
		}
	}
}

// anyLength is Unary's.
func (f Binary) anyLength(turn, dstSize, size int) Binary {
	return func(n int, dst, x, y *byte, xStep, yStep int) {
		whole := n &^ (turn - 1)
		if whole > 0 {
			f(whole, dst, x, y, xStep, yStep)
		}
		if n -= whole; n > 0 {
			b := tails.Get().(*[3][256]byte)
			x, xStep = lastOf(x, xStep, whole, n, size, &b[1])
			y, yStep = lastOf(y, yStep, whole, n, size, &b[2])
			f(turn, &b[0][0], x, y, xStep, yStep)
			copy(bytesAt(behind(dst, whole*dstSize), n*dstSize), b[0][:])
			tails.Put(b)
		}
	}
}

// lastOf copies the last n elements of an operand into a buffer, unless it is repeated.
func lastOf(p *byte, step, whole, n, size int, buf *[256]byte) (*byte, int) {
	if step == 0 {
		return p, 0
	}
	copy(buf[:], bytesAt(behind(p, whole*size), n*size))
	return &buf[0], 1
}

// anyLength is Unary's.
func (f Where) anyLength(size int) Where {
	const turn = 32
	return func(n int, dst, cond, x, y *byte, xStep, yStep int) {
		whole := n &^ (turn - 1)
		if whole > 0 {
			f(whole, dst, cond, x, y, xStep, yStep)
		}
		if n -= whole; n > 0 {
			b, c := tails.Get().(*[3][256]byte), tails.Get().(*[3][256]byte)
			copy(c[0][:], bytesAt(behind(cond, whole), n))
			x, xStep = lastOf(x, xStep, whole, n, size, &b[1])
			y, yStep = lastOf(y, yStep, whole, n, size, &b[2])
			f(turn, &b[0][0], &c[0][0], x, y, xStep, yStep)
			copy(bytesAt(behind(dst, whole*size), n*size), b[0][:])
			tails.Put(b)
			tails.Put(c)
		}
	}
}
