package viz

import "fmt"

// Error is what the functions of this package panic with when they are called wrongly.
type Error struct {
	Func    string // "HeatMap"
	Problem string // what doesn't fit, and the mend
}

func (e *Error) Error() string { return "viz." + e.Func + ": " + e.Problem }

func fail(fn, format string, args ...any) {
	panic(&Error{Func: fn, Problem: fmt.Sprintf(format, args...)})
}
