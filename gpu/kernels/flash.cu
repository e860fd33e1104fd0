// Attention by tensor cores, of halves and heads of 64 and 128 columns (Dao 2023). A block has 64 queries, 16 a warp, and 64 keys or
// values at a time, which are copied to shared memory while the others are multiplied. attention.cu is the reference beside it.
#include "heads.cuh"
#include "mma.cuh"

#ifdef TENSOR_CORES

#define PANEL 64
#define FLASH_WARPS 4
#define LOG2E 1.4426950408889634f
#define LN2 0.6931471805599453f

// Panel is 64 rows of D columns in shared memory.
template <int D> struct Panel : Tile<D / 8> {};

// fetch copies 64 rows from first on, of D columns; what isn't there is 0.
template <int D, class T> __device__ static __forceinline__ void fetch(Panel<D> to, const T *from, int64_t step, int64_t first, int64_t rows) {
    const int CHUNKS = D / 8;
UNROLL_4 // more addresses take too many registers
    for (int i = 0; i < PANEL * CHUNKS / (FLASH_WARPS * 32); i++) {
        int c = i * FLASH_WARPS * 32 + threadIdx.x, row = c / CHUNKS, chunk = c % CHUNKS;
        bool there = first + row < rows;
        copy_async(to.place(row, chunk), there ? from + (first + row) * step + chunk * 8 : from, there ? CHUNK_BYTES : 0);
    }
}

// The four threads that share a row agree.
__device__ static __forceinline__ float row_max(float v) {
    v = fmaxf(v, __shfl_xor_sync(WARP, v, 1));
    return fmaxf(v, __shfl_xor_sync(WARP, v, 2));
}
__device__ static __forceinline__ float row_sum(float v) {
    v += __shfl_xor_sync(WARP, v, 1);
    return v + __shfl_xor_sync(WARP, v, 2);
}

// seen_keys is how many of 64 keys from k0 on a query sees.
__device__ static __forceinline__ int seen_keys(const Heads &a, int64_t query, int64_t k0) {
    int64_t n = a.causal && query + 1 < a.keys ? query + 1 - k0 : a.keys - k0;
    return n < PANEL ? (int)n : PANEL;
}

template <int n> __device__ static __forceinline__ void clear(float (&c)[n][4]) {
UNROLL
    for (int j = 0; j < n; j++)
UNROLL
        for (int e = 0; e < 4; e++)
            c[j][e] = 0;
}

// products gives the products of a warp's 16 rows, from first on, and N others, from other on.
template <class T, int D, int N>
__device__ static __forceinline__ void products(float (&c)[N / 8][4], Panel<D> rows, int first, Panel<D> others, int other) {
    clear(c);
UNROLL
    for (int step = 0; step < D / 16; step++) {
        uint32_t a[4]; // not kept between calls: registers are what limits
        rows.dense(a, first, step);
UNROLL
        for (int j = 0; j < N / 16; j++) {
            uint32_t b[4];
            others.dense(b, other + j * 16, step);
            mma<T>(c[2 * j], a, b[0], b[2]);
            mma<T>(c[2 * j + 1], a, b[1], b[3]);
        }
    }
}

// weighted adds to sum the product of weights, of 16 rows and N columns, rounded to halves, and N rows in shared memory, from first on.
template <class T, int D, int N>
__device__ static __forceinline__ void weighted(float (&sum)[D / 8][4], const float (&weights)[N / 8][4], Panel<D> rows, int first) {
UNROLL
    for (int step = 0; step < N / 16; step++) {
        const float *lo = weights[2 * step], *hi = weights[2 * step + 1];
        uint32_t p[4] = {pair<T>(lo[0], lo[1]), pair<T>(lo[2], lo[3]), pair<T>(hi[0], hi[1]), pair<T>(hi[2], hi[3])};
UNROLL
        for (int j = 0; j < D / 16; j++) {
            uint32_t b[4];
            rows.across(b, first + step * 16, j * 16);
            mma<T>(sum[2 * j], p, b[0], b[2]);
            mma<T>(sum[2 * j + 1], p, b[1], b[3]);
        }
    }
}

