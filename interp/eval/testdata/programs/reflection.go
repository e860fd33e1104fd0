package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
)

// What reflect says of types of ours, and does with them.
type ID int64

func (i ID) String() string { return fmt.Sprintf("#%d", int64(i)) }
func (i *ID) Set(n int)     { *i = ID(n) }
func (i ID) private() int   { return int(i) }
func (i ID) Plus(js ...ID) (s ID) {
	s = i
	for _, j := range js {
		s += j
	}
	return
}

type Animal interface {
	Sound() string
	Legs() int
}

type named interface{ Name() string }

type Dog struct {
	Base  `json:"base" doc:"the base"`
	Age   int `json:"age,omitempty" min:"0"`
	Tags  []string
	inner *Dog
	_     int32
	Any   any
	Do    func(ID) error
	At    time.Time
}

type Base struct {
	Label string `xml:"label"`
	Count ID
}

func (b Base) Name() string      { return b.Label }
func (b *Base) Rename(to string) { b.Label = to }
func (d Dog) Sound() string      { return "wau" }
func (d *Dog) Legs() int         { return 4 }

type Embeds struct {
	*Dog
	sync.Mutex
	fmt.Stringer
	io.Writer
	bytes.Buffer
	ID
}

type Chain struct {
	Next *Chain
	Map  map[string]Chain
	Fn   func(Chain) *Chain
	List []Chain
	Ch   chan<- Chain
}

type Pair[K cmp.Ordered, V any] struct {
	Key K `k:"v"`
	Val V
}

func (p Pair[K, V]) String() string         { return fmt.Sprint(p.Key, "=", p.Val) }
func (p *Pair[K, V]) Swap(v V) (old V)      { old, p.Val = p.Val, v; return }
func (p Pair[K, V]) Less(q Pair[K, V]) bool { return p.Key < q.Key }

type List[T any] struct {
	head *node[T]
	size int
}
type node[T any] struct {
	val  T
	next *node[T]
}

func (l *List[T]) Push(xs ...T) *List[T] {
	for _, x := range xs {
		l.head = &node[T]{x, l.head}
		l.size++
	}
	return l
}
func (l *List[T]) Each(f func(int, T)) {
	i := 0
	for n := l.head; n != nil; n = n.next {
		f(i, n.val)
		i++
	}
}

type Number interface{ ~int | ~int64 | ~float64 }
type Vec[T Number] []T

func (v Vec[T]) Dot(w Vec[T]) (s T) {
	for i := range v {
		s += v[i] * w[i]
	}
	return
}
func (v Vec[T]) Len() int           { return len(v) }
func (v Vec[T]) Less(i, j int) bool { return v[i] < v[j] }
func (v Vec[T]) Swap(i, j int)      { v[i], v[j] = v[j], v[i] }

type Tree[T interface{ Compare(T) int }] struct {
	root        *Tree[T]
	Left, Right *Tree[T]
	Val         T
}

func (t *Tree[T]) Insert(v T) *Tree[T] {
	if t == nil {
		return &Tree[T]{Val: v}
	}
	if v.Compare(t.Val) < 0 {
		t.Left = t.Left.Insert(v)
	} else {
		t.Right = t.Right.Insert(v)
	}
	return t
}

type Key struct{ a, b int }

func (k Key) Compare(l Key) int { return cmp.Or(cmp.Compare(k.a, l.a), cmp.Compare(k.b, l.b)) }

type Alias = Pair[string, []ID]
type Enum uint8
type Fn func(int, ...string) (bool, error)

func (f Fn) Call(n int) bool { ok, _ := f(n); return ok }

const (
	A Enum = iota
	B
)

func (e Enum) MarshalText() ([]byte, error) { return []byte{'A' + byte(e)}, nil }

func describe(t reflect.Type) {
	fmt.Printf("%v %q %q %v %d methods, comparable %v, size %d align %d\n", t, t.Name(), t.PkgPath(), t.Kind(), t.NumMethod(), t.Comparable(), t.Size(), t.Align())
	for i := range t.NumMethod() {
		m := t.Method(i)
		fmt.Println("  ", m.Index, m.Name, m.Type, m.PkgPath, m.IsExported(), m.Func.IsValid())
	}
	if t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			f := t.Field(i)
			fmt.Printf("   .%s %v tag %q pkg %q at %d %v %v\n", f.Name, f.Type, f.Tag, f.PkgPath, f.Offset, f.Index, f.Anonymous)
		}
	}
	if t.Kind() == reflect.Func {
		fmt.Println("  ", t.NumIn(), t.NumOut(), t.IsVariadic())
	}
}

