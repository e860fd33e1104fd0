package asm

import (
	"unsafe"

	"github.com/rustygradients/rg/tensor/dtype"
)

// gemmGo's tiles are small enough to stay in the registers that the Go compiler has.
var gemmGo = GEMM{
	F32:        Tiles{Word: 4, Group: 1, Cols: 4, Sizes: []SizedTile{{2, below(2, tile2x4Go[float32])}, {1, below(1, tile1x4Go[float32])}}},
	F64:        Tiles{Word: 8, Group: 1, Cols: 4, Sizes: []SizedTile{{2, below(2, tile2x4Go[float64])}, {1, below(1, tile1x4Go[float64])}}},
	I16:        Tiles{Word: 4, Group: 2, Cols: 4, Sizes: []SizedTile{{1, below(1, pairTile1x4Go)}}},
	Transpose8: transpose8Go,
	Transpose4: transpose4Go,
	Spread:     spreadGo,
	Window:     windowGo,
	WidenBF16:  bwidenGo,
	WidenF16:   hwidenGo,
	Extend:     iextendGo,
	Pair:       ipairGo,
	Pair16:     bpairGo,
	Line32:     lineGo(dotGo[float32], axpyGo[float32]),
	Line64:     lineGo(dotGo[float64], axpyGo[float64]),
	LineBF16:   mixedLineGo(dtype.WidenBFloat16),
	LineF16:    mixedLineGo(dtype.WidenFloat16),
	LineInt8:   mixedLineGo(func(v int8) int32 { return int32(v) }),
}

// at returns the T that many bytes behind p.
func at[T any](p *byte, bytes int) *T {
	return (*T)(unsafe.Add(unsafe.Pointer(p), bytes))
}

// below makes a Tile of a routine for one of so many rows.
func below(rows int, tile func(k int, a *byte, aRow, aCol int, b *byte, bRow int, c *byte, cRow, width, add int)) Tile {
	return func(n, k int, a *byte, aRow, aCol, aStep int, b *byte, bRow int, c *byte, cRow, width, add int, _, _ uintptr) {
		for i := range n {
			tile(k, at[byte](a, i*aStep), aRow, aCol, b, bRow, at[byte](c, i*rows*cRow), cRow, width, add)
		}
	}
}

// TileGo is the loop that every tile of floats stands for, as a tile of so many rows.
func TileGo[T float32 | float64](rows int) SizedTile {
	return SizedTile{rows, below(rows, func(k int, a *byte, aRow, aCol int, b *byte, bRow int, c *byte, cRow, width, add int) {
		tileGo[T](rows, k, a, aRow, aCol, b, bRow, c, cRow, width, add)
	})}
}

// tileGo is the loop that every tile of floats stands for, at any size.
func tileGo[T float32 | float64](rows, k int, a *byte, aRow, aCol int, b *byte, bRow int, c *byte, cRow, width, add int) {
	size := int(unsafe.Sizeof(T(0)))
	for i := range rows {
		for j := range width / size {
			var sum T
			for p := range k {
				sum += *at[T](a, i*aRow+p*aCol) * *at[T](b, p*bRow+size*j)
			}
			if add != 0 {
				sum += *at[T](c, i*cRow+size*j)
			}
			*at[T](c, i*cRow+size*j) = sum
		}
	}
}

// pairTileGo is the loop that every tile of pairs of int16 stands for.
func pairTileGo(rows, k int, a *byte, aRow, aCol int, b *byte, bRow int, c *byte, cRow, width, add int) {
	for i := range rows {
		for j := range width / 4 {
			var sum int32
			for p := range k {
				x, y := at[[2]int16](a, i*aRow+p*aCol), at[[2]int16](b, p*bRow+4*j)
				sum += int32(x[0])*int32(y[0]) + int32(x[1])*int32(y[1])
			}
			if add != 0 {
				sum += *at[int32](c, i*cRow+4*j)
			}
			*at[int32](c, i*cRow+4*j) = sum
		}
	}
}

