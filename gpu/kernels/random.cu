// Counter-based random numbers, equal to those of backend.Distribution.Pair: Philox 4×32-10 (Salmon et al. 2011), two elements a block;
// and dropout, which draws again in the backward pass.
#include "nest.cuh"

struct Words {
    uint64_t a, b;
};

__device__ static Words philox(uint64_t seed, uint64_t counter) {
    uint32_t c0 = (uint32_t)counter, c1 = (uint32_t)(counter >> 32), c2 = 0, c3 = 0;
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int i = 0; i < 10; i++) {
        uint32_t h0 = __umulhi(0xD2511F53u, c0), l0 = 0xD2511F53u * c0;
        uint32_t h1 = __umulhi(0xCD9E8D57u, c2), l1 = 0xCD9E8D57u * c2;
        c0 = h1 ^ c1 ^ k0, c1 = l1, c2 = h0 ^ c3 ^ k1, c3 = l0;
        k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    Words w = {(uint64_t)c1 << 32 | c0, (uint64_t)c3 << 32 | c2};
    return w;
}

__device__ static double unit(uint64_t u) { return (double)(u >> 11) * 0x1p-53; }

enum { UNIFORM, NORMAL, BERNOULLI, INTEGERS }; // backend.DistributionKind

struct Draw {
    int32_t kind, whole; // whole: dst is of integers
    uint64_t seed, offset, range; // range: of integers
    double a, b, below; // below: the largest number of dst's type under b
};

template <class T> struct Store { // a double rounded to T
    __device__ static T of(double v) { return put<T>((typename Number<T>::compute)v); }
};

template <class T> __device__ static double rounded(double v) { return (double)get(Store<T>::of(v)); }

template <class T> __device__ static double uniform(const Draw &d, uint64_t u) {
    double v = d.a + (d.b - d.a) * unit(u);
    if (d.b > d.a && !d.whole && rounded<T>(v) >= d.b)
        return d.below;
    return v;
}

#define RANDOM(suffix, T)                                                                                          \
    KERNEL rg_random_##suffix(T *dst, const Draw d, int64_t count, const Nest<1> nest) {                           \
        EACH_PACK(pair, (count + 1) / 2) {                                                                         \
            Words w = philox(d.seed, d.offset + (uint64_t)pair);                                                   \
            double v[2];                                                                                           \
            if (d.kind == NORMAL) {                                                                                \
                double r = sqrt(-2 * log(1 - unit(w.a))), angle = 2 * 3.14159265358979323846 * unit(w.b);          \
                v[0] = d.a + d.b * (r * cos(angle)), v[1] = d.a + d.b * (r * sin(angle));                          \
            } else if (d.kind == BERNOULLI) {                                                                      \
                v[0] = unit(w.a) < d.a, v[1] = unit(w.b) < d.a;                                                    \
            } else if (d.kind == INTEGERS) {                                                                       \
                v[0] = (double)__umul64hi(w.a, d.range) + d.a, v[1] = (double)__umul64hi(w.b, d.range) + d.a;      \
            } else {                                                                                               \
                v[0] = uniform<T>(d, w.a), v[1] = uniform<T>(d, w.b);                                              \
            }                                                                                                      \
            for (int k = 0; k < 2 && 2 * pair + k < count; k++) {                                                  \
                int64_t at[1];                                                                                     \
                locate(nest, 2 * pair + k, at);                                                                    \
                dst[at[0]] = Store<T>::of(v[k]);                                                                   \
            }                                                                                                      \
        }                                                                                                          \
    }
FOR_NUMBERS(RANDOM)

// dropout is x·scale where the generator's word, less its lowest 11 bits, is below a number, and x·0 elsewhere.
template <class T>
__device__ static __forceinline__ void dropout(T *dst, const T *x, uint64_t seed, uint64_t offset, uint64_t below, double scale, int64_t count, const Nest<2> &nest) {
    typedef typename Number<T>::compute C;
    const int n = Width<T, T>::n; // an even number, so that a pack is whole blocks of the generator
    const C kept = (C)scale;
    if (nest.width == n) {
        EACH_PACK(i, nest.packs) {
            int64_t at[2];
            locate(nest, i, at);
            Pack<T, n> a = load<T, n>(x + at[1], nest.step[1][nest.rank - 1]), out;
            for (int j = 0; j < n; j += 2) {
                Words w = philox(seed, offset + (uint64_t)(i * (n / 2) + j / 2));
                out.v[j] = put<T>(get(a.v[j]) * (w.a >> 11 < below ? kept : 0));
                out.v[j + 1] = put<T>(get(a.v[j + 1]) * (w.b >> 11 < below ? kept : 0));
            }
            *(Pack<T, n> *)(dst + at[0]) = out;
        }
        return;
    }
    EACH_PACK(pair, (count + 1) / 2) {
        Words w = philox(seed, offset + (uint64_t)pair);
        uint64_t word[2] = {w.a, w.b};
        for (int k = 0; k < 2 && 2 * pair + k < count; k++) {
            int64_t at[2];
            locate(nest, 2 * pair + k, at);
            dst[at[0]] = put<T>(get(x[at[1]]) * (word[k] >> 11 < below ? kept : 0));
        }
    }
}

#define DROPOUT(suffix, T)                                                                                                              \
    KERNEL rg_dropout_##suffix(T *dst, const T *x, uint64_t seed, uint64_t offset, uint64_t below, double scale, int64_t count,         \
                               const Nest<2> nest) {                                                                                    \
        dropout(dst, x, seed, offset, below, scale, count, nest);                                                                       \
    }
FOR_FLOATS(DROPOUT)
