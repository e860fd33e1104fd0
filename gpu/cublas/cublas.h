// What rg calls of cuBLAS, by prototypes of our own: facts of its binary interface, the same in versions 11 to 13.
#ifndef RG_CUBLAS_H
#define RG_CUBLAS_H

typedef struct {
    void *library; // of dlopen
    int (*create)(void **handle);
    int (*set_stream)(void *handle, void *stream);
    int (*property)(int which, int *value); // 0 major, 1 minor, 2 patch
    const char *(*describe)(int status);    // 0 in old ones
    int (*gemm)(void *handle, int op_a, int op_b, int m, int n, int k, const void *alpha, const void *a, int type_a, int lda, long long step_a,
                const void *b, int type_b, int ldb, long long step_b, const void *beta, void *c, int type_c, int ldc, long long step_c,
                int count, int compute, int algorithm);
} rg_cublas;

// rg_cublas_open fills l from a library, or returns why it can't, in text.
const char *rg_cublas_open(rg_cublas *l, const char *path, const char *lt, char *text, int size);
const char *rg_cublas_path(const rg_cublas *l);

int rg_cublas_create(const rg_cublas *l, void **handle, void *stream);
int rg_cublas_property(const rg_cublas *l, int which);
const char *rg_cublas_describe(const rg_cublas *l, int status);

// rg_cublas_product is a batch of c = a·b, columns of matrices one behind the other.
typedef struct {
    int m, n, k, count;
    int transposed_a, transposed_b, lda, ldb, ldc;
    long long step_a, step_b, step_c;
    unsigned long long a, b, c; // addresses on the device
    int type, compute;
} rg_cublas_product;
int rg_cublas_multiply(const rg_cublas *l, void *handle, const rg_cublas_product *p);

#endif
