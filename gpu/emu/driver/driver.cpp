// A libcuda.so.1 that runs gpu/kernels on the CPU: enough of the driver's interface for gpu/cuda, and stricter than a
// GPU. Memory begins as NaN and lies between guard pages, copies are bounds-checked, freeing twice is an error, every handle is
// checked, and what was not given back can be asked for.
//
// Environment: RG_EMU_ORDER (the order of threads and blocks, see fiber.h), RG_EMU_MEMORY (bytes of device memory; 2 GiB),
// RG_EMU_FAULT (the name of a kernel that faults).
#include <cuda.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <map>
#include <mutex>
#include <set>

#include "fiber.h"
#include "kernels.h"

#define API extern "C" __attribute__((visibility("default"))) CUresult

struct CUmod_st {};
struct CUevent_st {
    timespec at;
    bool recorded;
};

namespace {

std::mutex mutex; // of all that follows
std::map<CUdeviceptr, size_t> device_memory;
std::map<void *, size_t> pinned_memory;
std::set<void *> streams, events, modules;
size_t in_use, peak_in_use;
CUresult failure = CUDA_SUCCESS; // of a kernel: every later call gives it, until the context is reset
unsigned long long counts[8];

// What cuDeviceGetAttribute tells beyond the driver's own attributes: the counters above.
enum { COUNT_UPLOADS, COUNT_DOWNLOADS, COUNT_DEVICE_COPIES, COUNT_LAUNCHES, COUNT_ALLOCATIONS, COUNT_DOWNLOADED, COUNT_LIVE, FIRST_COUNT = 10000 };

thread_local CUcontext current;
char primary_context; // its address is the handle

size_t capacity() {
    const char *s = getenv("RG_EMU_MEMORY");
    return s ? strtoull(s, 0, 10) : (size_t)2 << 30;
}

const size_t PAGE = 4096, ALIGN = 256;
const unsigned char REDZONE = 0xa5;

size_t pages(size_t n) { return (n + PAGE - 1) / PAGE * PAGE; }

// The block's end lies as near to a guard page as the alignment of its start allows; what is between is checked when it is freed.
size_t lead(size_t n) { return pages(n + ALIGN) - (n + ALIGN - 1) / ALIGN * ALIGN; }

bool inside(CUdeviceptr p, size_t n) {
    auto it = device_memory.upper_bound(p);
    if (it == device_memory.begin())
        return n == 0;
    --it;
    return p >= it->first && p - it->first <= it->second && n <= it->second - (p - it->first);
}

CUresult allocate(CUdeviceptr *out, size_t n) {
    if (!n)
        return CUDA_ERROR_INVALID_VALUE;
    if (in_use + n > capacity() || n > capacity())
        return CUDA_ERROR_OUT_OF_MEMORY;
    size_t body = pages(n + ALIGN);
    char *base = (char *)mmap(0, body + 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return CUDA_ERROR_OUT_OF_MEMORY;
    mprotect(base, PAGE, PROT_NONE);
    mprotect(base + PAGE + body, PAGE, PROT_NONE);
    char *start = base + PAGE + lead(n);
    memset(start, 0xff, n); // NaN in every floating-point type
    memset(start + n, REDZONE, (size_t)(base + PAGE + body - (start + n)));
    device_memory[(CUdeviceptr)start] = n;
    in_use += n;
    peak_in_use = in_use > peak_in_use ? in_use : peak_in_use;
    counts[COUNT_ALLOCATIONS]++;
    *out = (CUdeviceptr)start;
    return CUDA_SUCCESS;
}

CUresult release(CUdeviceptr p) {
    auto it = device_memory.find(p);
    if (it == device_memory.end()) {
        fprintf(stderr, "emulated GPU: %p is freed, and is no block: freed twice?\n", (void *)p);
        return CUDA_ERROR_INVALID_VALUE;
    }
    size_t n = it->second, body = pages(n + ALIGN);
    unsigned char *end = (unsigned char *)p + n, *limit = (unsigned char *)p - lead(n) + body;
    CUresult result = CUDA_SUCCESS;
    for (; end < limit; end++)
        if (*end != REDZONE) {
            fprintf(stderr, "emulated GPU: something wrote behind the end of a block of %zu bytes\n", n);
            result = CUDA_ERROR_ILLEGAL_ADDRESS;
            break;
        }
    in_use -= n;
    device_memory.erase(it);
    munmap((char *)p - lead(n) - PAGE, body + 2 * PAGE);
    return result;
}

typedef std::lock_guard<std::mutex> Lock;

bool live(std::set<void *> &handles, const void *h) { return handles.count((void *)h) != 0; }
bool stream_ok(CUstream s) { return !s || live(streams, s); }

#define FAIL_IF(condition, error) \
    if (condition)                \
    return error
#define ENTER                          \
    Lock lock(mutex);                  \
    FAIL_IF(!current, CUDA_ERROR_INVALID_CONTEXT); \
    FAIL_IF(failure, failure)

} // namespace

API cuInit(unsigned int) { return CUDA_SUCCESS; }
API cuDriverGetVersion(int *v) { return *v = 12060, CUDA_SUCCESS; }
API cuDeviceGetCount(int *n) { return *n = 1, CUDA_SUCCESS; }
API cuDeviceGet(CUdevice *d, int i) { return i ? CUDA_ERROR_INVALID_DEVICE : (*d = 0, CUDA_SUCCESS); }
API cuDeviceGetName(char *s, int n, CUdevice) { return snprintf(s, (size_t)n, "rg's emulated GPU"), CUDA_SUCCESS; }
API cuDeviceTotalMem_v2(size_t *n, CUdevice) { return *n = capacity(), CUDA_SUCCESS; }
API cuDeviceGetUuid(CUuuid *u, CUdevice) { return memset(u, 7, sizeof *u), CUDA_SUCCESS; }

API cuDeviceGetAttribute(int *v, CUdevice_attribute a, CUdevice) {
    Lock lock(mutex);
    switch ((int)a) {
    case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK: *v = 1024; break;
    case CU_DEVICE_ATTRIBUTE_WARP_SIZE: *v = 32; break;
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: *v = 2; break;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK: *v = 49152; break;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN: *v = 232448; break;
    case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR: *v = 2048; break;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: *v = 9; break;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR: *v = 0; break;
    case CU_DEVICE_ATTRIBUTE_CLOCK_RATE: *v = 1000000; break;
    case CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE: *v = 1000000; break;
    case CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH: *v = 64; break;
    case CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE: *v = 1 << 20; break;
    case FIRST_COUNT + COUNT_LIVE: *v = (int)(device_memory.size() + pinned_memory.size()); break;
    default: *v = (int)a >= FIRST_COUNT && (int)a < FIRST_COUNT + COUNT_LIVE ? (int)counts[(int)a - FIRST_COUNT] : 0;
    }
    return CUDA_SUCCESS;
}

API cuDevicePrimaryCtxRetain(CUcontext *c, CUdevice) { return *c = (CUcontext)&primary_context, CUDA_SUCCESS; }
API cuDevicePrimaryCtxRelease_v2(CUdevice) { return CUDA_SUCCESS; }
API cuDevicePrimaryCtxReset_v2(CUdevice) {
    Lock lock(mutex);
    while (!device_memory.empty())
        release(device_memory.begin()->first);
    for (auto &p : pinned_memory)
        free(p.first);
    pinned_memory.clear();
    for (void *s : streams)
        free(s);
    for (void *e : events)
        delete (CUevent)e;
    for (void *m : modules)
        delete (CUmodule)m;
    streams.clear(), events.clear(), modules.clear();
    failure = CUDA_SUCCESS;
    return CUDA_SUCCESS;
}
API cuCtxSetCurrent(CUcontext c) { return current = c, CUDA_SUCCESS; }
API cuCtxGetCurrent(CUcontext *c) { return *c = current, CUDA_SUCCESS; }
API cuCtxPushCurrent_v2(CUcontext c) { return current = c, CUDA_SUCCESS; }
API cuCtxPopCurrent_v2(CUcontext *c) { return *c = current, current = 0, CUDA_SUCCESS; }
API cuCtxSynchronize(void) { ENTER; return CUDA_SUCCESS; }

API cuMemAlloc_v2(CUdeviceptr *p, size_t n) { ENTER; return allocate(p, n); }
API cuMemFree_v2(CUdeviceptr p) { ENTER; return p ? release(p) : CUDA_SUCCESS; }
API cuMemGetInfo_v2(size_t *free_bytes, size_t *total) {
    ENTER;
    *total = capacity(), *free_bytes = *total - in_use;
    return CUDA_SUCCESS;
}
API cuMemHostAlloc(void **p, size_t n, unsigned int) {
    ENTER;
    *p = aligned_alloc(ALIGN, (n + ALIGN - 1) / ALIGN * ALIGN);
    FAIL_IF(!*p, CUDA_ERROR_OUT_OF_MEMORY);
    memset(*p, 0xff, n);
    pinned_memory[*p] = n;
    return CUDA_SUCCESS;
}
API cuMemFreeHost(void *p) {
    ENTER;
    FAIL_IF(!pinned_memory.erase(p), CUDA_ERROR_INVALID_VALUE);
    free(p);
    return CUDA_SUCCESS;
}

API cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, size_t n) {
    ENTER;
    FAIL_IF(!inside(to, n), CUDA_ERROR_INVALID_VALUE);
    counts[COUNT_UPLOADS]++;
    memcpy((void *)to, from, n);
    return CUDA_SUCCESS;
}
API cuMemcpyDtoH_v2(void *to, CUdeviceptr from, size_t n) {
    ENTER;
    FAIL_IF(!inside(from, n), CUDA_ERROR_INVALID_VALUE);
    counts[COUNT_DOWNLOADS]++, counts[COUNT_DOWNLOADED] += n;
    memcpy(to, (void *)from, n);
    return CUDA_SUCCESS;
}
API cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t n) {
    ENTER;
    FAIL_IF(!inside(to, n) || !inside(from, n), CUDA_ERROR_INVALID_VALUE);
    counts[COUNT_DEVICE_COPIES]++;
    memmove((void *)to, (void *)from, n);
    return CUDA_SUCCESS;
}
API cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t n, CUstream s) {
    FAIL_IF(!stream_ok(s), CUDA_ERROR_INVALID_HANDLE);
    return cuMemcpyHtoD_v2(to, from, n);
}
API cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t n, CUstream s) {
    FAIL_IF(!stream_ok(s), CUDA_ERROR_INVALID_HANDLE);
    return cuMemcpyDtoH_v2(to, from, n);
}
API cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t n, CUstream s) {
    FAIL_IF(!stream_ok(s), CUDA_ERROR_INVALID_HANDLE);
    return cuMemcpyDtoD_v2(to, from, n);
}
API cuMemsetD8Async(CUdeviceptr to, unsigned char v, size_t n, CUstream s) {
    ENTER;
    FAIL_IF(!stream_ok(s), CUDA_ERROR_INVALID_HANDLE);
    FAIL_IF(!inside(to, n), CUDA_ERROR_INVALID_VALUE);
    memset((void *)to, v, n);
    return CUDA_SUCCESS;
}

