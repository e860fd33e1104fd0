// Functions that CUDA or C lacks, or that differ at their edges.
#pragma once
#include "types.cuh"

__device__ static double log_gamma(double x) { return isinf(x) ? INFINITY : lgamma(x); }
__device__ static float log_gamma(float x) { return isinf(x) ? INFINITY : lgammaf(x); }

// inverse_erf solves erf(y) = x: Giles 2012 (“Approximating the erfinv function”), its single-precision polynomials in
// w = −log(1 − x²), and two steps of Halley's method in double.
__device__ static double inverse_erf(double x) {
    if (!(fabs(x) < 1))
        return fabs(x) == 1 ? x * INFINITY : NAN;
    if (x == 0)
        return x;
    double a = fabs(x), w = -log((1 - a) * (1 + a)), y;
    if (w < 5) {
        w -= 2.5;
        y = 2.81022636e-08;
        y = 3.43273939e-07 + y * w;
        y = -3.5233877e-06 + y * w;
        y = -4.39150654e-06 + y * w;
        y = 0.00021858087 + y * w;
        y = -0.00125372503 + y * w;
        y = -0.00417768164 + y * w;
        y = 0.246640727 + y * w;
        y = 1.50140941 + y * w;
    } else {
        w = sqrt(w) - 3;
        y = -0.000200214257;
        y = 0.000100950558 + y * w;
        y = 0.00134934322 + y * w;
        y = -0.00367342844 + y * w;
        y = 0.00573950773 + y * w;
        y = -0.0076224613 + y * w;
        y = 0.00943887047 + y * w;
        y = 1.00167406 + y * w;
        y = 2.83297682 + y * w;
    }
    y *= a;
    for (int i = 0; i < 2; i++) {
        // By erfc where erf is near 1, so that the difference keeps its digits.
        double e = a < 0.5 ? erf(y) - a : (1 - a) - erfc(y);
        double u = e / (1.1283791670955126 * exp(-y * y)); // 2/√π
        y -= u / (1 + y * u);
    }
    return x < 0 ? -y : y;
}
__device__ static float inverse_erf(float x) { return (float)inverse_erf((double)x); }

// digamma is the derivative of log Γ: by reflection below 0, by recurrence up to 10, and from there by the asymptotic series
// (Abramowitz and Stegun 1964, 6.3.7, 6.3.5 and 6.3.18).
__device__ static double digamma(double x) {
    if (x == 0)
        return 1 / x < 0 ? INFINITY : -INFINITY;
    double sum = 0;
    if (x < 0) {
        if (x == floor(x))
            return NAN;
        sum = -3.14159265358979323846 / tan(3.14159265358979323846 * (x - rint(x)));
        x = 1 - x;
    }
    if (isinf(x))
        return x;
    for (; x < 10; x++)
        sum -= 1 / x;
    double z = 1 / (x * x);
    double series = z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132 - z * (691.0 / 32760 - z / 12))))));
    return sum + log(x) - 0.5 / x - series;
}
__device__ static float digamma(float x) { return (float)digamma((double)x); }

// trigamma is digamma's derivative (Abramowitz and Stegun 1964, 6.4.7, 6.4.6 and 6.4.12).
__device__ static double trigamma(double x) {
    double reflected = 0, sign = 1;
    if (x < 0.5) {
        double s = sin(3.14159265358979323846 * x); // not quite 0 at the poles but at 0 itself, as PyTorch's
        reflected = 3.14159265358979323846 * 3.14159265358979323846 / (s * s);
        x = 1 - x, sign = -1;
    }
    if (isinf(x))
        return reflected;
    double sum = 0;
    for (; x < 10; x++)
        sum += 1 / (x * x);
    double z = 1 / (x * x);
    double series = 1.0 / 6 + z * (-1.0 / 30 + z * (1.0 / 42 + z * (-1.0 / 30 + z * (5.0 / 66 + z * (-691.0 / 2730 + z * 7.0 / 6)))));
    return reflected + sign * (sum + 1 / x + z / 2 + z / x * series);
}
__device__ static float trigamma(float x) { return (float)trigamma((double)x); }

// log_add is log(eᵃ + eᵇ).
__device__ static double log_add(double a, double b) {
    if (not_a_number(a) || not_a_number(b))
        return a + b;
    double most = a > b ? a : b, least = a > b ? b : a;
    return isinf(most) || least == -INFINITY ? most : most + log1p(exp(least - most));
}

// zeta is Hurwitz's function Σ (q + k)⁻ˢ: terms up to a distance at which Euler and Maclaurin's series converges (Johansson 2015, eq. 2), and that
// series. Below 0, for whole s, what lies there is a difference of two such sums, the other way round.
__device__ static double zeta_above(double s, double q) {
    double sum = 0, far = 12 + (s > 12 ? s : 12);
    NO_UNROLL
    for (; q < far; q++) {
        double term = pow(q, -s);
        sum += term;
        if (term <= 1e-18 * sum) // so are all that follow together
            return sum;
    }
    double power = pow(q, -s);
    // B₂ⱼ/(2j)!, of the even Bernoulli numbers
    const double share[] = {1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600, 1.0 / 47900160, -691.0 / 1307674368000.0, 1.0 / 74724249600.0};
    double factor = s * power / q, series = 0;
    for (int j = 0; j < 7; j++) {
        series += share[j] * factor;
        factor *= (s + 2 * j + 1) * (s + 2 * j + 2) / (q * q);
    }
    return sum + power * q / (s - 1) + power / 2 + series;
}
// Each constant is returned at one place: where there were several, NVRTC gave code that depended on chance.
__device__ static double zeta(double s, double q) {
    if (not_a_number(s) || not_a_number(q) || s < 1 || (s != 1 && q < 0 && q != floor(q) && (s != floor(s) || isinf(s))))
        return NAN;
    if (s == 1 || (q <= 0 && q == floor(q)))
        return INFINITY;
    if (q > 0)
        return isinf(q) || isinf(s) ? (isinf(q) || q > 1 ? 0 : q == 1 ? 1 : INFINITY) : zeta_above(s, q);
    double below = -q - floor(-q); // the terms' sizes are below, below + 1, …, −q
    double terms = zeta_above(s, below) - zeta_above(s, 1 - q);
    return zeta_above(s, 1 - below) + (fmod(s, 2.0) == 0 ? terms : -terms);
}
__device__ static float zeta(float s, float q) { return (float)zeta((double)s, (double)q); }
