package session

import (
	"context"
	"reflect"

	"github.com/rustygradients/rg/interp/check"
)

// Executor runs checked programs. There is one for the life of a session.
type Executor interface {
	// Load takes over the program's fresh declarations: all of them, or none and an error.
	Load(p *check.Program) error

	// Run runs the body of the program that was loaded last and returns the values of its result
	// expression. Cancelling ctx stops it within 50 ms, also in a blocking operation; variables and
	// closures stay usable. A failed run returns a *Panic, or ErrInterrupted.
	Run(ctx context.Context, p *check.Program) ([]reflect.Value, error)

	// Call calls a function as Run runs a body: what it calls of cells can be interrupted, and panics are errors.
	Call(ctx context.Context, f func()) error

	// Variable returns the current value of a live top-level variable.
	Variable(name string) (reflect.Value, bool)
}

// Stopper is an executor that can end the goroutines which cells have left running.
type Stopper interface{ Stop() }

// Panic is a panic that a cell's code did not recover.
type Panic struct {
	Value  any     // as given to panic, or the runtime's error
	Frames []Frame // innermost first; frames of cells, and of compiled functions that cells called
}

// Frame is one function on the stack of a panic. Cell functions have File "In [n]".
type Frame struct {
	Func         string
	File         string
	Line, Column int

	Elided int // more than zero: in place of a frame, how many were left out here
}
