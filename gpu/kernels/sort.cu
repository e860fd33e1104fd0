// The order of rows: chunks sorted in shared memory (bitonic: Batcher 1968), then merged pair by pair. Elements are compared with their
// places, so that no two are equal and equals keep their order; NaN is above everything.
#include "nest.cuh"

#define CHUNK 1024

template <class C> __device__ static bool above(C a, C b) { return not_a_number(a) ? !not_a_number(b) : a > b; }

// before reports whether the element a at place i comes before b at place j.
template <class C> __device__ static bool before(C a, int64_t i, C b, int64_t j, bool descending) {
    if (above(a, b))
        return descending;
    if (above(b, a))
        return !descending;
    return i < j;
}

// Sorted is the rows that are sorted, of length elements each.
struct Sorted {
    Nest<1> nest; // of the rows
    int64_t length, step, descending;
};

// order (rows, length) receives, for every chunk of each row, the places of its elements in order. chunk is a power of two, and the block
// has half as many threads; places behind the row's end are above all others.
template <class T> __device__ static void sort_chunks(int64_t *order, const T *x, int chunk, const Sorted &s) {
    typedef typename Number<T>::compute C;
    __shared__ C keys[CHUNK];
    __shared__ int64_t places[CHUNK];
    int64_t chunks = (s.length + chunk - 1) / chunk;
    for (int64_t c = blockIdx.x; c < chunks * s.nest.packs; c += gridDim.x) {
        int64_t at[1], row = c / chunks, first = c % chunks * chunk;
        locate(s.nest, row, at);
        for (int i = threadIdx.x; i < chunk; i += blockDim.x) { // a thread writes what it alone has read of the last chunk
            places[i] = first + i;
            keys[i] = first + i < s.length ? get(x[at[0] + (first + i) * s.step]) : (C)0;
        }
        for (int size = 2; size <= chunk; size *= 2)
            for (int apart = size / 2; apart > 0; apart /= 2) {
                __syncthreads();
                for (int t = threadIdx.x; t < chunk / 2; t += blockDim.x) {
                    int i = t / apart * apart * 2 + t % apart, j = i + apart;
                    bool in = places[i] < s.length, jn = places[j] < s.length;
                    bool ordered = in && jn ? before(keys[i], places[i], keys[j], places[j], s.descending != 0) : in || (!jn && places[i] < places[j]);
                    if (ordered == ((i & size) != 0)) {
                        C key = keys[i];
                        keys[i] = keys[j], keys[j] = key;
                        int64_t place = places[i];
                        places[i] = places[j], places[j] = place;
                    }
                }
            }
        __syncthreads();
        for (int i = threadIdx.x; i < chunk && first + i < s.length; i += blockDim.x)
            order[row * s.length + first + i] = places[i];
    }
}

// Runs of `run` places are merged to twice as many: an element's new place is its place in its run and the number of those in the other
// run that come before it.
template <class T> __device__ static void sort_merge(int64_t *to, const int64_t *from, const T *x, int64_t run, const Sorted &s) {
    EACH_PACK(e, s.nest.packs * s.length) {
        int64_t at[1], row = e / s.length, i = e % s.length, pair = i / (2 * run) * 2 * run;
        locate(s.nest, row, at);
        const T *v = x + at[0];
        const int64_t *places = from + row * s.length;
        bool left = i < pair + run;
        int64_t begin = left ? pair + run : pair, lo = begin < s.length ? begin : s.length;
        int64_t hi = begin + run < s.length ? begin + run : s.length, other = lo;
        typename Number<T>::compute key = get(v[places[i] * s.step]);
        while (lo < hi) {
            int64_t middle = lo + (hi - lo) / 2;
            if (before(get(v[places[middle] * s.step]), places[middle], key, places[i], s.descending != 0))
                lo = middle + 1;
            else
                hi = middle;
        }
        to[row * s.length + pair + (i - (left ? pair : pair + run)) + (lo - other)] = places[i];
    }
}

#define SORT(suffix, T)                                                                                       \
    KERNEL __launch_bounds__(CHUNK / 2) rg_sort_chunks_##suffix(int64_t *order, const T *x, int chunk, const Sorted s) { \
        sort_chunks(order, x, chunk, s);                                                                      \
    }                                                                                                         \
    KERNEL rg_sort_merge_##suffix(int64_t *to, const int64_t *from, const T *x, int64_t run, const Sorted s) { \
        sort_merge(to, from, x, run, s);                                                                      \
    }
FOR_NUMBERS(SORT)

// rg_search_f64 finds, for values (rows, k) and edges (rows, n) in ascending order, how many edges lie below each value, or with right not
// above it. edge_row is 0 where all rows have the same edges. All are contiguous.
template <class T>
__device__ static void search(int64_t *dst, const T *edges, const T *values, int64_t rows, int64_t n, int64_t k, int64_t edge_row, int64_t right) {
    EACH_PACK(e, rows * k) {
        const T *row = edges + e / k * edge_row;
        T v = values[e];
        int64_t lo = 0, hi = n;
        while (lo < hi) {
            int64_t middle = lo + (hi - lo) / 2;
            if (above(v, row[middle]) || (right && !above(row[middle], v)))
                lo = middle + 1;
            else
                hi = middle;
        }
        dst[e] = lo;
    }
}

#define SEARCH(suffix, T)                                                                                                            \
    KERNEL rg_search_##suffix(int64_t *dst, const T *edges, const T *values, int64_t rows, int64_t n, int64_t k, int64_t edge_row,   \
                              int64_t right) {                                                                                       \
        search(dst, edges, values, rows, n, k, edge_row, right);                                                                     \
    }
SEARCH(f64, double)
SEARCH(i64, int64_t)
