// Tensor cores, and what feeds them: copies to shared memory that run beside the computing, fragments in the registers of a warp, and the
// products of fragments. From compute capability 8.0 on; on the CPU (RG_EMU) the same by their definitions.
//
// A fragment is a matrix that a warp's 32 threads hold together (PTX ISA, “Matrix Fragments for mma.m16n8k16 with floating point type” and
// “… mma.m16n8k8 …”). With g = lane / 4 and t = lane % 4, and chunks of 16 bytes of k (8 halves, or 4 floats), of which a product takes two:
//
//   a, 16 rows:     register i has row g + 8·(i % 2), chunk i / 2, and of it the 4 bytes number t
//   b, 8 columns:   register i has column g, chunk i, the 4 bytes number t
//   c, 16 × 8:      register i has row g + 8·(i / 2), column 2t + i % 2
//
// So one way to load serves both: 16 rows of a, or 16 columns of b, of which registers 0 and 2 are the first 8 and 1 and 3 the others.
#pragma once
#include "types.cuh"

#if defined(RG_EMU) || __CUDA_ARCH__ >= 800
#define TENSOR_CORES
#endif

#ifdef TENSOR_CORES

#define CHUNK_BYTES 16 // bytes

// A float whose fraction a product cuts to 10 bits.
struct tf32_t {
    float v;
};
template <> struct Number<tf32_t> {
    typedef float compute;
    __device__ static __forceinline__ float get(tf32_t v) { return v.v; }
    __device__ static __forceinline__ tf32_t put(float v) {
        tf32_t f = {v};
        return f;
    }
};

// Registers have no index that is computed: loops over fragments are written out.
#ifdef RG_EMU
#define UNROLL
#define UNROLL_4
#else
#define UNROLL _Pragma("unroll")
#define UNROLL_4 _Pragma("unroll 4")
#endif

#ifndef RG_EMU

__device__ static __forceinline__ uint32_t shared_address(const void *p) { return (uint32_t)__cvta_generic_to_shared(p); }

// copy_async begins the copy of a chunk to shared memory: that many bytes, the rest becomes 0. Both addresses are multiples of 16.
__device__ static __forceinline__ void copy_async(void *to, const void *from, int bytes) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from), "r"(bytes) : "memory");
}

// commit_copies ends a group of the thread's copies, and wait_copies waits for all of its groups but the last n. Other threads see
// what was copied behind a barrier.
__device__ static __forceinline__ void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int n> __device__ static __forceinline__ void wait_copies() { asm volatile("cp.async.wait_group %0;" ::"n"(n) : "memory"); }

// load_matrices loads four matrices of 8 rows of a chunk. Lane i says where row i % 8 of matrix i / 8 is; register j receives from row g of
// matrix j the 4 bytes number t, or, of 2-byte elements transposed, elements 2t and 2t + 1 of column g.
template <bool transposed> __device__ static __forceinline__ void load_matrices(uint32_t r[4], const void *row) {
    if (transposed)
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(shared_address(row)) : "memory");
    else
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(shared_address(row)) : "memory");
}

// round_fragment makes a fragment of floats one of TF32.
__device__ static __forceinline__ void round_fragment(uint32_t r[4]) {
    for (int i = 0; i < 4; i++)
        asm("cvt.rna.tf32.f32 %0, %0;" : "+r"(r[i]));
}

// pair rounds two numbers to halves, the first of which lies first.
template <class T> __device__ static __forceinline__ uint32_t pair(float first, float second);
template <> __device__ __forceinline__ uint32_t pair<half_t>(float first, float second) {
    uint32_t r;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(second), "f"(first));
    return r;
}
template <> __device__ __forceinline__ uint32_t pair<bf16_t>(float first, float second) {
    uint32_t r;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(second), "f"(first));
    return r;
}

// mma adds a·b to c.
template <class T> __device__ static __forceinline__ void mma(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1);

#define MMA(T, shape, type)                                                                                                    \
    template <> __device__ __forceinline__ void mma<T>(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1) {            \
        asm("mma.sync.aligned." shape ".row.col.f32." type "." type ".f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
            : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));  \
    }
