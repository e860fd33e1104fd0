// A call of a closure that changes what it captured.
package main

func run(n int) int {
	sum := 0
	add := func(k int) { sum += k }
	for i := 0; i < n; i++ {
		add(i)
	}
	return sum
}
