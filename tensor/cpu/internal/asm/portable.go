package asm

import (
	"math"
	"unsafe"
)

// portable is what runs everywhere. Its tiles are small enough to stay in the registers that the Go
// compiler has.
var portable = Set{
	Name:       "portable",
	Cols:       4,
	Tiles:      []SizedTile{{2, tile2x4Go}, {1, tile1x4Go}},
	Transpose8: transpose8Go,
	Vector: Vector{
		Dot:      sdotGo,
		Axpy:     saxpyGo,
		Exp:      sexpGo,
		Add:      saddGo,
		Sub:      ssubGo,
		Mul:      smulGo,
		Div:      sdivGo,
		Affine:   saffineGo,
		Logistic: slogisticGo,
		Sum:      ssumGo,
		Max:      smaxGo,
		AdamW:    sadamwGo,
	},
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

func sexpGo(n int, dst, x *float32) {
	xs, ds := unsafe.Slice(x, n), unsafe.Slice(dst, n)
	for i, v := range xs {
		ds[i] = exp(v)
	}
}

// exp is e^x to about one unit in the last place: e^x = 2ⁿ·e^r with |r| ≤ ½ ln 2, and the
// polynomial of Moshier's Cephes library for e^r.
func exp(x float32) float32 {
	switch {
	case x != x: // NaN
		return x
	case x > 89:
		return float32(math.Inf(1))
	case x < -104:
		return 0
	}
	const magic = 3 << 22 // adding and subtracting it rounds
	n := x*1.44269504089 + magic - magic
	r := x - n*0.693359375 + n*2.12194440e-4
	p := float32(1.9875691500e-4)
	p = p*r + 1.3981999507e-3
	p = p*r + 8.3334519073e-3
	p = p*r + 4.1665795894e-2
	p = p*r + 1.6666665459e-1
	p = p*r + 5.0000001201e-1
	p = p*r*r + r + 1
	// 2ⁿ in two factors, because n may be beyond the exponents that there are.
	half := int32(n) >> 1
	return p * power2(half) * power2(int32(n)-half)
}

func power2(n int32) float32 { return math.Float32frombits(uint32(n+127) << 23) }

// slices3 returns n elements at each of three addresses.
func slices3(n int, a, b, c *float32) (x, y, z []float32) {
	return unsafe.Slice(a, n), unsafe.Slice(b, n), unsafe.Slice(c, n)
}

func saddGo(n int, dst, x, y *float32) {
	d, xs, ys := slices3(n, dst, x, y)
	for i, v := range xs {
		d[i] = v + ys[i]
	}
}

func ssubGo(n int, dst, x, y *float32) {
	d, xs, ys := slices3(n, dst, x, y)
	for i, v := range xs {
		d[i] = v - ys[i]
	}
}

func smulGo(n int, dst, x, y *float32) {
	d, xs, ys := slices3(n, dst, x, y)
	for i, v := range xs {
		d[i] = v * ys[i]
	}
}

func sdivGo(n int, dst, x, y *float32) {
	d, xs, ys := slices3(n, dst, x, y)
	for i, v := range xs {
		d[i] = v / ys[i]
	}
}

func saffineGo(n int, dst, x *float32, a, b float32) {
	d, xs := unsafe.Slice(dst, n), unsafe.Slice(x, n)
	for i, v := range xs {
		d[i] = a*v + b
	}
}

func slogisticGo(n int, dst, x *float32) {
	d, xs := unsafe.Slice(dst, n), unsafe.Slice(x, n)
	for i, v := range xs {
		d[i] = 1 / (1 + v)
	}
}

func ssumGo(n int, x *float32) float64 {
	// Several sums, because one addition has to wait for the last.
	var s [4]float64
	for i := 0; i < 4*n; i += 16 {
		v := row4(x, i)
		s[0] += float64(v[0])
		s[1] += float64(v[1])
		s[2] += float64(v[2])
		s[3] += float64(v[3])
	}
	return (s[0] + s[1]) + (s[2] + s[3])
}

func smaxGo(n int, x *float32) (largest float32, nan int) {
	largest = float32(math.Inf(-1))
	for _, v := range unsafe.Slice(x, n) {
		if v > largest {
			largest = v
		}
		if v != v { // NaN
			nan = 1
		}
	}
	return largest, nan
}

func sadamwGo(n int, p, g, m, v *float32, c *float32) {
	o := (*AdamW)(unsafe.Pointer(c))
	ps, gs, ms := slices3(n, p, g, m)
	vs := unsafe.Slice(v, n)
	for i := range ps {
		gi := gs[i] * o.Scale
		mi := o.Beta1*ms[i] + o.Rest1*gi
		vi := o.Beta2*vs[i] + o.Rest2*gi*gi
		ms[i], vs[i] = mi, vi
		ps[i] = ps[i]*o.Keep - o.Step*mi/(float32(math.Sqrt(float64(vi)))*o.Root+o.Eps)
	}
}
