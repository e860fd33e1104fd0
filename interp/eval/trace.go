//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"go/token"
	"runtime"
	"strings"

	"github.com/rustygradients/rg/interp/session"
)

// Of a deep recursion the trace has the ends, which say how it began and what went round.
const (
	innermost = 50
	outermost = 50
)

// trace lists the functions of cells that are running, innermost first.
func (th *thread) trace() []session.Frame { return th.traceFrom(th.top, nil) }

// traceFrom begins with a frame. What a frame has cut off, if left says that there is something,
// takes the place of its callers.
func (th *thread) traceFrom(fr *frame, left func(*frame) []session.Frame) []session.Frame {
	var list []session.Frame
	var last [outermost]spot // and there were n
	n := 0
	loops := map[*frame]token.Pos{} // frames whose positions are in the body of a loop over a function
	var rest []session.Frame
	for ; fr != nil && rest == nil; fr = fr.caller {
		if fr.fn.hidden || fr.fn.native {
			continue
		}
		s := spot{fr.fn, fr.pos}
		at := fr
		if fr.fn.yields { // the body of such a loop runs on the frame of the function that it is in
			at = (*iteratorState)(fr.env[0]).fr
			s.pos = at.pos
		}
		if p, ok := loops[at]; ok {
			s.pos = p
		}
		if fr.fn.yields {
			loops[at] = (*iteratorState)(fr.env[0]).pos
		}
		if len(list) < innermost {
			list = append(list, s.frame())
		} else {
			last[n%outermost] = s
			n++
		}
		if left != nil {
			rest = left(fr)
		}
	}
	if n > outermost {
		list = append(list, session.Frame{Elided: n - outermost})
	}
	for i := max(0, n-outermost); i < n; i++ {
		list = append(list, last[i%outermost].frame())
	}
	if rest != nil {
		list = append(append(list, session.Frame{Func: "runtime.gopanic"}), rest...)
	}
	return list
}

// spot is a place in a function.
type spot struct {
	fn  *function
	pos token.Pos
}

func (s spot) frame() session.Frame {
	x := session.Frame{Func: s.fn.name}
	if s.fn.fset != nil && s.pos.IsValid() {
		p := s.fn.fset.Position(s.pos)
		x.File, x.Line, x.Column = p.Filename, p.Line, p.Column
	}
	return x
}

// inCompiled says whether the innermost function is a compiled one.
func (th *thread) inCompiled() bool { return th.top != nil && th.top.fn.native }

// compiledFrames lists the compiled functions between a panic and the code of this package that
// called them. It is called while the panic is being recovered.
func compiledFrames() []session.Frame {
	pc := make([]uintptr, 100)
	frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc)])
	var list []session.Frame
	panicking := false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic" || f.Function == "runtime.panicmem" || strings.HasPrefix(f.Function, "runtime.goPanic"):
			panicking, list = true, nil
		case !panicking || strings.HasPrefix(f.Function, "runtime."):
		case strings.Contains(f.Function, "rg/interp/eval.") || strings.HasPrefix(f.Function, "reflect."):
			return list
		default:
			list = append(list, session.Frame{Func: f.Function, File: f.File, Line: f.Line})
		}
		if !more {
			return list
		}
	}
}
