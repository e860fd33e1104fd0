package main

import "fmt"

type Element struct {
	next, prev *Element
	list       *List
	Value      any
}
type List struct {
	root Element
	len  int
}

func (l *List) Init() *List {
	l.root.next = &l.root
	l.root.prev = &l.root
	l.len = 0
	return l
}
func New() *List { return new(List).Init() }
func (l *List) insert(e, at *Element) *Element {
	e.prev = at
	e.next = at.next
	e.prev.next = e
	e.next.prev = e
	e.list = l
	l.len++
	return e
}
func (l *List) PushBack(v any) *Element { return l.insert(&Element{Value: v}, l.root.prev) }

type LL[T any] struct {
	head *node[T]
	size int
}
type node[T any] struct {
	val  T
	next *node[T]
	own  *LL[T]
}

func (l *LL[T]) Add(v T) {
	l.head = &node[T]{v, l.head, l}
	l.size++
}

type Graph struct {
	nodes map[string]*GNode
}
type GNode struct {
	name  string
	edges []*Edge
	g     *Graph
}
type Edge struct{ from, to *GNode }

type Expr interface{ Eval() float64 }
type Bin struct {
	l, r Expr
	op   byte
}
type Num float64

func (n Num) Eval() float64 { return float64(n) }
func (b *Bin) Eval() float64 {
	switch b.op {
	case '+':
		return b.l.Eval() + b.r.Eval()
	case '*':
		return b.l.Eval() * b.r.Eval()
	}
	return 0
}

type Visitor func(*GNode) Visitor

func main() {
	l := New()
	l.PushBack(1)
	l.PushBack("x")
	for e := l.root.next; e != &l.root; e = e.next {
		fmt.Println(e.Value, e.list.len)
	}
	ll := &LL[string]{}
	ll.Add("a")
	ll.Add("b")
	for n := ll.head; n != nil; n = n.next {
		fmt.Println(n.val, n.own.size)
	}
	g := &Graph{nodes: map[string]*GNode{}}
	a := &GNode{name: "a", g: g}
	b := &GNode{"b", nil, g}
	a.edges = append(a.edges, &Edge{a, b})
	g.nodes["a"], g.nodes["b"] = a, b
	fmt.Println(g.nodes["a"].edges[0].to.name, len(a.g.nodes))
	var e Expr = &Bin{Num(2), &Bin{Num(3), Num(4), '*'}, '+'}
	fmt.Println(e.Eval())
}
