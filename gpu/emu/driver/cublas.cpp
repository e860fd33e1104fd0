// A libcublas.so.12 that multiplies on the CPU what the emulated driver calls device memory: as much of it as gpu/cublas calls, and as strict as the
// manual. It waits for what is queued on its stream, and all work is done when a call returns.
#include "blas.h"

namespace {

int the_handle;
void *the_stream;

template <class T, class C> int gemm(const Shape &s, const void *alpha, const void *a, const void *b, const void *beta, void *c, bool tf32) {
    if (*(const C *)alpha != 1 || *(const C *)beta != 0)
        return NOT_SUPPORTED;
    multiply<T, C>(s, a, b, tf32, 0, [&](C sum, int i, int j, int z) { ((T *)c)[z * s.step_c + (long long)j * s.ldc + i] = put<T>(sum); });
    count(PRODUCTS, 1);
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
    if (!wait(the_stream))
        return EXECUTION_FAILED;
    Shape s = {op_a, op_b, m, n, k, lda, ldb, ldc, count, step_a, step_b, step_c};
    bool narrow = compute == COMPUTE_32F;
    if (type_a == R_32F && (narrow || compute == COMPUTE_32F_FAST_TF32))
        return gemm<float, float>(s, alpha, a, b, beta, c, !narrow);
    if (type_a == R_64F && compute == COMPUTE_64F)
        return gemm<double, double>(s, alpha, a, b, beta, c, false);
    if (type_a == R_16F && narrow)
        return gemm<half_t, float>(s, alpha, a, b, beta, c, false);
    if (type_a == R_16BF && narrow)
        return gemm<bf16_t, float>(s, alpha, a, b, beta, c, false);
    return NOT_SUPPORTED;
}
