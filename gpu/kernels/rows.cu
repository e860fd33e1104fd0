// What works on rows, the last axis: softmax, its logarithm, layer and RMS norms, cross-entropy, and their gradients. A block a row;
// sums are float where the elements are halves. Rows lie anywhere, given by a nest of the axes in front; elements of a row have a step.
#include "rows.cuh"

#define ROW_THREADS 256

#define EACH_ROW(r, K, at)                                                  \
    for (int64_t r = blockIdx.x; r < rows.nest.packs; r += gridDim.x)       \
        for (int64_t at[K], once_ = (locate(rows.nest, r, at), 1); once_; once_ = 0)
#define EACH_ELEMENT(i) for (int64_t i = threadIdx.x; i < rows.length; i += blockDim.x)
#define COMPUTE typename Number<T>::compute

template <class T, bool logarithm> __device__ static void softmax(T *dst, const T *x, const Rows<2> &rows) {
    typedef COMPUTE C;
    __shared__ C shared[32];
    EACH_ROW(r, 2, at) {
        T *y = dst + at[0];
        const T *v = x + at[1];
        C most = -INFINITY, sum = 0;
        EACH_ELEMENT(i) most = larger(most, get(v[i * rows.step[1]]));
        most = block_max(most, shared);
        EACH_ELEMENT(i) sum += exp(get(v[i * rows.step[1]]) - most);
        sum = block_sum(sum, shared);
        C shift = logarithm ? most + log(sum) : 1 / sum;
        EACH_ELEMENT(i) {
            C e = get(v[i * rows.step[1]]);
            y[i * rows.step[0]] = put<T>(logarithm ? e - shift : exp(e - most) * shift);
        }
    }
}

// y·(g − Σ g·y), and g − exp(y)·Σ g.
template <class T, bool logarithm> __device__ static void softmax_grad(T *dst, const T *y, const T *g, const Rows<3> &rows) {
    typedef COMPUTE C;
    __shared__ C shared[32];
    EACH_ROW(r, 3, at) {
        C sum = 0;
        EACH_ELEMENT(i) {
            C gi = get(g[at[2] + i * rows.step[2]]);
            sum += logarithm ? gi : gi * get(y[at[1] + i * rows.step[1]]);
        }
        sum = block_sum(sum, shared);
        EACH_ELEMENT(i) {
            C yi = get(y[at[1] + i * rows.step[1]]), gi = get(g[at[2] + i * rows.step[2]]);
            dst[at[0] + i * rows.step[0]] = put<T>(logarithm ? gi - exp(yi) * sum : yi * (gi - sum));
        }
    }
}

// mean_and_rstd are those of a row, with the biased variance, in two passes (Ba et al. 2016, eq. 4). The mean is taken of the distances
// from the first element, so that a row of equals has no variance by rounding.
template <class T, class C> __device__ static void mean_and_rstd(const T *v, int64_t step, int64_t length, C eps, C *shared, C *mean, C *rstd) {
    C sum = 0, squares = 0, first = get(v[0]);
    for (int64_t i = threadIdx.x; i < length; i += blockDim.x)
        sum += get(v[i * step]) - first;
    *mean = first + block_sum(sum, shared) / (C)length;
    for (int64_t i = threadIdx.x; i < length; i += blockDim.x) {
        C d = get(v[i * step]) - *mean;
        squares += d * d;
    }
    *rstd = 1 / sqrt(block_sum(squares, shared) / (C)length + eps);
}

template <class T> __device__ static void norm(T *dst, const T *x, double eps, const Rows<2> &rows) {
    typedef COMPUTE C;
    __shared__ C shared[32];
    EACH_ROW(r, 2, at) {
        C mean, rstd;
        mean_and_rstd(x + at[1], rows.step[1], rows.length, (C)eps, shared, &mean, &rstd);
        EACH_ELEMENT(i) dst[at[0] + i * rows.step[0]] = put<T>((get(x[at[1] + i * rows.step[1]]) - mean) * rstd);
    }
}

// rstd·(g − mean(g) − y·mean(g·y)), where y is the normalised row.
template <class T> __device__ static void norm_grad(T *dst, const T *x, const T *g, double eps, const Rows<3> &rows) {
    typedef COMPUTE C;
    __shared__ C shared[32];
    EACH_ROW(r, 3, at) {
        C mean, rstd, sum = 0, dot = 0;
        mean_and_rstd(x + at[1], rows.step[1], rows.length, (C)eps, shared, &mean, &rstd);
        EACH_ELEMENT(i) {
            C gi = get(g[at[2] + i * rows.step[2]]);
            sum += gi;
            dot += gi * (get(x[at[1] + i * rows.step[1]]) - mean) * rstd;
        }
        sum = block_sum(sum, shared) / (C)rows.length;
        dot = block_sum(dot, shared) / (C)rows.length;
        EACH_ELEMENT(i) {
            C y = (get(x[at[1] + i * rows.step[1]]) - mean) * rstd, gi = get(g[at[2] + i * rows.step[2]]);
            dst[at[0] + i * rows.step[0]] = put<T>(rstd * (gi - sum - y * dot));
        }
    }
}

