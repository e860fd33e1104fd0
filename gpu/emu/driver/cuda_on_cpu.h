// CUDA's language for a C++ compiler: what gpu/kernels uses of it, on one CPU thread. A thread of a block is a fiber
// (fiber.cpp), so a barrier is where fibers wait for each other, and blocks run one after another.
#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct dim3 {
    unsigned x, y, z;
};

// Where the running fiber is in its grid.
extern dim3 rg_block_index, rg_block_dim, rg_grid_dim;
extern dim3 *rg_thread_index;
extern unsigned rg_thread; // its number in the block: x fastest, as the hardware forms warps
extern char *rg_dynamic_shared;

#define threadIdx (*rg_thread_index)
#define blockIdx rg_block_index
#define blockDim rg_block_dim
#define gridDim rg_grid_dim
#define warpSize 32

#define __global__ RG_GLOBAL
#ifndef RG_REGISTRY // registry.py finds kernels by the word
#define RG_GLOBAL
#endif
#define __device__
#define __host__
#define __constant__ static
#define __forceinline__ inline
#ifndef RG_REGISTRY
#define __launch_bounds__(...)
#endif
#define __align__(n) alignas(n)
#define __shared__ static // one block at a time, so one copy is the block's; fiber.cpp can't fill it with NaN
#define RG_DYNAMIC_SHARED(T, name) T *name = (T *)rg_dynamic_shared

extern "C" void rg_barrier(const char *file, int line); // of the block
extern "C" void rg_warp_barrier(void); // of the warp: lanes meet, and see each other's registers
extern "C" void rg_sync_warp(void);    // and memory
extern "C" void rg_trap(void);         // ends the kernel with an error
extern "C" uint64_t rg_exchange(uint64_t value, unsigned lane);
extern "C" unsigned rg_ballot(int predicate);
// rg_share tells the lanes of a warp a pointer of each; what it points to may be read until a warp barrier, which the caller must wait at.
extern "C" void rg_share(const void *mine, const void **all);
// Copies of 16 bytes that take effect when they are waited for, or at once in other orders of threads: both are allowed.
extern "C" void rg_copy_async(void *to, const void *from, int bytes);
extern "C" void rg_commit_copies(void);
extern "C" void rg_wait_copies(unsigned but); // all groups but so many

#define __syncthreads() rg_barrier(__FILE__, __LINE__)
#define __syncwarp(...) rg_sync_warp()
static inline void __threadfence() {}
static inline void __threadfence_block() {}

static inline unsigned rg_lane() { return rg_thread & 31; }

template <class T> static inline T rg_shuffle(T v, unsigned lane) {
    static_assert(sizeof(T) <= 8, "a shuffle moves at most 8 bytes");
    uint64_t bits = 0;
    memcpy(&bits, &v, sizeof v);
    bits = rg_exchange(bits, lane);
    memcpy(&v, &bits, sizeof v);
    return v;
}
template <class T> static inline T __shfl_sync(unsigned, T v, int lane) { return rg_shuffle(v, lane & 31); }
template <class T> static inline T __shfl_xor_sync(unsigned, T v, int mask) { return rg_shuffle(v, rg_lane() ^ mask); }
template <class T> static inline T __shfl_down_sync(unsigned, T v, unsigned by) {
    return rg_shuffle(v, rg_lane() + by > 31 ? rg_lane() : rg_lane() + by);
}
template <class T> static inline T __shfl_up_sync(unsigned, T v, unsigned by) {
    return rg_shuffle(v, rg_lane() < by ? rg_lane() : rg_lane() - by);
}
static inline unsigned __ballot_sync(unsigned, int p) { return rg_ballot(p); }
static inline int __any_sync(unsigned, int p) { return rg_ballot(p) != 0; }

// Fibers give way only at barriers, so a plain update is atomic.
template <class T> static inline T atomicAdd(T *p, T v) { T old = *p; *p = old + v; return old; }
template <class T> static inline T atomicMax(T *p, T v) { T old = *p; *p = old > v ? old : v; return old; }
template <class T> static inline T atomicMin(T *p, T v) { T old = *p; *p = old < v ? old : v; return old; }
template <class T> static inline T atomicExch(T *p, T v) { T old = *p; *p = v; return old; }
template <class T> static inline T atomicCAS(T *p, T expected, T v) { T old = *p; if (old == expected) *p = v; return old; }

struct alignas(8) float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };
struct alignas(16) double2 { double x, y; };
struct alignas(8) uint2 { unsigned x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
static inline float2 make_float2(float x, float y) { return {x, y}; }
static inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
static inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
static inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

template <class T> static inline T __ldg(const T *p) { return *p; }
static inline unsigned __float_as_uint(float f) { unsigned u; memcpy(&u, &f, 4); return u; }
static inline float __uint_as_float(unsigned u) { float f; memcpy(&f, &u, 4); return f; }
static inline long long __double_as_longlong(double d) { long long u; memcpy(&u, &d, 8); return u; }
static inline double __longlong_as_double(long long u) { double d; memcpy(&d, &u, 8); return d; }
static inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((uint64_t)a * b >> 32); }
static inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
    return (unsigned long long)((unsigned __int128)a * b >> 64);
}
static inline float rsqrtf(float x) { return 1 / sqrtf(x); }
static inline double rsqrt(double x) { return 1 / sqrt(x); }
#define __expf(x) expf(x)
#define __logf(x) logf(x)
static inline float __fdividef(float x, float y) { return x / y; }
static inline int min(int a, int b) { return a < b ? a : b; }
static inline int max(int a, int b) { return a > b ? a : b; }
static inline long long min(long long a, long long b) { return a < b ? a : b; }
static inline long long max(long long a, long long b) { return a > b ? a : b; }

#define __trap() rg_trap()
