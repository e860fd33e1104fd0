package dtype

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// half describes a binary format of 16 bits, for the reference conversions.
type half struct {
	name     string
	mantissa int // bits
	bias     int
	widen    func(uint16) float32
	narrow   func(float32) uint16
}

var halves = []half{
	{"float16", 10, 15, WidenFloat16, NarrowFloat16},
	{"bfloat16", 7, 127, WidenBFloat16, NarrowBFloat16},
}

// value decodes by the definition of the format, in float64.
func (h half) value(b uint16) float64 {
	exponentMask := 1<<(15-h.mantissa) - 1
	e := int(b>>h.mantissa) & exponentMask
	m := int(b) & (1<<h.mantissa - 1)
	sign := 1.0
	if b>>15 == 1 {
		sign = -1
	}
	switch {
	case e == exponentMask && m != 0:
		return math.NaN()
	case e == exponentMask:
		return math.Inf(int(sign))
	case e == 0:
		return math.Copysign(math.Ldexp(float64(m), 1-h.bias-h.mantissa), sign)
	}
	return sign * math.Ldexp(float64(1<<h.mantissa+m), e-h.bias-h.mantissa)
}

// nearest is the reference for narrowing: a search among all finite values, where infinity
// stands for the power of two that would come next (IEEE 754, 4.3.1).
func (h half) nearest(f float64) uint16 {
	var sign uint16
	if math.Signbit(f) {
		sign, f = 1<<15, -f
	}
	inf := uint16(1<<15 - 1<<h.mantissa)
	if math.IsInf(f, 0) {
		return sign | inf
	}
	at := func(b uint16) float64 {
		if b == inf {
			return 2 * math.Ldexp(1, 1<<(14-h.mantissa)-1)
		}
		return h.value(b)
	}
	lo, hi := uint16(0), inf // at(lo) ≤ f
	for lo+1 < hi {
		if mid := (lo + hi) / 2; at(mid) <= f {
			lo = mid
		} else {
			hi = mid
		}
	}
	switch below, above := f-at(lo), at(hi)-f; {
	case below < above:
		return sign | lo
	case below > above:
		return sign | hi
	}
	return sign | (lo + lo&1)
}

func TestWidenAllHalves(t *testing.T) {
	for _, h := range halves {
		for i := range 1 << 16 {
			b := uint16(i)
			got, want := h.widen(b), h.value(b)
			if math.IsNaN(want) != (got != got) || !math.IsNaN(want) && (float64(got) != want || math.Signbit(float64(got)) != math.Signbit(want)) {
				t.Fatalf("%s %#04x widens to %v, want %v", h.name, b, got, want)
			}
			if back := h.narrow(got); back != b {
				t.Fatalf("%s %#04x comes back as %#04x", h.name, b, back)
			}
		}
	}
}

// Every border between two neighbours, and the float32s on both sides of it.
func TestNarrowAtEveryBorder(t *testing.T) {
	for _, h := range halves {
		inf := 1<<15 - 1<<h.mantissa
		for i := range inf {
			border := (h.value(uint16(i)) + h.value(uint16(i+1))) / 2
			if i == inf-1 { // the last finite value: the border with what would be next
				border = h.value(uint16(i)) + (h.value(uint16(i))-h.value(uint16(i-1)))/2
			}
			m := float32(border)
			for _, f := range []float32{m, math.Nextafter32(m, 0), math.Nextafter32(m, float32(math.Inf(1))), -m} {
				if got, want := h.narrow(f), h.nearest(float64(f)); got != want {
					t.Fatalf("%s: %v narrows to %#04x, want %#04x", h.name, f, got, want)
				}
			}
		}
	}
}

func TestNarrowRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	fixed := []uint32{0, 1 << 31, 1, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x477fe000, 0x477fefff, 0x477ff000, 0x33000000, 0x33000001}
	for _, h := range halves {
		for _, b := range slices.Concat(fixed, func() []uint32 {
			out := make([]uint32, 200_000)
			for i := range out {
				out[i] = r.Uint32()
			}
			return out
		}()) {
			f := math.Float32frombits(b)
			got := h.narrow(f)
			if f != f {
				if w := h.widen(got); w == w {
					t.Fatalf("%s: NaN %#08x narrows to %v", h.name, b, w)
				}
			} else if want := h.nearest(float64(f)); got != want {
				t.Fatalf("%s: %v (%#08x) narrows to %#04x, want %#04x", h.name, f, b, got, want)
			}
		}
	}
	for _, h := range halves { // payloads that lie only in the bits that go
		if w := h.widen(h.narrow(math.Float32frombits(0x7f800001))); w == w {
			t.Errorf("%s: a NaN became %v", h.name, w)
		}
	}
}

func TestWidenAndNarrow(t *testing.T) {
	for i, d := range []DType{Float16, BFloat16} {
		src := []float32{1, -2.5, 0, 1e-7, 1e9}
		bits, back := make([]uint16, len(src)), make([]float32, len(src))
		Narrow(d, bits, src)
		Widen(d, back, bits)
		for j, f := range src {
			if want := halves[i].widen(halves[i].narrow(f)); back[j] != want || d.Round(float64(f)) != float64(want) {
				t.Errorf("%s of %v: %v and %v, want %v", d, f, back[j], d.Round(float64(f)), want)
			}
		}
		if !d.IsHalf() || Float32.IsHalf() {
			t.Error("IsHalf")
		}
	}
	if Float32.Round(0.1) != float64(float32(0.1)) || Float64.Round(0.1) != 0.1 || Int64.Round(7) != 7 {
		t.Error("Round of other types")
	}
}

// Below gives the neighbour: there is no number between the two.
func TestBelow(t *testing.T) {
	for _, d := range []DType{Float16, BFloat16, Float32, Float64} {
		for _, v := range []float64{1, -1, 0, 2.5, 1e-3, -65504, 1 + 1e-12} {
			low := d.Below(v)
			if low >= v || d.Round(low) != low {
				t.Errorf("%s: %v is below %v?", d, low, v)
			}
			if middle := d.Round(low + (v-low)*0.75); middle > low && middle < v {
				t.Errorf("%s: %v lies between %v and %v", d, middle, low, v)
			}
		}
	}
}
