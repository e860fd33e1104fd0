// A launch on the CPU.
#pragma once

enum LaunchResult {
    LAUNCHED,
    BAD_LAUNCH,       // sizes that no GPU takes
    DIVERGED,         // threads of one block wait at different barriers, or for a thread that has ended
    ILLEGAL_ADDRESS,  // a fault in the kernel
    TRAPPED,          // __trap
};

// rg_launch runs a kernel, given as a function of its arguments' addresses. Threads and blocks take turns in an order
// that order chooses: 0 is first to last, 1 last to first, others are shuffled. If it is even, all go
// from barrier to barrier together, and asynchronous copies take effect when they are waited for; if it is odd, a warp goes as far as it can before the
// next does, and copies take effect at once. A missing barrier may show in one alone.
LaunchResult rg_launch(void (*kernel)(void **), void **arguments, const unsigned grid[3], const unsigned block[3],
                       unsigned shared_bytes, unsigned order);
