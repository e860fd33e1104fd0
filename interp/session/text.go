package session

import (
	"go/ast"
	"go/token"

	"github.com/rustygradients/rg/interp/cell"
)

// Text returns the text of a cell as typed, and whether there was one of that number.
func (s *Session) Text(number int) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.sources[cell.FileName(number)]
	return c.text, ok
}

// Declared returns the source of the types, constants and functions that there are, in textual order, each as it
// was typed, with its comment.
func (s *Session) Declared() []string {
	var out []string
	for _, e := range s.entries {
		if e.kind == token.VAR || e.private {
			continue
		}
		from := e.node.Pos()
		var doc *ast.CommentGroup
		switch n := e.node.(type) {
		case *ast.FuncDecl:
			doc = n.Doc
		case *ast.GenDecl:
			doc = n.Doc
		}
		text := e.cell.Text(from, e.node.End())
		if e.grouped() {
			text = "type " + text
		}
		if doc != nil {
			text = e.cell.Text(doc.Pos(), doc.End()) + "\n" + text
		}
		out = append(out, text)
	}
	return out
}
