// Package cpu is the reference backend, and the fast one: it computes tensors on the processor that
// runs the program, in Go and Go assembly, without cgo.
//
// # Mental model
//
// Every element-wise kernel is a loop over contiguous slices and nothing else. An operand that is
// contiguous is handed to the kernel as it lies; any other (transposed, sliced, broadcast) is first
// gathered, block by block, into a buffer that stays in the L1 cache, and a destination that is not
// contiguous is scattered from one. So a kernel is written once, for the case that is fast, and all
// layouts are handled in one place (layout.go).
//
// Work is split over a fixed pool of goroutines (internal/par), in pieces whose borders depend on
// the shapes alone: results are the same at every thread count, bit for bit.
//
// Products of matrices of floats, and of int8 into int32, go to a packed, blocked algorithm (internal/gemm)
// around assembly micro-kernels (internal/asm), chosen at run time from what the processor has. The
// environment variable RG_CPU, set to avx512, avx2 or portable, forces a choice; the build tag purego
// leaves the assembly out.
//
// Float16 and BFloat16 are operands of float32 kernels that widen when they are loaded and round when
// they are stored. Products widen them while packing. What else reads its operands more than once (reductions,
// rows) works on float32 copies of them (half.go).
//
// Memory is pooled (pool.go). It comes back by Free or by a finalizer of the memory itself, which is
// reachable for as long as any kernel works on it.
//
// # Invariants
//
//   - Storage that is allocated is aligned to 64 bytes, adopted storage to its elements. Elements are
//     little-endian; Bool is one byte, 0 or 1.
//   - The destination of an element-wise operation may be one of its operands, with the same
//     layout; operands may overlap each other in any way.
//   - Sums of float32 are accumulated so that the error does not grow with the length as in a plain
//     loop; NaN propagates through Max, Min, ArgMax, Maximum and Minimum; the first of equal
//     elements wins ArgMax and ArgMin; all as in PyTorch.
package cpu
