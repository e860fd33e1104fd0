// A libcuda.so.1 that runs gpu/kernels on the CPU: enough of the driver's interface for gpu/cuda, and stricter than a
// GPU. Memory begins as NaN and lies between guard pages, copies are bounds-checked, freeing twice is an error, every handle is
// checked, a launch that takes more than a multiprocessor has is refused, and what was not given back can be asked for.
//
// What is queued on a stream happens as late as it may: when the host waits for it, or a stream that does. In odd orders all streams but a context's
// first run at once instead, and so overtake it. What is right on a GPU is right in both.
//
// Environment: RG_EMU_ORDER (the order of threads and blocks, see fiber.h), RG_EMU_MEMORY (bytes of device memory; 2 GiB),
// RG_EMU_FAULT (the name of a kernel that faults), RG_EMU_LOST (a fault outlives the context), RG_EMU_DEAF (the number of a stream that waits for no
// other), RG_EMU_BARRIERS and RG_EMU_WITHOUT (fiber.cpp).
#include <cuda.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "fiber.h"
#include "kernels.h"

#define API extern "C" __attribute__((visibility("default"))) CUresult

struct CUmod_st {};
struct CUstream_st {
    unsigned number; // in the context, from 1
    bool late;
    std::deque<std::function<void()>> queue;
    unsigned long long queued, done;
};
struct CUevent_st {
    timespec at;
    bool recorded; // on a stream, as number `place` of what was queued there; it may be yet to come
    CUstream stream;
    unsigned long long place;
};

namespace {

std::mutex mutex; // of all that follows
std::map<CUdeviceptr, size_t> device_memory;
std::map<void *, size_t> pinned_memory;
std::set<void *> streams, events, modules;
std::map<const void *, int> shared_asked; // for kernels, by attribute
size_t in_use, peak_in_use;
CUresult failure = CUDA_SUCCESS; // of a kernel: every later call gives it, until the context is reset
unsigned long long counts[16];

// What cuDeviceGetAttribute tells beyond the driver's own attributes: the counters above.
enum {
    COUNT_UPLOADS, COUNT_DOWNLOADS, COUNT_DEVICE_COPIES, COUNT_LAUNCHES, COUNT_ALLOCATIONS, COUNT_DOWNLOADED, COUNT_BESIDE, COUNT_PRODUCTS, COUNT_EPILOGUES,
    COUNT_DESCRIPTORS, COUNT_HEURISTICS, COUNT_LIVE, FIRST_COUNT = 10000
};

thread_local CUcontext current;
char primary_context; // its address is the handle

size_t capacity() {
    const char *s = getenv("RG_EMU_MEMORY");
    return s ? strtoull(s, 0, 10) : (size_t)2 << 30;
}

const size_t PAGE = 4096, ALIGN = 256, WITHOUT_ASKING = 48 << 10, MOST_SHARED = 227 << 10;
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
    static unsigned long long next = DEVICE_BEGIN; // an address is never used again
    char *base = (char *)mmap((void *)next, body + 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (base == MAP_FAILED || next + body + 2 * PAGE > DEVICE_END)
        return CUDA_ERROR_OUT_OF_MEMORY;
    next += body + 2 * PAGE;
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
bool stream_ok(CUstream s) { return s && live(streams, s); } // the default stream is nobody's here

// run does what is queued on a stream up to a place.
void run(CUstream s, unsigned long long place) {
    while (live(streams, s) && s->done < place) {
        std::function<void()> f = std::move(s->queue.front());
        s->queue.pop_front();
        s->done++;
        if (!failure)
            f();
    }
}
void run_all() {
    for (void *s : streams)
        run((CUstream)s, ((CUstream)s)->queued);
}

CUresult enqueue(CUstream s, std::function<void()> f) {
    s->queue.push_back(std::move(f));
    s->queued++;
    if (!s->late)
        run(s, s->queued);
    return CUDA_SUCCESS; // as on a GPU: what fails tells later
}

#define FAIL_IF(condition, error) \
    if (condition)                \
    return error
#define ENTER                          \
    Lock lock(mutex);                  \
    FAIL_IF(!current, CUDA_ERROR_INVALID_CONTEXT); \
    FAIL_IF(failure, failure)

} // namespace

// What the emulated cuBLAS counts (cublas.h), it counts here.
extern "C" __attribute__((visibility("default"))) void rg_emulated_count(int which, int by) {
    Lock lock(mutex);
    counts[which] += (unsigned long long)by;
}

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
        delete (CUstream)s;
    for (void *e : events)
        delete (CUevent)e;
    for (void *m : modules)
        delete (CUmodule)m;
    streams.clear(), events.clear(), modules.clear(), shared_asked.clear();
    if (!getenv("RG_EMU_LOST"))
        failure = CUDA_SUCCESS;
    return CUDA_SUCCESS;
}
API cuCtxSetCurrent(CUcontext c) { return current = c, CUDA_SUCCESS; }
API cuCtxGetCurrent(CUcontext *c) { return *c = current, CUDA_SUCCESS; }
API cuCtxPushCurrent_v2(CUcontext c) { return current = c, CUDA_SUCCESS; }
API cuCtxPopCurrent_v2(CUcontext *c) { return *c = current, current = 0, CUDA_SUCCESS; }
API cuCtxSynchronize(void) { ENTER; return run_all(), failure; }

