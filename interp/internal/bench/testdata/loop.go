// An integer addition in a loop, an iteration.
package main

func run(n int) int {
	s := 0
	for i := 0; i < n; i++ {
		s += i
	}
	return s
}
