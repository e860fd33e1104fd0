//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval_test

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"github.com/rustygradients/rg/interp/eval"
	"github.com/rustygradients/rg/interp/internal/program"
	"github.com/rustygradients/rg/interp/internal/randprog"
	"github.com/rustygradients/rg/interp/symbols"
)

// TestHammer: sessions that are compiled and run at the same time share types and tables, and do
// what each does alone.
func TestHammer(t *testing.T) {
	const programs, workers = 40, 8
	alone := make([]string, programs)
	for i := range alone {
		alone[i] = interpret(randprog.New(uint64(i)))
	}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range programs {
				k := (i + w*7) % programs
				if got := interpret(randprog.New(uint64(k))); got != alone[k] {
					t.Errorf("seed %d: %s", k, firstDifference(got, alone[k]))
				}
			}
		})
	}
	wg.Wait()
}

// shared is a program whose goroutines use the same types in every way.
const shared = `package main

import (
	"fmt"
	"reflect"
	"sort"
	"sync"
	"sync/atomic"
)

type Shape interface{ Area() int }
type Square struct{ n int }
type Rect struct {
	Square
	h *int
}
type Box[T any] struct{ list []T }

func (s Square) Area() int         { return s.n * s.n }
func (r *Rect) Area() int          { return r.n * *r.h }
func (s Square) String() string    { return fmt.Sprint("sq", s.n) }
func (b *Box[T]) Add(x T) *Box[T]  { b.list = append(b.list, x); return b }

type byArea []Shape

func (b byArea) Len() int           { return len(b) }
func (b byArea) Less(i, j int) bool { return b[i].Area() < b[j].Area() }
func (b byArea) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

func work(id int) (sum int, err error) {
	defer func() {
		if e, ok := recover().(error); ok {
			err = e
		}
	}()
	m := map[any]Shape{}
	for i := range 60 {
		h := i
		var s Shape = Square{i}
		if i%3 == 0 {
			s = &Rect{Square{i}, &h}
		}
		m[[2]int{id, i}] = s
		m[s.Area()] = s
		switch x := s.(type) {
		case fmt.Stringer:
			sum += len(x.String())
		case nil:
			panic("nil")
		}
		b := (&Box[Shape]{}).Add(s).Add(Square{1})
		sort.Sort(byArea(b.list))
		sum += reflect.ValueOf(b.list[0]).Method(0).Call(nil)[0].Interface().(int)
		func() {
			defer func() { recover() }()
			_ = b.list[i+2]
		}()
	}
	for _, s := range m {
		sum += s.Area()
	}
	var p *Rect
	return sum, fmt.Errorf("%d", p.Area())
}

func main() {
	var wg sync.WaitGroup
	var total atomic.Int64
	ch := make(chan Shape, 4)
	for id := range 16 {
		wg.Go(func() {
			n, err := work(id)
			total.Add(int64(n))
			ch <- Square{len(err.Error())}
		})
	}
	go func() { wg.Wait(); close(ch) }()
	k := 0
	for s := range ch {
		k += s.Area()
	}
	fmt.Println(total.Load()%16, k)
}
`

// TestSharedTypes runs goroutines that use the same types.
func TestSharedTypes(t *testing.T) {
	p, err := program.Load("shared.go", []byte(shared), symbols.Importer())
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	x, err := eval.New(eval.Options{Stdout: &out, Stderr: &out})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Load(p); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		out.Reset()
		if _, err := x.Run(context.Background(), p); err != nil {
			t.Fatal(err)
		}
		if out.String() != "0 65536\n" {
			t.Fatal(out.String())
		}
	}
}
