// Element-wise functions of one operand. Each is named by its operation and its type: rg_exp_f32.
#include "nest.cuh"
#include "special.cuh"

// UNARY makes the kernels of a function of x, in the type that the operand is computed in.
#define UNARY_FOR(name, T, expression)                                                                  \
    KERNEL rg_##name(T *dst, const T *x_, const Nest<2> nest) {                                         \
        typedef Number<T>::compute C;                                                                   \
        map1(dst, x_, nest, [](T v) { C x = get(v); return put<T>((C)(expression)); });                 \
    }
#define FLOAT_UNARY(name, expression)          \
    UNARY_FOR(name##_f32, float, expression)   \
    UNARY_FOR(name##_f64, double, expression)  \
    UNARY_FOR(name##_f16, half_t, expression)  \
    UNARY_FOR(name##_bf16, bf16_t, expression)
#define INTEGER_UNARY(name, expression)        \
    UNARY_FOR(name##_i64, int64_t, expression) \
    UNARY_FOR(name##_i32, int32_t, expression) \
    UNARY_FOR(name##_i8, int8_t, expression)   \
    UNARY_FOR(name##_u8, uint8_t, expression)

FLOAT_UNARY(neg, -x)
FLOAT_UNARY(abs, fabs(x))
FLOAT_UNARY(sign, x > 0 ? 1 : x < 0 ? -1 : 0) // 0 of NaN too, as torch
FLOAT_UNARY(exp, exp(x))
FLOAT_UNARY(log, log(x))
FLOAT_UNARY(sqrt, sqrt(x))
FLOAT_UNARY(rsqrt, 1 / sqrt(x))
FLOAT_UNARY(reciprocal, 1 / x)
FLOAT_UNARY(sin, sin(x))
FLOAT_UNARY(cos, cos(x))
FLOAT_UNARY(tanh, tanh(x))
FLOAT_UNARY(sigmoid, 1 / (1 + exp(-x)))
FLOAT_UNARY(relu, x < 0 ? 0 : x)
FLOAT_UNARY(erf, erf(x))
FLOAT_UNARY(square, x *x)
FLOAT_UNARY(floor, floor(x))
FLOAT_UNARY(ceil, ceil(x))
FLOAT_UNARY(round, rint(x)) // half to even
FLOAT_UNARY(tan, tan(x))
FLOAT_UNARY(asin, asin(x))
FLOAT_UNARY(acos, acos(x))
FLOAT_UNARY(atan, atan(x))
FLOAT_UNARY(sinh, sinh(x))
FLOAT_UNARY(cosh, cosh(x))
FLOAT_UNARY(asinh, asinh(x))
FLOAT_UNARY(acosh, acosh(x))
FLOAT_UNARY(atanh, atanh(x))
FLOAT_UNARY(log2, log2(x))
FLOAT_UNARY(log10, log10(x))
FLOAT_UNARY(log1p, log1p(x))
FLOAT_UNARY(exp2, exp2(x))
FLOAT_UNARY(expm1, expm1(x))
FLOAT_UNARY(trunc, trunc(x))
FLOAT_UNARY(erfc, erfc(x))
FLOAT_UNARY(erfinv, inverse_erf(x))
FLOAT_UNARY(lgamma, log_gamma(x))
FLOAT_UNARY(digamma, digamma(x))
FLOAT_UNARY(trigamma, trigamma(x))

INTEGER_UNARY(neg, 0 - x)
INTEGER_UNARY(abs, x < 0 ? 0 - x : x)
INTEGER_UNARY(sign, (x > 0) - (x < 0))
INTEGER_UNARY(relu, x < 0 ? 0 : x)
INTEGER_UNARY(square, x *x)

UNARY_FOR(not_bool, bool_t, !x)

#define IS_NAN(suffix, T) \
    KERNEL rg_isnan_##suffix(bool_t *dst, const T *x, const Nest<2> nest) { \
        map1(dst, x, nest, [](T v) { return put<bool_t>(not_a_number(get(v))); }); \
    }
FOR_NUMBERS(IS_NAN)
