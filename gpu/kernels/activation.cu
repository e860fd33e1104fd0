// Smooth activations, and their gradients g·f′(x).
#include "activation.cuh"
#include "pair.cuh"

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
