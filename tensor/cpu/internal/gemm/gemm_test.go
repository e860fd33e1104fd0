package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
	"github.com/rustygradients/rg/tensor/dtype"
)

// operands is random matrices, rows×cols, that lie in memory in one of several ways. Everything around them is
// NaN, so that reading past an edge shows. Values are multiples of 1/128 in [-1, 1), which every type can hold.
type operands struct {
	Matrix[float32]
	starts []int
}

func random(rng *rand.Rand, rows, cols, count int, kind string) operands {
	m := operands{Matrix: Matrix[float32]{Row: cols, Col: 1}}
	switch kind {
	case "padded":
		m.Row += 3
		m.Offset = 5
	case "transposed":
		m.Row, m.Col = 1, rows
	case "transposed padded":
		m.Row, m.Col, m.Offset = 1, rows+2, 7
	case "stepped":
		m.Row, m.Col = 2*cols*3+1, 3
	case "broadcast":
		m.Row = 0
	case "reversed":
		m.Row, m.Offset = -cols, max(rows-1, 0)*cols
	}
	size := m.Offset + 1
	for i := range rows {
		size = max(size, m.Offset+i*m.Row+max(cols-1, 0)*m.Col+1)
	}
	m.Data = make([]float32, size*count)
	for i := range m.Data {
		m.Data[i] = float32(math.NaN())
	}
	for c := range count {
		m.starts = append(m.starts, c*size)
		for i := range rows {
			for j := range cols {
				m.Data[c*size+m.Offset+i*m.Row+j*m.Col] = float32(rng.IntN(256)-128) / 128
			}
		}
	}
	return m
}

// batch makes products of the operands in another type.
func batch[S, D any](a, b operands, size [3]int, convert func(float32) S) *Batch[S, D] {
	as := func(m operands) Matrix[S] {
		to := Matrix[S]{Offset: m.Offset, Row: m.Row, Col: m.Col, Data: make([]S, len(m.Data))}
		for i, v := range m.Data {
			to.Data[i] = convert(v)
		}
		return to
	}
	p := &Batch[S, D]{M: size[0], N: size[1], K: size[2], A: as(a), B: as(b), C: make([]D, len(a.starts)*size[0]*size[1])}
	for i := range a.starts {
		p.Starts = append(p.Starts, Start{a.starts[i], b.starts[i]})
	}
	return p
}

// compare multiplies in every type.
func compare(t *testing.T, set *asm.Set, name string, a, b operands, size [3]int) {
	t.Helper()
	want := batch[float64, float64](a, b, size, func(v float32) float64 { return float64(v) })
	Any(*want)
	k := float64(size[2] + 1)
	nan := float32(math.NaN())

	f32 := batch[float32, float32](a, b, size, func(v float32) float32 { return v })
	fill(f32.C, nan)
	float32With(set, f32)
	near(t, name+", float32", want, 1e-7*math.Sqrt(k), 6e-8, func(i int) float64 { return float64(f32.C[i]) })

	f64 := batch[float64, float64](a, b, size, func(v float32) float64 { return float64(v) })
	fill(f64.C, math.NaN())
	float64With(set, f64)
	near(t, name+", float64", want, 1e-15*math.Sqrt(k), 1e-16, func(i int) float64 { return f64.C[i] })

	f16 := batch[uint16, uint16](a, b, size, dtype.NarrowFloat16)
	fill(f16.C, dtype.NarrowFloat16(nan))
	halfWith(set, dtype.Float16, f16)
	near(t, name+", float16", want, 1e-7*math.Sqrt(k), 5e-4, func(i int) float64 { return float64(dtype.WidenFloat16(f16.C[i])) })

	bf16 := batch[uint16, uint16](a, b, size, dtype.NarrowBFloat16)
	fill(bf16.C, dtype.NarrowBFloat16(nan))
	halfWith(set, dtype.BFloat16, bf16)
	near(t, name+", bfloat16", want, 1e-7*math.Sqrt(k), 4e-3, func(i int) float64 { return float64(dtype.WidenBFloat16(bf16.C[i])) })

	i8 := batch[int8, int32](a, b, size, func(v float32) int8 {
		if v != v {
			return 77
		}
		return int8(v * 128)
	})
	fill(i8.C, 12345)
	int8With(set, i8)
	near(t, name+", int8", want, 0, 0, func(i int) float64 { return float64(i8.C[i]) / (128 * 128) })
}

