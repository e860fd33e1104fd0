package rt

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
)

// RuntimeError is a run-time panic in Go's own words.
type RuntimeError struct{ text string }

func (e RuntimeError) Error() string { return "runtime error: " + e.text }

// RuntimeError marks the panic as one of the runtime.
func (e RuntimeError) RuntimeError() {}

var _ runtime.Error = RuntimeError{}

var errNil = RuntimeError{"invalid memory address or nil pointer dereference"}

func doPanic(v any) {
	if v == nil {
		panic(new(runtime.PanicNilError))
	}
	panic(v)
}

func nilPanic() { panic(errNil) }

func indexPanic(i, n int) {
	if i < 0 {
		panic(RuntimeError{fmt.Sprintf("index out of range [%d]", i)})
	}
	panic(RuntimeError{fmt.Sprintf("index out of range [%d] with length %d", i, n)})
}

// slicePanic is called when s[lo:hi] is out of range; what is "capacity" or "length", n how much
// there is.
func slicePanic(lo, hi, n int, what string) {
	switch {
	case hi < 0:
		panic(RuntimeError{fmt.Sprintf("slice bounds out of range [:%d]", hi)})
	case hi > n:
		panic(RuntimeError{fmt.Sprintf("slice bounds out of range [:%d] with %s %d", hi, what, n)})
	case lo < 0:
		panic(RuntimeError{fmt.Sprintf("slice bounds out of range [%d:]", lo)})
	}
	panic(RuntimeError{fmt.Sprintf("slice bounds out of range [%d:%d]", lo, hi)})
}

func arrayPanic(have, want int) {
	panic(RuntimeError{fmt.Sprintf("cannot convert slice with length %d to array or pointer to array with length %d", have, want)})
}

func rangePanic(state int) {
	if state == 2 {
		panic(RuntimeError{"range function recovered a loop body panic and did not resume panicking"})
	}
	panic(RuntimeError{"range function continued iteration after function for loop body returned false"})
}

// normalize turns what the interpreter panics with into what Go would have panicked with.
func normalize(v any) any {
	switch x := v.(type) {
	case *reflect.ValueError:
		return errNil
	case string:
		switch {
		case strings.HasPrefix(x, "reflect: call of"), strings.HasPrefix(x, "reflect.Value.") && strings.Contains(x, "zero Value"),
			strings.HasPrefix(x, "reflect: Field of nil"), strings.Contains(x, "using nil *"), strings.HasPrefix(x, "reflect: indirection through nil"):
			return errNil
		case strings.HasPrefix(x, "reflect: slice index out of range"), strings.HasPrefix(x, "reflect: array index out of range"), strings.HasPrefix(x, "reflect: string index out of range"):
			return RuntimeError{"index out of range"}
		case strings.HasPrefix(x, "reflect.Value.Slice"):
			return RuntimeError{"slice bounds out of range"}
		case strings.HasPrefix(x, "reflect.MakeSlice: negative len"), strings.HasPrefix(x, "reflect.MakeSlice: len > cap"):
			return RuntimeError{"makeslice: len out of range"}
		case strings.HasPrefix(x, "reflect.MakeSlice: negative cap"):
			return RuntimeError{"makeslice: cap out of range"}
		case strings.HasPrefix(x, "reflect.Value.Call: call of nil function"), strings.HasPrefix(x, "reflect: call of nil function"), strings.HasPrefix(x, "reflect: function call on nil"), strings.HasPrefix(x, "reflect: call of nil"):
			return errNil
		case strings.HasPrefix(x, "reflect.MakeChan"):
			return RuntimeError{"makechan: size out of range"}
		case strings.HasPrefix(x, "reflect: "), strings.HasPrefix(x, "reflect."):
			return RuntimeError{x}
		}
	case error:
		if _, ok := x.(runtime.Error); ok { //nolint:errorlint // what was panicked with, not what it wraps
			return v
		}
		// The interpreter puts its own position before the text.
		var e *boxedError
		if s := x.Error(); !errors.As(x, &e) && strings.HasPrefix(fmt.Sprintf("%T", x), "*interp.") {
			if i := strings.Index(s, "interface conversion: "); i >= 0 {
				return &AssertionError{s[i:]}
			}
			if i := strings.Index(s, "runtime error: "); i >= 0 {
				return RuntimeError{s[i+len("runtime error: "):]}
			}
		}
	}
	return v
}
