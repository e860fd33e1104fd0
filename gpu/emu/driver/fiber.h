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
// that order chooses: 0 is first to last, 1 last to first, others are shuffled.
LaunchResult rg_launch(void (*kernel)(void **), void **arguments, const unsigned grid[3], const unsigned block[3],
                       unsigned shared_bytes, unsigned order);
