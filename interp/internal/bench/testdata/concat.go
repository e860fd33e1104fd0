// A short string made of two, and a comparison.
package main

func run(n int) int {
	count := 0
	for i := 0; i < n; i++ {
		s := "key" + string(rune('a'+i%26))
		if s == "keyk" {
			count++
		}
	}
	return count
}
