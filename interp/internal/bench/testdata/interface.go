// A call of an interface's method, of two types in turn.
package main

type shape interface{ area(k int) int }

type square struct{ side int }

type box struct{ w, h int }

func (s square) area(k int) int { return s.side*s.side + k }

func (b *box) area(k int) int { return b.w*b.h + k }

func run(n int) int {
	s := 0
	shapes := []shape{square{3}, &box{2, 5}}
	for i := 0; i < n; i++ {
		s += shapes[i&1].area(i)
	}
	return s
}
