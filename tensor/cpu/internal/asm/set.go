package asm

import (
	"fmt"
	"os"
)

// Tile computes a tile of C from k columns of A and rows of B; strides are in bytes. With add other
// than 0 it adds to C.
type Tile func(k int, a *float32, aRow, aCol int, b *float32, bRow int, c *float32, cRow, add int)

// SizedTile is a Tile and the number of rows it computes.
type SizedTile struct {
	Rows int
	F    Tile
}

// Set is what one kind of processor runs.
type Set struct {
	Name string // as in RG_CPU

	// Tiles compute Cols columns, the highest first and one of a single row last. They read B that
	// wide, however much of it is wanted.
	Cols  int
	Tiles []SizedTile

	// NarrowTiles, if not nil, compute half as many columns.
	NarrowTiles []SizedTile

	// Transpose8 writes 8 rows of src, 8·blocks long, as columns of dst; strides are in bytes.
	Transpose8 func(blocks int, dst *float32, dstRow int, src *float32, srcRow int)

	Vector
}

// Vector is routines over contiguous elements. n is a multiple of 32 and, but in Dot, not 0; dst may be
// an operand.
type Vector struct {
	Dot  func(n int, x, y *float32) float32    // Σ x[i]·y[i]
	Axpy func(n int, a float32, x, y *float32) // y[i] += a·x[i]
	Exp  func(n int, dst, x *float32)          // e^x[i]; NaN, infinities and overflow as they should be

	Add, Sub, Mul, Div func(n int, dst, x, y *float32)

	Affine   func(n int, dst, x *float32, a, b float32)         // a·x[i] + b
	Logistic func(n int, dst, x *float32)                       // 1/(1 + x[i])
	Sum      func(n int, x *float32) float64                    // added in float64
	Max      func(n int, x *float32) (largest float32, nan int) // nan is not 0 if there is one; it is no candidate
	AdamW    func(n int, p, g, m, v *float32, c *float32)       // c points to an AdamW
}

// AdamW is the numbers of one step: with g scaled,
//
//	m ← Beta1·m + Rest1·g
//	v ← Beta2·v + Rest2·g²
//	p ← Keep·p − Step·m/(√v·Root + Eps)
type AdamW struct {
	Beta1, Rest1, Beta2, Rest2, Scale, Keep, Step, Root, Eps float32
}

// EnvVar is the environment variable that forces a set.
const EnvVar = "RG_CPU"

// sets is what this processor can run, the fastest first.
var sets = append(detect(), &portable)

// Best is the set to use.
var Best = choose(os.Getenv(EnvVar))

// Sets returns all that this processor can run, the fastest first; the last is portable Go.
func Sets() []*Set { return sets }

func choose(name string) *Set {
	if name == "" {
		return sets[0]
	}
	for _, s := range sets {
		if s.Name == name {
			return s
		}
	}
	fmt.Fprintf(os.Stderr, "rg: %s=%s: not on this processor or in this build; using %s\n", EnvVar, name, sets[0].Name)
	return sets[0]
}
