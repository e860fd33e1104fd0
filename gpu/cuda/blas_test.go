//go:build cuda

package cuda_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rustygradients/rg/gpu/cuda"
	"github.com/rustygradients/rg/gpu/emu"
	"github.com/rustygradients/rg/tensor/backend"
	"github.com/rustygradients/rg/tensor/dtype"
)

// The libraries are opened once a process, so each case is one of its own: the emulated cuBLAS and cublasLt, none, ones that are forbidden, ones
// that don't get on with the driver, fail or lack functions, and one that isn't cuBLAS. Products are right in all of them.
func TestCuBLAS(t *testing.T) {
	if !emu.Used() || os.Getenv("RG_BLAS_CASE") != "" || os.Getenv("RG_MUTANT") != "" {
		t.Skip("on the emulated driver alone")
	}
	folder, err := emu.BuildCuBLAS()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "libcublas.so.13"), []byte("nothing"), 0o644); err != nil {
		t.Fatal(err)
	}
	lacking := t.TempDir() // its cublasLt has no functions
	if err := os.Symlink(filepath.Join(folder, "libcublas.so.12"), filepath.Join(lacking, "libcublas.so.12")); err != nil {
		t.Fatal(err)
	}
	empty := exec.Command("gcc", "-shared", "-Wl,-soname,libcublasLt.so.12", "-o", filepath.Join(lacking, "libcublasLt.so.12"), "-x", "c", os.DevNull)
	if text, err := empty.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	const (
		blas = "cuBLAS 12.6.4 ("
		both = "cuBLAS 12.6.4 with cublasLt's epilogues ("
		own  = "own kernels"
		one  = "TestConformance/MatMul/float32/../3|TestBLASCase"
		ends = "TestBLASCase|TestLtCase|TestEpilogue"
	)
	use := func(folder string, more ...string) []string {
		return append(more, "RG_CUDA_LIBS="+folder, "RG_CUBLAS=")
	}
	for _, c := range []struct {
		name, run, uses string
		own             bool // rg's kernels multiply
		environment     []string
	}{
		{"found", "TestConformance/(MatMul|Concurrent|Fused/MatMulEpilogue)|TestTF32|TestFault|" + ends, both + folder, false, use(folder, "RG_EMU_CUBLASLT=")},
		{"missing", one, own + " (no cuBLAS: libcublas.so.13: cannot open", true, []string{"RG_CUBLAS="}},
		{"off", "TestBLASCase|TestEpilogue", own + " (cuBLAS is off: RG_CUBLAS=off)", true, []string{"RG_CUDA_LIBS=" + folder, "RG_CUBLAS=off"}},
		{"old driver", one, both, true, use(folder, "RG_EMU_CUBLAS_FAULT=1")},
		{"broken", "TestBLASCase", both, false, use(other + ":" + folder)},
		{"relative", "TestBLASCase", own, true, use(".")},
		{"Lt off", "TestBLASCase|TestEpilogue", blas + folder, false, use(folder, "RG_CUBLASLT=off")},
		{"Lt lacks functions", "TestBLASCase|TestEpilogue", blas + lacking, false, use(lacking)},
		{"Lt doesn't start", ends, both, false, use(folder, "RG_EMU_CUBLASLT=create")},
		{"Lt finds no algorithm", ends, both, false, use(folder, "RG_EMU_CUBLASLT=heuristic")},
		{"Lt fails", ends, both, false, use(folder, "RG_EMU_CUBLASLT=multiply")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.v", "-test.run", c.run)
			cmd.Env = append(os.Environ(), "VIRTUAL_ENV=", "CONDA_PREFIX=", "HOME="+other, "RG_BLAS_CASE="+c.name, "RG_BLAS_USES="+c.uses,
				fmt.Sprint("RG_BLAS_OWN=", c.own))
			cmd.Env = append(cmd.Env, c.environment...)
			text, err := cmd.CombinedOutput()
			if err == nil && strings.Contains(string(text), "--- SKIP: TestBLASCase") {
				t.Skip("this machine has a cuBLAS of its own")
			}
			if err != nil || !strings.Contains(string(text), "--- PASS: TestBLASCase") || strings.Contains(c.run, ends) && !strings.Contains(string(text), "--- PASS: TestLtCase") {
				lines := strings.Split(string(text), "\n")
				t.Errorf("%v\n%s", err, strings.Join(lines[max(0, len(lines)-30):], "\n"))
			}
		})
	}
}

// TestBLASCase runs in the processes of TestCuBLAS: what is said is what is used.
func TestBLASCase(t *testing.T) {
	name := os.Getenv("RG_BLAS_CASE")
	if name == "" {
		t.Skip("TestCuBLAS runs it")
	}
	if got := cuda.Products(); (name == "missing" || name == "relative") && strings.Contains(got, "products by cuBLAS") {
		t.Skip(got)
	} else if !strings.Contains(got, os.Getenv("RG_BLAS_USES")) {
		t.Errorf("%s; want %s", got, os.Getenv("RG_BLAS_USES"))
	}
	b := open(t)
	x, dst := vector(t, b, dtype.Float32, 64), vector(t, b, dtype.Float32, 64)
	shaped := func(v backend.View) backend.View {
		return backend.View{Storage: v.Storage, Layout: backend.Contiguous(8, 8)}
	}
	before := b.Count().Launches
	if err := b.MatMul(shaped(dst), shaped(x), shaped(x)); err != nil {
		t.Fatal(err)
	}
	own := b.Count().Launches > before
	if want := os.Getenv("RG_BLAS_OWN") == "true"; own != want {
		t.Errorf("a kernel of rg's own ran: %t, want %t", own, want)
	}
	for _, v := range float32s(t, dst.Storage) {
		if v != 8 {
			t.Fatalf("the product of ones has %v", v)
		}
	}
	bias := backend.View{Storage: x.Storage, Layout: backend.Contiguous(8)}
	sums := vector(t, b, dtype.Float32, 64)
	before = b.Count().Launches
	e := backend.Epilogue{Bias: bias, Activation: backend.EpilogueGELU, Before: shaped(sums)}
	if err := b.MatMulEpilogue(shaped(dst), shaped(x), shaped(x), e); err != nil {
		t.Fatal(err)
	}
	if got := b.Count().Launches - before; got != 1 {
		t.Errorf("a product, its bias and its activation are %d kernels of rg's own", got)
	}
	for _, v := range append(float32s(t, dst.Storage), float32s(t, sums.Storage)...) {
		if v != 9 { // and so is its GELU, in float32
			t.Fatalf("the product of ones with a bias of ones has %v", v)
		}
	}
}
