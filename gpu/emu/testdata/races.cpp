// Kernels with a race, each of another kind, and the same without it: race.cpp finds the first in every order of threads, and the others in none.
#include "mma.cuh"

#include "fiber.h"

#include <stdio.h>
#include <sys/mman.h>

alignas(16) __shared__ int numbers[64]; // of a block
static int *device;

#define LANE ((int)threadIdx.x)

template <bool sound> static void other_warp_reads(void **) {
    numbers[LANE] = LANE;
    if (sound)
        __syncthreads();
    else
        __syncwarp();
    device[blockIdx.x * 64 + LANE] = numbers[63 - LANE];
}
template <bool sound> static void other_warp_writes(void **) {
    numbers[LANE] = LANE;
    __syncthreads();
    int v = numbers[63 - LANE];
    if (sound)
        __syncthreads();
    numbers[LANE] = v;
}
template <bool sound> static void same_warp(void **) {
    numbers[LANE] = LANE;
    if (sound)
        __syncwarp();
    else
        __shfl_sync(WARP, LANE, 0); // orders no memory
    device[blockIdx.x * 64 + LANE] = numbers[LANE ^ 1];
}
template <bool sound> static void several_read(void **) { // lanes of both warps, then one writes
    int v = numbers[0];
    if (sound)
        __syncthreads();
    if (LANE == 40)
        numbers[0] = v + 1;
    device[blockIdx.x * 64 + LANE] = v;
}
template <bool sound> static void blocks_write(void **) { device[sound ? blockIdx.x * 64 + LANE : LANE] = LANE; }
template <bool sound> static void blocks_read(void **) {
    if (LANE == 0)
        device[1000 + (sound ? blockIdx.x : 0)] = device[sound ? 999 : 1000] + 1;
}
template <bool sound> static void copies(void **) { // a copy that is under way, whose place is read by who didn't wait for it
    if (LANE < 16)
        copy_async(&numbers[LANE * 4], &device[3000 + LANE * 4], 16);
    commit_copies();
    if (!sound) {
        __syncthreads();
        device[2000 + blockIdx.x * 64 + LANE] = numbers[LANE];
    }
    wait_copies<0>();
    __syncthreads();
    device[2000 + blockIdx.x * 64 + LANE] = numbers[LANE];
}
template <bool sound> static void one_copies(void **) {
    if (LANE < 16) {
        copy_async(&numbers[LANE * 4], &device[3000 + LANE * 4], 16);
        commit_copies();
        wait_copies<0>();
    }
    if (sound)
        __syncthreads();
    device[2000 + blockIdx.x * 64 + LANE] = numbers[LANE];
}

__attribute__((no_sanitize("thread"))) int main() {
    device = (int *)mmap((void *)DEVICE_BEGIN, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    const unsigned grid[3] = {2, 1, 1}, block[3] = {64, 1, 1}, orders[] = {0, 1, 7, 8};
#define BOTH(name) {#name, {name<false>, name<true>}}
    const struct {
        const char *name;
        void (*kernels[2])(void **);
    } cases[] = {BOTH(other_warp_reads), BOTH(other_warp_writes), BOTH(same_warp), BOTH(several_read), BOTH(blocks_write), BOTH(blocks_read),
                 BOTH(one_copies), BOTH(copies)};
    int failures = 0;
    for (const auto &c : cases)
        for (int sound = 0; sound < 2; sound++)
            for (unsigned order : orders) {
                LaunchResult got = rg_launch(c.kernels[sound], 0, grid, block, 0, order);
                if ((got == LAUNCHED) != (sound == 1))
                    failures++, printf("%s, %s, in order %u: result %d\n", c.name, sound ? "sound" : "with a race", order, got);
            }
    return failures;
}
