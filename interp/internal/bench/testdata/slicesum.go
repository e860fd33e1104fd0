// The sum of a float64 slice, an element.
package main

func sum(a []float64) float64 {
	s := 0.0
	for i := range a {
		s += a[i]
	}
	return s
}

func run(n int) int {
	a := make([]float64, 1000)
	for i := range a {
		a[i] = float64(i)
	}
	s := 0.0
	for k := 0; k < n; k += len(a) {
		s += sum(a)
	}
	return int(s)
}
