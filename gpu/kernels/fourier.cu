// Discrete Fourier transforms of rows of complex numbers (rows, n, 2), in double: by halves where n is a power of two (Stockham's order, in
// which no bits are reversed: Cooley and Tukey 1965), a launch a halving; by the definition, n² products, where it isn't.
#include "nest.cuh"

#define TURN 6.28318530717958647692

struct Complex {
    double re, im;
};
__device__ static Complex turn(int64_t part, int64_t whole, int64_t sign) { // e^(±2πi·part/whole)
    double angle = TURN * (double)part / (double)whole;
    Complex c = {cos(angle), (double)sign * sin(angle)};
    return c;
}
__device__ static Complex times(Complex a, Complex b) {
    Complex c = {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
    return c;
}

// rg_fft_halve_f64 is one step: transforms of length `length`, `apart` of them interleaved, become twice as long. length·apart·2 is n.
KERNEL rg_fft_halve_f64(Complex *to, const Complex *from, int64_t rows, int64_t length, int64_t apart, int64_t sign) {
    int64_t half = length * apart; // n/2
    EACH_PACK(i, rows * half) {
        int64_t row = i / half, p = i % half / apart, q = i % apart;
        const Complex *x = from + row * 2 * half;
        Complex *y = to + row * 2 * half;
        Complex a = x[p * 2 * apart + q], b = times(x[p * 2 * apart + q + apart], turn(p, 2 * length, sign));
        Complex sum = {a.re + b.re, a.im + b.im}, difference = {a.re - b.re, a.im - b.im};
        y[p * apart + q] = sum;
        y[(p + length) * apart + q] = difference;
    }
}

// rg_dft_f64 is the definition.
KERNEL rg_dft_f64(Complex *to, const Complex *from, int64_t rows, int64_t n, int64_t sign) {
    EACH_PACK(i, rows * n) {
        const Complex *x = from + i / n * n;
        int64_t k = i % n, part = 0; // j·k modulo n
        Complex sum = {0, 0};
        for (int64_t j = 0; j < n; j++) {
            Complex t = times(x[j], turn(part, n, sign));
            sum.re += t.re, sum.im += t.im;
            part = part + k >= n ? part + k - n : part + k;
        }
        to[i] = sum;
    }
}
