// program: binary trees: a map of 2,000 keys as an unbalanced search tree, walked, searched and cut down again.
package main

type node struct {
	key, value  int
	left, right *node
}

type tree struct {
	root *node
	size int
}

func (t *tree) insert(key, value int) {
	at := &t.root
	for *at != nil {
		switch n := *at; {
		case key < n.key:
			at = &n.left
		case key > n.key:
			at = &n.right
		default:
			n.value = value
			return
		}
	}
	*at = &node{key: key, value: value}
	t.size++
}

func (t *tree) find(key int) (int, bool) {
	n := t.root
	for n != nil {
		switch {
		case key < n.key:
			n = n.left
		case key > n.key:
			n = n.right
		default:
			return n.value, true
		}
	}
	return 0, false
}

func (t *tree) remove(key int) bool {
	at := &t.root
	for *at != nil && (*at).key != key {
		if key < (*at).key {
			at = &(*at).left
		} else {
			at = &(*at).right
		}
	}
	n := *at
	if n == nil {
		return false
	}
	t.size--
	switch {
	case n.left == nil:
		*at = n.right
	case n.right == nil:
		*at = n.left
	default:
		next := &n.right
		for (*next).left != nil {
			next = &(*next).left
		}
		m := *next
		n.key, n.value = m.key, m.value
		*next = m.right
	}
	return true
}

func (n *node) depth() int {
	if n == nil {
		return 0
	}
	return 1 + max(n.left.depth(), n.right.depth())
}

func (n *node) walk(visit func(key, value int)) {
	if n == nil {
		return
	}
	n.left.walk(visit)
	visit(n.key, n.value)
	n.right.walk(visit)
}

func round(seed int) int {
	t := &tree{}
	x := seed
	for i := 0; i < 2000; i++ {
		x = (x*1103515245 + 12345) & 0x7fffffff
		t.insert(x%5000, i)
	}
	sum := t.root.depth()
	t.root.walk(func(key, value int) { sum += key ^ value })
	for k := 0; k < 5000; k += 3 {
		if v, ok := t.find(k); ok {
			sum += v
		}
		if t.remove(k) {
			sum++
		}
	}
	return sum + t.size
}

func run(n int) int {
	s := 0
	for i := range n {
		s += round(i + 1)
	}
	return s
}
