// Convolution of images and its gradients, as products whose operands are windows of images (implicit GEMM: the columns of im2col,
// Chellapilla et al. 2006, are never in memory). The grid's z counts groups, and for the weight's gradient also parts of the sum.
#include "tiles.cuh"

// Sizes, those of channels and outs in a group; images are (images, groups·channels, h, w), weights (groups·outs, channels, kh, kw), results
// (images, groups·outs, oh, ow). The steps of each are in elements.
struct Conv {
    int32_t images, groups, channels, outs, h, w, kh, kw, oh, ow;
    int32_t stride[2], padding[2], dilation[2];
    int64_t x[4], weight[4], g[4];
};

// window splits a place in a window, (channel, row, column).
#define WINDOW(k, c, i, j) int32_t c = (int32_t)(k) / (a.kh * a.kw), i = (int32_t)(k) / a.kw % a.kh, j = (int32_t)(k) % a.kw
// PLACE splits a place in images of that height and width.
#define PLACE(p, high, wide, n, y, x) int32_t n = (int32_t)((p) / ((high) * (wide))), y = (int32_t)((p) / (wide) % (high)), x = (int32_t)((p) % (wide))

// pixel is the image's at window place (i, j) of result (y, x), 0 in the padding.
template <class T> __device__ static __forceinline__ T pixel(const T *image, const Conv &a, int32_t y, int32_t i, int32_t x, int32_t j) {
    int32_t r = y * a.stride[0] - a.padding[0] + i * a.dilation[0], c = x * a.stride[1] - a.padding[1] + j * a.dilation[1];
    return r < 0 || r >= a.h || c < 0 || c >= a.w ? (T)0 : image[r * a.x[2] + c * a.x[3]];
}

// Result (o, place) = Σ weight(o, window place)·image(window place, place).
template <class T> __device__ static void conv(T *dst, const T *x, const T *weight, const Conv &a) {
    int64_t group = blockIdx.z;
    x += group * a.channels * a.x[1], weight += group * a.outs * a.weight[0];
    tiles<T>(
        a.outs, (int64_t)a.images * a.oh * a.ow, 0, (int64_t)a.channels * a.kh * a.kw, true, true,
        [&](int64_t o, int64_t k) {
            WINDOW(k, c, i, j);
            return weight[o * a.weight[0] + c * a.weight[1] + i * a.weight[2] + j * a.weight[3]];
        },
        [&](int64_t k, int64_t p) {
            WINDOW(k, c, i, j);
            PLACE(p, a.oh, a.ow, n, oy, ox);
            return pixel(x + n * a.x[0] + c * a.x[1], a, oy, i, ox, j);
        },
        [&](int64_t o, int64_t p, T sum) {
            PLACE(p, a.oh, a.ow, n, oy, ox);
            dst[(((int64_t)n * a.groups * a.outs + group * a.outs + o) * a.oh + oy) * a.ow + ox] = sum;
        });
}

// Image gradient (c, pixel) = Σ weight(o, c, i, j)·g(o, the place whose window has the pixel at (i, j)).
template <class T> __device__ static void conv_input_grad(T *dst, const T *weight, const T *g, const Conv &a) {
    int64_t group = blockIdx.z;
    weight += group * a.outs * a.weight[0], g += group * a.outs * a.g[1];
    tiles<T>(
        a.channels, (int64_t)a.images * a.h * a.w, 0, (int64_t)a.outs * a.kh * a.kw, true, true,
        [&](int64_t c, int64_t k) {
            WINDOW(k, o, i, j);
            return weight[o * a.weight[0] + c * a.weight[1] + i * a.weight[2] + j * a.weight[3]];
        },
        [&](int64_t k, int64_t p) {
            WINDOW(k, o, i, j);
            PLACE(p, a.h, a.w, n, r, q);
            int32_t y = r + a.padding[0] - i * a.dilation[0], x = q + a.padding[1] - j * a.dilation[1];
            if (y < 0 || x < 0 || y % a.stride[0] || x % a.stride[1])
                return (T)0;
            y /= a.stride[0], x /= a.stride[1];
            return y >= a.oh || x >= a.ow ? (T)0 : g[n * a.g[0] + o * a.g[1] + y * a.g[2] + x * a.g[3]];
        },
        [&](int64_t c, int64_t p, T sum) {
            PLACE(p, a.h, a.w, n, r, q);
            dst[(((int64_t)n * a.groups * a.channels + group * a.channels + c) * a.h + r) * a.w + q] = sum;
        });
}

// Weight gradient (o, window place) = Σ g(o, place)·image(window place, place), over part blockIdx.z / groups of the places, to
// dst[part].
template <class T> __device__ static void conv_weight_grad(T *dst, const T *x, const T *g, int parts, const Conv &a) {
    int64_t group = blockIdx.z % a.groups, part = blockIdx.z / a.groups, depth = (int64_t)a.channels * a.kh * a.kw;
    int64_t places = (int64_t)a.images * a.oh * a.ow, each = (places + parts - 1) / parts, lo = part * each;
    dst += (part * a.groups + group) * a.outs * depth;
    x += group * a.channels * a.x[1], g += group * a.outs * a.g[1];
    tiles<T>(
        a.outs, depth, lo, lo + each < places ? lo + each : places, true, false,
        [&](int64_t o, int64_t p) {
            PLACE(p, a.oh, a.ow, n, oy, ox);
            return g[n * a.g[0] + o * a.g[1] + oy * a.g[2] + ox * a.g[3]];
        },
        [&](int64_t p, int64_t k) {
            WINDOW(k, c, i, j);
            PLACE(p, a.oh, a.ow, n, oy, ox);
            return pixel(x + n * a.x[0] + c * a.x[1], a, oy, i, ox, j);
        },
        [&](int64_t o, int64_t k, T sum) { dst[o * depth + k] = sum; });
}

#define CONV(suffix, T)                                                                                                            \
    KERNEL __launch_bounds__(256) rg_conv_##suffix(T *dst, const T *x, const T *weight, const Conv a) { conv(dst, x, weight, a); } \
    KERNEL __launch_bounds__(256) rg_conv_input_grad_##suffix(T *dst, const T *weight, const T *g, const Conv a) {                 \
        conv_input_grad(dst, weight, g, a);                                                                                        \
    }                                                                                                                              \
    KERNEL __launch_bounds__(256) rg_conv_weight_grad_##suffix(T *dst, const T *x, const T *g, int parts, const Conv a) {          \
        conv_weight_grad(dst, x, g, parts, a);                                                                                     \
    }
CONV(f32, float)
CONV(f64, double)
