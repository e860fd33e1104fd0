package check

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
)

// Speller writes types down as source.
type Speller struct {
	// Name returns the name of a type of the session.
	Name func(*types.TypeName) string

	// Import returns the name under which a package is imported, if it is.
	Import func(path string) (string, bool)

	// Shadowed says whether a name of Go's own (int, error) means something else in the session.
	Shadowed func(name string) bool

	// Alias returns a name for a type that can't be written otherwise (see Unit.Types).
	Alias func(types.Type) string

	Pos token.Pos // of everything that is written
}

// Expr returns the source of a type.
func (s *Speller) Expr(t types.Type) ast.Expr {
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			return s.foreign(types.Unsafe, "Pointer", t)
		}
		return s.universe(t.Name(), t)
	case *types.Alias:
		return s.named(t.Obj(), t.TypeArgs(), t)
	case *types.Named:
		return s.named(t.Obj(), t.TypeArgs(), t)
	case *types.Pointer:
		return &ast.StarExpr{Star: s.Pos, X: s.Expr(t.Elem())}
	case *types.Slice:
		return &ast.ArrayType{Lbrack: s.Pos, Elt: s.Expr(t.Elem())}
	case *types.Array:
		n := &ast.BasicLit{ValuePos: s.Pos, Kind: token.INT, Value: strconv.FormatInt(t.Len(), 10)}
		return &ast.ArrayType{Lbrack: s.Pos, Len: n, Elt: s.Expr(t.Elem())}
	case *types.Map:
		return &ast.MapType{Map: s.Pos, Key: s.Expr(t.Key()), Value: s.Expr(t.Elem())}
	case *types.Chan:
		c := &ast.ChanType{Begin: s.Pos, Value: s.Expr(t.Elem())}
		switch t.Dir() {
		case types.SendRecv:
			c.Dir = ast.SEND | ast.RECV
			if inner, ok := t.Elem().(*types.Chan); ok && inner.Dir() == types.RecvOnly {
				c.Value = &ast.ParenExpr{Lparen: s.Pos, X: c.Value, Rparen: s.Pos}
			}
		case types.SendOnly:
			c.Dir, c.Arrow = ast.SEND, s.Pos
		case types.RecvOnly:
			c.Dir, c.Arrow = ast.RECV, s.Pos
		}
		return c
	case *types.Signature:
		return s.signature(t)
	case *types.Struct:
		return s.structType(t)
	case *types.Interface:
		return s.interfaceType(t)
	case *types.Union:
		var e ast.Expr
		for i := range t.Len() {
			term := s.Expr(t.Term(i).Type())
			if t.Term(i).Tilde() {
				term = &ast.UnaryExpr{OpPos: s.Pos, Op: token.TILDE, X: term}
			}
			if e == nil {
				e = term
			} else {
				e = &ast.BinaryExpr{X: e, OpPos: s.Pos, Op: token.OR, Y: term}
			}
		}
		return e
	}
	return s.ident(s.Alias(t))
}

func (s *Speller) ident(name string) *ast.Ident { return &ast.Ident{Name: name, NamePos: s.Pos} }

func (s *Speller) universe(name string, t types.Type) ast.Expr {
	if s.Shadowed(name) {
		return s.ident(s.Alias(t))
	}
	return s.ident(name)
}

func (s *Speller) foreign(pkg *types.Package, name string, t types.Type) ast.Expr {
	if local, ok := s.Import(pkg.Path()); ok && token.IsExported(name) {
		return &ast.SelectorExpr{X: s.ident(local), Sel: s.ident(name)}
	}
	return s.ident(s.Alias(t))
}

func (s *Speller) named(obj *types.TypeName, args *types.TypeList, t types.Type) ast.Expr {
	var e ast.Expr
	switch {
	case obj.Pkg() == nil:
		return s.universe(obj.Name(), t)
	case obj.Pkg().Path() == PackageName:
		e = s.ident(s.Name(obj))
	default:
		// The alias of an instance stands for the instance.
		e = s.foreign(obj.Pkg(), obj.Name(), t)
		if _, ok := e.(*ast.Ident); ok {
			return e
		}
	}
	switch n := args.Len(); n {
	case 0:
		return e
	case 1:
		return &ast.IndexExpr{X: e, Lbrack: s.Pos, Index: s.Expr(args.At(0)), Rbrack: s.Pos}
	default:
		list := &ast.IndexListExpr{X: e, Lbrack: s.Pos, Rbrack: s.Pos}
		for i := range n {
			list.Indices = append(list.Indices, s.Expr(args.At(i)))
		}
		return list
	}
}

func (s *Speller) signature(t *types.Signature) *ast.FuncType {
	f := &ast.FuncType{Func: s.Pos, Params: &ast.FieldList{Opening: s.Pos, Closing: s.Pos}}
	for i := range t.Params().Len() {
		p := t.Params().At(i).Type()
		var e ast.Expr
		if slice, ok := p.(*types.Slice); ok && t.Variadic() && i == t.Params().Len()-1 {
			e = &ast.Ellipsis{Ellipsis: s.Pos, Elt: s.Expr(slice.Elem())}
		} else {
			e = s.Expr(p)
		}
		f.Params.List = append(f.Params.List, &ast.Field{Type: e})
	}
	if t.Results().Len() > 0 {
		f.Results = &ast.FieldList{Opening: s.Pos, Closing: s.Pos}
		for i := range t.Results().Len() {
			f.Results.List = append(f.Results.List, &ast.Field{Type: s.Expr(t.Results().At(i).Type())})
		}
	}
	return f
}

// hidden says whether a field or method belongs to another package alone.
func hidden(obj types.Object) bool {
	return !obj.Exported() && obj.Pkg() != nil && obj.Pkg().Path() != PackageName
}

func (s *Speller) structType(t *types.Struct) ast.Expr {
	st := &ast.StructType{Struct: s.Pos, Fields: &ast.FieldList{Opening: s.Pos, Closing: s.Pos}}
	for i := range t.NumFields() {
		v := t.Field(i)
		if hidden(v) {
			return s.ident(s.Alias(t))
		}
		f := &ast.Field{Type: s.Expr(v.Type())}
		if !v.Embedded() {
			f.Names = []*ast.Ident{s.ident(v.Name())}
		}
		if tag := t.Tag(i); tag != "" {
			f.Tag = &ast.BasicLit{ValuePos: s.Pos, Kind: token.STRING, Value: strconv.Quote(tag)}
		}
		st.Fields.List = append(st.Fields.List, f)
	}
	return st
}

func (s *Speller) interfaceType(t *types.Interface) ast.Expr {
	if t.NumMethods() == 0 && t.NumEmbeddeds() == 0 {
		return &ast.InterfaceType{Interface: s.Pos, Methods: &ast.FieldList{Opening: s.Pos, Closing: s.Pos}}
	}
	it := &ast.InterfaceType{Interface: s.Pos, Methods: &ast.FieldList{Opening: s.Pos, Closing: s.Pos}}
	for i := range t.NumExplicitMethods() {
		m := t.ExplicitMethod(i)
		if hidden(m) {
			return s.ident(s.Alias(t))
		}
		it.Methods.List = append(it.Methods.List, &ast.Field{
			Names: []*ast.Ident{s.ident(m.Name())},
			Type:  s.signature(m.Type().(*types.Signature)),
		})
	}
	for i := range t.NumEmbeddeds() {
		it.Methods.List = append(it.Methods.List, &ast.Field{Type: s.Expr(t.EmbeddedType(i))})
	}
	return it
}
