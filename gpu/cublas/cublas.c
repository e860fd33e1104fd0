//go:build cuda

#define _GNU_SOURCE
#include "cublas.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>

// cublasOperation_t, cublasGemmAlgo_t and cublasComputeType_t.
enum { OP_N = 0, OP_T = 1, GEMM_DEFAULT = -1, COMPUTE_64F = 70 };

const char *rg_cublas_open(rg_cublas *l, const char *path, const char *lt, char *text, int size) {
    if (*lt) // cuBLAS needs it, and pip's lies beside it, where the loader may not look; if this fails, that will say so
        dlopen(lt, RTLD_NOW | RTLD_GLOBAL);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(text, (size_t)size, "%s", dlerror());
        return text;
    }
    *(void **)&l->create = dlsym(library, "cublasCreate_v2");
    *(void **)&l->set_stream = dlsym(library, "cublasSetStream_v2");
    *(void **)&l->property = dlsym(library, "cublasGetProperty");
    *(void **)&l->describe = dlsym(library, "cublasGetStatusString");
    *(void **)&l->gemm = dlsym(library, "cublasGemmStridedBatchedEx");
    if (!l->create || !l->set_stream || !l->property || !l->gemm) {
        dlclose(library);
        snprintf(text, (size_t)size, "%s lacks functions of cuBLAS", path);
        return text;
    }
    l->library = library;
    return 0;
}

const char *rg_cublas_path(const rg_cublas *l) {
    Dl_info where;
    return dladdr(*(void **)&l->create, &where) && where.dli_fname ? where.dli_fname : "";
}

int rg_cublas_create(const rg_cublas *l, void **handle, void *stream) {
    int rc = l->create(handle);
    return rc ? rc : l->set_stream(*handle, stream);
}

int rg_cublas_property(const rg_cublas *l, int which) {
    int value = 0;
    return l->property(which, &value) ? 0 : value;
}

const char *rg_cublas_describe(const rg_cublas *l, int status) { return l->describe ? l->describe(status) : "an error"; }

int rg_cublas_multiply(const rg_cublas *l, void *handle, const rg_cublas_product *p) {
    const float one = 1, zero = 0;
    const double one64 = 1, zero64 = 0;
    int wide = p->compute == COMPUTE_64F;
    return l->gemm(handle, p->transposed_a ? OP_T : OP_N, p->transposed_b ? OP_T : OP_N, p->m, p->n, p->k,
                   wide ? (const void *)&one64 : &one, (const void *)(uintptr_t)p->a, p->type, p->lda, p->step_a,
                   (const void *)(uintptr_t)p->b, p->type, p->ldb, p->step_b, wide ? (const void *)&zero64 : &zero,
                   (void *)(uintptr_t)p->c, p->type, p->ldc, p->step_c, p->count, p->compute, GEMM_DEFAULT);
}
