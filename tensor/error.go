package tensor

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"unicode"

	"github.com/rustygradients/rg/tensor/internal/mmap"
)

// Error is what an operation panics with when its operands don't fit. Try turns the panic into a
// returned error.
type Error struct {
	Op      string   // the operation, in lower case: "matmul"
	Shapes  [][]int  // the operands' shapes
	DTypes  []DType  // the operands' data types, where they matter
	Devices []Device // the operands' devices, where they matter
	Hint    string   // what is wrong and how to mend it
	Err     error    // what the backend said, if it was the backend
}

// Error reads like “matmul: (2, 3) × (4, 5): inner sizes 3 and 4 differ; transpose one?”.
func (e *Error) Error() string {
	n := max(len(e.Shapes), len(e.DTypes), len(e.Devices))
	operands := make([]string, n)
	for i := range operands {
		var parts []string
		if i < len(e.DTypes) {
			parts = append(parts, e.DTypes[i].String())
		}
		if i < len(e.Shapes) {
			parts = append(parts, formatShape(e.Shapes[i]))
		}
		if i < len(e.Devices) {
			parts = append(parts, "on "+string(e.Devices[i]))
		}
		operands[i] = strings.Join(parts, " ")
	}
	s := "tensor"
	if e.Op != "" {
		s = e.Op
	}
	if n > 0 {
		s += ": " + strings.Join(operands, " × ")
	}
	if e.Hint != "" {
		s += ": " + e.Hint
	}
	return s
}

// Unwrap gives the backend's error.
func (e *Error) Unwrap() error { return e.Err }

// Try runs f and returns the *Error that an operation in it panicked with, or nil; a mapped file that
// can't be read any more is an *Error too. Every other panic passes.
func Try(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			asError, ok := r.(error)
			var e *Error
			var fault *mmap.Fault
			switch {
			case ok && errors.As(asError, &e):
				err = e
			case ok && errors.As(asError, &fault):
				err = &Error{Op: "read", Hint: fault.Error(), Err: fault}
			default:
				panic(r)
			}
		}
	}()
	f()
	return nil
}

// fail panics with an Error about the operands.
func fail(op string, operands []*Tensor, format string, args ...any) {
	e := &Error{Op: op, Hint: fmt.Sprintf(format, args...)}
	for _, t := range operands {
		e.Shapes = append(e.Shapes, t.Shape())
	}
	panic(e)
}

// failTypes is fail for an Error that is about data types.
func failTypes(op string, operands []*Tensor, format string, args ...any) {
	e := &Error{Op: op, Hint: fmt.Sprintf(format, args...)}
	for _, t := range operands {
		e.Shapes = append(e.Shapes, t.Shape())
		e.DTypes = append(e.DTypes, t.DType())
	}
	panic(e)
}

// must panics when a backend refuses.
func must(err error, op string, operands ...*Tensor) {
	if err == nil {
		return
	}
	e := &Error{Op: op, Hint: err.Error(), Err: err}
	for _, t := range operands {
		e.Shapes = append(e.Shapes, t.Shape())
		e.DTypes = append(e.DTypes, t.DType())
	}
	panic(e)
}

// entry is the exported function of this package that the caller was called by, in lower case.
func entry() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	op := "tensor"
	for {
		f, more := frames.Next()
		name, inside := strings.CutPrefix(f.Function, "github.com/rustygradients/rg/tensor.")
		if !inside {
			return op
		}
		if name = name[strings.LastIndexByte(name, '.')+1:]; name != "" && unicode.IsUpper(rune(name[0])) {
			op = strings.ToLower(name)
		}
		if !more {
			return op
		}
	}
}

// formatShape writes a shape as Python writes a tuple.
func formatShape(shape []int) string {
	if len(shape) == 1 {
		return "(" + strconv.Itoa(shape[0]) + ",)"
	}
	parts := make([]string, len(shape))
	for i, d := range shape {
		parts[i] = strconv.Itoa(d)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
