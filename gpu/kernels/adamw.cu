// One step of AdamW (Loshchilov and Hutter 2019) in one pass over a parameter, its gradient and its two moments.
#include "nest.cuh"

struct Step {
    double rate, beta1, beta2, eps, decay, correction1, correction2, scale;
};

#define ADAMW(suffix, T)                                                                          \
    KERNEL rg_adamw_##suffix(T *param, const T *grad, T *m, T *v, int64_t count, const Step s) {  \
        typedef Number<T>::compute C;                                                             \
        EACH_PACK(i, count) {                                                                     \
            C g = get(grad[i]) * (C)s.scale;                                                      \
            C first = (C)s.beta1 * get(m[i]) + (C)(1 - s.beta1) * g;                              \
            C second = (C)s.beta2 * get(v[i]) + (C)(1 - s.beta2) * g * g;                         \
            C p = get(param[i]) * (C)(1 - s.rate * s.decay);                                      \
            p -= (C)s.rate * (first / (C)s.correction1) / (sqrt(second / (C)s.correction2) + (C)s.eps); \
            param[i] = put<T>(p), m[i] = put<T>(first), v[i] = put<T>(second);                    \
        }                                                                                         \
    }
FOR_FLOATS(ADAMW)
