package backend

import "github.com/rustygradients/rg/tensor/dtype"

// Storage is a block of elements on one device.
type Storage interface {
	DType() dtype.DType
	Len() int // elements
	Backend() Backend

	// Free gives the block back at once. Storage that is never freed is collected like any value.
	Free()
}

// View is storage seen through a layout.
type View struct {
	Storage Storage
	Layout  Layout
}

// Backend computes on one device. Its methods may be called from several goroutines, as long as
// nobody writes what another reads. Errors are the world's (memory, a lost device) or say that a
// data type is not supported; shapes that don't fit are the caller's mistake and may panic.
//
// A destination never overlaps an operand, with one exception: in the element-wise operations
// (Copy, Unary, Binary, Where) it may be the very same view. Operands of Binary and Where have one data
// type, except that the second of Binary may be a Float32 where the first is Float16 or BFloat16: a number
// that these would round. Halves are computed in float32 and rounded once, at the end. And, Or, Xor and Not work on Bool. Integers wrap round, and Div of integers is not called.
type Backend interface {
	Name() string
	Alloc(dt dtype.DType, n int) (Storage, error) // contents are undefined
	Upload(dst Storage, src []byte) error         // src holds dst.Len() little-endian elements
	Download(dst []byte, src Storage) error

	Copy(dst, src View) error // strided; converts between data types
	Fill(dst View, value float64) error
	Unary(op UnaryOp, dst, x View) error
	Binary(op BinaryOp, dst, x, y View) error // comparisons and logic write Bool
	Where(dst, cond, x, y View) error         // cond is Bool

	// Reduce folds the named axes (not negative, each once) of x; dst keeps them with size 1. ArgMax and
	// ArgMin take exactly one axis, write Int64, and give the first of equals; Any and All read and write
	// Bool; the others write x's data type. Sum and Prod are called for floats and Int64. Max, Min, ArgMax
	// and ArgMin are not called on nothing; NaN counts as the extreme.
	Reduce(op ReduceOp, dst, x View, axes ...int) error

	// MatMul multiplies the last two axes, (…, m, k) × (…, k, n) → (…, m, n); batch axes of the
	// three are equal in size (broadcast ones carry stride 0). dst is contiguous, and of the operands' data
	// type; a backend may let products of Int8 be Int32.
	MatMul(dst, x, y View) error

	// Gather reads along one axis: dst[…, i, …] = x[…, idx[…, i, …], …]. idx is Int64 with dst's
	// shape (possibly broadcast); an index out of range is an error.
	Gather(dst, x, idx View, axis int) error

	// ScatterAdd adds along one axis: dst[…, idx[…, i, …], …] += src[…, i, …]. The order of
	// additions is fixed, so results don't depend on threads.
	ScatterAdd(dst, src, idx View, axis int) error

	// Random fills dst from a counter-based generator: element i (row-major) is d.Draw(seed, offset, i,
	// dtype), so every backend and thread count gives the same numbers.
	Random(dst View, d Distribution, seed, offset uint64) error

	Synchronize() error
}

// Distribution is what Random draws from.
type Distribution struct {
	Kind DistributionKind
	A, B float64 // Uniform: [A, B); Normal: mean A, deviation B; Bernoulli: probability A; Integers: [A, B)
}

// DistributionKind names a family of distributions.
type DistributionKind uint8

// The families.
const (
	Uniform DistributionKind = iota
	Normal
	Bernoulli
	Integers
)
