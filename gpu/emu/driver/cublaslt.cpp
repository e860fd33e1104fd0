// A libcublasLt.so.12 beside the emulated libcublas: as much of it as gpu/cublas calls, and stricter than the manual. What was destroyed isn't
// used, sizes and types of attributes are looked at, an algorithm is used for what it was asked for, and faults on operands that are less aligned
// than it was told. It needs workspace for long sums, which it rounds in parts if that is allowed, and leaves NaN in it. What isn't as it should be it says on stderr.
//
// Environment: RG_EMU_CUBLASLT=create, heuristic or multiply fails.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <map>
#include <mutex>

#include "blas.h"

namespace {

enum { DEFAULT = 1, BIAS = 4, GELU = 32, AUX = 128 };
enum { INPLACE = 1, OUTPUT_TYPE = 4 }; // how parts of a sum are added up
enum Kind { DESC, LAYOUT, PREFERENCE };

struct Desc {
    int compute, scale, op[2];
    unsigned epilogue;
    const void *bias;
    void *aux;
    long long aux_lead, aux_step;
};
struct Layout {
    int type;
    unsigned long long rows, columns;
    long long lead, step;
    int count;
};
struct Preference {
    size_t workspace;
    unsigned reduction;
    unsigned least[4];
};
struct Algorithm { // what it was asked for
    Shape shape;
    short type, compute;
    unsigned short epilogue, workspace, part; // of k, whose sum is stored as a matrix's elements are; or 0
    unsigned char least[6]; // of a, b, c, d, the bias and aux: as powers of two
};
struct Packed { // an algorithm is eight numbers, which can be copied about
    unsigned long long data[8];
};
struct Found {
    Packed algorithm;
    size_t workspace;
    int state;
    float waves;
    int reserved[4];
};

int the_handle;
std::mutex mutex; // of what follows
std::map<void *, Kind> living;
std::map<unsigned long long, Algorithm> algorithms; // by number: what was found is never forgotten

bool fault(const char *where) {
    const char *s = getenv("RG_EMU_CUBLASLT");
    return s && !strcmp(s, where);
}

int refuse(int status, const char *why) {
    fprintf(stderr, "emulated cublasLt: %s\n", why);
    return status;
}

template <class T> int make(void **handle, Kind kind, T value) {
    std::lock_guard<std::mutex> lock(mutex);
    void *p = new T(value);
    living[p] = kind;
    count(DESCRIPTORS, 1);
    return *handle = p, SUCCESS;
}
template <class T> int destroy(void *p, Kind kind) {
    std::lock_guard<std::mutex> lock(mutex);
    auto it = living.find(p);
    if (it == living.end() || it->second != kind)
        return refuse(INVALID_VALUE, "what is destroyed isn't there");
    living.erase(it);
    delete (T *)p;
    count(DESCRIPTORS, -1);
    return SUCCESS;
}
template <class T> T *of(void *p, Kind kind) {
    std::lock_guard<std::mutex> lock(mutex);
    auto it = living.find(p);
    return it == living.end() || it->second != kind ? nullptr : (T *)p;
}

int set(void *field, size_t size, const void *value, size_t given) {
    if (!value || size != given)
        return refuse(INVALID_VALUE, "an attribute's size is another");
    return memcpy(field, value, size), SUCCESS;
}

unsigned char power(const void *p) {
    unsigned char n = 0;
    while (n < 8 && ((uintptr_t)p >> n & 1) == 0)
        n++;
    return n;
}

// A product, as four descriptors have it.
int describe(Desc *d, Layout *a, Layout *b, Layout *c, Layout *e, Algorithm *out) {
    if (!d || !a || !b || !c || !e)
        return refuse(INVALID_VALUE, "a descriptor is missing, or was destroyed");
    for (Layout *l : {a, b, c, e}) {
        if (l->lead < (long long)l->rows || !l->rows || !l->columns || l->rows > 0x7fffffff || l->columns > 0x7fffffff)
            return refuse(INVALID_VALUE, "a matrix's columns overlap, or it is empty");
        if (l->count != a->count || l->count < 1)
            return refuse(INVALID_VALUE, "the batch has several sizes");
        if (l->type != a->type)
            return NOT_SUPPORTED;
    }
    if (memcmp(c, e, sizeof *c))
        return refuse(INVALID_VALUE, "C and D differ");
    if (e->count > 1 && e->step < e->lead * (long long)e->columns)
        return refuse(INVALID_VALUE, "matrices of the result overlap");
    unsigned long long m = d->op[0] ? a->columns : a->rows, k = d->op[0] ? a->rows : a->columns;
    unsigned long long k2 = d->op[1] ? b->columns : b->rows, n = d->op[1] ? b->rows : b->columns;
    if (m != e->rows || n != e->columns || k != k2)
        return refuse(INVALID_VALUE, "the shapes don't fit");
    bool wide = a->type == R_64F;
    if (d->scale != (wide ? R_64F : R_32F))
        return NOT_SUPPORTED;
    switch (a->type) {
    case R_32F:
        if (d->compute != COMPUTE_32F && d->compute != COMPUTE_32F_FAST_TF32)
            return NOT_SUPPORTED;
        break;
    case R_16F:
    case R_16BF:
        if (d->compute != COMPUTE_32F)
            return NOT_SUPPORTED;
        break;
    case R_64F:
        if (d->compute != COMPUTE_64F)
            return NOT_SUPPORTED;
        break;
    default:
        return NOT_SUPPORTED;
    }
    switch (d->epilogue) {
    case DEFAULT:
    case BIAS: break;
    case GELU:
    case GELU | BIAS:
    case GELU | AUX:
    case GELU | AUX | BIAS:
        if (wide)
            return NOT_SUPPORTED;
        break;
    default:
        return refuse(NOT_SUPPORTED, "no such epilogue");
    }
    if (d->epilogue & BIAS && !d->bias)
        return refuse(INVALID_VALUE, "there is no bias");
    if (d->epilogue & AUX && (!d->aux || d->aux_lead % 8 || d->aux_lead < (long long)m || d->aux_step % 8 ||
                              (e->count > 1 && d->aux_step < d->aux_lead * (long long)n)))
        return refuse(INVALID_VALUE, "aux has a lead or step that isn't allowed");
    *out = Algorithm{};
    out->shape = {d->op[0], d->op[1], (int)m, (int)n, (int)k, (int)a->lead, (int)b->lead, (int)e->lead, e->count, a->step, b->step, e->step};
    out->type = (short)a->type, out->compute = (short)d->compute, out->epilogue = (unsigned short)d->epilogue;
    if (d->epilogue & BIAS)
        out->least[4] = power(d->bias);
    if (d->epilogue & AUX)
        out->least[5] = power(d->aux);
    return SUCCESS;
}

bool same(const Shape &x, const Shape &y) {
    return x.op_a == y.op_a && x.op_b == y.op_b && x.m == y.m && x.n == y.n && x.k == y.k && x.lda == y.lda && x.ldb == y.ldb && x.ldc == y.ldc &&
           x.count == y.count && (x.count == 1 || (x.step_a == y.step_a && x.step_b == y.step_b && x.step_c == y.step_c));
}

// The tanh approximation.
template <class C> C gelu(C x) { return (C)0.5 * x * (1 + tanh((C)0.79788456080286535588 * (x + (C)0.044715 * x * x * x))); }

template <class T, class C> int compute(const Desc &d, const Algorithm &m, const void *alpha, const void *a, const void *b, const void *beta, void *out) {
    if (*(const C *)alpha != 1 || *(const C *)beta != 0)
        return NOT_SUPPORTED;
    const Shape &s = m.shape;
    multiply<T, C>(s, a, b, m.compute == COMPUTE_32F_FAST_TF32, m.part, [&](C sum, int i, int j, int z) {
        if (d.epilogue & BIAS)
            sum += (C)get(((const T *)d.bias)[i]);
        if (d.epilogue & AUX)
            ((T *)d.aux)[z * d.aux_step + (long long)j * d.aux_lead + i] = put<T>(sum);
        if (d.epilogue & GELU)
            sum = gelu(sum);
        ((T *)out)[z * s.step_c + (long long)j * s.ldc + i] = put<T>(sum);
    });
    count(d.epilogue == DEFAULT ? PRODUCTS : EPILOGUES, 1);
    return SUCCESS;
}

} // namespace

