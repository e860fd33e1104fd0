package session

import (
	"errors"
	"fmt"
)

// ErrInterrupted is returned by an executor whose run was cancelled.
var ErrInterrupted = errors.New("interrupted")

// String is a line of a traceback, in the runtime's words where frames are left out.
func (f Frame) String() string {
	switch {
	case f.Elided > 0:
		return fmt.Sprintf("...%d frames elided...", f.Elided)
	case f.Line == 0:
		return f.Func
	}
	return fmt.Sprintf("%s %s:%d:%d", f.Func, f.File, f.Line, f.Column)
}

func (p *Panic) Error() string { return fmt.Sprintf("panic: %v", p.Value) }
