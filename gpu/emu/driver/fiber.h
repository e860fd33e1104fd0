// A launch on the CPU.
#pragma once

enum LaunchResult {
    LAUNCHED,
    BAD_LAUNCH,       // sizes that no GPU takes, or no memory for stacks
    DIVERGED,         // threads of one block wait at different barriers, or for a thread that has ended
    ILLEGAL_ADDRESS,  // a fault in the kernel
    MISALIGNED,       // an access to an address that is no multiple of its size
    RACE,             // two threads use the same bytes, one writes, and nothing says which comes first (race.cpp)
    TRAPPED,          // __trap
};

// rg_launch runs a kernel, given as a function of its arguments' addresses. Threads and blocks take turns in an order
// that order chooses: 0 is first to last, 1 last to first, others are shuffled. If it is even, all go
// from barrier to barrier together, and asynchronous copies take effect when they are waited for; if it is odd, a warp goes as far as it can before the
// next does, and copies take effect at once. A missing barrier may show in one alone.
bool rg_may_launch(unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes);
LaunchResult rg_launch(void (*kernel)(void **), void **arguments, const unsigned grid[3], const unsigned block[3],
                       unsigned shared_bytes, unsigned order);

// Where a thread is among the barriers that it has passed.
struct Place {
    unsigned long long launch, block;
    unsigned thread, barriers, warp_barriers;
};

// rg_watch is told of a block's accesses, if it isn't 0, and says whether they are in order. It is race.cpp's, where that is linked in.
extern bool (*rg_watch)(const Place &, const void *, unsigned bytes, bool write);
void rg_watched(const void *, unsigned bytes, bool write); // by the running thread

// Device memory lies in this range of addresses, where neither programs nor Go's race detector have theirs; what else kernels write is shared memory,
// their own stacks, or the host's.
const unsigned long long DEVICE_BEGIN = 0x500000000000, DEVICE_END = 0x510000000000;
bool rg_is_shared(const void *);
