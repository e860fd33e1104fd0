// The loss of connectionist temporal classification (Graves et al. 2006), −log p(target) over all alignments with blanks, and its slope. A block a
// sequence, in double; its threads share the places of the target, which is read as blank, l₀, blank, l₁, …, blank.
#include "special.cuh"

struct Target {
    const int64_t *labels;
    int64_t blank, places;
    __device__ __forceinline__ int64_t symbol(int64_t s) const { return s % 2 ? labels[s / 2] : blank; }
    // Place s may follow place s − 2: it is no blank, and another symbol.
    __device__ __forceinline__ bool skips(int64_t s) const { return s % 2 && s >= 2 && s < places && labels[s / 2] != labels[s / 2 - 1]; }
};

// ways adds up what leads to place s from itself, its neighbour on a side, and the one after that if it skips.
__device__ static double ways(const double *from, int64_t s, int side, const Target &t, bool skips) {
    double sum = from[s];
    if (s + side >= 0 && s + side < t.places)
        sum = log_add(sum, from[s + side]);
    return skips ? log_add(sum, from[s + 2 * side]) : sum;
}

// logp and slopes are (steps, n, classes), labels (n, most), lengths (2, n): the steps and labels of each sequence. alpha (n, steps, 2·most + 1)
// and beta (n, 2, 2·most + 1) are room for sums.
KERNEL __launch_bounds__(256) rg_ctc_f64(double *losses, double *slopes, const double *logp, const int64_t *labels, const int64_t *lengths, double *alpha,
                                         double *beta, int64_t steps, int64_t n, int64_t classes, int64_t most, int64_t blank, int64_t zero_infinity) {
    int64_t width = 2 * most + 1;
    for (int64_t i = blockIdx.x; i < n; i += gridDim.x) {
        int64_t length = lengths[i];
        Target target = {labels + i * most, blank, 2 * lengths[n + i] + 1};
        double *a = alpha + i * steps * width, *b = beta + i * 2 * width;
        const double *p = logp + i * classes; // a step is n·classes on
        for (int64_t t = 0; t < length; t++) { // the ways to each place, the step included (eqs. 6 and 7)
            for (int64_t s = threadIdx.x; s < target.places; s += blockDim.x) {
                double from = s < 2 ? 0 : -INFINITY;
                if (t > 0)
                    from = ways(a + (t - 1) * width, s, -1, target, target.skips(s));
                a[t * width + s] = from + p[t * n * classes + target.symbol(s)];
            }
            __syncthreads();
        }
        double total = target.places == 1 ? 0 : -INFINITY;
        if (length > 0) {
            const double *last = a + (length - 1) * width + target.places - 1;
            total = target.places > 1 ? log_add(last[0], last[-1]) : last[0];
        }
        bool impossible = total == -INFINITY;
        if (threadIdx.x == 0)
            losses[i] = impossible && zero_infinity ? 0 : 0 - total;
        for (int64_t e = threadIdx.x; e < steps * classes; e += blockDim.x) // the slope of an infinite loss is none, as PyTorch's
            slopes[(e / classes * n + i) * classes + e % classes] = impossible && !zero_infinity && e / classes < length ? NAN : 0;
        __syncthreads(); // the last step's sums are read, and the slopes are there
        if (impossible)
            continue;
        for (int64_t t = length - 1; t >= 0; t--) { // the ways from each place on, and each place's share of all (eqs. 8 and 15)
            double *now = b + t % 2 * width, *next = b + (t + 1) % 2 * width;
            for (int64_t s = threadIdx.x; s < target.places; s += blockDim.x) {
                double on = s >= target.places - 2 ? 0 : -INFINITY;
                if (t < length - 1)
                    on = ways(next, s, 1, target, target.skips(s + 2));
                now[s] = on + p[t * n * classes + target.symbol(s)];
                a[t * width + s] = exp(a[t * width + s] + on - total);
            }
            __syncthreads();
            for (int64_t s = threadIdx.x; s < target.places; s += blockDim.x) { // the first place of a symbol adds all of them up
                bool first = s % 2 == 1 || s == 0;
                for (int64_t q = s - 2; q > 0 && first; q -= 2)
                    first = target.symbol(q) != target.symbol(s);
                double sum = 0;
                for (int64_t q = s; q < target.places && first; q += 2)
                    if (target.symbol(q) == target.symbol(s))
                        sum += a[t * width + q];
                if (first)
                    slopes[(t * n + i) * classes + target.symbol(s)] = -sum;
            }
        }
    }
}
