// Compares the emulated tensor cores, and what loads their fragments, with the PTX ISA's text (version 8.5), which is written out here element by
// element and without a look at mma.cuh: 9.7.14.5.8, “Matrix Fragments for mma.m16n8k16 with floating point type”; 9.7.14.5.7, “… for mma.m16n8k8”;
// 9.7.14.5.15, “Warp-level matrix load instruction: ldmatrix”. NVIDIA's CuTe has the same as layouts (SM80_16x8x16_F32F16F16F32_TN,
// SM80_16x8x8_F32TF32TF32F32_TN): of c, ((4,8),(2,2)) : ((32,1),(16,8)) in a matrix of 16 × 8 whose columns are dense.
#include "mma.cuh"

#include "fiber.h"

#include <stdio.h>

int failures;
#define CHECK(condition, ...)       \
    if (!(condition)) {             \
        if (failures++ < 10) {      \
            printf(__VA_ARGS__);    \
            printf("\n");           \
        }                           \
    }

// Element i of a thread's fragment, counted through its registers from low to high: its row and column.
struct At {
    int row, column;
};
template <class T> struct Documented { // halves, m16n8k16
    static const int K = 16, A = 8, B = 4;
    static At a(int lane, int i) {
        int group = lane >> 2, thread = lane % 4;
        return {(0 <= i && i < 2) || (4 <= i && i < 6) ? group : group + 8, i < 4 ? thread * 2 + (i & 1) : thread * 2 + (i & 1) + 8};
    }
    static At b(int lane, int i) {
        int group = lane >> 2, thread = lane % 4;
        return {i < 2 ? thread * 2 + (i & 1) : thread * 2 + (i & 1) + 8, group};
    }
};
template <> struct Documented<tf32_t> { // m16n8k8
    static const int K = 8, A = 4, B = 2;
    static At a(int lane, int i) {
        int group = lane >> 2, thread = lane % 4;
        return {i == 0 || i == 2 ? group : group + 8, i == 0 || i == 1 ? thread : thread + 4};
    }
    static At b(int lane, int i) {
        int group = lane >> 2, thread = lane % 4;
        return {i == 0 ? thread : thread + 4, group};
    }
};
static At c(int lane, int i) {
    int group = lane >> 2, thread = lane % 4;
    return {i < 2 ? group : group + 8, thread * 2 + (i & 1)};
}

// Whole numbers that all types hold, as are the sums of their products.
static int a_element(int row, int column) { return (row * 5 + column * 3) % 17 - 8; }
static int b_element(int row, int column) { return (row * 7 + column * 11) % 13 - 6; }
static int c_element(int row, int column) { return row * 8 + column; }

template <class T> static void products(void **) {
    typedef Documented<T> D;
    int lane = (int)threadIdx.x;
    T a[D::A], b[D::B];
    float sum[4];
    for (int i = 0; i < D::A; i++)
        a[i] = put<T>((float)a_element(D::a(lane, i).row, D::a(lane, i).column));
    for (int i = 0; i < D::B; i++)
        b[i] = put<T>((float)b_element(D::b(lane, i).row, D::b(lane, i).column));
    for (int i = 0; i < 4; i++)
        sum[i] = (float)c_element(c(lane, i).row, c(lane, i).column);
    uint32_t ar[4], br[2];
    static_assert(sizeof a == sizeof ar && sizeof b == sizeof br, "four registers and two");
    memcpy(ar, a, sizeof a), memcpy(br, b, sizeof b);
    mma<T>(sum, ar, br[0], br[1]);
    for (int i = 0; i < 4; i++) {
        At at = c(lane, i);
        int want = c_element(at.row, at.column);
        for (int k = 0; k < D::K; k++)
            want += a_element(at.row, k) * b_element(k, at.column);
        CHECK(sum[i] == (float)want, "m16n8k%d, lane %d, c%d: %g, want %d", D::K, lane, i, sum[i], want);
    }
}

// Without .trans a thread receives, of matrix j, row lane / 4, the elements 2·(lane % 4) and the next; with it, the matrix is read by columns.
// Threads 0–7 say where the rows of matrix 0 are, 8–15 those of matrix 1, and so on.
alignas(16) static uint16_t matrices[4][8][8];
template <bool transposed> static void loads(void **) {
    int lane = (int)threadIdx.x;
    uint32_t r[4];
    load_matrices<transposed>(r, matrices[lane / 8][lane % 8]);
    for (int j = 0; j < 4; j++)
        for (int i = 0; i < 2; i++) {
            int row = lane / 4, column = 2 * (lane % 4) + i;
            uint16_t got = (uint16_t)(r[j] >> 16 * i), want = transposed ? matrices[j][column][row] : matrices[j][row][column];
            CHECK(got == want, "ldmatrix%s, lane %d, matrix %d, element %d: %d, want %d", transposed ? ".trans" : "", lane, j, i, got, want);
        }
}

