package session

import (
	"go/token"

	"github.com/rustygradients/rg/interp/cell"
)

// Text returns the text of a cell as typed, and whether there was one of that number.
func (s *Session) Text(number int) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.sources[cell.FileName(number)]
	if !ok {
		return "", false
	}
	return c.text, true
}

// Declared returns the source of the types, constants and functions that there are, in textual order, each as it
// was typed, with its comment.
func (s *Session) Declared() []string {
	var out []string
	for e := range s.entries.all() {
		if e.kind() == token.VAR || e.private {
			continue
		}
		out = append(out, e.source())
	}
	return out
}
