// A dot product, an element.
package main

func dot(a, b []float64) float64 {
	s := 0.0
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

func run(n int) int {
	a, b := make([]float64, 1000), make([]float64, 1000)
	for i := range a {
		a[i], b[i] = float64(i), float64(2*i)
	}
	s := 0.0
	for k := 0; k < n; k += len(a) {
		s += dot(a, b)
	}
	return int(s)
}
