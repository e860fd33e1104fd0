// A call of a compiled function with two arguments, strings.HasPrefix.
package main

import "strings"

func run(n int) int {
	count := 0
	s, p := "a tensor library", "a ten"
	for i := 0; i < n; i++ {
		if strings.HasPrefix(s, p) {
			count++
		}
	}
	return count
}