// store writes a warp's 16 rows, times a factor for each of a thread's two.
template <class T, int D>
__device__ static __forceinline__ void store(T *to, int64_t step, int64_t first, int64_t rows, const float (&sum)[D / 8][4], const float (&factor)[2]) {
    int lane = threadIdx.x % 32;
UNROLL
    for (int h = 0; h < 2; h++) {
        int64_t row = first + threadIdx.x / 32 * 16 + h * 8 + lane / 4;
        if (row >= rows)
            continue;
UNROLL
        for (int j = 0; j < D / 8; j++)
            *(uint32_t *)(to + row * step + j * 8 + lane % 4 * 2) = pair<T>(sum[j][2 * h] * factor[h], sum[j][2 * h + 1] * factor[h]);
    }
}

template <class T, int D>
__device__ static __forceinline__ void flash(T *dst, float *lse, const T *q, const T *k, const T *v, const Heads &a) {
    RG_DYNAMIC_SHARED(char, memory);
    const int BYTES = PANEL * D * 2;
    Panel<D> queries = {memory}, keys = {memory + BYTES}, values = {memory + 2 * BYTES};
    int64_t tiles = (a.queries + PANEL - 1) / PANEL, first = (tiles - 1 - blockIdx.x % tiles) * PANEL; // if causal, the longest first
    int64_t h = blockIdx.x / tiles % a.heads, f = blockIdx.x / tiles / a.heads, shared_head = h / a.group;
    int64_t at[OPERANDS];
    locate(a.front, f, at);
    q += at[Q] + h * a.head[Q], dst += at[OUT] + h * a.head[OUT];
    k += at[K] + shared_head * a.head[K], v += at[V] + shared_head * a.head[V];
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    int64_t mine = first + warp * 16 + lane / 4; // and the row 8 below
    int64_t end = a.causal && first + PANEL < a.keys ? first + PANEL : a.keys;
    float scale = (float)a.scale * LOG2E; // powers of 2 are cheaper than of e

    float sum[D / 8][4], most[2] = {-INFINITY, -INFINITY}, total[2] = {0, 0};
    clear(sum);
    fetch<D>(queries, q, a.row[Q], first, a.queries);
    fetch<D>(keys, k, a.row[K], 0, a.keys);
    commit_copies();
NO_UNROLL
    for (int64_t k0 = 0; k0 < end; k0 += PANEL) {
        wait_copies<0>(); // these keys are here,
        __syncthreads();  // for all, and all are done with the values before them
        fetch<D>(values, v, a.row[V], k0, a.keys);
        commit_copies();
        float score[PANEL / 8][4];
        products<T, D, PANEL>(score, queries, warp * 16, keys, 0);
        float keep[2];
UNROLL
        for (int i = 0; i < 2; i++) {
            float now = most[i];
            int seen = seen_keys(a, mine + 8 * i, k0) - lane % 4 * 2; // from the thread's first on
UNROLL
            for (int j = 0; j < PANEL / 8; j++)
UNROLL
                for (int e = 2 * i; e < 2 * i + 2; e++) {
                    score[j][e] = j * 8 + e % 2 < seen ? score[j][e] * scale : -INFINITY;
                    now = fmaxf(now, score[j][e]); // a NaN comes back in the sum
                }
            now = row_max(now);
            float shift = now == -INFINITY ? 0 : now, part = 0; // nothing seen so far
UNROLL
            for (int j = 0; j < PANEL / 8; j++)
UNROLL
                for (int e = 2 * i; e < 2 * i + 2; e++)
                    part += score[j][e] = exp2f(score[j][e] - shift);
            keep[i] = exp2f(most[i] - shift);
            total[i] = total[i] * keep[i] + part; // of this thread's keys
            most[i] = now;
        }
UNROLL
        for (int j = 0; j < D / 8; j++)
UNROLL
            for (int e = 0; e < 4; e++)
                sum[j][e] *= keep[e / 2];
        wait_copies<0>(); // the values are here,
        __syncthreads();  // for all, and all are done with the keys
        if (k0 + PANEL < end)
            fetch<D>(keys, k, a.row[K], k0 + PANEL, a.keys);
        commit_copies();
        weighted<T, D, PANEL>(sum, score, values, 0);
    }
    float factor[2];
UNROLL
    for (int i = 0; i < 2; i++) {
        total[i] = row_sum(total[i]);
        factor[i] = a.keys == 0 ? 0 : 1 / total[i];
        int64_t row = mine + 8 * i;
        if (lane % 4 == 0 && row < a.queries)
            lse[(f * a.heads + h) * a.queries + row] = most[i] * LN2 + logf(total[i]);
    }
    store<T, D>(dst, a.row[OUT], first, a.queries, sum, factor);
}

