// The seam between shim.c, which is generated, and loader.c.
#ifndef RG_CUSHIM_LOADER_H
#define RG_CUSHIM_LOADER_H

#include <cuda.h>

// Names of the driver's functions in the order of rg_cuda_table, 0 at the end.
extern const char *const rg_cuda_names[];
extern void *rg_cuda_table[];

// rg_cuda_find opens the driver when it is first called, and gives function i, or 0 where there is none.
void *rg_cuda_find(int i);

// rg_cuda_name is the name of function i, or 0 behind the last.
const char *rg_cuda_name(int i);

// rg_cuda_missing is the answer of a function that isn't there: no device, or a driver too old.
CUresult rg_cuda_missing(void);

enum {
    RG_CUDA_UNOPENED, // no device was asked for so far
    RG_CUDA_READY,
    RG_CUDA_NO_LIBRARY, // rg_cuda_text says what the loader said
    RG_CUDA_NO_DEVICE,  // there is a library, and its cuInit failed with rg_cuda_result
    RG_CUDA_OFF,        // RG_LIBCUDA=off
};

extern int rg_cuda_state, rg_cuda_result;
extern char rg_cuda_path[4096], rg_cuda_text[512];

// rg_cuda_open opens the driver, once.
void rg_cuda_open(void);

#endif
