// A bias and an activation for a product that another library has stored.
#include "epilogue.cuh"
#include "nest.cuh"

// A bias of float is rounded to halves first, and the sum before the activation, as by a launch for each.
template <class T, class B> __device__ static __forceinline__ T add_bias(T sum, B shift) {
    if constexpr (sizeof(B) > sizeof(T))
        return add_bias(sum, put<T>(shift));
    else
        return put<T>(get(sum) + get(shift));
}

// The operands of nest are dst, before and bias; before and bias may be 0.
template <class T, class B>
__device__ static __forceinline__ void epilogue(T *dst, T *before, const B *bias, int activation, const Nest<3> &nest) {
    const int n = Width<T, B>::n;
    EACH_PACK(i, nest.packs) {
        int64_t at[3];
        locate(nest, i, at);
        if (nest.width == n && n > 1) {
            Pack<T, n> sum = *(Pack<T, n> *)(dst + at[0]);
            if (bias) {
                Pack<B, n> shift = load<B, n>(bias + at[2], nest.step[2][nest.rank - 1]);
                for (int j = 0; j < n; j++)
                    sum.v[j] = add_bias(sum.v[j], shift.v[j]);
            }
            if (before)
                *(Pack<T, n> *)(before + at[1]) = sum;
            for (int j = 0; j < n; j++)
                sum.v[j] = put<T>(activate(activation, get(sum.v[j])));
            *(Pack<T, n> *)(dst + at[0]) = sum;
        } else {
            T sum = dst[at[0]];
            if (bias)
                sum = add_bias(sum, bias[at[2]]);
            if (before)
                before[at[1]] = sum;
            dst[at[0]] = put<T>(activate(activation, get(sum)));
        }
    }
}

#define EPILOGUE(suffix, T, B)                                                                                  \
    KERNEL rg_epilogue_##suffix(T *dst, T *before, const B *bias, int32_t activation, const Nest<3> nest) {     \
        epilogue(dst, before, bias, activation, nest);                                                          \
    }
EPILOGUE(f32, float, float)
EPILOGUE(f64, double, double)
EPILOGUE(f16, half_t, half_t)
EPILOGUE(bf16, bf16_t, bf16_t)
EPILOGUE(f16_f32, half_t, float)
EPILOGUE(bf16_f32, bf16_t, float)
