// NVIDIA's headers, if they are there and whole (header_test.go).
#include <cublasLt.h>
#include <cublas_v2.h>
