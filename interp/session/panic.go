package session

import (
	"errors"
	"fmt"
)

// ErrInterrupted is returned by an executor whose run was cancelled.
var ErrInterrupted = errors.New("interrupted")

func (p *Panic) Error() string { return fmt.Sprintf("panic: %v", p.Value) }
