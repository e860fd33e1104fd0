package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
)

// Products with windows, and correlations, agree with what they are by definition, at all widths of rows.
func TestWindows(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	for _, set := range asm.Sets() {
		for _, width := range []int{1, 2, 7, 16, 31, 700} {
			for _, m := range []int{1, 13, 150} {
				for _, k := range []int{9, 530} {
					rows := 1 + 60/width
					t.Run(fmt.Sprintf("%s/%d×%d/%d×%d", set.Name, m, k, rows, width), func(t *testing.T) {
						windowsAgree[float32](t, set, rng, m, k, rows, width, 1e-6)
						windowsAgree[float64](t, set, rng, m, k, rows, width, 1e-14)
					})
				}
			}
		}
	}
}

func numbers[T float32 | float64](rng *rand.Rand, n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = T(rng.Float64() - 0.5)
	}
	return s
}

func windowsAgree[T float32 | float64](t *testing.T, set *asm.Set, rng *rand.Rand, m, k, rows, width int, eps float64) {
	const gap = 3
	size := kindOf[T](set).size
	b := Windows[T]{Data: numbers[T](rng, rows*(width+gap)+1000), Width: width, Step: width + rng.IntN(gap+1)}
	for range k {
		b.Shifts = append(b.Shifts, rng.IntN(900)*size)
	}
	a := numbers[T](rng, m*k)
	n := rows * width
	var p Packed[T]
	packed := packWith(set, Matrix[T]{Data: a, Row: k, Col: 1}, m, k, make([]T, p.divide(set, m, k)))
	c := make([]T, m*(n+gap))
	fill(c, 2)
	packed.Multiply(&b, n, c, n+gap)
	for i := range m {
		for j := range n + gap {
			want, total := 0.0, 1.0
			for r := 0; j < n && r < k; r++ {
				v := float64(a[i*k+r]) * float64(b.Data[b.place(j)+b.Shifts[r]/size])
				want, total = want+v, total+math.Abs(v)
			}
			if j >= n {
				want = 2
			}
			if got := float64(c[i*(n+gap)+j]); !(math.Abs(got-want) <= eps*total) {
				t.Fatalf("element (%d, %d) is %v, want %v", i, j, got, want)
			}
		}
	}

	// The correlation of some channels with m gradients, for a few shifts.
	const channels = 7
	d := Correlation[T]{Windows: b, Channels: channels, Channel: rows*b.Step + 20, Outs: m, Rows: rows}
	d.Shifts = []int{0, 3 * size, 19 * size}
	d.Data = numbers[T](rng, channels*d.Channel)
	d.G = Matrix[T]{Data: numbers[T](rng, m*(n+1)), Row: n + 1, Col: 1}
	d.Sums = make([]T, len(d.Shifts)*channels*m)
	fill(d.Sums, 2)
	d.with(set)
	for s, shift := range d.Shifts {
		for ch := range channels {
			for o := range m {
				want, total := 2.0, 1.0
				for j := range n {
					v := float64(d.Data[ch*d.Channel+b.place(j)+shift/size]) * float64(d.G.Data[o*(n+1)+j])
					want, total = want+v, total+math.Abs(v)
				}
				if got := float64(d.Sums[(s*channels+ch)*m+o]); !(math.Abs(got-want) <= eps*total) {
					t.Fatalf("shift %d, channel %d, filter %d: %v, want %v", s, ch, o, got, want)
				}
			}
		}
	}
}
