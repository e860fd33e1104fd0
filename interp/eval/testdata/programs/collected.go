package main

import (
	"fmt"
	"runtime"
	"time"
	"weak"
)

type big struct{ data [1 << 16]byte }

var left []weak.Pointer[big]

func make1() *big {
	b := new(big)
	left = append(left, weak.Make(b))
	return b
}

func alive() (n int) {
	runtime.GC()
	for _, w := range left {
		if w.Value() != nil {
			n++
		}
	}
	return n
}

func show(when string) {
	n := alive()
	fmt.Println(when, n)
}

func touch(b *big) byte { return b.data[3] }

func over() { _ = touch(make1()) }

func captured() {
	b := make1()
	f := func() byte { return touch(b) }
	x, n := f(), alive()
	fmt.Println("captured", x, n)
	runtime.KeepAlive(f)
	n = alive()
	fmt.Println("not any more", n)
}

func parameter(b *big, again func() int) int {
	touch(b)
	return again()
}

func loop() {
	var last *big
	for i := range 3 {
		b := make1()
		if i == 1 {
			last = b
		}
	}
	show("loop")
	runtime.KeepAlive(last)
	show("after")
}

func deferred() {
	b := make1()
	defer func() {
		n := alive()
		fmt.Println("deferred", touch(b), n)
	}()
	panic(1)
}

func iterated() {
	seq := func(yield func(*big) bool) {
		for yield(make1()) {
		}
	}
	n := 0
	for b := range seq {
		touch(b)
		if n++; n == 3 {
			show("iterated")
			runtime.KeepAlive(b)
			break
		}
	}
	show("then")
}

func sent() {
	c := make(chan *big)
	done := make(chan bool)
	go func() {
		for b := range c {
			touch(b)
		}
		close(done)
	}()
	for range 4 {
		c <- make1()
	}
	close(c)
	<-done
	time.Sleep(20 * time.Millisecond) // until the goroutine has ended
	show("sent")
}

func main() {
	over()
	show("over")
	captured()
	n := parameter(make1(), alive)
	fmt.Println("parameter", n)
	loop()
	func() {
		defer func() { recover() }()
		deferred()
	}()
	show("gone")
	iterated()
	sent()
	a, b := make1(), make1()
	m := map[string]*big{"a": a}
	n = alive()
	fmt.Println("two", n, touch(b))
	n = alive()
	fmt.Println("one", n, len(m))
	runtime.KeepAlive(m)
	show("none")
}
