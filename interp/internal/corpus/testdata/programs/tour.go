package main

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sort"
	"strings"
)

type P struct {
	Name string
	Age  int
}

func (p P) String() string { return fmt.Sprintf("%s/%d", p.Name, p.Age) }

type Shape interface {
	Area() float64
	Name() string
}
type Sq struct{ s float64 }

func (s Sq) Area() float64 { return s.s * s.s }
func (s Sq) Name() string  { return "sq" }

type MyErr struct{ code int }

func (e *MyErr) Error() string { return fmt.Sprint("myerr ", e.code) }

var ErrX = errors.New("x")

func find(i int) error {
	switch i {
	case 0:
		return nil
	case 1:
		return &MyErr{7}
	}
	return fmt.Errorf("wrapped: %w", ErrX)
}
func evens(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n; i += 2 {
			if !yield(i) {
				return
			}
		}
	}
}
func firstBig(n int) (int, bool) {
	for x := range evens(100) {
		if x > n {
			return x, true
		}
	}
	return 0, false
}

type Num interface{ ~int | ~float64 }

func Sum[T Num](xs ...T) (s T) {
	for _, x := range xs {
		s += x
	}
	return
}

type Stack[T any] struct{ xs []T }

func (s *Stack[T]) Push(x T) { s.xs = append(s.xs, x) }
func (s *Stack[T]) Pop() (T, error) {
	var z T
	if len(s.xs) == 0 {
		return z, errors.New("empty")
	}
	x := s.xs[len(s.xs)-1]
	s.xs = s.xs[:len(s.xs)-1]
	return x, nil
}

type Base struct{ id int }

func (b *Base) ID() int { return b.id }

type Derived struct {
	Base
	P
	Tags map[string]int
}

func main() {
	xs := []int{5, 2, 8, 1}
	slices.Sort(xs)
	fmt.Println(xs, slices.Contains(xs, 8), slices.Index(xs, 2), slices.Max(xs))
	m := map[string]int{"b": 2, "a": 1, "c": 3}
	fmt.Println(slices.Sorted(maps.Keys(m)), m)
	ps := []P{{"bob", 30}, {"al", 25}}
	slices.SortFunc(ps, func(a, b P) int { return cmp.Compare(a.Age, b.Age) })
	fmt.Println(ps, ps[0])
	sort.Slice(ps, func(i, j int) bool { return ps[i].Name > ps[j].Name })
	fmt.Println(ps)
	fmt.Printf("%v %+v %T %d %s|%5d|%-5s|\n", ps[0], ps, ps[0], xs, ps[0], 42, "ab")
	var s Shape = Sq{3}
	fmt.Println(s.Area(), s.Name(), s)
	if q, ok := s.(Sq); ok {
		fmt.Println("sq", q.s)
	}
	for i := range 3 {
		err := find(i)
		var me *MyErr
		fmt.Println(err, errors.Is(err, ErrX), errors.As(err, &me), me != nil)
	}
	fmt.Println(firstBig(10))
	fmt.Println(Sum(1, 2, 3), Sum(1.5, 2))
	st := &Stack[string]{}
	st.Push("a")
	fmt.Println(st.Pop())
	_, err := st.Pop()
	fmt.Println(err)
	d := Derived{Base{3}, P{"x", 1}, map[string]int{"k": 1}}
	fmt.Println(d.ID(), d.id, d.Name, d)
	fmt.Printf("%+v\n", &d)
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { return i * i })
	}
	for _, f := range fs {
		fmt.Print(f(), " ")
	}
	fmt.Println()
	var sb strings.Builder
	fmt.Fprintf(&sb, "%03d", 7)
	fmt.Println(sb.String(), min(3, 1, 2), max(2.5, 1))
	next, stop := iter.Pull(evens(10))
	fmt.Println(next())
	fmt.Println(next())
	stop()
	var x any = 3
	switch v := x.(type) {
	case string:
		fmt.Println("string", v)
	case int, int64:
		fmt.Printf("int %v %T\n", v, v)
	}
	for i, c := range "héy" {
		fmt.Print(i, string(c), " ")
	}
	fmt.Println()
	mm := map[any]string{1: "a", "x": "b", P{"q", 1}: "c"}
	fmt.Println(mm[P{"q", 1}], mm[1], len(mm))
outer:
	for i := range 3 {
		for j := range 3 {
			if j == 2 {
				continue outer
			}
			if i == 2 {
				break outer
			}
			fmt.Print(i, j, ";")
		}
	}
	fmt.Println()
	defer func() {
		r := recover()
		fmt.Println("recovered:", r)
		var e error = r.(error)
		fmt.Println(e.Error())
	}()
	var arr []int
	idx := 5
	fmt.Println(arr[idx])
}