#define OTHERS 32 // how many of the 64 others a gradient takes at once: the registers have no room for all

// The gradient of queries: a block has 64 of them, and 64 keys and values at a time.
template <class T, int D>
__device__ static __forceinline__ void flash_grad_q(T *dq, const T *q, const T *k, const T *v, const T *g, const float *lse, const float *delta,
                                                    const Heads &a) {
    RG_DYNAMIC_SHARED(char, memory);
    const int BYTES = PANEL * D * 2;
    Panel<D> queries = {memory}, grads = {memory + BYTES}, keys = {memory + 2 * BYTES}, values = {memory + 3 * BYTES};
    int64_t tiles = (a.queries + PANEL - 1) / PANEL, first = (tiles - 1 - blockIdx.x % tiles) * PANEL;
    int64_t h = blockIdx.x / tiles % a.heads, f = blockIdx.x / tiles / a.heads, shared_head = h / a.group;
    int64_t at[OPERANDS];
    locate(a.front, f, at);
    q += at[Q] + h * a.head[Q], g += at[G] + h * a.head[G], dq += at[DQ] + h * a.head[DQ];
    k += at[K] + shared_head * a.head[K], v += at[V] + shared_head * a.head[V];
    lse += (f * a.heads + h) * a.queries, delta += (f * a.heads + h) * a.queries;
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    int64_t mine = first + warp * 16 + lane / 4;
    int64_t end = a.causal && first + PANEL < a.keys ? first + PANEL : a.keys;
    float scale = (float)a.scale, row_lse[2], row_delta[2];
UNROLL
    for (int i = 0; i < 2; i++) {
        bool there = mine + 8 * i < a.queries;
        row_lse[i] = there ? lse[mine + 8 * i] * LOG2E : 0;
        row_delta[i] = there ? delta[mine + 8 * i] : 0;
    }
    float sum[D / 8][4];
    clear(sum);
    fetch<D>(queries, q, a.row[Q], first, a.queries);
    fetch<D>(grads, g, a.row[G], first, a.queries);
NO_UNROLL
    for (int64_t k0 = 0; k0 < end; k0 += PANEL) {
        __syncthreads(); // all are done with the keys before these
        fetch<D>(keys, k, a.row[K], k0, a.keys);
        fetch<D>(values, v, a.row[V], k0, a.keys);
        commit_copies();
        wait_copies<0>();
        __syncthreads(); // the keys are here
NO_UNROLL
        for (int part = 0; part < PANEL; part += OTHERS) {
            float score[OTHERS / 8][4], dp[OTHERS / 8][4];
            products<T, D, OTHERS>(score, queries, warp * 16, keys, part);
            products<T, D, OTHERS>(dp, grads, warp * 16, values, part);
UNROLL
            for (int i = 0; i < 2; i++) {
                int seen = seen_keys(a, mine + 8 * i, k0) - part - lane % 4 * 2;
UNROLL
                for (int j = 0; j < OTHERS / 8; j++)
UNROLL
                    for (int e = 2 * i; e < 2 * i + 2; e++) {
                        float p = j * 8 + e % 2 < seen ? exp2f(score[j][e] * scale * LOG2E - row_lse[i]) : 0;
                        score[j][e] = p * (dp[j][e] - row_delta[i]) * scale;
                    }
            }
            weighted<T, D, OTHERS>(sum, score, keys, part);
        }
    }
    const float one[2] = {1, 1};
    store<T, D>(dq, a.row[DQ], first, a.queries, sum, one);
}