// bf16TileGo is the loop that every tile of pairs of bfloat16 stands for. The processor's own differs in how
// it rounds, and takes subnormal numbers as 0.
func bf16TileGo(rows, k int, a *byte, aRow, aCol int, b *byte, bRow int, c *byte, cRow, width, add int) {
	for i := range rows {
		for j := range width / 4 {
			var sum float32
			for p := range k {
				x, y := at[[2]uint16](a, i*aRow+p*aCol), at[[2]uint16](b, p*bRow+4*j)
				for h := range 2 {
					sum += dtype.WidenBFloat16(x[h]) * dtype.WidenBFloat16(y[h])
				}
			}
			if add != 0 {
				sum += *at[float32](c, i*cRow+4*j)
			}
			*at[float32](c, i*cRow+4*j) = sum
		}
	}
}

func tile2x4Go[T float32 | float64](k int, a *byte, aRow, aCol int, b *byte, bRow int, c *byte, cRow, width, add int) {
	if width < 4*int(unsafe.Sizeof(T(0))) {
		tileGo[T](2, k, a, aRow, aCol, b, bRow, c, cRow, width, add)
		return
	}
	var c00, c01, c02, c03, c10, c11, c12, c13 T
	if add != 0 {
		r0, r1 := at[[4]T](c, 0), at[[4]T](c, cRow)
		c00, c01, c02, c03 = r0[0], r0[1], r0[2], r0[3]
		c10, c11, c12, c13 = r1[0], r1[1], r1[2], r1[3]
	}
	i, j := 0, 0
	for range k {
		a0, a1, r := *at[T](a, i), *at[T](a, i+aRow), at[[4]T](b, j)
		r0, r1, r2, r3 := r[0], r[1], r[2], r[3]
		c00 += a0 * r0
		c01 += a0 * r1
		c02 += a0 * r2
		c03 += a0 * r3
		c10 += a1 * r0
		c11 += a1 * r1
		c12 += a1 * r2
		c13 += a1 * r3
		i += aCol
		j += bRow
	}
	*at[[4]T](c, 0) = [4]T{c00, c01, c02, c03}
	*at[[4]T](c, cRow) = [4]T{c10, c11, c12, c13}
}

func tile1x4Go[T float32 | float64](k int, a *byte, aRow, aCol int, b *byte, bRow int, c *byte, cRow, width, add int) {
	if width < 4*int(unsafe.Sizeof(T(0))) {
		tileGo[T](1, k, a, aRow, aCol, b, bRow, c, cRow, width, add)
		return
	}
	var c0, c1, c2, c3 T
	if add != 0 {
		r := at[[4]T](c, 0)
		c0, c1, c2, c3 = r[0], r[1], r[2], r[3]
	}
	for p := range k {
		a0, r := *at[T](a, p*aCol), at[[4]T](b, p*bRow)
		c0 += a0 * r[0]
		c1 += a0 * r[1]
		c2 += a0 * r[2]
		c3 += a0 * r[3]
	}
	*at[[4]T](c, 0) = [4]T{c0, c1, c2, c3}
}

func pairTile1x4Go(k int, a *byte, aRow, aCol int, b *byte, bRow int, c *byte, cRow, width, add int) {
	pairTileGo(1, k, a, aRow, aCol, b, bRow, c, cRow, width, add)
}

func transpose8Go(blocks int, dst *byte, dstRow int, src *byte, srcRow int) {
	for j := range 8 * blocks {
		for i := range 8 {
			*at[uint32](dst, j*dstRow+4*i) = *at[uint32](src, i*srcRow+4*j)
		}
	}
}

func transpose4Go(blocks int, dst *byte, dstRow int, src *byte, srcRow int) {
	for j := range 4 * blocks {
		for i := range 4 {
			*at[uint64](dst, j*dstRow+8*i) = *at[uint64](src, i*srcRow+8*j)
		}
	}
}

