// A call of a struct's method.
package main

type counter struct{ n, step int }

func (c *counter) add(k int) { c.n += k * c.step }

func run(n int) int {
	c := counter{step: 2}
	for i := 0; i < n; i++ {
		c.add(i)
	}
	return c.n
}
