// Scaled dot-product attention without the scores of all queries and keys in memory, and its gradients (Dao et al. 2022; Dao 2023). This
// is the plain version, for every data type and head size, without tensor cores (flash.cu has those): a warp has two rows of a block's tile, and its lanes have
// 32 rows of the other side at a time, which pass through shared memory in pieces of 32 × 32.
#include "heads.cuh"

#define LANES 32
#define PIECE (LANES * (LANES + 1))

// Side is one head's rows of an operand.
template <class T> struct Side {
    const T *at;
    int64_t row, column, rows, columns;
};

// side is head h of operand o, in front of which is place f.
template <class T> __device__ static Side<T> side(const T *p, int o, int64_t f, int64_t h, const Heads &a, int64_t rows, int64_t columns) {
    int64_t at[OPERANDS];
    locate(a.front, f, at);
    Side<T> s = {p + at[o] + h * a.head[o], a.row[o], a.column[o], rows, columns};
    return s;
}

// load_rows copies rows first, first + 1, … to rows[count][columns] in shared memory; what isn't there is 0.
template <class C, class T> __device__ static void load_rows(C *rows, int count, const Side<T> &s, int64_t first) {
    for (int64_t e = threadIdx.x; e < count * s.columns; e += blockDim.x) {
        int64_t r = e / s.columns, c = e % s.columns;
        rows[e] = first + r < s.rows ? get(s.at[(first + r) * s.row + c * s.column]) : (C)0;
    }
}

// load_piece copies rows first to first + 31, columns column to column + 31.
template <class C, class T> __device__ static void load_piece(C *piece, const Side<T> &s, int64_t first, int64_t column) {
    __syncthreads(); // the last use of the piece is over
    for (int e = threadIdx.x; e < LANES * LANES; e += blockDim.x) {
        int r = e / LANES, c = e % LANES;
        piece[r * (LANES + 1) + c] =
            first + r < s.rows && column + c < s.columns ? get(s.at[(first + r) * s.row + (column + c) * s.column]) : (C)0;
    }
    __syncthreads();
}

// dots gives a thread the products of its warp's two rows and row first + lane of the other side.
template <class C, class T> __device__ static void dots(C dot[2], const C *rows, const Side<T> &s, int64_t first, C *piece) {
    const C *mine = rows + threadIdx.x / LANES * 2 * s.columns;
    int lane = threadIdx.x % LANES;
    dot[0] = dot[1] = 0;
    for (int64_t c0 = 0; c0 < s.columns; c0 += LANES) {
        load_piece(piece, s, first, c0);
        int n = s.columns - c0 < LANES ? (int)(s.columns - c0) : LANES;
        for (int c = 0; c < n; c++) {
            C x = piece[lane * (LANES + 1) + c];
            dot[0] += mine[c0 + c] * x;
            dot[1] += mine[s.columns + c0 + c] * x;
        }
    }
}

// accumulate multiplies the warp's rows of sums with keep, and adds Σ weights·(rows first to first + 31 of the other side). A lane has every 32nd
// column, here and where the sums are written.
template <class C, class T>
__device__ static void accumulate(C *sums, const C keep[2], const C *weights, const Side<T> &s, int64_t first, C *piece) {
    int warp = threadIdx.x / LANES, lane = threadIdx.x % LANES;
    for (int64_t c0 = 0; c0 < s.columns; c0 += LANES) {
        load_piece(piece, s, first, c0);
        if (c0 + lane >= s.columns)
            continue;
        for (int i = 0; i < 2; i++) {
            C *sum = sums + (warp * 2 + i) * s.columns + c0 + lane, total = *sum * keep[i];
            for (int r = 0; r < LANES; r++)
                total += weights[(warp * 2 + i) * LANES + r] * piece[r * (LANES + 1) + lane];
            *sum = total;
        }
    }
}

