package main

import (
	"bytes"
	"container/heap"
	"context"
	"encoding"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"hash/maphash"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"text/template"
	"time"
	"unique"
	"weak"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
)

// An error with fields, wrapped, matched by value and by pointer.
type Failure struct {
	Op   string
	Code int
	err  error
}

func (f *Failure) Error() string        { return fmt.Sprintf("%s: %d", f.Op, f.Code) }
func (f *Failure) Unwrap() error        { return f.err }
func (f *Failure) Is(target error) bool { return target == errCode }

type Status int

func (s Status) Error() string { return "status " + string(rune('0'+s)) }

var errCode = errors.New("code")

// Embedded compiled structs and interfaces.
type Log struct {
	*bytes.Buffer
	sync.Mutex
	Name string
}

type Timed struct {
	time.Time
	Label string `json:"label"`
}

type Wrapped struct{ io.Reader }

type Upper struct{ r io.Reader }

func (u Upper) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	copy(p, bytes.ToUpper(p[:n]))
	return n, err
}

// JSON, text and XML.
type Celsius float64

func (c Celsius) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, `"%.1fC"`, float64(c)), nil }
func (c *Celsius) UnmarshalJSON(b []byte) error {
	_, err := fmt.Sscanf(string(b), `"%fC"`, (*float64)(c))
	return err
}

type Level uint8

func (l Level) MarshalText() ([]byte, error) { return []byte(strings.Repeat("*", int(l))), nil }
func (l *Level) UnmarshalText(b []byte) error {
	*l = Level(len(b))
	return nil
}

type Report struct {
	XMLName xml.Name        `xml:"report" json:"-"`
	Temp    Celsius         `json:"temp" xml:"temp,attr"`
	Levels  map[Level]Level `json:"levels" xml:"-"`
	Inner   *Report         `json:"inner,omitempty" xml:"inner"`
	Any     any             `json:"any" xml:"-"`
	Raw     json.RawMessage `json:"raw,omitempty" xml:"-"`
	private int
}

// Sorting, heaps, flags, formatting, logging.
type byAge []Person
type Person struct {
	Name string
	Age  int
}

func (b byAge) Len() int           { return len(b) }
func (b byAge) Less(i, j int) bool { return b[i].Age < b[j].Age }
func (b byAge) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

type Heap struct{ sort.IntSlice }

func (h *Heap) Push(x any) { h.IntSlice = append(h.IntSlice, x.(int)) }
func (h *Heap) Pop() any {
	last := len(h.IntSlice) - 1
	x := h.IntSlice[last]
	h.IntSlice = h.IntSlice[:last]
	return x
}

type List []string

func (l *List) String() string     { return strings.Join(*l, "+") }
func (l *List) Set(s string) error { *l = append(*l, s); return nil }

type Shape struct{ X, Y int }

func (s Shape) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, "<%d|%d %c %v>", s.X, s.Y, verb, f.Flag('+'))
}
func (s Shape) LogValue() slog.Value { return slog.IntValue(s.X * s.Y) }
func (s Shape) GoString() string     { return "Shape!" }

// Handlers.
type Counter struct {
	sync.Mutex
	hits map[string]int
}

func (c *Counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.Lock()
	defer c.Unlock()
	c.hits[r.URL.Path]++
	w.Header().Set("X-Hits", fmt.Sprint(c.hits[r.URL.Path]))
	w.WriteHeader(http.StatusTeapot)
	fmt.Fprintf(w, "%s %d", r.Method, c.hits[r.URL.Path])
}

type Middleware func(http.Handler) http.Handler

// Modules.
type Block struct {
	*nn.Linear
	Norm  *nn.LayerNorm
	Scale *tensor.Tensor
}

func (b *Block) Forward(x *tensor.Tensor) *tensor.Tensor { return b.Norm.Forward(b.Linear.Forward(x)) }

type Stack struct {
	Blocks []*Block
	Head   nn.Layer
}

func (s *Stack) Forward(x *tensor.Tensor) *tensor.Tensor {
	for _, b := range s.Blocks {
		x = b.Forward(x)
	}
	return s.Head.Forward(x)
}

type Pair[K comparable, V any] struct {
	Key K
	Val V
}

