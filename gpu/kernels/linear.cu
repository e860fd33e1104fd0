// Systems of linear equations, a block a matrix, in double: Gauss–Jordan elimination with the largest element of a column as pivot, and
// Cholesky's decomposition. For many matrices of some hundred rows; one block has to do for a large one.
#include "types.cuh"

// largest finds the row, from first on, whose element of a column is largest in size; the first of equals. shared has room for a pair a thread.
__device__ static int largest(const double *a, int first, int n, int64_t stride, double *values, int *rows) {
    double best = -1;
    int at = first;
    for (int r = first + threadIdx.x; r < n; r += blockDim.x)
        if (fabs(a[r * stride]) > best)
            best = fabs(a[r * stride]), at = r;
    values[threadIdx.x] = best, rows[threadIdx.x] = at;
    for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.x < half) {
            double other = values[threadIdx.x + half];
            int row = rows[threadIdx.x + half];
            if (other > values[threadIdx.x] || (other == values[threadIdx.x] && row < rows[threadIdx.x]))
                values[threadIdx.x] = other, rows[threadIdx.x] = row;
        }
    }
    __syncthreads();
    return rows[0];
}

// rg_eliminate_f64 turns matrices (batch, n, n + k) to the identity and, in the last k columns, A⁻¹·B. det (batch, 3) receives the determinant's
// sign, the logarithm of its size, and itself. A singular matrix has sign 0, and its columns then mean nothing.
KERNEL __launch_bounds__(256) rg_eliminate_f64(double *matrices, double *det, int n, int k) {
    __shared__ double values[256];
    __shared__ int rows[256];
    int64_t stride = n + k;
    double *a = matrices + (int64_t)blockIdx.x * n * stride, sign = 1, logarithm = 0, product = 1;
    for (int c = 0; c < n; c++) {
        int pivot = largest(a + c, c, n, stride, values, rows);
        double p = a[pivot * stride + c];
        __syncthreads(); // all have read the pivot
        if (p == 0) {
            sign = 0, logarithm = -INFINITY, product = 0;
            break;
        }
        sign = (p < 0) != (pivot != c) ? -sign : sign;
        logarithm += log(fabs(p));
        product *= pivot != c ? -p : p;
        for (int64_t j = threadIdx.x; j < stride; j += blockDim.x) { // change rows, and divide by the pivot
            double up = a[pivot * stride + j];
            a[pivot * stride + j] = a[c * stride + j];
            a[c * stride + j] = up / p;
        }
        __syncthreads();
        for (int64_t e = threadIdx.x; e < n * (stride - c - 1); e += blockDim.x) { // columns behind c of all other rows
            int64_t r = e / (stride - c - 1), j = c + 1 + e % (stride - c - 1);
            if (r != c)
                a[r * stride + j] -= a[r * stride + c] * a[c * stride + j];
        }
        __syncthreads();
    }
    det += 3 * (int64_t)blockIdx.x;
    if (threadIdx.x == 0)
        det[0] = sign, det[1] = logarithm, det[2] = product;
}

// rg_cholesky_f64 replaces symmetric matrices (batch, n, n), of which the lower triangle is read, by their lower triangular roots. What isn't
// positive definite ends in NaN.
KERNEL __launch_bounds__(256) rg_cholesky_f64(double *matrices, int n) {
    double *a = matrices + (int64_t)blockIdx.x * n * n;
    for (int c = 0; c < n; c++) {
        __syncthreads(); // column c has been worked on
        double square = a[(int64_t)c * n + c], root = square > 0 ? sqrt(square) : NAN;
        __syncthreads(); // all have read the diagonal
        for (int r = c + threadIdx.x; r < n; r += blockDim.x)
            a[(int64_t)r * n + c] = r == c ? root : a[(int64_t)r * n + c] / root;
        for (int j = c + 1 + threadIdx.x; j < n; j += blockDim.x)
            a[(int64_t)c * n + j] = 0;
        __syncthreads();
        int m = n - c - 1;
        for (int64_t e = threadIdx.x; e < (int64_t)m * m; e += blockDim.x) {
            int64_t r = c + 1 + e / m, j = c + 1 + e % m;
            if (j <= r)
                a[r * n + j] -= a[r * n + c] * a[j * n + c];
        }
    }
}

// rg_lu_f64 turns matrices (batch, m, n) to the factors of Gauss's elimination: below the diagonal those of L, from it on U. order (batch, m) tells
// where each row came from. A column without a pivot is left as it is.
KERNEL __launch_bounds__(256) rg_lu_f64(double *matrices, int64_t *order, int m, int n) {
    __shared__ double values[256];
    __shared__ int rows[256];
    double *a = matrices + (int64_t)blockIdx.x * m * n;
    order += (int64_t)blockIdx.x * m;
    for (int r = threadIdx.x; r < m; r += blockDim.x)
        order[r] = r;
    for (int c = 0; c < m && c < n; c++) {
        __syncthreads();
        int pivot = largest(a + c, c, m, n, values, rows);
        double p = a[(int64_t)pivot * n + c];
        __syncthreads(); // every thread has read the pivot
        if (p == 0)
            continue;
        if (pivot != c) {
            for (int j = threadIdx.x; j < n; j += blockDim.x) {
                double up = a[(int64_t)pivot * n + j];
                a[(int64_t)pivot * n + j] = a[(int64_t)c * n + j];
                a[(int64_t)c * n + j] = up;
            }
            if (threadIdx.x == 0) {
                int64_t up = order[pivot];
                order[pivot] = order[c], order[c] = up;
            }
            __syncthreads();
        }
        for (int r = c + 1 + threadIdx.x; r < m; r += blockDim.x)
            a[(int64_t)r * n + c] /= p;
        __syncthreads();
        int64_t width = n - c - 1;
        for (int64_t e = threadIdx.x; e < (m - c - 1) * width; e += blockDim.x) {
            int64_t r = c + 1 + e / width, j = c + 1 + e % width;
            a[r * n + j] -= a[r * n + c] * a[(int64_t)c * n + j];
        }
    }
}
