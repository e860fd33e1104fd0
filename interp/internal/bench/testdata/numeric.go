// program: numbers: primes below 5,000 by a sieve, a 24 × 24 matrix to the fourth power, a spectral norm of 40.
package main

import "math"

type matrix [][]float64

func newMatrix(n int) matrix {
	m := make(matrix, n)
	for i := range m {
		m[i] = make([]float64, n)
	}
	return m
}

func (a matrix) times(b matrix) matrix {
	n := len(a)
	c := newMatrix(n)
	for i := 0; i < n; i++ {
		for j := 0; j < n; j++ {
			s := 0.0
			for k := 0; k < n; k++ {
				s += a[i][k] * b[k][j]
			}
			c[i][j] = s
		}
	}
	return c
}

func (a matrix) trace() float64 {
	s := 0.0
	for i, row := range a {
		s += row[i]
	}
	return s
}

func power(n int) float64 {
	m := newMatrix(n)
	for i := range m {
		for j := range m[i] {
			m[i][j] = 1 / float64(i+j+1)
		}
	}
	m = m.times(m)
	return m.times(m).trace()
}

func primes(limit int) int {
	composite := make([]bool, limit)
	count := 0
	for i := 2; i < limit; i++ {
		if composite[i] {
			continue
		}
		count++
		for j := i * i; j < limit; j += i {
			composite[j] = true
		}
	}
	return count
}

func element(i, j int) float64 { return 1 / float64((i+j)*(i+j+1)/2+i+1) }

func multiply(v, out []float64) {
	for i := range out {
		s := 0.0
		for j := range v {
			s += element(i, j) * v[j]
		}
		out[i] = s
	}
}

func multiplyTransposed(v, out []float64) {
	for i := range out {
		s := 0.0
		for j := range v {
			s += element(j, i) * v[j]
		}
		out[i] = s
	}
}

func spectralNorm(n int) float64 {
	u, v, t := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range u {
		u[i] = 1
	}
	for range 3 {
		multiply(u, t)
		multiplyTransposed(t, v)
		multiply(v, t)
		multiplyTransposed(t, u)
	}
	var vBv, vv float64
	for i, x := range v {
		vBv += u[i] * x
		vv += x * x
	}
	return math.Sqrt(vBv / vv)
}

func run(n int) int {
	s := 0.0
	for range n {
		s += float64(primes(5000)) + power(24) + spectralNorm(40)
	}
	return int(s * 1000)
}
