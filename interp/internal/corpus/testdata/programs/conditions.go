package main

func f(x, y uint64, p *int, s []int, m map[string]bool) {
	if ((uint64(uint32(x)) == x) || y == 3) && (x > 3 || (y < 2)) {
		println("c1")
	}
	if (x == 1 || y == 2) && !(x == 3 || y == 4) {
		println("c2")
	}
	if p != nil && *p > 0 || len(s) > 0 && s[0] == 1 {
		println("c3")
	}
	if m["a"] && !m["b"] || (m["c"] && x > 0) {
		println("c4")
	}
	ok := m["a"] || x == 2
	if !ok || (ok && (x > 5 || (y > 1))) {
		println("c5", ok)
	}
	for i := 0; i < 3 && (x > 0 || i < 1); i++ {
		println(i)
	}
	switch {
	case x > 5 && (y == 1 || y == 3), x == 1:
		println("c6")
	case (x == 2):
		println("c7")
	}
	b := (x > 3 || (y < 2)) && ok
	println(b, (x == 1) != (y == 1), !(x == 1))
}
func t() bool  { println("t"); return true }
func fl() bool { println("f"); return false }
func main() {
	one := 1
	f(1, 2, &one, nil, map[string]bool{"a": true})
	f(1<<40, 3, nil, []int{1}, nil)
	f(2, 0, nil, nil, map[string]bool{"c": true})
	if t() && fl() || t() {
		println("x")
	}
	if fl() && t() || !t() {
		println("y")
	}
	v := t() && (fl() || t())
	println(v)
	if err := any(nil); err != nil || t() {
		println("z")
	}
}
