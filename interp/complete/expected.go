package complete

import (
	"go/ast"
	"go/token"
	"go/types"
)

// expected returns the types that the surroundings of the cursor ask for, any of them; nil where nothing is known. skip is
// how many nodes above the cursor belong to the expression that is being written.
func (c *checked) expected(skip int) []types.Type {
	if len(c.path) < skip+2 {
		return nil
	}
	expr, _ := c.path[skip].(ast.Expr)
	if expr == nil {
		return nil
	}
	if call, ok := c.path[skip+1].(*ast.CallExpr); ok && call.Fun != expr {
		if list := c.appended(call); list != nil {
			return list
		}
	}
	t := c.expectedAt(expr, c.path[skip+1:])
	if t == nil {
		return nil
	}
	if b, ok := t.(*types.Basic); ok && b.Kind() == types.Invalid {
		return nil
	}
	return []types.Type{types.Default(t)}
}

// appended returns what can be appended by a call of append: an element, or a slice of them.
func (c *checked) appended(call *ast.CallExpr) []types.Type {
	if id, ok := call.Fun.(*ast.Ident); !ok || c.info.Uses[id] != types.Universe.Lookup("append") || len(call.Args) < 2 {
		return nil
	}
	t := c.info.TypeOf(call.Args[0])
	if s, ok := underlying(t).(*types.Slice); ok {
		return []types.Type{s.Elem(), t}
	}
	return nil
}

func (c *checked) expectedAt(expr ast.Expr, up []ast.Node) types.Type {
	switch p := up[0].(type) {
	case *ast.ParenExpr:
		return c.expectedAt(p, up[1:])
	case *ast.CallExpr:
		return c.argument(p, expr)
	case *ast.AssignStmt:
		if p.Tok == token.DEFINE {
			return nil
		}
		for i, r := range p.Rhs {
			if r == expr && i < len(p.Lhs) && len(p.Lhs) == len(p.Rhs) {
				return c.info.TypeOf(p.Lhs[i])
			}
		}
	case *ast.ValueSpec:
		if p.Type != nil && p.Type != expr {
			return c.info.TypeOf(p.Type)
		}
	case *ast.ReturnStmt:
		return c.result(p, expr, up[1:])
	case *ast.BinaryExpr:
		other := p.X
		if other == expr {
			other = p.Y
		}
		switch p.Op {
		case token.LAND, token.LOR:
			return types.Typ[types.Bool]
		case token.SHL, token.SHR:
			return nil
		}
		return c.info.TypeOf(other)
	case *ast.UnaryExpr:
		if p.Op == token.NOT {
			return types.Typ[types.Bool]
		}
		if t := c.expectedAt(p, up[1:]); t != nil && p.Op == token.AND {
			if ptr, ok := t.Underlying().(*types.Pointer); ok {
				return ptr.Elem()
			}
		} else if p.Op != token.AND && p.Op != token.ARROW {
			return t
		}
	case *ast.KeyValueExpr:
		return c.value(p, expr, up[1:])
	case *ast.CompositeLit:
		return c.element(p, expr)
	case *ast.IndexExpr:
		if p.Index == expr {
			if m, ok := underlying(c.info.TypeOf(p.X)).(*types.Map); ok {
				return m.Key()
			}
			return types.Typ[types.Int]
		}
	case *ast.IfStmt:
		if p.Cond == expr {
			return types.Typ[types.Bool]
		}
	case *ast.ForStmt:
		if p.Cond == expr {
			return types.Typ[types.Bool]
		}
	case *ast.SendStmt:
		if ch, ok := underlying(c.info.TypeOf(p.Chan)).(*types.Chan); ok && p.Value == expr {
			return ch.Elem()
		}
	case *ast.CaseClause:
		if len(up) > 2 {
			if sw, ok := up[2].(*ast.SwitchStmt); ok && sw.Tag != nil {
				return c.info.TypeOf(sw.Tag)
			}
		}
	}
	return nil
}

func underlying(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}

// argument returns the type of the parameter that an argument is for.
func (c *checked) argument(call *ast.CallExpr, arg ast.Expr) types.Type {
	t := c.info.TypeOf(call.Fun)
	if tv, ok := c.info.Types[call.Fun]; ok && tv.IsType() {
		return nil // a conversion takes many types
	}
	sig, ok := underlying(t).(*types.Signature)
	if !ok {
		return nil
	}
	for i, a := range call.Args {
		if a != arg {
			continue
		}
		params := sig.Params()
		switch {
		case sig.Variadic() && i >= params.Len()-1:
			if s, ok := params.At(params.Len() - 1).Type().(*types.Slice); ok {
				return s.Elem()
			}
		case i < params.Len():
			return params.At(i).Type()
		}
	}
	return nil
}

// result returns the type of the result that an expression is returned as.
func (c *checked) result(ret *ast.ReturnStmt, expr ast.Expr, up []ast.Node) types.Type {
	var ft *ast.FuncType
	for _, n := range up {
		switch n := n.(type) {
		case *ast.FuncLit:
			ft = n.Type
		case *ast.FuncDecl:
			ft = n.Type
		default:
			continue
		}
		break
	}
	if ft == nil || ft.Results == nil {
		return nil
	}
	var results []ast.Expr
	for _, f := range ft.Results.List {
		for range max(len(f.Names), 1) {
			results = append(results, f.Type)
		}
	}
	for i, r := range ret.Results {
		if r == expr && i < len(results) {
			return c.info.TypeOf(results[i])
		}
	}
	return nil
}

// value returns the type of a keyed element of a literal.
func (c *checked) value(kv *ast.KeyValueExpr, expr ast.Expr, up []ast.Node) types.Type {
	lit, ok := up[0].(*ast.CompositeLit)
	if !ok {
		return nil
	}
	switch u := underlying(c.info.TypeOf(lit)).(type) {
	case *types.Struct:
		if id, ok := kv.Key.(*ast.Ident); ok && kv.Value == expr {
			for f := range u.Fields() {
				if f.Name() == id.Name {
					return f.Type()
				}
			}
		}
	case *types.Map:
		if kv.Key == expr {
			return u.Key()
		}
		return u.Elem()
	}
	return c.element(lit, expr)
}

// element returns the type of an element of a literal without a key.
func (c *checked) element(lit *ast.CompositeLit, expr ast.Expr) types.Type {
	switch u := underlying(c.info.TypeOf(lit)).(type) {
	case *types.Slice:
		return u.Elem()
	case *types.Array:
		return u.Elem()
	case *types.Map:
		return u.Key()
	case *types.Struct:
		for i, e := range lit.Elts {
			if e == expr && i < u.NumFields() {
				return u.Field(i).Type()
			}
		}
	}
	return nil
}
