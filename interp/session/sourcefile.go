package session

import (
	"go/token"

	"github.com/rustygradients/rg/interp/cell"
)

// sourceFile is the text of a file: of a cell, as it was typed, or of a folder's file. Where it is plain, its declarations can
// be parsed again from it.
type sourceFile struct {
	file   *token.File
	text   string
	number int32 // of the cell
	plain  bool
}

// cut returns the text between two offsets.
func (s *sourceFile) cut(from, to int32) string {
	return s.text[max(0, from):min(len(s.text), int(to))]
}

// sourceOf returns the source of a cell.
func (s *Session) sourceOf(c *cell.Cell) *sourceFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.sources[c.File.Name()]
	if src == nil || src.file != c.File {
		src = &sourceFile{file: c.File, text: c.Code, number: int32(c.Number)}
	}
	src.plain = len(c.Magics) == 0
	return src
}
