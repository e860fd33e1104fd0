package asm

// Tile computes a tile of C from k columns of A and rows of B; strides are in bytes. With add other
// than 0 it adds to C.
type Tile func(k int, a *float32, aRow, aCol int, b *float32, bRow int, c *float32, cRow, add int)

// SizedTile is a Tile and the number of rows it computes.
type SizedTile struct {
	Rows int
	F    Tile
}

// GEMM is routines of matrix products.
type GEMM struct {
	// Tiles compute Cols columns, the highest first and one of a single row last. They read B that
	// wide, however much of it is wanted.
	Cols  int
	Tiles []SizedTile

	// NarrowTiles, if not nil, compute half as many columns.
	NarrowTiles []SizedTile

	// Transpose8 writes 8 rows of src, 8·blocks long, as columns of dst; strides are in bytes.
	Transpose8 func(blocks int, dst *float32, dstRow int, src *float32, srcRow int)

	// n is a multiple of 32; in Axpy it is not 0.
	Dot  func(n int, x, y *float32) float32    // Σ x[i]·y[i]
	Axpy func(n int, a float32, x, y *float32) // y[i] += a·x[i]
}
