// Reductions. What is folded into one element is a nest of its own (inner), what is kept another (outer). Three shapes of work,
// chosen by gpu/cuda's reduce.go, with a fixed order of combination each, so that results don't depend on chance:
//
//   rg_sum_rows_f32      a block an element: threads stride over the inner nest, and combine in shared memory
//   rg_sum_columns_f32   a thread an element, for outer elements that lie side by side; blockDim.y threads share the inner nest
//   with `parts` > 1     blockIdx.y takes a part of the inner nest, and writes to dst[part][element]; a second launch folds the parts
//
// What is carried on the way has a type of its own: sums of halves are floats, arguments are pairs.
#include "nest.cuh"

template <class T> struct SumOf {
    typedef typename Number<T>::compute carry;
    __device__ static __forceinline__ carry start() { return 0; }
    __device__ static __forceinline__ carry lift(T v, int64_t) { return get(v); }
    __device__ static __forceinline__ carry fold(carry a, carry b) { return a + b; }
    __device__ static __forceinline__ T drop(carry c) { return put<T>(c); }
    typedef T result;
};
template <class T> struct ProdOf {
    typedef typename Wider<typename Number<T>::compute>::type carry;
    typedef T result;
    __device__ static __forceinline__ carry start() { return 1; }
    __device__ static __forceinline__ carry lift(T v, int64_t) { return (carry)get(v); }
    __device__ static __forceinline__ carry fold(carry a, carry b) { return a * b; }
    __device__ static __forceinline__ T drop(carry c) { return put<T>((typename Number<T>::compute)c); }
};

// An extreme and where it is; at < 0 is none so far. Of equals the first wins, and NaN over everything.
template <class C> struct Extreme {
    C v;
    int64_t at;
};
template <class T, bool greatest> struct ExtremeOf {
    typedef typename Number<T>::compute C;
    typedef Extreme<C> carry;
    __device__ static __forceinline__ carry start() {
        carry none = {0, -1};
        return none;
    }
    __device__ static __forceinline__ carry lift(T v, int64_t i) {
        carry c = {get(v), i};
        return c;
    }
    __device__ static __forceinline__ carry fold(carry a, carry b) {
        if (a.at < 0 || b.at < 0)
            return a.at < 0 ? b : a;
        bool an = not_a_number(a.v), bn = not_a_number(b.v);
        if (an != bn)
            return an ? a : b;
        if (!an && a.v != b.v)
            return (greatest ? a.v > b.v : a.v < b.v) ? a : b;
        return a.at < b.at ? a : b;
    }
};
template <class T> struct MaxOf : ExtremeOf<T, true> {
    typedef T result;
    __device__ static __forceinline__ T drop(typename ExtremeOf<T, true>::carry c) { return put<T>(c.v); }
};
template <class T> struct MinOf : ExtremeOf<T, false> {
    typedef T result;
    __device__ static __forceinline__ T drop(typename ExtremeOf<T, false>::carry c) { return put<T>(c.v); }
};
template <class T> struct ArgMaxOf : ExtremeOf<T, true> {
    typedef int64_t result;
    __device__ static __forceinline__ int64_t drop(typename ExtremeOf<T, true>::carry c) { return c.at; }
};
template <class T> struct ArgMinOf : ExtremeOf<T, false> {
    typedef int64_t result;
    __device__ static __forceinline__ int64_t drop(typename ExtremeOf<T, false>::carry c) { return c.at; }
};
template <class T> struct AnyOf {
    typedef bool carry;
    typedef T result;
    __device__ static __forceinline__ bool start() { return false; }
    __device__ static __forceinline__ bool lift(T v, int64_t) { return get(v); }
    __device__ static __forceinline__ bool fold(bool a, bool b) { return a || b; }
    __device__ static __forceinline__ T drop(bool c) { return put<T>(c); }
};
template <class T> struct AllOf : AnyOf<T> {
    __device__ static __forceinline__ bool start() { return true; }
    __device__ static __forceinline__ bool fold(bool a, bool b) { return a && b; }
};

// gather folds elements lo, lo + stride, … below hi of the inner nest that begins at x.
template <class R, class T>
__device__ static __forceinline__ typename R::carry gather(const T *x, const Nest<1> &inner, int64_t lo, int64_t hi, int64_t stride) {
    typename R::carry c = R::start();
    if (inner.rank == 1) {
        int64_t step = inner.step[0][0];
        for (int64_t i = lo; i < hi; i += stride)
            c = R::fold(c, R::lift(x[i * step], i));
        return c;
    }
    NO_UNROLL
    for (int64_t i = lo; i < hi; i += stride) {
        int64_t at[1];
        locate(inner, i, at);
        c = R::fold(c, R::lift(x[at[0]], i));
    }
    return c;
}

// The inner elements of part blockIdx.y of gridDim.y.
#define PART(lo, hi)                                                                  \
    int64_t each_ = (inner.packs + gridDim.y - 1) / gridDim.y, lo = each_ * blockIdx.y; \
    int64_t hi = lo + each_ < inner.packs ? lo + each_ : inner.packs