func spreadGo(rows, panels, width int, dst *byte, panel int, src *byte, srcRow int) {
	for i := range rows {
		for p := range panels {
			copy(unsafe.Slice(at[byte](dst, p*panel+i*width), width), unsafe.Slice(at[byte](src, i*srcRow+p*width), width))
		}
	}
}

func windowGo(rows int, dst *byte, dstRow int, src *byte, shifts *int, runs *int, n int) {
	for i, shift := range unsafe.Slice(shifts, rows) {
		for _, r := range unsafe.Slice((*Run)(unsafe.Pointer(runs)), n) {
			copy(unsafe.Slice(at[byte](dst, i*dstRow+r.To), r.Len), unsafe.Slice(at[byte](src, r.From+shift), r.Len))
		}
	}
}

func dotGo[T float32 | float64](n int, x, y *T) T {
	var s0, s1, s2, s3 T // several sums, because one addition has to wait for the last
	xs, ys := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i := 0; i+4 <= n; i += 4 {
		a, b := (*[4]T)(xs[i:]), (*[4]T)(ys[i:])
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
	}
	for i := n &^ 3; i < n; i++ {
		s0 += xs[i] * ys[i]
	}
	return (s0 + s1) + (s2 + s3)
}

func axpyGo[T float32 | float64](n int, a T, x, y *T) {
	xs, ys := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range xs {
		ys[i] += a * v
	}
}

// mixedLineGo is the routines for elements that become others.
func mixedLineGo[W float32 | int32, S any](widen func(S) W) Line[W, S] {
	return lineGo(func(n int, x *W, y *S) (sum W) {
		xs, ys := unsafe.Slice(x, n), unsafe.Slice(y, n)
		for i, v := range ys {
			sum += xs[i] * widen(v)
		}
		return sum
	}, func(n int, a W, x *S, y *W) {
		xs, ys := unsafe.Slice(x, n), unsafe.Slice(y, n)
		for i, v := range xs {
			ys[i] += a * widen(v)
		}
	})
}

// lineGo makes the routines of those for one line.
func lineGo[W, S any](dot func(n int, x *W, y *S) W, axpy func(n int, a W, x *S, y *W)) Line[W, S] {
	line := func(first *S, stride, r int) *S { return (*S)(unsafe.Add(unsafe.Pointer(first), r*stride)) }
	return Line[W, S]{
		Dot: dot,
		Dots: func(n int, x *W, y *S, stride int) (sum0, sum1, sum2, sum3 W) {
			of := func(r int) W { return dot(n, x, line(y, stride, r)) }
			return of(0), of(1), of(2), of(3)
		},
		Axpy: axpy,
		Axpys: func(n int, a *[Lines]W, x *S, stride int, y *W) {
			for r, v := range a {
				axpy(n, v, line(x, stride, r), y)
			}
		},
	}
}

func bwidenGo(n int, dst, src *byte) {
	dtype.Widen(dtype.BFloat16, unsafe.Slice(at[float32](dst, 0), n), unsafe.Slice(at[uint16](src, 0), n))
}

func hwidenGo(n int, dst, src *byte) {
	dtype.Widen(dtype.Float16, unsafe.Slice(at[float32](dst, 0), n), unsafe.Slice(at[uint16](src, 0), n))
}

func iextendGo(n int, dst, src *byte) {
	for i := range n {
		*at[int16](dst, 2*i) = int16(*at[int8](src, i))
	}
}

func ipairGo(n int, dst, src, next *byte) {
	for i := range n {
		*at[[2]int16](dst, 4*i) = [2]int16{int16(*at[int8](src, i)), int16(*at[int8](next, i))}
	}
}

func bpairGo(n int, dst, src, next *byte) {
	for i := range n {
		*at[[2]uint16](dst, 4*i) = [2]uint16{*at[uint16](src, 2*i), *at[uint16](next, 2*i)}
	}
}
