package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"text/template"
	"time"

	"github.com/rustygradients/rg/tensor"
	"github.com/rustygradients/rg/tensor/nn"
)

type Color int

const (
	Red Color = iota
	Green
)

func (c Color) String() string { return [...]string{"Red", "Green"}[c] }
func (c Color) MarshalText() ([]byte, error) {
	return []byte("<" + c.String() + ">"), nil
}

type MyErr struct{ Code int }

func (e *MyErr) Error() string { return fmt.Sprint("code ", e.Code) }

type byLen []string

func (b byLen) Len() int           { return len(b) }
func (b byLen) Less(i, j int) bool { return len(b[i]) < len(b[j]) }
func (b byLen) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

type rot struct{ io.Reader }

func (r rot) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	for i := range p[:n] {
		p[i]++
	}
	return n, err
}

type Locked struct {
	sync.Mutex
	n int
}

type Doc struct {
	Name  string          `json:"name"`
	C     Color           `json:"c"`
	When  time.Duration   `json:"when,omitempty"`
	Extra map[string]*Doc `json:"extra,omitempty"`
}
type Net struct {
	L1, L2 *nn.Linear
}

func (n *Net) Forward(x *tensor.Tensor) *tensor.Tensor { return n.L2.Forward(n.L1.Forward(x).ReLU()) }

type Node[K comparable, V any] struct {
	k    K
	v    V
	next *Node[K, V]
}
type List[K comparable, V any] struct{ head *Node[K, V] }

func (l *List[K, V]) Push(k K, v V) { l.head = &Node[K, V]{k, v, l.head} }
func (l *List[K, V]) All() func(func(K, V) bool) {
	return func(yield func(K, V) bool) {
		for n := l.head; n != nil; n = n.next {
			if !yield(n.k, n.v) {
				return
			}
		}
	}
}

func find() error { return fmt.Errorf("wrapped: %w", &MyErr{7}) }

func main() {
	b, err := json.Marshal(Doc{"x", Green, 5, map[string]*Doc{"y": {Name: "z"}}})
	fmt.Println(string(b), err)
	var d Doc
	fmt.Println(json.Unmarshal([]byte(`{"name":"q","extra":{"a":{"name":"b"}}}`), &d), d.Name, d.Extra["a"].Name)
	var me *MyErr
	fmt.Println(errors.As(find(), &me), me.Code, find())
	s := byLen{"ccc", "a", "bb"}
	sort.Sort(sort.Reverse(s))
	fmt.Println(s)
	all, _ := io.ReadAll(rot{strings.NewReader("HAL")})
	fmt.Println(string(all))
	var l Locked
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Add(1)
		go func() { defer wg.Done(); l.Lock(); defer l.Unlock(); l.n += i }()
	}
	wg.Wait()
	fmt.Println(l.n)
	fmt.Printf("%v %+v %#v %T\n", d.C, l.n, Red, &List[string, int]{})
	var lst List[string, int]
	lst.Push("a", 1)
	lst.Push("b", 2)
	for k, v := range lst.All() {
		fmt.Println(k, v)
	}
	m := map[string]int{"z": 1, "y": 2}
	fmt.Println(slices.Sorted(maps.Keys(m)), slices.Max([]int{3, 9, 2}), slices.IndexFunc([]Color{0, 1}, func(c Color) bool { return c == Green }))
	fmt.Println(slices.SortedFunc(slices.Values([]string{"bb", "a"}), strings.Compare))
	var p atomic.Pointer[Doc]
	p.Store(&d)
	fmt.Println(p.Load().Name, sync.OnceValue(func() int { return 4 })())
	var text bytes.Buffer
	template.Must(template.New("").Parse("{{.Name}} {{.C}}\n")).Execute(&text, d)
	fmt.Print(text.String())
	fmt.Println(reflect.TypeOf(d).Field(1).Tag.Get("json"), reflect.TypeOf(Red).NumMethod(), reflect.ValueOf(Green).MethodByName("String").Call(nil)[0])
	n := &Net{nn.NewLinear(3, 4), nn.NewLinear(4, 2)}
	y := n.Forward(tensor.Zeros(5, 3))
	fmt.Println(y.Shape(), len(nn.Parameters(n)))
	for part := range strings.SplitSeq("a,b,c", ",") {
		fmt.Print(part, " ")
	}
	fmt.Println()
	var buf bytes.Buffer
	fmt.Fprintf(&buf, "%05.1f|%-4s|%v", 3.14159, "ab", []Color{Red, Green})
	fmt.Println(buf.String())
	ch := make(chan int, 3)
	done := make(chan struct{})
	go func() {
		for v := range ch {
			fmt.Print(v, ";")
		}
		close(done)
	}()
	for i := range 5 {
		select {
		case ch <- i:
		case <-time.After(time.Second):
		}
	}
	close(ch)
	<-done
	fmt.Println()
	defer func() {
		fmt.Println("rec", recover())
	}()
	var np *Net
	np.L1 = nil
}
