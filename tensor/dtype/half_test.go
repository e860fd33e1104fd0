package dtype

import (
	"math"
	"testing"
)

// ieee gives the value of a floating-point number from its definition.
func ieee(bits uint16, exponent, fraction uint) float64 {
	sign := 1 - 2*float64(bits>>15)
	e := int(bits>>fraction) & (1<<exponent - 1)
	f := float64(bits & (1<<fraction - 1))
	bias := 1<<(exponent-1) - 1
	switch {
	case e == 1<<exponent-1 && f != 0:
		return math.NaN()
	case e == 1<<exponent-1:
		return math.Inf(int(sign))
	case e == 0:
		return sign * math.Ldexp(f, 1-bias-int(fraction))
	}
	return sign * math.Ldexp(f+math.Ldexp(1, int(fraction)), e-bias-int(fraction))
}

var halves = []struct {
	d                  DType
	exponent, fraction uint
	from               func(uint16) float32
	to                 func(float32) uint16
}{
	{Float16, 5, 10, FromFloat16, ToFloat16},
	{BFloat16, 8, 7, FromBFloat16, ToBFloat16},
}

func TestHalvesWiden(t *testing.T) {
	for _, h := range halves {
		for i := range 1 << 16 {
			bits := uint16(i)
			want, got := ieee(bits, h.exponent, h.fraction), h.from(bits)
			if math.IsNaN(want) {
				if got == got || h.from(h.to(got)) == h.from(h.to(got)) {
					t.Fatalf("%s %04x isn't NaN, or doesn't stay so", h.d, bits)
				}
				continue
			}
			if float64(got) != want || math.Signbit(float64(got)) != math.Signbit(want) {
				t.Fatalf("%s %04x is %v, want %v", h.d, bits, got, want)
			}
			if back := h.to(got); back != bits {
				t.Fatalf("%s %04x comes back as %04x", h.d, bits, back)
			}
		}
	}
}

// Between each number and the next, and on both sides of the middle, the nearer one is taken, and of the
// middle the even one.
func TestHalvesRoundToNearestEven(t *testing.T) {
	for _, h := range halves {
		infinite := uint16(1<<h.exponent-1) << h.fraction
		for bits := range infinite {
			low, high := ieee(bits, h.exponent, h.fraction), ieee(bits+1, h.exponent, h.fraction)
			if bits+1 == infinite { // as if the exponents went on
				high = math.Ldexp(1, 1<<(h.exponent-1))
			}
			middle := float32(low + (high-low)/2)
			even := bits
			if bits&1 != 0 {
				even++
			}
			for _, c := range []struct {
				f    float32
				want uint16
			}{
				{middle, even},
				{math.Nextafter32(middle, 0), bits},
				{math.Nextafter32(middle, float32(math.Inf(1))), bits + 1},
			} {
				if got := h.to(c.f); got != c.want {
					t.Fatalf("%s of %v is %04x, want %04x", h.d, c.f, got, c.want)
				}
				if got := h.to(-c.f); got != c.want|0x8000 {
					t.Fatalf("%s of %v is %04x, want %04x", h.d, -c.f, got, c.want|0x8000)
				}
			}
		}
		if got := h.to(math.MaxFloat32); got != infinite {
			t.Errorf("%s of the largest float32 is %04x", h.d, got)
		}
		if got := h.to(float32(math.Inf(-1))); got != infinite|0x8000 {
			t.Errorf("%s of -Inf is %04x", h.d, got)
		}
		if f := h.from(h.to(math.Float32frombits(0x7f800001))); f == f {
			t.Errorf("a NaN in the lowest bit becomes %v", f)
		}
	}
}

func TestWidenAndNarrow(t *testing.T) {
	for _, h := range halves {
		src := []float32{1, -2.5, 0, 1e-7, 1e9}
		bits, back := make([]uint16, len(src)), make([]float32, len(src))
		Narrow(h.d, bits, src)
		Widen(h.d, back, bits)
		for i, f := range src {
			if want := h.from(h.to(f)); back[i] != want || h.d.Round(float64(f)) != float64(want) {
				t.Errorf("%s of %v: %v and %v, want %v", h.d, f, back[i], h.d.Round(float64(f)), want)
			}
		}
		if !h.d.IsHalf() || Float32.IsHalf() {
			t.Error("IsHalf")
		}
	}
	if Float32.Round(0.1) != float64(float32(0.1)) || Float64.Round(0.1) != 0.1 || Int64.Round(7) != 7 {
		t.Error("Round of other types")
	}
}
