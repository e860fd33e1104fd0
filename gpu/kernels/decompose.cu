// Decompositions, a block a matrix, in double: Householder's QR, and Jacobi's rotations for eigenvalues and singular values. Rotations of pairs that
// have no row in common are made side by side, in the rounds of a tournament (Brent and Luk 1985).
#include "rows.cuh"

#define SWEEPS 60 // some ten are enough; a decomposition that hasn't ended then gives NaN

// reflect applies 1 − τ·v·vᵀ from the left to columns lo … n − 1 of x (m, n), where v is 1 at row c, and below what column c of a (m, n) holds.
// A warp a column.
__device__ static void reflect(double *x, const double *a, double tau, int c, int lo, int m, int n) {
    int lane = threadIdx.x % 32;
    for (int64_t j = lo + threadIdx.x / 32; j < n; j += blockDim.x / 32) {
        double dot = lane == 0 ? x[(int64_t)c * n + j] : 0;
        for (int64_t r = c + 1 + lane; r < m; r += 32)
            dot += a[r * n + c] * x[r * n + j];
        dot = tau * warp_sum(dot);
        if (lane == 0)
            x[(int64_t)c * n + j] -= dot;
        for (int64_t r = c + 1 + lane; r < m; r += 32)
            x[r * n + j] -= dot * a[r * n + c];
    }
    __syncthreads();
}

// rg_qr_f64 finds Q (batch, m, n) of matrices (batch, m, n), m ≥ n, which receive R in the upper triangle, and below it the reflections
// (Golub and Van Loan 2013, 5.2). R's diagonal has the sign that LAPACK's has. tau (batch, n) is room.
KERNEL __launch_bounds__(256) rg_qr_f64(double *q, double *matrices, double *tau, int m, int n) {
    __shared__ double shared[32];
    double *a = matrices + (int64_t)blockIdx.x * m * n;
    q += (int64_t)blockIdx.x * m * n, tau += (int64_t)blockIdx.x * n;
    for (int c = 0; c < n; c++) {
        double below = 0, head = a[(int64_t)c * n + c];
        for (int64_t r = c + 1 + threadIdx.x; r < m; r += blockDim.x)
            below += a[r * n + c] * a[r * n + c];
        below = block_sum(below, shared);
        double to = head, t = 0;
        if (below > 0) {
            to = -copysign(sqrt(head * head + below), head);
            t = (to - head) / to;
            for (int64_t r = c + 1 + threadIdx.x; r < m; r += blockDim.x)
                a[r * n + c] /= head - to;
        }
        if (threadIdx.x == 0)
            tau[c] = t, a[(int64_t)c * n + c] = to;
        __syncthreads();
        reflect(a, a, t, c, c + 1, m, n);
    }
    for (int64_t e = threadIdx.x; e < (int64_t)m * n; e += blockDim.x)
        q[e] = e / n == e % n;
    __syncthreads();
    for (int c = n - 1; c >= 0; c--)
        reflect(q, a, tau[c], c, c, m, n);
}

// pair is game k of a round among n players, of whom the last may be none where n is odd; false if so.
__device__ static bool pair(int k, int round, int n, int &p, int &q) {
    int others = (n + 1) / 2 * 2 - 1; // the last stays, and the others go round
    p = (round + k) % others, q = k == 0 ? others : (round - k + others) % others;
    if (p > q) {
        int up = p;
        p = q, q = up;
    }
    return q < n;
}

// The rotation that makes the products of two rows with sizes app and aqq, and apq with each other, 0 (Golub and Van Loan 2013, 8.5.2).
__device__ static void rotation(double app, double aqq, double apq, double &c, double &s) {
    c = 1, s = 0;
    if (apq == 0)
        return;
    double half = (aqq - app) / (2 * apq), t = copysign(1 / (fabs(half) + sqrt(1 + half * half)), half);
    c = 1 / sqrt(1 + t * t), s = t * c;
}
__device__ static __forceinline__ void rotate(double &x, double &y, double c, double s) {
    double was = x;
    x = c * was - s * y, y = s * was + c * y;
}