// The rows of a block's tile, two a warp, and where tile number blockIdx.x of n rows a head is.
#define TILE_ROWS ((int)blockDim.x / LANES * 2)
#define TILE_PLACE(n, heads_, f, h, first)                            \
    int64_t tiles_ = ((n) + TILE_ROWS - 1) / TILE_ROWS;               \
    int64_t first = blockIdx.x % tiles_ * TILE_ROWS;                  \
    int64_t h = blockIdx.x / tiles_ % (heads_), f = blockIdx.x / tiles_ / (heads_)

#define COMPUTE typename Number<T>::compute

// dst (…, h, T, e) and the logarithms of Σ exp(scores) (…, h, T): online softmax (Milakov and Gimelshein 2018).
template <class T> __device__ static void attention(T *dst, COMPUTE *lse, const T *q, const T *k, const T *v, const Heads &a) {
    typedef COMPUTE C;
    RG_DYNAMIC_SHARED(C, memory);
    C *rows = memory, *sums = rows + TILE_ROWS * a.depth, *weights = sums + TILE_ROWS * a.width, *piece = weights + TILE_ROWS * LANES;
    TILE_PLACE(a.queries, a.heads, f, h, first);
    Side<T> queries = side(q, Q, f, h, a, a.queries, a.depth), keys = side(k, K, f, h / a.group, a, a.keys, a.depth);
    Side<T> values = side(v, V, f, h / a.group, a, a.keys, a.width);
    load_rows(rows, TILE_ROWS, queries, first);
    for (int64_t e = threadIdx.x; e < TILE_ROWS * a.width; e += blockDim.x)
        sums[e] = 0;
    int warp = threadIdx.x / LANES, lane = threadIdx.x % LANES;
    C most[2] = {-INFINITY, -INFINITY}, total[2] = {0, 0};
    int64_t end = a.causal && first + TILE_ROWS < a.keys ? first + TILE_ROWS : a.keys;
    for (int64_t k0 = 0; k0 < end; k0 += LANES) {
        C score[2], keep[2];
        dots(score, rows, keys, k0, piece);
        for (int i = 0; i < 2; i++) {
            int64_t row = first + warp * 2 + i, key = k0 + lane;
            C s = key < a.keys && (!a.causal || key <= row) ? score[i] * (C)a.scale : (C)-INFINITY;
            C now = larger(most[i], warp_max(s));
            C shift = now == -INFINITY ? (C)0 : now; // nothing seen so far
            C p = exp(s - shift);
            keep[i] = exp(most[i] - shift);
            total[i] = total[i] * keep[i] + warp_sum(p);
            most[i] = now;
            weights[(warp * 2 + i) * LANES + lane] = p;
        }
        accumulate(sums, keep, weights, values, k0, piece);
    }
    int64_t at[OPERANDS];
    locate(a.front, f, at);
    for (int i = 0; i < 2; i++) {
        int64_t row = first + warp * 2 + i;
        if (row >= a.queries)
            continue;
        for (int64_t c = lane; c < a.width; c += LANES)
            dst[at[OUT] + h * a.head[OUT] + row * a.row[OUT] + c * a.column[OUT]] =
                put<T>(a.keys == 0 ? (C)0 : sums[(warp * 2 + i) * a.width + c] / total[i]);
        if (lane == 0)
            lse[(f * a.heads + h) * a.queries + row] = most[i] + log(total[i]);
    }
}

// delta (…, h, T) is Σ g·dst along the columns, a warp a row: what softmax's gradient subtracts.
template <class T> __device__ static void attention_delta(COMPUTE *delta, const T *dst, const T *g, const Heads &a) {
    typedef COMPUTE C;
    int64_t rows = a.front.packs * a.heads * a.queries, step = (int64_t)gridDim.x * blockDim.x / LANES;
    for (int64_t i = ((int64_t)blockIdx.x * blockDim.x + threadIdx.x) / LANES; i < rows; i += step) {
        int64_t f = i / a.queries / a.heads, h = i / a.queries % a.heads, row = i % a.queries;
        Side<T> x = side(dst, OUT, f, h, a, a.queries, a.width), y = side(g, G, f, h, a, a.queries, a.width);
        C sum = 0;
        for (int64_t c = threadIdx.x % LANES; c < a.width; c += LANES)
            sum += get(x.at[row * x.row + c * x.column]) * get(y.at[row * y.row + c * y.column]);
        sum = warp_sum(sum);
        if (threadIdx.x % LANES == 0)
            delta[i] = sum;
    }
}

