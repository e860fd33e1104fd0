// What moves elements: copies with conversion (rg_copy_f32_i64: from, to), fills, choices, gathering and adding by index.
#include "nest.cuh"

// convert makes a number one of another type: floats are cut to integers, and what isn't 0 is true.
template <class D, class S> struct Convert {
    __device__ static __forceinline__ D of(S v) { return put<D>((typename Number<D>::compute)get(v)); }
};
template <class S> struct Convert<bool_t, S> {
    __device__ static __forceinline__ bool_t of(S v) { return put<bool_t>(get(v) != 0); }
};
// A float outside of an integer's range has no meaning there; by way of 64 bits small ones wrap, as Go's conversions do.
template <class D, class F> __device__ static __forceinline__ D cut(F v) { return (D)(int64_t)v; }
#define CUT(D)                                                                                                     \
    template <> struct Convert<D, float> { __device__ static __forceinline__ D of(float v) { return cut<D>(v); } };     \
    template <> struct Convert<D, double> { __device__ static __forceinline__ D of(double v) { return cut<D>(v); } };   \
    template <> struct Convert<D, half_t> { __device__ static __forceinline__ D of(half_t v) { return cut<D>(get(v)); } }; \
    template <> struct Convert<D, bf16_t> { __device__ static __forceinline__ D of(bf16_t v) { return cut<D>(get(v)); } };
CUT(int64_t)
CUT(int32_t)
CUT(int8_t)
CUT(uint8_t)
// A double becomes a half by way of float, as on the CPU.

#define COPY(from, S, to, D)                                                                       \
    KERNEL rg_copy_##from##_##to(D *dst, const S *x, const Nest<2> nest) {                         \
        map1(dst, x, nest, [](S v) { return Convert<D, S>::of(v); });                              \
    }
#define COPY_FROM(from, S)       \
    COPY(from, S, f32, float)    \
    COPY(from, S, f64, double)   \
    COPY(from, S, f16, half_t)   \
    COPY(from, S, bf16, bf16_t)  \
    COPY(from, S, i64, int64_t)  \
    COPY(from, S, i32, int32_t)  \
    COPY(from, S, i8, int8_t)    \
    COPY(from, S, u8, uint8_t)   \
    COPY(from, S, bool, bool_t)
FOR_ALL(COPY_FROM)

// rg_move_4 copies elements of 4 bytes.
#define MOVE(size, T)                                              \
    KERNEL rg_move_##size(T *dst, const T *x, const Nest<2> nest) { \
        map1(dst, x, nest, [](T v) { return v; });                 \
    }
FOR_SIZES(MOVE)

// rg_transpose_4 copies a batch of matrices (b, rows, columns) whose rows lie one behind the other in dst and columns in x, through
// tiles of 32 × 32 in shared memory, so that both sides are read and written in whole lines. The grid is (⌈columns/32⌉, ⌈rows/32⌉, b), of
// blocks of 32 × 8.
#define TRANSPOSE(size, T)                                                                                              \
    KERNEL rg_transpose_##size(T *dst, const T *x, int64_t rows, int64_t columns, int64_t dst_row, int64_t x_column,     \
                               int64_t dst_batch, int64_t x_batch) {                                                     \
        __shared__ T tile[32][33];                                                                                       \
        dst += blockIdx.z * dst_batch, x += blockIdx.z * x_batch;                                                        \
        int64_t r0 = (int64_t)blockIdx.y * 32, c0 = (int64_t)blockIdx.x * 32;                                            \
        for (int j = threadIdx.y; j < 32; j += 8)                                                                        \
            if (c0 + j < columns && r0 + threadIdx.x < rows)                                                             \
                tile[j][threadIdx.x] = x[(c0 + j) * x_column + r0 + threadIdx.x];                                        \
        __syncthreads();                                                                                                 \
        for (int j = threadIdx.y; j < 32; j += 8)                                                                        \
            if (r0 + j < rows && c0 + threadIdx.x < columns)                                                             \
                dst[(r0 + j) * dst_row + c0 + threadIdx.x] = tile[threadIdx.x][j];                                       \
    }
FOR_SIZES(TRANSPOSE)

// rg_fill_4 writes the lowest bytes of bits.
#define FILL(size, T)                                                                                    \
    KERNEL rg_fill_##size(T *dst, uint64_t bits, const Nest<1> nest) {                                   \
        const int n = 16 / sizeof(T) > 8 ? 8 : 16 / sizeof(T);                                           \
        EACH_PACK(i, nest.packs) {                                                                       \
            int64_t at[1];                                                                               \
            locate(nest, i, at);                                                                         \
            if (nest.width == n) {                                                                       \
                Pack<T, n> out;                                                                          \
                for (int j = 0; j < n; j++)                                                              \
                    out.v[j] = (T)bits;                                                                  \
                *(Pack<T, n> *)(dst + at[0]) = out;                                                      \
            } else {                                                                                     \
                dst[at[0]] = (T)bits;                                                                    \
            }                                                                                            \
        }                                                                                                \
    }
FOR_SIZES(FILL)

// rg_where_4 picks x where cond holds, and y elsewhere.
#define WHERE(size, T)                                                                                                \
    KERNEL rg_where_##size(T *dst, const bool_t *cond, const T *x, const T *y, const Nest<4> nest) {                  \
        const int n = 16 / sizeof(T) > 8 ? 8 : 16 / sizeof(T);                                                        \
        EACH_PACK(i, nest.packs) {                                                                                    \
            int64_t at[4];                                                                                            \
            locate(nest, i, at);                                                                                      \
            if (nest.width == n && n > 1) {                                                                           \
                Pack<bool_t, n> c = load<bool_t, n>(cond + at[1], nest.step[1][nest.rank - 1]);                       \
                Pack<T, n> a = load<T, n>(x + at[2], nest.step[2][nest.rank - 1]);                                    \
                Pack<T, n> b = load<T, n>(y + at[3], nest.step[3][nest.rank - 1]);                                    \
                for (int j = 0; j < n; j++)                                                                           \
                    a.v[j] = get(c.v[j]) ? a.v[j] : b.v[j];                                                           \
                *(Pack<T, n> *)(dst + at[0]) = a;                                                                     \
            } else {                                                                                                  \
                dst[at[0]] = get(cond[at[1]]) ? x[at[2]] : y[at[3]];                                                  \
            }                                                                                                         \
        }                                                                                                             \
    }
FOR_SIZES(WHERE)

// rg_gather_4 reads along an axis: dst[…, i, …] = x[…, index[…, i, …], …]. The nest is of dst, of x with step 0 along the axis, and of the
// index. An index out of range raises *fault and reads nothing.
#define GATHER(size, T)                                                                                               \
    KERNEL rg_gather_##size(T *dst, const T *x, const int64_t *index, int64_t length, int64_t step, int *fault,        \
                            const Nest<3> nest) {                                                                     \
        EACH_PACK(i, nest.packs) {                                                                                    \
            int64_t at[3];                                                                                            \
            locate(nest, i, at);                                                                                      \
            int64_t j = index[at[2]];                                                                                 \
            if (j < 0 || j >= length)                                                                                 \
                *fault = 1;                                                                                           \
            else                                                                                                      \
                dst[at[0]] = x[at[1] + j * step];                                                                     \
        }                                                                                                             \
    }
FOR_SIZES(GATHER)
