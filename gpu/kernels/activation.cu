// Smooth activations, and their gradients g·f′(x).
#include "pair.cuh"

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

#define ACTIVATION(name, suffix, T)                                                                      \
    KERNEL rg_##name##_##suffix(T *dst, const T *x, const Nest<2> nest) {                                \
        map1(dst, x, nest, [](T v) { return put<T>(name(get(v))); });                                    \
    }                                                                                                    \
    KERNEL rg_##name##_grad_##suffix(T *dst, const T *x, const T *g, const Nest<3> nest) {               \
        map2(dst, x, g, nest, [](T v, T w) { return put<T>(name##_grad(get(v)) * get(w)); });            \
    }
#define ACTIVATIONS(suffix, T)       \
    ACTIVATION(gelu, suffix, T)      \
    ACTIVATION(gelu_tanh, suffix, T) \
    ACTIVATION(silu, suffix, T)
FOR_FLOATS(ACTIVATIONS)

// SwiGLU (Shazeer 2020), x·gate·σ(gate), and the gradients of x and gate from that of the result, g.
template <class T> __device__ static __forceinline__ void swiglu_grads(T *dx, T *dgate, const T *x, const T *gate, const T *g, const Nest<5> &nest) {
    const T *const operands[3] = {x, gate, g};
    map_pair(dx, dgate, operands, nest, [](const T *v, T &first, T &second) {
        typename Number<T>::compute a = get(v[0]), b = get(v[1]), w = get(v[2]);
        first = put<T>(w * silu(b)), second = put<T>(w * a * silu_grad(b));
    });
}

#define SWIGLU(suffix, T)                                                                                              \
    KERNEL rg_swiglu_##suffix(T *dst, const T *x, const T *gate, const Nest<3> nest) {                                 \
        map2(dst, x, gate, nest, [](T v, T w) { return put<T>(get(v) * silu(get(w))); });                              \
    }                                                                                                                  \
    KERNEL rg_swiglu_grad_##suffix(T *dx, T *dgate, const T *x, const T *gate, const T *g, const Nest<5> nest) {       \
        swiglu_grads(dx, dgate, x, gate, g, nest);                                                                     \
    }
FOR_FLOATS(SWIGLU)
