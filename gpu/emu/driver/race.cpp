// Finds races, whatever order the threads ran in: two of a launch use the same byte, one of them writes, and no barrier is between. Threads of a
// block are ordered by __syncthreads, and those of a warp also by __syncwarp; shuffles and products of a warp order no memory (CUDA C++
// Programming Guide, “Warp Shuffle Functions”). Blocks are in no order.
//
// The kernels are compiled with -fsanitize=thread, which has every access call one of the functions below; the compiler's own library isn't used.
#include <stdint.h>
#include <stdio.h>

#include <unordered_map>

#include "fiber.h"

namespace {

// What is known of a byte. A block is NONE at first, and a block or thread SEVERAL where more than one has read.
const int64_t NONE = -1, SEVERAL = -2;
struct Byte {
    unsigned long long epoch; // the launch, or of shared memory the block, that all else is about
    struct Access {
        int64_t block, thread;
        unsigned warp, barriers, warp_barriers;
    } writer, reader;
    bool warps; // several have read since the reader's barrier
};

const unsigned PAGE = 256;
std::unordered_map<uintptr_t, Byte *> pages;

Byte &byte(uintptr_t at) {
    static uintptr_t last = 1;
    static Byte *bytes;
    if (at / PAGE != last) {
        Byte *&page = pages[at / PAGE];
        if (!page)
            page = new Byte[PAGE]();
        last = at / PAGE, bytes = page;
    }
    return bytes[at % PAGE];
}

bool before(const Byte::Access &a, const Byte::Access &b) {
    if (a.block != b.block)
        return false;
    if (a.barriers < b.barriers)
        return true;
    return a.thread == b.thread || (a.warp == b.warp && a.warp_barriers < b.warp_barriers);
}

bool watch(const Place &p, const void *address, unsigned bytes, bool write) {
    uintptr_t at = (uintptr_t)address;
    bool device = at >= DEVICE_BEGIN && at < DEVICE_END;
    if (!device && !rg_is_shared(address))
        return true;
    unsigned long long epoch = device ? p.launch : p.block;
    Byte::Access now = {(int64_t)p.block, p.thread, p.thread / 32, p.barriers, p.warp_barriers};
    for (unsigned i = 0; i < bytes; i++) {
        Byte &b = byte(at + i);
        if (b.epoch != epoch) {
            b.epoch = epoch, b.warps = false;
            b.writer.block = b.reader.block = NONE;
        }
        bool sound = b.writer.block == NONE || before(b.writer, now);
        if (write && b.reader.block != NONE)
            sound = sound && before(b.reader, now) && (!b.warps || b.reader.barriers < now.barriers);
        if (!sound) {
            fprintf(stderr, "emulated GPU: a race: thread %u %s %s memory that another %s, and no barrier is between\n", p.thread,
                    write ? "writes" : "reads", device ? "device" : "shared", b.writer.block != NONE && !before(b.writer, now) ? "writes" : "reads");
            return false;
        }
        if (write) {
            b.writer = now, b.reader.block = NONE, b.warps = false;
        } else if (b.reader.block == NONE || before(b.reader, now)) {
            if (b.reader.block == NONE || b.reader.barriers < now.barriers)
                b.warps = false;
            b.reader = now;
        } else if (b.reader.block != now.block) {
            b.reader.block = SEVERAL;
        } else if (b.reader.warp != now.warp) {
            b.warps = true;
        } else {
            b.reader.thread = SEVERAL;
        }
    }
    return true;
}

__attribute__((constructor)) void begin() { rg_watch = watch; }

} // namespace

extern "C" {
void __tsan_init() {}
void __tsan_func_entry(void *) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void **, void *) {}
void __tsan_read_range(void *p, size_t n) { rg_watched(p, (unsigned)n, false); }
void __tsan_write_range(void *p, size_t n) { rg_watched(p, (unsigned)n, true); }
#define ACCESS(n)                                                           \
    void __tsan_read##n(void *p) { rg_watched(p, n, false); }               \
    void __tsan_write##n(void *p) { rg_watched(p, n, true); }               \
    void __tsan_unaligned_read##n(void *p) { rg_watched(p, n, false); }     \
    void __tsan_unaligned_write##n(void *p) { rg_watched(p, n, true); }
ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)
}