func (p Pair[K, V]) String() string { return fmt.Sprintf("%v=>%v", p.Key, p.Val) }

func errorsPart() {
	err := fmt.Errorf("outer: %w", &Failure{"read", 7, Status(3)})
	var f *Failure
	var s Status
	fmt.Println(err, errors.As(err, &f), f.Code, errors.As(err, &s), s, errors.Is(err, errCode), errors.Is(err, Status(3)))
	fmt.Printf("%T %v %+v %q\n", f, *f, f.err, s)
	fmt.Printf("%#v\n", Status(2))
	joined := errors.Join(err, Status(1))
	fmt.Println(joined, errors.Is(joined, Status(1)))
}

func embedding() {
	l := &Log{Buffer: new(bytes.Buffer), Name: "n"}
	l.Lock()
	fmt.Fprintf(l, "%d-%s", 5, "x")
	l.Unlock()
	fmt.Println(l.String(), l.Len())
	var w io.Writer = l
	var lock sync.Locker = l
	lock.Lock()
	io.WriteString(w, "!")
	lock.Unlock()
	fmt.Println(l)
	t := Timed{time.Date(2026, 11, 28, 1, 2, 3, 0, time.UTC), "z"}
	fmt.Println(t.Year(), t.Add(time.Hour).Hour(), t)
	b, err := json.Marshal(t)
	fmt.Println(string(b), err)
	all, err := io.ReadAll(Wrapped{Upper{strings.NewReader("abc")}})
	fmt.Println(string(all), err)
	fmt.Printf("%T %T %+v\n", w, Wrapped{}, Wrapped{})
}

func encodings() {
	r := Report{Temp: 21.5, Levels: map[Level]Level{2: 3, 1: 1}, Any: Pair[string, int]{"a", 1}, Inner: &Report{Any: []any{Celsius(1), nil}}}
	b, err := json.Marshal(r)
	fmt.Println(string(b), err)
	var back Report
	fmt.Println(json.Unmarshal([]byte(`{"temp":"3.5C","levels":{"**":"***"},"raw":[1, 2],"any":{"x":[1.5,"y"]}}`), &back))
	fmt.Printf("%+v\n", back)
	x, err := xml.Marshal(Report{Temp: 2})
	fmt.Println(string(x), err)
	var tm encoding.TextMarshaler = Level(4)
	text, _ := tm.MarshalText()
	fmt.Println(string(text))
}

func algorithms() {
	people := []Person{{"a", 30}, {"b", 20}, {"c", 25}}
	sort.Sort(byAge(people))
	fmt.Printf("%v %+v\n", people, people[0])
	sort.Stable(sort.Reverse(byAge(people)))
	fmt.Println(people, slices.IsSortedFunc(people, func(a, b Person) int { return b.Age - a.Age }))
	h := &Heap{sort.IntSlice{5, 2, 8}}
	heap.Init(h)
	heap.Push(h, 1)
	for h.Len() > 0 {
		fmt.Print(heap.Pop(h), " ")
	}
	fmt.Println()
	var l List
	fs := flag.NewFlagSet("x", flag.ContinueOnError)
	fs.Var(&l, "l", "")
	fmt.Println(fs.Parse([]string{"-l", "p", "-l", "q"}), &l, l)
	fmt.Printf("%v %+d %s %#v %T\n", Shape{1, 2}, Shape{3, 4}, Shape{5, 6}, Shape{}, Shape{})
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	log.Info("hi", "shape", Shape{3, 5}, "pair", Pair[int, string]{1, "x"})
	template.Must(template.New("").Parse("{{range .}}{{.Name}}:{{.Age}} {{end}}{{len .}}\n")).Execute(&out, people)
	fmt.Print(out.String())
}

func web() {
	c := &Counter{hits: map[string]int{}}
	trace := Middleware(func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Traced", "yes")
			h.ServeHTTP(w, r)
		})
	})
	mux := http.NewServeMux()
	mux.Handle("/a/", trace(c))
	for _, path := range []string{"/a/x", "/a/x", "/a/y", "/none"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(w.Code, w.Header().Get("X-Hits"), w.Header().Get("X-Traced"), strings.TrimSpace(w.Body.String()))
	}
	fmt.Printf("%T %T\n", trace, http.Handler(c))
}