// statistics are mean and 1/√(variance + eps) of a row. Uncentered, the mean is taken as 0: RMS norm (Zhang and Sennrich 2019).
template <class T, class C>
__device__ static void statistics(const T *v, int64_t step, int64_t length, C eps, bool uncentered, C *shared, C *mean, C *rstd) {
    if (!uncentered) {
        mean_and_rstd(v, step, length, eps, shared, mean, rstd);
        return;
    }
    C squares = 0;
    for (int64_t i = threadIdx.x; i < length; i += blockDim.x)
        squares += get(v[i * step]) * get(v[i * step]);
    *mean = 0, *rstd = 1 / sqrt(block_sum(squares, shared) / (C)length + eps);
}

struct Affine { // how the normalised row is scaled
    double eps;
    int64_t uncentered, weight_step, bias_step;
};

// layer_norm scales and shifts the normalised row, by weight and bias where they aren't 0.
template <class T> __device__ static void layer_norm(T *dst, const T *x, const T *weight, const T *bias, const Affine &f, const Rows<2> &rows) {
    typedef COMPUTE C;
    __shared__ C shared[32];
    EACH_ROW(r, 2, at) {
        C mean, rstd;
        statistics(x + at[1], rows.step[1], rows.length, (C)f.eps, f.uncentered != 0, shared, &mean, &rstd);
        EACH_ELEMENT(i) {
            C y = (get(x[at[1] + i * rows.step[1]]) - mean) * rstd;
            if (weight)
                y *= get(weight[i * f.weight_step]);
            if (bias)
                y += get(bias[i * f.bias_step]);
            dst[at[0] + i * rows.step[0]] = put<T>(y);
        }
    }
}

// rstd·(h − mean(h) − y·mean(h·y)), where h = g·weight; stats receives the mean and rstd of each row, for the gradients of the two.
template <class T>
__device__ static void layer_norm_grad(T *dst, const T *x, const T *g, const T *weight, COMPUTE *stats, const Affine &f, const Rows<3> &rows) {
    typedef COMPUTE C;
    __shared__ C shared[32];
    EACH_ROW(r, 3, at) {
        C mean, rstd, sum = 0, dot = 0;
        statistics(x + at[1], rows.step[1], rows.length, (C)f.eps, f.uncentered != 0, shared, &mean, &rstd);
        EACH_ELEMENT(i) {
            C h = get(g[at[2] + i * rows.step[2]]) * (weight ? get(weight[i * f.weight_step]) : (C)1);
            sum += h;
            dot += h * (get(x[at[1] + i * rows.step[1]]) - mean) * rstd;
        }
        sum = f.uncentered ? (C)0 : block_sum(sum, shared) / (C)rows.length;
        dot = block_sum(dot, shared) / (C)rows.length;
        EACH_ELEMENT(i) {
            C h = get(g[at[2] + i * rows.step[2]]) * (weight ? get(weight[i * f.weight_step]) : (C)1);
            C y = (get(x[at[1] + i * rows.step[1]]) - mean) * rstd;
            dst[at[0] + i * rows.step[0]] = put<T>(rstd * (h - sum - y * dot));
        }
        if (threadIdx.x == 0)
            stats[2 * r] = mean, stats[2 * r + 1] = rstd;
    }
}

// layer_norm_parameters adds up g·y and g over the rows of part blockIdx.y: to dweight[part][column] and dbias[part][column]. A thread has
// one of 32 columns; the 8 threads of a column share its rows, and their sums are added in a fixed order.
template <class T>
__device__ static void layer_norm_parameters(T *dweight, T *dbias, const T *x, const T *g, const COMPUTE *stats, const Rows<2> &rows) {
    typedef COMPUTE C;
    __shared__ C weights[8][32], biases[8][32];
    int64_t each = (rows.nest.packs + gridDim.y - 1) / gridDim.y, lo = each * blockIdx.y;
    int64_t hi = lo + each < rows.nest.packs ? lo + each : rows.nest.packs, column = (int64_t)blockIdx.x * 32 + threadIdx.x;
    C w = 0, b = 0;
    if (column < rows.length)
        for (int64_t r = lo + threadIdx.y; r < hi; r += 8) {
            int64_t at[2];
            locate(rows.nest, r, at);
            C gi = get(g[at[1] + column * rows.step[1]]);
            w += gi * (get(x[at[0] + column * rows.step[0]]) - stats[2 * r]) * stats[2 * r + 1];
            b += gi;
        }
    weights[threadIdx.y][threadIdx.x] = w, biases[threadIdx.y][threadIdx.x] = b;
    __syncthreads();
    if (threadIdx.y == 0 && column < rows.length) {
        for (int k = 1; k < 8; k++)
            w += weights[k][threadIdx.x], b += biases[k][threadIdx.x];
        dweight[(int64_t)blockIdx.y * rows.length + column] = put<T>(w);
        dbias[(int64_t)blockIdx.y * rows.length + column] = put<T>(b);
    }
}

