package asm

// Tile computes n tiles of C, one below the other, from k columns of A and rows of B; strides are in bytes, and the parts of
// A aStep bytes apart. It writes width bytes of each row of C, at least one word, and all of them at most. With add other than 0 it adds to C.
// Meanwhile each tile may ask for k/4 cache lines, from next on, and from B's beginning when the last ended at or behind end.
// They need not be there.
type Tile func(n, k int, a *byte, aRow, aCol, aStep int, b *byte, bRow int, c *byte, cRow, width, add int, next, end uintptr)

// SizedTile is a Tile and the number of rows of one.
type SizedTile struct {
	Rows int
	F    Tile
}

// Tiles computes with one type of number. Operands are made of words as large as the elements of C: one
// number, or several that follow each other along k.
type Tiles struct {
	Word  int // bytes
	Group int // numbers in a word

	// Sizes compute Cols columns, the highest first and one of a single row last. They read B that wide,
	// however much of it is wanted.
	Cols  int
	Sizes []SizedTile

	// Narrow, if not nil, computes half as many columns.
	Narrow []SizedTile
}

// SpreadSlack is how many bytes behind what is asked for Spread may move.
const SpreadSlack = 64

// Run is neighbours in memory, Len bytes of them and RunBytes at most: they lie From bytes behind where an operand begins, and
// go To bytes behind where a row of a panel begins.
type Run struct{ From, To, Len int }

// RunBytes is how many bytes of a run Window may read and write, in the order of rows and then of runs, whatever its length.
const RunBytes = 64

// GEMM is routines of matrix products.
type GEMM struct {
	F32, F64 Tiles
	I16      Tiles // pairs of int16 that are int8 in value, and sums in int32
	BF16     Tiles // pairs of bfloat16, and sums in float32; nil where the processor has no such thing

	// Transpose8 writes 8 rows of src, 8·blocks words of four bytes long, as columns of dst, from
	// the first row of dst to the last; strides are in bytes.
	Transpose8 func(blocks int, dst *byte, dstRow int, src *byte, srcRow int)

	// Transpose4 writes 4 rows of src, 4·blocks words of eight bytes long, in the same way.
	Transpose4 func(blocks int, dst *byte, dstRow int, src *byte, srcRow int)

	// Spread cuts rows of src into pieces of width bytes, and writes each as a row of a panel of its own; panels are panel
	// bytes apart. It reads and writes up to SpreadSlack bytes more than that, in the order of rows and then of panels.
	Spread func(rows, panels, width int, dst *byte, panel int, src *byte, srcRow int)

	// Window writes rows of a panel, dstRow bytes apart, each the same runs of src, shifted by as many bytes as
	// shifts says for the row. runs is n of Run. There is one row at least, and one run.
	Window func(rows int, dst *byte, dstRow int, src *byte, shifts *int, runs *int, n int)

	// n is a multiple of 16 and not 0.
	WidenBF16, WidenF16 func(n int, dst, src *byte)       // halves as float32
	Extend              func(n int, dst, src *byte)       // int8 as int16
	Pair                func(n int, dst, src, next *byte) // int8 as pairs of int16: src[i], next[i]
	Pair16              func(n int, dst, src, next *byte) // the same of two bytes, as they are

	Line32   Line[float32, float32]
	Line64   Line[float64, float64]
	LineBF16 Line[float32, uint16]
	LineF16  Line[float32, uint16]
	LineInt8 Line[int32, int8]
}

// Lines is how many lines Dots and Axpys read side by side.
const Lines = 4

// Line is routines over elements S in order, that become W when they are loaded.
type Line[W, S any] struct {
	Dot   func(n int, x *W, y *S) W                                      // Σ x[i]·y[i]
	Dots  func(n int, x *W, y *S, stride int) (sum0, sum1, sum2, sum3 W) // the same for lines y, stride bytes apart: what Dot gives, line by line
	Axpy  func(n int, a W, x *S, y *W)                                   // y[i] += a·x[i]
	Axpys func(n int, a *[Lines]W, x *S, stride int, y *W)               // the same for lines x, stride bytes apart, one after the other
}
