// What the emulated cuBLAS and cublasLt have in common: words of NVIDIA's interface, and the product of matrices whose columns lie one behind the
// other.
#pragma once

#include <dlfcn.h>
#include <stdlib.h>

#include "types.cuh"

#define API extern "C" __attribute__((visibility("default")))

namespace {

enum { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7, EXECUTION_FAILED = 13, NOT_SUPPORTED = 15 };
enum { R_32F = 0, R_64F = 1, R_16F = 2, R_16BF = 14 };
enum { COMPUTE_32F = 68, COMPUTE_64F = 70, COMPUTE_32F_FAST_TF32 = 77 };
enum { PRODUCTS = 7, EPILOGUES, DESCRIPTORS, HEURISTICS }; // as driver.cpp counts

void *in_driver(const char *name) { return dlsym(dlopen(getenv("RG_LIBCUDA"), RTLD_NOW | RTLD_NOLOAD), name); }

// wait is the emulated driver's cuStreamSynchronize.
bool wait(void *stream) {
    static auto synchronize = (int (*)(void *))in_driver("cuStreamSynchronize");
    return synchronize && synchronize(stream) == 0;
}

void count(int which, int by) {
    static auto tell = (void (*)(int, int))in_driver("rg_emulated_count");
    if (tell)
        tell(which, by);
}

struct Shape {
    int op_a, op_b, m, n, k, lda, ldb, ldc, count;
    long long step_a, step_b, step_c;
};

// multiply gives each sum to store(sum, row, column, matrix). What is added up of k at a time, if not all, is rounded to the matrices' type.
template <class T, class C, class F> void multiply(const Shape &s, const void *a, const void *b, bool tf32, int part, F store) {
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
                C sum = 0, before = 0;
                for (int l = 0; l < s.k; l++) {
                    if (part && l && l % part == 0) {
                        before = get(put<T>(before + get(put<T>(sum))));
                        sum = 0;
                    }
                    sum += element(a, z * s.step_a + (s.op_a ? (long long)i * s.lda + l : (long long)l * s.lda + i)) *
                           element(b, z * s.step_b + (s.op_b ? (long long)l * s.ldb + j : (long long)j * s.ldb + l));
                }
                store(before + sum, i, j, z);
            }
}

} // namespace