API int cublasLtCreate(void **handle) { return fault("create") ? NOT_INITIALIZED : (*handle = &the_handle, SUCCESS); }

API int cublasLtMatmulDescCreate(void **desc, int compute, int scale) { return make(desc, DESC, Desc{compute, scale, {0, 0}, DEFAULT, 0, 0, 0, 0}); }
API int cublasLtMatmulDescDestroy(void *desc) { return destroy<Desc>(desc, DESC); }
API int cublasLtMatmulDescSetAttribute(void *desc, int attribute, const void *value, size_t size) {
    Desc *d = of<Desc>(desc, DESC);
    if (!d)
        return refuse(INVALID_VALUE, "an attribute of no descriptor");
    switch (attribute) {
    case 3: return set(&d->op[0], sizeof d->op[0], value, size);
    case 4: return set(&d->op[1], sizeof d->op[1], value, size);
    case 7: return set(&d->epilogue, sizeof d->epilogue, value, size);
    case 8: return set(&d->bias, sizeof d->bias, value, size);
    case 11: return set(&d->aux, sizeof d->aux, value, size);
    case 12: return set(&d->aux_lead, sizeof d->aux_lead, value, size);
    case 13: return set(&d->aux_step, sizeof d->aux_step, value, size);
    }
    return refuse(INVALID_VALUE, "no such attribute of a product");
}