func modules() {
	n := &Stack{Head: nn.NewLinear(3, 2)}
	for range 2 {
		n.Blocks = append(n.Blocks, &Block{nn.NewLinear(3, 3), nn.NewLayerNorm(3), tensor.Ones(1)})
	}
	var m nn.Layer = n
	fmt.Println(m.Forward(tensor.Ones(4, 3)).Shape(), len(nn.Parameters(m)))
	fmt.Printf("%T %T %T\n", m, n.Blocks, n.Head)
}

func reflection() {
	for _, v := range []any{Failure{}, &Failure{}, Log{}, Heap{}, &Heap{}, Status(1), Pair[string, []Status]{}, Middleware(nil), struct {
		Person
		Z *Log `k:"v"`
	}{}} {
		t := reflect.TypeOf(v)
		fmt.Println(t, t.Kind(), t.Name(), t.PkgPath(), t.NumMethod(), t.Comparable(), t.Size(), t.Align())
		for i := range t.NumMethod() {
			if m := t.Method(i); t.PkgPath() == "main" && t != reflect.TypeFor[Log]() || m.Name == "Error" {
				fmt.Println("  ", m.Name, m.Type, m.Index)
			}
		}
		if t.Kind() == reflect.Struct {
			for _, f := range reflect.VisibleFields(t) {
				fmt.Println("  .", f.Name, f.Type, f.Tag, f.Offset, f.Index, f.Anonymous, f.IsExported())
			}
		}
	}
	m, _ := reflect.TypeFor[Status]().MethodByName("Error")
	fmt.Println(m.Func.Call([]reflect.Value{reflect.ValueOf(Status(5))})[0])
	pm, _ := reflect.TypeFor[*Failure]().MethodByName("Error")
	fmt.Println(pm.Func.Interface().(func(*Failure) string)(&Failure{"w", 1, nil}))
	sm, _ := reflect.TypeFor[Pair[int, int]]().MethodByName("String")
	fmt.Println(sm.Func.Call([]reflect.Value{reflect.ValueOf(Pair[int, int]{1, 2})})[0], reflect.ValueOf(Pair[int, int]{3, 4}).Method(0).Call(nil)[0])
	fmt.Println(reflect.TypeFor[*Counter]().Implements(reflect.TypeFor[http.Handler]()), reflect.DeepEqual(Pair[int, []int]{1, []int{2}}, Pair[int, []int]{1, []int{2}}))
	fmt.Printf("%v %+v %#v\n", Pair[string, Person]{"k", Person{"n", 1}}, struct{ P *Person }{}, []Person{{"q", 2}})
}

func where() string {
	pc, _, line, ok := runtime.Caller(1)
	return fmt.Sprint(runtime.FuncForPC(pc).Name(), line > 0, ok)
}

func generics() {
	a, b := unique.Make("x"), unique.Make("x")
	fmt.Println(a == b, a.Value(), unique.Make(Person{"a", 1}) == unique.Make(Person{"a", 2}))
	p := &Person{"w", 1}
	w := weak.Make(p)
	fmt.Println(w.Value() == p, w == weak.Make(p))
	runtime.KeepAlive(p)
	seed := maphash.MakeSeed()
	fmt.Println(maphash.Comparable(seed, Person{"a", 1}) == maphash.Comparable(seed, Person{"a", 1}))
	done := make(chan string, 3)
	for range 3 {
		func() {
			q := &Person{"gone", 3}
			runtime.AddCleanup(q, func(s string) { done <- s }, q.Name)
		}()
	}
	go func() {
		for range 100 {
			runtime.GC()
			time.Sleep(time.Millisecond)
		}
	}()
	select {
	case s := <-done:
		fmt.Println("cleaned", s)
	case <-time.After(20 * time.Second):
		fmt.Println("not cleaned")
	}
	fmt.Println(where(), func() string { return where() }())
	ctx := context.WithValue(context.Background(), Status(1), Pair[int, int]{1, 2})
	fmt.Println(ctx.Value(Status(1)), ctx.Value(1))
}

func main() {
	errorsPart()
	embedding()
	encodings()
	algorithms()
	web()
	modules()
	reflection()
	generics()
}
