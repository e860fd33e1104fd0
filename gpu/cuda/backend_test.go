//go:build cuda

package cuda_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rustygradients/rg/gpu/cuda"
	"github.com/rustygradients/rg/gpu/emu"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// The tests run on the emulated driver, or on the one that RG_LIBCUDA names: on a machine with a GPU, RG_LIBCUDA= is the system's.
func TestMain(m *testing.M) {
	if _, chosen := os.LookupEnv("RG_LIBCUDA"); !chosen {
		driver, err := emu.Build("")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Setenv("RG_LIBCUDA", driver)
	}
	os.Exit(m.Run())
}

func open(t *testing.T) *cuda.Backend {
	t.Helper()
	b, err := cuda.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	return b.(*cuda.Backend)
}

func emulated() bool { return strings.Contains(os.Getenv("RG_LIBCUDA"), filepath.Join("rg", "emu")) }

func TestConformance(t *testing.T) {
	tensortest.Conformance(t, open(t))
}

// Other orders of threads and blocks must give the same.
func TestOrders(t *testing.T) {
	if !emulated() {
		t.Skip("a GPU has an order of its own")
	}
	orders := []string{"1", "7"}
	if testing.Short() {
		orders = orders[1:]
	}
	for _, o := range orders {
		t.Run(o, func(t *testing.T) {
			t.Setenv("RG_EMU_ORDER", o)
			tensortest.Conformance(t, open(t))
		})
	}
}

func vector(t *testing.T, b *cuda.Backend, dt dtype.DType, n int) backend.View {
	t.Helper()
	s, err := b.Alloc(dt, n)
	if err != nil {
		t.Fatal(err)
	}
	v := backend.View{Storage: s, Layout: backend.Contiguous(n)}
	if err := b.Fill(v, 1); err != nil {
		t.Fatal(err)
	}
	return v
}

// No operation brings elements to the host: only Download does.
func TestNoHostCopies(t *testing.T) {
	if !emulated() {
		t.Skip("only the emulated driver counts copies")
	}
	b := open(t)
	x, y := vector(t, b, dtype.Float32, 4096), vector(t, b, dtype.Float32, 4096)
	index := vector(t, b, dtype.Int64, 4096)
	cond := vector(t, b, dtype.Bool, 4096)
	one := vector(t, b, dtype.Float32, 1)
	square := func(v backend.View) backend.View {
		return backend.View{Storage: v.Storage, Layout: backend.Contiguous(64, 64)}
	}
	before := b.Count()
	for name, err := range map[string]error{
		"copy":    b.Copy(y, x),
		"unary":   b.Unary(backend.Exp, y, x),
		"binary":  b.Binary(backend.Add, y, x, x),
		"where":   b.Where(y, cond, x, x),
		"reduce":  b.Reduce(backend.Sum, one, x, 0),
		"matmul":  b.MatMul(square(y), square(x), square(x)),
		"gather":  b.Gather(y, x, index, 0),
		"scatter": b.ScatterAdd(y, x, index, 0),
		"random":  b.Random(y, backend.Distribution{Kind: backend.Normal, B: 1}, 1, 2),
		"softmax": b.Softmax(square(y), square(x)),
		"norm":    b.Norm(square(y), square(x), 1e-5),
		"adamw":   b.AdamW(y, x, x, x, backend.AdamStep{Correction1: 1, Correction2: 1}),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	after := b.Count()
	if after.Downloads != before.Downloads || after.Uploads != before.Uploads {
		t.Errorf("operations copied: %d downloads, %d uploads", after.Downloads-before.Downloads, after.Uploads-before.Uploads)
	}
	if after.Launches-before.Launches < 12 {
		t.Errorf("%d launches for 12 operations", after.Launches-before.Launches)
	}
}

// What Go lets go of comes back to the pool, and what the pool keeps to the driver.
func TestMemoryComesBack(t *testing.T) {
	b := open(t)
	for range 3 {
		runtime.GC()
	}
	b.ReleaseMemory()
	start := b.Memory()
	for range 100 {
		vector(t, b, dtype.Float32, 1<<16)
	}
	for range 3 { // cleanups run on a goroutine of their own
		runtime.GC()
		runtime.Gosched()
	}
	x := vector(t, b, dtype.Float32, 1<<16)
	m := b.Memory()
	if grown := m.Current - start.Current; grown > 64<<18 {
		t.Errorf("100 blocks of 256 KB that nobody has: %d bytes in use", grown)
	}
	if m.Reused == start.Reused {
		t.Error("no block was used again")
	}
	x.Storage.Free()
	x.Storage.Free() // the second does nothing
	live := b.Count().Live
	b.ReleaseMemory()
	if emulated() && b.Count().Live >= live {
		t.Errorf("the driver has %d blocks, as before the pool was released", b.Count().Live)
	}
}

// Out of memory is an error that names the largest holders, and what comes after works.
func TestOutOfMemory(t *testing.T) {
	if !emulated() {
		t.Skip("a GPU has too much")
	}
	b := open(t)
	b.ReleaseMemory()
	held, err := b.Alloc(dtype.Float32, 100<<20)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Alloc(dtype.Float64, 1<<28)
	if err == nil {
		t.Fatal("2 GB were allocated beside 400 MB of 2 GB")
	}
	for _, part := range []string{"out of memory", "2147.5 MB", "1 × 419.4 MB (104857600 float32)", "drop references"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error doesn't say %q: %v", part, err)
		}
	}
	runtime.KeepAlive(held)
	held.Free()
	x := vector(t, b, dtype.Float32, 10)
	if err := b.Synchronize(); err != nil {
		t.Error(err)
	}
	x.Storage.Free()
}