API cuMemAlloc_v2(CUdeviceptr *p, size_t n) { ENTER; return allocate(p, n); }
// A block that queued work still uses may not be freed: a GPU's driver happens to wait, and the manual doesn't say so.
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

// Transfers read page-locked memory when they happen, and the rest at once.
API cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t n, CUstream s) {
    ENTER;
    FAIL_IF(!stream_ok(s), CUDA_ERROR_INVALID_HANDLE);
    FAIL_IF(!inside(to, n), CUDA_ERROR_INVALID_VALUE);
    counts[COUNT_UPLOADS]++;
    return enqueue(s, [=] {
        for (void *other : streams)
            if (other != s && ((CUstream)other)->done < ((CUstream)other)->queued) { // what is queued there comes later
                counts[COUNT_BESIDE]++;
                break;
            }
        memcpy((void *)to, from, n);
    });
}
API cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t n, CUstream s) {
    ENTER;
    FAIL_IF(!stream_ok(s), CUDA_ERROR_INVALID_HANDLE);
    FAIL_IF(!inside(from, n), CUDA_ERROR_INVALID_VALUE);
    counts[COUNT_DOWNLOADS]++, counts[COUNT_DOWNLOADED] += n;
    return enqueue(s, [=] { memcpy(to, (void *)from, n); });
}
API cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t n, CUstream s) {
    ENTER;
    FAIL_IF(!stream_ok(s), CUDA_ERROR_INVALID_HANDLE);
    FAIL_IF(!inside(to, n) || !inside(from, n), CUDA_ERROR_INVALID_VALUE);
    counts[COUNT_DEVICE_COPIES]++;
    return enqueue(s, [=] { memmove((void *)to, (void *)from, n); });
}
API cuMemsetD8Async(CUdeviceptr to, unsigned char v, size_t n, CUstream s) {
    ENTER;
    FAIL_IF(!stream_ok(s), CUDA_ERROR_INVALID_HANDLE);
    FAIL_IF(!inside(to, n), CUDA_ERROR_INVALID_VALUE);
    return enqueue(s, [=] { memset((void *)to, v, n); });
}

unsigned order_of_threads() {
    const char *order = getenv("RG_EMU_ORDER");
    return order ? (unsigned)atoi(order) : 0;
}

