package session

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/rustygradients/rg/interp/check"
)

const undefined = "undefined: "

// postpone sets functions and types of the cell aside that call functions or name types which are not there
// yet, for those may come with the next cell and call back. It reports false, and does nothing, where
// anything else is wrong, where another name was probably meant, or where a type would go that is there.
func (d *draft) postpone(c *check.Checked, mine []types.Error) bool {
	if len(mine) == 0 {
		return false
	}
	waits := map[*item]string{}
	for _, e := range mine {
		name, ok := strings.CutPrefix(e.Msg, undefined)
		k := slices.IndexFunc(d.items, func(it *item) bool {
			k := it.entry.kind()
			return it.old == nil && (k == token.FUNC || k == token.TYPE && d.s.named[it.entry.key] == nil) && it.entry.key != "_" && check.Within(e, it.built.syntax)
		})
		if !ok || k < 0 || !awaitable(d.items[k].built.syntax, e.Pos) {
			return false
		}
		it := d.items[k]
		if list := c.Explain(d.s.Fset(), []types.Error{e}, d.hint); list[0].Hint != "" && list[0].Hint != "did you mean "+it.entry.key+"?" && !d.waitsFor(name) {
			return false
		}
		if waits[it] == "" {
			waits[it] = name
		}
	}
	d.items = slices.DeleteFunc(d.items, func(it *item) bool {
		name, ok := waits[it]
		if ok {
			d.sleeping = append(d.sleeping, &sleeper{it.entry, undefined + name})
			d.waiting = append(d.waiting, it.entry.key+" waits for "+name+", which is not defined yet")
		}
		return ok
	})
	return true
}

// waitsFor says whether a name is that of something that waits itself.
func (d *draft) waitsFor(name string) bool {
	return slices.ContainsFunc(d.sleeping, func(sl *sleeper) bool { return sl.declares(name) && sl.awaits() != "" })
}

// awaits is what a declaration waits for, or "".
func (sl *sleeper) awaits() string {
	name, ok := strings.CutPrefix(sl.why, undefined)
	if !ok {
		return ""
	}
	return name
}

// awaitable says whether the identifier at a position is called in a declaration, or stands there for a type.
func awaitable(n ast.Node, at token.Pos) (found bool) {
	var typ func(x ast.Expr)
	typ = func(x ast.Expr) {
		switch x := x.(type) {
		case *ast.Ident:
			found = found || x.Pos() == at
		case *ast.ParenExpr:
			typ(x.X)
		case *ast.StarExpr:
			typ(x.X)
		case *ast.Ellipsis:
			typ(x.Elt)
		case *ast.ArrayType:
			typ(x.Elt)
		case *ast.MapType:
			typ(x.Key)
			typ(x.Value)
		case *ast.ChanType:
			typ(x.Value)
		case *ast.IndexExpr:
			typ(x.X)
			typ(x.Index)
		case *ast.IndexListExpr:
			typ(x.X)
			for _, a := range x.Indices {
				typ(a)
			}
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			typ(n.Fun)
			if f, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && (f.Name == "make" || f.Name == "new") {
				typ(n.Args[0])
			}
		case *ast.Field:
			typ(n.Type)
		case *ast.ValueSpec:
			typ(n.Type)
		case *ast.TypeSpec:
			typ(n.Type)
		case *ast.CompositeLit:
			typ(n.Type)
		case *ast.TypeAssertExpr:
			typ(n.Type)
		case *ast.TypeSwitchStmt:
			for _, c := range n.Body.List {
				for _, x := range c.(*ast.CaseClause).List {
					typ(x)
				}
			}
		}
		return !found
	})
	return found
}
