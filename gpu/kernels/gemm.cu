// Matrix products by tensor cores: halves, and floats as TF32, with sums in float32. matmul.cu is the reference beside it, and what runs
// on GPUs before compute capability 8.0.
#include "mma.cuh"
#include "product.cuh"

#ifdef TENSOR_CORES

#define STAGES 3     // tiles of k in shared memory: one is multiplied while the next are on their way
#define STAGE_CHUNKS 4 // of k in a stage
#define GROUP 8      // blocks along n that take turns along m together, so that they find their tiles in the cache

// Operand is one side of a product as both are seen: rows of x, or columns of y, are `outer`. deep says that k is dense in memory, and
// so in shared memory: else it is the outer axis.
template <class T, bool deep, int OUTER> struct Operand {
    static const int E = CHUNK_BYTES / sizeof(T), STAGE = STAGE_CHUNKS * E;
    static const int ROWS = deep ? OUTER : STAGE, CHUNKS = deep ? STAGE_CHUNKS : OUTER / E, BYTES = ROWS * CHUNKS * CHUNK_BYTES;
    typedef Tile<CHUNKS, !deep && sizeof(T) == 4> Shared;

    const T *at;
    int64_t outer_step, k_step;
    int64_t first; // of the block's outer
    int64_t outer, k; // sizes
    bool chunks;   // they may be copied

    // fetch copies the stage that begins at k0; what isn't there is 0.
    __device__ __forceinline__ void fetch(Shared to, int64_t k0, int threads) const {
UNROLL
        for (int i = 0; i < ROWS * CHUNKS / threads; i++) {
            int c = i * threads + threadIdx.x, row = c / CHUNKS, chunk = c % CHUNKS;
            int64_t o = first + (deep ? row : chunk * E), ki = k0 + (deep ? chunk * E : row);
            int64_t rest = deep ? k - ki : outer - o;
            int n = (deep ? o >= outer : ki >= k) || rest <= 0 ? 0 : rest < E ? (int)rest : E;
            const T *from = at + o * outer_step + ki * k_step;
            if (chunks) {
                copy_async(to.place(row, chunk), n ? from : at, n * (int)sizeof(T));
                continue;
            }
            T *place = (T *)to.place(row, chunk);
            int64_t step = deep ? k_step : outer_step;
            for (int e = 0; e < E; e++)
                place[e] = e < n ? from[e * step] : put<T>(0);
        }
    }

    // fragment is that of 16 of the outer from o on, and two chunks of k.
    __device__ static __forceinline__ void fragment(uint32_t r[4], Shared from, int o, int step) {
        int lane = threadIdx.x % 32;
        if (deep) {
            from.dense(r, o, step);
        } else if (sizeof(T) == 2) {
            from.across(r, step * 2 * E, o);
        } else {
            for (int i = 0; i < 4; i++) {
                int at = o + i % 2 * 8 + lane / 4;
                r[i] = *((const uint32_t *)from.place(step * 2 * E + i / 2 * E + lane % 4, at / E) + at % E);
            }
        }
        if (sizeof(T) == 4)
            round_fragment(r);
    }
};

// store_pair writes two neighbours of a row, at once where both are there and begin at a multiple of their size.
template <class D> __device__ static __forceinline__ void store_pair(D *row, int64_t c, int64_t n, bool even, float v0, float v1) {
    struct __align__(2 * sizeof(D)) {
        D v[2];
    } pair = {{put<D>(v0), put<D>(v1)}};
    if (even && c < n) {
        *(decltype(pair) *)(row + c) = pair;
        return;
    }
    for (int i = 0; i < 2; i++)
        if (c + i < n)
            row[c + i] = pair.v[i];
}