// The gradients of keys and values: a block has 64 of them, and 64 queries at a time, of all heads that share them. Products are transposed: a
// warp's rows are keys.
template <class T, int D>
__device__ static __forceinline__ void flash_grad_kv(T *dk, T *dv, const T *q, const T *k, const T *v, const T *g, const float *lse,
                                                     const float *delta, const Heads &a) {
    RG_DYNAMIC_SHARED(char, memory);
    const int BYTES = PANEL * D * 2;
    Panel<D> keys = {memory}, values = {memory + BYTES}, queries = {memory + 2 * BYTES}, grads = {memory + 3 * BYTES};
    int64_t tiles = (a.keys + PANEL - 1) / PANEL, first = blockIdx.x % tiles * PANEL, shared_heads = a.heads / a.group;
    int64_t n = blockIdx.x / tiles % shared_heads, f = blockIdx.x / tiles / shared_heads;
    int64_t at[OPERANDS];
    locate(a.front, f, at);
    k += at[K] + n * a.head[K], v += at[V] + n * a.head[V], dk += at[DK] + n * a.head[DK], dv += at[DV] + n * a.head[DV];
    q += at[Q], g += at[G];
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    int mine = warp * 16 + lane / 4; // of the block's keys
    float scale = (float)a.scale, dks[D / 8][4], dvs[D / 8][4];
    clear(dks);
    clear(dvs);
    fetch<D>(keys, k, a.row[K], first, a.keys);
    fetch<D>(values, v, a.row[V], first, a.keys);
NO_UNROLL
    for (int64_t h = n * a.group; h < (n + 1) * a.group; h++) {
        const float *head_lse = lse + (f * a.heads + h) * a.queries, *head_delta = delta + (f * a.heads + h) * a.queries;
NO_UNROLL
        for (int64_t q0 = a.causal ? first : 0; q0 < a.queries; q0 += PANEL) {
            __syncthreads(); // all are done with the queries before these
            fetch<D>(queries, q + h * a.head[Q], a.row[Q], q0, a.queries);
            fetch<D>(grads, g + h * a.head[G], a.row[G], q0, a.queries);
            commit_copies();
            wait_copies<0>();
            __syncthreads(); // the queries are here
NO_UNROLL
            for (int part = 0; part < PANEL; part += OTHERS) {
                float p[OTHERS / 8][4], ds[OTHERS / 8][4];
                products<T, D, OTHERS>(p, keys, warp * 16, queries, part);
                products<T, D, OTHERS>(ds, values, warp * 16, grads, part);
UNROLL
                for (int j = 0; j < OTHERS / 8; j++)
UNROLL
                    for (int c = 0; c < 2; c++) {
                        int64_t query = q0 + part + j * 8 + lane % 4 * 2 + c;
                        bool there = query < a.queries;
                        int seen = there ? seen_keys(a, query, first) : 0;
                        float l = there ? head_lse[query] * LOG2E : 0, d = there ? head_delta[query] : 0;
UNROLL
                        for (int e = c; e < 4; e += 2) {
                            p[j][e] = mine + e / 2 * 8 < seen ? exp2f(p[j][e] * scale * LOG2E - l) : 0;
                            ds[j][e] = p[j][e] * (ds[j][e] - d) * scale;
                        }
                    }
                weighted<T, D, OTHERS>(dvs, p, grads, part);
                weighted<T, D, OTHERS>(dks, ds, queries, part);
            }
        }
    }
    const float one[2] = {1, 1};
    store<T, D>(dk, a.row[DK], first, a.keys, dks, one);
    store<T, D>(dv, a.row[DV], first, a.keys, dvs, one);
}

#define FLASH_SIZE(suffix, T, D)                                                                                                              \
    KERNEL __launch_bounds__(FLASH_WARPS * 32) rg_flash_##suffix##_##D(T *dst, float *lse, const T *q, const T *k, const T *v, const Heads a) { \
        flash<T, D>(dst, lse, q, k, v, a);                                                                                                    \
    }                                                                                                                                         \
    KERNEL __launch_bounds__(FLASH_WARPS * 32, 2) rg_flash_grad_q_##suffix##_##D(T *dq, const T *q, const T *k, const T *v, const T *g,          \
                                                                              const float *lse, const float *delta, const Heads a) {          \
        flash_grad_q<T, D>(dq, q, k, v, g, lse, delta, a);                                                                                    \
    }                                                                                                                                         \
    KERNEL __launch_bounds__(FLASH_WARPS * 32, 2) rg_flash_grad_kv_##suffix##_##D(T *dk, T *dv, const T *q, const T *k, const T *v, const T *g,  \
                                                                               const float *lse, const float *delta, const Heads a) {         \
        flash_grad_kv<T, D>(dk, dv, q, k, v, g, lse, delta, a);                                                                               \
    }
#define FLASH(suffix, T) FLASH_SIZE(suffix, T, 64) FLASH_SIZE(suffix, T, 128)
FLASH(f16, half_t)
FLASH(bf16, bf16_t)

#endif
