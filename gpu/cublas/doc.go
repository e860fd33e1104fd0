// Package cublas opens NVIDIA's library of matrix products at run time, where there is one: nothing of it is needed to build, or to
// compute (package cuda has kernels of its own).
//
//	l, err := cublas.Open()          // err says where it was looked for
//	h, err := l.NewHandle(stream)    // in the context of the calling thread
//	err = h.Multiply(cublas.Product{…})
//	plan, err := h.Plan(p, cublas.Epilogue{…}) // by cublasLt, which cuBLAS depends on; ErrUnsupported where that is missing or can't
//	err = h.MultiplyBy(plan, p, e, workspace)
//
// It is looked for in the folders of RG_CUDA_LIBS, by the loader's own search, and where pip puts NVIDIA's wheels: versions 13, 12 and 11.
// RG_CUBLAS=off leaves it unopened, RG_CUBLASLT=off uses it without cublasLt.
package cublas