func try(name string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Printf("%s: %v (%T)\n", name, r, r)
		}
	}()
	f()
}

func kinds() {
	for _, v := range []any{
		ID(1), new(ID), Dog{}, &Dog{}, Base{}, &Base{}, Chain{}, Pair[string, int]{}, &Pair[ID, []Dog]{}, Alias{}, List[Enum]{}, &List[*Dog]{}, Vec[float64]{}, Tree[Key]{},
		Enum(1), Fn(nil), struct{ Base }{}, struct{ *Dog }{}, struct {
			Animal
			x int `t:"u"`
		}{}, [2]Enum{}, map[Enum]Pair[ID, Enum]{}, make(chan *Chain), (func(Dog, ...ID) Animal)(nil), []Animal{}, new(Animal),
	} {
		describe(reflect.TypeOf(v))
	}
	describe(reflect.TypeFor[Animal]())
	describe(reflect.TypeFor[interface {
		named
		fmt.Stringer
		extra(ID) Enum
	}]())
	t := reflect.TypeFor[Embeds]()
	fmt.Println(t.NumMethod(), reflect.PointerTo(t).NumMethod(), t.NumField())
	for _, f := range reflect.VisibleFields(t) {
		if f.IsExported() {
			fmt.Print(f.Name, f.Index, " ")
		}
	}
	fmt.Println()
}

func fields() {
	d := Dog{Base: Base{"rex", 7}, Age: 3, Tags: []string{"x"}}
	v := reflect.ValueOf(&d).Elem()
	f, ok := v.Type().FieldByName("Label")
	fmt.Println(f.Index, f.Tag.Get("xml"), ok)
	f, ok = v.Type().FieldByName("Age")
	min, has := f.Tag.Lookup("min")
	fmt.Println(f.Name, f.Tag.Get("json"), min, has, ok)
	_, ok = v.Type().FieldByName("none")
	fmt.Println(ok, v.FieldByName("none").IsValid(), v.FieldByName("Count"), v.FieldByIndex([]int{0, 1}).Kind())
	v.FieldByName("Count").SetInt(99)
	v.FieldByName("Tags").Set(reflect.Append(v.FieldByName("Tags"), reflect.ValueOf("y")))
	v.FieldByName("Any").Set(reflect.ValueOf(Pair[ID, ID]{1, 2}))
	v.FieldByName("Do").Set(reflect.MakeFunc(v.FieldByName("Do").Type(), func(args []reflect.Value) []reflect.Value {
		return []reflect.Value{reflect.ValueOf(fmt.Errorf("got %v", args[0]))}
	}))
	fmt.Println(d.Count, d.Tags, d.Any, d.Do(ID(5)), v.FieldByName("inner").CanSet(), v.FieldByName("Base").CanSet(), v.FieldByName("inner").IsNil())
	try("unexported", func() { v.FieldByName("inner").Set(reflect.ValueOf(&d)) })
	try("wrong type", func() { v.FieldByName("Age").Set(reflect.ValueOf("s")) })
	try("unaddressable", func() { reflect.ValueOf(d).Field(1).SetInt(1) })
	try("kind", func() { v.FieldByName("Label").SetInt(1) })
	try("interface", func() { _ = v.FieldByName("inner").Interface() })
	fmt.Println(v.FieldByNameFunc(func(s string) bool { return strings.EqualFold(s, "AGE") }).Int())
	e := reflect.New(reflect.TypeFor[Embeds]()).Elem()
	try("nil embedded", func() { e.FieldByName("Label") })
	e.Field(0).Set(reflect.ValueOf(&d))
	fmt.Println(e.FieldByName("Label"), e.FieldByName("Age"))
	made := reflect.New(reflect.StructOf([]reflect.StructField{
		{Name: "P", Type: reflect.TypeFor[Pair[string, int]](), Tag: `a:"b"`}, {Name: "E", Type: reflect.TypeFor[Enum]()},
	})).Elem()
	made.Field(0).Field(1).SetInt(6)
	fmt.Printf("%v %+v %T\n", made, made.Interface(), made.Interface())
	m := reflect.MakeMap(reflect.MapOf(reflect.TypeFor[Key](), reflect.TypeFor[Dog]()))
	m.SetMapIndex(reflect.ValueOf(Key{1, 2}), reflect.ValueOf(Dog{Age: 1}))
	fmt.Println(m.Type(), m.Interface().(map[Key]Dog)[Key{1, 2}].Age, m.Len())
	s := reflect.MakeSlice(reflect.SliceOf(reflect.TypeFor[Enum]()), 2, 4)
	s.Index(1).SetUint(1)
	fmt.Println(s.Interface().([]Enum), reflect.ArrayOf(3, reflect.TypeFor[ID]()), reflect.Zero(reflect.TypeFor[Chain]()).IsZero())
	ch := reflect.MakeChan(reflect.ChanOf(reflect.BothDir, reflect.TypeFor[ID]()), 1)
	ch.Send(reflect.ValueOf(ID(8)))
	x, ok := ch.Interface().(chan ID)
	fmt.Println(<-x, ok)
	i, got, ok := reflect.Select([]reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: ch}, {Dir: reflect.SelectDefault}})
	fmt.Println(i, got.IsValid(), ok)
	fmt.Println(reflect.Indirect(reflect.ValueOf(&d)).Type(), reflect.ValueOf(ID(3)).Convert(reflect.TypeFor[float64]()), reflect.ValueOf(3.7).Convert(reflect.TypeFor[Enum]()))
	fmt.Println(reflect.TypeFor[ID]().ConvertibleTo(reflect.TypeFor[string]()), reflect.TypeFor[Vec[int]]().AssignableTo(reflect.TypeFor[[]int]()), reflect.TypeFor[[]int]().AssignableTo(reflect.TypeFor[Vec[int]]()), reflect.TypeFor[ID]().AssignableTo(reflect.TypeFor[int64]()))
	sw := reflect.Swapper([]Pair[string, int]{{"a", 1}, {"b", 2}})
	sw(0, 1)
}

