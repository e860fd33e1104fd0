package asm

import "unsafe"

// gemmGo's tiles are small enough to stay in the registers that the Go compiler has.
var gemmGo = GEMM{
	Cols:       4,
	Tiles:      []SizedTile{{2, tile2x4Go}, {1, tile1x4Go}},
	Transpose8: transpose8Go,
	Dot:        sdotGo,
	Axpy:       saxpyGo,
}

// tileGo is the loop that every tile stands for, at any size.
func tileGo(rows, cols, k int, a *float32, aRow, aCol int, b *float32, bRow int, c *float32, cRow, add int) {
	for i := range rows {
		for j := range cols {
			var sum float32
			for p := range k {
				sum += *at(a, i*aRow+p*aCol) * *at(b, p*bRow+4*j)
			}
			if add != 0 {
				sum += *at(c, i*cRow+4*j)
			}
			*at(c, i*cRow+4*j) = sum
		}
	}
}

// at returns the address that many bytes behind p.
func at(p *float32, bytes int) *float32 {
	return (*float32)(unsafe.Add(unsafe.Pointer(p), bytes))
}

// row4 returns the four elements that many bytes behind p.
func row4(p *float32, bytes int) *[4]float32 {
	return (*[4]float32)(unsafe.Add(unsafe.Pointer(p), bytes))
}

func tile2x4Go(k int, a *float32, aRow, aCol int, b *float32, bRow int, c *float32, cRow, add int) {
	var c00, c01, c02, c03, c10, c11, c12, c13 float32
	if add != 0 {
		r0, r1 := row4(c, 0), row4(c, cRow)
		c00, c01, c02, c03 = r0[0], r0[1], r0[2], r0[3]
		c10, c11, c12, c13 = r1[0], r1[1], r1[2], r1[3]
	}
	i, j := 0, 0
	a2 := at(a, aRow)
	for range k {
		a0, a1, r := *at(a, i), *at(a2, i), row4(b, j)
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
	*row4(c, 0) = [4]float32{c00, c01, c02, c03}
	*row4(c, cRow) = [4]float32{c10, c11, c12, c13}
}

func tile1x4Go(k int, a *float32, _, aCol int, b *float32, bRow int, c *float32, _, add int) {
	var c0, c1, c2, c3 float32
	if add != 0 {
		r := row4(c, 0)
		c0, c1, c2, c3 = r[0], r[1], r[2], r[3]
	}
	for p := range k {
		a0, r := *at(a, p*aCol), row4(b, p*bRow)
		c0 += a0 * r[0]
		c1 += a0 * r[1]
		c2 += a0 * r[2]
		c3 += a0 * r[3]
	}
	*row4(c, 0) = [4]float32{c0, c1, c2, c3}
}

func transpose8Go(blocks int, dst *float32, dstRow int, src *float32, srcRow int) {
	for i := range 8 {
		for j := range 8 * blocks {
			*at(dst, j*dstRow+4*i) = *at(src, i*srcRow+4*j)
		}
	}
}

func sdotGo(n int, x, y *float32) float32 {
	var s0, s1, s2, s3 float32
	for i := 0; i < 4*n; i += 16 {
		a, b := row4(x, i), row4(y, i)
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
	}
	return (s0 + s1) + (s2 + s3)
}

func saxpyGo(n int, a float32, x, y *float32) {
	xs, ys := unsafe.Slice(x, n), unsafe.Slice(y, n)
	for i, v := range xs {
		ys[i] += a * v
	}
}