// score_grad is p and p·(dp − delta)·scale of a query and a key, whose scores' product is dot.
template <class C>
__device__ static void score_grad(C *p, C *ds, bool seen, C dot, C dp, C lse, C delta, C scale) {
    *p = seen ? exp(dot * scale - lse) : (C)0;
    *ds = seen ? *p * (dp - delta) * scale : (C)0;
}

// The gradient of queries, a tile of queries a block.
template <class T>
__device__ static void attention_grad_q(T *dq, const T *q, const T *k, const T *v, const T *g, const COMPUTE *lse, const COMPUTE *delta,
                                        const Heads &a) {
    typedef COMPUTE C;
    RG_DYNAMIC_SHARED(C, memory);
    C *rows = memory, *grads = rows + TILE_ROWS * a.depth, *sums = grads + TILE_ROWS * a.width, *weights = sums + TILE_ROWS * a.depth;
    C *piece = weights + TILE_ROWS * LANES;
    TILE_PLACE(a.queries, a.heads, f, h, first);
    Side<T> keys = side(k, K, f, h / a.group, a, a.keys, a.depth), values = side(v, V, f, h / a.group, a, a.keys, a.width);
    load_rows(rows, TILE_ROWS, side(q, Q, f, h, a, a.queries, a.depth), first);
    load_rows(grads, TILE_ROWS, side(g, G, f, h, a, a.queries, a.width), first);
    for (int64_t e = threadIdx.x; e < TILE_ROWS * a.depth; e += blockDim.x)
        sums[e] = 0;
    int warp = threadIdx.x / LANES, lane = threadIdx.x % LANES;
    const C keep[2] = {1, 1};
    int64_t end = a.causal && first + TILE_ROWS < a.keys ? first + TILE_ROWS : a.keys;
    for (int64_t k0 = 0; k0 < end; k0 += LANES) {
        C dot[2], dp[2];
        dots(dot, rows, keys, k0, piece);
        dots(dp, grads, values, k0, piece);
        for (int i = 0; i < 2; i++) {
            int64_t row = first + warp * 2 + i, key = k0 + lane, at = (f * a.heads + h) * a.queries + row;
            bool seen = row < a.queries && key < a.keys && (!a.causal || key <= row);
            C p, ds;
            score_grad(&p, &ds, seen, dot[i], dp[i], seen ? lse[at] : (C)0, seen ? delta[at] : (C)0, (C)a.scale);
            weights[(warp * 2 + i) * LANES + lane] = ds;
        }
        accumulate(sums, keep, weights, keys, k0, piece);
    }
    int64_t at[OPERANDS];
    locate(a.front, f, at);
    for (int i = 0; i < 2; i++)
        for (int64_t row = first + warp * 2 + i, c = lane; row < a.queries && c < a.depth; c += LANES)
            dq[at[DQ] + h * a.head[DQ] + row * a.row[DQ] + c * a.column[DQ]] = put<T>(sums[(warp * 2 + i) * a.depth + c]);
}

