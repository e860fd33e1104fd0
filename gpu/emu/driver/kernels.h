// The table of kernels that registry.py makes from gpu/kernels.
#pragma once

struct EmulatedKernel {
    const char *name;
    void (*run)(void **arguments);
};

extern const EmulatedKernel rg_kernels[]; // the last has no name
