// sort.Slice of 1,000 numbers, a call back from compiled code.
package main

import "sort"

var compared int

func run(n int) int {
	compared = 0
	a := make([]int, 1000)
	for compared < n {
		x := 12345
		for i := range a {
			x = (x*1103515245 + 12345) & 0x7fffffff
			a[i] = x
		}
		sort.Slice(a, func(i, j int) bool {
			compared++
			return a[i] < a[j]
		})
	}
	return a[500]
}
