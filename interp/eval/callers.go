//go:build (amd64 || arm64) && go1.26 && !go1.27

package eval

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"

	"github.com/rustygradients/rg/interp/session"
)

// What package runtime says of the stack is the executor's. A cell that asks is told of its own
// functions instead: each statement that was asked about has a program counter that no code has.

// firstPC is not a canonical address.
const firstPC = uintptr(0xC << 60)

// inlinedFunc mirrors the runtime's record of an inlined function, which it tells by its first word
// and whose name and position it takes from here.
type inlinedFunc struct {
	ones            uint32
	entry           uintptr
	name, file      string
	line, startLine int32
}

// counters are the program counters that were given out.
var counters struct {
	sync.Mutex
	of    map[session.Frame]uintptr
	funcs []*inlinedFunc
}

// counter is the program counter of a place in a cell.
func counter(f session.Frame) uintptr {
	f.Column = 0
	counters.Lock()
	defer counters.Unlock()
	if pc, ok := counters.of[f]; ok {
		return pc
	}
	if counters.of == nil {
		counters.of = map[session.Frame]uintptr{}
	}
	pc := firstPC + uintptr(len(counters.funcs))
	counters.of[f] = pc
	counters.funcs = append(counters.funcs, &inlinedFunc{^uint32(0), pc, f.Func, f.File, int32(f.Line), int32(f.Line)})
	return pc
}

// funcOf is the record of a program counter of ours, or nil.
func funcOf(pc uintptr) *inlinedFunc {
	counters.Lock()
	defer counters.Unlock()
	if pc < firstPC || pc-firstPC >= uintptr(len(counters.funcs)) {
		return nil
	}
	return counters.funcs[pc-firstPC]
}

// stack lists the functions of cells on the stack of the running goroutine, innermost first, with
// their full names. Behind a function that a panic has deferred come those that the panic has left.
func stack() []session.Frame {
	t, ok := threads.Load(goroutine())
	if !ok {
		return nil
	}
	th := t.(*thread)
	list := th.traceFrom(th.top, func(fr *frame) []session.Frame {
		if fr.panic == nil || fr.panic.goexit {
			return nil
		}
		return fr.panic.trace
	})
	for i := range list {
		if f := list[i]; f.Column > 0 && !strings.HasPrefix(f.File, "prelude/") { // compiled ones have no column
			list[i].Func = "main." + list[i].Func
		}
		if list[i].File == "" && list[i].Line > 0 {
			list[i].File = "??" // as the compiler has it
		}
	}
	return list
}

// aboutStack are the functions that tell of the stack, as cells see them.
func aboutStack() map[string]reflect.Value {
	return map[string]reflect.Value{
		"reflect.Value.Pointer":      reflect.ValueOf(valuePointer),
		"runtime.Callers":            reflect.ValueOf(callersOf),
		"runtime.Caller":             reflect.ValueOf(callerAt),
		"runtime.CallersFrames":      reflect.ValueOf(callersFrames),
		"runtime.FuncForPC":          reflect.ValueOf(funcForPC),
		"runtime.Stack":              reflect.ValueOf(stackInto),
		"runtime.GC":                 reflect.ValueOf(collect),
		"runtime/debug.FreeOSMemory": reflect.ValueOf(freeMemory),
		"runtime/debug.Stack":        reflect.ValueOf(func() []byte { return stackText(stack()) }),
		"runtime/debug.PrintStack": reflect.ValueOf(func() {
			_, _ = os.Stderr.Write(stackText(stack())) // nobody reads the error of a print
		}),
	}
}

func callersOf(skip int, pc []uintptr) int {
	list := stack()
	list = append([]session.Frame{{Func: "runtime.Callers"}}, list...)
	if skip < 0 || skip >= len(list) {
		return 0
	}
	list = list[skip:]
	n := min(len(list), len(pc))
	for i := range n {
		pc[i] = counter(list[i])
	}
	return n
}

func callerAt(skip int) (pc uintptr, file string, line int, ok bool) {
	list := stack()
	if skip < 0 || skip >= len(list) {
		return 0, "", 0, false
	}
	f := list[skip]
	return counter(f), f.File, f.Line, true
}

func funcForPC(pc uintptr) *runtime.Func {
	if f := funcOf(pc); f != nil {
		return (*runtime.Func)(ptr(f))
	}
	return runtime.FuncForPC(pc)
}

// framesState mirrors the beginning of runtime.Frames.
type framesState struct {
	callers []uintptr
	nextPC  uintptr
	frames  []runtime.Frame
}

func callersFrames(pcs []uintptr) *runtime.Frames {
	var list []runtime.Frame
	ours := false
	for _, pc := range pcs {
		if f := funcOf(pc); f != nil {
			ours = true
			list = append(list, runtime.Frame{PC: pc, Func: (*runtime.Func)(ptr(f)), Function: f.name, File: f.file, Line: int(f.line), Entry: f.entry})
			continue
		}
		f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
		list = append(list, f)
	}
	if !ours {
		return runtime.CallersFrames(pcs)
	}
	frames := runtime.CallersFrames(nil)
	(*framesState)(ptr(frames)).frames = list
	return frames
}

func stackInto(buf []byte, _ bool) int { return copy(buf, stackText(stack())) }

// stackText writes a stack as the runtime does.
func stackText(list []session.Frame) []byte {
	var b bytes.Buffer
	b.WriteString("goroutine 1 [running]:\n")
	for _, f := range list {
		fmt.Fprintf(&b, "%s()\n\t%s:%d +0x0\n", f.Func, f.File, f.Line)
	}
	return b.Bytes()
}

// valuePointer is reflect.Value.Pointer. A cell's function has the program counter of its own.
func valuePointer(v reflect.Value) uintptr {
	if v.Kind() == reflect.Func && !v.IsNil() && v.CanInterface() {
		target := *(*ptr)(addressable(v).Addr().UnsafePointer())
		if cl := closureOf(target); cl != nil {
			return counter(session.Frame{Func: "main." + cl.fn.name})
		}
	}
	return v.Pointer()
}
