// The table of kernels that registry.py makes from gpu/kernels.
#pragma once

struct EmulatedKernel {
    const char *name;
    void (*run)(void **arguments);
    const unsigned *sizes; // of the arguments, and 0
    // What a GPU holds a launch against: the most threads of a block that the source allows (0: any), and what the compiled kernel takes, of the
    // architecture that takes the most; 0 where it isn't known.
    unsigned threads, registers, shared;
};

extern const EmulatedKernel rg_kernels[]; // the last has no name
