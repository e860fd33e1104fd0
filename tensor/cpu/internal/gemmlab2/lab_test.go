package gemm

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
	"unsafe"


	"github.com/rustygradients/rg/tensor/cpu/internal/asm"
)

func hg(n int, yes bool) []float32 { if yes { return HugeAlloc(n) }; return hugeAlloc(n,false) }

type variant struct {
	name string
	flop float64
	f    func()
}

func lab(t *testing.T, rounds int, vs []variant) {
	times := make([][]float64, len(vs))
	reps := max(ints("REPS")[0], 1)
	for range rounds {
		for i, v := range vs {
			v.f()
			for range reps {
				start := time.Now()
				v.f()
				times[i] = append(times[i], v.flop/time.Since(start).Seconds()/1e9)
			}
		}
	}
	var peak float64
	for i, v := range vs {
		slices.Sort(times[i])
		m := times[i][len(times[i])/2]
		if i == 0 {
			peak = m
		}
		q := times[i][len(times[i])*3/4]
		fmt.Printf("%-46s %7.1f  %5.3f  (q3 %6.1f %5.3f best %6.1f)\n", v.name, m, m/peak, q, q/peak, times[i][len(times[i])-1])
	}
}

func peakVariant() variant {
	const loops = 1 << 21
	return variant{"peak", float64(loops * asm.Best.Probe.FMAFlops), func() { asm.Best.Probe.FMA(loops) }}
}

func b(s []float32, i int) *byte { return (*byte)(unsafe.Pointer(&s[i])) }

func TestLabKernel(t *testing.T) {
	set := asm.Best
	k6 := set.F32.Sizes[0].F
	vs := []variant{peakVariant()}
	n := 1024
	pa, pb := hg(2<<20, true), hg(4<<20, true)
	C := hg(n*n, true)
	C4 := hg(n*n, false)
	pb4 := hg(4<<20, false)
	for _, kc := range []int{128, 192, 256, 320, 384, 512} {
		vs = append(vs, variant{fmt.Sprintf("kernel alone kc=%d", kc), float64(2000 * 2 * 96 * kc), func() {
			for range 2000 {
				k6(kc, b(pa, 0), 4*(kc+16), 4, b(pb, 0), 64, b(C, 0), 64, 64, 1)
			}
		}})
	}
	macro := func(kc, mc, nc int, B, C []float32, cRow int) func() {
		return func() {
			for i0 := 0; i0+mc <= 1024; i0 += mc {
				for j := 0; j < nc; j += 16 {
					for i := 0; i < mc; i += 6 {
						k6(kc, b(pa, i*(kc+16)), 4*(kc+16), 4, b(B, j*kc), 64, b(C, (i0+i)*cRow+j), 4*cRow, 64, 1)
					}
				}
			}
		}
	}
	for _, kc := range []int{128, 192, 256, 320, 384, 512} {
		for _, mc := range []int{48, 72, 108, 144, 192, 240} {
			fl := float64(2*kc*1024) * float64(1024/mc*mc)
			vs = append(vs, variant{fmt.Sprintf("macro huge kc=%d mc=%d", kc, mc), fl, macro(kc, mc, 1024, pb, C, 1024)})
			if mc == 108 {
				vs = append(vs, variant{fmt.Sprintf("macro 4K kc=%d mc=%d", kc, mc), fl, macro(kc, mc, 1024, pb4, C4, 1024)})
				vs = append(vs, variant{fmt.Sprintf("macro B4K kc=%d mc=%d", kc, mc), fl, macro(kc, mc, 1024, pb4, C, 1024)})
				vs = append(vs, variant{fmt.Sprintf("macro C4K kc=%d mc=%d", kc, mc), fl, macro(kc, mc, 1024, pb, C4, 1024)})
			}
		}
	}
	rounds, _ := strconv.Atoi(os.Getenv("ROUNDS"))
	lab(t, max(rounds, 9), vs)
}
