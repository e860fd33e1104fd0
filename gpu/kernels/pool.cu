// The largest elements and the means of windows of images, and their gradients: a thread an element of what is written. A gradient's thread
// looks for the windows that its pixel is in, so that no sum depends on chance.
#include "nest.cuh"

// Images (h, w) give results (oh, ow), for height and width: window i begins at i·stride − padding; of bins, which are adaptive pooling's, it is
// from ⌊i·n/bins⌋ to ⌈(i + 1)·n/bins⌉.
struct Pool {
    int64_t images, in[2], out[2], kernel[2], stride[2], padding[2], dilation[2], bins, exclude;
};

// begin and count are the first place of window i along an axis, which may lie in the padding, and how many it has.
__device__ static __forceinline__ int64_t begin(const Pool &p, int a, int64_t i) {
    return p.bins ? i * p.in[a] / p.out[a] : i * p.stride[a] - p.padding[a];
}
__device__ static __forceinline__ int64_t count(const Pool &p, int a, int64_t i) {
    return p.bins ? ((i + 1) * p.in[a] + p.out[a] - 1) / p.out[a] - i * p.in[a] / p.out[a] : p.kernel[a];
}
// share is how many elements of a window a mean counts along an axis: those of the image, and the padding's unless it is excluded; what
// lies beyond the padding never.
__device__ static __forceinline__ int64_t share(const Pool &p, int a, int64_t i) {
    int64_t lo = begin(p, a, i), hi = lo + count(p, a, i), least = p.exclude ? 0 : -p.padding[a], most = p.in[a] + (p.exclude ? 0 : p.padding[a]);
    return (hi < most ? hi : most) - (lo > least ? lo : least);
}
// The windows that place x of an axis may be in.
__device__ static __forceinline__ int64_t first(const Pool &p, int a, int64_t x) {
    if (p.bins)
        return x * p.out[a] / p.in[a];
    int64_t lo = x + p.padding[a] - (p.kernel[a] - 1) * p.dilation[a];
    return lo <= 0 ? 0 : (lo + p.stride[a] - 1) / p.stride[a];
}
__device__ static __forceinline__ int64_t last(const Pool &p, int a, int64_t x) {
    int64_t i = p.bins ? ((x + 1) * p.out[a] + p.in[a] - 1) / p.in[a] - 1 : (x + p.padding[a]) / p.stride[a];
    return i < p.out[a] ? i : p.out[a] - 1;
}
// holds says whether it is in window i, which reaches there.
__device__ static __forceinline__ bool holds(const Pool &p, int a, int64_t i, int64_t x) {
    return p.bins || (x - begin(p, a, i)) % p.dilation[a] == 0;
}

#define EACH_IMAGE_PLACE(e, n, r, q, size)                                                                  \
    EACH_PACK(e, p.images * p.size[0] * p.size[1])                                                          \
    for (int64_t n = e / (p.size[0] * p.size[1]), r = e / p.size[1] % p.size[0], q = e % p.size[1], once_ = 1; once_; once_ = 0)
#define EACH_OF_WINDOW(y, x, r, q)                                                                          \
    for (int64_t j_ = 0, y = begin(p, 0, r); j_ < count(p, 0, r); j_++, y += p.bins ? 1 : p.dilation[0])     \
        for (int64_t k_ = 0, x = begin(p, 1, q); k_ < count(p, 1, q); k_++, x += p.bins ? 1 : p.dilation[1]) \
            if (y >= 0 && y < p.in[0] && x >= 0 && x < p.in[1])
#define EACH_WINDOW_OF(r, q, y, x)                                  \
    for (int64_t r = first(p, 0, y); r <= last(p, 0, y); r++)       \
        for (int64_t q = first(p, 1, x); q <= last(p, 1, x); q++)   \
            if (holds(p, 0, r, y) && holds(p, 1, q, x))

// places receives where in its image the largest element of a window is: of equals the first, NaN above all; −1 if there is none.
template <class T> __device__ static void max_pool(T *dst, int64_t *places, const T *v, const Pool &p) {
    typedef typename Number<T>::compute C;
    EACH_IMAGE_PLACE(e, n, r, q, out) {
        const T *image = v + n * p.in[0] * p.in[1];
        C most = -INFINITY;
        int64_t at = -1;
        EACH_OF_WINDOW(y, x, r, q) {
            C c = get(image[y * p.in[1] + x]);
            if (at < 0 || c > most || (not_a_number(c) && !not_a_number(most)))
                most = c, at = y * p.in[1] + x;
        }
        dst[e] = put<T>(most), places[e] = at;
    }
}

template <class T> __device__ static void max_pool_grad(T *dst, const int64_t *places, const T *g, const Pool &p) {
    EACH_IMAGE_PLACE(e, n, y, x, in) {
        typename Number<T>::compute sum = 0;
        EACH_WINDOW_OF(r, q, y, x) {
            int64_t w = (n * p.out[0] + r) * p.out[1] + q;
            if (places[w] == y * p.in[1] + x)
                sum += get(g[w]);
        }
        dst[e] = put<T>(sum);
    }
}

template <class T> __device__ static void avg_pool(T *dst, const T *v, const Pool &p) {
    EACH_IMAGE_PLACE(e, n, r, q, out) {
        typename Number<T>::compute sum = 0;
        EACH_OF_WINDOW(y, x, r, q) sum += get(v[(n * p.in[0] + y) * p.in[1] + x]);
        dst[e] = put<T>(sum / (share(p, 0, r) * share(p, 1, q)));
    }
}

template <class T> __device__ static void avg_pool_grad(T *dst, const T *g, const Pool &p) {
    EACH_IMAGE_PLACE(e, n, y, x, in) {
        typename Number<T>::compute sum = 0;
        EACH_WINDOW_OF(r, q, y, x) sum += get(g[(n * p.out[0] + r) * p.out[1] + q]) / (share(p, 0, r) * share(p, 1, q));
        dst[e] = put<T>(sum);
    }
}

#define POOL(suffix, T)                                                                                                                \
    KERNEL rg_max_pool_##suffix(T *dst, int64_t *places, const T *x, const Pool p) { max_pool(dst, places, x, p); }                    \
    KERNEL rg_max_pool_grad_##suffix(T *dst, const int64_t *places, const T *g, const Pool p) { max_pool_grad(dst, places, g, p); }     \
    KERNEL rg_avg_pool_##suffix(T *dst, const T *x, const Pool p) { avg_pool(dst, x, p); }                                             \
    KERNEL rg_avg_pool_grad_##suffix(T *dst, const T *g, const Pool p) { avg_pool_grad(dst, g, p); }
FOR_FLOATS(POOL)
