package cpu

import (
	"testing"

	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

func TestMatMulInt8IntoInt32(t *testing.T) {
	const m, n, k = 7, 19, 301 // sums of 301 products of -128 need 23 bits
	x, y := makeView(t, dtype.Int8, "transposed", []int{m, k}), makeView(t, dtype.Int8, "contiguous", []int{k, n})
	for i := range m * k {
		poke(x, i, float64(-128+i%3))
	}
	for i := range k * n {
		poke(y, i, float64(-128+i%5))
	}
	d := makeView(t, dtype.Int32, "contiguous", []int{m, n})
	if err := theBackend.MatMul(d, x, y); err != nil {
		t.Fatal(err)
	}
	for i := range m {
		for j := range n {
			want := 0.0
			for p := range k {
				want += peek(x, i*k+p) * peek(y, p*n+j)
			}
			if got := peek(d, i*n+j); got != want {
				t.Fatalf("element (%d, %d) is %v, want %v", i, j, got, want)
			}
		}
	}
	if err := theBackend.MatMul(makeView(t, dtype.Float32, "contiguous", []int{m, n}), x, y); err == nil {
		t.Error("int8 into float32 is no error")
	}
}

// A product makes no garbage once its workspaces are there; on one thread, because AllocsPerRun leaves no other
// processor to helpers.
func TestMatMulAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools")
	}
	defer SetThreads(SetThreads(1))
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64, dtype.BFloat16} {
		for _, size := range [][3]int{{16, 16, 16}, {200, 300, 100}, {1, 300, 20}} {
			x, y := makeView(t, dt, "contiguous", []int{size[0], size[2]}), makeView(t, dt, "transposed", []int{size[2], size[1]})
			d := makeView(t, dt, "contiguous", []int{size[0], size[1]})
			for _, v := range []backend.View{x, y} {
				if err := theBackend.Fill(v, 1); err != nil {
					t.Fatal(err)
				}
			}
			// A garbage collection empties pools at times: several chances.
			least := 1.0
			for range 5 {
				least = min(least, testing.AllocsPerRun(10, func() {
					if err := theBackend.MatMul(d, x, y); err != nil {
						t.Fatal(err)
					}
				}))
			}
			if least > 0 {
				t.Errorf("%s, %v: every product allocates", dt, size)
			}
		}
	}
}
