package prof

import (
	"slices"
	"sync"
	"time"

	"github.com/rustygradients/rg/tensor/backend"
)

// One lock guards everything that is noted: it is held for some tens of nanoseconds an operation.
var (
	mu      sync.Mutex
	active  []*Profile // profiles that are open; replaced, never changed
	started []*Profile // those of them that Stop ends
	last    *Profile
)

// epoch is when the package's clock began.
var epoch = time.Now()

// clock is in nanoseconds. It never goes back.
func clock() int64 { return int64(time.Since(epoch)) }

// Run measures f. Calls may nest: what the inner one measures, the outer one does too. The operations of other
// goroutines count as well, while f runs. When f panics or is interrupted the profile ends there, and
// Last returns it.
func Run(f func()) *Profile {
	p := Begin()
	defer p.End()
	f()
	return p
}

// Begin opens a profile and returns it; its End closes it. Meanwhile its methods tell what there is so far.
func Begin() *Profile {
	resolveAll() // what ran before isn't this profile's
	mu.Lock()
	defer mu.Unlock()
	p := newProfile()
	setActive(append(slices.Clone(active), p))
	weigh(p.begin, theTracer.known...)
	return p
}

// End closes the profile. To do so again does nothing.
func (p *Profile) End() {
	resolveAll()
	mu.Lock()
	defer mu.Unlock()
	if p.end != 0 {
		return
	}
	weigh(clock(), theTracer.known...)
	p.close()
	last = p
	setActive(slices.DeleteFunc(slices.Clone(active), func(q *Profile) bool { return q == p }))
}

// Start begins a profile that Stop ends, maybe in another cell.
func Start() {
	p := Begin()
	mu.Lock()
	defer mu.Unlock()
	started = append(started, p)
}

// Stop ends the profile that was started last and returns it. It panics when there is none.
func Stop() *Profile {
	mu.Lock()
	if len(started) == 0 {
		mu.Unlock()
		panic("prof: Stop without Start; prof.Run(func() { … }) does both")
	}
	p := started[len(started)-1]
	started = started[:len(started)-1]
	mu.Unlock()
	p.End()
	return p
}

// Last returns the profile that ended last, or nil.
func Last() *Profile {
	mu.Lock()
	defer mu.Unlock()
	return last
}

// Range runs f as a part of the program that has a name in profiles.
func Range(name string, f func()) {
	mu.Lock()
	idle := len(active) == 0
	mu.Unlock()
	if idle {
		f()
		return
	}
	defer enter(name, inherit)()
	f()
}

// setActive replaces the list of open profiles; mu is held.
func setActive(ps []*Profile) {
	active = ps
	if len(ps) == 0 {
		backend.SetTracer(nil)
		return
	}
	backend.SetTracer(theTracer)
}
