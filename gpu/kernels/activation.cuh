// Smooth activations of one number, and their slopes.
#pragma once
#include "types.cuh"

// x·Φ(x) (Hendrycks and Gimpel 2016).
template <class C> __device__ static __forceinline__ C gelu(C x) { return (C)0.5 * x * (1 + erf(x * (C)0.70710678118654752440)); }
template <class C> __device__ static __forceinline__ C gelu_grad(C x) {
    C phi = (C)0.39894228040143267794 * exp((C)-0.5 * x * x); // the normal density
    return (C)0.5 * (1 + erf(x * (C)0.70710678118654752440)) + x * phi;
}

// Its tanh approximation, as in GPT-2.
template <class C> __device__ static __forceinline__ C gelu_tanh(C x) {
    return (C)0.5 * x * (1 + tanh((C)0.79788456080286535588 * (x + (C)0.044715 * x * x * x)));
}
template <class C> __device__ static __forceinline__ C gelu_tanh_grad(C x) {
    C t = tanh((C)0.79788456080286535588 * (x + (C)0.044715 * x * x * x));
    return (C)0.5 * (1 + t) + (C)0.5 * x * (1 - t * t) * (C)0.79788456080286535588 * (1 + 3 * (C)0.044715 * x * x);
}

// x·σ(x).
template <class C> __device__ static __forceinline__ C silu(C x) { return x / (1 + exp(-x)); }
template <class C> __device__ static __forceinline__ C silu_grad(C x) {
    C s = 1 / (1 + exp(-x));
    return s * (1 + x * (1 - s));
}
