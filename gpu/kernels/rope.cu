// Rotary position embedding (Su et al. 2021): pairs of elements turned by angles. A pair's elements are operands of their own, so that
// a nest says where they lie: side by side, or half a row apart.
#include "pair.cuh"

template <class T>
__device__ static __forceinline__ void rope(T *left, T *right, const T *x, const T *y, const T *cosines, const T *sines, bool inverse, const Nest<6> &nest) {
    typedef typename Number<T>::compute C;
    const C sign = inverse ? (C)-1 : (C)1;
    const T *const operands[4] = {x, y, cosines, sines};
    map_pair(left, right, operands, nest, [=](const T *v, T &first, T &second) {
        C a = get(v[0]), b = get(v[1]), c = get(v[2]), s = sign * get(v[3]);
        first = put<T>(a * c - b * s), second = put<T>(b * c + a * s);
    });
}

#define ROPE(suffix, T)                                                                                                     \
    KERNEL rg_rope_##suffix(T *left, T *right, const T *x, const T *y, const T *cosines, const T *sines, int32_t inverse,  \
                            const Nest<6> nest) {                                                                           \
        rope(left, right, x, y, cosines, sines, inverse != 0, nest);                                                        \
    }
FOR_FLOATS(ROPE)