API int cublasLtMatrixLayoutCreate(void **layout, int type, uint64_t rows, uint64_t columns, int64_t lead) {
    return make(layout, LAYOUT, Layout{type, rows, columns, lead, 0, 1});
}
API int cublasLtMatrixLayoutDestroy(void *layout) { return destroy<Layout>(layout, LAYOUT); }
API int cublasLtMatrixLayoutSetAttribute(void *layout, int attribute, const void *value, size_t size) {
    Layout *l = of<Layout>(layout, LAYOUT);
    if (!l)
        return refuse(INVALID_VALUE, "an attribute of no layout");
    switch (attribute) {
    case 5: return set(&l->count, sizeof l->count, value, size);
    case 6: return set(&l->step, sizeof l->step, value, size);
    }
    return refuse(INVALID_VALUE, "no such attribute of a layout");
}

API int cublasLtMatmulPreferenceCreate(void **preference) { return make(preference, PREFERENCE, Preference{0, 7, {256, 256, 256, 256}}); }
API int cublasLtMatmulPreferenceDestroy(void *preference) { return destroy<Preference>(preference, PREFERENCE); }
API int cublasLtMatmulPreferenceSetAttribute(void *preference, int attribute, const void *value, size_t size) {
    Preference *p = of<Preference>(preference, PREFERENCE);
    if (!p)
        return refuse(INVALID_VALUE, "an attribute of no preference");
    switch (attribute) {
    case 1: return set(&p->workspace, sizeof p->workspace, value, size);
    case 3: return set(&p->reduction, sizeof p->reduction, value, size);
    case 5:
    case 6:
    case 7:
    case 8: return set(&p->least[attribute - 5], sizeof p->least[0], value, size);
    }
    return INVALID_VALUE; // 11 is of version 11
}

