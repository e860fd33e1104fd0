// A block's part of a matrix product: 16 × 16 threads compute 64 × 64 elements, 4 × 4 a thread, from tiles of 16 columns of x and 16
// rows of y in shared memory. What x and y are, functions say, so that the same loop multiplies matrices and convolves.
#pragma once
#include "types.cuh"

#define TILE 64
#define DEPTH 16

// mine calls f(r, c) for each element of the thread's with r < m and c < n, one after another.
template <class F> __device__ static __forceinline__ void mine(int64_t m, int64_t n, F f) {
    int down = (int)((m + TILE - 1) / TILE), across = (int)blockIdx.x / down;
    int64_t row = ((int)blockIdx.x - across * down) * TILE + (int)threadIdx.y * 4, column = (int64_t)across * TILE + (int)threadIdx.x * 4;
NO_UNROLL
    for (int e = 0; e < 16; e++)
        if (row + e / 4 < m && column + e % 4 < n)
            f(row + e / 4, column + e % 4);
}

// tiles computes Σ x(r, k)·y(k, c) over k from lo to hi, and calls store(r, c, sum) for r < m and c < n. blockIdx.x counts the blocks along m,
// and then along n: a grid is wider than high, and both may be long. x_deep says that neighbouring threads read x along k, y_wide that they read y along c.
template <class A, class X, class Y, class S>
__device__ static __forceinline__ void tiles(int64_t m, int64_t n, int64_t lo, int64_t hi, bool x_deep, bool y_wide, X x, Y y, S store) {
    __shared__ A xs[DEPTH][TILE + 4], ys[DEPTH][TILE + 4];
    int t = threadIdx.y * 16 + threadIdx.x;
    int down = (int)((m + TILE - 1) / TILE), across_block = (int)blockIdx.x / down, row0 = ((int)blockIdx.x - across_block * down) * TILE;
    auto column = [&](int c) { return (int64_t)across_block * TILE + c; }; // not kept between uses: it would take registers
    A sum[4][4];
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            sum[i][j] = 0;
    for (int64_t k0 = lo; k0 < hi; k0 += DEPTH) {
        for (int e = t; e < TILE * DEPTH; e += 256) {
            int r = x_deep ? e / DEPTH : e % TILE, k = x_deep ? e % DEPTH : e / TILE;
            xs[k][r] = row0 + r < m && k0 + k < hi ? x(row0 + r, k0 + k) : (A)0;
        }
        for (int e = t; e < TILE * DEPTH; e += 256) {
            int k = y_wide ? e / TILE : e % DEPTH, c = y_wide ? e % TILE : e / DEPTH;
            ys[k][c] = column(c) < n && k0 + k < hi ? y(k0 + k, column(c)) : (A)0;
        }
        __syncthreads();
        for (int k = 0; k < DEPTH; k++) {
            A a[4], b[4];
            for (int i = 0; i < 4; i++) {
                a[i] = xs[k][threadIdx.y * 4 + i];
                b[i] = ys[k][threadIdx.x * 4 + i];
            }
            for (int i = 0; i < 4; i++)
                for (int j = 0; j < 4; j++)
                    sum[i][j] += a[i] * b[j];
        }
        __syncthreads();
    }
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            int64_t r = row0 + (int)threadIdx.y * 4 + i, c = column((int)threadIdx.x * 4 + j);
            if (r < m && c < n)
                store(r, c, sum[i][j]);
        }
}
