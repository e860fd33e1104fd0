//go:build cuda

#include "launch.h"

#include <cuda.h>

enum { MAX_ARGUMENTS = 32 };

int rg_launch(void *context, void *function, void *stream, const unsigned *d, char *args, const unsigned *at, int n) {
    void *addresses[MAX_ARGUMENTS];
    if (n > MAX_ARGUMENTS)
        return CUDA_ERROR_INVALID_VALUE;
    for (int i = 0; i < n; i++)
        addresses[i] = args + at[i];
    CUresult rc = cuCtxSetCurrent((CUcontext)context);
    if (rc)
        return (int)rc;
    if (d[6] > 48 << 10) { // more than a kernel may have without asking
        rc = cuFuncSetAttribute((CUfunction)function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, (int)d[6]);
        if (rc)
            return (int)rc;
    }
    return (int)cuLaunchKernel((CUfunction)function, d[0], d[1], d[2], d[3], d[4], d[5], d[6], (CUstream)stream, addresses, 0);
}

int rg_pinned(void *context, void **p, size_t n) {
    CUresult rc = cuCtxSetCurrent((CUcontext)context);
    return (int)(rc ? rc : cuMemHostAlloc(p, n, CU_MEMHOSTALLOC_PORTABLE));
}

void rg_describe(int result, char **name, char **text) {
    *name = *text = 0;
    cuGetErrorName((CUresult)result, (const char **)name);
    cuGetErrorString((CUresult)result, (const char **)text);
}
