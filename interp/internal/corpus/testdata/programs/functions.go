package main

import "fmt"

type S struct {
	f func() int
	m map[string]func() int
}

func foo() int                         { return 7 }
func pick() func() int                 { return foo }
func pick2() (f func() int, err error) { f = foo; return }
func pick3() (func() int, error)       { return foo, nil }
func app(f func() int) int             { return f() }

type T struct{ n int }

func (t T) get() int  { return t.n }
func mv() func() int  { t := T{4}; return t.get }
func id[T any](x T) T { return x }
func main() {
	println(pick()())
	f, _ := pick2()
	println(f())
	f, _ = pick3()
	println(f())
	println(app(foo), app(pick()))
	s := S{f: foo, m: map[string]func() int{"a": foo}}
	println(s.f(), s.m["a"]())
	fs := []func() int{foo, pick()}
	println(fs[0](), fs[1]())
	var x any = foo
	println(x.(func() int)())
	fs = append(fs, foo)
	println(fs[2]())
	s.f = foo
	println(s.f(), mv()())
	g := foo
	println(g())
	c := make(chan func() int, 1)
	c <- foo
	println((<-c)())
	fmt.Println(id(foo)(), id(3))
	h := map[string]func(int) int{"d": func(i int) int { return 2 * i }}
	println(h["d"](4))
	defer func() { fmt.Println("rec", recover()) }()
	var nilf func()
	nilf()
}
