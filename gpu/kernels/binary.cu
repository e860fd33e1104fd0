// Element-wise functions of two operands: rg_add_f32. Where the first operand is a half the second may be a float, a number that
// the half would round: rg_add_f16_f32. Comparisons and logic write bool.
#include "nest.cuh"
#include "special.cuh"

#define BINARY_FOR(name, D, X, Y, expression)                                                                    \
    KERNEL rg_##name(D *dst, const X *x_, const Y *y_, const Nest<3> nest) {                                     \
        typedef Number<X>::compute C;                                                                            \
        map2(dst, x_, y_, nest, [](X v, Y w) {                                                                   \
            C x = get(v), y = (C)get(w);                                                                         \
            return put<D>((Number<D>::compute)(expression));                                                     \
        });                                                                                                      \
    }
#define FLOAT_BINARY(name, expression)                               \
    BINARY_FOR(name##_f32, float, float, float, expression)          \
    BINARY_FOR(name##_f64, double, double, double, expression)       \
    BINARY_FOR(name##_f16, half_t, half_t, half_t, expression)       \
    BINARY_FOR(name##_bf16, bf16_t, bf16_t, bf16_t, expression)      \
    BINARY_FOR(name##_f16_f32, half_t, half_t, float, expression)    \
    BINARY_FOR(name##_bf16_f32, bf16_t, bf16_t, float, expression)
#define INTEGER_BINARY(name, expression)                             \
    BINARY_FOR(name##_i64, int64_t, int64_t, int64_t, expression)    \
    BINARY_FOR(name##_i32, int32_t, int32_t, int32_t, expression)    \
    BINARY_FOR(name##_i8, int8_t, int8_t, int8_t, expression)        \
    BINARY_FOR(name##_u8, uint8_t, uint8_t, uint8_t, expression)
#define COMPARISON(name, expression)                                 \
    BINARY_FOR(name##_f32, bool_t, float, float, expression)         \
    BINARY_FOR(name##_f64, bool_t, double, double, expression)       \
    BINARY_FOR(name##_f16, bool_t, half_t, half_t, expression)       \
    BINARY_FOR(name##_bf16, bool_t, bf16_t, bf16_t, expression)      \
    BINARY_FOR(name##_f16_f32, bool_t, half_t, float, expression)    \
    BINARY_FOR(name##_bf16_f32, bool_t, bf16_t, float, expression)   \
    BINARY_FOR(name##_i64, bool_t, int64_t, int64_t, expression)     \
    BINARY_FOR(name##_i32, bool_t, int32_t, int32_t, expression)     \
    BINARY_FOR(name##_i8, bool_t, int8_t, int8_t, expression)        \
    BINARY_FOR(name##_u8, bool_t, uint8_t, uint8_t, expression)      \
    BINARY_FOR(name##_bool, bool_t, bool_t, bool_t, expression)

// remainder is x mod y with the sign of y, as Python's.
template <class T> __device__ static __forceinline__ T remainder_of(T x, T y) {
    T m = fmod(x, y);
    return m != 0 && (m < 0) != (y < 0) ? m + y : m;
}
template <class T> __device__ static __forceinline__ T integer_remainder(T x, T y) {
    if (y == 0)
        return 0;
    if (y == (T)-1 && (T)-1 < 0)
        return 0; // the smallest number by −1 traps on some machines
    T m = x % y;
    return m != 0 && (m < 0) != (y < 0) ? m + y : m;
}

// floor_div is CPython's: the quotient less the remainder's share is nearly whole, and is rounded to be so.
template <class T> __device__ static __forceinline__ T floor_div(T x, T y) {
    if (y == 0)
        return x / y;
    T m = fmod(x, y), q = (x - m) / y;
    if (m != 0 && (m < 0) != (y < 0))
        q -= 1;
    if (q == 0)
        return copysign((T)0, x / y);
    T f = floor(q);
    return q - f > (T)0.5 ? f + 1 : f;
}
template <class T> __device__ static __forceinline__ T integer_floor_div(T x, T y) {
    if (y == 0)
        return 0;
    if (y == (T)-1 && (T)-1 < 0)
        return (T)(0 - x);
    T q = x / y;
    return x % y != 0 && (x < 0) != (y < 0) ? q - 1 : q;
}
template <class T> __device__ static __forceinline__ T integer_mod(T x, T y) {
    if (y == 0 || (y == (T)-1 && (T)-1 < 0))
        return 0;
    return x % y;
}

// By squaring; a negative exponent gives the quotient cut to a whole number.
template <class T> __device__ static __forceinline__ T integer_pow(T x, T y) {
    if (y < 0)
        return x == 1 ? 1 : x == (T)-1 ? (y % 2 ? (T)-1 : (T)1) : 0;
    uint64_t p = 1, b = (uint64_t)(int64_t)x;
    for (uint64_t e = (uint64_t)y; e; e >>= 1, b *= b)
        if (e & 1)
            p *= b;
    return (T)p;
}

// divisor is the greatest that two integers have in common (Euclid's), in 64 bits and not negative.
__device__ static __forceinline__ uint64_t divisor(int64_t x, int64_t y) {
    uint64_t a = x < 0 ? 0 - (uint64_t)x : x, b = y < 0 ? 0 - (uint64_t)y : y;
    while (b != 0) {
        uint64_t r = a % b;
        a = b, b = r;
    }
    return a;
}
// Bits are moved in 64 of them, by any number: past the end there are zeros, or the sign.
__device__ static __forceinline__ uint64_t left_shift(int64_t x, int64_t y) { return y < 0 || y > 63 ? 0 : (uint64_t)x << y; }
__device__ static __forceinline__ int64_t right_shift(int64_t x, int64_t y) { return x >> (y < 0 || y > 63 ? 63 : y); }

FLOAT_BINARY(add, x + y)
FLOAT_BINARY(sub, x - y)
FLOAT_BINARY(mul, x *y)
FLOAT_BINARY(div, x / y)
FLOAT_BINARY(pow, pow(x, y))
FLOAT_BINARY(maximum, not_a_number(x) || not_a_number(y) ? x + y : fmax(x, y))
FLOAT_BINARY(minimum, not_a_number(x) || not_a_number(y) ? x + y : fmin(x, y))
FLOAT_BINARY(mod, remainder_of(x, y))
FLOAT_BINARY(atan2, atan2(x, y))
FLOAT_BINARY(hypot, hypot(x, y))
FLOAT_BINARY(fmod, fmod(x, y))
FLOAT_BINARY(floordiv, floor_div(x, y))
FLOAT_BINARY(copysign, copysign(x, y))
FLOAT_BINARY(zeta, zeta(x, y))

INTEGER_BINARY(add, (uint64_t)x + (uint64_t)y)
INTEGER_BINARY(sub, (uint64_t)x - (uint64_t)y)
INTEGER_BINARY(mul, (uint64_t)x *(uint64_t)y)
INTEGER_BINARY(pow, integer_pow(x, y))
INTEGER_BINARY(maximum, x > y ? x : y)
INTEGER_BINARY(minimum, x < y ? x : y)
INTEGER_BINARY(mod, integer_remainder(x, y))
INTEGER_BINARY(fmod, integer_mod(x, y))
INTEGER_BINARY(floordiv, integer_floor_div(x, y))
INTEGER_BINARY(bitand, x &y)
INTEGER_BINARY(bitor, x | y)
INTEGER_BINARY(bitxor, x ^ y)
INTEGER_BINARY(gcd, divisor(x, y))
INTEGER_BINARY(leftshift, left_shift(x, y))
INTEGER_BINARY(rightshift, right_shift(x, y))

COMPARISON(eq, x == y)
COMPARISON(ne, x != y)
COMPARISON(lt, x < y)
COMPARISON(le, x <= y)
COMPARISON(gt, x > y)
COMPARISON(ge, x >= y)

BINARY_FOR(and_bool, bool_t, bool_t, bool_t, x &&y)
BINARY_FOR(or_bool, bool_t, bool_t, bool_t, x || y)
BINARY_FOR(xor_bool, bool_t, bool_t, bool_t, x != y)
