//go:build cuda

package cuda_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"sync"
	"testing"

	"github.com/rustygradients/rg/gpu/cuda"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// normal is a view of random numbers that begins so many elements into its storage.
func normal(t *testing.T, b *cuda.Backend, dt dtype.DType, seed uint64, offset int, shape ...int) backend.View {
	t.Helper()
	l := backend.Contiguous(shape...)
	s, err := b.Alloc(dt, offset+l.Len())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Random(backend.View{Storage: s, Layout: backend.Contiguous(s.Len())}, backend.Distribution{Kind: backend.Normal, B: 1}, seed, 0); err != nil {
		t.Fatal(err)
	}
	l.Offset = offset
	return backend.View{Storage: s, Layout: l}
}

// widened are a contiguous view's elements.
func widened(t *testing.T, b *cuda.Backend, v backend.View) []float64 {
	t.Helper()
	s, err := b.Alloc(dtype.Float64, v.Layout.Len())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Copy(backend.View{Storage: s, Layout: backend.Contiguous(v.Layout.Shape...)}, v); err != nil {
		t.Fatal(err)
	}
	raw := make([]byte, 8*s.Len())
	if err := b.Download(raw, s); err != nil {
		t.Fatal(err)
	}
	out := make([]float64, s.Len())
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	return out
}

// composed is what an epilogue is made of, an operation after another, in float64: what comes before the activation, and after it.
func composed(t *testing.T, b *cuda.Backend, x, y backend.View, e backend.Epilogue) (before, after []float64) {
	t.Helper()
	shape := append(append([]int{}, x.Layout.Shape[:x.Layout.Rank()-1]...), y.Layout.Shape[y.Layout.Rank()-1])
	wide := func(v backend.View) backend.View {
		s, err := b.Alloc(dtype.Float64, v.Layout.Len())
		if err != nil {
			t.Fatal(err)
		}
		w := backend.View{Storage: s, Layout: backend.Contiguous(v.Layout.Shape...)}
		if err := b.Copy(w, v); err != nil {
			t.Fatal(err)
		}
		return w
	}
	s, err := b.Alloc(dtype.Float64, backend.Contiguous(shape...).Len())
	if err != nil {
		t.Fatal(err)
	}
	dst := backend.View{Storage: s, Layout: backend.Contiguous(shape...)}
	if err := b.MatMul(dst, wide(x), wide(y)); err != nil {
		t.Fatal(err)
	}
	if e.Bias.Storage != nil {
		rows := wide(e.Bias)
		rows.Layout.Shape, rows.Layout.Stride = shape, make([]int, len(shape))
		rows.Layout.Stride[len(shape)-1] = 1
		if err := b.Binary(backend.Add, dst, dst, rows); err != nil {
			t.Fatal(err)
		}
	}
	before = widened(t, b, dst)
	switch e.Activation {
	case backend.EpilogueReLU:
		err = b.Unary(backend.ReLU, dst, dst)
	case backend.EpilogueGELU:
		err = b.Activation(backend.GELU, dst, dst)
	case backend.EpilogueGELUTanh:
		err = b.Activation(backend.GELUTanh, dst, dst)
	}
	if err != nil {
		t.Fatal(err)
	}
	return before, widened(t, b, dst)
}

