//go:build cuda

// Opens the CUDA driver when a device is first asked for, so that a program linked with gorgonia.org/cu starts
// where there is none. Its init() calls cuInit, and ends the process when that fails: ours always succeeds and opens nothing.
#define _GNU_SOURCE
#include "loader.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int rg_cuda_state = RG_CUDA_UNOPENED, rg_cuda_result;
char rg_cuda_path[4096], rg_cuda_text[512];

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void say(int state, const char *text) {
    rg_cuda_state = state;
    snprintf(rg_cuda_text, sizeof rg_cuda_text, "%s", text ? text : "unknown error");
}

static void load(void) {
    const char *path = getenv("RG_LIBCUDA");
    if (path && !strcmp(path, "off")) {
        say(RG_CUDA_OFF, "RG_LIBCUDA=off");
        return;
    }
    if (path && *path && *path != '/') { // never from the notebook's folder
        say(RG_CUDA_NO_LIBRARY, "RG_LIBCUDA must be an absolute path, or off");
        return;
    }
    if (!path || !*path)
        path = "libcuda.so.1";
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        say(RG_CUDA_NO_LIBRARY, dlerror());
        return;
    }
    CUresult (*init)(unsigned int) = (CUresult(*)(unsigned int))dlsym(library, "cuInit");
    if (!init) {
        char text[sizeof rg_cuda_text];
        snprintf(text, sizeof text, "%.400s has no cuInit: it is no CUDA driver", path);
        say(RG_CUDA_NO_LIBRARY, text);
        return;
    }
    Dl_info where;
    if (dladdr((void *)init, &where) && where.dli_fname)
        snprintf(rg_cuda_path, sizeof rg_cuda_path, "%s", where.dli_fname);
    for (int i = 0; rg_cuda_names[i]; i++)
        rg_cuda_table[i] = dlsym(library, rg_cuda_names[i]);
    rg_cuda_result = (int)init(0);
    if (rg_cuda_result != CUDA_SUCCESS) {
        const char *name = 0;
        CUresult (*describe)(CUresult, const char **) = (CUresult(*)(CUresult, const char **))dlsym(library, "cuGetErrorString");
        if (describe)
            describe((CUresult)rg_cuda_result, &name);
        for (int i = 0; rg_cuda_names[i]; i++)
            rg_cuda_table[i] = 0;
        say(RG_CUDA_NO_DEVICE, name ? name : "cuInit failed");
        return;
    }
    rg_cuda_state = RG_CUDA_READY;
}

void rg_cuda_open(void) { pthread_once(&once, load); }

void *rg_cuda_find(int i) {
    rg_cuda_open();
    return rg_cuda_table[i];
}

const char *rg_cuda_name(int i) { return rg_cuda_names[i]; }

CUresult rg_cuda_missing(void) {
    return rg_cuda_state == RG_CUDA_READY ? CUDA_ERROR_NOT_SUPPORTED : CUDA_ERROR_NO_DEVICE;
}

CUresult cuInit(unsigned int flags) {
    (void)flags;
    return CUDA_SUCCESS;
}