// A block's M × N elements, by ROWS × COLUMNS warps.
template <class D, class T, bool x_deep, bool y_deep, int M, int N, int ROWS, int COLUMNS>
__device__ static __forceinline__ void gemm(D *dst, const T *x, const T *y, const Product &p) {
    typedef Operand<T, x_deep, M> X;
    typedef Operand<T, y_deep, N> Y;
    const int THREADS = ROWS * COLUMNS * 32, WARP_M = M / ROWS, WARP_N = N / COLUMNS, MI = WARP_M / 16, NI = WARP_N / 16;
    RG_DYNAMIC_SHARED(char, memory);
    D *first = dst;
    enter(dst, x, y, p);
    int64_t down = (p.m + M - 1) / M, across = (p.n + N - 1) / N;
    int64_t group = blockIdx.x / (down * GROUP), wide = across - group * GROUP < GROUP ? across - group * GROUP : GROUP;
    int64_t within = blockIdx.x - group * down * GROUP;
    int64_t row0 = within / wide * M, column0 = (group * GROUP + within % wide) * N;
    X xs = {x, p.x_row, p.x_column, row0, p.m, p.k, p.x_chunks != 0};
    Y ys = {y, p.y_column, p.y_row, column0, p.n, p.k, p.y_chunks != 0};

    float sum[MI][2 * NI][4];
    for (int i = 0; i < MI; i++)
        for (int j = 0; j < 2 * NI; j++)
            for (int e = 0; e < 4; e++)
                sum[i][j][e] = 0;
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32, warp_row = warp / COLUMNS * WARP_M, warp_column = warp % COLUMNS * WARP_N;
    int steps = (p.k + X::STAGE - 1) / X::STAGE;
    auto fetch = [&](int s) {
        if (s < steps) {
            char *stage = memory + s % STAGES * (X::BYTES + Y::BYTES);
            typename X::Shared xt = {stage};
            typename Y::Shared yt = {stage + X::BYTES};
            xs.fetch(xt, (int64_t)s * X::STAGE, THREADS);
            ys.fetch(yt, (int64_t)s * X::STAGE, THREADS);
        }
        commit_copies(); // an empty group too, so that waiting can count
    };
    for (int s = 0; s < STAGES - 1; s++)
        fetch(s);
NO_UNROLL
    for (int s = 0; s < steps; s++) {
        wait_copies<STAGES - 2>(); // stage s is here,
        __syncthreads();           // for all threads, and all are done with stage s − 1,
        fetch(s + STAGES - 1);     // where this one goes
        char *stage = memory + s % STAGES * (X::BYTES + Y::BYTES);
        typename X::Shared xt = {stage};
        typename Y::Shared yt = {stage + X::BYTES};
UNROLL
        for (int step = 0; step < STAGE_CHUNKS / 2; step++) {
            uint32_t a[MI][4], b[NI][4];
UNROLL
            for (int i = 0; i < MI; i++)
                X::fragment(a[i], xt, warp_row + i * 16, step);
UNROLL
            for (int j = 0; j < NI; j++)
                Y::fragment(b[j], yt, warp_column + j * 16, step);
UNROLL
            for (int i = 0; i < MI; i++)
UNROLL
                for (int j = 0; j < NI; j++) {
                    mma<T>(sum[i][2 * j], a[i], b[j][0], b[j][2]);
                    mma<T>(sum[i][2 * j + 1], a[i], b[j][1], b[j][3]);
                }
        }
    }
    D *sums = p.end.sums(dst, dst - first);
    bool even = p.n % 2 == 0 && ((uint64_t)dst | (uint64_t)sums) % (2 * sizeof(D)) == 0;
    int64_t thread_row = row0 + warp_row + lane / 4, thread_column = column0 + warp_column + lane % 4 * 2;
UNROLL
    for (int i = 0; i < MI; i++)
UNROLL
        for (int j = 0; j < 2 * NI; j++)
UNROLL
            for (int h = 0; h < 2; h++) {
                int64_t r = thread_row + i * 16 + h * 8, c = thread_column + j * 8;
                float shift0 = c < p.n ? p.end.template shift<D>(c) : 0, shift1 = c + 1 < p.n ? p.end.template shift<D>(c + 1) : 0;
                if (r < p.m)
                    store_pair(sums + r * p.n, c, p.n, even, sum[i][j][2 * h] + shift0, sum[i][j][2 * h + 1] + shift1);
            }
    if (!p.end.goes_on())
        return;
NO_UNROLL // each thread reads again what it has stored: the code is there once, and the sums' registers are free
    for (int e = 0; e < MI * 2 * NI * 2; e++) {
        int64_t r = thread_row + e / (4 * NI) * 16 + e % 2 * 8, c = thread_column + e / 2 % (2 * NI) * 8;
        if (r < p.m && c < p.n) {
            const D *from = sums + r * p.n + c;
            float v0 = get(from[0]), v1 = c + 1 < p.n ? get(from[1]) : 0;
            store_pair(dst + r * p.n, c, p.n, even, activate(p.end.activation, v0), activate(p.end.activation, v1));
        }
    }
}

// By the sides' layouts (n: rows are dense; t: columns are) and the size of a block's tile.
#define GEMM_LAYOUT(suffix, D, T, layout, x_deep, y_deep)                                                                    \
    KERNEL __launch_bounds__(256) rg_gemm_##suffix##_##layout##_128(D *dst, const T *x, const T *y, const Product p) {       \
        gemm<D, T, x_deep, y_deep, 128, 128, 2, 4>(dst, x, y, p);                                                            \
    }                                                                                                                        \
    KERNEL __launch_bounds__(128) rg_gemm_##suffix##_##layout##_64(D *dst, const T *x, const T *y, const Product p) {        \
        gemm<D, T, x_deep, y_deep, 64, 64, 2, 2>(dst, x, y, p);                                                              \
    }
#define GEMM(suffix, D, T)                           \
    GEMM_LAYOUT(suffix, D, T, nn, true, false)       \
    GEMM_LAYOUT(suffix, D, T, nt, true, true)        \
    GEMM_LAYOUT(suffix, D, T, tn, false, false)      \
    GEMM_LAYOUT(suffix, D, T, tt, false, true)
GEMM(f16, half_t, half_t)
GEMM(bf16, bf16_t, bf16_t)
GEMM(tf32, float, tf32_t)

#endif
