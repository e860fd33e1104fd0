// Fields of structs in a slice: three read, one written.
package main

type point struct{ x, y, z float64 }

func run(n int) int {
	ps := make([]point, 64)
	for i := 0; i < n; i++ {
		p := &ps[i&63]
		p.x += p.y*0.5 + p.z + 1
	}
	return int(ps[5].x)
}
