package gemm

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"strings"

	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
	"github.com/rustygradients/rg/tensor/cpu/internal/par"
)

func ints(env string) (out []int) {
	for _, f := range strings.Split(os.Getenv(env), ",") {
		n, _ := strconv.Atoi(f)
		out = append(out, n)
	}
	return out
}

func TestLabSweep(t *testing.T) {
	th, _ := strconv.Atoi(os.Getenv("TH"))
	par.SetThreads(th)
	type sh struct {
		name    string
		m, n, k int
		ta, tb  bool
	}
	vs := []variant{peakVariant()}
	for _, s := range []sh{
		{"1024", 1024, 1024, 1024, false, false},
		{"qkv", 256, 2304, 768, false, true},
	} {
		A, B, C := hg(s.m*s.k, os.Getenv("HUGE") != ""), hg(s.k*s.n, os.Getenv("HUGE") != ""), hg(s.m*s.n, os.Getenv("HUGE") != "")
		a, b := Matrix[float32]{Data: A, Row: s.k, Col: 1}, Matrix[float32]{Data: B, Row: s.n, Col: 1}
		if s.ta {
			a.Row, a.Col = 1, s.m
		}
		if s.tb {
			b.Row, b.Col = 1, s.k
		}
		p := Batch[float32, float32]{M: s.m, N: s.n, K: s.k, A: a, B: b, C: C, Starts: make([]Start, 1)}
		for _, kc := range ints("KC") {
			for _, mc := range ints("MC") {
				for _, cw := range ints("CW") {
					vs = append(vs, variant{fmt.Sprintf("%s kc=%d mc=%d cw=%d", s.name, kc, mc, cw), 2 * float64(s.m) * float64(s.n) * float64(s.k), func() {
						kcMax, mcMax, chunkWidth = kc, mc, cw
						Float32(p)
					}})
				}
			}
		}
	}
	rounds, _ := strconv.Atoi(os.Getenv("ROUNDS"))
	lab(t, max(rounds, 15), vs)
}

func TestLabPack(t *testing.T) {
	set := asm.Best
	vs := []variant{peakVariant()}
	pa, pb := hg(2<<20, false), hg(4<<20, false)
	for _, s := range []struct {
		name string
		s    []float32
	}{{"4K", hg(1024*1024, false)}, {"huge", hg(1024*1024, true)}} {
		o := operand{base: b(s.s, 0), iStep: 4096, kStep: 4, lines: 1024, format: float32s}
		ot := operand{base: b(s.s, 0), iStep: 4, kStep: 4096, lines: 1024, format: float32s}
		var l lines
		add := func(name string, kc, w, n int, o operand, dst []float32) {
			vs = append(vs, variant{fmt.Sprintf("pack %s kc=%d w=%d n=%d %s", name, kc, w, n, s.name), 1024 * 1024, func() {
				for k := 0; k < 1024; k += kc {
					for i := 0; i < 1024; i += n {
						p := o.from(i, k)
						p.panels(set, b(dst, 0), w, min(n, 1024-i), kc, &l)
					}
				}
			}})
		}
		for _, kc := range []int{256, 512} {
			add("A rows", kc, 6, 144, o, pa)
			add("A transposed", kc, 6, 144, ot, pa)
			add("B plain", kc, 16, 128, ot, pb)
			add("B plain", kc, 16, 1024, ot, pb)
			add("B transposed", kc, 16, 128, o, pb)
		}
	}
	rounds, _ := strconv.Atoi(os.Getenv("ROUNDS"))
	lab(t, max(rounds, 15), vs)
}

func TestLabHuge(t *testing.T) {
	th, _ := strconv.Atoi(os.Getenv("TH"))
	par.SetThreads(th)
	type sh struct {
		name    string
		m, n, k int
		ta, tb  bool
	}
	vs := []variant{peakVariant()}
	for _, s := range []sh{
		{"1024", 1024, 1024, 1024, false, false},
		{"qkv", 256, 2304, 768, false, true},
		{"qkv dx", 256, 768, 2304, false, false},
	} {
		for _, h := range []bool{false, true} {
			A, B, C := hg(s.m*s.k, h), hg(s.k*s.n, h), hg(s.m*s.n, h)
			a, b := Matrix[float32]{Data: A, Row: s.k, Col: 1}, Matrix[float32]{Data: B, Row: s.n, Col: 1}
			if s.ta {
				a.Row, a.Col = 1, s.m
			}
			if s.tb {
				b.Row, b.Col = 1, s.k
			}
			p := Batch[float32, float32]{M: s.m, N: s.n, K: s.k, A: a, B: b, C: C, Starts: make([]Start, 1)}
			for hr := range 2 {
				for _, kc := range ints("KC") {
					vs = append(vs, variant{fmt.Sprintf("%s kc=%d operands huge=%v buffers huge=%v", s.name, kc, h, hr), 2 * float64(s.m) * float64(s.n) * float64(s.k), func() {
						kcMax, hugeRoom = kc, hr
						Float32(p)
					}})
				}
			}
		}
	}
	rounds, _ := strconv.Atoi(os.Getenv("ROUNDS"))
	lab(t, max(rounds, 15), vs)
}