// Products with an epilogue are what their parts compute, whoever does it; and where there is a cublasLt, it does what it can in one call, without
// a kernel of rg's own. Its descriptors don't outlive the call, and it is asked once for a kind.
func TestEpilogue(t *testing.T) {
	b := open(t)
	fault, emulated := os.LookupEnv("RG_EMU_CUBLASLT")
	has := emulated && fault == ""
	start := b.Count()
	fused := 0
	defer cuda.SetTF32(false)
	for _, kind := range []struct {
		dt   dtype.DType
		rel  float64
		tf32 bool
	}{
		{dtype.Float32, 1e-5, false}, {dtype.Float32, 2e-3, true}, {dtype.Float64, 1e-12, false}, {dtype.Float16, 2e-3, false}, {dtype.BFloat16, 1.6e-2, false},
	} {
		dt, rel, worst := kind.dt, kind.rel, 0.0
		cuda.SetTF32(kind.tf32)
		for _, c := range []struct {
			batch, m, k, n int
			offset         int // of the operands, in elements
			bias           int // its offset; -1 for none
			step           int // from one of its elements to the next
			transposed     bool
			wide           bool // the bias is of float32
		}{
			{1, 5, 7, 16, 0, 0, 1, false, false},
			{1, 17, 100, 24, 0, 0, 1, true, false},
			{3, 4, 70, 8, 0, 0, 1, false, false}, // ragged beyond here
			{2, 3, 5, 7, 0, 0, 1, true, false},
			{1, 6, 9, 13, 3, 0, 1, false, false},
			{1, 6, 9, 16, 1, 0, 1, true, false},
			{1, 5, 7, 16, 1, 0, 1, false, false}, // as the first, and less aligned
			{1, 5, 7, 16, 0, 1, 1, false, false},
			{1, 5, 7, 16, 0, 0, 2, false, false},
			{1, 5, 66, 16, 0, -1, 1, false, false},
			{1, 1, 3, 1, 0, 0, 1, false, false},
			{2, 5, 70, 16, 0, 0, 1, false, true},
			{1, 5, 7, 8, 0, 1, 2, false, true},
		} {
			for activation := backend.EpilogueNone; activation <= backend.EpilogueGELUTanh; activation++ {
				for _, keep := range []bool{false, true} {
					name := fmt.Sprintf("%s %+v %s, what is before kept: %t", dt, c, activation, keep)
					x := normal(t, b, dt, 1, c.offset, c.batch, c.m, c.k)
					y := normal(t, b, dt, 2, c.offset, c.batch, c.k, c.n)
					if c.transposed {
						y.Layout.Stride = []int{c.k * c.n, 1, c.k}
					}
					e := backend.Epilogue{Activation: activation}
					if c.bias >= 0 {
						of := dt
						if c.wide && dt.IsHalf() {
							of = dtype.Float32
						}
						e.Bias = normal(t, b, of, 3, c.bias, c.n*c.step)
						e.Bias.Layout.Shape, e.Bias.Layout.Stride = []int{c.n}, []int{c.step}
					}
					if keep {
						e.Before = normal(t, b, dt, 4, 0, c.batch, c.m, c.n)
					}
					dst := normal(t, b, dt, 5, c.offset, c.batch, c.m, c.n)
					before, after := composed(t, b, x, y, e)
					for range 2 {
						was := b.Count()
						if err := b.MatMulEpilogue(dst, x, y, e); err != nil {
							t.Fatalf("%s: %v", name, err)
						}
						is := b.Count()
						lt := has && (c.bias >= 0 || activation != backend.EpilogueNone) &&
							(activation == backend.EpilogueNone && !keep || activation == backend.EpilogueGELUTanh && dt != dtype.Float64) && (!keep || c.n%8 == 0)
						if has && lt != (is.Epilogues == was.Epilogues+1) {
							t.Errorf("%s: cublasLt computes it: %t", name, !lt)
						}
						copies := 0 // of a bias that cublasLt can't read where it lies
						if c.bias > 0 || c.bias == 0 && (c.step > 1 || c.wide && dt.IsHalf()) {
							copies = 1
						}
						if lt && (is.Launches != was.Launches+copies || is.Products != was.Products) {
							t.Errorf("%s: %d launches and %d products beside", name, is.Launches-was.Launches, is.Products-was.Products)
						}
						if is.Descriptors != 0 {
							t.Fatalf("%s: %d descriptors were not destroyed", name, is.Descriptors)
						}
						fused += is.Epilogues - was.Epilogues
					}
					check := func(what string, v backend.View, want []float64) {
						for i, got := range widened(t, b, v) {
							worst = max(worst, math.Abs(got-want[i]))
							if !(math.Abs(got-want[i]) <= rel*(3+math.Sqrt(float64(c.k)))*max(1, math.Abs(want[i]))) {
								t.Fatalf("%s: element %d %s is %v, want %v", name, i, what, got, want[i])
							}
						}
					}
					check("after", dst, after)
					if keep {
						check("before", e.Before, before)
					}
				}
			}
		}
		if kind.tf32 && b.Count().Epilogues > start.Epilogues && worst < 1e-4 {
			t.Errorf("TF32 was allowed, and nothing is farther than %g", worst)
		}
	}
	end := b.Count()
	if has && (fused == 0 || end.Heuristics-start.Heuristics > fused/2) {
		t.Errorf("cublasLt was asked %d times for %d products, of which every second is as the one before", end.Heuristics-start.Heuristics, fused)
	}
	t.Logf("%d products by cublasLt, which was asked %d times", fused, end.Heuristics-start.Heuristics)
}

