//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/token"

	"github.com/rustygradients/rg/interp/session"
	"github.com/rustygradients/rg/interp/symbols/exit"
)

// panicking is a panic, or a runtime.Goexit, on its way up.
type panicking struct {
	value  any
	done   bool // recovered
	goexit bool
	trace  []session.Frame
}

// unrecovered says whether it goes on up.
func (p *panicking) unrecovered() bool { return p != nil && !p.done && !p.goexit }

// recoverCall is the predeclared recover.
func recoverCall(fr *frame) iface {
	p := fr.panic
	if p == nil || p.done || p.goexit {
		return iface{}
	}
	if _, ends := p.value.(exit.Code); ends || isInterrupt(p.value) {
		return iface{} // these end the cell, whatever it says
	}
	p.done = true
	return fromAny(p.value)
}

// caught makes a record of a panic that Go's recover has caught. One that a frame below has only
// passed on keeps its trace.
func (th *thread) caught(v any) *panicking {
	if c := th.carried; c != nil {
		th.carried = nil
		if *(*iface)(ptr(&c.value)) == *(*iface)(ptr(&v)) {
			return c
		}
	}
	p := &panicking{value: v}
	switch v.(type) {
	case exit.Code: // to leave there is what was asked for
		p.trace = th.trace()
	default:
		if th.inCompiled() {
			p.trace = compiledFrames()
		}
		p.trace = append(p.trace, th.trace()...)
	}
	return p
}

// withDefers runs a body, then what it deferred.
func withDefers(code stmt, end token.Pos) func(*frame) {
	return func(fr *frame) {
		fr.defers = nil
		p := guard(fr, func() {
			if code(fr) == onward {
				fr.pos = end // where deferred calls come from
			}
		})
		if len(fr.defers) > 0 || p != nil {
			th := fr.th
			if p.unrecovered() {
				th.unsettled++
				th.run.panicking.Add(1)
			}
			p = runDefers(fr, p)
			if !p.unrecovered() {
				th.settle()
			}
			pass(fr, p)
		}
	}
}

// settle notes that no panic of the goroutine is on its way any more.
func (th *thread) settle() {
	th.run.panicking.Add(-th.unsettled)
	th.unsettled = 0
}

// pass lets a panic go on up.
func pass(fr *frame, p *panicking) {
	if p.unrecovered() {
		fr.th.carried = p
		panic(p.value)
	}
}

// guard calls f and returns its panic. When f ends the goroutine, it runs what is deferred at once,
// for there is no coming back.
func guard(fr *frame, f func()) (p *panicking) {
	th := fr.th
	depth := th.depth
	normal := false
	defer func() {
		if normal {
			return
		}
		if v := recover(); v != nil {
			p = th.caught(v)
			th.depth, th.top = depth, fr
			return
		}
		th.depth, th.top = depth, fr
		pass(fr, runDefers(fr, &panicking{goexit: true}))
	}()
	f()
	normal = true
	return nil
}

// exits says whether the program was told to end, which runs nothing that is deferred: by the panic
// that stands for os.Exit, or by another goroutine's.
func exits(fr *frame, p *panicking) bool {
	if p != nil {
		if _, ends := p.value.(exit.Code); ends {
			return true
		}
	}
	return fr.th.dying && fr.th.run.exit.Load() != nil
}

// runDefers calls what a frame has deferred, latest first, and returns what is then on its way.
func runDefers(fr *frame, p *panicking) *panicking {
	for len(fr.defers) > 0 {
		if exits(fr, p) {
			fr.defers = nil
			break
		}
		d := fr.defers[len(fr.defers)-1]
		fr.defers[len(fr.defers)-1] = nil
		fr.defers = fr.defers[:len(fr.defers)-1]
		current := p
		if p != nil && p.done {
			current = nil
		}
		if q := guard(fr, func() { d(fr.th, current) }); q != nil {
			p = q
		}
	}
	return p
}