func fill[T any](s []T, v T) {
	for i := range s {
		s[i] = v
	}
}

func near(t *testing.T, name string, want *Batch[float64, float64], abs, rel float64, got func(i int) float64) {
	t.Helper()
	for i, w := range want.C {
		if d := math.Abs(got(i) - w); !(d <= abs+rel*math.Abs(w)) {
			product, i := i/(want.M*want.N), i%(want.M*want.N)
			t.Errorf("%s: product %d, element (%d, %d) is %v, want %v", name, product, i/want.N, i%want.N, got(product*want.M*want.N+i), w)
			return
		}
	}
}

var kinds = []string{"plain", "padded", "transposed", "transposed padded", "stepped", "broadcast", "reversed"}

// TestAgreesWithAny compares the fast paths with the reference, for each instruction set.
func TestAgreesWithAny(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	sizes := [][3]int{
		{1, 1, 1},
		{1, 100, 70},
		{100, 1, 70},
		{1, 1, 1000},
		{1, 700, 600},
		{3, 65, 200},
		{2, 40, 65},
		{3, 5, 1},
		{17, 33, 1},
		{301, 509, 1},
		{14, 32, 16},
		{15, 33, 17},
		{13, 31, 5},
		{64, 64, 64},
		{113, 97, 50},
		{29, 16, 385},
		{30, 200, 400},
		{130, 1100, 3},
		{7, 3100, 4},
		{0, 5, 3},
		{5, 0, 3},
		{5, 4, 0},
		{120, 48, 800},
		{300, 130, 70},
	}
	for range 20 {
		sizes = append(sizes, [3]int{1 + rng.IntN(60), 1 + rng.IntN(80), 1 + rng.IntN(90)})
	}
	for _, set := range asm.Sets() {
		for i, s := range sizes {
			for j := range kinds {
				if s[0]*s[1]*s[2] > 100_000 && j != i%len(kinds) {
					continue // one way for the large ones, all in turn
				}
				ka, kb, count := kinds[j], kinds[(i+2*j)%len(kinds)], 1+i%3
				name := fmt.Sprintf("%s: %v, A %s, B %s", set.Name, s, ka, kb)
				a, b := random(rng, s[0], s[2], count, ka), random(rng, s[2], s[1], count, kb)
				compare(t, set, name, a, b, s)
				if t.Failed() {
					return
				}
			}
		}
	}
}

// Threads that share what they pack compute what one does, bit by bit, over several blocks of B too.
func TestThreads(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, size := range [][3]int{{331, 4200, 1030}, {700, 260, 530}, {250, 900, 300}, {40, 3000, 200}} {
		a, b := random(rng, size[0], size[2], 1, "plain"), random(rng, size[2], size[1], 1, "transposed")
		f32 := func() []float32 {
			p := batch[float32, float32](a, b, size, func(v float32) float32 { return v })
			float32With(asm.Best, p)
			return p.C
		}
		bf16 := func() []uint16 {
			p := batch[uint16, uint16](a, b, size, dtype.NarrowBFloat16)
			halfWith(asm.Best, dtype.BFloat16, p)
			return p.C
		}
		old := par.SetThreads(1)
		want, wantHalf := f32(), bf16()
		par.SetThreads(5)
		if !slices.Equal(f32(), want) || !slices.Equal(bf16(), wantHalf) {
			t.Errorf("%v: five threads compute something else than one", size)
		}
		par.SetThreads(old)
		size[0] = 5 // rows are enough
		exact := batch[float64, float64](a, b, size, func(v float32) float64 { return float64(v) })
		Any(*exact)
		near(t, fmt.Sprint(size), exact, 1e-5, 1e-6, func(i int) float64 { return float64(want[i]) })
	}
}
