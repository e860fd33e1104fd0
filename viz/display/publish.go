package display

import (
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
)

// Publisher is where shown things go. Its methods may be called from any goroutine.
type Publisher interface {
	Display(Bundle)
	Update(Bundle)
	Clear(wait bool)
}

// Static is implemented by a publisher that can't replace what it has shown. A Live then shows only
// its final picture.
type Static interface{ Static() bool }

type holder struct{ Publisher }

var current atomic.Pointer[holder]

// SetPublisher makes p the destination of Show and of every Handle in this process and returns the
// former one. nil restores the default, which prints text/plain on standard output.
func SetPublisher(p Publisher) Publisher {
	var next *holder
	if p != nil {
		next = &holder{p}
	}
	if old := current.Swap(next); old != nil {
		return old.Publisher
	}
	return nil
}

func publisher() Publisher {
	if h := current.Load(); h != nil {
		return h.Publisher
	}
	return console{}
}

// Show publishes the rendering of each value.
func Show(vs ...any) {
	for _, v := range vs {
		publisher().Display(Render(v))
	}
}

// Clear removes what the cell has shown so far; with wait, only when the next output arrives.
func Clear(wait bool) { publisher().Clear(wait) }

// Handle is one shown thing that can be replaced in place.
type Handle struct{ id string }

var nextID atomic.Int64

// Open shows v and returns the handle that replaces it.
func Open(v any) *Handle {
	// The process ID keeps IDs apart when a restarted worker counts from one again.
	h := &Handle{id: "rg-" + strconv.Itoa(os.Getpid()) + "-" + strconv.FormatInt(nextID.Add(1), 10)}
	b := Render(v)
	b.ID = h.id
	publisher().Display(b)
	return h
}

// Update replaces what the handle shows.
func (h *Handle) Update(v any) {
	b := Render(v)
	b.ID = h.id
	publisher().Update(b)
}

// ID returns the display ID under which the handle's picture is known to the front end.
func (h *Handle) ID() string { return h.id }

// console is the publisher of compiled programs: text, and no updates, which would only scroll by.
type console struct{}

func (console) Display(b Bundle) { fmt.Println(b.Plain()) }
func (console) Update(Bundle)    {}
func (console) Clear(bool)       {}
func (console) Static() bool     { return true }