// Long sums of halves are float32's to their end.
func TestEpilogueOfLongSums(t *testing.T) {
	b := open(t)
	const k, n = 128, 8
	for _, dt := range []dtype.DType{dtype.Float16, dtype.BFloat16} {
		x, y, dst := vector(t, b, dt, k), vector(t, b, dt, k*n), vector(t, b, dt, n)
		for at, v := range map[int]float64{0: 2048, k / 2: -2048} { // and so the others' sum, which neither type has beside 2048
			if err := b.Fill(backend.View{Storage: x.Storage, Layout: backend.Layout{Shape: []int{1}, Stride: []int{1}, Offset: at}}, v); err != nil {
				t.Fatal(err)
			}
		}
		x.Layout, y.Layout, dst.Layout = backend.Contiguous(1, k), backend.Contiguous(k, n), backend.Contiguous(1, n)
		if err := b.MatMulEpilogue(dst, x, y, backend.Epilogue{Bias: vector(t, b, dt, n)}); err != nil {
			t.Fatal(err)
		}
		for i, v := range widened(t, b, dst) {
			if v != k-1 {
				t.Errorf("%s: element %d is %v, want %d", dt, i, v, k-1)
			}
		}
	}
}

// NaN comes through an epilogue.
func TestEpilogueOfNaN(t *testing.T) {
	b := open(t)
	for activation := backend.EpilogueNone; activation <= backend.EpilogueGELUTanh; activation++ {
		x, y, dst := vector(t, b, dtype.Float32, 64), vector(t, b, dtype.Float32, 64), vector(t, b, dtype.Float32, 64)
		for _, v := range []*backend.View{&x, &y, &dst} {
			v.Layout = backend.Contiguous(8, 8)
		}
		if err := b.Fill(backend.View{Storage: x.Storage, Layout: backend.Contiguous(8)}, math.NaN()); err != nil {
			t.Fatal(err)
		}
		if err := b.MatMulEpilogue(dst, x, y, backend.Epilogue{Bias: vector(t, b, dtype.Float32, 8), Activation: activation}); err != nil {
			t.Fatal(err)
		}
		for i, v := range float32s(t, dst.Storage) {
			if math.IsNaN(float64(v)) != (i < 8) {
				t.Errorf("%s: element %d is %v", activation, i, v)
			}
		}
	}
}

