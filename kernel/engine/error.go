package engine

import "errors"

// Names of errors that front ends and tests recognise.
const (
	NameInterrupted = "Interrupted"
	NameWorkerDied  = "WorkerDied"
	NameOutOfMemory = "OutOfMemory"
	NameNoInput     = "StdinNotImplementedError" // the name Jupyter clients know
)

var (
	// ErrUnsupported is returned by optional duties that an engine doesn't have.
	ErrUnsupported = errors.New("not supported by this engine")

	// ErrNoInput is returned by Output.ReadLine where no one can answer.
	ErrNoInput = errors.New("this front end does not take input (allow_stdin is false)")
)

// Error is a failed cell as a person should see it.
type Error struct {
	Name      string   // a short class, e.g. "CompileError", "Panic", "Interrupted"
	Value     string   // one line that says what happened
	Traceback []string // lines to print, ANSI colours allowed, naming cell and line
}

func (e *Error) Error() string {
	if e.Value == "" {
		return e.Name
	}
	return e.Name + ": " + e.Value
}
