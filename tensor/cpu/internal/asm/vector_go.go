package asm

import (
	"math"
	"slices"
	"unsafe"

	"github.com/rustygradients/rg/tensor/backend"
)

var vectorGo = Vector{
	Affine:         saffineGo,
	Sum:            ssumGo,
	AddWide:        saddWideGo,
	AddRows:        saddRowsGo,
	SumRows:        ssumRowsGo,
	MaxRows:        smaxRowsGo,
	MinRows:        sminRowsGo,
	Find:           sfindGo,
	Philox:         philoxGo,
	ExpSum:         sexpSumGo,
	Moments:        smomentsGo,
	Standardize:    sstandardizeGo,
	LayerNorm:      slayerNormGo,
	Slopes:         sslopesGo,
	NormGrad:       snormGradGo,
	SoftmaxGrad:    ssoftmaxGradGo,
	LogSoftmaxGrad: slogSoftmaxGradGo,
	Max:            smaxGo,
	Min:            sminGo,
	AdamW:          sadamwGo,
}

// Exp computes e^x for each element, where a set has no routine for it. dst may be x.
func Exp(dst, x []float32) {
	for i, v := range x {
		dst[i] = exp(v)
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

func saffineGo(n int, dst, x *float32, a, b float32) {
	d, xs := unsafe.Slice(dst, n), unsafe.Slice(x, n)
	for i, v := range xs {
		d[i] = a*v + b
	}
}

// row4 returns the four elements that many bytes behind p.
func row4(p *float32, bytes int) *[4]float32 {
	return (*[4]float32)(unsafe.Add(unsafe.Pointer(p), bytes))
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

func saddWideGo(n int, acc *float64, x *float32) {
	a := unsafe.Slice(acc, n)
	for i, v := range unsafe.Slice(x, n) {
		a[i] += float64(v)
	}
}

func saddRowsGo(n int, acc *float64, x *float32, stride int) {
	for row := range 8 {
		saddWideGo(n, acc, (*float32)(unsafe.Add(unsafe.Pointer(x), row*stride)))
	}
}

func philoxGo(n int, dst *uint64, seed, counter uint64) {
	d := unsafe.Slice(dst, 2*n)
	for i := range n {
		d[2*i], d[2*i+1] = backend.Philox2(seed, counter+uint64(i))
	}
}

func sexpSumGo(n int, dst, x *float32, shift float32) float64 {
	d, sum := unsafe.Slice(dst, n), 0.0
	for i, v := range unsafe.Slice(x, n) {
		d[i] = exp(v - shift)
		sum += float64(d[i])
	}
	return sum
}

func smomentsGo(n int, x *float32, shift float32) (sum, squares float64) {
	for _, v := range unsafe.Slice(x, n) {
		d := float64(v - shift)
		sum += d
		squares += d * d
	}
	return sum, squares
}

func sstandardizeGo(n int, dst, x *float32, mean, scale, offset float32) {
	d := unsafe.Slice(dst, n)
	for i, v := range unsafe.Slice(x, n) {
		d[i] = (v-mean)*scale + offset
	}
}

func slayerNormGo(n int, dst, x, weight, bias *float32, mean, scale float32) {
	d, w, b := slices3(n, dst, weight, bias)
	for i, v := range unsafe.Slice(x, n) {
		d[i] = (v-mean)*scale*w[i] + b[i]
	}
}

func sslopesGo(n int, x, grad *float32, mean float32) (sum, dot float64) {
	g := unsafe.Slice(grad, n)
	for i, v := range unsafe.Slice(x, n) {
		sum += float64(g[i])
		dot += float64(g[i]) * float64(v-mean)
	}
	return sum, dot
}

func snormGradGo(n int, dst, x, grad, k *float32) {
	d, xs, g := slices3(n, dst, x, grad)
	c := unsafe.Slice(k, 4)
	for i, v := range xs {
		d[i] = (v-c[0])*c[1] + (g[i]-c[2])*c[3]
	}
}

func ssoftmaxGradGo(n int, dst, y, grad *float32, sum float32) {
	d, ys, g := slices3(n, dst, y, grad)
	for i, v := range ys {
		d[i] = v * (g[i] - sum)
	}
}

func slogSoftmaxGradGo(n int, dst, y, grad *float32, sum float32) {
	d, ys, g := slices3(n, dst, y, grad)
	for i, v := range ys {
		d[i] = g[i] - exp(v)*sum
	}
}

func sminGo(n int, x *float32) (extreme float32, nan int) {
	extreme = float32(math.Inf(1))
	for _, v := range unsafe.Slice(x, n) {
		if v < extreme {
			extreme = v
		}
		if v != v { // NaN
			nan = 1
		}
	}
	return extreme, nan
}

// rowOf returns row r of n elements.
func rowOf(n int, x *float32, stride, r int) []float32 {
	return unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(x), r*stride)), n)
}

func ssumRowsGo(n int, sums *float64, x *float32, stride int) {
	for r := range 4 {
		sum := 0.0
		for _, v := range rowOf(n, x, stride, r) {
			sum += float64(v)
		}
		unsafe.Slice(sums, 4)[r] = sum
	}
}

func smaxRowsGo(n int, extremes, x *float32, stride int) (nan int) {
	for r := range 4 {
		v, not := smaxGo(n, &rowOf(n, x, stride, r)[0])
		unsafe.Slice(extremes, 4)[r] = v
		nan |= not
	}
	return nan
}

func sminRowsGo(n int, extremes, x *float32, stride int) (nan int) {
	for r := range 4 {
		v, not := sminGo(n, &rowOf(n, x, stride, r)[0])
		unsafe.Slice(extremes, 4)[r] = v
		nan |= not
	}
	return nan
}

func sfindGo(n int, x *float32, v float32) int {
	if i := slices.Index(unsafe.Slice(x, n), v); i >= 0 {
		return i
	}
	return n
}
