// map[string]int +=.
package main

func run(n int) int {
	keys := []string{"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"}
	m := map[string]int{}
	for i := 0; i < n; i++ {
		m[keys[i&7]] += i
	}
	return m["gamma"]
}