template <class R, class T, class D>
__device__ static __forceinline__ void reduce_rows(D *dst, const T *x, const Nest<2> &outer, const Nest<1> &inner, bool partial,
                                                   typename R::carry *partials) {
    __shared__ typename R::carry shared[256];
    PART(lo, hi);
    for (int64_t i = blockIdx.x; i < outer.packs; i += gridDim.x) {
        int64_t at[2];
        locate(outer, i, at);
        shared[threadIdx.x] = gather<R>(x + at[1], inner, lo + threadIdx.x, hi, (int64_t)blockDim.x);
        for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
            __syncthreads();
            if (threadIdx.x < half)
                shared[threadIdx.x] = R::fold(shared[threadIdx.x], shared[threadIdx.x + half]);
        }
        if (threadIdx.x == 0) {
            if (partial)
                partials[(int64_t)blockIdx.y * outer.packs + i] = shared[0];
            else
                dst[at[0]] = R::drop(shared[0]);
        }
        __syncthreads(); // before shared is written again
    }
}

template <class R, class T, class D>
__device__ static __forceinline__ void reduce_columns(D *dst, const T *x, const Nest<2> &outer, const Nest<1> &inner, bool partial,
                                                      typename R::carry *partials) {
    __shared__ typename R::carry shared[256];
    PART(lo, hi);
    // Every thread of the block walks as often as the others, for there is a barrier inside.
    for (int64_t first = (int64_t)blockIdx.x * blockDim.x; first < outer.packs; first += (int64_t)gridDim.x * blockDim.x) {
        int64_t i = first + threadIdx.x, at[2];
        bool mine = i < outer.packs;
        typename R::carry c = R::start();
        if (mine) {
            locate(outer, i, at);
            c = gather<R>(x + at[1], inner, lo + threadIdx.y, hi, (int64_t)blockDim.y);
        }
        unsigned t = threadIdx.y * blockDim.x + threadIdx.x;
        shared[t] = c;
        for (unsigned half = blockDim.y / 2; half > 0; half /= 2) {
            __syncthreads();
            if (threadIdx.y < half)
                shared[t] = R::fold(shared[t], shared[t + half * blockDim.x]);
        }
        if (threadIdx.y == 0 && mine) {
            if (partial)
                partials[(int64_t)blockIdx.y * outer.packs + i] = shared[t];
            else
                dst[at[0]] = R::drop(shared[t]);
        }
        __syncthreads();
    }
}

// rg_sum_parts_f32 folds what `parts` launches left, in their order.
template <class R, class D>
__device__ static __forceinline__ void reduce_parts(D *dst, const typename R::carry *partials, int parts, const Nest<2> &outer) {
    EACH_PACK(i, outer.packs) {
        int64_t at[2];
        locate(outer, i, at);
        typename R::carry c = partials[i];
        for (int p = 1; p < parts; p++)
            c = R::fold(c, partials[(int64_t)p * outer.packs + i]);
        dst[at[0]] = R::drop(c);
    }
}

#define REDUCE(name, suffix, R, T)                                                                                                 \
    KERNEL rg_##name##_rows_##suffix(R<T>::result *dst, const T *x, R<T>::carry *partials, const Nest<2> outer, const Nest<1> inner) { \
        reduce_rows<R<T>>(dst, x, outer, inner, partials != 0, partials);                                                          \
    }                                                                                                                              \
    KERNEL rg_##name##_columns_##suffix(R<T>::result *dst, const T *x, R<T>::carry *partials, const Nest<2> outer,                 \
                                        const Nest<1> inner) {                                                                     \
        reduce_columns<R<T>>(dst, x, outer, inner, partials != 0, partials);                                                       \
    }                                                                                                                              \
    KERNEL rg_##name##_parts_##suffix(R<T>::result *dst, const R<T>::carry *partials, int parts, const Nest<2> outer) {            \
        reduce_parts<R<T>>(dst, partials, parts, outer);                                                                           \
    }

#define SUM(suffix, T) REDUCE(sum, suffix, SumOf, T)
#define PROD(suffix, T) REDUCE(prod, suffix, ProdOf, T)
#define MAX(suffix, T) REDUCE(max, suffix, MaxOf, T)
#define MIN(suffix, T) REDUCE(min, suffix, MinOf, T)
#define ARGMAX(suffix, T) REDUCE(argmax, suffix, ArgMaxOf, T)
#define ARGMIN(suffix, T) REDUCE(argmin, suffix, ArgMinOf, T)

FOR_FLOATS(SUM)
SUM(i64, int64_t)
FOR_FLOATS(PROD)
PROD(i64, int64_t)
FOR_NUMBERS(MAX)
FOR_NUMBERS(MIN)
FOR_NUMBERS(ARGMAX)
FOR_NUMBERS(ARGMIN)
REDUCE(any, bool, AnyOf, bool_t)
REDUCE(all, bool, AllOf, bool_t)
