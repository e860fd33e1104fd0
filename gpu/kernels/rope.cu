// Rotary position embedding (Su et al. 2021): pairs of elements turned by angles. A pair's elements are operands of their own, so that
// a nest says where they lie: side by side, or half a row apart.
#include "nest.cuh"

// turn is one pair, by an angle of which the sine has that sign.
template <class T, class C> __device__ static __forceinline__ void turn(T &left, T &right, T x, T y, T cosine, T sine, C sign) {
    C a = get(x), b = get(y), c = get(cosine), s = sign * get(sine);
    left = put<T>(a * c - b * s), right = put<T>(b * c + a * s);
}

template <class T>
__device__ static __forceinline__ void rope(T *left, T *right, const T *x, const T *y, const T *cosines, const T *sines, bool inverse, const Nest<6> &nest) {
    const int n = Width<T, T>::n;
    typedef typename Number<T>::compute C;
    const C sign = inverse ? (C)-1 : (C)1;
    EACH_PACK(i, nest.packs) {
        int64_t at[6];
        locate(nest, i, at);
        if (nest.width == n && n > 1) {
            const int last = nest.rank - 1;
            Pack<T, n> a = load<T, n>(x + at[2], nest.step[2][last]), b = load<T, n>(y + at[3], nest.step[3][last]);
            Pack<T, n> c = load<T, n>(cosines + at[4], nest.step[4][last]), s = load<T, n>(sines + at[5], nest.step[5][last]);
            Pack<T, n> first, second;
            for (int j = 0; j < n; j++)
                turn(first.v[j], second.v[j], a.v[j], b.v[j], c.v[j], s.v[j], sign);
            *(Pack<T, n> *)(left + at[0]) = first;
            *(Pack<T, n> *)(right + at[1]) = second;
        } else {
            turn(left[at[0]], right[at[1]], x[at[2]], y[at[3]], cosines[at[4]], sines[at[5]], sign);
        }
    }
}

#define ROPE(suffix, T)                                                                                                     \
    KERNEL rg_rope_##suffix(T *left, T *right, const T *x, const T *y, const T *cosines, const T *sines, int32_t inverse,  \
                            const Nest<6> nest) {                                                                           \
        rope(left, right, x, y, cosines, sines, inverse != 0, nest);                                                        \
    }
FOR_FLOATS(ROPE)