API cuStreamCreate(CUstream *s, unsigned int) {
    ENTER;
    *s = new CUstream_st();
    (*s)->number = (unsigned)streams.size() + 1;
    (*s)->late = order_of_threads() % 2 == 0 || streams.empty();
    streams.insert(*s);
    return CUDA_SUCCESS;
}
API cuStreamDestroy_v2(CUstream s) {
    ENTER;
    FAIL_IF(!stream_ok(s), CUDA_ERROR_INVALID_HANDLE);
    run(s, s->queued);
    streams.erase(s);
    delete s;
    return CUDA_SUCCESS;
}
API cuStreamSynchronize(CUstream s) {
    ENTER;
    FAIL_IF(!stream_ok(s), CUDA_ERROR_INVALID_HANDLE);
    return run(s, s->queued), failure;
}
API cuStreamQuery(CUstream s) { return cuStreamSynchronize(s); }
API cuStreamWaitEvent(CUstream s, CUevent e, unsigned int) {
    ENTER;
    FAIL_IF(!stream_ok(s) || !live(events, e), CUDA_ERROR_INVALID_HANDLE);
    const char *deaf = getenv("RG_EMU_DEAF");
    if (!e->recorded || (deaf && (unsigned)atoi(deaf) == s->number))
        return CUDA_SUCCESS;
    CUstream of = e->stream;
    unsigned long long place = e->place; // as it was recorded by now
    return enqueue(s, [=] { run(of, place); });
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
    e->recorded = true, e->stream = s, e->place = s->queued + 1;
    return enqueue(s, [=] {
        if (live(events, e))
            clock_gettime(CLOCK_MONOTONIC, &e->at);
    });
}
API cuEventSynchronize(CUevent e) {
    ENTER;
    FAIL_IF(!live(events, e), CUDA_ERROR_INVALID_HANDLE);
    if (e->recorded)
        run(e->stream, e->place);
    return failure;
}
API cuEventQuery(CUevent e) { return cuEventSynchronize(e); }
API cuEventElapsedTime(float *ms, CUevent a, CUevent b) {
    ENTER;
    FAIL_IF(!live(events, a) || !live(events, b) || !a->recorded || !b->recorded, CUDA_ERROR_INVALID_HANDLE);
    FAIL_IF((live(streams, a->stream) && a->stream->done < a->place) || (live(streams, b->stream) && b->stream->done < b->place), CUDA_ERROR_NOT_READY);
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
API cuFuncSetAttribute(CUfunction f, CUfunction_attribute a, int v) {
    ENTER;
    FAIL_IF(a != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES || v < 0 || v + ((const EmulatedKernel *)f)->shared > MOST_SHARED,
            CUDA_ERROR_INVALID_VALUE);
    shared_asked[f] = v;
    return CUDA_SUCCESS;
}
API cuFuncGetAttribute(int *v, CUfunction_attribute, CUfunction) { return *v = 0, CUDA_SUCCESS; }

// What a multiprocessor has, from the tables of compute capabilities 8.0 and 9.0 in the CUDA C++ Programming Guide: registers are given to a warp 256
// at a time.
static bool fits(const EmulatedKernel *k, unsigned threads, size_t shared) {
    unsigned warps = (threads + 31) / 32, registers = (k->registers * 32 + 255) / 256 * 256;
    size_t limit = shared_asked.count(k) ? k->shared + (size_t)shared_asked[k] : WITHOUT_ASKING;
    return warps * registers <= 65536 && (!k->threads || threads <= k->threads) && k->shared + shared <= (limit > WITHOUT_ASKING ? limit : WITHOUT_ASKING);
}

static void launch(const EmulatedKernel *k, std::vector<char> values, const unsigned *grid, const unsigned *block, unsigned shared) {
    std::vector<void *> arguments;
    for (size_t i = 0, at = 0; k->sizes[i]; at += (k->sizes[i++] + 15u) / 16 * 16)
        arguments.push_back(values.data() + at);
    LaunchResult result = rg_launch(k->run, arguments.data(), grid, block, shared, order_of_threads());
    const char *broken = getenv("RG_EMU_FAULT");
    if (broken && !strcmp(broken, k->name))
        result = ILLEGAL_ADDRESS;
    switch (result) {
    case LAUNCHED: return;
    case BAD_LAUNCH: failure = CUDA_ERROR_UNKNOWN; break;
    case RACE:
    case DIVERGED: failure = CUDA_ERROR_LAUNCH_FAILED; break;
    case TRAPPED: failure = CUDA_ERROR_ILLEGAL_INSTRUCTION; break;
    case MISALIGNED: failure = CUDA_ERROR_MISALIGNED_ADDRESS; break;
    case ILLEGAL_ADDRESS: failure = CUDA_ERROR_ILLEGAL_ADDRESS; break;
    }
    fprintf(stderr, "emulated GPU: %s failed\n", k->name);
}

API cuLaunchKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                   CUstream s, void **arguments, void **extra) {
    ENTER;
    FAIL_IF(!stream_ok(s), CUDA_ERROR_INVALID_HANDLE);
    FAIL_IF(extra, CUDA_ERROR_NOT_SUPPORTED);
    const EmulatedKernel *k = (const EmulatedKernel *)f;
    FAIL_IF(!rg_may_launch(gx, gy, gz, bx, by, bz, shared), CUDA_ERROR_INVALID_VALUE);
    if (!fits(k, bx * by * bz, shared)) {
        fprintf(stderr, "emulated GPU: %s takes more than there is: %u threads of %u registers, %zu bytes of shared memory\n", k->name, bx * by * bz,
                k->registers, k->shared + (size_t)shared);
        return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
    }
    counts[COUNT_LAUNCHES]++;
    std::vector<char> values; // they are read now, and used when it is the launch's turn
    for (size_t i = 0; k->sizes[i]; i++) {
        values.insert(values.end(), (char *)arguments[i], (char *)arguments[i] + k->sizes[i]);
        values.resize((values.size() + 15) / 16 * 16);
    }
    return enqueue(s, [=] {
        const unsigned grid[3] = {gx, gy, gz}, block[3] = {bx, by, bz};
        launch(k, values, grid, block, shared);
    });
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
