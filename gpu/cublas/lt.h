// What rg calls of cublasLt, by prototypes of our own: facts of its binary interface, the same in versions 11 to 13 (testdata/header.cpp compares
// them with NVIDIA's header).
#ifndef RG_CUBLASLT_H
#define RG_CUBLASLT_H

#include "cublas.h"

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t data[8];
} rg_lt_algorithm;

typedef struct {
    rg_lt_algorithm algorithm;
    size_t workspace;
    int status;
    float waves;
    int reserved[4];
} rg_lt_found;

typedef struct {
    int (*create)(void **handle);
    int (*desc_create)(void **desc, int compute, int scale);
    int (*desc_set)(void *desc, int attribute, const void *value, size_t size);
    int (*desc_destroy)(void *desc);
    int (*layout_create)(void **layout, int type, uint64_t rows, uint64_t columns, int64_t lead);
    int (*layout_set)(void *layout, int attribute, const void *value, size_t size);
    int (*layout_destroy)(void *layout);
    int (*preference_create)(void **preference);
    int (*preference_set)(void *preference, int attribute, const void *value, size_t size);
    int (*preference_destroy)(void *preference);
    int (*heuristic)(void *handle, void *desc, void *layout_a, void *layout_b, void *layout_c, void *layout_d, void *preference, int most,
                     rg_lt_found *list, int *count);
    int (*multiply)(void *handle, void *desc, const void *alpha, const void *a, void *layout_a, const void *b, void *layout_b, const void *beta,
                    const void *c, void *layout_c, void *d, void *layout_d, const rg_lt_algorithm *algorithm, void *workspace, size_t workspace_size,
                    void *stream);
} rg_lt;

// Of cublasLtMatmulDescAttributes_t, cublasLtMatrixLayoutAttribute_t, cublasLtMatmulPreferenceAttributes_t, cublasLtReductionScheme_t and
// cublasLtEpilogue_t.
enum {
    RG_LT_DESC_OP_A = 3, // int
    RG_LT_DESC_OP_B = 4,
    RG_LT_DESC_EPILOGUE = 7, // unsigned
    RG_LT_DESC_BIAS = 8,     // void *; that of a batch is one, unless a stride is set
    RG_LT_DESC_AUX = 11,
    RG_LT_DESC_AUX_LEAD = 12, // int64_t
    RG_LT_DESC_AUX_STEP = 13,

    RG_LT_LAYOUT_COUNT = 5, // int
    RG_LT_LAYOUT_STEP = 6,  // int64_t

    RG_LT_PREFERENCE_WORKSPACE = 1,   // size_t: the most
    RG_LT_PREFERENCE_REDUCTION = 3,   // unsigned
    RG_LT_PREFERENCE_ALIGNMENT_A = 5, // unsigned: the least; those of B, C and D follow
    RG_LT_PREFERENCE_EPILOGUE = 11,   // unsigned: in version 11 alone

    RG_LT_REDUCTION_WIDE = 2, // parts of a sum are added up in the type that it is computed in

    RG_LT_BIAS = 4,
    RG_LT_GELU = 32,
    RG_LT_AUX = 128,
};

// rg_lt_open fills l from cuBLAS, which depends on cublasLt, and says whether it has all.
int rg_lt_open(rg_lt *l, void *cublas);
int rg_lt_create(const rg_lt *l, void **handle);

// rg_lt_product is a product, and what becomes of the sums. C and D are one.
typedef struct {
    rg_cublas_product product;
    int scale;    // cudaDataType of alpha and beta
    int epilogue; // RG_LT_BIAS, RG_LT_GELU and RG_LT_AUX
    unsigned long long bias, aux;
    long long workspace; // bytes: the most, or what there is
    unsigned long long workspace_at;
} rg_lt_product;

// rg_lt_plan asks how a product is best computed. The addresses' alignment counts, and nothing is read.
int rg_lt_plan(const rg_lt *l, void *handle, const rg_lt_product *p, rg_lt_algorithm *algorithm, long long *workspace);
int rg_lt_multiply(const rg_lt *l, void *handle, const rg_lt_product *p, const rg_lt_algorithm *algorithm, void *stream);

#endif
