package headless

import (
	"fmt"
	"io"

	"github.com/rustygradients/rg/internal/run"
)

// status is one line that is overwritten while things go on; elsewhere than on a terminal it is
// silent.
type status struct {
	w     io.Writer
	shown bool
}

func newStatus(w io.Writer) *status {
	if !run.IsTerminal(w) {
		w = nil
	}
	return &status{w: w}
}

const clearLine = "\r\x1b[K"

func (s *status) show(text string) {
	if s.w != nil {
		fmt.Fprint(s.w, clearLine, text)
		s.shown = true
	}
}

func (s *status) clear() {
	if s.shown {
		fmt.Fprint(s.w, clearLine)
		s.shown = false
	}
}