// What a tile gives is a fragment of a, or two of b side by side, as documented. CHUNKS chunks a row, of which two are loaded.
template <class T, int CHUNKS> static void tiles(void **) {
    typedef Documented<T> D;
    const int E = 16 / sizeof(T);
    Tile<CHUNKS> tile = {rg_dynamic_shared};
    int lane = (int)threadIdx.x;
    for (int e = lane; e < 32 * CHUNKS * E; e += 32) { // element (row, column) is its number
        int row = e / (CHUNKS * E), column = e % (CHUNKS * E);
        ((T *)tile.place(row, column / E))[column % E] = put<T>((float)((row * CHUNKS * E + column) % 251));
    }
    __syncthreads();
    auto number = [&](int row, int column) { return (float)((row * CHUNKS * E + column) % 251); };
    for (int step = 0; step < CHUNKS / 2; step++)
        for (int first = 0; first < 32; first += 16) {
            uint32_t r[4];
            tile.dense(r, first, step);
            for (int i = 0; i < D::A; i++) { // a's rows are the tile's
                At at = D::a(lane, i);
                float got = get(((T *)r)[i]), want = number(first + at.row, step * 2 * E + at.column);
                CHECK(got == want, "dense, %d chunks, lane %d, a%d: %g, want %g", CHUNKS, lane, i, got, want);
            }
            for (int j = 0; j < 2; j++) { // b's columns are the tile's rows: registers j and j + 2
                uint32_t br[2] = {r[j], r[j + 2]};
                for (int i = 0; i < D::B; i++) {
                    At at = D::b(lane, i);
                    float got = get(((T *)br)[i]), want = number(first + j * 8 + at.column, step * 2 * E + at.row);
                    CHECK(got == want, "dense, %d chunks, lane %d, b%d of %d: %g, want %g", CHUNKS, lane, i, j, got, want);
                }
            }
        }
}

// Halves whose k is the tile's rows: a's columns are the tile's rows, and b's rows.
template <class T, int CHUNKS> static void across(void **) {
    typedef Documented<T> D;
    const int E = 16 / sizeof(T);
    Tile<CHUNKS> tile = {rg_dynamic_shared};
    int lane = (int)threadIdx.x;
    for (int e = lane; e < 32 * CHUNKS * E; e += 32)
        ((T *)tile.place(e / (CHUNKS * E), e % (CHUNKS * E) / E))[e % E] = put<T>((float)(e % 251));
    __syncthreads();
    auto number = [&](int row, int column) { return (float)((row * CHUNKS * E + column) % 251); };
    for (int first = 0; first < 32; first += 16)
        for (int column = 0; column < CHUNKS * E; column += 16) {
            uint32_t r[4];
            tile.across(r, first, column);
            for (int i = 0; i < D::A; i++) {
                At at = D::a(lane, i);
                float got = get(((T *)r)[i]), want = number(first + at.column, column + at.row);
                CHECK(got == want, "across, %d chunks, lane %d, a%d: %g, want %g", CHUNKS, lane, i, got, want);
            }
            for (int j = 0; j < 2; j++) {
                uint32_t br[2] = {r[j], r[j + 2]};
                for (int i = 0; i < D::B; i++) {
                    At at = D::b(lane, i);
                    float got = get(((T *)br)[i]), want = number(first + at.row, column + j * 8 + at.column);
                    CHECK(got == want, "across, %d chunks, lane %d, b%d of %d: %g, want %g", CHUNKS, lane, i, j, got, want);
                }
            }
        }
}

int main() {
    for (int j = 0; j < 4; j++)
        for (int e = 0; e < 64; e++)
            matrices[j][e / 8][e % 8] = (uint16_t)(j * 64 + e);
    void (*kernels[])(void **) = {
        products<half_t>, products<bf16_t>, products<tf32_t>, loads<false>, loads<true>, tiles<half_t, 4>, tiles<bf16_t, 8>, tiles<half_t, 16>,
        tiles<tf32_t, 4>, across<half_t, 8>, across<bf16_t, 16>,
    };
    const unsigned one[3] = {1, 1, 1}, warp[3] = {32, 1, 1};
    const unsigned orders[] = {0, 1, 7};
    for (unsigned order : orders)
        for (auto k : kernels)
            if (rg_launch(k, 0, one, warp, 32 * 16 * 16, order) != LAUNCHED)
                failures++, printf("a kernel failed\n");
    printf("%d failures\n", failures);
    return failures != 0;
}
