package interp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rustygradients/rg/kernel/engine"
)

// BenchmarkInterrupt is how long a cell goes on that was told to end: cells' own code, compiled code of rg's, and
// what waits for something that never comes.
func BenchmarkInterrupt(b *testing.B) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		b.Fatal(err)
	}
	defer silent.Close()
	for _, kind := range []struct {
		name  string
		codes []string
	}{
		{"interpreted", []string{
			"for {}", "for { n++ }", "spin()", "var f func(int) int\nf = func(k int) int { return f(k%1000 + 1) }\nfor { inc() }",
			"m := map[int]int{}\nfor i := 0; ; i++ { m[i%1000]++ }", "for { s = s[:0]; for i := range 1000 { s = append(s, i) } }",
		}},
		{"library", []string{
			"for { x.MatMul(x) }", "big.MatMul(big)", "for { w.Exp().Sum().Backward() }", "tensor.NoGrad(func() { for { big.Softmax(1) } })",
		}},
		{"blocking", []string{
			"time.Sleep(time.Hour)", "<-make(chan int)", "make(chan int) <- 1", "select {}", "var wg sync.WaitGroup\nwg.Add(1)\nwg.Wait()",
			"var mu sync.Mutex\nmu.Lock()\nmu.Lock()", "sync.NewCond(&sync.Mutex{}).L.Lock()\nselect { case <-make(chan int): case <-make(chan string): }",
			fmt.Sprintf("_, err := http.Get(\"http://%s\")\nerr", silent.Addr()),
		}},
	} {
		b.Run(kind.name, func(b *testing.B) {
			e, err := New(Options{})
			if err != nil {
				b.Fatal(err)
			}
			before := "import (\"time\"; \"sync\"; \"net/http\")\nn := 0\nvar s []int\ninc := func() int { n++; return n }\nfunc spin() { for { n++ } }\n" +
				"x, big := tensor.Rand(200, 200), tensor.Rand(3000, 3000)\nw := tensor.Rand(300, 300).SetRequiresGrad(true)\n" +
				"_, _, _ = time.Second, sync.Mutex{}, http.Get"
			if err := e.Execute(b.Context(), engine.Cell{Number: 1, Code: before}, &recorder{}); err != nil {
				b.Fatal(err)
			}
			var times []time.Duration
			for b.Loop() {
				for i, code := range kind.codes {
					ctx, cancel := context.WithCancel(b.Context())
					var told time.Time
					e.atWork = func() { time.AfterFunc(30*time.Millisecond, func() { told = time.Now(); cancel() }) }
					err := e.Execute(ctx, engine.Cell{Number: 2 + i, Code: code}, &recorder{})
					took := time.Since(told)
					var shown *engine.Error
					if !errors.As(err, &shown) || shown.Name != engine.NameInterrupted {
						b.Fatal(code, err)
					}
					times = append(times, took)
				}
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "ms-median")
			b.ReportMetric(float64(times[len(times)-1].Microseconds())/1000, "ms-slowest")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkCompleteLong is completion in a session of a thousand cells that all declare something.
func BenchmarkCompleteLong(b *testing.B) {
	e, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	for i := range 1000 {
		code := fmt.Sprintf("type Point%d struct{ X, Y float64 }\nfunc (p Point%d) Norm() float64 { return p.X*p.X + p.Y*p.Y }\nfunc make%d(x float64) Point%d { return Point%d{x, x} }\np%d := make%d(3)", i, i, i, i, i, i, i)
		if err := e.Execute(b.Context(), engine.Cell{Number: i + 1, Code: code}, &recorder{}); err != nil {
			b.Fatal(err)
		}
	}
	for _, code := range []string{"tensor.", "p", "p77.", "make5", "s := Point3{X: ", "if true {\n\tfmt.Println(p500.X,\n\tfor {\n\tp3."} {
		b.Run(fmt.Sprintf("%.8q", code), func(b *testing.B) {
			for b.Loop() {
				if c := e.Complete(b.Context(), code, utf8.RuneCountInString(code)); len(c.Matches) == 0 {
					b.Fatal("nothing is proposed")
				}
			}
		})
	}
}