API cuStreamCreate(CUstream *s, unsigned int) {
    ENTER;
    *s = (CUstream)malloc(1);
    streams.insert(*s);
    return CUDA_SUCCESS;
}
API cuStreamDestroy_v2(CUstream s) {
    ENTER;
    FAIL_IF(!streams.erase(s), CUDA_ERROR_INVALID_HANDLE);
    free(s);
    return CUDA_SUCCESS;
}
API cuStreamSynchronize(CUstream s) {
    ENTER;
    FAIL_IF(!stream_ok(s), CUDA_ERROR_INVALID_HANDLE);
    return CUDA_SUCCESS;
}
API cuStreamQuery(CUstream s) { return cuStreamSynchronize(s); }
API cuStreamWaitEvent(CUstream s, CUevent e, unsigned int) {
    ENTER;
    FAIL_IF(!stream_ok(s) || !live(events, e), CUDA_ERROR_INVALID_HANDLE);
    return CUDA_SUCCESS;
}

API cuEventCreate(CUevent *e, unsigned int) {
    ENTER;
    *e = new CUevent_st();
    events.insert(*e);
    return CUDA_SUCCESS;
}
API cuEventDestroy_v2(CUevent e) {
    ENTER;
    FAIL_IF(!events.erase(e), CUDA_ERROR_INVALID_HANDLE);
    delete e;
    return CUDA_SUCCESS;
}
API cuEventRecord(CUevent e, CUstream s) {
    ENTER;
    FAIL_IF(!live(events, e) || !stream_ok(s), CUDA_ERROR_INVALID_HANDLE);
    clock_gettime(CLOCK_MONOTONIC, &e->at);
    e->recorded = true;
    return CUDA_SUCCESS;
}
API cuEventSynchronize(CUevent e) {
    ENTER;
    FAIL_IF(!live(events, e), CUDA_ERROR_INVALID_HANDLE);
    return CUDA_SUCCESS;
}
API cuEventQuery(CUevent e) { return cuEventSynchronize(e); }
API cuEventElapsedTime(float *ms, CUevent a, CUevent b) {
    ENTER;
    FAIL_IF(!live(events, a) || !live(events, b) || !a->recorded || !b->recorded, CUDA_ERROR_INVALID_HANDLE);
    *ms = (float)((double)(b->at.tv_sec - a->at.tv_sec) * 1e3 + (double)(b->at.tv_nsec - a->at.tv_nsec) / 1e6);
    return CUDA_SUCCESS;
}

