// Compares what gpu/cublas knows of cuBLAS with NVIDIA's headers. It is compiled and not run (header_test.go).
#include "include.cpp"

#include <type_traits>

#include "../cublas.h"
#include "../lt.h"

// Arguments are passed alike: numbers and enumerations of a size, pointers of any kind.
template <class A, class B> constexpr bool alike = sizeof(A) == sizeof(B) && std::is_pointer<A>::value == std::is_pointer<B>::value &&
                                                   std::is_floating_point<A>::value == std::is_floating_point<B>::value;
template <class R, class... A, class S, class... B> constexpr bool same(R (*)(A...), S (*)(B...)) { return alike<R, S> && (alike<A, B> && ...); }
#define SAME(ours, theirs) static_assert(same(decltype(ours)(nullptr), &theirs), #theirs)

SAME(rg_cublas::create, cublasCreate_v2);
SAME(rg_cublas::set_stream, cublasSetStream_v2);
SAME(rg_cublas::property, cublasGetProperty);
SAME(rg_cublas::describe, cublasGetStatusString);
typedef cublasStatus_t (*Gemm)(cublasHandle_t, cublasOperation_t, cublasOperation_t, int, int, int, const void *, const void *, cudaDataType, int, long long,
                               const void *, cudaDataType, int, long long, const void *, void *, cudaDataType, int, long long, int,
                               cublasComputeType_t, cublasGemmAlgo_t);
static_assert(same(decltype(rg_cublas::gemm)(nullptr), Gemm(&cublasGemmStridedBatchedEx)), "cublasGemmStridedBatchedEx"); // C++ has another of the name

SAME(rg_lt::create, cublasLtCreate);
SAME(rg_lt::desc_create, cublasLtMatmulDescCreate);
SAME(rg_lt::desc_set, cublasLtMatmulDescSetAttribute);
SAME(rg_lt::desc_destroy, cublasLtMatmulDescDestroy);
SAME(rg_lt::layout_create, cublasLtMatrixLayoutCreate);
SAME(rg_lt::layout_set, cublasLtMatrixLayoutSetAttribute);
SAME(rg_lt::layout_destroy, cublasLtMatrixLayoutDestroy);
SAME(rg_lt::preference_create, cublasLtMatmulPreferenceCreate);
SAME(rg_lt::preference_set, cublasLtMatmulPreferenceSetAttribute);
SAME(rg_lt::preference_destroy, cublasLtMatmulPreferenceDestroy);
SAME(rg_lt::heuristic, cublasLtMatmulAlgoGetHeuristic);
SAME(rg_lt::multiply, cublasLtMatmul);

static_assert(sizeof(rg_lt_algorithm) == sizeof(cublasLtMatmulAlgo_t), "");
static_assert(sizeof(rg_lt_found) == sizeof(cublasLtMatmulHeuristicResult_t), "");
#define PLACE(ours, theirs) static_assert(offsetof(rg_lt_found, ours) == offsetof(cublasLtMatmulHeuristicResult_t, theirs), #theirs)
PLACE(algorithm, algo);
PLACE(workspace, workspaceSize);
PLACE(status, state);
PLACE(waves, wavesCount);

#define IS(ours, theirs) static_assert((int)(ours) == (int)(theirs), #theirs)
IS(RG_LT_DESC_OP_A, CUBLASLT_MATMUL_DESC_TRANSA);
IS(RG_LT_DESC_OP_B, CUBLASLT_MATMUL_DESC_TRANSB);
IS(RG_LT_DESC_EPILOGUE, CUBLASLT_MATMUL_DESC_EPILOGUE);
IS(RG_LT_DESC_BIAS, CUBLASLT_MATMUL_DESC_BIAS_POINTER);
IS(RG_LT_DESC_AUX, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER);
IS(RG_LT_DESC_AUX_LEAD, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD);
IS(RG_LT_DESC_AUX_STEP, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_BATCH_STRIDE);
IS(RG_LT_LAYOUT_COUNT, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT);
IS(RG_LT_LAYOUT_STEP, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET);
IS(RG_LT_PREFERENCE_WORKSPACE, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES);
IS(RG_LT_PREFERENCE_REDUCTION, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK);
IS(RG_LT_REDUCTION_WIDE, CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE);
IS(RG_LT_PREFERENCE_ALIGNMENT_A, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES);
IS(RG_LT_PREFERENCE_ALIGNMENT_A + 1, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES);
IS(RG_LT_PREFERENCE_ALIGNMENT_A + 2, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES);
IS(RG_LT_PREFERENCE_ALIGNMENT_A + 3, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES);
#if CUBLAS_VER_MAJOR == 11
IS(RG_LT_PREFERENCE_EPILOGUE, CUBLASLT_MATMUL_PREF_EPILOGUE_MASK);
#endif
IS(RG_LT_BIAS, CUBLASLT_EPILOGUE_BIAS);
IS(RG_LT_GELU, CUBLASLT_EPILOGUE_GELU);
IS(RG_LT_GELU | RG_LT_BIAS, CUBLASLT_EPILOGUE_GELU_BIAS);
IS(RG_LT_GELU | RG_LT_AUX, CUBLASLT_EPILOGUE_GELU_AUX);
IS(RG_LT_GELU | RG_LT_AUX | RG_LT_BIAS, CUBLASLT_EPILOGUE_GELU_AUX_BIAS);

// Those of cublas.go and cublas.c.
IS(0, CUBLAS_OP_N);
IS(1, CUBLAS_OP_T);
IS(-1, CUBLAS_GEMM_DEFAULT);
IS(8, CUBLAS_STATUS_ARCH_MISMATCH);
IS(15, CUBLAS_STATUS_NOT_SUPPORTED);
IS(0, CUDA_R_32F);
IS(1, CUDA_R_64F);
IS(2, CUDA_R_16F);
IS(14, CUDA_R_16BF);
IS(68, CUBLAS_COMPUTE_32F);
IS(70, CUBLAS_COMPUTE_64F);
IS(77, CUBLAS_COMPUTE_32F_FAST_TF32);
IS(0, MAJOR_VERSION);
IS(1, MINOR_VERSION);
IS(2, PATCH_LEVEL);