#define LAYER_NORM(suffix, T)                                                                                                     \
    KERNEL rg_layer_norm_##suffix(T *dst, const T *x, const T *weight, const T *bias, const Affine f, const Rows<2> rows) {       \
        layer_norm(dst, x, weight, bias, f, rows);                                                                                \
    }                                                                                                                             \
    KERNEL rg_layer_norm_grad_##suffix(T *dst, const T *x, const T *g, const T *weight, T *stats, const Affine f, const Rows<3> rows) { \
        layer_norm_grad(dst, x, g, weight, stats, f, rows);                                                                       \
    }                                                                                                                             \
    KERNEL rg_layer_norm_parameters_##suffix(T *dweight, T *dbias, const T *x, const T *g, const T *stats, const Rows<2> rows) {  \
        layer_norm_parameters(dweight, dbias, x, g, stats, rows);                                                                 \
    }
LAYER_NORM(f32, float)
LAYER_NORM(f64, double)

#define ROWS(suffix, T)                                                                                                          \
    KERNEL rg_softmax_##suffix(T *dst, const T *x, const Rows<2> rows) { softmax<T, false>(dst, x, rows); }                      \
    KERNEL rg_log_softmax_##suffix(T *dst, const T *x, const Rows<2> rows) { softmax<T, true>(dst, x, rows); }                   \
    KERNEL rg_softmax_grad_##suffix(T *dst, const T *y, const T *g, const Rows<3> rows) { softmax_grad<T, false>(dst, y, g, rows); } \
    KERNEL rg_log_softmax_grad_##suffix(T *dst, const T *y, const T *g, const Rows<3> rows) {                                    \
        softmax_grad<T, true>(dst, y, g, rows);                                                                                  \
    }                                                                                                                            \
    KERNEL rg_norm_##suffix(T *dst, const T *x, double eps, const Rows<2> rows) { norm(dst, x, eps, rows); }                     \
    KERNEL rg_norm_grad_##suffix(T *dst, const T *x, const T *g, double eps, const Rows<3> rows) { norm_grad(dst, x, g, eps, rows); }
FOR_FLOATS(ROWS)

// rg_cross_entropy_f32 writes −log softmax(x)[target] and log Σ exp(x) of each row. A target out of range raises *fault.
#define CROSS_ENTROPY(suffix, T)                                                                                                 \
    KERNEL rg_cross_entropy_##suffix(T *dst, double *lse, const T *x, const int64_t *targets, int64_t target_step, int *fault,   \
                                     const Rows<1> rows) {                                                                       \
        __shared__ T shared[32];                                                                                                 \
        EACH_ROW(r, 1, at) {                                                                                                     \
            const T *v = x + at[0];                                                                                              \
            T most = -INFINITY, sum = 0;                                                                                         \
            EACH_ELEMENT(i) most = larger(most, v[i * rows.step[0]]);                                                            \
            most = block_max(most, shared);                                                                                      \
            EACH_ELEMENT(i) sum += exp(v[i * rows.step[0]] - most);                                                              \
            double total = (double)most + log((double)block_sum(sum, shared));                                                   \
            if (threadIdx.x == 0) {                                                                                              \
                int64_t target = targets[r * target_step];                                                                       \
                lse[r] = total;                                                                                                  \
                if (target < 0 || target >= rows.length)                                                                         \
                    *fault = 1;                                                                                                  \
                else                                                                                                             \
                    dst[r] = (T)(total - (double)v[target * rows.step[0]]);                                                      \
            }                                                                                                                    \
        }                                                                                                                        \
    }                                                                                                                            \
    /* g·(softmax(x) − onehot(target)), from the saved logarithm */                                                              \
    KERNEL rg_cross_entropy_grad_##suffix(T *dst, const T *x, const int64_t *targets, const double *lse, const T *g,             \
                                          int64_t target_step, int64_t lse_step, int64_t g_step, const Rows<1> rows) {           \
        EACH_ROW(r, 1, at) {                                                                                                     \
            T scale = g[r * g_step], total = (T)lse[r * lse_step];                                                               \
            int64_t target = targets[r * target_step];                                                                           \
            EACH_ELEMENT(i) {                                                                                                    \
                T p = exp(x[at[0] + i * rows.step[0]] - total);                                                                  \
                dst[r * rows.length + i] = scale * (i == target ? p - 1 : p);                                                    \
            }                                                                                                                    \
        }                                                                                                                        \
    }
CROSS_ENTROPY(f32, float)
CROSS_ENTROPY(f64, double)
