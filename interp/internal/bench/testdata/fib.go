// fib(27): 832,039 calls.
package main

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func run(n int) int {
	s := 0
	for range n {
		s += fib(27)
	}
	return s
}