MMA(half_t, "m16n8k16", "f16")
MMA(bf16_t, "m16n8k16", "bf16")
MMA(tf32_t, "m16n8k8", "tf32")

#else

__device__ static void copy_async(void *to, const void *from, int bytes) { rg_copy_async(to, from, bytes); }
__device__ static void commit_copies() { rg_commit_copies(); }
template <int n> __device__ static void wait_copies() { rg_wait_copies(n); }

template <bool transposed> __device__ static void load_matrices(uint32_t r[4], const void *row) {
    const void *rows[32];
    if ((uintptr_t)row % CHUNK_BYTES)
        rg_trap();
    rg_share(row, rows);
    for (int j = 0; j < 4; j++) {
        const void **matrix = rows + 8 * j;
        if (transposed) {
            uint16_t pair[2];
            for (int i = 0; i < 2; i++)
                pair[i] = ((const uint16_t *)matrix[rg_lane() % 4 * 2 + i])[rg_lane() / 4];
            memcpy(&r[j], pair, 4);
        } else {
            r[j] = ((const uint32_t *)matrix[rg_lane() / 4])[rg_lane() % 4];
        }
    }
    rg_warp_barrier(); // all have read
}

__device__ static void round_fragment(uint32_t r[4]) { // to nearest, ties away from 0
    for (int i = 0; i < 4; i++)
        if ((r[i] & 0x7f800000u) != 0x7f800000u)
            r[i] = (r[i] + 0x1000) & ~0x1fffu;
}

template <class T> __device__ static uint32_t pair(float first, float second) {
    return put<T>(first).bits | (uint32_t)put<T>(second).bits << 16;
}

// The elements of a fragment's registers, as numbers.
template <class T> __device__ static void elements(float *to, const uint32_t *r, int registers) {
    const T *from = (const T *)r;
    for (int i = 0; i < registers * 4 / (int)sizeof(T); i++)
        to[i] = get(from[i]);
}

template <class T> __device__ static void mma(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1) {
    const int each = 4 / sizeof(T), chunk = CHUNK_BYTES / sizeof(T); // elements of a register, and of a chunk
    struct {
        float a[4 * each], b[2 * each];
    } mine;
    const void *warp[32];
    const uint32_t b[2] = {b0, b1};
    elements<T>(mine.a, a, 4);
    elements<T>(mine.b, b, 2);
    rg_share(&mine, warp);
    for (int i = 0; i < 4; i++) {
        int row = rg_lane() / 4 + i / 2 * 8, column = rg_lane() % 4 * 2 + i % 2;
        for (int k = 0; k < 2 * chunk; k++) {
            int t = k % chunk / each, part = k % each;
            c[i] += ((decltype(mine) *)warp[row % 8 * 4 + t])->a[(row / 8 + k / chunk * 2) * each + part] *
                    ((decltype(mine) *)warp[column * 4 + t])->b[k / chunk * each + part];
        }
    }
    rg_warp_barrier(); // all have read
}

#endif

// Tile is rows of chunks in shared memory, permuted within a row so that 8 neighbouring rows of one chunk, which load_matrices reads at
// once, lie in different banks. WORDS says that words of 4 neighbouring rows are read instead.
template <int CHUNKS, bool WORDS = false> struct Tile {
    char *at;
    __device__ __forceinline__ char *place(int row, int chunk) const {
        const int many = CHUNKS < 8 ? CHUNKS : 8;
        int turn = WORDS ? row * 2 : row / (8 / many);
        return at + (row * CHUNKS + (chunk ^ (turn & (many - 1)))) * CHUNK_BYTES;
    }
    // dense is a fragment of 16 rows from first on, whose k is their chunks, and across one of halves whose k is the rows, of 16 columns.
    __device__ __forceinline__ void dense(uint32_t r[4], int first, int step) const {
        int lane = threadIdx.x % 32;
        load_matrices<false>(r, place(first + lane % 16, 2 * step + lane / 16));
    }
    __device__ __forceinline__ void across(uint32_t r[4], int first, int column) const {
        int lane = threadIdx.x % 32;
        load_matrices<true>(r, place(first + lane / 16 * 8 + lane % 8, column / 8 + lane / 8 % 2));
    }
};

#endif
