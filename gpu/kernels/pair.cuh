// Two results at a time.
#pragma once
#include "nest.cuh"

#ifdef RG_EMU
#define EACH_OPERAND(k, K) for (int k = 0; k < K; k++)
#else
#define EACH_OPERAND(k, K) _Pragma("unroll") for (int k = 0; k < K; k++) // registers have no index that is computed
#endif

// map_pair computes f(v, first, second) element by element, where v are those of K operands.
template <class T, int K, class F>
__device__ static __forceinline__ void map_pair(T *first, T *second, const T *const (&x)[K], const Nest<2 + K> &nest, F f) {
    const int n = Width<T, T>::n;
    EACH_PACK(i, nest.packs) {
        int64_t at[2 + K];
        locate(nest, i, at);
        T v[K];
        if (nest.width == n && n > 1) {
            Pack<T, n> in[K], a, b;
            EACH_OPERAND(k, K) in[k] = load<T, n>(x[k] + at[2 + k], nest.step[2 + k][nest.rank - 1]);
            for (int j = 0; j < n; j++) {
                EACH_OPERAND(k, K) v[k] = in[k].v[j];
                f(v, a.v[j], b.v[j]);
            }
            *(Pack<T, n> *)(first + at[0]) = a;
            *(Pack<T, n> *)(second + at[1]) = b;
        } else {
            EACH_OPERAND(k, K) v[k] = x[k][at[2 + k]];
            f(v, first[at[0]], second[at[1]]);
        }
    }
}