// rg_eigh_f64 finds the eigenvalues, ascending, of symmetric matrices (batch, n, n), of which the lower triangle is read, and the eigenvectors in
// columns (batch, n, n). turned (batch, n, n) and angles (batch, n + 1) are room.
KERNEL __launch_bounds__(256) rg_eigh_f64(double *values, double *vectors, double *matrices, double *turned, double *angles, int n) {
    __shared__ double shared[32];
    int64_t size = (int64_t)n * n, half = (n + 1) / 2;
    double *a = matrices + blockIdx.x * size, *v = turned + blockIdx.x * size;
    values += (int64_t)blockIdx.x * n, vectors += blockIdx.x * size, angles += (int64_t)blockIdx.x * (n + 1);
    for (int64_t e = threadIdx.x; e < size; e += blockDim.x) {
        int64_t i = e / n, j = e % n;
        if (j < i)
            a[j * n + i] = a[e];
        v[e] = i == j;
    }
    __syncthreads();
    bool done = false;
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double off = 0, all = 0;
        for (int64_t e = threadIdx.x; e < size; e += blockDim.x) {
            all += a[e] * a[e];
            off += e / n == e % n ? 0 : a[e] * a[e];
        }
        off = block_sum(off, shared), all = block_sum(all, shared);
        done = off <= 1e-30 * all;
        if (done)
            break;
        for (int round = 0; round < 2 * half - 1; round++) {
            for (int k = threadIdx.x; k < half; k += blockDim.x) {
                int p, q;
                if (pair(k, round, n, p, q))
                    rotation(a[(int64_t)p * n + p], a[(int64_t)q * n + q], a[(int64_t)p * n + q], angles[2 * k], angles[2 * k + 1]);
            }
            __syncthreads();
            for (int64_t e = threadIdx.x; e < half * n; e += blockDim.x) { // rows
                int p, q, k = e / n;
                int64_t j = e % n;
                if (!pair(k, round, n, p, q))
                    continue;
                rotate(a[(int64_t)p * n + j], a[(int64_t)q * n + j], angles[2 * k], angles[2 * k + 1]);
                rotate(v[(int64_t)p * n + j], v[(int64_t)q * n + j], angles[2 * k], angles[2 * k + 1]);
            }
            __syncthreads();
            for (int64_t e = threadIdx.x; e < half * n; e += blockDim.x) { // columns
                int p, q, k = e % half;
                int64_t i = e / half;
                if (pair(k, round, n, p, q))
                    rotate(a[i * n + p], a[i * n + q], angles[2 * k], angles[2 * k + 1]);
            }
            __syncthreads();
        }
    }
    for (int i = threadIdx.x; i < n; i += blockDim.x) {
        double mine = a[(int64_t)i * n + i];
        int rank = 0;
        for (int64_t j = 0; j < n; j++)
            rank += a[j * n + j] < mine || (a[j * n + j] == mine && j < i);
        values[rank] = done ? mine : NAN;
        for (int64_t r = 0; r < n; r++)
            vectors[r * n + rank] = v[(int64_t)i * n + r];
    }
}

// rg_svd_f64 rotates the rows of matrices (batch, n, m) until all are at right angles (Hestenes 1958), and gives them, the largest first, in
// scaled (batch, n, m), with their lengths, the singular values (batch, n), and the rotation in turned (batch, n, n): matrices = turnedᵀ·scaled.
// room (batch, n, n) and lengths (batch, n) are what they say.
KERNEL __launch_bounds__(256) rg_svd_f64(double *scaled, double *values, double *turned, double *matrices, double *room, double *lengths, int n, int m) {
    __shared__ bool changed[32]; // by a warp
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32;
    double *a = matrices + (int64_t)blockIdx.x * n * m, *v = room + (int64_t)blockIdx.x * n * n;
    scaled += (int64_t)blockIdx.x * n * m, values += (int64_t)blockIdx.x * n;
    turned += (int64_t)blockIdx.x * n * n, lengths += (int64_t)blockIdx.x * n;
    for (int64_t e = threadIdx.x; e < (int64_t)n * n; e += blockDim.x)
        v[e] = e / n == e % n;
    __syncthreads();
    bool done = false;
    for (int sweep = 0; sweep < SWEEPS && !done; sweep++) {
        bool turns = false; // this warp
        for (int round = 0; round < (n + 1) / 2 * 2 - 1; round++) {
            for (int k = warp; k < (n + 1) / 2; k += warps) {
                int p, q;
                if (!pair(k, round, n, p, q))
                    continue;
                double *x = a + (int64_t)p * m, *y = a + (int64_t)q * m, xx = 0, yy = 0, xy = 0, c, s;
NO_UNROLL
                for (int r = lane; r < m; r += 32)
                    xx += x[r] * x[r], yy += y[r] * y[r], xy += x[r] * y[r];
                xx = warp_sum(xx), yy = warp_sum(yy), xy = warp_sum(xy);
                if (fabs(xy) <= 1e-15 * sqrt(xx) * sqrt(yy))
                    continue;
                rotation(xx, yy, xy, c, s);
NO_UNROLL
                for (int r = lane; r < m; r += 32)
                    rotate(x[r], y[r], c, s);
NO_UNROLL
                for (int r = lane; r < n; r += 32)
                    rotate(v[(int64_t)p * n + r], v[(int64_t)q * n + r], c, s);
                turns = true;
            }
            __syncthreads();
        }
        if (lane == 0)
            changed[warp] = turns;
        __syncthreads();
        done = true;
        for (int w = 0; w < warps; w++)
            done = done && !changed[w];
    }
    for (int i = warp; i < n; i += warps) {
        double sum = 0;
        for (int r = lane; r < m; r += 32)
            sum += a[(int64_t)i * m + r] * a[(int64_t)i * m + r];
        sum = sqrt(warp_sum(sum));
        if (lane == 0)
            lengths[i] = sum;
    }
    __syncthreads();
    for (int i = warp; i < n; i += warps) {
        int rank = 0;
NO_UNROLL
        for (int j = 0; j < n; j++)
            rank += lengths[j] > lengths[i] || (lengths[j] == lengths[i] && j < i);
        if (lane == 0)
            values[rank] = done ? lengths[i] : NAN;
        for (int r = lane; r < m; r += 32)
            scaled[(int64_t)rank * m + r] = a[(int64_t)i * m + r];
        for (int r = lane; r < n; r += 32)
            turned[(int64_t)rank * n + r] = v[(int64_t)i * n + r];
    }
}
