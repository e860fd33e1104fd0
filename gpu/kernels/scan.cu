// Running combinations along rows: each element with all that come before it. A block walks a row in tiles. A thread combines some
// neighbours, the block what its threads have (Hillis and Steele 1986), and what a tile ends with begins the next. Where there are few
// rows, each is walked in parts (blockIdx.y): a first launch finds what every part ends with. The order of combination is fixed, so that results
// don't depend on chance.
#include "rows.cuh"
#include "special.cuh"

#define SCAN_THREADS 256
#define NEIGHBOURS 4

// What is carried along is wider than the elements where these are floats.
template <class T> struct RunningSum {
    typedef typename Wider<T>::type carry;
    typedef T result;
    __device__ static __forceinline__ carry start() { return 0; }
    __device__ static __forceinline__ carry lift(T v, int64_t) { return v; }
    __device__ static __forceinline__ carry fold(carry a, carry b) { return a + b; }
    __device__ static __forceinline__ T drop(carry c) { return (T)c; }
};
template <class T> struct RunningProduct : RunningSum<T> {
    typedef typename RunningSum<T>::carry carry;
    __device__ static __forceinline__ carry start() { return 1; }
    __device__ static __forceinline__ carry fold(carry a, carry b) { return a * b; }
};
struct RunningLogSum : RunningSum<double> {
    __device__ static __forceinline__ double start() { return -INFINITY; }
    __device__ static __forceinline__ double fold(double a, double b) { return log_add(a, b); }
};

// Where the extreme so far is: of equals the last, and of NaN too. at < 0 is none so far.
template <class T, bool greatest> struct RunningExtreme {
    typedef typename Number<T>::compute C;
    struct carry {
        C v;
        int64_t at;
    };
    typedef int64_t result;
    __device__ static __forceinline__ carry start() {
        carry none = {0, -1};
        return none;
    }
    __device__ static __forceinline__ carry lift(T v, int64_t i) {
        carry c = {get(v), i};
        return c;
    }
    __device__ static __forceinline__ carry fold(carry a, carry b) {
        if (a.at < 0 || b.at < 0)
            return a.at < 0 ? b : a;
        if (not_a_number(a.v) || not_a_number(b.v))
            return not_a_number(b.v) ? b : a;
        return (greatest ? b.v >= a.v : b.v <= a.v) ? b : a;
    }
    __device__ static __forceinline__ int64_t drop(carry c) { return c.at; }
};

// dst (rows, length) is contiguous; without it the launch writes what each part ends with to totals (rows, parts), which may be 0 where there
// is one part. parts is gridDim.y.
template <class S, class T>
__device__ static void scan(typename S::result *dst, const T *x, typename S::carry *totals, const Rows<1> &rows) {
    typedef typename S::carry C;
    __shared__ C shared[2][SCAN_THREADS];
    int64_t tile = (int64_t)blockDim.x * NEIGHBOURS, part = (rows.length + gridDim.y - 1) / gridDim.y;
    part = (part + tile - 1) / tile * tile;
    int64_t lo = part * blockIdx.y, hi = lo + part < rows.length ? lo + part : rows.length;
    for (int64_t r = blockIdx.x; r < rows.nest.packs; r += gridDim.x) {
        int64_t at[1];
        locate(rows.nest, r, at);
        const T *v = x + at[0];
        C before = S::start();
        for (unsigned p = 0; dst && p < blockIdx.y; p++)
            before = S::fold(before, totals[r * gridDim.y + p]);
        for (int64_t first = lo; first < hi; first += tile) {
            C own[NEIGHBOURS], sum = S::start();
            int64_t mine = first + (int64_t)threadIdx.x * NEIGHBOURS;
            for (int k = 0; k < NEIGHBOURS; k++) {
                if (mine + k < hi)
                    sum = S::fold(sum, S::lift(v[(mine + k) * rows.step[0]], mine + k));
                own[k] = sum;
            }
            int now = 0;
            __syncthreads(); // the last tile's sums are read
            shared[0][threadIdx.x] = sum;
            for (unsigned back = 1; back < blockDim.x; back *= 2) {
                __syncthreads();
                C s = shared[now][threadIdx.x];
                if (threadIdx.x >= back)
                    s = S::fold(shared[now][threadIdx.x - back], s);
                now = 1 - now;
                shared[now][threadIdx.x] = s;
            }
            __syncthreads();
            C left = threadIdx.x > 0 ? S::fold(before, shared[now][threadIdx.x - 1]) : before;
            for (int k = 0; k < NEIGHBOURS; k++)
                if (dst && mine + k < hi)
                    dst[r * rows.length + mine + k] = S::drop(S::fold(left, own[k]));
            before = S::fold(before, shared[now][blockDim.x - 1]);
        }
        if (!dst && threadIdx.x == 0)
            totals[r * gridDim.y + blockIdx.y] = before;
    }
}

#define SCAN(name, T, ...)                                                                                                       \
    KERNEL __launch_bounds__(SCAN_THREADS) rg_##name(__VA_ARGS__::result *dst, const T *x, __VA_ARGS__::carry *totals, const Rows<1> rows) { \
        scan<__VA_ARGS__>(dst, x, totals, rows);                                                                                 \
    }
#define RUNNING_SUMS(suffix, T)                   \
    SCAN(cumsum_##suffix, T, RunningSum<T>)       \
    SCAN(cumprod_##suffix, T, RunningProduct<T>)
RUNNING_SUMS(f32, float)
RUNNING_SUMS(f64, double)
RUNNING_SUMS(i64, int64_t)
SCAN(logcumsumexp_f64, double, RunningLogSum)

#define RUNNING_EXTREMES(suffix, T)                      \
    SCAN(cummax_##suffix, T, Greatest_##suffix)          \
    SCAN(cummin_##suffix, T, Least_##suffix)
#define EXTREME_TYPES(suffix, T)                         \
    typedef RunningExtreme<T, true> Greatest_##suffix;   \
    typedef RunningExtreme<T, false> Least_##suffix;
FOR_NUMBERS(EXTREME_TYPES)
FOR_NUMBERS(RUNNING_EXTREMES)