API int cublasLtMatmulAlgoGetHeuristic(void *handle, void *desc, void *a, void *b, void *c, void *d, void *preference, int most, Found *list, int *found) {
    count(HEURISTICS, 1);
    Preference *p = of<Preference>(preference, PREFERENCE);
    if (handle != &the_handle || !p || most < 1)
        return refuse(INVALID_VALUE, "no handle, no preference, or nothing is asked for");
    Algorithm m;
    *found = 0;
    int rc = describe(of<Desc>(desc, DESC), of<Layout>(a, LAYOUT), of<Layout>(b, LAYOUT), of<Layout>(c, LAYOUT), of<Layout>(d, LAYOUT), &m);
    if (rc)
        return rc;
    if (fault("heuristic"))
        return NOT_SUPPORTED;
    for (int i = 0; i < 4; i++) {
        if (p->least[i] < 1 || p->least[i] > 256 || p->least[i] & (p->least[i] - 1))
            return refuse(INVALID_VALUE, "an alignment is no power of two");
        m.least[i] = power((void *)(uintptr_t)p->least[i]);
    }
    if (m.epilogue & BIAS && m.least[4] < 4)
        m.least[4] = 4; // nothing says that it may be less
    m.workspace = m.shape.k > 64 && p->workspace >= 4096 ? 4096 : 0; // where there is none, another algorithm needs none
    m.part = m.workspace && p->reduction & (INPLACE | OUTPUT_TYPE) ? 64 : 0;
    std::lock_guard<std::mutex> lock(mutex);
    unsigned long long number = algorithms.size() + 1;
    algorithms[number] = m;
    list[0] = Found{{{number, ~number}}, m.workspace, SUCCESS, 1, {}};
    return *found = 1, SUCCESS;
}

API int cublasLtMatmul(void *handle, void *desc, const void *alpha, const void *a, void *la, const void *b, void *lb, const void *beta, const void *c, void *lc,
                       void *d, void *ld, const Packed *algorithm, void *workspace, size_t size, void *stream) {
    if (handle != &the_handle)
        return NOT_INITIALIZED;
    Desc *how = of<Desc>(desc, DESC);
    Algorithm now, m;
    int rc = describe(how, of<Layout>(la, LAYOUT), of<Layout>(lb, LAYOUT), of<Layout>(lc, LAYOUT), of<Layout>(ld, LAYOUT), &now);
    if (rc)
        return rc;
    if (fault("multiply"))
        return NOT_SUPPORTED;
    {
        std::lock_guard<std::mutex> lock(mutex);
        auto it = algorithm ? algorithms.find(algorithm->data[0]) : algorithms.end();
        if (it == algorithms.end() || algorithm->data[1] != ~algorithm->data[0])
            return refuse(INVALID_VALUE, "no such algorithm");
        m = it->second;
    }
    if (!same(m.shape, now.shape) || m.type != now.type || m.compute != now.compute || m.epilogue != now.epilogue)
        return refuse(INVALID_VALUE, "the algorithm was for another product");
    if (c != d)
        return refuse(INVALID_VALUE, "C isn't D");
    if (size < m.workspace || (m.workspace && (!workspace || power(workspace) < 8)))
        return refuse(INVALID_VALUE, "there is too little workspace, or it isn't aligned");
    const void *places[6] = {a, b, c, d, m.epilogue & BIAS ? how->bias : nullptr, m.epilogue & AUX ? how->aux : nullptr};
    for (int i = 0; i < 6; i++)
        if (places[i] && power(places[i]) < m.least[i])
            return refuse(EXECUTION_FAILED, "an operand is less aligned than was said: a GPU faults");
    if (!wait(stream))
        return EXECUTION_FAILED;
    memset(workspace, 0xff, m.workspace);
    switch (m.type) {
    case R_32F: return compute<float, float>(*how, m, alpha, a, b, beta, d);
    case R_64F: return compute<double, double>(*how, m, alpha, a, b, beta, d);
    case R_16F: return compute<half_t, float>(*how, m, alpha, a, b, beta, d);
    }
    return compute<bf16_t, float>(*how, m, alpha, a, b, beta, d);
}
