package session

import (
	"go/ast"
	"go/format"
	"go/token"
	"strings"

	"github.com/rustygradients/rg/interp/cell"
	"github.com/rustygradients/rg/interp/check"
)

// entry is one declaration of the session. A change makes another entry; only where it stands among the others changes.
type entry struct {
	id    int         // which definition it is; copies and those set aside keep it
	kind  token.Token // TYPE, FUNC, VAR or CONST
	key   string      // "f", "T", "T.M"; the first name of a const group
	names []string    // package-level names it declares; none for a method
	node  ast.Decl
	cell  *cell.Cell // where it was written

	at    int      // its place among the session's
	deps  []*entry // what it is made of
	users []*entry // what is made of it, and what was

	// private: the former version of something, kept under a name that cells can't write because
	// variables of a former type are alive, or because the running cell speaks of it.
	private bool

	// patched: the node is not what its text says, since names in it had to be changed. The same
	// text, entered again, is then no repetition.
	patched bool
}

// newEntries makes the entries of a cell's declarations.
func newEntries(c *cell.Cell) []*entry {
	var list []*entry
	for _, d := range c.Decls {
		e := &entry{node: d, cell: c}
		switch d := d.(type) {
		case *ast.FuncDecl:
			e.kind = token.FUNC
			if d.Recv != nil {
				e.key = "." + d.Name.Name
				if r := check.Receiver(d); r != nil {
					e.key = r.Name + e.key
				}
				break
			}
			e.key = d.Name.Name
			e.names = []string{d.Name.Name}
		case *ast.GenDecl:
			e.kind = d.Tok
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					e.names = append(e.names, spec.Name.Name)
				case *ast.ValueSpec:
					for _, n := range spec.Names {
						e.names = append(e.names, n.Name)
					}
				}
			}
			e.key = e.names[0]
		}
		list = append(list, e)
	}
	return list
}

// decl is the entry as an executor sees it that knows it.
func (e *entry) decl() *check.Decl {
	return &check.Decl{Kind: e.kind, Name: e.key, Names: e.names, Node: e.node}
}

// grouped says whether the entry is one of a group of types, and its text lacks the word type.
func (e *entry) grouped() bool {
	d, ok := e.node.(*ast.GenDecl)
	return ok && d.Tok == token.TYPE && d.TokPos == d.Specs[0].Pos()
}

// eachName calls f with what the entry is found by: its names, and T.M of a method.
func (e *entry) eachName(f func(name string)) {
	f(e.key)
	for _, n := range e.names {
		if n != e.key {
			f(n)
		}
	}
}

// receiver returns the name of the type that a method entry belongs to, or "".
func (e *entry) receiver() string {
	if e.kind != token.FUNC {
		return ""
	}
	if t, _, ok := strings.Cut(e.key, "."); ok {
		return t
	}
	return ""
}

// declares says whether the entry declares a package-level name.
func (e *entry) declares(name string) bool {
	for _, n := range e.names {
		if n == name && n != "_" {
			return true
		}
	}
	return false
}

// text is the declaration as it was typed; that of a type of a group has the group's word.
func (e *entry) text() string {
	text := e.cell.Text(e.node.Pos(), e.node.End())
	if e.grouped() {
		text = "type " + text
	}
	return text
}

// source is the declaration with its comment.
func (e *entry) source() string {
	var doc *ast.CommentGroup
	switch n := e.node.(type) {
	case *ast.FuncDecl:
		doc = n.Doc
	case *ast.GenDecl:
		doc = n.Doc
	}
	text := e.text()
	if doc != nil {
		text = e.cell.Text(doc.Pos(), doc.End()) + "\n" + text
	}
	if e.grouped() { // it stood further to the right
		if formatted, err := format.Source([]byte(text)); err == nil {
			text = string(formatted)
		}
	}
	return text
}

// sameText says whether two entries were typed alike, blanks and comments aside.
func sameText(a, b *entry) bool {
	if a.patched || b.patched || a.kind != b.kind || a.kind == token.VAR {
		return false
	}
	at, bt := a.text(), b.text()
	return at == bt || a.kind != token.FUNC && sameTokens(at, bt)
}

// with returns a copy of the entry that has another node.
func (e *entry) with(n ast.Decl) *entry {
	if n == e.node {
		return e
	}
	c := *e
	c.node = n
	c.users = nil
	c.patched = true
	return &c
}
