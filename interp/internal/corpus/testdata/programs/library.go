package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"os"
	"sort"
	"strings"
	"sync"
	"time"
)

type Animal interface{ Sound() string }
type Dog struct{ name string }

func (d Dog) Sound() string { return d.name + " woof" }

type Cat struct{}

func (*Cat) Sound() string { return "meow" }

type Counter struct {
	mu sync.Mutex
	m  map[string]int
}

func (c *Counter) Inc(k string) { c.mu.Lock(); defer c.mu.Unlock(); c.m[k]++ }

type Matrix [][]float64

func (m Matrix) Mul(o Matrix) Matrix {
	r := make(Matrix, len(m))
	for i := range m {
		r[i] = make([]float64, len(o[0]))
		for j := range o[0] {
			for k := range o {
				r[i][j] += m[i][k] * o[k][j]
			}
		}
	}
	return r
}

type Weekday int

const (
	Sunday Weekday = iota
	Monday
)

func (d Weekday) String() string { return [...]string{"Sun", "Mon"}[d] }

type upper struct{ r io.Reader }

func (u upper) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	copy(p, strings.ToUpper(string(p[:n])))
	return n, err
}

type byLen []string

func (b byLen) Len() int           { return len(b) }
func (b byLen) Less(i, j int) bool { return len(b[i]) < len(b[j]) }
func (b byLen) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

type Option func(*cfg)
type cfg struct {
	n int
	s string
}

func WithN(n int) Option { return func(c *cfg) { c.n = n } }
func NewCfg(opts ...Option) *cfg {
	c := &cfg{s: "d"}
	for _, o := range opts {
		o(c)
	}
	return c
}

type Pair[K comparable, V any] struct {
	Key K
	Val V
}

func SortedPairs[K ~string, V any](m map[K]V) []Pair[K, V] {
	var out []Pair[K, V]
	for k, v := range m {
		out = append(out, Pair[K, V]{k, v})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Key < out[j].Key })
	return out
}
func divide(a, b int) (res int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("caught: %v", r)
		}
	}()
	return a / b, nil
}
func worker(id int, jobs <-chan int, results chan<- int, wg *sync.WaitGroup) {
	defer wg.Done()
	for j := range jobs {
		results <- j * 2
	}
	_ = id
}
func main() {
	as := []Animal{Dog{"rex"}, &Cat{}}
	for _, a := range as {
		fmt.Println(a.Sound())
	}
	for _, a := range as {
		switch v := a.(type) {
		case Dog:
			fmt.Println("dog", v.name)
		case *Cat:
			fmt.Println("cat", v != nil)
		}
	}
	c := Counter{m: map[string]int{}}
	var wg sync.WaitGroup
	for i := 0; i < 20; i++ {
		wg.Add(1)
		go func() { defer wg.Done(); c.Inc(fmt.Sprint(i % 3)) }()
	}
	wg.Wait()
	fmt.Println(c.m)
	fmt.Println(Matrix{{1, 2}, {3, 4}}.Mul(Matrix{{0, 1}, {1, 0}}))
	fmt.Println(Monday, []Weekday{Sunday, Monday}, map[Weekday]int{Monday: 1})
	fmt.Printf("%v %d %s %T\n", Monday, Monday, Monday, Monday)
	b, _ := io.ReadAll(upper{strings.NewReader("shout")})
	fmt.Println(string(b))
	bl := byLen{"ccc", "a", "bb"}
	sort.Sort(bl)
	fmt.Println(bl)
	fmt.Println(*NewCfg(WithN(4)))
	fmt.Println(SortedPairs(map[string]int{"b": 2, "a": 1}))
	fmt.Println(divide(1, 0))
	jobs, results := make(chan int, 10), make(chan int, 10)
	var w2 sync.WaitGroup
	for w := 1; w <= 3; w++ {
		w2.Add(1)
		go worker(w, jobs, results, &w2)
	}
	for j := 1; j <= 5; j++ {
		jobs <- j
	}
	close(jobs)
	w2.Wait()
	close(results)
	sum := 0
	for r := range results {
		sum += r
	}
	fmt.Println(sum)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	select {
	case <-ctx.Done():
		fmt.Println(ctx.Err())
	case <-time.After(time.Second):
		fmt.Println("late")
	}
	sc := bufio.NewScanner(strings.NewReader("x y\nz"))
	for sc.Scan() {
		fmt.Println(strings.Fields(sc.Text()))
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "hi %s", r.URL.Path) }))
	defer srv.Close()
	resp, err := http.Get(srv.URL + "/p")
	if err == nil {
		body, _ := io.ReadAll(resp.Body)
		fmt.Println(string(body))
	}
	rng := rand.New(rand.NewSource(1))
	fmt.Println(rng.Intn(100) >= 0)
	var once sync.Once
	once.Do(func() { fmt.Println("once") })
	f, err := os.Open("/nonexistent")
	fmt.Println(f == nil, err)
	if pe, ok := err.(*os.PathError); ok {
		fmt.Println(pe.Op)
	}
	arr := [3]int{1, 2, 3}
	brr := arr
	brr[0] = 9
	fmt.Println(arr, brr, arr == [3]int{1, 2, 3})
	type point struct{ x, y int }
	seen := map[point]bool{{1, 2}: true}
	fmt.Println(seen[point{1, 2}], seen[point{2, 1}])
	var iface any = point{1, 2}
	_, isInt := iface.(int)
	fmt.Println(iface == any(point{1, 2}), isInt)
	fn := strings.ToUpper
	fmt.Println(fn("q"), func(s ...string) int { return len(s) }("a", "b"))
	x, y := 1, 2
	x, y = y, x+y
	fmt.Println(x, y, x<<3|1, ^x, 7&^2, -7/2, -7%3, uint8(x)+250)
	s := "héllo"
	fmt.Println(len(s), []rune(s)[1], string([]rune(s)[1]), s[1:3], []byte("ab"))
	goto end
end:
	fmt.Println("end")
	func() { defer fmt.Println("a"); defer fmt.Println("b") }()
	ms := strings.NewReplacer("a", "b").Replace
	fmt.Println(ms("banana"))
	ptr := &x
	*ptr += 5
	fmt.Println(x, *ptr)
	var e1 error = fmt.Errorf("q %w", io.EOF)
	fmt.Println(e1)
	var st fmt.Stringer = Monday
	fmt.Println(st.String(), st)
	ticker := time.NewTicker(time.Millisecond)
	n := 0
	for range ticker.C {
		n++
		if n == 3 {
			break
		}
	}
	ticker.Stop()
	fmt.Println(n)
}