// An index out of range is told by the next call that waits, or by the operation itself in debug mode.
func TestIndexOutOfRange(t *testing.T) {
	b := open(t)
	x, y := vector(t, b, dtype.Float32, 4), vector(t, b, dtype.Float32, 4)
	index := vector(t, b, dtype.Int64, 4)
	if err := b.Fill(index, 4); err != nil {
		t.Fatal(err)
	}
	if err := b.Gather(y, x, index, 0); err != nil {
		t.Fatalf("the operation waited: %v", err)
	}
	if err := b.Synchronize(); err == nil || !strings.Contains(err.Error(), "gather on cuda:0: an index is out of range") {
		t.Errorf("got %v", err)
	}
	if err := b.Synchronize(); err != nil {
		t.Errorf("the error is told twice: %v", err)
	}
	cuda.SetDebugSync(true)
	defer cuda.SetDebugSync(false)
	if err := b.Gather(y, x, index, 0); err == nil {
		t.Error("no error in debug mode")
	}
}

// mutations are changes to kernels that a GPU might forgive on most days.
var mutations = []struct{ name, source, old, new, run string }{
	{"block_sum's second barrier", "rows", "        shared[threadIdx.x / 32] = v;\n    __syncthreads();\n    C sum = 0;",
		"        shared[threadIdx.x / 32] = v;\n    C sum = 0;", "Conformance/Fused/Softmax"},
	{"the tree's barrier", "reduce", "            __syncthreads();\n            if (threadIdx.x < half)", "            if (threadIdx.x < half)", "Conformance/Reduce/sum"},
	{"the tile's barrier", "matmul", "        __syncthreads();\n        for (int k = 0; k < DEPTH; k++) {", "        for (int k = 0; k < DEPTH; k++) {", "Conformance/MatMul/float32"},
	{"the barrier before the next tile", "matmul", "        }\n        __syncthreads();\n    }\n    for (int i = 0", "        }\n    }\n    for (int i = 0", "Conformance/MatMul/float32"},
	{"an index one too far", "reduce", "            c = R::fold(c, R::lift(x[i * step], i));", "            c = R::fold(c, R::lift(x[(i + 1) * step], i));", "Conformance/Reduce/sum"},
}

// A removed barrier must be found: the tests see what they are for.
func TestMutations(t *testing.T) {
	if !emulated() || os.Getenv("RG_MUTANT") != "" {
		t.Skip("on the emulated driver alone")
	}
	folder := filepath.Join(emu.Folder(), "..", "kernels")
	for _, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(folder, m.source+".cu"))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(string(text), m.old) != 1 {
				t.Fatalf("%s.cu has what is to be changed %d times", m.source, strings.Count(string(text), m.old))
			}
			mutant := t.TempDir()
			headers, _ := filepath.Glob(filepath.Join(folder, "*.cu*"))
			for _, h := range headers {
				copied, err := os.ReadFile(h)
				if err != nil {
					t.Fatal(err)
				}
				if filepath.Base(h) == m.source+".cu" {
					copied = []byte(strings.Replace(string(text), m.old, m.new, 1))
				}
				if err := os.WriteFile(filepath.Join(mutant, filepath.Base(h)), copied, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			fails := func(kernels string) bool {
				driver, err := emu.Build(kernels, m.source, "copy")
				if err != nil {
					t.Fatal(err)
				}
				for _, order := range []string{"0", "1", "7"} {
					cmd := exec.Command(os.Args[0], "-test.run", m.run)
					cmd.Env = append(os.Environ(), "RG_LIBCUDA="+driver, "RG_EMU_ORDER="+order, "RG_MUTANT=1")
					if cmd.Run() != nil {
						return true
					}
				}
				return false
			}
			if fails("") {
				t.Fatalf("%s fails as it is", m.run)
			}
			if !fails(mutant) {
				t.Errorf("%s passes without it, in three orders", m.run)
			}
		})
	}
}
