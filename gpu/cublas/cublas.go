//go:build cuda

package cublas

/*
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "cublas.h"
#include "lt.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"unsafe"

	"github.com/rustygradients/rg/tensor/dtype"
)

// Library is an opened cuBLAS.
type Library struct {
	Path, Version string
	functions     C.rg_cublas
	lt            *C.rg_lt // nil where it lacks functions, or is off
}

func (l *Library) String() string {
	with := ""
	if l.lt != nil {
		with = " with cublasLt's epilogues"
	}
	return fmt.Sprintf("cuBLAS %s%s (%s)", l.Version, with, l.Path)
}

// Open opens the library, once; the error says why there is none.
var Open = sync.OnceValues(open)

func open() (*Library, error) {
	if os.Getenv("RG_CUBLAS") == "off" {
		return nil, errors.New("cuBLAS is off: RG_CUBLAS=off")
	}
	var first error
	for _, path := range candidates() {
		l, err := openFile(path)
		if err == nil {
			return l, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, fmt.Errorf("no cuBLAS: %w", first)
}

var versions = []string{"13", "12", "11"}

// candidates are where the library may be, the best first. A name without a folder is for the loader to find.
func candidates() []string {
	var paths []string
	in := func(folders ...string) {
		for _, version := range versions {
			for _, folder := range folders {
				if !filepath.IsAbs(folder) { // never from the notebook's folder
					continue
				}
				path := filepath.Join(folder, "libcublas.so."+version)
				if _, err := os.Stat(path); err == nil {
					paths = append(paths, path)
				}
			}
		}
	}
	in(filepath.SplitList(os.Getenv("RG_CUDA_LIBS"))...)
	for _, version := range versions {
		paths = append(paths, "libcublas.so."+version)
	}
	in(wheels()...)
	in("/usr/local/cuda/lib64")
	return paths
}

// wheels are the folders of NVIDIA's wheels in the Pythons that are at hand.
func wheels() []string {
	home, _ := os.UserHomeDir()
	var folders []string
	for _, root := range []string{os.Getenv("VIRTUAL_ENV"), os.Getenv("CONDA_PREFIX"), filepath.Join(home, ".local"), "/usr/local", "/usr"} {
		if !filepath.IsAbs(root) {
			continue
		}
		for _, packages := range []string{"site-packages", "dist-packages"} {
			found, _ := filepath.Glob(filepath.Join(root, "lib", "python3*", packages, "nvidia", "*", "lib"))
			folders = append(folders, found...)
		}
	}
	return folders
}

func openFile(path string) (*Library, error) {
	const size = 1024
	text := (*C.char)(C.malloc(size))
	defer C.free(unsafe.Pointer(text))
	cpath := C.CString(path)
	defer C.free(unsafe.Pointer(cpath))
	beside := ""
	if filepath.IsAbs(path) {
		beside = filepath.Join(filepath.Dir(path), "libcublasLt"+filepath.Base(path)[len("libcublas"):])
	}
	lt := C.CString(beside)
	defer C.free(unsafe.Pointer(lt))
	l := &Library{}
	if why := C.rg_cublas_open(&l.functions, cpath, lt, text, size); why != nil {
		return nil, errors.New(C.GoString(why))
	}
	l.Path = C.GoString(C.rg_cublas_path(&l.functions))
	property := func(which C.int) int { return int(C.rg_cublas_property(&l.functions, which)) }
	l.Version = fmt.Sprintf("%d.%d.%d", property(0), property(1), property(2))
	if lt := new(C.rg_lt); os.Getenv("RG_CUBLASLT") != "off" && C.rg_lt_open(lt, l.functions.library) != 0 {
		l.lt = lt
	}
	return l, nil
}

// Handle is what cuBLAS keeps for a context and a stream.
type Handle struct {
	mu     sync.Mutex // a handle is one thread's at a time
	l      *Library
	at     unsafe.Pointer
	stream unsafe.Pointer
	lt     unsafe.Pointer // nil where there is no cublasLt
	plans  map[question]*Plan
}

// Status is cuBLAS's answer that something went wrong.
type Status struct {
	Code int
	Text string
}

func (s *Status) Error() string { return fmt.Sprintf("cuBLAS: %s (status %d)", s.Text, s.Code) }

// ErrUnsupported is that a product isn't one that cuBLAS computes on this GPU.
var ErrUnsupported = errors.New("cuBLAS doesn't support it")

// cublasStatus_t.
const (
	statusArchMismatch = 8
	statusNotSupported = 15
)

func (l *Library) status(rc C.int) error {
	switch rc {
	case 0:
		return nil
	case statusArchMismatch, statusNotSupported:
		return ErrUnsupported
	}
	return &Status{int(rc), C.GoString(C.rg_cublas_describe(&l.functions, rc))}
}

// NewHandle makes a handle in the context of the calling thread. It lives as long as the context.
func (l *Library) NewHandle(stream unsafe.Pointer) (*Handle, error) {
	h := &Handle{l: l, stream: stream}
	if err := l.status(C.rg_cublas_create(&l.functions, &h.at, stream)); err != nil {
		return nil, err
	}
	h.openLt()
	return h, nil
}

// Matrix is a batch of matrices whose columns are Lead elements apart; or their rows are, if it is Transposed.
type Matrix struct {
	At         uint64 // address on the device
	Lead, Step int    // to the next column, and to the next matrix
	Transposed bool
}

// Product is Count products C (m, n) = A (m, k) · B (k, n), whose columns lie one behind the other.
type Product struct {
	M, N, K, Count int
	A, B, C        Matrix
	DType          dtype.DType
	TF32           bool // float32 operands may be rounded to 10 bits
}

// Of cudaDataType and cublasComputeType_t. Halves are summed in float32.
var types = map[dtype.DType]struct{ data, scale, compute C.int }{
	dtype.Float32: {0, 0, 68}, dtype.Float64: {1, 1, 70}, dtype.Float16: {2, 0, 68}, dtype.BFloat16: {14, 0, 68},
}

const computeTF32 = 77

// Multiply queues a product, in the context that is the calling thread's.
func (h *Handle) Multiply(p Product) error {
	c, err := p.inC()
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.l.status(C.rg_cublas_multiply(&h.l.functions, h.at, &c))
}

// inC is the product as cuBLAS counts and names things.
func (p Product) inC() (c C.rg_cublas_product, err error) {
	t, ok := types[p.DType]
	if !ok {
		return c, ErrUnsupported
	}
	for _, n := range []int{p.M, p.N, p.K, p.Count, p.A.Lead, p.B.Lead, p.C.Lead} {
		if n > 1<<31-1 {
			return c, ErrUnsupported
		}
	}
	if p.TF32 && p.DType == dtype.Float32 {
		t.compute = computeTF32
	}
	flag := func(on bool) C.int {
		if on {
			return 1
		}
		return 0
	}
	return C.rg_cublas_product{
		m: C.int(p.M), n: C.int(p.N), k: C.int(p.K), count: C.int(p.Count),
		transposed_a: flag(p.A.Transposed), transposed_b: flag(p.B.Transposed),
		lda: C.int(p.A.Lead), ldb: C.int(p.B.Lead), ldc: C.int(p.C.Lead),
		step_a: C.longlong(p.A.Step), step_b: C.longlong(p.B.Step), step_c: C.longlong(p.C.Step),
		a: C.ulonglong(p.A.At), b: C.ulonglong(p.B.At), c: C.ulonglong(p.C.At),
		_type: t.data, compute: t.compute,
	}, nil
}
