//go:build cuda

#include "lt.h"

#include <dlfcn.h>

enum { NOT_SUPPORTED = 15, COMPUTE_64F = 70 }; // cublasStatus_t and cublasComputeType_t

int rg_lt_open(rg_lt *l, void *cublas) {
    const struct {
        void *at;
        const char *name;
    } list[] = {
        {&l->create, "cublasLtCreate"},
        {&l->desc_create, "cublasLtMatmulDescCreate"},
        {&l->desc_set, "cublasLtMatmulDescSetAttribute"},
        {&l->desc_destroy, "cublasLtMatmulDescDestroy"},
        {&l->layout_create, "cublasLtMatrixLayoutCreate"},
        {&l->layout_set, "cublasLtMatrixLayoutSetAttribute"},
        {&l->layout_destroy, "cublasLtMatrixLayoutDestroy"},
        {&l->preference_create, "cublasLtMatmulPreferenceCreate"},
        {&l->preference_set, "cublasLtMatmulPreferenceSetAttribute"},
        {&l->preference_destroy, "cublasLtMatmulPreferenceDestroy"},
        {&l->heuristic, "cublasLtMatmulAlgoGetHeuristic"},
        {&l->multiply, "cublasLtMatmul"},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (!(*(void **)list[i].at = dlsym(cublas, list[i].name))) // looks in what the library depends on, too: so this is its cublasLt
            return 0;
    return 1;
}

int rg_lt_create(const rg_lt *l, void **handle) { return l->create(handle); }

// A product as cublasLt has it described.
typedef struct {
    void *desc, *layout[3]; // of a, b and c
} Description;

static void forget(const rg_lt *l, Description *d) {
    for (int i = 0; i < 3; i++)
        if (d->layout[i])
            l->layout_destroy(d->layout[i]);
    if (d->desc)
        l->desc_destroy(d->desc);
}

static int lay_out(const rg_lt *l, void **layout, const rg_cublas_product *p, int rows, int columns, int lead, int64_t step) {
    int rc = l->layout_create(layout, p->type, (uint64_t)rows, (uint64_t)columns, lead);
    if (!rc && p->count > 1) {
        rc = l->layout_set(*layout, RG_LT_LAYOUT_COUNT, &p->count, sizeof p->count);
        if (!rc)
            rc = l->layout_set(*layout, RG_LT_LAYOUT_STEP, &step, sizeof step);
    }
    return rc;
}

// describe makes a description, which is to be forgotten even if that fails.
static int describe(const rg_lt *l, const rg_lt_product *q, Description *d) {
    const rg_cublas_product *p = &q->product;
    const int op_a = p->transposed_a, op_b = p->transposed_b; // OP_N and OP_T
    const unsigned epilogue = (unsigned)q->epilogue;
    const void *bias = (const void *)(uintptr_t)q->bias;
    void *aux = (void *)(uintptr_t)q->aux;
    const int64_t lead = p->ldc, step = p->step_c;
    *d = (Description){0};
    int rc = l->desc_create(&d->desc, p->compute, q->scale);
    const struct {
        int wanted, attribute;
        const void *value;
        size_t size;
    } list[] = {
        {1, RG_LT_DESC_OP_A, &op_a, sizeof op_a},
        {1, RG_LT_DESC_OP_B, &op_b, sizeof op_b},
        {1, RG_LT_DESC_EPILOGUE, &epilogue, sizeof epilogue},
        {q->epilogue & RG_LT_BIAS, RG_LT_DESC_BIAS, &bias, sizeof bias},
        {q->epilogue & RG_LT_AUX, RG_LT_DESC_AUX, &aux, sizeof aux},
        {q->epilogue & RG_LT_AUX, RG_LT_DESC_AUX_LEAD, &lead, sizeof lead},
        {q->epilogue & RG_LT_AUX, RG_LT_DESC_AUX_STEP, &step, sizeof step},
    };
    for (size_t i = 0; !rc && i < sizeof list / sizeof *list; i++)
        if (list[i].wanted)
            rc = l->desc_set(d->desc, list[i].attribute, list[i].value, list[i].size);
    if (!rc)
        rc = lay_out(l, &d->layout[0], p, op_a ? p->k : p->m, op_a ? p->m : p->k, p->lda, p->step_a);
    if (!rc)
        rc = lay_out(l, &d->layout[1], p, op_b ? p->n : p->k, op_b ? p->k : p->n, p->ldb, p->step_b);
    if (!rc)
        rc = lay_out(l, &d->layout[2], p, p->m, p->n, p->ldc, p->step_c);
    return rc;
}

// alignment is the largest power of two that divides an address: 256 is as much as is asked for.
static unsigned alignment(unsigned long long address) {
    unsigned n = 256;
    while (address % n)
        n /= 2;
    return n;
}

int rg_lt_plan(const rg_lt *l, void *handle, const rg_lt_product *q, rg_lt_algorithm *algorithm, long long *workspace) {
    Description d;
    int rc = describe(l, q, &d);
    void *preference = 0;
    if (!rc)
        rc = l->preference_create(&preference);
    if (!rc) {
        const size_t most = (size_t)q->workspace;
        rc = l->preference_set(preference, RG_LT_PREFERENCE_WORKSPACE, &most, sizeof most);
    }
    if (!rc && q->scale != q->product.type) { // the sums of halves are float32's, in parts as well
        const unsigned wide = RG_LT_REDUCTION_WIDE;
        rc = l->preference_set(preference, RG_LT_PREFERENCE_REDUCTION, &wide, sizeof wide);
    }
    const unsigned long long addresses[] = {q->product.a, q->product.b, q->product.c, q->product.c};
    for (int i = 0; !rc && i < 4; i++) {
        const unsigned least = alignment(addresses[i]);
        rc = l->preference_set(preference, RG_LT_PREFERENCE_ALIGNMENT_A + i, &least, sizeof least);
    }
    if (!rc) {
        const unsigned epilogue = (unsigned)q->epilogue;
        l->preference_set(preference, RG_LT_PREFERENCE_EPILOGUE, &epilogue, sizeof epilogue); // version 12 has none, and takes it from desc
        rg_lt_found found;
        int count = 0;
        rc = l->heuristic(handle, d.desc, d.layout[0], d.layout[1], d.layout[2], d.layout[2], preference, 1, &found, &count);
        if (!rc)
            rc = count ? found.status : NOT_SUPPORTED;
        if (!rc) {
            *algorithm = found.algorithm;
            *workspace = (long long)found.workspace;
        }
    }
    if (preference)
        l->preference_destroy(preference);
    forget(l, &d);
    return rc;
}

int rg_lt_multiply(const rg_lt *l, void *handle, const rg_lt_product *q, const rg_lt_algorithm *algorithm, void *stream) {
    const float one = 1, zero = 0;
    const double one64 = 1, zero64 = 0;
    const rg_cublas_product *p = &q->product;
    const int wide = p->compute == COMPUTE_64F;
    void *c = (void *)(uintptr_t)p->c;
    Description d;
    int rc = describe(l, q, &d);
    if (!rc)
        rc = l->multiply(handle, d.desc, wide ? (const void *)&one64 : &one, (const void *)(uintptr_t)p->a, d.layout[0], (const void *)(uintptr_t)p->b,
                         d.layout[1], wide ? (const void *)&zero64 : &zero, c, d.layout[2], c, d.layout[2], algorithm,
                         (void *)(uintptr_t)q->workspace_at, (size_t)q->workspace, stream);
    forget(l, &d);
    return rc;
}
