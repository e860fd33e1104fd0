// What a product's sums become.
#pragma once
#include "activation.cuh"

// Of backend.EpilogueActivation.
#define THEN_RELU 1
#define THEN_GELU 2
#define THEN_GELU_TANH 3

// Epilogue is what follows a product of matrices, as gpu/cuda's epilogue.go lays it out.
struct Epilogue {
    const void *bias; // a number for each column, which is added before the sum is rounded; 0 if there is none
    int64_t bias_step;
    void *before; // where the sums are stored, laid out as the result; 0 if they are not wanted
    int32_t activation;
    int32_t bias_float; // beside halves, to whose numbers it is rounded

    template <class T> __device__ __forceinline__ typename Number<T>::compute shift(int64_t column) const {
        if (!bias)
            return 0;
        if (sizeof(T) == 2 && bias_float)
            return get(put<T>(((const float *)bias)[column * bias_step]));
        return get(((const T *)bias)[column * bias_step]);
    }

    // goes_on says whether the result is still to be made of the sums.
    __device__ __forceinline__ bool goes_on() const { return activation || before; }

    // sums is where a product stores what comes before the activation: beside the result, which is of its batch already, or in its place.
    template <class T> __device__ __forceinline__ T *sums(T *result, int64_t batch) const { return before ? (T *)before + batch : result; }
};

template <class C> __device__ static __forceinline__ C activate(int activation, C x) {
    switch (activation) {
    case THEN_RELU: return x < 0 ? 0 : x;
    case THEN_GELU: return gelu(x);
    case THEN_GELU_TANH: return gelu_tanh(x);
    }
    return x;
}
