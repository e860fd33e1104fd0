// Smooth activations, and their gradients g·f′(x).
#include "nest.cuh"

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
template <class T> struct Slopes {
    T x, gate;
};
template <class T> __device__ static __forceinline__ Slopes<T> swiglu_grad(T x, T gate, T g) {
    typename Number<T>::compute v = get(gate), w = get(g);
    Slopes<T> out = {put<T>(w * silu(v)), put<T>(w * get(x) * silu_grad(v))};
    return out;
}

template <class T>
__device__ static __forceinline__ void swiglu_grads(T *dx, T *dgate, const T *x, const T *gate, const T *g, const Nest<5> &nest) {
    const int n = Width<T, T>::n;
    EACH_PACK(i, nest.packs) {
        int64_t at[5];
        locate(nest, i, at);
        if (nest.width == n && n > 1) {
            const int last = nest.rank - 1;
            Pack<T, n> a = load<T, n>(x + at[2], nest.step[2][last]), b = load<T, n>(gate + at[3], nest.step[3][last]);
            Pack<T, n> c = load<T, n>(g + at[4], nest.step[4][last]), first, second;
            for (int j = 0; j < n; j++) {
                Slopes<T> d = swiglu_grad(a.v[j], b.v[j], c.v[j]);
                first.v[j] = d.x, second.v[j] = d.gate;
            }
            *(Pack<T, n> *)(dx + at[0]) = first;
            *(Pack<T, n> *)(dgate + at[1]) = second;
        } else {
            Slopes<T> d = swiglu_grad(x[at[2]], gate[at[3]], g[at[4]]);
            dx[at[0]] = d.x, dgate[at[1]] = d.gate;
        }
    }
}

#define SWIGLU(suffix, T)                                                                                              \
    KERNEL rg_swiglu_##suffix(T *dst, const T *x, const T *gate, const Nest<3> nest) {                                 \
        map2(dst, x, gate, nest, [](T v, T w) { return put<T>(get(v) * silu(get(w))); });                              \
    }                                                                                                                  \
    KERNEL rg_swiglu_grad_##suffix(T *dx, T *dgate, const T *x, const T *gate, const T *g, const Nest<5> nest) {       \
        swiglu_grads(dx, dgate, x, gate, g, nest);                                                                     \
    }
FOR_FLOATS(SWIGLU)
