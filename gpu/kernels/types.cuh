// Number types and how kernels compute with them: halves are widened to float and rounded once, at the end.
#pragma once

// A loop over axes or packs isn't worth four copies of its body, in seven hundred kernels.
#ifdef RG_EMU
#include "cuda_on_cpu.h"
#define NO_UNROLL
#else
#define NO_UNROLL _Pragma("unroll 1")
typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
#define INFINITY __int_as_float(0x7f800000)
#define NAN __int_as_float(0x7fffffff)
#define RG_DYNAMIC_SHARED(T, name)                  \
    extern __shared__ __align__(128) char shared_bytes_[]; \
    T *name = (T *)shared_bytes_
#endif

#define KERNEL extern "C" __global__ void
#define WARP 0xffffffffu

// IEEE 754 binary16 and bfloat16, by their bits.
struct half_t {
    uint16_t bits;
};
struct bf16_t {
    uint16_t bits;
};
struct bool_t {
    uint8_t v;
};

__device__ static __forceinline__ float widen(bf16_t h) { return __uint_as_float((uint32_t)h.bits << 16); }

__device__ static __forceinline__ bf16_t narrow_bf16(float f) {
    bf16_t h;
#if !defined(RG_EMU) && __CUDA_ARCH__ >= 800
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(h.bits) : "f"(f));
#else
    uint32_t u = __float_as_uint(f);
    if ((u & 0x7fffffffu) > 0x7f800000u)
        h.bits = (uint16_t)(u >> 16 | 0x40); // a NaN stays one
    else
        h.bits = (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16); // to nearest, ties to even
#endif
    return h;
}

__device__ static __forceinline__ float widen(half_t h) {
#ifndef RG_EMU
    float f;
    asm("cvt.f32.f16 %0, %1;" : "=f"(f) : "h"(h.bits));
    return f;
#else
    uint32_t sign = (uint32_t)(h.bits & 0x8000) << 16, exponent = h.bits >> 10 & 31, fraction = h.bits & 0x3ff;
    if (exponent == 31)
        return __uint_as_float(sign | 0x7f800000u | fraction << 13);
    if (exponent == 0) {
        float f = (float)fraction * 0x1p-24f;
        return sign ? -f : f;
    }
    return __uint_as_float(sign | (exponent + 112) << 23 | fraction << 13);
#endif
}

__device__ static __forceinline__ half_t narrow_half(float f) {
    half_t h;
#ifndef RG_EMU
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(h.bits) : "f"(f));
#else
    uint32_t u = __float_as_uint(f), a = u & 0x7fffffffu, sign = u >> 16 & 0x8000;
    if (a > 0x7f800000u)
        h.bits = (uint16_t)(sign | 0x7e00);
    else if (a >= 0x477ff000u) // rounds to 2¹⁶ or more
        h.bits = (uint16_t)(sign | 0x7c00);
    else if (a >= 0x38800000u) // normal
        h.bits = (uint16_t)(sign | ((a - 0x38000000u + 0xfff + (a >> 13 & 1)) >> 13));
    else // subnormal: the addition rounds at the place of 2⁻²⁴
        h.bits = (uint16_t)(sign | (__float_as_uint(__uint_as_float(a) + 0.5f) - 0x3f000000u));
#endif
    return h;
}

// What a type is computed in, and the way there and back.
template <class T> struct Number {
    typedef T compute;
    __device__ static __forceinline__ T get(T v) { return v; }
    __device__ static __forceinline__ T put(T v) { return v; }
};
template <> struct Number<half_t> {
    typedef float compute;
    __device__ static __forceinline__ float get(half_t v) { return widen(v); }
    __device__ static __forceinline__ half_t put(float v) { return narrow_half(v); }
};
template <> struct Number<bf16_t> {
    typedef float compute;
    __device__ static __forceinline__ float get(bf16_t v) { return widen(v); }
    __device__ static __forceinline__ bf16_t put(float v) { return narrow_bf16(v); }
};
template <> struct Number<bool_t> {
    typedef bool compute;
    __device__ static __forceinline__ bool get(bool_t v) { return v.v != 0; }
    __device__ static __forceinline__ bool_t put(bool v) {
        bool_t b = {v};
        return b;
    }
};

template <class T> __device__ __forceinline__ typename Number<T>::compute get(T v) { return Number<T>::get(v); }
template <class T> __device__ __forceinline__ T put(typename Number<T>::compute v) { return Number<T>::put(v); }

// What many numbers are multiplied or added up in: a product of a thousand floats loses two more digits than their sum.
template <class C> struct Wider {
    typedef C type;
};
template <> struct Wider<float> {
    typedef double type;
};

// The data types, and the names that kernels carry: rg_exp_f32.
#define FOR_FLOATS(M) M(f32, float) M(f64, double) M(f16, half_t) M(bf16, bf16_t)
#define FOR_INTEGERS(M) M(i64, int64_t) M(i32, int32_t) M(i8, int8_t) M(u8, uint8_t)
#define FOR_NUMBERS(M) FOR_FLOATS(M) FOR_INTEGERS(M)
#define FOR_ALL(M) FOR_NUMBERS(M) M(bool, bool_t)
// By size, where only bits are moved.
#define FOR_SIZES(M) M(1, uint8_t) M(2, uint16_t) M(4, uint32_t) M(8, uint64_t)

template <class T> __device__ static __forceinline__ bool not_a_number(T v) { return v != v; }

// The larger and the smaller, where NaN is the extreme of both.
template <class T> __device__ static __forceinline__ T larger(T a, T b) { return not_a_number(a) || a > b ? a : b; }
template <class T> __device__ static __forceinline__ T smaller(T a, T b) { return not_a_number(a) || a < b ? a : b; }

// warp_sum and warp_max give every lane the warp's result.
template <class C> __device__ static C warp_sum(C v) {
    for (int o = 16; o > 0; o /= 2)
        v += __shfl_xor_sync(WARP, v, o);
    return v;
}
template <class C> __device__ static C warp_max(C v) {
    for (int o = 16; o > 0; o /= 2)
        v = larger(v, __shfl_xor_sync(WARP, v, o));
    return v;
}
