package session

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/rustygradients/rg/interp/check"
)

// bindVariables makes the variables that the statements define the session's, and returns the
// statements as they are to be checked then.
//
// It takes a first look at the statements as a plain function body with local variables. That says
// what each name means by Go's own rules (in `x := float64(x)` the second x is not the first), which
// type each new variable has, and what is wrong.
func (d *draft) bindVariables(stmts []ast.Stmt) ([]*check.Error, []ast.Stmt) {
	first, withdraw := d.firstLook(stmts)
	errs := d.mistakes(first, stmts)
	withdraw()
	vars := check.Variables(stmts, first.Info)
	names := map[string]bool{}
	for _, v := range vars {
		names[v.Name] = true
	}
	spoken := d.spokenOf(first, stmts, names)
	for _, v := range vars {
		d.shadow(v.Name)
		d.replace(v.Name, spoken[v.Name])
	}
	errs = append(errs, d.twoMeanings(first, stmts, names)...)
	for name, private := range d.renames.universe {
		if names[name] {
			d.body[name] = private
		}
	}
	d.keepFormer()
	for name, private := range d.renames.former {
		if names[name] {
			d.body[name] = private
		}
	}

	speller := d.speller(names)
	typeOf := map[string]ast.Expr{}
	for _, v := range vars {
		if b, ok := v.Type.(*types.Basic); ok && b.Kind() == types.Invalid {
			d.broken = append(d.broken, v.Name)
			continue
		}
		speller.Pos = v.Pos
		typeOf[v.Name] = speller.Expr(v.Type)
		decl := check.VarDecl(v.Name, typeOf[v.Name], v.Pos)
		e := &entry{token: uint8(token.VAR), key: v.Name, syntax: decl, src: d.s.sourceOf(d.cell), id: d.s.newID()}
		e.from = int32(d.cell.File.Offset(v.Pos))
		d.items = append(d.items, &item{entry: e, fresh: true})
	}

	meant := func(id *ast.Ident) (string, bool) {
		obj := first.Info.Uses[id]
		if obj == nil || !names[obj.Name()] {
			return "", false
		}
		if _, pkg := obj.(*types.PkgName); !pkg && obj.Parent() != first.Pkg.Scope() && obj.Parent() != types.Universe {
			return "", false
		}
		to, ok := d.body[obj.Name()]
		return to, ok
	}
	out := check.Hoist(stmts, func(id *ast.Ident) ast.Expr { return typeOf[id.Name] })
	for i, s := range out {
		out[i] = check.Rename(s, 0, meant)
	}
	return errs, out
}

// firstLook checks the statements as the body of a function, beside declarations without bodies, and returns what
// takes that back.
func (d *draft) firstLook(stmts []ast.Stmt) (checked *check.Checked, withdraw func()) {
	if c := d.cell; len(d.broken) == 0 && (d.whole || len(c.Imports)+len(c.Decls)+len(d.options.Remove)+len(d.s.sleeping)+len(d.reloads) == 0) {
		u := check.Unit{Imports: d.imports, Body: d.function(stmts)}
		if d.whole {
			for _, it := range d.items {
				u.Decls = append(u.Decls, check.Signature(it.entry.syntax))
			}
		}
		if checked, ok := d.s.checkBeside(u); ok {
			return checked, func() { d.s.withdraw(checked) }
		}
	}
	if len(d.s.sleeping) > 0 {
		d.takeApart()
	}
	items := d.items
	for _, sl := range d.awaiting() {
		d.items = append(d.items, &item{entry: sl.entry, woken: sl})
	}
	c, ch := d.checkChange(d.function(stmts), true)
	if len(d.s.sleeping) > 0 {
		d.items = items
	}
	return c, func() {
		if ch.alone {
			d.s.withdraw(c)
		}
	}
}

// mistakes are the errors of the first look that lie in the statements. That nothing uses a variable
// is none at the top level.
func (d *draft) mistakes(c *check.Checked, stmts []ast.Stmt) []*check.Error {
	top := map[token.Pos]bool{}
	for _, id := range check.Defined(stmts) {
		top[id.Pos()] = true
	}
	_, result := d.statements()
	var mine []types.Error
	for _, e := range c.Errors {
		if strings.HasPrefix(e.Msg, "declared and not used") && top[e.Pos] || result.pardons(e) {
			continue
		}
		if slices.ContainsFunc(stmts, func(s ast.Stmt) bool { return check.Within(e, s) }) {
			mine = append(mine, e)
		}
	}
	return c.Explain(d.s.Fset(), mine, d.hint)
}

// twoMeanings complains of statements that use one of Go's own functions or constants, such as max,
// and give its name to a variable: package-level variables take the name from the start.
func (d *draft) twoMeanings(c *check.Checked, stmts []ast.Stmt, names map[string]bool) []*check.Error {
	var errs []*check.Error
	for _, s := range stmts {
		ast.Inspect(s, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok || !names[id.Name] {
				return true
			}
			if obj := c.Info.Uses[id]; obj != nil && obj.Parent() == types.Universe {
				if _, ok := obj.(*types.TypeName); !ok {
					errs = append(errs, &check.Error{
						Pos:  d.s.Fset().Position(id.Pos()),
						Msg:  id.Name + " is both Go's own and a variable of this cell",
						Hint: "give the variable another name",
					})
				}
			}
			return true
		})
	}
	return errs
}

// spokenOf says which of the names that the cell gives to new variables its statements also use for
// what they meant before.
func (d *draft) spokenOf(c *check.Checked, stmts []ast.Stmt, names map[string]bool) map[string]bool {
	spoken := map[string]bool{}
	for _, s := range stmts {
		ast.Inspect(s, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && names[id.Name] {
				if obj := c.Info.Uses[id]; obj != nil && obj.Parent() == c.Pkg.Scope() {
					spoken[id.Name] = true
				}
			}
			return true
		})
	}
	return spoken
}

// replace takes a name away from what it meant, for a variable of the cell. Where the cell's
// statements still speak of the former thing, that stays until they have run.
func (d *draft) replace(name string, spoken bool) {
	d.giveUpImport(name)
	d.touch(name)
	for _, it := range d.items {
		if it.old == nil || !it.entry.declares(name) || !spoken {
			continue
		}
		if k := it.entry.kind(); k != token.VAR && k != token.FUNC {
			continue // drop and keepFormer see to types and constants
		}
		node := d.s.node(it.entry) // which its copy has, too
		c := *it.entry
		c.users = nil
		c.key, c.group = d.private(name), nil
		c.private = true
		d.body[name] = c.key
		d.items = append(d.items, &item{
			entry: &c, old: it.old, was: it.entry.key, former: it.former, passing: true,
			own: map[string]string{name: c.key}, shift: d.s.copyFile(node),
		})
	}
	d.drop(name)
	d.dropOrphans()
}

// speller writes the types of the first look down in the words of the check to come.
func (d *draft) speller(vars map[string]bool) *check.Speller {
	declared := func(name string) bool { return vars[name] || d.declared(name) }
	return &check.Speller{
		Name: func(t *types.TypeName) string {
			if to, ok := d.body[t.Name()]; ok && vars[t.Name()] {
				return to
			}
			return t.Name()
		},
		Import: func(path string) (string, bool) {
			for _, i := range d.imports {
				if i.Path == path && i.Name != "." {
					return i.Name, true
				}
			}
			return "", false
		},
		Shadowed: declared,
		Alias:    d.alias,
	}
}
