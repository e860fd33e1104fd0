// Rows, the last axis of operands, and what the threads of a block find out together.
#pragma once
#include "nest.cuh"

// block_sum and block_max give every thread the block's result. shared has room for a value a warp.
template <class C> __device__ static C block_sum(C v, C *shared) {
    v = warp_sum(v);
    __syncthreads(); // the last use of shared is over
    if (threadIdx.x % 32 == 0)
        shared[threadIdx.x / 32] = v;
    __syncthreads();
    C sum = 0;
    for (unsigned w = 0; w < blockDim.x / 32; w++)
        sum += shared[w];
    return sum;
}
template <class C> __device__ static C block_max(C v, C *shared) {
    v = warp_max(v);
    __syncthreads();
    if (threadIdx.x % 32 == 0)
        shared[threadIdx.x / 32] = v;
    __syncthreads();
    C most = shared[0];
    for (unsigned w = 1; w < blockDim.x / 32; w++)
        most = larger(most, shared[w]);
    return most;
}

// The rows of K operands: a nest of the axes in front, and the step along the row.
template <int K> struct Rows {
    Nest<K> nest;
    int64_t length, step[K];
};
