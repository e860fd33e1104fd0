package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
)

type Shape interface {
	Area() float64
	Name() string
}

type base struct{ name string }

func (b base) Name() string      { return b.name }
func (b *base) Rename(to string) { b.name = to }

type Rect struct {
	base
	w, h float64
}

func (r Rect) Area() float64 { return r.w * r.h }

type Square struct {
	*Rect
	side float64
}

type Tree struct {
	Left, Right *Tree
	V           int
}

func (t *Tree) Walk(yield func(int) bool) bool {
	if t == nil {
		return true
	}
	return t.Left.Walk(yield) && yield(t.V) && t.Right.Walk(yield)
}

type Number interface {
	~int | ~int8 | ~uint8 | ~float64
}

func Sum[T Number](xs ...T) (s T) {
	for _, x := range xs {
		s += x
	}
	return s
}

type Celsius float64

type Stack[T any] []T

func (s *Stack[T]) Push(v T) { *s = append(*s, v) }
func (s *Stack[T]) Pop() (v T, ok bool) {
	if len(*s) == 0 {
		return v, false
	}
	v = (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return v, true
}

func Keys[M ~map[K]V, K comparable, V any](m M) int { return len(m) }

func local[T any](v T) any {
	type box struct{ V T }
	return box{v}
}

func nested() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered: %v", r)
		}
	}()
	defer func() {
		defer func() { fmt.Println("inner", recover()) }()
		panic("second")
	}()
	panic("first")
}

func multi() (int, string, error) { return 1, "two", errors.New("three") }

type Weekday uint8

const (
	Mon Weekday = iota + 1
	Tue
	_
	Thu
)

var order []string

func track(s string) string { order = append(order, s); return s }

var (
	c = b + "c"
	b = a + "b"
	a = track("a")
)

func main() {
	shapes := []Shape{Rect{base{"r"}, 2, 3}, Square{&Rect{base{"s"}, 4, 4}, 4}, &Rect{base{"p"}, 1, 1}}
	for i, s := range shapes {
		fmt.Printf("%d %s %.1f %T\n", i, s.Name(), s.Area(), s)
	}
	sq := Square{&Rect{base{"x"}, 1, 2}, 3}
	sq.Rename("y")
	rename := sq.Rename
	rename("z")
	fmt.Println(sq.Name(), Rect.Area(*sq.Rect), (*base).Name(&sq.base))
	t := &Tree{&Tree{nil, nil, 1}, &Tree{nil, nil, 3}, 2}
	t.Walk(func(v int) bool { fmt.Print(v, " "); return v < 2 })
	fmt.Println()
	fmt.Println(Sum(1, 2, 3), Sum[int8](100, 27, 1), Sum(Celsius(1.5), 2), Sum[uint8](200, 100))
	var st Stack[string]
	st.Push("a")
	st.Push("b")
	v, ok := st.Pop()
	fmt.Println(v, ok, len(st), Keys(map[string]bool{"k": true}))
	fmt.Printf("%+v %+v\n", local(3), local("s"))
	fmt.Println(nested())
	x, y, err := multi()
	fmt.Println(x, y, err, Mon, Tue, Thu, a, b, c, order)
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { i *= 10; return i })
	}
	for _, f := range fs {
		fmt.Print(f(), f(), " ")
	}
	fmt.Println()
outer:
	for i := range 5 {
		switch {
		case i == 1:
			continue outer
		case i == 3:
			break outer
		default:
			fmt.Print("i", i, " ")
			fallthrough
		case i > 10:
			fmt.Print("ft ")
		}
	}
	fmt.Println()
	i := 0
again:
	if i < 3 {
		i++
		goto again
	}
	arr := [...]int{5: 1, 2, 1: 7}
	arr2 := arr
	arr2[0] = 9
	fmt.Println(i, arr, arr2, arr == arr2, len(arr))
	m := map[any]string{1: "int", int8(1): "int8", "s": "str", [2]int{1, 2}: "arr", struct{ a int }{3}: "st"}
	fmt.Println(m[1], m[int8(1)], m[[2]int{1, 2}], m[struct{ a int }{3}], m[2] == "")
	s := []int{1, 2, 3, 4, 5}
	s2 := s[1:3:4]
	s2 = append(s2, 10)
	s2 = append(s2, 11)
	fmt.Println(s, s2, len(s2), cap(s[:2:2]), copy(s, s[2:]), s)
	for i, r := range "aé☺" {
		fmt.Print(i, ":", string(r), " ")
	}
	fmt.Println([]byte("é"), string([]rune{9731}), strings.Repeat("=", 3))
	var e error
	var p *os.PathError
	e = p
	fmt.Println(e == nil, e != nil, p == nil)
	var u8 uint8 = 250
	u8 += 10
	var i32 int32 = 1 << 30
	i32 *= 4
	fmt.Println(u8, i32, -7/2, -7%3, 7&^5, 1<<3|1, ^5, uint32(1)<<31, int8(-i-125))
	z := complex(1, 2)
	z *= z
	fmt.Println(z, real(z), imag(z), 0.1+0.2, float32(0.1), 1e100, 5.0/3)
	func() {
		defer func() {
			r := recover().(runtime.Error)
			fmt.Println(r)
		}()
		var mm map[string]int
		mm["a"]++
	}()
	for _, f := range []func(){
		func() { var s []int; _ = s[5] },
		func() { var p *Tree; _ = p.V },
		func() { var a any = "s"; _ = a.(int) },
		func() { var a any = 3; _ = a.(Shape) },
		func() { z := 0; _ = 1 / z },
		func() { s := make([]int, 2); n := 3; _ = s[n:] },
		func() { var f func(); f() },
		func() { var ch chan int; close(ch) },
		func() { s := []int{1}; _ = [2]int(s) },
		func() { n := -1; _ = make([]int, n) },
		func() { var a, b any = []int{1}, []int{1}; _ = a == b },
		func() { panic(fmt.Errorf("own %d", 1)) },
	} {
		func() {
			defer func() { fmt.Println(recover()) }()
			f()
		}()
	}
	fmt.Println(min(3, 1, 2), max(2.5, 1), min("b", "a"))
	clear(m)
	fmt.Println(len(m))
}