func methods() {
	d := &Dog{Base: Base{"rex", 7}}
	v := reflect.ValueOf(d)
	for _, name := range []string{"Sound", "Legs", "Name", "Rename", "private", "nope"} {
		m := v.MethodByName(name)
		_, ok := v.Type().MethodByName(name)
		_, ok2 := v.Type().Elem().MethodByName(name)
		fmt.Print(name, " ", m.IsValid(), ok, ok2)
		if m.IsValid() {
			fmt.Print(" ", m.Type())
		}
		fmt.Println()
	}
	v.MethodByName("Rename").Call([]reflect.Value{reflect.ValueOf("max")})
	fmt.Println(d.Label, v.MethodByName("Name").Call(nil)[0])
	m, _ := reflect.TypeFor[ID]().MethodByName("Plus")
	fmt.Println(m.Type, m.Func.Call([]reflect.Value{reflect.ValueOf(ID(1)), reflect.ValueOf(ID(2)), reflect.ValueOf(ID(3))})[0])
	fmt.Println(m.Func.CallSlice([]reflect.Value{reflect.ValueOf(ID(1)), reflect.ValueOf([]ID{4, 5})})[0])
	fmt.Println(reflect.ValueOf(ID(10)).Method(m.Index).Interface().(func(...ID) ID)(1))
	id := ID(4)
	reflect.ValueOf(&id).MethodByName("Set").Call([]reflect.Value{reflect.ValueOf(44)})
	fmt.Println(id, reflect.ValueOf(&id).MethodByName("String").Call(nil)[0])
	p := &Pair[string, ID]{"k", 1}
	fmt.Println(reflect.ValueOf(p).MethodByName("Swap").Call([]reflect.Value{reflect.ValueOf(ID(2))})[0], p)
	for _, t := range []reflect.Type{reflect.TypeFor[fmt.Stringer](), reflect.TypeFor[Animal](), reflect.TypeFor[named](), reflect.TypeFor[error](), reflect.TypeFor[sort.Interface](), reflect.TypeFor[http.Handler](), reflect.TypeFor[any](), reflect.TypeFor[io.ReadWriter](), reflect.TypeFor[sync.Locker]()} {
		fmt.Print(t, ":")
		for _, x := range []reflect.Type{reflect.TypeFor[ID](), reflect.TypeFor[Dog](), reflect.TypeFor[*Dog](), reflect.TypeFor[Vec[int]](), reflect.TypeFor[*Pair[int, int]](), reflect.TypeFor[*Embeds](), reflect.TypeFor[struct{ *Dog }](), reflect.TypeFor[Animal]()} {
			fmt.Print(" ", x.Implements(t))
		}
		fmt.Println()
	}
	var a Animal = d
	av := reflect.ValueOf(&a).Elem()
	fmt.Println(av.Kind(), av.Elem().Type(), av.NumMethod(), av.Method(0).Call(nil)[0], av.MethodByName("Sound").Call(nil)[0])
	av.Set(reflect.ValueOf(struct{ *Dog }{d}))
	fmt.Printf("%T %v\n", a, a.Sound())
	try("not implemented", func() { av.Set(reflect.ValueOf(Dog{})) })
	try("arguments", func() { v.MethodByName("Rename").Call(nil) })
	try("argument type", func() { v.MethodByName("Rename").Call([]reflect.Value{reflect.ValueOf(1)}) })
	try("nil method", func() { reflect.ValueOf((*Dog)(nil)).MethodByName("Name").Call(nil) })
	f := Fn(func(n int, s ...string) (bool, error) { return n > len(s), errors.New("e") })
	out := reflect.ValueOf(f).Call([]reflect.Value{reflect.ValueOf(2), reflect.ValueOf("a")})
	fmt.Println(out[0], out[1], reflect.ValueOf(f).MethodByName("Call").Call([]reflect.Value{reflect.ValueOf(0)})[0])
	made := reflect.MakeFunc(reflect.TypeFor[Fn](), func(args []reflect.Value) []reflect.Value {
		return []reflect.Value{reflect.ValueOf(args[1].Len() == int(args[0].Int())), reflect.Zero(reflect.TypeFor[error]())}
	}).Interface().(Fn)
	fmt.Println(made(2, "a", "b"))
	fmt.Println(made.Call(1))
	less := reflect.MakeFunc(reflect.FuncOf([]reflect.Type{reflect.TypeFor[Dog](), reflect.TypeFor[Dog]()}, []reflect.Type{reflect.TypeFor[int]()}, false), func(args []reflect.Value) []reflect.Value {
		return []reflect.Value{reflect.ValueOf(cmp.Compare(args[0].FieldByName("Age").Int(), args[1].FieldByName("Age").Int()))}
	}).Interface().(func(Dog, Dog) int)
	dogs := []Dog{{Age: 3}, {Age: 1}, {Age: 2}}
	slices.SortFunc(dogs, less)
	fmt.Println(dogs[0].Age, dogs[2].Age)
	for k, x := range reflect.ValueOf(map[Enum]ID{A: 1}).Seq2() {
		fmt.Println(k, x, k.Type())
	}
}

