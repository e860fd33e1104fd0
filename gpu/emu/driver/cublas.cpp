// A libcublas.so.12 that multiplies on the CPU what the emulated driver calls device memory: as much of it as gpu/cublas calls, and as strict as the
// manual. It waits for what is queued on its stream, and all work is done when a call returns.
#include <dlfcn.h>
#include <stdlib.h>

#include "types.cuh"

#define API extern "C" __attribute__((visibility("default")))

namespace {

enum { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7, EXECUTION_FAILED = 13, NOT_SUPPORTED = 15 };
enum { R_32F = 0, R_64F = 1, R_16F = 2, R_16BF = 14 };
enum { COMPUTE_32F = 68, COMPUTE_64F = 70, COMPUTE_32F_FAST_TF32 = 77 };

int the_handle;
void *the_stream;

// wait is the emulated driver's cuStreamSynchronize.
bool wait() {
    static auto synchronize = (int (*)(void *))dlsym(dlopen(getenv("RG_LIBCUDA"), RTLD_NOW | RTLD_NOLOAD), "cuStreamSynchronize");
    return synchronize && synchronize(the_stream) == 0;
}

struct Shape {
    int op_a, op_b, m, n, k, lda, ldb, ldc, count;
    long long step_a, step_b, step_c;
};

template <class T, class C> int multiply(const Shape &s, const void *alpha, const void *a, const void *b, const void *beta, void *c, bool tf32) {
    if (*(const C *)alpha != 1 || *(const C *)beta != 0)
        return NOT_SUPPORTED;
    auto element = [&](const void *p, long long at) {
        C v = (C)get(((const T *)p)[at]);
        if (tf32) {
            float f = (float)v;
            v = (C)__uint_as_float((__float_as_uint(f) + 0x1000) & ~0x1fffu);
        }
        return v;
    };
    for (int z = 0; z < s.count; z++)
        for (int j = 0; j < s.n; j++)
            for (int i = 0; i < s.m; i++) {
                C sum = 0;
                for (int l = 0; l < s.k; l++)
                    sum += element(a, z * s.step_a + (s.op_a ? (long long)i * s.lda + l : (long long)l * s.lda + i)) *
                           element(b, z * s.step_b + (s.op_b ? (long long)l * s.ldb + j : (long long)j * s.ldb + l));
                ((T *)c)[z * s.step_c + (long long)j * s.ldc + i] = put<T>(sum);
            }
    return SUCCESS;
}

} // namespace

API int cublasCreate_v2(void **handle) {
    if (getenv("RG_EMU_CUBLAS_FAULT")) // as where the driver is too old
        return NOT_INITIALIZED;
    return *handle = &the_handle, SUCCESS;
}
API int cublasSetStream_v2(void *handle, void *stream) { return the_stream = stream, handle == &the_handle ? SUCCESS : NOT_INITIALIZED; }
API int cublasGetProperty(int which, int *value) { return *value = which == 0 ? 12 : which == 1 ? 6 : 4, SUCCESS; }
API const char *cublasGetStatusString(int status) { return status == NOT_INITIALIZED ? "CUBLAS_STATUS_NOT_INITIALIZED" : "CUBLAS_STATUS_…"; }

API int cublasGemmStridedBatchedEx(void *handle, int op_a, int op_b, int m, int n, int k, const void *alpha, const void *a, int type_a, int lda,
                                   long long step_a, const void *b, int type_b, int ldb, long long step_b, const void *beta, void *c, int type_c,
                                   int ldc, long long step_c, int count, int compute, int) {
    if (handle != &the_handle)
        return NOT_INITIALIZED;
    auto least = [](int rows) { return rows > 1 ? rows : 1; };
    if (m < 0 || n < 0 || k < 0 || count < 0 || lda < least(op_a ? k : m) || ldb < least(op_b ? n : k) || ldc < least(m))
        return INVALID_VALUE;
    if (type_a != type_b || type_a != type_c)
        return NOT_SUPPORTED;
    if (!wait())
        return EXECUTION_FAILED;
    Shape s = {op_a, op_b, m, n, k, lda, ldb, ldc, count, step_a, step_b, step_c};
    bool narrow = compute == COMPUTE_32F;
    if (type_a == R_32F && (narrow || compute == COMPUTE_32F_FAST_TF32))
        return multiply<float, float>(s, alpha, a, b, beta, c, !narrow);
    if (type_a == R_64F && compute == COMPUTE_64F)
        return multiply<double, double>(s, alpha, a, b, beta, c, false);
    if (type_a == R_16F && narrow)
        return multiply<half_t, float>(s, alpha, a, b, beta, c, false);
    if (type_a == R_16BF && narrow)
        return multiply<bf16_t, float>(s, alpha, a, b, beta, c, false);
    return NOT_SUPPORTED;
}
