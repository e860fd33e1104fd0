// map[int]int +=.
package main

func run(n int) int {
	m := map[int]int{}
	for i := 0; i < n; i++ {
		m[i&255] += i
	}
	return m[17]
}
