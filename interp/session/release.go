package session

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/rustygradients/rg/interp/check"
)

// A notebook's author runs `model := build()` again and again. Every run makes a new variable, and
// the old one, with its gigabytes, would live for ever if nobody asked whether anything still refers
// to it. A variable is dead when its name goes to another, unless something can reach the old one:
// a pointer to it, a closure, a method, or a function that is itself at large. A function is at large
// when it was ever used as a value, started as a goroutine or called by something at large; one that
// is only called has no activation left when the cell has ended.

// reach is what is at large, by name. It only grows: what was once stored may be stored still.
type reach struct {
	vars  map[string]bool
	funcs map[string]bool
}

func newReach() reach { return reach{map[string]bool{}, map[string]bool{}} }

// putVar, clearVar and putFunc change the session's reach, until that is taken back.
func (s *Session) putVar(name string)   { s.put(s.reach.vars, name, true) }
func (s *Session) clearVar(name string) { s.put(s.reach.vars, name, false) }
func (s *Session) putFunc(name string)  { s.put(s.reach.funcs, name, true) }

func (s *Session) put(set map[string]bool, name string, in bool) {
	if set[name] == in {
		return
	}
	put := func(in bool) {
		if in {
			set[name] = true
		} else {
			delete(set, name)
		}
	}
	put(in)
	s.undo = append(s.undo, func() { put(!in) })
}

// atLarge says what the program to be, and all that went before, put at large.
func (d *draft) atLarge(c *check.Checked, body *ast.FuncDecl, ch change) {
	for _, it := range ch.batch {
		if it.was != "" && d.s.reach.vars[it.was] {
			d.s.putVar(it.built.key)
		}
	}
	var entries []*entry
	found := newReach()
	for _, it := range ch.batch {
		if it.old == nil && it.built.kind() == token.VAR {
			d.s.clearVar(it.built.key) // a new variable of that name
		}
		if it.fresh && it.built.kind() == token.FUNC {
			found.look(c, it.built.syntax)
		}
		entries = append(entries, it.built)
	}
	if body != nil {
		found.look(c, body)
	}
	d.s.spread(found, entries)
}

// spread adds what was found, and what the functions among it are made of; entries are those of which more is
// known than before.
func (s *Session) spread(found reach, entries []*entry) {
	for name := range found.vars {
		s.putVar(name)
	}
	var large []*entry
	for _, e := range entries {
		if e.kind() == token.FUNC && (e.receiver() != "" || s.reach.funcs[e.key]) {
			large = append(large, e)
		}
	}
	add := func(name string) {
		if e := s.named[name]; !s.reach.funcs[name] && e != nil {
			s.putFunc(name)
			large = append(large, e)
		}
	}
	for name := range found.funcs {
		add(name)
	}
	for len(large) > 0 {
		e := large[len(large)-1]
		large = large[:len(large)-1]
		for _, dep := range e.deps {
			switch {
			case dep.kind() == token.VAR:
				s.putVar(dep.key)
			case dep.kind() == token.FUNC && dep.receiver() == "":
				add(dep.key)
			}
		}
	}
}

// look finds the variables and functions that a piece of code puts at large.
func (r reach) look(c *check.Checked, n ast.Node) {
	called := map[*ast.Ident]bool{}
	pointTo := func(x ast.Expr) {
		if id := root(c.Info, x); id != nil {
			r.put(c, id, called)
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			clear := map[*ast.Ident]bool{}
			ast.Inspect(n, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					r.put(c, id, clear)
				}
				return true
			})
		case *ast.GoStmt:
			if id, ok := ast.Unparen(n.Call.Fun).(*ast.Ident); ok {
				r.put(c, id, nil)
			}
		case *ast.CallExpr:
			f := ast.Unparen(n.Fun)
			switch x := f.(type) {
			case *ast.IndexExpr:
				f = x.X
			case *ast.IndexListExpr:
				f = x.X
			}
			if id, ok := f.(*ast.Ident); ok {
				called[id] = true
			}
		case *ast.Ident:
			if f, ok := c.Info.Uses[n].(*types.Func); ok && f.Signature().Recv() == nil {
				r.put(c, n, called)
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				pointTo(n.X)
			}
		case *ast.SliceExpr: // of an array, it is a pointer into it
			if t := c.Info.TypeOf(n.X); t != nil {
				if _, array := t.Underlying().(*types.Array); array {
					pointTo(n.X)
				}
			}
		case *ast.SelectorExpr: // a method of *T, called on a T, gets its address
			if s := c.Info.Selections[n]; s != nil && s.Kind() == types.MethodVal && !isPointer(s.Recv()) {
				if f, ok := s.Obj().(*types.Func); ok && f.Signature().Recv() != nil && isPointer(f.Signature().Recv().Type()) {
					pointTo(n.X)
				}
			}
		}
		return true
	})
}

// put puts what an identifier names at large, unless it is a function that is merely called.
func (r reach) put(c *check.Checked, id *ast.Ident, called map[*ast.Ident]bool) {
	obj := c.Info.Uses[id]
	if obj == nil || obj.Parent() != c.Pkg.Scope() {
		return
	}
	switch obj.(type) {
	case *types.Var:
		r.vars[obj.Name()] = true
	case *types.Func:
		if !called[id] {
			r.funcs[obj.Name()] = true
		}
	}
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

// root returns the variable that an operand is a part of, and lies in the memory of.
func root(info *types.Info, x ast.Expr) *ast.Ident {
	for {
		switch e := x.(type) {
		case *ast.Ident:
			return e
		case *ast.ParenExpr:
			x = e.X
		case *ast.SelectorExpr:
			if t := info.TypeOf(e.X); t == nil || isPointer(t) {
				return nil
			}
			x = e.X
		case *ast.IndexExpr:
			t := info.TypeOf(e.X)
			if t == nil {
				return nil
			}
			if _, array := t.Underlying().(*types.Array); !array {
				return nil
			}
			x = e.X
		default:
			return nil
		}
	}
}
