package display

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type page struct {
	mu     sync.Mutex
	shown  []string
	static bool
}

func (p *page) add(kind string, b Bundle) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown = append(p.shown, kind+" "+b.Plain())
}

func (p *page) Display(b Bundle) { p.add("display", b) }
func (p *page) Update(b Bundle)  { p.add("update", b) }
func (p *page) Clear(wait bool)  { p.add(fmt.Sprint("clear ", wait), Bundle{}) }
func (p *page) Static() bool     { return p.static }

func (p *page) all() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.shown...)
}

func use(t *testing.T, p *page) {
	t.Helper()
	old := SetPublisher(p)
	t.Cleanup(func() { SetPublisher(old) })
}

func TestShowAndHandle(t *testing.T) {
	p := &page{}
	use(t, p)
	Show(1, "two")
	h := Open("a")
	h.Update("b")
	Clear(true)
	if got, want := fmt.Sprint(p.all()), "[display 1 display two display a update b clear true ]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if other := Open("c"); other.ID() == h.ID() {
		t.Error("two handles share an ID")
	}
}

// Many changes in a moment make few pictures, and the last state is the last picture.
func TestLiveThrottles(t *testing.T) {
	p := &page{}
	use(t, p)
	var n atomic.Int64
	l := NewLive(func(final bool) any { return fmt.Sprint(n.Load(), final) })
	for range 1000 {
		n.Add(1)
		l.Changed()
	}
	Flush()
	got := p.all()
	if len(got) > 4 {
		t.Errorf("%d pictures: %v", len(got), got)
	}
	if got[0] != "display 1 false" || got[len(got)-1] != "update 1000 true" {
		t.Errorf("pictures: %v", got)
	}
	Flush()
	if again := p.all(); len(again) != len(got) {
		t.Errorf("a Flush without a change drew: %v", again)
	}
}

func TestLiveDrawsLater(t *testing.T) {
	p := &page{}
	use(t, p)
	var n atomic.Int64
	l := NewLive(func(bool) any { return n.Add(1) })
	l.Changed()
	l.Changed()
	deadline := time.Now().Add(10 * time.Second)
	for len(p.all()) < 2 {
		if time.Now().After(deadline) {
			t.Fatal("the second change was never drawn")
		}
		time.Sleep(10 * time.Millisecond)
	}
	l.Flush()
}

// Drawing that takes long is done the more rarely: it never takes more than about a tenth of the time.
func TestLiveKeepsToATenth(t *testing.T) {
	use(t, &page{})
	draws := 0
	l := NewLive(func(final bool) any {
		if !final {
			draws++
			time.Sleep(60 * time.Millisecond)
		}
		return draws
	})
	for start := time.Now(); time.Since(start) < 400*time.Millisecond; time.Sleep(time.Millisecond) {
		l.Changed()
	}
	l.Flush()
	if draws != 1 {
		t.Errorf("%d pictures of 60 ms within 400 ms", draws)
	}
}

// Where nothing can be replaced, only the final picture is shown.
func TestLiveOnAStaticPublisher(t *testing.T) {
	p := &page{static: true}
	use(t, p)
	n := 0
	l := NewLive(func(bool) any { n++; return n })
	l.Changed()
	l.Changed()
	if got := p.all(); len(got) != 0 {
		t.Errorf("shown too early: %v", got)
	}
	l.Flush()
	if got := fmt.Sprint(p.all()); got != "[display 1]" {
		t.Errorf("got %s", got)
	}
}

// A drawing that panics is its cell's affair, and the Live goes on afterwards.
func TestLiveSurvivesAPanic(t *testing.T) {
	p := &page{}
	use(t, p)
	broken := true
	l := NewLive(func(bool) any {
		if broken {
			panic("can't draw")
		}
		return "fine"
	})
	func() {
		defer func() {
			if r := recover(); r != "can't draw" {
				t.Errorf("recovered %v", r)
			}
		}()
		l.Changed()
	}()
	Flush() // must not panic
	broken = false
	l.Flush()
	if got := p.all(); len(got) != 1 || got[0] != "display fine" {
		t.Errorf("got %v", got)
	}
}

func TestLiveFromManyGoroutines(t *testing.T) {
	p := &page{}
	use(t, p)
	var n, drawing atomic.Int64
	l := NewLive(func(bool) any {
		if drawing.Add(1) != 1 {
			t.Error("two drawings at a time")
		}
		defer drawing.Add(-1)
		return n.Load()
	})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				n.Add(1)
				l.Changed()
			}
			Flush()
		})
	}
	wg.Wait()
	l.Flush()
	got := p.all()
	if got[len(got)-1] != "update 4000" {
		t.Errorf("last picture: %s", got[len(got)-1])
	}
}
