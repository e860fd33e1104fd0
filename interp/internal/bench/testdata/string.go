// Bytes of a string, one compared and counted.
package main

const text = "the quick brown fox jumps over the lazy dog, and runs away."

func run(n int) int {
	count := 0
	s := text
	for i := 0; i < n; {
		for j := 0; j < len(s); j++ {
			if s[j] == 'o' {
				count++
			}
		}
		i += len(s)
	}
	return count
}
