//go:build cuda

package cublas

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// What this package knows of cuBLAS is what NVIDIA's headers say, where there are any: in the folders of RG_CUDA_INCLUDE, beside wheels' libraries,
// and in /usr/local/cuda. They need CUDA's own.
func TestHeader(t *testing.T) {
	folders := filepath.SplitList(os.Getenv("RG_CUDA_INCLUDE"))
	for _, lib := range wheels() {
		folders = append(folders, filepath.Join(filepath.Dir(lib), "include"))
	}
	args := []string{"-std=c++17", "-fsyntax-only", "-w"}
	for _, f := range append(folders, "/usr/local/cuda/include") {
		args = append(args, "-I"+f)
	}
	if text, err := exec.Command("g++", append(args, filepath.Join("testdata", "include.cpp"))...).CombinedOutput(); err != nil {
		t.Skipf("there are no headers, or not all: %v\n%s", err, text)
	}
	if text, err := exec.Command("g++", append(args, filepath.Join("testdata", "header.cpp"))...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}

// A real library has all functions of cublasLt that rg calls, in a version of its own.
func TestLibrary(t *testing.T) {
	l, err := Open()
	if err != nil {
		t.Skip(err)
	}
	if l.lt == nil {
		t.Errorf("%s lacks functions of cublasLt", l)
	}
}
