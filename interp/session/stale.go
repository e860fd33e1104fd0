package session

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/rustygradients/rg/interp/check"
)

// What a cell showed was worth something when it ran. When a later cell defines anew what it was
// made of, it is stale: to run it again would show something else. So each cell that ran statements
// leaves a ran behind, and each redefinition is looked for in them.
//
// A cell depends on what its statements mention, and on what the functions and types are made of that
// they mention. It also depends on the cells that assigned the variables that it reads. What goes
// through pointers, channels and interfaces isn't followed.

// Ran is a cell that ran, as %rerun needs it.
type Ran struct {
	ID     string // in the front end, where that is known
	Number int
	Code   string
}

// ran is a cell that ran, and what its outcome came from, by the identities of entries.
type ran struct {
	Ran
	defines []definition
	reads   []identity
	writes  []identity
	at      int // its place in the history
}

// definition is an entry that a cell has defined.
type definition struct {
	id  identity
	key string
}

// Stale lists the cells whose results a redefinition has made stale, by number.
func (s *Session) Stale() []Ran { return s.history.after(turn{}) }

// Ran returns the cell that ran under a number, and whether there is one.
func (s *Session) Ran(number int) (Ran, bool) {
	for _, r := range slices.Backward(s.history.list) {
		if r != nil && r.Number == number {
			return r.Ran, true
		}
	}
	return Ran{}, false
}

// replacedBy says whether a cell is the other one, run again.
func (r *ran) replacedBy(now *ran) bool {
	if r.ID != "" && now.ID != "" {
		return r.ID == now.ID
	}
	return r.Code == now.Code
}

// ran says what a cell's statements, which have been checked, depend on.
func (d *draft) ran(c *check.Checked, body *ast.FuncDecl, next *state) *ran {
	if body == nil || d.options.Silent {
		return nil
	}
	r := &ran{Ran: Ran{d.options.ID, d.cell.Number, d.cell.Code}}
	own := map[identity]bool{}
	for _, it := range d.items {
		if it.old == nil && it.woken == nil {
			own[it.built.id] = true
			r.defines = append(r.defines, definition{it.built.id, it.built.key})
		}
	}
	reads, writes := map[identity]bool{}, map[identity]bool{}
	seen := map[*entry]bool{}
	var follow func(e *entry)
	follow = func(e *entry) {
		if seen[e] {
			return
		}
		seen[e] = true
		if !own[e.id] {
			reads[e.id] = true
		}
		if e.kind() == token.FUNC && len(next.folders.loaded) > 0 && e.syntax != nil {
			d.readFolders(c, e.syntax, reads)
		}
		if e.kind() != token.VAR { // a variable's value is what it is, whatever becomes of its type
			for _, dep := range e.deps {
				follow(dep)
			}
		}
	}
	only := assigned(body) // identifiers that are written to and not read
	ast.Inspect(body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		if e := d.s.owner(c, c.Info.Uses[id]); e != nil {
			if w := only[id]; w != notAssigned {
				writes[e.id] = true
				if w == overwritten {
					return true
				}
			}
			follow(e)
		}
		return true
	})
	d.readFolders(c, body, reads)
	for id := range reads {
		r.reads = append(r.reads, id)
	}
	for id := range writes {
		r.writes = append(r.writes, id)
	}
	return r
}

// readFolders adds the folders that a node speaks of.
func (d *draft) readFolders(c *check.Checked, n ast.Node, reads map[identity]bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if o := c.Info.Uses[id]; o != nil && check.Folder(o.Pkg()) {
				reads[d.s.folderID(o.Pkg())] = true
			}
		}
		return true
	})
}

// assignment is how an identifier is written to.
type assignment int

const (
	notAssigned assignment = iota
	updated                // x += 1, x.f = 1, x[i] = 1
	overwritten            // x = 1
)

// assigned finds the identifiers that a body assigns to.
func assigned(body *ast.FuncDecl) map[*ast.Ident]assignment {
	found := map[*ast.Ident]assignment{}
	put := func(x ast.Expr, tok token.Token) {
		id := written(x)
		if id == nil {
			return
		}
		found[id] = updated
		if ast.Unparen(x) == id && tok == token.ASSIGN {
			found[id] = overwritten
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				put(x, n.Tok)
			}
		case *ast.IncDecStmt:
			put(n.X, n.Tok)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				put(n.Key, n.Tok)
				if n.Value != nil {
					put(n.Value, n.Tok)
				}
			}
		}
		return true
	})
	return found
}

// written returns the variable that an assignment to x changes, or a part of, through pointers too.
func written(x ast.Expr) *ast.Ident {
	for {
		switch e := x.(type) {
		case *ast.Ident:
			return e
		case *ast.ParenExpr:
			x = e.X
		case *ast.SelectorExpr:
			x = e.X
		case *ast.IndexExpr:
			x = e.X
		case *ast.StarExpr:
			x = e.X
		default:
			return nil
		}
	}
}

// owner returns the declaration of an object, or nil.
func (s *Session) owner(c *check.Checked, obj types.Object) *entry {
	if obj == nil || obj.Pkg() != c.Pkg {
		return nil
	}
	if f, ok := obj.(*types.Func); ok {
		if recv := f.Origin().Signature().Recv(); recv != nil {
			t := recv.Type()
			if p, ok := t.(*types.Pointer); ok {
				t = p.Elem()
			}
			if n, ok := t.(*types.Named); ok {
				return s.named[n.Obj().Name()+"."+f.Name()]
			}
			return nil
		}
	}
	if obj.Parent() != c.Pkg.Scope() {
		return nil
	}
	return s.named[obj.Name()]
}

// finder finds the declarations of a program.
func (s *Session) finder(p *check.Program) func(string) *check.Decl {
	own := map[string]*check.Decl{}
	for _, d := range p.Decls {
		own[d.Name] = d
	}
	return func(name string) *check.Decl {
		if d := own[name]; d != nil {
			return d
		}
		if e := s.named[name]; e != nil {
			return e.decl()
		}
		return nil
	}
}

// keeper lists the declarations that a program leaves as they are, before it is committed and after.
func (s *Session) keeper(x edit) func() []*check.Decl {
	if x.anew != nil {
		return nil
	}
	return func() []*check.Decl {
		other := map[*entry]bool{}
		for _, e := range slices.Concat(x.removed, x.added, x.checked) {
			other[e] = true
		}
		for _, r := range x.replaced {
			other[r[0]], other[r[1]] = true, true
		}
		var list []*check.Decl
		for e := range s.entries.all() {
			if !other[e] {
				list = append(list, e.decl())
			}
		}
		return list
	}
}