// A module is whatever image it is given: the kernels are compiled in, and found by name.
API cuModuleLoadData(CUmodule *m, const void *) {
    ENTER;
    *m = new CUmod_st();
    modules.insert(*m);
    return CUDA_SUCCESS;
}
API cuModuleLoadDataEx(CUmodule *m, const void *image, unsigned int, CUjit_option *, void **) { return cuModuleLoadData(m, image); }
API cuModuleLoadFatBinary(CUmodule *m, const void *image) { return cuModuleLoadData(m, image); }
API cuModuleUnload(CUmodule m) {
    ENTER;
    FAIL_IF(!modules.erase(m), CUDA_ERROR_INVALID_HANDLE);
    delete m;
    return CUDA_SUCCESS;
}
API cuModuleGetFunction(CUfunction *f, CUmodule m, const char *name) {
    ENTER;
    FAIL_IF(!live(modules, m), CUDA_ERROR_INVALID_HANDLE);
    for (const EmulatedKernel *k = rg_kernels; k->name; k++)
        if (!strcmp(k->name, name))
            return *f = (CUfunction)k, CUDA_SUCCESS;
    return CUDA_ERROR_NOT_FOUND;
}
API cuFuncSetAttribute(CUfunction, CUfunction_attribute, int) { return CUDA_SUCCESS; }
API cuFuncGetAttribute(int *v, CUfunction_attribute, CUfunction) { return *v = 0, CUDA_SUCCESS; }

API cuLaunchKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                   CUstream s, void **arguments, void **extra) {
    ENTER;
    FAIL_IF(!stream_ok(s), CUDA_ERROR_INVALID_HANDLE);
    FAIL_IF(extra, CUDA_ERROR_NOT_SUPPORTED);
    const unsigned grid[3] = {gx, gy, gz}, block[3] = {bx, by, bz};
    const char *order = getenv("RG_EMU_ORDER");
    counts[COUNT_LAUNCHES]++;
    const EmulatedKernel *k = (const EmulatedKernel *)f;
    LaunchResult result = rg_launch(k->run, arguments, grid, block, shared, order ? (unsigned)atoi(order) : 0);
    const char *broken = getenv("RG_EMU_FAULT");
    if (broken && !strcmp(broken, k->name))
        result = ILLEGAL_ADDRESS;
    switch (result) {
    case LAUNCHED: return CUDA_SUCCESS;
    case BAD_LAUNCH: return CUDA_ERROR_INVALID_VALUE;
    // As on a GPU the launch succeeds, and the next call tells.
    case DIVERGED: failure = CUDA_ERROR_LAUNCH_FAILED; break;
    case TRAPPED: failure = CUDA_ERROR_ILLEGAL_INSTRUCTION; break;
    case ILLEGAL_ADDRESS: failure = CUDA_ERROR_ILLEGAL_ADDRESS; break;
    }
    fprintf(stderr, "emulated GPU: %s failed\n", k->name);
    return CUDA_SUCCESS;
}

API cuGetErrorName(CUresult e, const char **s) {
    switch (e) {
    case CUDA_ERROR_ILLEGAL_ADDRESS: *s = "CUDA_ERROR_ILLEGAL_ADDRESS"; break;
    case CUDA_ERROR_OUT_OF_MEMORY: *s = "CUDA_ERROR_OUT_OF_MEMORY"; break;
    case CUDA_ERROR_LAUNCH_FAILED: *s = "CUDA_ERROR_LAUNCH_FAILED"; break;
    default: *s = "CUDA_ERROR";
    }
    return CUDA_SUCCESS;
}
API cuGetErrorString(CUresult e, const char **s) { return cuGetErrorName(e, s); }
