// Where the elements of several operands lie: the loops that a kernel walks over, one an axis.
#pragma once
#include "types.cuh"

#define MAX_RANK 8

// Nest is the axes of K operands, outermost first, as gpu/cuda's nest.go lays it out. Axes that lie one behind the other were
// joined, and the innermost counts packs of `width` elements: then each operand's step along it is width or 0, and its packs
// begin at multiples of their size.
template <int K> struct Nest {
    int rank, width;
    int64_t packs; // the product of sizes
    int32_t size[MAX_RANK];
    int64_t step[K][MAX_RANK]; // in elements
};

// locate finds where pack i of each operand begins.
template <int K> __device__ static __forceinline__ void locate(const Nest<K> &nest, int64_t i, int64_t at[K]) {
    for (int k = 0; k < K; k++)
        at[k] = 0;
    if (nest.packs <= 0x7fffffff) { // a division of 32 bits is several times as fast
        uint32_t rest = (uint32_t)i;
NO_UNROLL
        for (int a = nest.rank - 1; a > 0; a--) {
            uint32_t q = rest / (uint32_t)nest.size[a], r = rest - q * (uint32_t)nest.size[a];
            for (int k = 0; k < K; k++)
                at[k] += r * nest.step[k][a];
            rest = q;
        }
        for (int k = 0; k < K; k++)
            at[k] += rest * nest.step[k][0];
        return;
    }
NO_UNROLL
    for (int a = nest.rank - 1; a > 0; a--) {
        int64_t q = i / nest.size[a], r = i - q * nest.size[a];
        for (int k = 0; k < K; k++)
            at[k] += r * nest.step[k][a];
        i = q;
    }
    for (int k = 0; k < K; k++)
        at[k] += i * nest.step[k][0];
}

// Pack is n elements that are loaded and stored at once.
template <class T, int n> struct __align__(sizeof(T) * n) Pack {
    T v[n];
};

template <class T, int n> __device__ static __forceinline__ Pack<T, n> load(const T *p, int64_t step) {
    Pack<T, n> out;
    if (step == 0) { // one element for all
        T one = *p;
        for (int i = 0; i < n; i++)
            out.v[i] = one;
        return out;
    }
    return *(const Pack<T, n> *)p;
}

// The elements that one thread handles at once where operands allow it: 16 bytes of the widest, and at most 8.
template <class A, class B> struct Width {
    static const int widest = sizeof(A) > sizeof(B) ? sizeof(A) : sizeof(B);
    static const int n = 16 / widest > 8 ? 8 : 16 / widest;
};

#define EACH_PACK(i, packs) \
    NO_UNROLL               \
    for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < (packs); i += (int64_t)gridDim.x * blockDim.x)

// map1 computes dst = f(x) element by element.
template <class D, class X, class F> __device__ static __forceinline__ void map1(D *dst, const X *x, const Nest<2> &nest, F f) {
    const int n = Width<D, X>::n;
    EACH_PACK(i, nest.packs) {
        int64_t at[2];
        locate(nest, i, at);
        if (nest.width == n && n > 1) {
            Pack<X, n> a = load<X, n>(x + at[1], nest.step[1][nest.rank - 1]);
            Pack<D, n> out;
            for (int j = 0; j < n; j++)
                out.v[j] = f(a.v[j]);
            *(Pack<D, n> *)(dst + at[0]) = out;
        } else {
            dst[at[0]] = f(x[at[1]]);
        }
    }
}

// map2 computes dst = f(x, y).
template <class D, class X, class Y, class F>
__device__ static __forceinline__ void map2(D *dst, const X *x, const Y *y, const Nest<3> &nest, F f) {
    const int n = sizeof(X) > sizeof(Y) ? Width<D, X>::n : Width<D, Y>::n;
    EACH_PACK(i, nest.packs) {
        int64_t at[3];
        locate(nest, i, at);
        if (nest.width == n && n > 1) {
            Pack<X, n> a = load<X, n>(x + at[1], nest.step[1][nest.rank - 1]);
            Pack<Y, n> b = load<Y, n>(y + at[2], nest.step[2][nest.rank - 1]);
            Pack<D, n> out;
            for (int j = 0; j < n; j++)
                out.v[j] = f(a.v[j], b.v[j]);
            *(Pack<D, n> *)(dst + at[0]) = out;
        } else {
            dst[at[0]] = f(x[at[1]], y[at[2]]);
        }
    }
}
