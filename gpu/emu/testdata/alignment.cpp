// Packs at odd addresses, which a CPU forgives and a GPU doesn't, are found; others aren't.
#include "nest.cuh"

#include "fiber.h"

#include <stdio.h>

alignas(16) static float numbers[16];
static float sum;
static Pack<float, 4> *pack;

static void at_16(void **) { sum += load<float, 4>(numbers + 4 * threadIdx.x % 12, 1).v[0]; }
static void at_4(void **) { sum += load<float, 4>(numbers + 1 + threadIdx.x % 12, 1).v[0]; }
static void store_at_8(void **) { *(Pack<float, 4> *)(numbers + 2) = *pack; }

int main() {
    Pack<float, 4> one = {};
    pack = &one;
    const unsigned grid[3] = {1, 1, 1}, block[3] = {32, 1, 1};
    const struct {
        const char *name;
        void (*kernel)(void **);
        LaunchResult want;
    } cases[] = {{"at 16", at_16, LAUNCHED}, {"at 4", at_4, MISALIGNED}, {"store at 8", store_at_8, MISALIGNED}, {"at 16 again", at_16, LAUNCHED}};
    int failures = 0;
    for (const auto &c : cases) {
        LaunchResult got = rg_launch(c.kernel, 0, grid, block, 0, 0);
        if (got != c.want)
            failures++, printf("%s: result %d, want %d\n", c.name, got, c.want);
    }
    return failures;
}
