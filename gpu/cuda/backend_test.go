//go:build cuda

package cuda_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rustygradients/rg/gpu/cuda"
	"github.com/rustygradients/rg/gpu/cuda/cushim"
	"github.com/rustygradients/rg/gpu/emu"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
	"github.com/rustygradients/rg/tensor/tensortest"
)

// The tests run on the emulated driver, or on the one that RG_LIBCUDA names: on a machine with a GPU, RG_LIBCUDA= is the system's.
func TestMain(m *testing.M) {
	if err := emu.Use(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
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

// The driver has every function that rg calls.
func TestDriver(t *testing.T) {
	open(t)
	missing := cushim.Missing()
	if emu.Used() {
		t.Logf("report: the emulated driver has what the tests need, and lacks %d functions", len(missing))
		return
	}
	if len(missing) > 0 {
		t.Errorf("%s lacks %s", cushim.Path(), strings.Join(missing, ", "))
	}
	t.Logf("report: %s lacks none of the driver's functions that rg knows", cushim.Path())
}

func TestConformance(t *testing.T) {
	tensortest.Conformance(t, open(t))
}

// Other orders of threads and blocks must give the same.
func TestOrders(t *testing.T) {
	if !emu.Used() {
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

// Transfers of any length, larger than all buffers together, arrive whole.
func TestTransfers(t *testing.T) {
	b := open(t)
	for _, n := range []int{1, 511 << 10, 512 << 10, 512<<10 + 1, 20<<20 + 3} {
		src, dst := make([]byte, n), make([]byte, n)
		for i := range src {
			src[i] = byte(i * 7 >> (i % 5))
		}
		s, err := b.Alloc(dtype.Uint8, n)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Clone(src)
		if err := b.Upload(s, src); err != nil {
			t.Fatal(err)
		}
		clear(src) // the upload has read it
		if err := b.Download(dst, s); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(dst, want) {
			t.Errorf("%d bytes came back changed", n)
		}
		s.Free()
	}
}

// There may be more columns, and more places of images, than the height of a grid, 65535, has tiles of 64 for.
func TestLongGrids(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the emulated driver some ten seconds")
	}
	b := open(t)
	const side = 2049
	x, y, one := vector(t, b, dtype.Float32, side*side), vector(t, b, dtype.Float32, side*side), vector(t, b, dtype.Float32, 1)
	shaped := func(v backend.View, shape ...int) backend.View {
		return backend.View{Storage: v.Storage, Layout: backend.Contiguous(shape...)}
	}
	for name, f := range map[string]func() error{
		"matmul": func() error { return b.MatMul(shaped(y, 1, side*side), shaped(one, 1, 1), shaped(x, 1, side*side)) },
		"conv2d": func() error {
			how := backend.Conv{Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1}
			return b.Conv2D(shaped(y, 1, 1, side, side), shaped(x, 1, 1, side, side), shaped(one, 1, 1, 1, 1), how)
		},
	} {
		if err := b.Fill(y, 0); err != nil {
			t.Fatal(err)
		}
		if err := f(); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := float32s(t, y.Storage); slices.Min(got) != 1 {
			t.Errorf("%s: element %d is %v", name, slices.Index(got, slices.Min(got)), slices.Min(got))
		}
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
	if emu.Used() && b.Count().Live >= live {
		t.Errorf("the driver has %d blocks, as before the pool was released", b.Count().Live)
	}
}

// Out of memory is an error that names the largest holders, and what comes after works.
func TestOutOfMemory(t *testing.T) {
	b := open(t)
	b.ReleaseMemory()
	limit := b.Memory().Limit
	fifth := limit / 20 // elements
	held, err := b.Alloc(dtype.Float32, fifth)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Alloc(dtype.Float64, limit/8)
	if err == nil {
		t.Fatalf("%d bytes were allocated beside a fifth of them", limit)
	}
	megabytes := func(n int) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
	for _, part := range []string{"out of memory", megabytes(limit), fmt.Sprintf("1 × %s (%d float32)", megabytes(4*fifth), fifth), "drop references"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error doesn't say %q: %v", part, err)
		}
	}
	t.Logf("report: out of memory: %v", err)
	runtime.KeepAlive(held)
	held.Free()
	x := vector(t, b, dtype.Float32, limit/20)
	if err := b.Synchronize(); err != nil {
		t.Error(err)
	}
	t.Logf("report: after it %s are allocated and filled", megabytes(4*x.Storage.Len()))
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

// far is a view of what no device has: a kernel that reads it faults.
func far(v backend.View) backend.View {
	v.Layout.Offset = 1 << 44
	return v
}

// A kernel that faults ends what waits for it, and not the process: the context is made anew, tensors on it say that they are lost, and
// new ones work. In debug mode the operation itself says it.
func TestFault(t *testing.T) {
	b := open(t)
	x, y := vector(t, b, dtype.Float32, 1000), vector(t, b, dtype.Float32, 1000)
	if err := b.Unary(backend.Exp, y, far(x)); err != nil {
		t.Fatalf("the operation waited: %v", err)
	}
	start := time.Now()
	err := b.Synchronize()
	t.Logf("report: a fault: %v (with the reset of the context, %v)", err, time.Since(start).Round(time.Millisecond))
	for _, part := range []string{"synchronize on cuda:0: a kernel failed (IllegalAddress), that of exp", "are lost", "SetDebugSync"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error doesn't say %q: %v", part, err)
		}
	}
	if m := b.Memory(); m.Current != 0 || m.Pooled != 0 {
		t.Errorf("after the reset %d bytes are in use, %d pooled", m.Current, m.Pooled)
	}
	for name, err := range map[string]error{
		"operation": b.Unary(backend.Neg, y, x), "download": b.Download(make([]byte, 4000), x.Storage), "upload": b.Upload(x.Storage, make([]byte, 4000)),
	} {
		if err == nil || !strings.Contains(err.Error(), "the elements were lost when the device was reset") {
			t.Errorf("%s of a lost tensor: %v", name, err)
		}
	}
	x.Storage.Free()
	if m := b.Memory(); m.Current != 0 || m.Pooled != 0 {
		t.Errorf("a lost block came back: %d bytes in use, %d pooled", m.Current, m.Pooled)
	}
	cuda.SetDebugSync(true)
	defer cuda.SetDebugSync(false)
	x, y = vector(t, b, dtype.Float32, 10), vector(t, b, dtype.Float32, 10)
	if err := b.Unary(backend.Exp, y, far(x)); err == nil || !strings.Contains(err.Error(), "exp on cuda:0: a kernel failed") {
		t.Errorf("in debug mode: %v", err)
	}
	x, y = vector(t, b, dtype.Float32, 10), vector(t, b, dtype.Float32, 10)
	if err := b.Unary(backend.Exp, y, x); err != nil {
		t.Errorf("after the faults: %v", err)
	}
	row, column := backend.Contiguous(1, 10), backend.Contiguous(10, 1)
	dot := vector(t, b, dtype.Float32, 1)
	err = b.MatMul(backend.View{Storage: dot.Storage, Layout: backend.Contiguous(1, 1)}, backend.View{Storage: x.Storage, Layout: row},
		backend.View{Storage: x.Storage, Layout: column})
	if got := float32s(t, dot.Storage); err != nil || got[0] != 10 { // by a handle of the new context, where there is a cuBLAS
		t.Errorf("the product of ten ones is %v: %v", got, err)
	}
	out := make([]byte, 40)
	if err := b.Download(out, y.Storage); err != nil || out[3] != 0x40 {
		t.Errorf("exp(1) is % x: %v", out[:4], err)
	}
	t.Log("report: after two faults, exponentials, a product and transfers of new tensors are right")
}

// float32s are a storage's elements.
func float32s(t *testing.T, s backend.Storage) []float32 {
	t.Helper()
	raw := make([]byte, 4*s.Len())
	if err := s.Backend().Download(raw, s); err != nil {
		t.Fatal(err)
	}
	out := make([]float32, s.Len())
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return out
}

// TF32 products are those of operands that are rounded to 10 bits, in every layout, and only where they were allowed.
func TestTF32(t *testing.T) {
	b := open(t)
	const batch, m, k, n = 2, 70, 92, 136
	random := func(seed uint64, rows, columns int) (s backend.Storage, rounded []float64) {
		s, err := b.Alloc(dtype.Float32, batch*rows*columns)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Random(backend.View{Storage: s, Layout: backend.Contiguous(s.Len())}, backend.Distribution{Kind: backend.Normal, B: 1}, seed, 0); err != nil {
			t.Fatal(err)
		}
		for _, f := range float32s(t, s) {
			rounded = append(rounded, float64(math.Float32frombits((math.Float32bits(f)+0x1000)&^0x1fff)))
		}
		return s, rounded
	}
	xs, x := random(1, m, k)
	ys, y := random(2, k, n)
	dst, err := b.Alloc(dtype.Float32, batch*m*n)
	if err != nil {
		t.Fatal(err)
	}
	defer cuda.SetTF32(false)
	for _, layout := range []string{"nn", "nt", "tn", "tt"} {
		matrix := func(s backend.Storage, rows, columns int, kind byte) backend.View {
			l := backend.Contiguous(batch, rows, columns)
			if kind == 't' {
				l.Stride = []int{rows * columns, 1, rows}
			}
			return backend.View{Storage: s, Layout: l}
		}
		xv, yv := matrix(xs, m, k, layout[0]), matrix(ys, k, n, layout[1])
		out := backend.View{Storage: dst, Layout: backend.Contiguous(batch, m, n)}
		worst := map[bool]float64{} // whether TF32 is on
		for _, on := range []bool{true, false} {
			cuda.SetTF32(on)
			if err := b.MatMul(out, xv, yv); err != nil {
				t.Fatal(err)
			}
			got := float32s(t, dst)
			for i := range batch {
				for r := range m {
					for c := range n {
						want := 0.0
						for j := range k {
							want += x[i*m*k+r*xv.Layout.Stride[1]+j*xv.Layout.Stride[2]] * y[i*k*n+j*yv.Layout.Stride[1]+c*yv.Layout.Stride[2]]
						}
						worst[on] = max(worst[on], math.Abs(float64(got[(i*m+r)*n+c])-want))
					}
				}
			}
		}
		if !(worst[true] < 1e-4 && worst[false] > 1e-3) {
			t.Errorf("%s: TF32 is %g from products of rounded numbers, float32 %g", layout, worst[true], worst[false])
		}
	}
}

// mutations are changes to kernels that a GPU might forgive on most days. The sources are those that the test needs.
var mutations = []struct{ name, file, sources, old, new, run string }{
	{
		"an index one too far", "reduce.cu", "reduce", "            c = R::fold(c, R::lift(x[i * step], i));",
		"            c = R::fold(c, R::lift(x[(i + 1) * step], i));", "Conformance/Reduce/sum",
	},
	{"the bias", "matmul.cu", "matmul gemm", " + p.end.template shift<T>(c)", "", "Conformance/Fused/MatMulEpilogue"},
	{"the second column's bias", "gemm.cu", "matmul gemm", "? p.end.template shift<D>(c + 1) : 0", "? p.end.template shift<D>(c) : 0", "Conformance/Fused/MatMulEpilogue"},
	{"a bias of floats", "epilogue.cuh", "matmul gemm", "if (sizeof(T) == 2 && bias_float)", "if (false)", "Conformance/Fused/MatMulEpilogue"},
	{"the batch of what was before", "epilogue.cuh", "matmul gemm", "(T *)before + batch", "(T *)before", "Conformance/Fused/MatMulEpilogue"},
	{"the activation", "matmul.cu", "matmul gemm", "activate(p.end.activation, get(sums[r * p.n + c]))", "get(sums[r * p.n + c])", "Conformance/Fused/MatMulEpilogue"},
	{"a row of the activation", "gemm.cu", "matmul gemm", "+ e % 2 * 8, c", "+ e % 2 * 7, c", "Conformance/Fused/MatMulEpilogue"},
	{"what was before cuBLAS's activation", "epilogue.cu", "matmul gemm epilogue", "before[at[1]] = sum;", "", "Conformance/Fused/MatMulEpilogue"},
	{"a pack of cuBLAS's bias", "epilogue.cu", "matmul gemm epilogue", "add_bias(sum.v[j], shift.v[j])", "add_bias(sum.v[j], shift.v[0])", "Conformance/Fused/MatMulEpilogue"},
	{
		"the stage's wait", "gemm.cu", "gemm", "        wait_copies<STAGES - 2>(); // stage s is here,\n", "", "Conformance/MatMul/bfloat16/\\[\\]/136",
	},
	{
		"the keys' wait", "flash.cu", "flash attention", "        wait_copies<0>(); // these keys are here,\n", "", "Conformance/Fused/Attention/bfloat16/.*64_64/heads",
	},
	{
		"the values' wait", "flash.cu", "flash attention", "        wait_copies<0>(); // the values are here,\n", "", "Conformance/Fused/Attention/bfloat16/.*64_64/heads",
	},
	{"the image's edge", "conv.cu", "conv reduce", "c >= a.w ? (T)0", "c > a.w ? (T)0", "Conformance/Fused/Conv/float32/4"},
	{
		"a key too few", "attention.cu", "attention", "(!a.causal || key <= row) ? score", "(!a.causal || key < row) ? score",
		"Conformance/Fused/Attention/float32/1_6_1_70",
	},
	{"the window's end", "pool.cu", "pool", "return i < p.out[a] ? i : p.out[a] - 1;", "return i;", "Conformance/Fused/Pool"},
	{
		"threads for a launch", "sort.cu", "sort", "__launch_bounds__(CHUNK / 2) rg_sort_chunks", "__launch_bounds__(64) rg_sort_chunks",
		"Conformance/Fused/Sort/ArgSort/float32",
	},
	{
		"equals change places", "sort.cu", "sort", "    return i < j;", "    return false;", "Conformance/Fused/Sort/ArgSort/float32",
	},
}

// A mistake must be found: the tests see what they are for. TestBarriers is about barriers.
func TestMutations(t *testing.T) {
	if !emu.Used() || os.Getenv("RG_MUTANT") != "" {
		t.Skip("on the emulated driver alone")
	}
	folder := filepath.Join(emu.Folder(), "..", "kernels")
	var sound sync.Map // tests, and whether they fail without a mutation
	for _, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel() // a compiler is one thread
			text, err := os.ReadFile(filepath.Join(folder, m.file))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(string(text), m.old) != 1 {
				t.Fatalf("%s has what is to be changed %d times", m.file, strings.Count(string(text), m.old))
			}
			mutant := t.TempDir()
			headers, _ := filepath.Glob(filepath.Join(folder, "*.cu*"))
			for _, h := range headers {
				copied, err := os.ReadFile(h)
				if err != nil {
					t.Fatal(err)
				}
				if filepath.Base(h) == m.file {
					copied = []byte(strings.Replace(string(text), m.old, m.new, 1))
				}
				if err := os.WriteFile(filepath.Join(mutant, filepath.Base(h)), copied, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			asIs, _ := sound.LoadOrStore(m.sources+" "+m.run, sync.OnceValues(func() (bool, error) { return fails("", m.sources, m.run) }))
			if failed, err := asIs.(func() (bool, error))(); err != nil || failed {
				t.Fatalf("%s fails as it is: %v", m.run, err)
			}
			if failed, err := fails(mutant, m.sources, m.run); err != nil || !failed {
				t.Errorf("%s passes without it, in three orders: %v", m.run, err)
			}
		})
	}
}

// fails says whether a test does on the kernels of a folder, in one of three orders.
func fails(kernels, sources, run string) (bool, error) {
	driver, err := emu.Build(kernels, append(strings.Fields(sources), "copy")...)
	if err != nil {
		return false, err
	}
	environment := []string{"RG_LIBCUDA=" + driver}
	if strings.Contains(sources, "epilogue") { // what follows a product of cuBLAS's, and cublasLt leaves no bias
		folder, err := emu.BuildCuBLAS()
		if err != nil {
			return false, err
		}
		defer os.RemoveAll(folder)
		environment = append(environment, "RG_CUDA_LIBS="+folder, "RG_CUBLAS=", "RG_CUBLASLT=off")
	}
	for _, order := range []string{"0", "1", "7"} {
		if _, err := runAgain(run, order, environment...); err != nil {
			return true, nil
		}
	}
	return false, nil
}

// runAgain runs tests in another process, in an order of threads. None is a failure.
func runAgain(run, order string, environment ...string) (string, error) {
	cmd := exec.Command(os.Args[0], "-test.run", run)
	cmd.Env = append(append(os.Environ(), "RG_MUTANT=1", "RG_EMU_ORDER="+order), environment...)
	text, err := cmd.CombinedOutput()
	if err == nil && strings.Contains(string(text), "no tests to run") {
		err = fmt.Errorf("%s is no test", run)
	}
	return string(text), err
}