// TestLtCase runs in processes of TestCuBLAS.
func TestLtCase(t *testing.T) {
	fault, set := os.LookupEnv("RG_EMU_CUBLASLT")
	if !set {
		t.Skip("TestCuBLAS runs it")
	}
	b := open(t)
	const n = 16
	call := func(k int) cuda.Counts {
		x, y, dst := normal(t, b, dtype.Float32, 1, 0, 3, k), normal(t, b, dtype.Float32, 2, 0, k, n), normal(t, b, dtype.Float32, 3, 0, 3, n)
		e := backend.Epilogue{Bias: normal(t, b, dtype.Float32, 3, 0, n), Activation: backend.EpilogueGELUTanh}
		was := b.Count()
		if err := b.MatMulEpilogue(dst, x, y, e); err != nil {
			t.Fatal(err)
		}
		is := b.Count()
		return cuda.Counts{
			Launches: is.Launches - was.Launches, Products: is.Products - was.Products, Epilogues: is.Epilogues - was.Epilogues,
			Heuristics: is.Heuristics - was.Heuristics, Descriptors: is.Descriptors,
		}
	}
	first, second := call(70), call(70)
	own := cuda.Counts{Launches: 1, Products: 1} // cuBLAS's product, and rg's kernel for the rest
	asked := own
	asked.Heuristics = 1
	switch fault {
	case "create":
		asked.Heuristics = 0
	case "heuristic", "multiply":
	default:
		asked, own = cuda.Counts{Epilogues: 1, Heuristics: 1}, cuda.Counts{Epilogues: 1}
	}
	if first != asked || second != own {
		t.Errorf("the first product counts %+v, want %+v; the second %+v, want %+v", first, asked, second, own)
	}
	if fault != "" {
		return
	}
	t.Run("many", func(t *testing.T) { // kinds are forgotten, for there may be any number of them
		asked := 0
		for k := range 1100 {
			asked += call(k + 1).Heuristics
		}
		if asked < 1099 || call(1).Heuristics == 0 {
			t.Errorf("it was asked %d times for 1100 kinds, and remembers the first", asked)
		}
	})
	t.Run("concurrent", func(t *testing.T) {
		var wait sync.WaitGroup
		for g := range 8 {
			wait.Go(func() {
				for i := range 50 {
					x, y, dst := vector(t, b, dtype.Float32, 70*8), vector(t, b, dtype.Float32, 70*8), vector(t, b, dtype.Float32, 64)
					x.Layout, y.Layout, dst.Layout = backend.Contiguous(8, 70), backend.Contiguous(70, 8), backend.Contiguous(8, 8)
					bias := vector(t, b, dtype.Float32, 8)
					if err := b.Fill(bias, float64(g)); err != nil {
						t.Error(err)
					}
					if err := b.MatMulEpilogue(dst, x, y, backend.Epilogue{Bias: bias}); err != nil {
						t.Error(err)
					}
					for _, v := range float32s(t, dst.Storage) {
						if v != float32(70+g) {
							t.Fatalf("goroutine %d, product %d: %v", g, i, v)
						}
					}
				}
			})
		}
		wait.Wait()
	})
	t.Run("after a fault", func(t *testing.T) {
		x, y := vector(t, b, dtype.Float32, 10), vector(t, b, dtype.Float32, 10)
		if err := b.Unary(backend.Exp, y, far(x)); err != nil {
			t.Fatal(err)
		}
		if err := b.Synchronize(); err == nil {
			t.Fatal("there was no fault")
		}
		if got := call(70); got != asked { // a handle of the new context knows nothing
			t.Errorf("the first product of a new context counts %+v, want %+v", got, asked)
		}
	})
	t.Run("the device is full", func(t *testing.T) { // then there is no workspace, and cuBLAS does without
		x, y, dst := normal(t, b, dtype.Float32, 1, 0, 3, 70), normal(t, b, dtype.Float32, 2, 0, 70, n), normal(t, b, dtype.Float32, 3, 0, 3, n)
		bias := normal(t, b, dtype.Float32, 3, 0, n)
		b.ReleaseMemory()
		t.Setenv("RG_EMU_MEMORY", "1")
		was := b.Count()
		if err := b.MatMulEpilogue(dst, x, y, backend.Epilogue{Bias: bias}); err != nil {
			t.Fatal(err)
		}
		if is := b.Count(); is.Products != was.Products+1 || is.Epilogues != was.Epilogues {
			t.Errorf("%d products by cuBLAS, %d by cublasLt", is.Products-was.Products, is.Epilogues-was.Epilogues)
		}
	})
}
