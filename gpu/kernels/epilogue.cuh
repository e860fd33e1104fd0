// What a product's sums become.
#pragma once
#include "activation.cuh"

// Of backend.EpilogueActivation.
#define THEN_RELU 1
#define THEN_GELU 2
#define THEN_GELU_TANH 3

template <class C> __device__ static __forceinline__ C activate(int activation, C x) {
    switch (activation) {
    case THEN_RELU: return x < 0 ? 0 : x;
    case THEN_GELU: return gelu(x);
    case THEN_GELU_TANH: return gelu_tanh(x);
    }
    return x;
}
