// Matrix products, batched, of any strides: what runs where cuBLAS isn't, of what tensor cores aren't for. See tiles.cuh.
#include "product.cuh"
#include "tiles.cuh"

template <class T, class A> __device__ static __forceinline__ void product(T *dst, const T *x, const T *y, const Product &p) {
    T *first = dst;
    enter(dst, x, y, p);
    T *sums = p.end.sums(dst, dst - first);
    tiles<A>(
        p.m, p.n, 0, p.k, p.x_column <= p.x_row, p.y_column <= p.y_row,
        [&](int64_t r, int64_t k) { return (A)get(x[r * p.x_row + k * p.x_column]); },
        [&](int64_t k, int64_t c) { return (A)get(y[k * p.y_row + c * p.y_column]); },
        [&](int64_t r, int64_t c, A sum) { sums[r * p.n + c] = put<T>((typename Number<T>::compute)sum + p.end.template shift<T>(c)); });
    if constexpr ((A)0.5 != 0) // integers have none
        if (p.end.goes_on())
            mine(p.m, p.n, [&](int64_t r, int64_t c) { dst[r * p.n + c] = put<T>(activate(p.end.activation, get(sums[r * p.n + c]))); });
}

#define MATMUL(suffix, T)                                                                                     \
    KERNEL __launch_bounds__(256) rg_matmul_##suffix(T *dst, const T *x, const T *y, const Product p) {       \
        product<T, Number<T>::compute>(dst, x, y, p);                                                      \
    }
FOR_FLOATS(MATMUL)
MATMUL(i64, int64_t)
MATMUL(i32, int32_t)
