// Writing by index, in a fixed order: what comes to one place is written, added or combined one after another.
#include "nest.cuh"

// scatter walks along an axis, a thread for each of the other indices, and calls put with dst[…, index[…, i, …], …] and src[…, i, …]: in the order of
// i, whatever the GPU does. The nest is of the other axes: dst, src, index.
template <class D, class S, class P>
__device__ static __forceinline__ void scatter(D *dst, const S *src, const int64_t *index, int64_t count, int64_t length, int64_t dst_step,
                                               int64_t src_step, int64_t index_step, int *fault, const Nest<3> &nest, P put) {
    EACH_PACK(i, nest.packs) {
        int64_t at[3];
        locate(nest, i, at);
        for (int64_t k = 0; k < count; k++) {
            int64_t j = index[at[2] + k * index_step];
            if (j < 0 || j >= length)
                *fault = 1;
            else
                put(dst[at[0] + j * dst_step], src[at[1] + k * src_step]);
        }
    }
}

#define SCATTER_KERNEL(name, D, S, STATEMENT)                                                                                  \
    KERNEL name(D *dst, const S *src, const int64_t *index, int64_t count, int64_t length, int64_t dst_step, int64_t src_step, \
                int64_t index_step, int *fault, const Nest<3> nest) {                                                          \
        scatter(dst, src, index, count, length, dst_step, src_step, index_step, fault, nest, [](D &d, const S &s) { STATEMENT; }); \
    }

// rg_scatter_4 writes: of several for one place the last stays.
#define SCATTER(size, T) SCATTER_KERNEL(rg_scatter_##size, T, T, d = s)
FOR_SIZES(SCATTER)

// rg_scatter_add_f32 adds, in a fixed order. Halves add up in a dst of float, which rounds once, at the end.
#define SCATTER_ADD(suffix, D, S) SCATTER_KERNEL(rg_scatter_add_##suffix, D, S, d += get(s))
SCATTER_ADD(f32, float, float)
SCATTER_ADD(f64, double, double)
SCATTER_ADD(f16, float, half_t)
SCATTER_ADD(bf16, float, bf16_t)
SCATTER_ADD(i64, int64_t, int64_t)
SCATTER_ADD(i32, int32_t, int32_t)
SCATTER_ADD(i8, int8_t, int8_t)
SCATTER_ADD(u8, uint8_t, uint8_t)

// rg_scatter_max_f64 combines what comes to one place with what is there.
#define SCATTER_REDUCE(suffix, T)                                                \
    SCATTER_KERNEL(rg_scatter_max_##suffix, T, T, d = larger(d, s))              \
    SCATTER_KERNEL(rg_scatter_min_##suffix, T, T, d = smaller(d, s))             \
    SCATTER_KERNEL(rg_scatter_prod_##suffix, T, T, d *= s)
SCATTER_REDUCE(f64, double)
SCATTER_REDUCE(i64, int64_t)
