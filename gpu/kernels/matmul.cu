// Matrix products, batched, of any strides: what runs where cuBLAS isn't, and for integers. A block of 16 × 16 threads computes
// 64 × 64 elements of dst, 4 × 4 a thread, from tiles of 16 columns of x and 16 rows of y in shared memory.
#include "types.cuh"

#define BATCH_RANK 6

// Sizes and steps, in elements; batch axes outermost first.
struct Product {
    int32_t m, n, k, batch_rank;
    int64_t x_row, x_column, y_row, y_column;
    int64_t first; // the batch that block 0 works on
    int32_t size[BATCH_RANK];
    int64_t x_batch[BATCH_RANK], y_batch[BATCH_RANK];
};

#define TILE 64
#define DEPTH 16

template <class D, class T, class A>
__device__ static __forceinline__ void product(D *dst, const T *x, const T *y, const Product &p) {
    __shared__ A xs[DEPTH][TILE + 4], ys[DEPTH][TILE + 4];
    int64_t rest = p.first + blockIdx.z;
    dst += rest * p.m * p.n;
    for (int a = p.batch_rank - 1; a >= 0; a--) {
        int64_t i = rest % p.size[a];
        rest /= p.size[a];
        x += i * p.x_batch[a], y += i * p.y_batch[a];
    }
    int t = threadIdx.y * 16 + threadIdx.x;
    int64_t row0 = (int64_t)blockIdx.x * TILE, column0 = (int64_t)blockIdx.y * TILE; // there may be more rows than a grid is high
    A sum[4][4];
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            sum[i][j] = 0;
    for (int k0 = 0; k0 < p.k; k0 += DEPTH) {
        // Neighbouring threads read along the axis that has the smaller step.
        for (int e = t; e < TILE * DEPTH; e += 256) {
            int r = p.x_column <= p.x_row ? e / DEPTH : e % TILE, c = p.x_column <= p.x_row ? e % DEPTH : e / TILE;
            xs[c][r] = row0 + r < p.m && k0 + c < p.k ? (A)get(x[(row0 + r) * p.x_row + (k0 + c) * p.x_column]) : (A)0;
        }
        for (int e = t; e < TILE * DEPTH; e += 256) {
            int r = p.y_column <= p.y_row ? e / TILE : e % DEPTH, c = p.y_column <= p.y_row ? e % TILE : e / DEPTH;
            ys[r][c] = column0 + c < p.n && k0 + r < p.k ? (A)get(y[(k0 + r) * p.y_row + (column0 + c) * p.y_column]) : (A)0;
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
            int64_t r = row0 + threadIdx.y * 4 + i, c = column0 + threadIdx.x * 4 + j;
            if (r < p.m && c < p.n)
                dst[r * p.n + c] = put<D>((typename Number<D>::compute)sum[i][j]);
        }
}

#define MATMUL(suffix, T)                                                                                     \
    KERNEL __launch_bounds__(256) rg_matmul_##suffix(T *dst, const T *x, const T *y, const Product p) {       \
        product<T, T, Number<T>::compute>(dst, x, y, p);                                                      \
    }
FOR_FLOATS(MATMUL)
MATMUL(i64, int64_t)
MATMUL(i32, int32_t)
