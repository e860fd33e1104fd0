// What a batched product of matrices is given.
#pragma once
#include "epilogue.cuh"

#define BATCH_RANK 6

// Sizes and steps, in elements; batch axes outermost first.
struct Product {
    int32_t m, n, k, batch_rank;
    int64_t x_row, x_column, y_row, y_column;
    int64_t first; // the batch that block 0 works on
    int32_t size[BATCH_RANK];
    int64_t x_batch[BATCH_RANK], y_batch[BATCH_RANK];
    int32_t x_chunks, y_chunks; // whether rows, or columns where these are dense, begin at multiples of 16 bytes: for tensor cores
    Epilogue end;
};

// enter moves the pointers to the matrices of the block's batch.
template <class D, class T> __device__ static __forceinline__ void enter(D *&dst, const T *&x, const T *&y, const Product &p) {
    int64_t rest = p.first + blockIdx.z;
    dst += rest * p.m * p.n;
    for (int a = p.batch_rank - 1; a >= 0; a--) {
        int64_t i = rest % p.size[a];
        rest /= p.size[a];
        x += i * p.x_batch[a], y += i * p.y_batch[a];
    }
}
