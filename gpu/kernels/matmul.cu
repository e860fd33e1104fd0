// Matrix products, batched, of any strides: what runs where cuBLAS isn't, and for integers. See tiles.cuh.
#include "tiles.cuh"

#define BATCH_RANK 6

// Sizes and steps, in elements; batch axes outermost first.
struct Product {
    int32_t m, n, k, batch_rank;
    int64_t x_row, x_column, y_row, y_column;
    int64_t first; // the batch that block 0 works on
    int32_t size[BATCH_RANK];
    int64_t x_batch[BATCH_RANK], y_batch[BATCH_RANK];
};

template <class T, class A> __device__ static __forceinline__ void product(T *dst, const T *x, const T *y, const Product &p) {
    int64_t rest = p.first + blockIdx.z;
    dst += rest * p.m * p.n;
    for (int a = p.batch_rank - 1; a >= 0; a--) {
        int64_t i = rest % p.size[a];
        rest /= p.size[a];
        x += i * p.x_batch[a], y += i * p.y_batch[a];
    }
    tiles<A>(
        p.m, p.n, 0, p.k, p.x_column <= p.x_row, p.y_column <= p.y_row,
        [&](int64_t r, int64_t k) { return (A)get(x[r * p.x_row + k * p.x_column]); },
        [&](int64_t k, int64_t c) { return (A)get(y[k * p.y_row + c * p.y_column]); },
        [&](int64_t r, int64_t c, A sum) { dst[r * p.n + c] = put<T>((typename Number<T>::compute)sum); });
}

#define MATMUL(suffix, T)                                                                                     \
    KERNEL __launch_bounds__(256) rg_matmul_##suffix(T *dst, const T *x, const T *y, const Product p) {       \
        product<T, Number<T>::compute>(dst, x, y, p);                                                      \
    }
FOR_FLOATS(MATMUL)
MATMUL(i64, int64_t)
MATMUL(i32, int32_t)