func equality() {
	c1, c2 := &Chain{Map: map[string]Chain{"a": {}}}, &Chain{Map: map[string]Chain{"a": {}}}
	c1.Next, c2.Next = c1, c2
	fmt.Println(reflect.DeepEqual(c1, c2), reflect.DeepEqual(Chain{List: []Chain{}}, Chain{}), reflect.DeepEqual(ID(1), int64(1)), reflect.DeepEqual([]any{ID(1), Key{1, 2}}, []any{ID(1), Key{1, 2}}))
	fmt.Println(any(ID(1)) == any(ID(1)), any(ID(1)) == any(int64(1)), any(Key{1, 2}) == any(Key{1, 2}), any(Pair[string, int]{"a", 1}) == any(Pair[string, int]{"a", 1}), any(Pair[string, int]{}) == any(Pair[string, ID]{}), any(struct{ X ID }{1}) == any(struct{ X ID }{1}))
	try("chain", func() { fmt.Println(any(Chain{}) == any(Chain{})) })
	try("key", func() { fmt.Println(map[any]int{Dog{}: 1}) })
	m := map[any]string{ID(1): "id", int64(1): "int64", Enum(1): "enum", Key{1, 2}: "key", [1]ID{1}: "array", "s": "string", Pair[ID, ID]{1, 2}: "pair", true: "b", 1.5: "f", struct{}{}: "unit"}
	fmt.Println(m[ID(1)], m[int64(1)], m[Enum(1)], m[B], m[Key{1, 2}], m[[1]ID{1}], m[Pair[ID, ID]{1, 2}], m[Pair[ID, ID]{1, 3}] == "", len(m), m[struct{}{}])
	fmt.Println(reflect.TypeOf(ID(1)) == reflect.TypeFor[ID](), reflect.TypeOf(Alias{}) == reflect.TypeFor[Pair[string, []ID]](), reflect.TypeOf(&Dog{}).Elem() == reflect.TypeFor[Dog](), reflect.PointerTo(reflect.TypeFor[Dog]()) == reflect.TypeFor[*Dog]())
}

