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
	key   string    // "f", "T", "T.M"; the first name of a group
	group *[]string // the package-level names that it declares, unless the key is the only one

	src           *sourceFile // where it was written
	syntax        ast.Decl    // nil where it is parsed again when it is needed
	doc, from, to int32       // in the source: its comment, its beginning and end

	id    identity
	deps  []*entry // what it is made of
	users []*entry // what is made of it, and what was
	at    int32    // its place among the session's
	token uint8    // TYPE, FUNC, VAR or CONST

	slim    bool // what is known of it is not kept either; syntax, if there is any, is for one plan
	grouped bool // one of a group of types: its text lacks the word type

	// private: the former version of something, kept under a name that cells can't write because
	// variables of a former type are alive, or because the running cell speaks of it.
	private bool

	// patched: the node is not what its text says, since names in it had to be changed. The same
	// text, entered again, is then no repetition.
	patched bool
}

// identity tells a definition from all others. Copies of an entry and those that are set aside keep it.
type identity int32

// newEntries makes the entries of a cell's declarations.
func (s *Session) newEntries(c *cell.Cell) []*entry {
	var list []*entry
	src := s.sourceOf(c)
	for _, d := range c.Decls {
		e := &entry{syntax: d, src: src}
		e.from, e.to = int32(c.File.Offset(d.Pos())), int32(c.File.Offset(d.End()))
		e.doc = e.from
		if doc := docOf(d); doc != nil {
			e.doc = int32(c.File.Offset(doc.Pos()))
		}
		switch d := d.(type) {
		case *ast.FuncDecl:
			e.token = uint8(token.FUNC)
			if d.Recv != nil {
				e.key = "." + d.Name.Name
				if r := check.Receiver(d); r != nil {
					e.key = r.Name + e.key
				}
				break
			}
			e.key = d.Name.Name
		case *ast.GenDecl:
			e.token = uint8(d.Tok)
			var names []string
			e.grouped = d.Tok == token.TYPE && d.TokPos == d.Specs[0].Pos()
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					names = append(names, spec.Name.Name)
				case *ast.ValueSpec:
					for _, n := range spec.Names {
						names = append(names, n.Name)
					}
				}
			}
			e.declare(names)
		}
		list = append(list, e)
	}
	return list
}

func (e *entry) kind() token.Token { return token.Token(e.token) }

// names lists the package-level names that the entry declares: a method none.
func (e *entry) names() []string {
	switch {
	case e.group != nil:
		return *e.group
	case e.receiver() != "":
		return nil
	}
	return []string{e.key}
}

// declare sets the names that the entry declares, and that it is found by the first.
func (e *entry) declare(names []string) {
	e.key, e.group = names[0], nil
	if len(names) > 1 {
		e.group = &names
	}
}

// decl is the entry as an executor sees it that knows it.
func (e *entry) decl() *check.Decl {
	return &check.Decl{Kind: e.kind(), Name: e.key, Names: e.names(), Node: e.parse()}
}

// parse returns the declaration. What is not kept is parsed anew; node keeps it for a plan.
func (e *entry) parse() ast.Decl {
	if e.syntax != nil {
		return e.syntax
	}
	return cell.Declaration(e.src.file, e.src.text, int(e.from), int(e.to), e.grouped)
}

func (s *Session) node(e *entry) ast.Decl {
	if e.syntax == nil {
		e.syntax = e.parse()
		s.parsed = append(s.parsed, e)
	}
	return e.syntax
}

// pos is where its author sees the declaration.
func (e *entry) pos() token.Pos { return e.src.file.Pos(int(e.from)) }

// eachName calls f with what the entry is found by: its names, and T.M of a method.
func (e *entry) eachName(f func(name string)) {
	f(e.key)
	for _, n := range e.names() {
		if n != e.key {
			f(n)
		}
	}
}

// receiver returns the name of the type that a method entry belongs to, or "".
func (e *entry) receiver() string {
	if e.kind() != token.FUNC {
		return ""
	}
	if t, _, ok := strings.Cut(e.key, "."); ok {
		return t
	}
	return ""
}

// declares says whether the entry declares a package-level name.
func (e *entry) declares(name string) bool {
	for _, n := range e.names() {
		if n == name && n != "_" {
			return true
		}
	}
	return false
}

// text is the declaration as it was typed; that of a type of a group has the group's word.
func (e *entry) text() string {
	text := e.src.cut(e.from, e.to)
	if e.grouped {
		text = "type " + text
	}
	return text
}

// docOf is the comment of a declaration.
func docOf(d ast.Decl) *ast.CommentGroup {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return d.Doc
	case *ast.GenDecl:
		return d.Doc
	}
	return nil
}

// source is the declaration with its comment.
func (e *entry) source() string {
	text := e.text()
	if e.doc < e.from {
		text = strings.TrimSpace(e.src.cut(e.doc, e.from)) + "\n" + text
	}
	if e.grouped { // it stood further to the right
		if formatted, err := format.Source([]byte(text)); err == nil {
			text = string(formatted)
		}
	}
	return text
}

// sameText says whether two entries were typed alike, blanks and comments aside.
func sameText(a, b *entry) bool {
	if a.patched || b.patched || a.kind() != b.kind() || a.kind() == token.VAR {
		return false
	}
	at, bt := a.text(), b.text()
	return at == bt || a.kind() != token.FUNC && sameTokens(at, bt)
}

// with returns a copy of the entry that has another node.
func (e *entry) with(n ast.Decl) *entry {
	if n == e.syntax {
		return e
	}
	c := *e
	c.syntax, c.slim = n, false
	c.users = nil
	c.patched = true
	return &c
}
