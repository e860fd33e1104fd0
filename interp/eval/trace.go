//go:build amd64 && go1.26 && !go1.27

package eval

import (
	"runtime"
	"strings"

	"github.com/rustygradients/rg/interp/session"
)

// maxTrace bounds the trace of a deep recursion.
const maxTrace = 200

// trace lists the functions of cells that are running, innermost first.
func (th *thread) trace() []session.Frame { return th.traceFrom(th.top, nil) }

// traceFrom begins with a frame. What a frame has cut off, if left says that there is something,
// takes the place of its callers.
func (th *thread) traceFrom(fr *frame, left func(*frame) []session.Frame) []session.Frame {
	var list []session.Frame
	for ; fr != nil && len(list) < maxTrace; fr = fr.caller {
		f := fr.fn
		if f.hidden || f.native {
			continue
		}
		x := session.Frame{Func: f.name}
		if f.fset != nil && fr.pos.IsValid() {
			p := f.fset.Position(fr.pos)
			x.File, x.Line, x.Column = p.Filename, p.Line, p.Column
		}
		list = append(list, x)
		if left == nil {
			continue
		}
		if more := left(fr); more != nil {
			list = append(list, session.Frame{Func: "runtime.gopanic"})
			return append(list, more...)
		}
	}
	return list
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
