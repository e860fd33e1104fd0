// One step of AdamW (Loshchilov and Hutter 2019) in one pass over a parameter, its gradient and its two moments; and the same for all
// parameters of a list in one launch.
#include "nest.cuh"

struct Step {
    double rate, beta1, beta2, eps, decay, correction1, correction2, scale;
};

template <class C> __device__ static __forceinline__ void adamw(C &p, C g, C &m, C &v, const Step &s) {
    g *= (C)s.scale;
    m = (C)s.beta1 * m + (C)(1 - s.beta1) * g;
    v = (C)s.beta2 * v + (C)(1 - s.beta2) * g * g;
    p *= (C)(1 - s.rate * s.decay);
    p -= (C)s.rate * (m / (C)s.correction1) / (sqrt(v / (C)s.correction2) + (C)s.eps);
}

// Entry is one parameter of a list. Where there is a master, the moments are of its type, and the parameter is the master rounded.
struct Entry {
    void *param, *grad, *m, *v, *master;
    int64_t count, first; // elements, and the first block
    int64_t packed;       // all of them begin at multiples of 16 bytes
    Step step;
};

#define BLOCK_ELEMENTS 4096

// update makes a step for elements lo to hi of an entry. P is what is stepped, rounded to a T.
template <class T, class P>
__device__ static __forceinline__ void update(T *param, P *master, const T *grad, P *ms, P *vs, const Entry &e, int64_t lo, int64_t hi) {
    typedef typename Number<P>::compute C;
    const Step s = e.step;
    auto step = [&](P &w, T g, P &m, P &v) { // and gives the parameter
        C x = get(w), first = get(m), second = get(v);
        adamw(x, (C)get(g), first, second, s);
        w = put<P>(x), m = put<P>(first), v = put<P>(second);
        return put<T>(x);
    };
    const int AT_ONCE = sizeof(P) > 4 ? 1 : 4;
    for (int64_t i = lo + threadIdx.x * AT_ONCE; i < hi; i += blockDim.x * AT_ONCE) {
        if (!e.packed || i + AT_ONCE > hi) {
            for (int64_t j = i; j < hi && j < i + AT_ONCE; j++)
                param[j] = step(master[j], grad[j], ms[j], vs[j]);
            continue;
        }
        Pack<P, AT_ONCE> w = *(Pack<P, AT_ONCE> *)(master + i), m = *(Pack<P, AT_ONCE> *)(ms + i), v = *(Pack<P, AT_ONCE> *)(vs + i);
        Pack<T, AT_ONCE> g = *(const Pack<T, AT_ONCE> *)(grad + i), p;
        for (int j = 0; j < AT_ONCE; j++)
            p.v[j] = step(w.v[j], g.v[j], m.v[j], v.v[j]);
        *(Pack<P, AT_ONCE> *)(ms + i) = m, *(Pack<P, AT_ONCE> *)(vs + i) = v, *(Pack<T, AT_ONCE> *)(param + i) = p;
        if (e.master)
            *(Pack<P, AT_ONCE> *)(master + i) = w;
    }
}

template <class T> __device__ static __forceinline__ void adamw_list(const Entry *list, int count) {
    int at = 0; // the last entry whose first block isn't behind this one
    for (int behind = count; behind - at > 1;) {
        int middle = (at + behind) / 2;
        if (list[middle].first <= blockIdx.x)
            at = middle;
        else
            behind = middle;
    }
    const Entry e = list[at];
    int64_t lo = (blockIdx.x - e.first) * BLOCK_ELEMENTS, hi = e.count - lo < BLOCK_ELEMENTS ? e.count : lo + BLOCK_ELEMENTS;
    if (e.master)
        update((T *)e.param, (float *)e.master, (const T *)e.grad, (float *)e.m, (float *)e.v, e, lo, hi);
    else
        update((T *)e.param, (T *)e.param, (const T *)e.grad, (T *)e.m, (T *)e.v, e, lo, hi);
}

#define ADAMW(suffix, T)                                                                                   \
    KERNEL rg_adamw_##suffix(T *param, const T *grad, T *m, T *v, int64_t count, const Step s) {           \
        EACH_PACK(i, count) {                                                                              \
            Number<T>::compute p = get(param[i]), first = get(m[i]), second = get(v[i]);                   \
            adamw(p, get(grad[i]), first, second, s);                                                      \
            param[i] = put<T>(p), m[i] = put<T>(first), v[i] = put<T>(second);                             \
        }                                                                                                  \
    }                                                                                                      \
    KERNEL __launch_bounds__(256) rg_adamw_list_##suffix(const Entry *list, int count) { adamw_list<T>(list, count); }
FOR_FLOATS(ADAMW)