// The gradients of keys and values, a tile of keys a block, from all queries of the heads that share them.
template <class T>
__device__ static void attention_grad_kv(T *dk, T *dv, const T *q, const T *k, const T *v, const T *g, const COMPUTE *lse,
                                         const COMPUTE *delta, const Heads &a) {
    typedef COMPUTE C;
    RG_DYNAMIC_SHARED(C, memory);
    C *rows = memory, *others = rows + TILE_ROWS * a.depth, *dks = others + TILE_ROWS * a.width, *dvs = dks + TILE_ROWS * a.depth;
    C *ps = dvs + TILE_ROWS * a.width, *weights = ps + TILE_ROWS * LANES, *piece = weights + TILE_ROWS * LANES;
    TILE_PLACE(a.keys, a.heads / a.group, f, n, first);
    load_rows(rows, TILE_ROWS, side(k, K, f, n, a, a.keys, a.depth), first);
    load_rows(others, TILE_ROWS, side(v, V, f, n, a, a.keys, a.width), first);
    for (int64_t e = threadIdx.x; e < TILE_ROWS * (a.depth + a.width); e += blockDim.x)
        dks[e] = 0; // and dvs, which lie behind
    int warp = threadIdx.x / LANES, lane = threadIdx.x % LANES;
    const C keep[2] = {1, 1};
    for (int64_t h = n * a.group; h < (n + 1) * a.group; h++) {
        Side<T> queries = side(q, Q, f, h, a, a.queries, a.depth), grads = side(g, G, f, h, a, a.queries, a.width);
        for (int64_t q0 = a.causal ? first / LANES * LANES : 0; q0 < a.queries; q0 += LANES) {
            C dot[2], dp[2];
            dots(dot, rows, queries, q0, piece);
            dots(dp, others, grads, q0, piece);
            for (int i = 0; i < 2; i++) {
                int64_t key = first + warp * 2 + i, row = q0 + lane, at = (f * a.heads + h) * a.queries + row;
                bool seen = row < a.queries && key < a.keys && (!a.causal || key <= row);
                C p, ds;
                score_grad(&p, &ds, seen, dot[i], dp[i], seen ? lse[at] : (C)0, seen ? delta[at] : (C)0, (C)a.scale);
                ps[(warp * 2 + i) * LANES + lane] = p;
                weights[(warp * 2 + i) * LANES + lane] = ds;
            }
            accumulate(dvs, keep, ps, grads, q0, piece);
            accumulate(dks, keep, weights, queries, q0, piece);
        }
    }
    __syncthreads();
    int64_t at[OPERANDS];
    locate(a.front, f, at);
    for (int i = 0; i < 2; i++) {
        int64_t row = first + warp * 2 + i;
        for (int64_t c = lane; row < a.keys && c < a.depth; c += LANES)
            dk[at[DK] + n * a.head[DK] + row * a.row[DK] + c * a.column[DK]] = put<T>(dks[(warp * 2 + i) * a.depth + c]);
        for (int64_t c = lane; row < a.keys && c < a.width; c += LANES)
            dv[at[DV] + n * a.head[DV] + row * a.row[DV] + c * a.column[DV]] = put<T>(dvs[(warp * 2 + i) * a.width + c]);
    }
}

#define ATTENTION(suffix, T)                                                                                                        \
    KERNEL rg_attention_##suffix(T *dst, Number<T>::compute *lse, const T *q, const T *k, const T *v, const Heads a) {              \
        attention(dst, lse, q, k, v, a);                                                                                            \
    }                                                                                                                               \
    KERNEL rg_attention_delta_##suffix(Number<T>::compute *delta, const T *dst, const T *g, const Heads a) {                        \
        attention_delta(delta, dst, g, a);                                                                                          \
    }                                                                                                                               \
    KERNEL rg_attention_grad_q_##suffix(T *dq, const T *q, const T *k, const T *v, const T *g, const Number<T>::compute *lse,       \
                                        const Number<T>::compute *delta, const Heads a) {                                           \
        attention_grad_q(dq, q, k, v, g, lse, delta, a);                                                                            \
    }                                                                                                                               \
    KERNEL rg_attention_grad_kv_##suffix(T *dk, T *dv, const T *q, const T *k, const T *v, const T *g, const Number<T>::compute *lse, \
                                         const Number<T>::compute *delta, const Heads a) {                                          \
        attention_grad_kv(dk, dv, q, k, v, g, lse, delta, a);                                                                       \
    }
FOR_FLOATS(ATTENTION)