func generics() {
	l := new(List[Pair[string, ID]]).Push(Pair[string, ID]{"a", 1}, Pair[string, ID]{"b", 2})
	l.Each(func(i int, p Pair[string, ID]) { fmt.Print(i, p, " ") })
	fmt.Printf("%T %T %v\n", l, l.head, l.size)
	v := Vec[float64]{3, 1, 2}
	sort.Sort(sort.Reverse(v))
	fmt.Println(v, v.Dot(v), Vec[ID]{1, 2}.Dot(Vec[ID]{3, 4}), slices.Max(v))
	fmt.Printf("%T %#v %T\n", v, v, Vec[ID].Dot)
	var t *Tree[Key]
	for _, k := range []Key{{2, 1}, {1, 5}, {2, 0}} {
		t = t.Insert(k)
	}
	fmt.Printf("%v %v %T %+v\n", t.Left.Val, t.Left.Right == nil, t, t.Left.Right)
	ps := []Pair[string, int]{{"b", 1}, {"a", 2}}
	slices.SortFunc(ps, func(a, b Pair[string, int]) int { return strings.Compare(a.Key, b.Key) })
	fmt.Println(ps, slices.IndexFunc(ps, func(p Pair[string, int]) bool { return p.Val == 1 }), mapOf(ps))
	type local struct{ n int }
	type generic[T any] struct{ x T }
	fmt.Printf("%T %T %T %T\n", local{}, generic[local]{}, Pair[string, local]{}, wrap(wrap(local{1})))
	fmt.Println(wrap(ID(3)), wrap[fmt.Stringer](ID(4)), kind[int](), kind[ID](), kind[error](), kind[[]Enum](), kind[Pair[string, Enum]](), kind[func(ID) Fn]())
	fmt.Println(sum(1, 2, 3), sum(ID(4), 5), sum(1.5), mapFold(map[string]ID{"a": 1, "b": 2}))
	f := sum[ID]
	fmt.Printf("%T %v\n", f, f(1, 2))
	y := fix(func(r func(int) int) func(int) int {
		return func(n int) int {
			if n <= 0 {
				return 1
			}
			return n * r(n-1)
		}
	})
	fmt.Println(y(10))
}

// fix is the Y combinator by a type that is declared within.
func fix[T, R any](f func(func(T) R) func(T) R) func(T) R {
	type self[A, B any] func(self[A, B]) func(A) B
	g := func(h self[T, R]) func(T) R { return func(t T) R { return f(h(h))(t) } }
	return g(g)
}

type box[T any] struct{ v T }

func wrap[T any](x T) box[T] { return box[T]{x} }

func kind[T any]() string {
	var x T
	switch any(x).(type) {
	case nil:
		return "nil " + reflect.TypeFor[T]().String()
	case int, ID:
		return fmt.Sprintf("number %T", x)
	case interface{ MarshalText() ([]byte, error) }:
		return "text"
	default:
		return fmt.Sprintf("%T", x)
	}
}

func sum[T Number](xs ...T) (s T) {
	for _, x := range xs {
		s += x
	}
	return
}

func mapOf[K cmp.Ordered, V any, S ~[]Pair[K, V]](s S) map[K]V {
	m := map[K]V{}
	for _, p := range s {
		m[p.Key] = p.Val
	}
	return m
}

func mapFold[M ~map[K]V, K cmp.Ordered, V Number](m M) (s V) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		s = s*10 + m[k]
	}
	return
}

func main() {
	kinds()
	fields()
	methods()
	equality()
	generics()
}
